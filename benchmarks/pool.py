"""The best that can be had without a journal: 16 threads that send the plan's own requests.

Each has a `requests` session of its own, and bodies that were encoded before the clock starts.
"""

from __future__ import annotations

import base64
import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson
import requests

from benchmarks import university
from benchmarks.simulator import PASSWORD, USER
from benchmarks.university import CONNECTIONS

UNIT = "everything"


class Figure(NamedTuple):
    requests: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_share(self) -> float:
        return self.cpu / self.seconds


def timed(work: Callable[[], object], sent: Callable[[], int]) -> Figure:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Figure(sent(), seconds, cpu)


class Sent(NamedTuple):
    """One request of a ticket: JSON, or a form with its content type; `action` is behind the
    ticket's address, empty for the ticket itself."""

    body: bytes
    content_type: str = "application/json"
    action: str = ""


def prepared(folder: Path) -> Iterator[list[Sent]]:
    """The plan's requests with their ids, as the engine would send them."""
    from migrate.load.form import Form
    from migrate.load.resolve import Resolver
    from migrate.records import PHASES
    from migrate.workspace import Workspace

    with Workspace(folder) as workspace:
        kinds = [kind for kinds in PHASES.values() for kind in kinds if kind != "incident"]
        known = {(kind, key): id_ for kind, key, id_ in workspace.journal.targets(kinds)}
        resolver = Resolver(known, workspace.store.identities("person", "not-a-caller"))
        for page in workspace.store.records(UNIT, "tickets", "incident", steps=True):
            for planned in page:
                bodies = [resolver.resolve("incident", step.body) for step in planned.steps]
                if planned.verdict is not None or any(body.missing for body in bodies):
                    continue
                sent = []
                for step, resolved in zip(planned.steps, bodies, strict=True):
                    body = resolved.body
                    if not step.name.startswith("attachment/"):
                        sent.append(Sent(orjson.dumps(body)))
                        continue
                    values = {
                        "invisibleForCaller": str(body["invisibleForCaller"]).lower(),
                        "description": str(body["description"]),
                    }
                    with workspace.blobs.open(str(body["sha256"])) as content:
                        form = Form(str(body["name"]), content, int(str(body["size"])), values)
                        sent.append(Sent(b"".join(form), form.content_type, "/attachments"))
                yield sent


def run_pool(folder: Path, url: str) -> Figure:
    left: queue.SimpleQueue[list[Sent] | None] = queue.SimpleQueue()
    for chain in [*prepared(folder), *[None] * CONNECTIONS]:
        left.put(chain)
    counts = [0] * CONNECTIONS
    threads = [
        threading.Thread(target=_work_off, args=(left, f"{url}/tas/api/incidents", counts, place))
        for place in range(CONNECTIONS)
    ]

    def work() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return timed(work, lambda: sum(counts))


def _work_off(
    left: queue.SimpleQueue[list[Sent] | None], url: str, counts: list[int], place: int
) -> None:
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Basic {pair}"
        while (chain := left.get()) is not None:
            first, *others = chain
            json_type = {"Content-Type": first.content_type}
            answer = session.post(url, data=first.body, headers=json_type, timeout=60)
            answer.raise_for_status()
            record = f"{url}/id/{orjson.loads(answer.content)['id']}"
            for sent in others:
                send = session.post if sent.action else session.patch
                kind = {"Content-Type": sent.content_type}
                send(
                    record + sent.action, data=sent.body, headers=kind, timeout=60
                ).raise_for_status()
            counts[place] += len(chain)


def trim(plan: Path, wanted: int) -> None:
    """Keep only the plan's first tickets, as many as make `wanted` requests."""
    with closing(sqlite3.connect(plan)) as store, store:
        rows = store.execute(
            "SELECT id, requests FROM records WHERE phase = 'tickets' ORDER BY id"
        ).fetchall()
        for id_, count in rows:
            wanted -= count
            if wanted < 0:
                store.execute("DELETE FROM records WHERE phase = 'tickets' AND id >= ?", (id_,))
                break


def itself(what: str, folder: Path, url: str, module: str) -> str:
    """Run a part of a program in a process of its own; returns what it printed."""
    answer = subprocess.run(
        [
            *(sys.executable, "-m", module, "--run", what),
            *("--folder", str(folder), "--url", url),
        ],
        cwd=university.ROOT,
        env={**os.environ, "TOPDESK_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        sys.exit(f"{what} failed")
    return answer.stdout
