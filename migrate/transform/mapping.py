"""The mapping model: what people review, read once and asked by name.

Models only; reading them from YAML with file and line is `mapping_files.py`, checking them against
the snapshot and the target is `check.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from migrate.transform.content_policy import (
    ConciergePolicy,
    FormPolicy,
    KnowledgePolicy,
    ServicePolicy,
)
from migrate.transform.numbers import leading_number

if TYPE_CHECKING:
    from migrate.transform.content_mapping import (
        FormEntry,
        KnowledgeEntry,
        LinkEntry,
        ServiceEntry,
        TextEntry,
    )

Tri = Literal[True, False, "unknown"]


class Entry(BaseModel):
    """A part of a mapping file; unknown keys are problems, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class TicketPolicy(Entry):
    """Choices that hold for every ticket.

    `long_title`: where the whole title goes when it is longer than 80 characters.
    `further_numbers`: the field that holds the numbers besides the key (`request` = first line).
    `resume_date`: where the date a pending ticket resumes goes. `unmoved_group`: what to do with a
    ticket that names a group of a unit which has not moved. `requests`: what becomes of HPSM's
    requests (RF…): `leave`, or `incident`, one each, with their own history. `several_calls`: an
    incident that several callers asked for becomes a major call with an incident for each caller,
    or waits.
    """

    long_title: Literal["request", "history"] = "request"
    request_chars: Annotated[int, Field(ge=1000)] = 100_000
    long_text: Literal["history"] = "history"
    further_numbers: str = "optionalFields1.text1"
    resume_date: Literal["target_date", "text"] = "text"
    unmoved_group: Literal["wait"] = "wait"
    requests: Literal["leave", "incident"] = "leave"
    several_calls: Literal["major_call", "wait"] = "major_call"
    call_type: str | None = None
    branch: str | None = None


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
    """Below `floor`, a confidence from 0 to 1, nothing is proposed; the candidates are shown."""

    floor: Annotated[float, Field(ge=0, le=1)] = 0.6


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
    tolerance: dict[str, Tolerance] = {}

    def tolerance_of(self, fact: str) -> Tolerance:
        """By how much `fact` may move before an approval that saw it lapses."""
        return self.tolerance.get(fact) or TOLERANCE.get(fact, Tolerance())


class Value(Entry):
    """One line of `values/*.yaml`. A bare string in YAML is `target` alone.

    `target: null` says: leave the field empty. For status, `state` says what the ticket is in
    TOPdesk's terms; `processing_status` is `target`.
    """

    target: str | None = None
    state: Literal["open", "on_hold", "completed", "closed"] | None = None


class ServiceValue(Entry):
    """One HPSM service in `values/service.yaml`: the category and, where the ticket names no group,
    the HPSM group that gets it. `sla` is an SLA's id, `object` an asset's name, where present."""

    category: str | None = None
    subcategory: str | None = None
    default_group: str | None = None
    sla: str | None = None
    object: str | None = None


class Review(Entry):
    """Who said yes to a decision, when, and the facts that they saw (`saw`).

    `digest` covers decision and `saw`, so that neither can be edited under a standing approval.
    """

    status: Literal["proposed", "approved", "rejected"] = "proposed"
    by: str | None = None
    at: date | datetime | None = None
    digest: str | None = None
    saw: dict[str, Any] = {}


class GroupDecision(Entry):
    """What becomes of one HPSM group. `target` is the TOPdesk group (map, merge);
    `open_tickets_to` is who gets what a retired group still has open: a TOPdesk group, or a
    HPSM group that becomes one."""

    action: Literal["map", "merge", "split", "retire", "leave"]
    target: str | None = None
    line: Literal["first", "second"] | None = None
    open_tickets_to: str | None = None
    reason: str | None = None


class FiltersConfirmed(Entry):
    """Who saw that TOPdesk's `filters` (by their names there) hide a group's tickets from everybody
    else, and when."""

    by: str
    at: date | datetime
    filters: Annotated[list[str], Field(min_length=1)]


class GroupEntry(Entry):
    """One entry of `groups.yaml`. Tickets of a group of which nobody has said whether it is
    restricted are held, and nothing of them is sent; those of one that is restricted until
    somebody has confirmed TOPdesk's filters for it. `refused` is what the unit said no to: names of
    TOPdesk's, `retire`; it is not proposed again."""

    source: str
    decision: GroupDecision | None = None
    restricted: Tri = "unknown"
    confirmed: FiltersConfirmed | None = None
    review: Review = Review()
    refused: list[str] = []
    note: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether its tickets are held."""
        return self.restricted == "unknown" or (self.restricted is True and not self.confirmed)


class OperatorDecision(Entry):
    """What becomes of one HPSM operator. `target` is the TOPdesk login name."""

    action: Literal["map", "create", "leave"]
    target: str | None = None
    reason: str | None = None


class OperatorEntry(Entry):
    """One entry of `operators.yaml`; `source` is the HPSM login. `refused` as in groups."""

    source: str
    decision: OperatorDecision | None = None
    review: Review = Review()
    refused: list[str] = []
    note: str | None = None


class UnitFile(Entry):
    """`unit.yaml`: who answers for the unit, its branch, the HPSM groups that belong to it, and the
    categories of the knowledge base, each with what is below it."""

    name: str
    branch: str
    owners: list[str] = []
    groups: list[str]
    knowledge: list[str] = []


class NotificationsOff(Entry):
    """Who switched TOPdesk's own mails off, and when: its API cannot."""

    by: str
    at: date | datetime


