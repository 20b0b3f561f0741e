"""Whole lives of a unit: loads, deaths, lost answers, plans made anew, undos, retries and people.

A walk is a list of acts, drawn from a printed seed: each says all that it does, so that a walk that
fails can be made shorter by leaving acts out.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import nullcontext
from typing import Any

from loading import Desk
from walked_hpsm import ARTICLES, PEOPLE, TICKETS, Chains, Hpsm
from walked_people import People

from migrate.config import StopLine
from migrate.errors import MigrateError
from migrate.load.conflicts import conflicts, decide
from migrate.load.pacer import Pacer
from migrate.load.plan import Planner
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.sprint import UnitLoader
from migrate.load.stop_line import Band
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.undo import Undo, Undone
from migrate.load.work import Settings
from migrate.records import PHASES, Answer, Operation, Outcome, State
from migrate.simulate.topdesk.faults import Fault
from migrate.state.journal import Journal
from migrate.state.journal_aside import Scope

Act = tuple[Any, ...]

UNIT, SPRINT = "it", "pilot"
FAULTS = (
    *("answer-lost", "500-after", "500-before", "401", "late", "severed", "cut-before"),
    *("cut-body", "502-after", "garbage", "429", "503-before"),
)
CHANGES = (
    *("title", "room", "impact", "note", "note", "file", "time", "task", "task_text", "ends"),
    *("job", "operator", "line", "article", "leaves", "returns"),
)
PERSONS = (
    *("edit", "edit", "edit", "entry", "archive", "unarchive", "by_hand", "unlink", "task"),
    "bring_back",
)
MAY_LEAVE = (
    *((("incident", number)) for number in TICKETS),
    *((("knowledge_item", id)) for id in ARTICLES),
    ("membership", "Nett|kari"),
    ("person", PEOPLE[1]),
)
tally: Counter[str] = Counter()


class Killed(BaseException):
    """The process is gone: nothing that was not committed is there any more."""


class Mortal(Journal):
    """A journal whose process dies at a commit: `dies` says at which one from now on, `late` right
    after it in place of before."""

    dies: int = 0
    late: bool = False

    def commit(self) -> None:
        self.dies -= 1
        if self.dies == 0 and not self.late:
            raise Killed
        super().commit()
        if self.dies == 0:
            raise Killed


class Refusing(TopdeskTarget):
    """A target that says no to the request at `refuses`, with this code."""

    refuses: int = 0
    code: str = ""

    def write(self, operation: Operation) -> Outcome:
        return self._no(operation) or super().write(operation)

    def remove(self, operation: Operation) -> Outcome:
        return self._no(operation) or super().remove(operation)

    def _no(self, operation: Operation) -> Outcome | None:
        self.refuses -= 1
        if self.refuses:
            return None
        return Outcome(operation.key, Answer.REFUSED, code=self.code, status=400, latency=0.001)


class WalkedDesk(Desk):
    """A desk whose process may die."""

    def open(self) -> None:
        super().open()
        self.journal.close()
        self.journal = Mortal(self.folder / "journal.db", "hpsm")
        self.target.__class__ = Refusing


class Walk:
    """One life. Raises AssertionError where a promise is broken."""

    def __init__(self, desk: WalkedDesk) -> None:
        self.desk, self.hpsm = desk, Hpsm(desk)
        self.people = People(desk)
        self.last_run = 0

    def do(self, act: Act) -> None:
        tally[act[0]] += 1
        getattr(self, f"_{act[0]}")(*act[1:])

    # What the acts do.

    def _hpsm(self, what: str, i: int, j: int) -> None:
        number = TICKETS[i % 2]
        ticket = self.hpsm.tickets[number]
        match what:
            case "title":
                ticket.title = f"Tittel {j}"
            case "room":
                ticket.room = f"Rom {j}"
            case "impact":
                ticket.impact = ("Person", "Gruppe", "Avdeling")[j % 3]
            case "note":
                ticket.notes.append((f"Note {len(ticket.notes)}", bool(j % 2)))
            case "file":
                ticket.files.append(f"fil{len(ticket.files)}.txt")
            case "time":
                ticket.times.append(f"{len(ticket.times):02x}")
            # TOPdesk takes no partial incident under one that is closed.
            case "task" if ticket.ends in ("", "hold"):
                ticket.tasks[f"{number}T{len(ticket.tasks)}"] = "Oppgave"
            case "task_text":
                for task in ticket.tasks:
                    ticket.tasks[task] = f"Oppgave {j}"
            case "ends":
                ticket.ends = ("", "hold", "close", "archive")[j % 4]
            case "job":
                self.hpsm.people[PEOPLE[i % 2]] = f"Stilling {j}"
            case "operator":
                self.hpsm.operator = f"Kari {j}"
            case "line":
                self.hpsm.line = not self.hpsm.line
            case "article":
                self.hpsm.articles[ARTICLES[i % 2]] = f"Slik {j}"
            case "leaves":
                self.hpsm.left.add(MAY_LEAVE[j % len(MAY_LEAVE)])
            case "returns":
                if self.hpsm.left:
                    self.hpsm.left.discard(sorted(self.hpsm.left)[j % len(self.hpsm.left)])

    def _person(self, what: str, i: int, j: int) -> None:
        self.people.do(what, i, j, self.hpsm)

    def _load(self, phases: tuple[str, ...], trouble: Act | None) -> None:
        self._under(trouble, lambda: self.load(phases))

    def _undo(self, of_run: bool, trouble: Act | None) -> None:
        scope = Scope(run=self.last_run) if of_run and self.last_run else Scope(units=(UNIT,))
        self._under(trouble, lambda: self.undo(scope))

    def _retry(self, trouble: Act | None) -> None:
        self.reopen()
        self._under(trouble, lambda: self.load(tuple(PHASES)))

    def _plan(self) -> None:
        self.plan()

    def _verify(self) -> None:
        self.desk.verify()

    def _restart(self) -> None:
        self.reborn()

    def _decide(self, side: Any, i: int) -> None:
        chains = list(self.hpsm.tickets_now(UNIT, SPRINT))
        found = conflicts(self.desk.journal, self.desk.target, UNIT, chains)
        waiting = [each for each in found if not each.over]
        if waiting:
            chosen = waiting[i % len(waiting)]
            if decide(self.desk.journal, self.desk.target, chosen, side, 1, 1.0):
                self.people.decided(chosen.record.target_id, chosen.field, side)
                tally[f"decided for {side}"] += 1

    def _under(self, trouble: Act | None, action: Any) -> None:
        desk = self.desk
        if trouble:
            tally[f"{trouble[0]} {trouble[1] if isinstance(trouble[1], str) else ''}"] += 1
        match trouble:
            case ("fault", kind, after, method):
                fault = Fault(
                    kind,
                    method=method,
                    after=after,
                    count=1,
                    delay=0.3 if kind == "severed" else 0.45,
                )
                desk.server.misbehave(fault, Fault("429", rate=0.0))
            case ("faults", kind, rate, seed):
                desk.server.misbehave(
                    Fault(kind, rate=rate, delay=0.3 if kind == "severed" else 0.45), seed=seed
                )
            case ("storm", kind, seed, late, at):
                delay = 0.3 if kind == "severed" else 0.45
                desk.server.misbehave(Fault(kind, rate=0.3, delay=delay), seed=seed)
                desk.journal.dies, desk.journal.late = at, late == "late"  # type: ignore[attr-defined]
            case ("refuse", code, at):
                desk.target.refuses, desk.target.code = at, code  # type: ignore[attr-defined]
            case ("die", late, at):
                desk.journal.dies, desk.journal.late = at, late == "late"  # type: ignore[attr-defined]
        try:
            action()
        except MigrateError as error:
            tally[f"ended: {error.problems[0].code}"] += 1
            desk.stop.clear()
        except Killed:
            self.reborn()
        finally:
            desk.server.misbehave()
            self.desk.journal.dies = 0  # type: ignore[attr-defined]
            self.desk.target.refuses = 0  # type: ignore[attr-defined]

    def reborn(self) -> None:
        self.desk.close()
        self.desk.open()

    # The engine, as its commands run it.

    def loader(self) -> UnitLoader:
        desk = self.desk
        settings = Settings(desk.connections, desk.window, 1.0, 3.0, 1000)
        pacer = Pacer(desk.connections)

        def loader(resolver: Resolver, run: int) -> Loader:
            return Loader(
                *(desk.journal, desk.store, desk.target, pacer, resolver, settings, run),
                stop=desk.stop,
            )

        return UnitLoader(
            Chains(self.hpsm),
            Planner(desk.journal, desk.store, desk.target),
            desk.journal,
            desk.store,
            loader,
            lambda name: nullcontext(),
            time.time,
            StopLine(),
        )

    def plan(self) -> None:
        self.loader().plan(UNIT, SPRINT, anew=True)

    def load(self, phases: tuple[str, ...] = tuple(PHASES)) -> int:
        """One load, planned where the plan does not stand; returns the requests that it wrote."""
        run = self.last_run = self.desk.journal.begin_run("load", time.time())
        unit = self.loader()
        unit.plan(UNIT, SPRINT)
        unit.load(UNIT, SPRINT, phases, run, waived=frozenset(Band))
        if "knowledge" in phases:
            unit.load_links(UNIT, SPRINT, run)
        return sum(tally.requests for tally in unit.tallies.values())

    def undo(self, scope: Scope) -> Undone:
        desk = self.desk
        run = desk.journal.begin_run("undo", time.time())
        try:
            return Undo(
                *(desk.journal, desk.target, Pacer(desk.connections), run),
                window=desk.window,
                patience=3.0,
                threads=4,
                stop=desk.stop,
            ).undo(scope)
        finally:
            for phase in PHASES:
                desk.store.outdate(UNIT, phase)

    def reopen(self) -> int:
        """As `retry` does of every family."""
        desk = self.desk
        count = desk.journal.reopen(UNIT, (State.FAILED,), None, time.time())
        for phase in PHASES:
            desk.store.outdate(UNIT, phase)
        return count


def drawn(seed: int, length: int) -> list[Act]:
    """The acts of a walk."""
    dice = random.Random(seed)
    acts: list[Act] = [("load", tuple(PHASES), _trouble(dice))]
    while len(acts) < length:
        i, j = dice.randrange(100), dice.randrange(100)
        sort = dice.choices(
            ("hpsm", "load", "undo", "retry", "person", "verify", "restart", "decide", "plan"),
            (30, 26, 10, 5, 20, 3, 1, 4, 6),
        )[0]
        match sort:
            case "hpsm":
                acts.append((sort, dice.choice(CHANGES), i, j))
            case "load":
                whole = dice.random() < 0.75
                phases = tuple(PHASES) if whole else (dice.choice(tuple(PHASES)),)
                acts.append((sort, phases, _trouble(dice)))
            case "undo":
                acts.append((sort, dice.random() < 0.25, _trouble(dice)))
            case "retry":
                acts.append((sort, _trouble(dice)))
            case "person":
                acts.append((sort, dice.choice(PERSONS), i, j))
            case "decide":
                acts.append((sort, dice.choice(("topdesk", "hpsm")), i))
            case _:
                acts.append((sort,))
    return acts


def _trouble(dice: random.Random) -> Act | None:
    sort = dice.random()
    if sort < 0.25:
        return None
    if sort < 0.55:
        method = "GET" if dice.random() < 0.1 else "POST|PUT|PATCH|DELETE"
        return ("fault", dice.choice(FAULTS), dice.randrange(12), method)
    if sort < 0.65:
        return ("faults", dice.choice(FAULTS), 0.15, dice.randrange(1000))
    if sort < 0.75:
        code = dice.choice(("target-refused", "target-duplicate", "target-record-missing"))
        return ("refuse", code, dice.randrange(1, 12))
    if sort < 0.85:
        storm = dice.choice(FAULTS), dice.randrange(1000), dice.choice(("early", "late"))
        return ("storm", *storm, dice.randrange(3, 40))
    return ("die", dice.choice(("early", "late")), dice.randrange(1, 30))
