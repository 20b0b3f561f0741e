"""The seam to the formats of exported files: names of columns, and blocks of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from migrate.errors import Problem
from migrate.extract.values import Converter

Tell = Callable[[Problem, str], None]
"""Takes a problem of a single record, and its sort (`ProblemLog.add`)."""


def say_nothing(problem: Problem, sort: str) -> None:
    """For what is looked at and not yet read."""


def as_column(name: str) -> str:
    """HPSM makes the column CONTACT_NAME of its field `contact.name`: what both have in common."""
    return name.casefold().replace(".", "_")


class Asked(NamedTuple):
    """A column that is to be read, and our type of what stands in it."""

    column: str
    type: str


@dataclass(frozen=True, slots=True)
class Block:
    """`count` records: their cells, column by column as asked for. `place` says where the record at
    an index stands, also later; `skipped` counts what was met and is no record. `end` is the
    ordinal of what stands behind the block."""

    cells: Sequence[Sequence[Any]]
    count: int
    place: Callable[[int], str]
    end: int
    skipped: int = 0


class Reader(Protocol):
    """One file of one format. Nothing stays open between calls.

    `place` is where its names stand. In a `sparse` format a record leaves out what is empty, and
    the names are those of the first records.
    """

    place: str
    sparse: bool

    def names(self) -> list[str]:
        """The columns that the file has. Raises ConfigurationError where it has no such form."""
        ...

    def check(self) -> list[Problem]:
        """What speaks against the form beside the names, found in the file's beginning."""
        ...

    def beginning(self) -> list[list[str]]:
        """The first rows as texts, from the top of the file; none where it has no header row."""
        ...

    def blocks(self, asked: Sequence[Asked], size: int, after: int, tell: Tell) -> Iterator[Block]:
        """The records from the ordinal `after` on, in blocks of at most `size`.

        Raises ConfigurationError where the file is broken, behind everything that stands before.
        """
        ...

    def converter(
        self, asked: Asked, identifies: bool, convert: Converter, tell: Tell
    ) -> Converter:
        """`convert`, which takes texts, for the cells that this format gives of a column. With
        `identifies`, a record is known by it."""
        ...
