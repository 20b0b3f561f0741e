"""The seam to the formats of exported files: names of columns, and blocks of cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from unicodedata import normalize

from migrate.errors import Problem
from migrate.extract.values import Converter

Tell = Callable[[Problem, str], None]
"""Takes a problem of a single record, and its sort (`ProblemLog.add`)."""


def say_nothing(problem: Problem, sort: str) -> None:
    """For what is looked at and not yet read."""


def as_column(name: str) -> str:
    """HPSM makes the column CONTACT_NAME of its field `contact.name`: what both have in common."""
    return name.casefold().replace(".", "_")


def named(cells: Iterable[str]) -> list[str]:
    """The names of the columns that a header's cells give. A name that stands several times is
    numbered, `Status (1)`, `Status (2)`, so that one of them can be asked for."""
    names = [normalize("NFC", " ".join(cell.split())) for cell in cells]
    times = Counter(names)
    met: Counter[str] = Counter()
    found = []
    for name in names:
        met[name] += 1
        found.append(numbered(name, met[name]) if name and times[name] > 1 else name)
    return found


def numbered(name: str, number: int) -> str:
    """One of several columns of this name."""
    return f"{name} ({number})"


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
