"""What is made of more than one cell: fields in RC blobs, and arrays in row tables.

A table of which every field is a column has none of this, and its rows go on as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from migrate.extract.rc_cells import Broken, opened, within
from migrate.extract.rc_values import Null, Structure
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import Rows
from migrate.extract.sql_rows import Ask, RowsOf
from migrate.extract.table import Member
from migrate.extract.values import Unreadable

Misfit = Callable[[str, int], None]
"""Told of an RC blob without the form that it should have: its column, and how many values it
has."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A field within the RC blob that stands in `cell`; `blob` is its column."""

    cell: int
    blob: str
    member: Member


@dataclass(frozen=True, slots=True)
class Elements:
    """A field whose elements are the column `value` of the row table with this place."""

    table: int
    value: int


Part = int | Inside | Elements
"""Where a field comes from: a cell of the main row, or one of these."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How the rows of the fields are made of the cells that were read. `fields` has one part for
    each field, in their order."""

    fields: tuple[Part, ...]
    tables: tuple[RowsOf, ...] = ()

    def complete(self, rows: Rows, catalog: Catalog, ask: Ask, misfit: Misfit) -> Rows:
        """One row of values per row of cells. A blob that does not hold what it should stands for
        its field as `Broken`."""
        columns = list(zip(*rows, strict=True))
        elements = [table.read(catalog, columns, ask) for table in self.tables]
        blobs: dict[int, list[Any]] = {}
        made: list[Sequence[Any]] = []
        for part in self.fields:
            match part:
                case int():
                    made.append(columns[part])
                case Elements():
                    made.append(elements[part.table][part.value])
                case Inside(cell):
                    if cell not in blobs:
                        blobs[cell] = [_opened(blob) for blob in columns[cell]]
                    pairs = zip(blobs[cell], columns[cell], strict=True)
                    made.append([_taken(*pair, part, misfit) for pair in pairs])
        return list(zip(*made, strict=True))


def _opened(blob: Any) -> Any:
    """The value that a blob holds; Broken where it holds none."""
    if not isinstance(blob, bytes | bytearray | memoryview):
        return blob
    try:
        value = opened(blob, is_rc=True)
    except Unreadable:
        return Broken(blob)
    return None if isinstance(value, Null) else value


def _taken(value: Any, blob: Any, inside: Inside, misfit: Misfit) -> Any:
    """The field in what a blob holds."""
    if value is None or isinstance(value, Broken):
        return value
    if (steps := _steps(value, inside.member)) is not None:
        with suppress(Unreadable):
            return within(value, steps)
    misfit(inside.blob, len(value) if isinstance(value, Structure | list) else 1)
    return Broken(blob.encode() if isinstance(blob, str) else bytes(blob))


def _steps(value: Any, member: Member) -> tuple[int, ...] | None:
    """The way into `value`: that for any number of values, else for as many as it has; None where
    there is none. Where only one number is known, a record from before fields were added has less.
    """
    forms = dict(member.forms)
    if None in forms or not isinstance(value, Structure):
        return forms.get(None)
    [(most, steps), *others] = member.forms
    if not others and most is not None and len(value) <= most:
        return steps
    return forms.get(len(value))
