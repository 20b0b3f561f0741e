"""One matter as HPSM keeps it: records in HPSM's terms, before they are rows.

Times are seconds since 1970 in GMT, durations are seconds, several lines are joined by newlines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Activity:
    """One event in the history of `number`. `visible` is None where HPSM does not say."""

    id: str
    number: str
    time: int
    type: str
    operator: str
    text: str
    visible: bool | None


class Relation(NamedTuple):
    """One row of SCRELATIONM1."""

    source: str
    source_file: str
    depend: str
    depend_file: str


@dataclass(slots=True)
class Ticket:
    """What interaction and incident have in common. `group` is the assignment group, `caller` a
    contact key, `closed` None while it is open."""

    number: str
    status: str
    caller: str
    title: str
    description: str
    priority: str
    urgency: str
    impact: str
    group: str | None
    category: str
    subcategory: str
    service: str
    ci: str | None
    department: str
    location: str
    opened_by: str
    opened: int
    updated: int
    closed: int | None = None
    closed_by: str | None = None
    resolution: str | None = None
    resolution_code: str | None = None
    history: list[Activity] = field(default_factory=list)


@dataclass(slots=True)
class Interaction(Ticket):
    """A call (SD): what the caller said."""

    email: str | None = None
    company: str = ""
    callback: str = "Telephone"
    owner: str | None = None
    first_call: bool = False
    handle_time: int = 0


@dataclass(slots=True)
class Incident(Ticket):
    """The work (IM). `sla_remaining` may be negative."""

    assignee: str | None = None
    alert_status: str = "Open"
    resolved: int | None = None
    resolved_by: str | None = None
    reopened: int | None = None
    pending_code: str | None = None
    pending_until: int | None = None
    reference: str | None = None
    cause: str | None = None
    sla_remaining: int | None = None


@dataclass(slots=True)
class Matter:
    """Everything that one call for help left in HPSM. `stray` are activities of no ticket."""

    interactions: list[Interaction]
    incidents: list[Incident]
    relations: list[Relation]
    stray: list[Activity] = field(default_factory=list)

    @property
    def tickets(self) -> list[Ticket]:
        return [*self.interactions, *self.incidents]

    @property
    def main(self) -> Ticket:
        """The record where the work is: the incident, or the call that nobody escalated."""
        return self.incidents[0] if self.incidents else self.interactions[0]

    @property
    def open_incident(self) -> Incident | None:
        incident = self.incidents[0] if self.incidents else None
        return incident if incident and incident.closed is None else None
