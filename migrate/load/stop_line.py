"""The stop-line: what a load is going to touch, stated before it, and held against it meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from migrate.config import StopLine as Limits
from migrate.errors import Problem, StoppedError
from migrate.records import PHASES
from migrate.state.plan_store import PlanStore

PEOPLE = ("person", "operator")


class Band(StrEnum):
    """What is held against the plan."""

    FAILURES = "failures"
    WRITES = "writes"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a load of one unit will touch, as its plan states it: records that have something to be
    sent, writes by kind, and people who will be archived."""

    records: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    archived: int = 0

    @property
    def requests(self) -> int:
        return sum(self.writes.values())


def forecast(store: PlanStore, unit: str, phases: Collection[str]) -> Forecast:
    """What the plan of a unit states for these phases."""
    records, writes, archived = 0, Counter[str](), 0
    for phase, kinds in PHASES.items():
        if phase not in phases:
            continue
        for kind, verdict, _, count, requests in store.summary(unit, phase):
            if not verdict:
                records += count
                writes[kind] += requests
        for kind in set(kinds) & set(PEOPLE):
            archived += sum(
                is_archiving(kind, step.name)
                for page in store.records(unit, phase, kind, steps=True)
                for planned in page
                if planned.verdict is None
                for step in planned.steps
            )
    return Forecast(records, {kind: n for kind, n in writes.items() if n}, archived)


def is_archiving(kind: str, step: str) -> bool:
    """Whether a step takes a person out of use. Archiving a person archives their operator too
    (supporting files 2.7.11)."""
    return kind in PEOPLE and step.partition("/")[0] == "archive"


@dataclass(slots=True)
class StopLine:
    """Counts what a load of one unit writes, and says when that is more than the plan states.

    `waived` are the bands that somebody has looked at: they do not stop this load.
    """

    unit: str
    stated: Forecast
    limits: Limits = field(default_factory=Limits)
    waived: frozenset[Band] = frozenset()
    _writes: Counter[str] = field(default_factory=Counter)
    _archived: int = 0

    def before(self) -> None:
        """Raises StoppedError where the plan itself is outside the band."""
        if self.stated.archived > self.limits.archived_people and Band.PEOPLE not in self.waived:
            raise self._stop(Band.PEOPLE, f"the plan archives {self.stated.archived} people")

    def wrote(self, kind: str, step: str) -> StoppedError | None:
        """Count one write that the target took; the stop where that was one too many."""
        self._writes[kind] += 1
        self._archived += is_archiving(kind, step)
        stated = self.stated.writes.get(kind, 0)
        most = int(stated * (1 + self.limits.writes)) + self.limits.slack
        if self._writes[kind] > most and Band.WRITES not in self.waived:
            done = f"{self._writes[kind]} writes of kind {kind}"
            return self._stop(Band.WRITES, f"{done}, where the plan states {stated}")
        people = max(self.limits.archived_people, self.stated.archived)
        if self._archived > people and Band.PEOPLE not in self.waived:
            return self._stop(Band.PEOPLE, f"{self._archived} people archived")
        return None

    def waives(self, band: Band) -> bool:
        return band in self.waived

    def _stop(self, band: Band, message: str) -> StoppedError:
        expected = {
            Band.WRITES: f"at most {self.limits.writes:.0%} more, and {self.limits.slack}",
            Band.PEOPLE: f"at most {self.limits.archived_people} people archived",
        }[band]
        return StoppedError(Problem("stop-line", self.unit, message, expected=expected))


def band_of(problems: Iterable[Problem]) -> Band | None:
    """The band that a stop was about."""
    for problem in problems:
        if problem.code == "error-budget":
            return Band.FAILURES
        if problem.code == "stop-line":
            return Band.PEOPLE if "people" in problem.message else Band.WRITES
    return None