class Probe(Entry):
    """The ticket that each sprint begins with, to see whether TOPdesk sends mails.

    `mailbox` is the e-mail address that its caller has, and whose mailbox is watched. `silent` is
    who saw beforehand that no mail is sent, and when: nobody is asked then.
    """

    mailbox: str | None = None
    silent: NotificationsOff | None = None


class Scope(Entry):
    """Which tickets a sprint takes. A ticket outside is `skipped`, with that reason."""

    open: bool = True
    closed_since: date | None = None
    kinds: list[Literal["foundation", "people", "groups", "tickets", "knowledge"]] = [
        "foundation",
        "people",
        "groups",
        "tickets",
        "knowledge",
    ]


class Sprint(Entry):
    """One week: units, scope, and the time after which HPSM is frozen for them."""

    name: str
    units: list[str]
    scope: Scope = Scope()
    freeze: datetime | None = None
    notifications_off: NotificationsOff | None = None
    probe: Probe = Probe()


LEVELS = frozenset({"priority", "impact", "urgency"})
"""The lists whose HPSM values are known by their leading digit."""

VALUE_LISTS = (
    "status",
    "priority",
    "impact",
    "urgency",
    "category",
    "closure_code",
    "entry_type",
)
"""The files under `values/` that map one HPSM value to one TOPdesk list entry. `category.yaml` maps
`category/subcategory` (or the category alone) to `category/subcategory`."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One folder under `mappings/units/`."""

    key: str
    file: UnitFile
    groups: dict[str, GroupEntry]
    operators: dict[str, OperatorEntry]
    knowledge: dict[str, KnowledgeEntry] = field(default_factory=dict)
    texts: dict[str, TextEntry] = field(default_factory=dict)
    services: dict[str, ServiceEntry] = field(default_factory=dict)
    forms: dict[str, FormEntry] = field(default_factory=dict)
    links: dict[str, LinkEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class Mappings:
    """Everything under `mappings/`, read once.

    `values` is list name → HPSM value → Value; the key `*` is a written-down fallback.
    `places` maps an entry's id (`units/ub/groups.yaml#UB-UTLÅN`) to `file:line`, and a file that
    should be there (`units/ub/groups.yaml`) to its first line.
    """

    policy: Policy = field(default_factory=Policy)
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    services: dict[str, ServiceValue] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    sprints: dict[str, Sprint] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def value(self, kind: str, text: str) -> Value | None:
        """The entry for one HPSM value, the fallback `*`, or None where nobody decided.

        A category without an entry of its own goes by the part before its last `/`; a priority,
        impact or urgency by its leading digit, since HPSM holds "1" beside "1 - Critical".
        """
        key = self.value_key(kind, text)
        return None if key is None else self.values[kind][key]

    def value_key(self, kind: str, text: str) -> str | None:
        """The key under which `value` finds its entry."""
        table = self.values.get(kind, {})
        if text in table:
            return text
        return next((key for key in (*_keys(kind, text), "*") if key in table), None)

    def unit_of_group(self, group: str) -> Unit | None:
        """The unit that a HPSM group belongs to, by its `unit.yaml`."""
        return self._by_group.get(group)

    def group(self, group: str) -> GroupEntry | None:
        """The decision about a HPSM group, in whichever unit it stands."""
        unit = self.unit_of_group(group)
        return unit.groups.get(group) if unit else None

    @cached_property
    def _by_group(self) -> dict[str, Unit]:
        return {group: unit for unit in self.units.values() for group in unit.file.groups}


def _keys(kind: str, text: str) -> list[str]:
    keys = [text]
    if kind in LEVELS and (number := leading_number(text)):
        keys.append(number)
    while kind == "category" and "/" in keys[-1]:
        keys.append(keys[-1].rpartition("/")[0])
    return keys


def entry_id(unit: str, file: str, source: str) -> str:
    """An entry's id in `Mappings.places`: `units/ub/groups.yaml#UB-UTLÅN`."""
    return f"units/{unit}/{file}.yaml#{source}"
