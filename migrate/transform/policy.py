"""`policy.yaml`: the choices that hold for every unit."""

# ruff: noqa: RUF012 - pydantic gives every model a copy of its own
from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from migrate.transform.content_policy import (
    ConciergePolicy,
    FormPolicy,
    KnowledgePolicy,
    ServicePolicy,
)
from migrate.transform.entry import Entry


class JournalPolicy(Entry):
    """How the journal text of a ticket without activities is read.

    `dates`: the order of day, month and year in its headers; `auto` is what the evidence of all
    journals says. `zones`: the names of zones that headers use → IANA names, where they are not
    those already; `zone`: the zone of headers that name none. A time of unknown zone stays text.
    """

    dates: Literal["auto", "mdy", "dmy", "ymd"] = "auto"
    zones: dict[str, str] = {}
    zone: str | None = None

    @field_validator("zones", "zone")
    @classmethod
    def _known(cls, value: dict[str, str] | str | None) -> dict[str, str] | str | None:
        named = value.values() if isinstance(value, dict) else [value] if value else []
        for name in named:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(f"{name} is not a time zone") from None
        return value


class History(Entry):
    """How activities become the progress trail.

    `folded`: one entry per visibility and part, oldest first; `entries`: one per activity.
    A part is split below `part_chars` characters. `unknown_visibility` is always internal:
    a note of which nobody knows whether the caller may see it is never shown to the caller.
    """

    style: Literal["folded", "entries"] = "folded"
    part_chars: Annotated[int, Field(ge=500)] = 20_000
    unknown_visibility: Literal["internal"] = "internal"
    skip_types: list[str] = []
    journal: JournalPolicy = JournalPolicy()


class PeoplePolicy(Entry):
    """People are found first; created only where this says so.

    `keys` are tried in order to find a person in TOPdesk. `branch` is for people whose own branch
    is not known. `departed_caller`: a caller who is not in TOPdesk, or archived, stands as text.
    """

    create_persons: bool = False
    create_operators: bool = False
    create_departments: bool = False
    create_branches: bool = False
    keys: list[Literal["employeeNumber", "networkLoginName", "email"]] = [
        "employeeNumber",
        "networkLoginName",
        "email",
    ]
    branch: str | None = None
    departed_caller: Literal["name_as_text"] = "name_as_text"
    first_line_operators: bool = True


class ArchivePolicy(Entry):
    """Which loaded tickets are archived at once: those that ended before this day, in the policy's
    time zone. `reason` is the name of one of TOPdesk's; without it, its default. Nothing can be
    changed of an archived incident, so a major call and what stands under it stay."""

    closed_before: date | None = None
    reason: str | None = None


class TimePolicy(Entry):
    """Time spent, for which HPSM has no field of its own: `activity` and `ticket` name the one that
    an installation added to its activities, or its tickets. `unit` is what its numbers count
    (a duration's: seconds), `reason` the name of one of TOPdesk's."""

    activity: str | None = None
    ticket: str | None = None
    unit: Literal["seconds", "minutes", "hours"] = "minutes"
    reason: str | None = None


