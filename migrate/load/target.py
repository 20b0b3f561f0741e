"""The seam to TOPdesk: a reader for whoever plans and checks, a writer for the load alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migrate.records import Found, Operation, Outcome


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What is at the other end. `fingerprint` is URL and tenant: the state is bound to it."""

    fingerprint: str
    version: str
    operator: str


@dataclass(frozen=True, slots=True)
class ReferenceLists:
    """TOPdesk's lists, read once: list name → entry name → id. The names are `call_type`,
    `category`, `closure_code`, `entry_type`, `impact`, `urgency`, `priority`, `processing_status`,
    `duration`. `subcategories` is (category, subcategory) → id."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    subcategories: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One entry of an incident's progress trail, as the target shows it."""

    id: str
    text: str
    invisible: bool


@dataclass(frozen=True, slots=True)
class Attached:
    """One file of an incident, as the target shows it. `size` is bytes; `described` says whether
    the target shows a description at all."""

    id: str
    name: str
    size: int
    description: str
    invisible: bool
    described: bool = True


@dataclass(frozen=True, slots=True)
class KnowledgeInfo:
    """What a knowledge base is like. `folders`: items lie in folders, and not below items.
    `languages` are those that it has of ours; `statuses` are name → id."""

    folders: bool
    languages: frozenset[str]
    statuses: Mapping[str, str]


class KnowledgeReader(Protocol):
    """Asks for knowledge items, as `TargetReader` asks for the rest. Fields are flat: a record's
    own, those of its visibility, and those of one translation."""

    def info(self) -> KnowledgeInfo: ...

    def item(self, id: str, language: str) -> Found | None:
        """An item with this translation; None where it has none."""
        ...

    def addresses(self, ids: Sequence[str]) -> dict[str, str]:
        """Where people open these items, by id: whole addresses."""
        ...

    def images(self, id: str) -> frozenset[str]:
        """The names of an item's images."""
        ...

    def files(self, id: str) -> list[Attached]:
        """The attachments of an item."""
        ...

    def digest(self, id: str, attached: Attached | str, size: int = 0) -> str:
        """The SHA-256, in hex, of an attachment, or of the image of a name and about this size, as
        it is downloaded; empty where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """A registration of time spent on an incident."""

    id: str
    notes: str
    minutes: int


class TargetReader(Protocol):
    """Asks TOPdesk; cannot change it. Every method retries what may be retried, and raises
    ConfigurationError (credentials, address, permission) or StoppedError (target away)."""

    @property
    def knowledge(self) -> KnowledgeReader: ...

    def describe(self) -> TargetInfo: ...

    def lists(self) -> ReferenceLists: ...

    def index(self, kind: str) -> Iterator[Found]:
        """Every record of a directory kind: branch, department, location, person, operator,
        operator_group; archived ones included."""
        ...

    def members(self, group_id: str) -> frozenset[str]:
        """The ids of the operators in an operator group."""
        ...

    def groups_of(self, operator_id: str) -> frozenset[str]:
        """The ids of the operator groups that an operator is in."""
        ...

    def rights(self, sort: str) -> Mapping[str, str]:
        """What operators may be given of one sort (`permission_group`, `branch_filter`,
        `category_filter`, `operator_filter`), name → id."""
        ...

    def rights_of(self, operator_id: str, sort: str) -> frozenset[str]:
        """The ids of those that an operator has."""
        ...

    def filters(self) -> Sequence[str]:
        """By what the account's filters hide records from it; empty where it may not ask."""
        ...

    def archiving_reasons(self) -> Mapping[str, str]:
        """The reasons for archiving, name → id."""
        ...

    def find(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        """Records whose `field` equals one of `values`; several may share a value. One counts that
        is shown in another case or trimmed: a target that keeps it so would else be given it
        again. For incidents always with partial and archived ones."""
        ...

    def get(self, kind: str, id: str) -> Found | None: ...

    def trail(self, incident_id: str) -> list[TrailEntry]:
        """The whole progress trail of an incident (actions), all pages."""
        ...

    def attachments(self, incident_id: str) -> list[Attached]:
        """The files of an incident, all pages."""
        ...

    def time_spent(self, incident_id: str) -> list[Spent]:
        """The time registered on an incident."""
        ...

    def digest(self, incident_id: str, attached: Attached) -> str:
        """The SHA-256, in hex, of a file as it is downloaded; empty where it is gone."""
        ...


class Target(TargetReader, Protocol):
    """Changes TOPdesk, one request at a time."""

    def write(self, operation: Operation) -> Outcome:
        """Send one request. Never raises for trouble with data or network, never sends again what
        may have been done: the outcome says what may be concluded."""
        ...

    def remove(self, operation: Operation) -> Outcome:
        """Take one record of ours out of the target, by one request that promises what `write`
        does. `parent_id` is the record; `body` names the archiving reason by its `id`, or for a
        membership the `operator` and the `group`. What can only be archived is archived. Raises
        KeyError for a kind that cannot be taken back."""
        ...
