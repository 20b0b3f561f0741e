"""Makes the matters of the invented university one by one, in order of opening."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, TypeVar

from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.matter import Activity, Incident, Interaction, Matter, Relation, Ticket
from migrate.simulate.world.organisation import GROUPS, UNITS, Group, Shape
from migrate.simulate.world.people import Person
from migrate.simulate.world.scale import DAYS, PRESENT
from migrate.simulate.world.services import CLOSURE_CODES, SERVICES_OF, Service
from migrate.simulate.world.spoil import Spoiler
from migrate.simulate.world.texts import Texts

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

T = TypeVar("T")

DORMANT_SINCE = 1_514_764_800
"""2018-01-01: from then on a dormant group gets no ticket."""

PENDING_CODES = (
    "Venter på innmelder",
    "Venter på leverandør",
    "Venter på bestilling",
    "Venter på godkjenning",
    "Planlagt arbeid",
)

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_CODELESS_SINCE = 1_546_300_800  # 2019-01-01, when a part of the groups moved to the new forms
_OPEN_CLASSIC = ("Open", "Accepted", "Work in progress", "Work in progress")
_OPEN_CODELESS = ("Categorize", "Assign", "Work In Progress", "Work In Progress")
_HOLD_CLASSIC = ("Pending Customer", "Pending Vendor/Supplier", "Pending other", "Suspended")
_HOLD_CODELESS = ("Pending Customer", "Pending Vendor", "Pending Other", "Pending Evidence")
_ALERTS = ("Open", "updated", "alert stage 1", "DEADLINE ALERT")
_CAUSES = ("Brukerfeil", "Maskinvare", "Programvare", "Leverandør", "Ukjent")
_IMPACTS = ("1", "2", "3", "3", "4", "4", "4", "4", "4", "4")
_URGENCIES = ("1", "2", "2", "3", "3", "3", "3", "4", "4", "4")
_PRIORITY_TEXT = {"1": "1 - Critical", "2": "2 - High", "3": "3 - Average", "4": "4 - Low"}


def stream(world: World, tally: Tally) -> Iterator[Matter]:
    """Matters until `world.tickets` records exist, with their dirt planted and counted."""
    maker = Maker(world)
    spoiler = Spoiler(world, maker, tally)
    done = 0
    while done < world.tickets:
        matter = maker.matter(done / world.tickets)
        spoiler.spoil(matter)
        _note_habits(matter, tally)
        done += len(matter.interactions) + len(matter.incidents)
        yield matter


def _note_habits(matter: Matter, tally: Tally) -> None:
    for ticket in matter.tickets:
        if len(ticket.priority) > 1:
            tally.note(Dirt.PRIORITY_WITH_TEXT, ticket.number)
    pairs = {(relation.source, relation.depend) for relation in matter.relations}
    for relation in matter.relations:
        if relation.source_file == "incidents":
            twice = (relation.depend, relation.source) in pairs
            tally.note(
                Dirt.RELATION_TWICE if twice else Dirt.RELATION_SWAPPED,
                f"{relation.source}>{relation.depend}",
            )
    if not matter.interactions:
        tally.note(Dirt.WITHOUT_INTERACTION, matter.incidents[0].number)


class Maker:
    """Draws matters; holds the running numbers and the pools that it draws from."""

    def __init__(self, world: World) -> None:
        self.random = Random(f"{world.seed}/{world.scale}/tickets").random
        self._span = DAYS[world.scale] * _DAY
        self._texts = Texts(world.seed)
        self._interaction = 10_000
        self._incident = 10_000
        self._activity = 100_000
        self._callers = [person for person in world.people.all if not person.left]
        self._groups = list(GROUPS.values())
        total = {unit: sum(g.weight for g in self._groups if g.unit == unit) for unit in UNITS}
        self._weights = list(
            accumulate(UNITS[g.unit].share * g.weight / total[g.unit] for g in self._groups)
        )
        self._busiest = {unit: next(g for g in self._groups if g.unit == unit) for unit in UNITS}
        here = {person.login for person in world.people.operators if not person.left}
        self._members = {
            name: tuple(login for login in logins if login in here)
            for name, logins in world.members.items()
        }
        self._desk = {
            unit: tuple(person.login for person in pool if not person.left)
            for unit, pool in world.people.pools.items()
        }

    def pick(self, options: tuple[T, ...] | list[T]) -> T:
        return options[int(self.random() * len(options))]

    def matter(self, progress: float) -> Matter:
        """The matter that is opened when `progress` (0 to 1) of the world's tickets are there."""
        opened = self._opening(progress)
        group = self._group(opened)
        service = self.pick(SERVICES_OF[self.pick(group.topics)])
        caller = self.pick(self._callers)
        chance = self.random()
        if chance < 0.60:
            return Matter([self.interaction(opened, group, service, caller)], [], [])
        incident = self.incident(opened, group, service, caller)
        if chance < 0.64:
            return Matter([], [incident], [])
        interaction = self.interaction(opened, group, service, caller, incident)
        return Matter([interaction], [incident], self.relate(interaction, incident))

    def relate(self, interaction: Interaction, incident: Incident) -> list[Relation]:
        """One relation in either direction, now and then both."""
        usual = Relation(incident.number, "problem", interaction.number, "incidents")
        other = Relation(interaction.number, "incidents", incident.number, "problem")
        chance = self.random()
        return [usual] if chance < 0.68 else [other] if chance < 0.94 else [usual, other]

    def interaction(
        self,
        opened: int,
        group: Group,
        service: Service,
        caller: Person,
        incident: Incident | None = None,
    ) -> Interaction:
        """A call of its own, or, with `incident`, the call that led to that work."""
        self._interaction += 1
        by_caller = self.random() < 0.35
        desk = self._desk[group.unit]
        owner = self.pick(desk)
        ticket = Interaction(
            *self._common(f"SD{self._interaction}", opened, group, service, caller),
            opened_by=caller.login if by_caller else owner,
            opened=opened,
            updated=opened,
            email=caller.email,
            company=UNITS[caller.unit].name,
            callback="E-Mail" if by_caller else "Telephone",
            owner=owner,
            handle_time=int(60 + self.random() * 1_800),
        )
        self._log(ticket, opened, "Open", ticket.opened_by, "Interaction opened", False)
        if incident is not None:
            incident.opened_by = owner
            ticket.title, ticket.priority = incident.title, incident.priority
            ticket.status = "Dispatched"
            self._log(
                ticket, opened + 90, "related-change", owner, f"Related {incident.number}", False
            )
            if incident.closed is not None:
                end = max(incident.closed, opened + _HOUR)
                self._close(ticket, end, owner, incident.resolution or "")
            return ticket
        ticket.first_call = self.random() < 0.75
        took = 5 * _MINUTE if ticket.first_call else self._duration(0.06, 1.5)
        notes = 0 if ticket.first_call else 1 + int(self.random() * 3)
        self._work(ticket, opened, opened + took, owner, notes)
        if opened + took < PRESENT:
            self._close(ticket, opened + took, owner, self.pick(self._texts.answers))
        else:
            ticket.status = self.pick(("Open", "In Progress", "In Progress", "Callback"))
        return ticket

    def incident(self, opened: int, group: Group, service: Service, caller: Person) -> Incident:
        self._incident += 1
        members = self._members[group.name]
        desk = self.pick(self._desk[group.unit])
        assignee = self.pick(members) if members else None
        worker = assignee or desk
        ticket = Incident(
            *self._common(f"IM{self._incident}", opened, group, service, caller),
            opened_by=desk,
            opened=opened,
            updated=opened,
            assignee=assignee,
            reference=f"2019/{self._incident}" if self.random() < 0.02 else None,
        )
        codeless = opened > _CODELESS_SINCE and self.random() < 0.6
        self._log(
            ticket, opened, "Open", desk, f"Incident Opened with {group.name} Assignment", False
        )
        took = self._duration(0.2, 4.0)
        end = opened + took
        first = opened
        if self.random() < 0.25:
            first = opened + int(self.random() * min(took, _DAY))
            before = self._busiest[group.unit].name
            self._log(
                ticket,
                min(first, PRESENT - _MINUTE),
                "Assignment Group Change",
                desk,
                f"{before} to {group.name} |",
                False,
            )
        self._work(ticket, first, end, worker, 1 + int(self.random() * 4))
        ticket.sla_remaining = int((self.random() - 0.2) * 5 * _DAY)
        if end < PRESENT:
            self._resolve(ticket, end, worker)
        else:
            self._leave_open(ticket, codeless)
        return ticket

    def log(
        self, number: str, time: int, type: str, operator: str, text: str, visible: bool | None
    ) -> Activity:
        """An activity with the next id."""
        self._activity += 1
        return Activity(str(self._activity), number, time, type, operator, text, visible)

    def hold(self, incident: Incident) -> None:
        """Puts an open incident on hold, with reason and date."""
        codeless = incident.status in _OPEN_CODELESS
        incident.status = self.pick(_HOLD_CODELESS if codeless else _HOLD_CLASSIC)
        incident.pending_code = self.pick(PENDING_CODES)
        incident.pending_until = PRESENT + int((1 + self.random() * 60) * _DAY)
        worker = incident.assignee or incident.opened_by
        self._log(
            incident, incident.updated, "Pending Reason", worker, incident.pending_code, False
        )

    def _opening(self, progress: float) -> int:
        """A time of the working day; few matters are opened at weekends."""
        day = (PRESENT - self._span + int(progress * self._span)) // _DAY
        if (day + 3) % 7 >= 5 and self.random() < 0.85:
            day -= 2
        opened = int(day * _DAY + (6 + self.random() * 10) * _HOUR)
        return min(opened, PRESENT - int((0.2 + self.random() * 20) * _HOUR))

    def _group(self, opened: int) -> Group:
        group = self._groups[bisect(self._weights, self.random() * self._weights[-1])]
        if group.shape is Shape.DORMANT and opened >= DORMANT_SINCE:
            return self._busiest[group.unit]
        return group

    def _common(
        self, number: str, opened: int, group: Group, service: Service, caller: Person
    ) -> tuple[str, str, str, str, str, str, str, str, str, str, str, str, str | None, str, str]:
        """The first fields of `Ticket`, in its order."""
        topic = service.subcategory
        impact, urgency = self.pick(_IMPACTS), self.pick(_URGENCIES)
        priority = max(impact, urgency) if impact != "1" else urgency
        if self.random() < 0.05:
            priority = _PRIORITY_TEXT[priority]
        return (
            number,
            "Open",
            caller.contact,
            self.pick(self._texts.titles[topic]),
            f"{self.pick(self._texts.descriptions[topic])}\n{caller.first_name}",
            priority,
            urgency,
            impact,
            group.name,
            service.category,
            topic,
            service.name,
            f"PC-{opened % 90_000 + 10_000}" if self.random() < 0.2 else None,
            caller.department.name,
            caller.location.key,
        )

    def _duration(self, long: float, days: float) -> int:
        """Seconds until it is done: about `days`, for a share `long` up to two and a half years."""
        if self.random() < long:
            return int((30 + self.random() * 870) * _DAY)
        return int((0.02 + self.random() ** 2 * 3 * days) * _DAY)

    def _log(
        self, ticket: Ticket, time: int, type: str, operator: str, text: str, visible: bool
    ) -> None:
        ticket.history.append(self.log(ticket.number, time, type, operator, text, visible))
        ticket.updated = max(ticket.updated, time)

    def _work(self, ticket: Ticket, start: int, end: int, worker: str, notes: int) -> None:
        """What was written between `start` and `end`, in order of time and not in the future."""
        end = min(end, PRESENT - _MINUTE)
        step = max(end - start, 0) // (notes + 1)
        for place in range(1, notes + 1):
            if self.random() < 0.3:
                kind, text = "communication-with-customer", self.pick(self._texts.questions)
            else:
                kind, text = "Update", self.pick(self._texts.notes)
            self._log(ticket, start + place * step, kind, worker, text, kind != "Update")

    def _close(self, ticket: Interaction, end: int, by: str, answer: str) -> None:
        ticket.closed, ticket.closed_by, ticket.status = end, by, "Closed"
        ticket.resolution, ticket.resolution_code = answer, self.pick(CLOSURE_CODES)
        self._log(ticket, end, "Closed", by, answer, True)

    def _resolve(self, ticket: Incident, end: int, by: str) -> None:
        answer = self.pick(self._texts.answers)
        ticket.resolution, ticket.resolution_code = answer, self.pick(CLOSURE_CODES)
        ticket.resolved, ticket.resolved_by = end, by
        ticket.cause = self.pick(_CAUSES) if self.random() < 0.5 else None
        ticket.alert_status = "closed"
        self._log(ticket, end, "Resolved", by, answer, True)
        closed = end + 5 * _DAY
        if closed < PRESENT:
            ticket.closed, ticket.closed_by, ticket.status = closed, "problem", "Closed"
            self._log(ticket, closed, "Auto Closure", "problem", "Closed after five days", False)
        else:
            ticket.status = "Resolved"

    def _leave_open(self, ticket: Incident, codeless: bool) -> None:
        ticket.status = self.pick(_OPEN_CODELESS if codeless else _OPEN_CLASSIC)
        ticket.alert_status = self.pick(_ALERTS)
        if self.random() < 0.3:
            self.hold(ticket)
        elif self.random() < 0.25:
            ticket.assignee = None
        elif self.random() < 0.03:
            ticket.reopened = ticket.updated
