"""What an assessment is asked: of everything, or of one unit; and what it may show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the mappings. `groups` are its HPSM groups."""

    key: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Borrowed:
    """How the move itself treats texts and names, so that a finding says what will happen.

    `misread` says whether a text was read in another encoding than it was written in, `clean` gives
    a text as it will be moved. `folded` and `spelled_out` make names that people take for one the
    same, `tidy` makes a name that fits TOPdesk's `name_length` characters.
    """

    misread: Callable[[str], bool]
    clean: Callable[[str], str]
    folded: Callable[[str], str]
    spelled_out: Callable[[str], str]
    tidy: Callable[[str], str]
    name_length: int


@dataclass(frozen=True, slots=True)
class Question:
    """One assessment. `unit` None asks of everything.

    Of tickets whose group is in `restricted` (somebody says so) or in `undecided` (nobody has said
    yet whether it is) there are counts, never keys or titles. `default_groups` is service → the
    group of a ticket that names none. `state_of` is what a status becomes (open, on_hold,
    completed, closed), None for one that nobody has mapped; None where no statuses are mapped at
    all. `marks` are field → values, as `records.marked` takes them, by which a single ticket is
    treated so too.
    `present` is the time (GMT) that ages count to; None: the newest change that was read.
    """

    borrowed: Borrowed
    unit: Unit | None = None
    units: tuple[Unit, ...] = ()
    restricted: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    default_groups: Mapping[str, str] = field(default_factory=dict)
    state_of: Callable[[str], str | None] | None = None
    present: datetime | None = None
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def hidden(self) -> frozenset[str]:
        """The groups whose tickets are only counted."""
        return self.restricted | self.undecided

    def unit_of(self) -> dict[str, str]:
        """Group → its unit's key."""
        return {group: unit.key for unit in self.units for group in sorted(unit.groups)}
