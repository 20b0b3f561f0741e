"""The long crash run: every fault meets every step, and the target is counted after each round.

A round loads a scenario to its end, through as many processes as it takes, with the faults that the
matrix still lacks. Then TOPdesk must hold what an undisturbed load makes: the same records, each
once, every entry in its place and as visible as it was.
"""

from __future__ import annotations

import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cells import (
    ACTS,
    AHEAD,
    BACK,
    BEYOND,
    FULL,
    HTTP,
    INTENT,
    KILL,
    LOST_ANSWER,
    OTHER,
    OUTCOME,
    PASSING,
    PAUSING,
    REQUESTS,
    RESTART,
    STREWN,
    Matrix,
    fault,
)
from counting import Broken, counted, differences, doubled, unseen
from desk import Topdesk
from lives import Life, Lives, document, may_end, tail
from outcome import Result
from scenarios import Scenario, done, last_run, make_delta, make_fresh, make_undone

from migrate.simulate.world.organisation import PILOT_UNITS

WINDOW = 4.0
TIMEOUT = 1.0
LATENCY_MS = 4
_SETTINGS = {"window": WINDOW, "timeout": TIMEOUT, "patience": 30}
_LIVES = 30
_HELD = 0.5
_LOOK = 0.05
_SOON = 3
_OF_ROUNDS = (*HTTP, KILL, INTENT, OUTCOME, *PASSING)
Say = Callable[[str], None]


