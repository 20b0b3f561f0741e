"""Row tables: arrays that HPSM keeps as rows, an element each (CM3RA4.DESCRIPTION).

They are asked for by the keys of one batch at a time, after its main rows: memory stays bounded by
the batch, and where the database does not show one moment, an array is never older than its record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, repeat
from typing import Any

import sqlalchemy as sa

from migrate.extract.rc_cells import Broken, as_given, opened
from migrate.extract.sql_catalog import Catalog, Column
from migrate.extract.sql_engine import Rows
from migrate.extract.values import Unreadable

Ask = Callable[[sa.Select[Any]], Rows]
Key = tuple[Any, ...]

_KEYS = 500  # Oracle takes 1,000 in a list, SQL Server 2,100 values in a statement
_PADDING = " "
_TEXT = frozenset({str})
_OCTETS = 4  # at most, for a character of UTF-8


@dataclass(frozen=True, slots=True)
class Width:
    """What fills a column: so many characters, or with `octets` so many bytes (Oracle counts them
    unless told otherwise)."""

    size: int
    octets: bool = False

    def filled(self, piece: str, following: str) -> bool:
        """Whether `piece` left no room for what follows it."""
        if len(piece) >= self.size:
            return True
        used = len(piece.encode())
        return self.octets and used <= self.size < used + len(following[:1].encode())


@dataclass(frozen=True, slots=True)
class Value:
    """A column of elements; `width` where an element that fills it goes on in the next row."""

    column: Column
    width: Width | None

    @property
    def is_padded(self) -> bool:
        """Whether the database fills every element with blanks."""
        return isinstance(self.column.type, sa.CHAR | sa.NCHAR)

    def may_fill(self, pieces: Iterable[str]) -> bool:
        """Whether one of these might fill the column."""
        if self.width is None:
            return False
        least = self.width.size // _OCTETS if self.width.octets else self.width.size
        return max(map(len, pieces), default=0) >= least


@dataclass(frozen=True, slots=True)
class RowsOf:
    """One row table of a main table: its `key` columns, `order` (None: it has none), the `values`
    that are read, and in which cells of a main row the record's key stands."""

    key: tuple[Column, ...]
    order: Column | None
    values: tuple[Value, ...]
    cells: tuple[int, ...]

    def read(self, catalog: Catalog, columns: Sequence[Sequence[Any]], ask: Ask) -> list[list[Any]]:
        """Per value a column: for every record of the batch the list of its elements, None where
        there is none. `columns` are the cells of the main rows."""
        given = list(zip(*(columns[cell] for cell in self.cells), strict=True))
        wanted = dict.fromkeys(key for key in given if None not in key)
        found: defaultdict[Key, list[Sequence[Any]]] = defaultdict(list)
        padded: defaultdict[Key, list[Sequence[Any]]] = defaultdict(list)
        size = len(self.key)
        for select in self.selects(catalog, wanted):
            rows = ask(select)
            exact = [tuple(row[:size]) for row in rows]
            for key, trimmed, row in zip(exact, _trimmed_keys(exact), rows, strict=True):
                if key in wanted:  # two records may differ by a blank, and each has rows
                    found[key].append(row)
                else:
                    padded[trimmed].append(row)
        if self.order is not None and not isinstance(self.order.type, sa.Numeric | sa.Integer):
            for elements in (*found.values(), *padded.values()):
                elements.sort(key=lambda row: _place(row[size]))
        keys = zip(given, _trimmed_keys(given), strict=True)
        own = [found.get(key) or padded.get(trimmed) for key, trimmed in keys]
        return [
            [_elements(value, [row[place] for row in rows]) if rows else None for rows in own]
            for place, value in enumerate(self.values, start=size + 1)
        ]

    def selects(self, catalog: Catalog, keys: Iterable[Key]) -> Iterator[sa.Select[Any]]:
        """The SELECTs that give the rows of these records."""
        order = sa.null() if self.order is None else self.order
        columns = (*self.key, order, *(value.column for value in self.values))
        plain = (sa.type_coerce(column, sa.types.NULLTYPE) for column in columns)
        select: Any = sa.select(*plain)
        if self.order is not None:
            select = select.order_by(*self.key, self.order)  # as the table's own index has them
        left = iter(keys)
        while some := list(islice(left, _KEYS)):
            yield select.where(self._among(catalog, some))

    def _among(self, catalog: Catalog, keys: Sequence[Key]) -> Column:
        if len(self.key) > 1:
            return sa.or_(*(sa.and_(*map(catalog.same, self.key, key)) for key in keys))
        [column] = self.key
        padded = dict.fromkeys(key for (key,) in keys)
        both = {**padded, **dict.fromkeys(map(_trimmed, padded))}
        if catalog.dialect.name == "sqlite":  # the others compare what is of fixed width by itself
            both |= dict.fromkeys(_filled(key, column) for key in padded)
        return catalog.among(column, list(both))


def _elements(value: Value, pieces: list[Any]) -> Any:
    """The elements that these rows hold: what filled its row goes on in the next one."""
    if value.is_padded:
        pieces = list(map(_trimmed, pieces))
    if _TEXT.issuperset(map(type, pieces)) and not value.may_fill(pieces):
        return pieces
    elements: list[Any] = []
    goes_on = False
    for piece, following in pairwise([*map(_opened, pieces), None]):
        if isinstance(piece, Broken):
            return piece
        if goes_on:
            elements[-1] += piece or ""
        else:
            elements.append(piece)
        goes_on = (
            value.width is not None
            and isinstance(piece, str)
            and (following is None or isinstance(following, str))
            and value.width.filled(piece, following or "")
        )
    return elements


def _opened(piece: Any) -> Any:
    if not isinstance(piece, bytes | bytearray | memoryview):
        return piece
    try:
        [element] = as_given([opened(piece)], "text") or [None]
    except Unreadable:
        return Broken(piece)
    return element


def _trimmed_keys(keys: Sequence[Sequence[Any]]) -> list[Key]:
    return list(zip(*map(_trimmed_column, zip(*keys, strict=True)), strict=True))


def _trimmed_column(parts: Sequence[Any]) -> Sequence[Any]:
    try:
        return list(map(str.rstrip, parts, repeat(_PADDING)))
    except TypeError:  # a number or nothing
        return list(map(_trimmed, parts))


def _trimmed(part: Any) -> Any:
    """Keys of fixed width are padded in one table and not in the other."""
    return part.rstrip(_PADDING) if isinstance(part, str) else part


def _filled(part: Any, column: Column) -> Any:
    """A key as a column of fixed width holds it."""
    width = column.type.length if isinstance(column.type, sa.CHAR | sa.NCHAR) else None
    return part.ljust(width) if isinstance(part, str) and width else part


def _place(number: Any) -> tuple[int, float, str]:
    """RECORD_NUMBER as a number, also where it is kept as text; what is none stands last."""
    try:
        return 0, float(number), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(number or "")
