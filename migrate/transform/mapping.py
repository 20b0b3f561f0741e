"""The mapping model: what people review, read once and asked by name.

Models only; reading them from YAML with file and line is `mapping_files.py`, checking them against
the snapshot and the target is `check.py`.
"""

# ruff: noqa: RUF012 - pydantic gives every model a copy of its own
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from migrate.transform.entry import Entry
from migrate.transform.numbers import leading_number
from migrate.transform.policy import Policy

if TYPE_CHECKING:
    from migrate.transform.content_mapping import (
        FormEntry,
        KnowledgeEntry,
        LinkEntry,
        ServiceEntry,
        TextEntry,
    )

Tri = Literal[True, False, "unknown"]


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

    `said` is what they said yes to, so that it can be told later what was edited. `digest` covers
    decision and `saw`, so that neither can be edited under a standing approval.
    """

    status: Literal["proposed", "approved", "rejected"] = "proposed"
    by: str | None = None
    at: date | datetime | None = None
    digest: str | None = None
    said: dict[str, Any] = {}
    saw: dict[str, Any] = {}


class Part(Entry):
    """One part of a group that is split: the tickets that it takes, and who is in it.

    A ticket belongs to the first part each of whose conditions names its value: `category` is
    `category/subcategory` or the category alone, `*` at the end stands for any rest, and case does
    not count. `members` are logins; without them everybody is in the part.
    """

    target: str
    line: Literal["first", "second"] | None = None
    category: list[str] | None = None
    service: list[str] | None = None
    location: list[str] | None = None
    members: list[str] | None = None


class GroupDecision(Entry):
    """What becomes of one HPSM group. `target` is the TOPdesk group (map, merge), of a split the
    one that gets what none of its `parts` takes; `open_tickets_to` is who gets what a retired group
    still has open: a TOPdesk group, or a HPSM group that becomes one."""

    action: Literal["map", "merge", "split", "retire", "leave"]
    target: str | None = None
    line: Literal["first", "second"] | None = None
    parts: list[Part] | None = None
    open_tickets_to: str | None = None
    reason: str | None = None


class FiltersConfirmed(Entry):
    """Who saw that TOPdesk's `filters` (by their names there) hide a group's tickets from everybody
    else, and when."""

    by: str
    at: date | datetime
    filters: Annotated[list[str], Field(min_length=1)]


class Answers(Entry):
    """Who answers for a group after the move: owner and deputy by login or e-mail address, what it
    is for, and when somebody last went through it."""

    owner: str | None = None
    deputy: str | None = None
    purpose: str | None = None
    reviewed: date | None = None


class GroupEntry(Entry):
    """One entry of `groups.yaml`. Tickets of a group of which nobody has said whether it is
    restricted are held, and nothing of them is sent; those of one that is restricted until
    somebody has confirmed TOPdesk's filters for it. `refused` is what the unit said no to: names of
    TOPdesk's, `retire`; it is not proposed again."""

    source: str
    decision: GroupDecision | None = None
    restricted: Tri = "unknown"
    confirmed: FiltersConfirmed | None = None
    answers: Answers | None = None
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


class Filters(Entry):
    """Names of TOPdesk's filters, by what they filter."""

    branch: list[str] = []
    category: list[str] = []
    operator: list[str] = []


class Rights(Entry):
    """What operators may do and see whom the load makes for a unit: names of TOPdesk's permission
    groups and filters. Those who are in TOPdesk already keep what they have."""

    permission_groups: list[str] = []
    filters: Filters = Filters()

    def listed(self) -> list[tuple[str, str]]:
        """(sort, name), as `load/rights.py` has the sorts; each once."""
        found = [("permission_group", name) for name in self.permission_groups]
        for what in ("branch", "category", "operator"):
            found += [(f"{what}_filter", name) for name in getattr(self.filters, what)]
        return list(dict.fromkeys(found))


class UnitFile(Entry):
    """`unit.yaml`: who answers for the unit, its branch, the HPSM groups that belong to it, and the
    categories of the knowledge base, each with what is below it.

    `approvers` says who may approve a file (`groups`, `operators` …) where that is not the owners;
    what `former` owners approved stands. Where nobody is named, anybody may. `rights` are given to
    operators who are made.
    """

    name: str
    branch: str
    owners: list[str] = []
    approvers: dict[str, list[str]] = {}
    former: list[str] = []
    groups: list[str]
    knowledge: list[str] = []
    rights: Rights = Rights()


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