class TicketPolicy(Entry):
    """Choices that hold for every ticket.

    `long_title`: where the whole title goes when it is longer than 80 characters.
    `further_numbers`: the field that holds the numbers besides the key (`request` = first line).
    `resume_date`: where the date a pending ticket resumes goes. `unmoved_group`: what to do with a
    ticket that names a group of a unit which has not moved. `requests`: what becomes of HPSM's
    requests (RF…): `leave`, or `incident`, one each, with their own history. `tasks`: what becomes
    of the tasks of incidents: `leave`, or `partial`, a partial incident each. `several_calls`: an
    incident that several callers asked for becomes a major call with an incident for each caller,
    or waits. `confidential` is how an installation marks single tickets: a field of incidents or
    interactions → the values by which all of the ticket is held, and shown to nobody: one of them
    is the field's value, or one of its lines; `*` in it stands for anything.
    """

    long_title: Literal["request", "history"] = "request"
    request_chars: Annotated[int, Field(ge=1000)] = 100_000
    long_text: Literal["history"] = "history"
    further_numbers: str = "optionalFields1.text1"
    resume_date: Literal["target_date", "text"] = "text"
    unmoved_group: Literal["wait"] = "wait"
    requests: Literal["leave", "incident"] = "leave"
    tasks: Literal["leave", "partial"] = "leave"
    several_calls: Literal["major_call", "wait"] = "major_call"
    call_type: str | None = None
    branch: str | None = None
    archive: ArchivePolicy = ArchivePolicy()
    time_spent: TimePolicy = TimePolicy()
    confidential: dict[str, list[str]] = {}

    @field_validator("confidential", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        listed = {k: v if isinstance(v, list) else [v] for k, v in value.items()}
        return {k: ["t" if one is True else one for one in v] for k, v in listed.items()}

    def marks(self) -> dict[str, frozenset[str]]:
        """Field → the values that mark a ticket, as `records.marked` takes them; a logical field's
        true is `true` and `1`."""
        found = {}
        for field, values in self.confidential.items():
            words = {value.strip().casefold() for value in values}
            found[field] = frozenset(words | ({"true", "1"} if words & {"t", "true"} else set()))
        return found


MB = 1 << 20


class AttachmentPolicy(Entry):
    """What becomes of the files of tickets. HPSM does not know who may see a file, so the caller
    sees none unless `visible` says so. Files over `max_mb` (of 1,048,576 bytes; without it there is
    no limit) or with an ending in `skip_extensions` are not sent, and named in the history.
    TOPdesk's own limits are its tenant's, and no part of its API."""

    visible: bool = False
    max_mb: Annotated[float, Field(gt=0)] | None = None
    skip_extensions: list[str] = []

    @field_validator("skip_extensions")
    @classmethod
    def _endings(cls, value: list[str]) -> list[str]:
        return [ending.strip().lstrip(".").lower() for ending in value]

    @property
    def limit(self) -> float | None:
        """The most bytes that a file may have."""
        return None if self.max_mb is None else self.max_mb * MB


class Tolerance(Entry):
    """By how much a seen fact may change before an approval lapses: absolute and as a share."""

    absolute: int = 0
    share: float = 0.0


TOLERANCE = {
    "members": Tolerance(absolute=0),
    "open": Tolerance(absolute=5, share=0.25),
    "tickets": Tolerance(absolute=20, share=0.10),
    "groups": Tolerance(absolute=2),
    "articles": Tolerance(absolute=5, share=0.10),
    "texts": Tolerance(absolute=2, share=0.10),
}
"""What holds for a fact that `policy.yaml` does not name; any other fact must stay as it was."""


class ProposalPolicy(Entry):
    """Up to `floor`, a confidence from 0 to 1, nothing is proposed; the candidates are shown."""

    floor: Annotated[float, Field(ge=0, le=1)] = 0.5


class GovernancePolicy(Entry):
    """What each group that moves must say of itself (`required`), and when a group is dormant.

    `second_factor` is a file beside policy.yaml with the logins of those who log in with two
    factors, one a line: neither HPSM nor TOPdesk's API tells, so it comes from the directory.
    """

    required: list[Literal["owner", "deputy", "purpose"]] = []
    dormant_days: Annotated[int, Field(ge=1)] = 365
    second_factor: str | None = None


class Policy(Entry):
    """`policy.yaml`: choices that hold for all units."""

    time_zone: str = "Europe/Oslo"
    history: History = History()
    people: PeoplePolicy = PeoplePolicy()
    tickets: TicketPolicy = TicketPolicy()
    attachments: AttachmentPolicy = AttachmentPolicy()
    knowledge: KnowledgePolicy = KnowledgePolicy()
    services: ServicePolicy = ServicePolicy()
    forms: FormPolicy = FormPolicy()
    concierge: ConciergePolicy = ConciergePolicy()
    proposals: ProposalPolicy = ProposalPolicy()
    governance: GovernancePolicy = GovernancePolicy()
    tolerance: dict[str, Tolerance] = {}

    def tolerance_of(self, fact: str) -> Tolerance:
        """By how much `fact` may move before an approval that saw it lapses."""
        return self.tolerance.get(fact) or TOLERANCE.get(fact, Tolerance())
