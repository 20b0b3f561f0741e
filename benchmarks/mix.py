"""Throughput of tickets as they really are: eight entries and 1.2 files each, beside a bare pool.

    python -m benchmarks.mix [--quick]

As `benchmarks.load`, with the history as single entries and files of some 20 kB: the engine sends
them from its blob store, the pool the same forms from memory. Also held: that the run sends as many
requests as the plan says before, and none more. Exit code 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import university
from benchmarks.load import load_before_tickets, run_engine
from benchmarks.pool import UNIT, Figure, itself, prepared, run_pool, trim
from benchmarks.simulator import topdesk
from benchmarks.university import CONNECTIONS, OUT, SPRINT

BOUND = 0.97
LATENCY = 150
SECONDS, QUICK_SECONDS = 40, 8
ENTRIES = 8
FILES = (1, 1, 1, 1, 2)
"""Files of one ticket after the other: 1.2 on average."""
_BYTES = 20_000


class Mix(NamedTuple):
    """Tickets, entries and files of each on average, and the requests of all."""

    tickets: int
    entries: float
    files: float
    requests: int


def enrich(database: Path) -> None:
    """Give every incident `ENTRIES` activities and the number of `FILES`."""
    draw = Random(1)
    with closing(sqlite3.connect(database)) as hpsm, hpsm:
        hpsm.execute("DELETE FROM SYSATTACHMEM1")
        numbers = hpsm.execute("SELECT NUMBER, OPEN_TIME FROM PROBSUMMARYM1 ORDER BY NUMBER")
        for place, (number, opened) in enumerate(numbers.fetchall()):
            (count,) = hpsm.execute(
                "SELECT count(*) FROM ACTIVITYM1 WHERE NUMBER = ?", (number,)
            ).fetchone()
            began = datetime.fromisoformat(str(opened or "2019-01-01 08:00:00")[:19])
            for more in range(ENTRIES - count):
                time = (began + timedelta(minutes=7 * more + 1)).isoformat(" ")
                hpsm.execute(
                    "INSERT INTO ACTIVITYM1 (THENUMBER, NUMBER, DATESTAMP, TYPE, OPERATOR,"
                    " DESCRIPTION, CUST_VISIBLE, SYSMODTIME) VALUES (?, ?, ?, 'Update', NULL, ?,"
                    " 'f', ?)",
                    (f"MIX{place}-{more}", number, time, f"Notat nummer {more}.", time),
                )
            for turn in range(FILES[place % len(FILES)]):
                content = draw.randbytes(_BYTES + place % 997)
                uid = f"mix{place:06}{turn}"
                hpsm.execute(
                    "INSERT INTO SYSATTACHMEM1 (APPLICATION, TOPIC, UID, TYPE, SEGMENT, FILENAME,"
                    " MIME_TYPE, SIZE, COMPRESSED, DATA, SYSMODTIME) VALUES ('probsummary', ?, ?,"
                    " 5, 0, ?, 'application/pdf', ?, 'f', ?, ?)",
                    (number, uid, f"vedlegg {turn}.pdf", len(content), content, str(opened)),
                )


def only_such(plan: Path) -> None:
    """Leave out of the plan what is no ticket of that sort."""
    with closing(sqlite3.connect(plan)) as store, store:
        store.execute(
            "DELETE FROM records WHERE phase = 'tickets' AND requests NOT BETWEEN ? AND ?",
            (ENTRIES + 2, ENTRIES + 5),
        )


def mix_of(folder: Path) -> Mix:
    """What the plan says before anything is sent."""
    tickets = list(prepared(folder))
    files = sum(bool(sent.action) for ticket in tickets for sent in ticket)
    total = sum(map(len, tickets))
    entries = sum(
        b'"action"' in sent.body for ticket in tickets for sent in ticket if not sent.action
    )
    return Mix(len(tickets), entries / len(tickets), files / len(tickets), total)


def prepare(base: Path) -> int:
    """A workspace of which all but the tickets is loaded; returns the port that TOPdesk has."""
    shutil.rmtree(base.parent, ignore_errors=True)
    base.mkdir(parents=True)
    database = base.parent / "hpsm.db"
    shutil.copy(university.source("small"), database)
    enrich(database)
    groups = [group for _, groups in university.units().values() for group in groups]
    branch = next(iter(university.units().values()))[0]
    with topdesk(base / "topdesk.db", "--scale", "small") as simulator:
        university.configure(base, database, simulator.url, {UNIT: (branch, groups)})
        policy = base / "mappings" / "policy.yaml"
        choices = yaml.safe_load(policy.read_text(encoding="utf-8"))
        choices["history"] = {"style": "entries"}
        policy.write_text(yaml.safe_dump(choices), encoding="utf-8")
        university.migrate(base, "extract", good=(0, 3))
        university.decide(base)
        university.migrate(base, "plan", "--sprint", SPRINT)
        itself("before", base, simulator.url, "benchmarks.mix")
        return simulator.port


def contend(name: str, base: Path, port: int, wanted: int) -> tuple[Figure, Mix]:
    folder = base.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    plan = folder / "state" / "plan.db"
    only_such(plan)
    trim(plan, wanted)
    mix = mix_of(folder)
    with topdesk(
        folder / "topdesk.db", "--scale", "small", "--latency", str(LATENCY), port=port
    ) as simulator:
        figure = Figure(*json.loads(itself(name, folder, simulator.url, "benchmarks.mix")))
        served = simulator.control("stats")["writes"]
    if served != figure.requests:
        sys.exit(f"{name} says that it sent {figure.requests} requests, {served} were served")
    return figure, mix


def compare(seconds: int, pairs: int) -> bool:
    base = OUT / "mix" / "base"
    port = prepare(base)
    limit = CONNECTIONS / (LATENCY / 1000)
    wanted = int(seconds * limit)
    taken: dict[str, list[Figure]] = {"engine": [], "pool": []}
    exact = True
    for turn in range(pairs):
        for name in ("engine", "pool") if turn % 2 else ("pool", "engine"):
            figure, mix = contend(name, base, port, wanted)
            taken[name].append(figure)
            exact = exact and figure.requests == mix.requests
    print(
        f"{mix.tickets} tickets, {mix.entries:.1f} entries and {mix.files:.1f} files each; "
        f"the plan says {mix.requests} requests, sent were "
        f"{', '.join(str(figure.requests) for figure in taken['engine'])}"
    )
    ratios = [
        engine.rate / pool.rate for engine, pool in zip(taken["engine"], taken["pool"], strict=True)
    ]
    for name, figures in taken.items():
        rate = statistics.median(figure.rate for figure in figures)
        cpu = statistics.median(figure.cpu_share for figure in figures)
        print(f"{name:8}{rate:>8.1f} requests/s, {rate / limit:.3f} of the limit, CPU {cpu:.0%}")
    share = statistics.median(ratios)
    print(f"engine/pool {share:.3f} (pairs: {', '.join(f'{r:.3f}' for r in ratios)}); {BOUND=}")
    return exact and share >= BOUND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="One short pair; no bound is held.")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--run", choices=("engine", "pool", "before"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run == "before":
        load_before_tickets(given.folder)
    elif given.run == "engine":
        print(json.dumps(run_engine(given.folder)))
    elif given.run == "pool":
        print(json.dumps(run_pool(given.folder, given.url)))
    elif given.quick:
        compare(QUICK_SECONDS, 1)
    elif not compare(SECONDS, given.pairs):
        sys.exit(1)


if __name__ == "__main__":
    main()
