"""Requests, changes and problems with their tasks: work in HPSM that is no ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, TypeVar

from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.matter import Incident
from migrate.simulate.world.organisation import GROUPS, Group, Shape
from migrate.simulate.world.people import Person
from migrate.simulate.world.rota import Rota
from migrate.simulate.world.scale import DAYS, PRESENT, SCALES
from migrate.simulate.world.services import SERVICES_OF, Service
from migrate.simulate.world.spoil import UNKNOWN_CALLERS
from migrate.simulate.world.texts import Texts

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

T = TypeVar("T")

REQUESTS, CHANGES, PROBLEMS, TASKS = 0.02, 0.006, 0.003, 0.01
"""How many there are of each, for every ticket; tasks are those of incidents."""

UNKNOWN_STATUSES = ("Til godkjenning hos dekan", "closed-gammel", "Planlagt (KS)")

_LEAST = 24
_DAY = 86_400
_REQUEST = (
    ("Open", "pending"),
    ("Fulfillment", "approved"),
    ("Review", "approved"),
    ("Closed", "approved"),
    ("Closed", "approved"),
    ("Closed", "denied"),
)
_CHANGE = (
    # status, approval, phase, completion code
    ("initial", "pending", "Registration and Categorization", None),
    ("initial", "approved", "Build and Test", None),
    ("resolved", "approved", "Implementation", None),
    ("closed", "approved", "Closure", "1"),
    ("closed", "approved", "Closure", "4"),
    ("closed", "denied", "Authorization", "5"),
)
_PROBLEM = (
    "Open",
    "Accepted",
    "Work In Progress",
    "Pending Vendor",
    "Resolved",
    "Closed",
    "Closed",
)
_TASK = ("Ready", "Assigned", "In Progress", "Blocked", "Completed", "Closed", "Closed")
_STEPS = (
    "Bestille utstyr fra leverandør",
    "Avtale tid med bruker",
    "Ta sikkerhetskopi",
    "Oppdatere dokumentasjon",
    "Melde fra til brukerne",
    "Teste i testmiljøet",
)
_PARTS = ("PC-LAPTOP-14", "SKJERM-27", "DOKK-USB-C", "MOBIL-STD", "LISENS-OFFICE", "NØKKEL-SYL")


@dataclass(slots=True)
class Task:
    """A task of a request (there called line item, with a part), change, problem or incident;
    `parent` is its number."""

    number: str
    parent: str
    title: str
    description: str
    status: str
    group: str | None
    assignee: str | None
    opened: int
    closed: int | None
    completion: str | None
    part: str | None = None
    target: int | None = None


@dataclass(slots=True)
class Work:
    """What requests, changes and problems have in common. `contact` is a contact key."""

    number: str
    title: str
    description: str
    status: str
    category: str
    group: str
    assignee: str | None
    contact: str
    opened: int
    closed: int | None
    updated: int
    tasks: list[Task] = field(default_factory=list)


@dataclass(slots=True)
class Request(Work):
    approval: str = "pending"
    requested: int | None = None


@dataclass(slots=True)
class Change(Work):
    approval: str = "pending"
    phase: str = ""
    priority: str = "3"
    planned_start: int | None = None
    planned_end: int | None = None
    completion: str | None = None


@dataclass(slots=True)
class Problem(Work):
    root_cause: str | None = None
    workaround: str | None = None
    resolution: str | None = None
    closure: str | None = None


class WorkMaker:
    """Draws work of one world, from generators of its own, and counts its dirt in `tally`."""

    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self._tally = tally
        self._texts = Texts(world.seed)
        self._span = DAYS[world.scale] * _DAY
        self._groups = [group for group in GROUPS.values() if group.shape is Shape.NORMAL]
        self._people: tuple[Person, ...] = world.people.all
        self._members = world.members
        self._draw = Random(f"{world.seed}/{world.scale}/incident tasks")
        self._rate = max(TASKS, 2 * _LEAST / SCALES[world.scale])
        self._task = 0

    def requests(self) -> Iterator[Request]:
        """With their line items."""
        self._draw = Random(f"{self._world.seed}/{self._world.scale}/requests")
        rota = Rota(
            (Dirt.REQUEST_WITHOUT_LINE, Dirt.REQUESTOR_UNKNOWN, Dirt.WORK_STATUS_UNKNOWN), 4
        )
        for place in range(self._count(REQUESTS)):
            status, approval = self._pick(_REQUEST)
            request = Request(*self._common(f"Q{10_001 + place}", status, status == "Closed"))
            request.approval = approval
            request.requested = request.opened + 14 * _DAY
            for line in range(1 + int(self._random() * 3)):
                task = self._new_task(f"{request.number}-{line + 1}", request)
                task.part, task.target = self._pick(_PARTS), request.requested
                request.tasks.append(task)
            kind, turn = rota.next()
            if kind is Dirt.REQUEST_WITHOUT_LINE:
                request.tasks.clear()
            elif kind is Dirt.REQUESTOR_UNKNOWN:
                request.contact = UNKNOWN_CALLERS[turn % len(UNKNOWN_CALLERS)]
            self._noted(request, kind, turn)
            yield request

    def changes(self) -> Iterator[Change]:
        """With their tasks."""
        self._draw = Random(f"{self._world.seed}/{self._world.scale}/changes")
        kinds = (Dirt.CHANGE_ENDS_BEFORE_START, Dirt.TASK_OF_NO_PARENT, Dirt.WORK_STATUS_UNKNOWN)
        rota = Rota(kinds, 4)
        for place in range(self._count(CHANGES)):
            status, approval, phase, completion = self._pick(_CHANGE)
            change = Change(*self._common(f"C{10_001 + place}", status, status == "closed"))
            change.approval, change.phase, change.completion = approval, phase, completion
            change.priority = self._pick(("1", "2", "3", "3", "4"))
            change.planned_start = start = change.opened + int(self._random() * 20 * _DAY)
            change.planned_end = start + int((0.1 + self._random()) * _DAY)
            change.tasks = [
                self._new_task(f"T{10_001 + place * 4 + task}", change)
                for task in range(int(self._random() * 4))
            ]
            kind, turn = rota.next()
            if kind is Dirt.CHANGE_ENDS_BEFORE_START:
                change.planned_start, change.planned_end = change.planned_end, start
            elif kind is Dirt.TASK_OF_NO_PARENT:
                stray = self._new_task(f"T{9_000_001 + turn}", change)
                change.tasks.append(replace(stray, parent=f"C{9_100_001 + turn}"))
                self._tally.note(kind, stray.number)
                kind = None
            self._noted(change, kind, turn)
            yield change

    def problems(self) -> Iterator[Problem]:
        """With their tasks."""
        self._draw = Random(f"{self._world.seed}/{self._world.scale}/problems")
        rota = Rota((Dirt.WORK_STATUS_UNKNOWN,), 8)
        for place in range(self._count(PROBLEMS)):
            status = self._pick(_PROBLEM)
            problem = Problem(*self._common(f"PM{10_001 + place}", status, status == "Closed"))
            if status in ("Resolved", "Closed"):
                problem.root_cause = f"Feil i oppsettet.\n{self._pick(self._texts.details)}"
                problem.resolution = self._pick(self._texts.answers)
                problem.closure = self._pick(("Fixed", "Workaround", "Not Reproducible"))
            elif self._random() < 0.5:
                problem.workaround = self._pick(self._texts.answers)
            problem.tasks = [
                self._new_task(f"PMT{10_001 + place * 3 + task}", problem)
                for task in range(int(self._random() * 3))
            ]
            self._noted(problem, *rota.next())
            yield problem

    def of_incident(self, incident: Incident) -> Iterator[Task]:
        """Mostly none. Asked for every incident in order, before the other kinds are drawn."""
        if self._random() >= self._rate:
            return
        for _ in range(1 + int(self._random() * 2)):
            self._task += 1
            yield self._nearby(self._new_task(f"IMT{10_000 + self._task}", incident), incident)

    def _nearby(self, task: Task, incident: Incident) -> Task:
        """Three tasks of four go to a group of the unit that has the incident."""
        unit = GROUPS[incident.group].unit if incident.group in GROUPS else ""
        groups = [group.name for group in self._groups if group.unit == unit]
        if task.group is None or not groups or self._task % 4 == 0:
            return task
        group = groups[self._task % len(groups)]
        members = self._members[group]
        doer = members[self._task % len(members)] if task.assignee else None
        return replace(task, group=group, assignee=doer)

    def _random(self) -> float:
        return self._draw.random()

    def _pick(self, options: tuple[T, ...] | list[T]) -> T:
        return options[int(self._draw.random() * len(options))]

    def _count(self, share: float) -> int:
        return max(int(share * SCALES[self._world.scale]), _LEAST)

    def _common(
        self, number: str, status: str, closed: bool
    ) -> tuple[str, str, str, str, str, str, str | None, str, int, int | None, int]:
        """The fields of `Work`, in its order."""
        group: Group = self._pick(self._groups)
        service: Service = self._pick(SERVICES_OF[self._pick(group.topics)])
        opened = PRESENT - int((0.01 + 0.99 * self._random()) * self._span)
        end = min(opened + int((0.1 + self._random() * 40) * _DAY), PRESENT - 3_600)
        return (
            number,
            self._pick(self._texts.titles[service.subcategory]),
            self._pick(self._texts.descriptions[service.subcategory]),
            status,
            service.category,
            group.name,
            self._pick(self._members[group.name]) if self._random() < 0.8 else None,
            self._pick(self._people).contact,
            opened,
            end if closed else None,
            end if closed else min(opened + int(self._random() * 9 * _DAY), PRESENT - 60),
        )

    def _new_task(self, number: str, parent: Work | Incident) -> Task:
        status = self._pick(_TASK)
        group = self._pick(self._groups)
        opened = min(parent.opened + int(self._random() * 3 * _DAY), PRESENT - 7_200)
        done = status in ("Completed", "Closed") or parent.closed is not None
        closed = min(opened + int(self._random() * 20 * _DAY), PRESENT - 3_600) if done else None
        return Task(
            number=number,
            parent=parent.number,
            title=self._pick(_STEPS),
            description=f"{self._pick(self._texts.notes)}\nSe {parent.number}.",
            status="Closed" if done else status,
            group=group.name if self._random() < 0.95 else None,
            assignee=self._pick(self._members[group.name]) if self._random() < 0.6 else None,
            opened=opened,
            closed=closed,
            completion="1" if done else None,
        )

    def _noted(self, work: Work, kind: Dirt | None, turn: int) -> None:
        """Counts what was planted; an unknown status is planted here, for every sort of work."""
        if kind is Dirt.WORK_STATUS_UNKNOWN:
            work.status = UNKNOWN_STATUSES[turn % len(UNKNOWN_STATUSES)]
        if kind is not None:
            self._tally.note(kind, work.number)
