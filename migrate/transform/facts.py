"""What checking, proposing and approving know of HPSM and of TOPdesk: plain figures and names.

The workspace counts them (from the snapshot) and asks for them (from the target); nothing here
does, so that the three can be tested and rerun without either system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """One HPSM assignment group: operators in it, tickets that it holds now, those still open.

    `last` is the day of the last activity on any of them, YYYY-MM-DD, empty where there is none;
    `topics` counts its tickets by category, `manager` is whom HPSM names as such.
    """

    members: int = 0
    open: int = 0
    tickets: int = 0
    last: str = ""
    topics: Mapping[str, int] = field(default_factory=dict)
    manager: str = ""


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """One operator, of HPSM (by login) or of TOPdesk (by login name).

    `active` is None where HPSM does not say. `feide` is the name in the directory, `number` the
    employee number, `unit` the department, `last` the day of the last login or activity
    (YYYY-MM-DD), `id` TOPdesk's; each empty where nobody says. `second_factor` is None where no
    list was given.
    """

    name: str = ""
    email: str = ""
    active: bool | None = None
    feide: str = ""
    number: str = ""
    unit: str = ""
    title: str = ""
    last: str = ""
    id: str = ""
    second_factor: bool | None = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """One operator group of TOPdesk: its id, its branch, and the login names of its members (None:
    nobody asked)."""

    id: str = ""
    branch: str = ""
    members: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """A field by which `policy.yaml` marks single tickets as confidential: how many records are
    marked; the most frequent values that mark none, and those of them that hold a word which does.
    """

    tickets: int = 0
    others: tuple[tuple[str, int], ...] = ()
    near: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What the snapshot holds besides tickets and people: category → articles in it and below,
    articles by id, standard texts by group and by name, catalogue items by name (False: not in
    use), the group of each, a short digest of the form of those that have one, and address →
    articles that lead to it; `links_of` are the addresses that a unit's own articles lead to."""

    categories: Mapping[str, int] = field(default_factory=dict)
    articles: frozenset[str] = frozenset()
    texts_of: Mapping[str, int] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    items: Mapping[str, bool] = field(default_factory=dict)
    item_groups: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)
    links_of: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the snapshot holds.

    `values` is list (one of `mapping.VALUE_LISTS`) → HPSM value → number of tickets; a category is
    `category/subcategory`, or the category alone. `services` counts tickets by service. `operators`
    are by login and `members` is group → logins; both are kept trimmed and in lower case however
    they are given, since HPSM itself does not write a login alike everywhere; `alike` are the
    logins of operators who are one by that. `fields` are those of incidents and interactions,
    `activity_fields` those of activities; `marks` are by the field that marks tickets.
    `read` is when the last whole reading of them began (with a zone; None: nobody knows).
    """

    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, GroupFacts] = field(default_factory=dict)
    operators: Mapping[str, OperatorFacts] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    content: ContentFacts = ContentFacts()
    fields: frozenset[str] = frozenset()
    activity_fields: frozenset[str] = frozenset()
    marks: Mapping[str, MarkFacts] = field(default_factory=dict)
    read: datetime | None = None
    alike: tuple[tuple[str, ...], ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        spelled: dict[str, list[str]] = {}
        for name in self.operators:
            spelled.setdefault(_login(name), []).append(name)
        alike = tuple(tuple(sorted(names)) for names in spelled.values() if len(names) > 1)
        object.__setattr__(self, "alike", alike)
        operators = {_login(name): seen for name, seen in self.operators.items()}
        members = {group: frozenset(map(_login, logins)) for group, logins in self.members.items()}
        object.__setattr__(self, "operators", operators)
        object.__setattr__(self, "members", members)

    def groups_of(self, login: str) -> int:
        """In how many groups an operator is; `login` in lower case."""
        return sum(login in logins for logins in self.members.values())


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What TOPdesk holds. `lists` is list name (as in `ReferenceLists`) → entry name → id.

    Archived records are left out. `operators` are by login name, `about` is more of each group by
    its name, where it was asked for.
    """

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    subcategories: frozenset[tuple[str, str]] = frozenset()
    branches: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    operators: Mapping[str, OperatorFacts] = field(default_factory=dict)
    about: Mapping[str, TargetGroup] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    knowledge_statuses: frozenset[str] = frozenset()


def _login(name: str) -> str:
    return name.strip().casefold()


LIST_OF_VALUES = {
    "status": "processing_status",
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "category": "category",
    "closure_code": "closure_code",
    "entry_type": "entry_type",
}
"""Which TOPdesk list a file under `values/` maps to."""