class LongRun:
    """One target, one world. `say` is told how it goes; `background` is the share of requests that
    meets a fault besides those that are aimed; `every_kind` as for the world; `steps` as for the
    matrix."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        least: int,
        *,
        background: float = 0.15,
        delta: bool = True,
        every_kind: bool = True,
        steps: frozenset[str] = frozenset(REQUESTS),
        say: Say,
    ) -> None:
        self.dice = random.Random(seed)
        self.seed = seed
        self.result = Result(Matrix(least, steps=steps))
        self.topdesk = Topdesk(folder)
        self.scenarios: list[Scenario] = []
        self._background, self._delta, self._every_kind = background, delta, every_kind
        self._say = say
        self._made = folder
        self._folder = folder / "round"
        self._told = folder / "commits"
        self._seen: Counter[str] = Counter()
        self._lives = Lives(folder)

    def __enter__(self) -> LongRun:
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _prepare(self) -> None:
        self._lives.__enter__()
        self.topdesk.start()
        seed = self.dice.randrange(1, 1000)
        made = [make_fresh(self._made, self.topdesk, seed, every_kind=self._every_kind)]
        if self._delta:
            made.append(make_delta(self._made, self.topdesk, made[0], self.dice))
            made.append(make_undone(self._made, self.topdesk, made[0]))
        for scenario in made:
            scenario.begin(self._folder, self.topdesk, **_SETTINGS)
            scenario.since = last_run(self._folder)
            self._finish()
            scenario.counted = counted(self.topdesk)
            scenario.trails = self.topdesk.trails()
            scenario.sends = done(self._folder, scenario.since)
            self._expect(("verify",), {0})
            self._say(f"{scenario.name}: {dict(scenario.sends)}")
            self.scenarios.append(scenario)
            self.result.sends |= set(scenario.sends)

    def __exit__(self, *_: object) -> None:
        self.topdesk.kill()
        self.topdesk.__exit__(None, None, None)
        self._lives.__exit__(None, None, None)

    def round(self, scenario: Scenario, lives: int = _LIVES) -> None:
        """Load through what the matrix lacks of this scenario, then count."""
        self._begin(scenario)
        title = f"{scenario.name}, round {self.result.rounds[scenario.name]}"
        for life in range(lives):
            if self._live(scenario, last=life == lives - 1):
                break
        self._finish()
        self._check(scenario, title)

    def apart(self, scenario: Scenario) -> None:
        """As `round`, by three loaders at once, each of its own unit."""
        self._begin(scenario, "units at once")
        self._follow(scenario.sends, calm=True)
        loaders = [self._start("--unit", unit) for unit in PILOT_UNITS]
        met = self.result.matrix
        lacking = met.lacking([OTHER], scenario.sends)
        self.topdesk.more(*(self._hold(cell, scenario.sends, 3) for _, cell in lacking))
        while any(loader.poll() is None for loader in loaders):
            alive = sum(loader.poll() is None for loader in loaders)
            for cell in self._held():
                if alive > 1:
                    met.met[OTHER, cell] += 1
            time.sleep(_LOOK)
        for loader in loaders:
            self._ended(loader)
        self._finish()
        self._check(scenario, "units at once")

    def beyond(self, scenario: Scenario) -> None:
        """Work that is done after the settle window: it cannot be prevented that something is there
        twice, but every bit of it must be told."""
        self._begin(scenario, "beyond the window")
        delay = 2 * WINDOW + TIMEOUT + 0.5
        faults = []
        for name, cell in self.result.matrix.lacking(BEYOND, scenario.sends):
            most = max(1, scenario.sends[cell] - 2)
            after = self.dice.randrange(most)
            faults.append(fault(name, cell, BEYOND[name], delay=delay, count=1, after=after))
        self.dice.shuffle(faults)
        self.topdesk.misbehave(*faults, latency_ms=LATENCY_MS, seed=self._seed())
        self._finish(beyond=True)
        self._harvest()
        self.topdesk.misbehave()
        self.topdesk.settle()
        told = document(self._expect(("verify", "--json"), {0, 6}))
        there = doubled(self.topdesk.census(), scenario.counted)
        missed = unseen(there, told["verify"])
        self.result.beyond += len(there)
        self.result.shown += len(there) - len(missed)
        self._say(f"beyond the window: {len(there)} doubled, {len(there) - len(missed)} told")
        if missed:
            raise Broken(f"seed {self.seed}: doubled and not told: {sorted(missed)}")

    def _live(self, scenario: Scenario, *, last: bool) -> bool:
        """Whether the load came to its end by itself."""
        left = scenario.left(self._folder)
        self._follow(left, calm=last)
        commit = None if last else self._commit(left)
        acts = self._acts(left) if not last and not commit else {}
        process = self._start(commit=commit)
        twins: list[Life] = []
        while process.poll() is None:
            for cell in self._held() if acts else ():
                if (act := acts.pop(cell, None)) and process.poll() is None:
                    self.result.matrix.met[act, cell] += 1
                    acts = self._do(act, process, twins, scenario)
            time.sleep(_LOOK)
        for twin in twins:
            self._leave(twin)
        killed = process.returncode == -signal.SIGKILL
        if killed:
            self.result.kills += 1
        if killed and commit:
            what, cell, _ = commit.split(" ")
            if self._told.read_bytes()[-1:] == b"1":
                self.result.mid_commit += 1
                self.result.matrix.met[INTENT if what == "intent" else OUTCOME, cell] += 1
        self._harvest()
        return not killed and self._ended(process) in (0, 3)

    def _leave(self, twin: Life) -> None:
        """A second loader whose unit is free now would go on alone."""
        if twin.poll() is None:
            twin.kill()
            twin.wait()
            self.result.kills += 1
        else:
            self._ended(twin)

    def _acts(self, left: Counter[str]) -> dict[str, str]:
        """What shall happen when a request of a cell is on its way: to some of those that come
        soon. The target holds these requests for a moment."""
        soon = self._soon(left, (KILL, *PASSING))
        if not soon and (cells := [cell for cell in REQUESTS if left[cell] > 0]):
            soon = [(KILL, self.dice.choice(cells))]
        acts = {cell: act for act, cell in soon}
        self.topdesk.more(*(self._hold(cell, left, 1) for cell in acts))
        return acts

    def _soon(self, left: Counter[str], acts: Sequence[str]) -> list[tuple[str, str]]:
        """What is lacking of these, at the first few steps that have something left to do."""
        lacking = self.result.matrix.lacking(acts, [cell for cell in REQUESTS if left[cell] > 0])
        cells = list(dict.fromkeys(cell for cell in REQUESTS if any(c == cell for _, c in lacking)))
        chosen = [pair for pair in lacking if pair[1] in cells[:_SOON]]
        self.dice.shuffle(chosen)
        return chosen

    def _hold(self, cell: str, left: Counter[str], count: int) -> dict[str, Any]:
        after = self.dice.randrange(max(1, min(6, left[cell] // 6)))
        return fault("held", cell, {"kind": "late", "delay": _HELD}, count=count, after=after)

    def _held(self) -> list[str]:
        """The cells of which a request began to be held since the last look."""
        now = self.topdesk.stats()["injected"]
        found = []
        for name, number in now.items():
            if name.startswith("held|") and number > self._seen[name]:
                self._seen[name] = number
                found.append(name.partition("|")[2])
        return found

    def _do(self, act: str, process: Life, twins: list[Life], scenario: Scenario) -> dict[str, str]:
        """Do it; returns what shall happen to the process after that, if it lives on."""
        if act == KILL:
            time.sleep(self.dice.uniform(0, 0.05))
            process.kill()
            return {}
        if act == FULL:
            wal = self._folder / "state" / "journal.db-wal"
            room = wal.stat().st_size if wal.exists() else 0
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, room))
            return {}
        left = scenario.left(self._folder)
        if act in (AHEAD, BACK):
            process.send_signal(signal.SIGUSR1 if act == AHEAD else signal.SIGUSR2)
        elif act == RESTART:
            self._harvest()
            self.topdesk.restart()
            self.result.restarts += 1
            self._seen.clear()
            self._follow(left, calm=False)
        else:
            twins.append(self._start())
        return self._acts(left)

    def _commit(self, left: Counter[str]) -> str | None:
        """In whose commit this process is killed: `intent incident/create 3`."""
        lacking = self._soon(left, (INTENT, OUTCOME))
        if not lacking or self.dice.random() < 0.4:
            return None
        act, cell = lacking[0]
        number = 1 + self.dice.randrange(max(1, min(6, left[cell] // 6)))
        return f"{'intent' if act == INTENT else 'outcome'} {cell} {number}"

    def _start(self, *chosen: str, commit: str | None = None) -> Life:
        self.result.loads += 1
        environment = {"CRASH_COMMIT": commit, "CRASH_TOLD": str(self._told)} if commit else {}
        command = ("load", *(chosen or ("--sprint", "pilot")))
        log = self._folder / "load.log"
        return self._lives.start(log, "--workspace", str(self._folder), *command, **environment)

    def _ended(self, process: Life) -> int:
        log = self._folder / "load.log"
        if not may_end(process.returncode, log):
            raise Broken(f"seed {self.seed}: exit {process.returncode}\n{tail(log)}")
        return process.returncode

    def _begin(self, scenario: Scenario, name: str = "") -> None:
        self.result.rounds[name or scenario.name] += 1
        scenario.begin(self._folder, self.topdesk, **_SETTINGS)
        self._seen.clear()

    def _follow(self, sends: Counter[str], *, calm: bool) -> None:
        """Some of what is lacking, soon where a step is rare; and a little of everything. What
        makes a load pause meets each step once, and one password expires."""
        aimed, taken = [], Counter[str]()
        lacking = self.result.matrix.lacking(HTTP, [cell for cell in sends if sends[cell] > 0])
        self.dice.shuffle(lacking)
        for name, cell in lacking:
            if self._crowded(HTTP[name]["kind"], cell, taken, calm=calm):
                continue
            after = self.dice.randrange(max(1, sends[cell] // 6))
            aimed.append(fault(name, cell, HTTP[name], count=1, after=after))
        strewn = []
        for cell in sends:
            names = [LOST_ANSWER, *self.dice.sample(STREWN, 2)]
            strewn += [fault(n, cell, HTTP[n], rate=self._background / 3) for n in names]
        self.topdesk.misbehave(*aimed, *strewn, latency_ms=LATENCY_MS, seed=self._seed())

    def _crowded(self, kind: str, cell: str, taken: Counter[str], *, calm: bool) -> bool:
        """Whether one process had better not meet this one too; else it is counted."""
        place = "401" if kind == "401" else cell
        if kind in PAUSING:
            place = f"pause {cell}"
        most = {"401": 0 if calm else 1, cell: 5}.get(place, 1)
        taken[place] += 1
        return taken[place] > most

    def _harvest(self) -> None:
        """Take over what the target counted since the last time."""
        for name, number in self.topdesk.stats()["injected"].items():
            new = number - self._seen[name]
            self._seen[name] = number
            what, _, cell = name.partition("|")
            if what != "held" and new > 0:
                self.result.matrix.met[what, cell] += new

    def _finish(self, *, beyond: bool = False) -> None:
        """Load until a load ends well, as an operator would who types what the last one says.
        Beyond the window it may end with what a person must decide: two where there shall be
        one."""
        for turn in range(8):
            process = self._start()
            process.wait(timeout=300)
            self._harvest()
            code = self._ended(process)
            if code == 0 or (code == 3 and beyond and turn):
                return
            if code == 3 and turn < 7:
                self.result.retried += 1
                self._retry()
        said = tail(self._folder / "load.log")
        raise Broken(f"seed {self.seed}: the load does not come to an end\n{said}")

    def _retry(self) -> None:
        code, said = self._lives.run("--workspace", str(self._folder), "retry", "--sprint", "pilot")
        if code not in (0, 2, 3, 5):
            raise Broken(f"seed {self.seed}: retry ended with {code}\n{said[-3000:]}")

    def _check(self, scenario: Scenario, title: str) -> None:
        """Everything there once, in its place, nothing else there, and every command says so."""
        self._harvest()
        self.topdesk.misbehave()
        self.topdesk.settle()
        now, trails = counted(self.topdesk), self.topdesk.trails()
        found = differences(now, trails, scenario.counted, scenario.trails)
        result = self.result
        result.duplicates += len(found.more) + len(found.doubled)
        result.lost += len(found.missing)
        result.misplaced += len(found.misplaced)
        result.visibility += len(found.visibility)
        result.records += sum(now["counts"].values())
        told = document(self._expect(("status", "--json"), {0}))
        buckets = Counter[str]()
        for line in told["units"]:
            buckets[line["bucket"]] += line["records"]
        met = result.matrix
        self._say(
            f"{title}: {sum(now['counts'].values())} records; so far {met.total} faults,"
            f" {result.kills} kills, {result.restarts} restarts,"
            f" {len(self.lacking())} cells lacking"
        )
        unfinished = {"sending", "in_doubt", "planned", "failed", "conflict", "mismatch"}
        if found or unfinished & set(buckets):
            raise Broken(f"seed {self.seed}, {title}: {found} {dict(buckets)}")
        self._expect(("verify",), {0})

    def lacking(self) -> list[tuple[str, str]]:
        """The (fault, cell) that were met too rarely, of those that a scenario sends."""
        return self.result.matrix.lacking((*HTTP, *BEYOND, *ACTS), sorted(self.result.sends))

    def lacks(self, scenario: Scenario, *faults: str) -> int:
        """How many cells of a scenario lack these faults, or any that `round` is for."""
        return len(self.result.matrix.lacking(faults or _OF_ROUNDS, scenario.sends))

    def _expect(self, arguments: tuple[str, ...], codes: set[int]) -> str:
        chosen = ("--workspace", str(self._folder), *arguments, "--sprint", "pilot")
        code, said = self._lives.run(*chosen)
        if code not in codes:
            raise Broken(f"seed {self.seed}: {arguments} ended with {code}\n{said[-3000:]}")
        return said

    def _seed(self) -> int:
        return self.dice.randrange(2**32)
