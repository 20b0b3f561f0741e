"""Kills the loading process again and again while TOPdesk misbehaves, and counts what is there.

Everything is real: the command line in processes of its own, a simulated TOPdesk in another, and
SIGKILL. What counts is the target's own census, held against that of a load that nothing disturbed.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counting import Broken, apart, counted, doubled, unseen
from desk import Topdesk
from world import ENVIRONMENT, ROOT, configure, make_workspace, migrate

WINDOW = 2.0
TIMEOUT = 0.5
LATENCY_MS = 8
WRITES = "POST|PATCH|PUT"
Faults = tuple[dict[str, Any], ...]

WEATHER: dict[str, Faults] = {
    "calm": (),
    "answers lost": ({"kind": "answer-lost", "rate": 0.05, "method": WRITES},),
    "late work": (
        {"kind": "late", "rate": 0.02, "method": WRITES, "delay": 1.2},
        {"kind": "severed", "rate": 0.02, "method": WRITES, "delay": 1.5},
    ),
    "429 storm": (
        {"kind": "429", "rate": 0.3, "retry_after": 1, "count": 400},
        {"kind": "429", "rate": 0.1, "count": 1000, "method": WRITES},
    ),
    "503 storm": (
        {"kind": "503-before", "rate": 0.05, "method": WRITES, "retry_after": 1, "count": 1500},
        {"kind": "503-after", "rate": 0.05, "method": WRITES, "count": 1500},
    ),
    "errors": (
        {"kind": "500-after", "rate": 0.02, "method": WRITES},
        {"kind": "500-before", "rate": 0.02, "method": WRITES},
        {"kind": "504-after", "rate": 0.02, "method": WRITES},
        {"kind": "garbage", "rate": 0.02, "method": WRITES},
        {"kind": "wrong-length", "rate": 0.02, "method": WRITES},
        {"kind": "cut-before", "rate": 0.02},
        {"kind": "slow-drip", "rate": 0.01, "method": WRITES, "delay": 1.0},
    ),
    "files": tuple(
        {"kind": kind, "rate": 0.15, "method": "POST", "path": "/attachments$", "delay": 1.2}
        for kind in ("answer-lost", "severed", "late", "500-after", "wrong-length", "cut-before")
    ),
    "restarts": ({"kind": "answer-lost", "rate": 0.02, "method": WRITES},),
}
"""What a round is loaded through. None of it lasts longer than the settle window."""


@dataclass
class Result:
    """What a campaign did and what it found. Duplicates and losses are counted in the target."""

    seed: int
    kills: int = 0
    rounds: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    loads: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    records: int = 0
    duplicates: int = 0
    lost: int = 0
    beyond: int = 0
    shown: int = 0

    def table(self) -> str:
        rows: list[tuple[str, object]] = [
            ("seed", self.seed),
            ("rounds", ", ".join(f"{name} {n}" for name, n in self.rounds.items())),
            ("kills (SIGKILL)", self.kills),
            ("… in the middle of", ", ".join(f"{k} {n}" for k, n in self.phases.most_common())),
            (
                "… journal states then",
                ", ".join(f"{k} {n}" for k, n in sorted(self.states.items())),
            ),
            ("restarts of the target", self.restarts),
            ("loads", self.loads),
            ("faults injected", ", ".join(f"{k} {n}" for k, n in sorted(self.injected.items()))),
            ("records counted in the target", self.records),
            ("duplicates", self.duplicates),
            ("lost", self.lost),
            ("doubled by work beyond the window", self.beyond),
            ("… and shown by verify", self.shown),
        ]
        return "\n".join(f"  {name:<34} {value}" for name, value in rows)


class Campaign:
    """Rounds of loading one world into an empty TOPdesk. `say` is told how it goes."""

    def __init__(
        self, folder: Path, seed: int, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self.dice = random.Random(seed)
        self.result = Result(seed)
        self._say = say
        self._pristine = folder / "pristine"
        self._folder = folder / "round"
        self._pristine.mkdir(parents=True)
        self.topdesk = Topdesk(folder)
        self._reference: dict[str, Any] = {}

    def __enter__(self) -> Campaign:
        self.topdesk.start()
        make_workspace(self._pristine, self.topdesk.url, seed=self.dice.randrange(1, 1000))
        self._anew()
        self._expect(("load",), {0, 3})
        self._reference = counted(self.topdesk)
        self._expect(("verify",), {0})
        return self

    def __exit__(self, *_: object) -> None:
        self.topdesk.kill()
        self.topdesk.__exit__(None, None, None)

    def killed(self, weather: str, most: int) -> None:
        """One round: load, kill, load again, at most `most` times, until a load ends by itself;
        then everything must be there once."""
        self._anew()
        self.topdesk.misbehave(*WEATHER[weather], latency_ms=LATENCY_MS, seed=self._seed())
        self.result.rounds[weather] += 1
        kills = 0
        while kills < most:
            if weather == "restarts" and self.dice.random() < 0.3:
                self._injected()
                self.topdesk.restart()
                self.result.restarts += 1
                self.topdesk.misbehave(*WEATHER[weather], latency_ms=LATENCY_MS, seed=self._seed())
            # Files are sent last, when most of a load is done.
            if not self._kill_once([300, 400, 500] if weather == "files" else [1, 3, 10, 40, 150]):
                break
            kills += 1
        restart = self.topdesk.restart if weather == "restarts" else None
        self._finish(restart)
        self._injected()
        self._check(f"{weather}, {kills} kills")

    def beyond(self) -> None:
        """One round in which some work is done after the settle window: it cannot be prevented that
        something is there twice, but every bit of it must be told."""
        self._anew()
        late = {"method": WRITES, "delay": WINDOW * 2 + TIMEOUT}
        self.topdesk.misbehave(
            {"kind": "severed", "rate": 0.006, **late},
            {"kind": "late", "rate": 0.006, **late},
            seed=self._seed(),
        )
        self.result.rounds["beyond the window"] += 1
        self._load()
        self._injected()
        self.topdesk.misbehave()
        self.topdesk.settle()
        census = self.topdesk.census()
        there = doubled(census, self._reference)
        verified = self._expect(("verify", "--json"), {0, 6})
        told = json.loads(verified)["verify"]
        missed = unseen(there, told)
        self.result.beyond += len(there)
        self.result.shown += len(there) - len(missed)
        self._say(f"beyond the window: {len(there)} doubled, {len(there) - len(missed)} told")
        if missed:
            raise Broken(f"seed {self.result.seed}: doubled and not shown: {sorted(missed)}")

    # One round, step by step.

    def _anew(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._pristine, self._folder)
        configure(self._folder, self.topdesk.url, window=WINDOW, timeout=TIMEOUT)
        self.topdesk.reset()

    def _kill_once(self, writes_from: Sequence[int]) -> bool:
        """Start a load and kill it at a random moment, most often a few writes after so many of
        them; False when it ended before that."""
        process = self._start()
        if self.dice.random() < 0.1:
            deadline, writes = time.monotonic() + self.dice.uniform(0, 2.5), 0
        else:
            # Most of a process's life is its start, so the moment is drawn in writes.
            deadline = time.monotonic() + 60
            writes = self.topdesk.stats()["writes"] + self.dice.choice(writes_from)
            writes += self.dice.randrange(10)
        while time.monotonic() < deadline and process.poll() is None:
            if writes and self.topdesk.stats()["writes"] >= writes:
                time.sleep(self.dice.uniform(0, 0.03))
                break
            time.sleep(0.005)
        if process.poll() is not None:
            self._ended(process)
            return False
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.result.kills += 1
        self._autopsy()
        return True

    def _finish(self, meanwhile: Callable[[], None] | None) -> None:
        """Load until a load ends well, as an operator would who types the same command again."""
        if meanwhile:
            process = self._start()
            time.sleep(self.dice.uniform(1.0, 3.0))
            meanwhile()
            self.result.restarts += 1
            process.wait(timeout=120)
            self._ended(process)
        self._load()

    def _load(self) -> None:
        for _ in range(6):
            process = self._start()
            process.wait(timeout=300)
            if self._ended(process) != 5:
                return
        raise Broken(f"seed {self.result.seed}: the load does not come to an end")

    def _start(self) -> subprocess.Popen[bytes]:
        self.result.loads += 1
        with (self._folder / "load.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "migrate"),
                    *("--workspace", str(self._folder), "load", "--sprint", "pilot"),
                ],
                cwd=ROOT,
                env=ENVIRONMENT,
                stdout=log,
                stderr=log,
            )

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        if process.returncode not in (0, 3, 5):
            tail = (self._folder / "load.log").read_text(encoding="utf-8")[-2000:]
            raise Broken(f"seed {self.result.seed}: exit {process.returncode}\n{tail}")
        return process.returncode

    def _autopsy(self) -> None:
        """What the journal says right after a kill: which states, and in which kind."""
        file = self._folder / "state" / "journal.db"
        if not file.exists():
            self.result.phases["start-up"] += 1
            return
        journal = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            rows = journal.execute("SELECT state, kind FROM operations").fetchall()
            last = journal.execute("SELECT kind FROM operations ORDER BY updated DESC LIMIT 1")
            newest = last.fetchone()
        except sqlite3.OperationalError:  # killed while it was made
            rows, newest = [], None
        finally:
            journal.close()
        self.result.states.update({state for state, _ in rows})
        self.result.phases[newest[0] if newest else "start-up"] += 1

    def _check(self, title: str) -> None:
        """Everything there once, nothing else there, and every command says so."""
        self.topdesk.misbehave()
        self.topdesk.settle()
        failed = self._expect(("status", "--json"), {0})
        buckets = Counter[str]()
        for line in json.loads(failed)["units"]:
            buckets[line["bucket"]] += line["records"]
        now = counted(self.topdesk)
        extra, missing = apart(now, self._reference), apart(self._reference, now)
        double = doubled(now, self._reference)
        self.result.duplicates += len(extra) + len(double)
        self.result.lost += len(missing)
        self.result.records += sum(now["counts"].values())
        self._say(f"{title}: {sum(now['counts'].values())} records, {dict(buckets)}")
        if extra or missing or double:
            raise Broken(
                f"seed {self.result.seed}, {title}: too many {extra}, lost {missing},"
                f" doubled {sorted(double)}"
            )
        unfinished = {"sending", "in_doubt", "planned", "failed", "conflict", "mismatch"}
        if unfinished & set(buckets):
            raise Broken(f"seed {self.result.seed}, {title}: {dict(buckets)}")
        for account in json.loads(failed)["accounts"]:
            if account["unit"] != "(no unit)" and account["extracted"] != account["planned"]:
                raise Broken(f"seed {self.result.seed}, {title}: {account}")
        self._expect(("verify",), {0})

    def _injected(self) -> None:
        self.result.injected.update(self.topdesk.stats()["injected"])

    def _expect(self, arguments: tuple[str, ...], codes: set[int]) -> str:
        ended = migrate(self._folder, *arguments, "--sprint", "pilot")
        if ended.returncode not in codes:
            raise Broken(
                f"seed {self.result.seed}: {arguments} ended with {ended.returncode}\n"
                f"{ended.stdout[-3000:]}{ended.stderr[-1000:]}"
            )
        return ended.stdout

    def _seed(self) -> int:
        return self.dice.randrange(2**32)
