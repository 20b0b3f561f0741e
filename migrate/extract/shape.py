"""From the rows of a table or file to a `Batch`: values converted, keys made, empty ones left out.

What every source does the same way, however it gets its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from migrate.errors import Problem
from migrate.extract.aliases import Table
from migrate.extract.own_form import in_form
from migrate.extract.problems import ProblemLog
from migrate.extract.values import CONVERTERS, Converter, Values, char
from migrate.records import Batch

_NAMING = frozenset({"contacts"})
"""Kinds whose keys are people's names, which stand in no message."""

Place = Callable[[int, str], str]
"""Where a row stands, for a person: its index in the batch and its key (may be empty) → place."""


class Field(NamedTuple):
    """One of our fields in the order of the source's rows."""

    name: str
    type: str
    convert: Converter


class RecentKeys:
    """Which keys were met where, as far back as `span` records: memory stays bounded, and what is
    repeated further apart the snapshot finds. With `late`, the `Place` of a batch is asked where a
    record stands only when that is told, and so must know it then, without holding its rows."""

    def __init__(self, span: int = 100_000, *, late: bool = False) -> None:
        self._span = span
        self._late = late
        self._recent: dict[str, str | tuple[Place, int]] = {}
        self._older: dict[str, str | tuple[Place, int]] = {}

    def first(self, key: str, place: str) -> str | None:
        """Where `key` was met before; None, and remembered, if it was not."""
        if before := self._recent.get(key) or self._older.get(key):
            return before if isinstance(before, str) else before[0](before[1], key)
        self._make_room(1)
        self._recent[key] = place
        return None

    def all_new(self, keys: Values, origin: Sequence[int], place: Place) -> bool:
        """Whether none of `keys` was met before, here or elsewhere: they are then remembered. Never
        without `late`."""
        if not self._late:
            return False
        found = dict(zip(keys, zip(repeat(place), origin, strict=False), strict=True))
        if len(found) < len(keys) or not (
            self._recent.keys().isdisjoint(found) and self._older.keys().isdisjoint(found)
        ):
            return False
        self._make_room(len(found))
        self._recent.update(found)
        return True

    def _make_room(self, more: int) -> None:
        if len(self._recent) + more > self._span:
            self._older, self._recent = self._recent, {}


_NUL = "\0"
"""What SQL ends a text at: a record with one inside its key could not be found again by it."""

_ELEMENTS = {"members": "operator"}
"""Kinds of which a record is an element of an array, and the field that is that element: one that
is empty, HPSM writes into every array that has none."""


_MODIFIED = frozenset({"sysmodtime", "update_time"})
_PEOPLE_AND_TICKETS = frozenset({"contacts", "incidents", "interactions"})


class Shaper:
    """Makes the batches of one table. `table` is the alias table, `fields` what the source has of
    it. With `recent`, a key that comes again is told with both places, and left out; not where the
    snapshot weighs the two, by when they were modified or by who they are."""

    def __init__(
        self,
        table: Table,
        fields: Sequence[Field],
        log: ProblemLog,
        recent: RecentKeys | None = None,
    ) -> None:
        self._table = table
        self._fields = fields
        self._log = log
        self._recent = recent
        names = [field.name for field in fields]
        self._key = [names.index(name) for name in table.key if name in names]
        self._must = [i for i in self._key if names[i] in table.needed or len(table.key) == 1]
        self._exploded = next((i for i in self._key if fields[i].type == "array"), None)
        made = len(table.key) > 1
        self._columns = ("key", *names) if made else tuple(names)
        self._types = ("text",) * made + tuple(
            "text" if i == self._exploded else field.type for i, field in enumerate(fields)
        )
        self._key_column = 0 if made else self._key[0]
        self._weighed = table.kind in _PEOPLE_AND_TICKETS or not _MODIFIED.isdisjoint(names)

    def batch(self, rows: Sequence[Sequence[Any]], place: Place) -> Batch:
        """The records of `rows`, converted. Each row has the fields in their order."""
        cells = list(zip(*rows, strict=True)) if rows else [()] * len(self._fields)
        return self.shaped(cells, len(rows), place)

    def shaped(self, cells: Sequence[Values], rows: int, place: Place) -> Batch:
        """As `batch`, from one column per field."""
        unread: list[tuple[int, str, str]] = []
        columns = [
            field.convert(values, partial(_note, unread, field.name))
            for field, values in zip(self._fields, cells, strict=True)
        ]
        self._tell_ambiguous()
        origin: Sequence[int] = range(rows)
        if self._exploded is not None:
            columns, origin = self._explode(columns)
        keys = self._keys(columns)
        skipped = 0
        whole = all(all(columns[i]) for i in self._must)
        whole = whole and _NUL not in "".join(map(str, keys))
        if not whole or (self._recent and not self._recent.all_new(keys, origin, place)):
            keep = self._kept(columns, keys, origin, place)
            skipped = len(keys) - len(keep)
            if skipped:
                columns = [_picked(values, keep) for values in columns]
                keys, origin = _picked(keys, keep), _picked(origin, keep)
        if len(self._columns) > len(self._fields):
            columns.insert(0, keys)
        return Batch(
            self._table.kind,
            self._columns,
            self._key_column,
            list(zip(*columns, strict=True)),
            self._raw(unread, origin, keys, place) if unread else {},
            self._types,
            skipped,
        )

    def _keys(self, columns: Sequence[Values]) -> Values:
        if len(self._table.key) == 1:
            return columns[self._key_column]
        parts = zip(*(columns[i] for i in self._key), strict=True)
        return ["|".join(part or "" for part in row) for row in parts]

    def _explode(self, columns: Sequence[Values]) -> tuple[list[Values], Sequence[int]]:
        """One row per element of the key's array; a row with an empty array is no record."""
        pairs = [
            (i, element.strip())
            for i, elements in enumerate(columns[self._exploded or 0])
            for element in (elements or "").split("\n")
            if element.strip()
        ]
        origin = [i for i, _ in pairs]
        exploded: list[Values] = [_picked(values, origin) for values in columns]
        exploded[self._exploded or 0] = [element for _, element in pairs]
        return exploded, origin

    def _kept(
        self, columns: Sequence[Values], keys: Values, origin: Sequence[int], place: Place
    ) -> list[int]:
        """The rows that have a key which was not met before."""
        kept = []
        for row, key in enumerate(keys):
            if empty := [self._fields[i].name for i in self._must if not columns[i][row]]:
                if empty != [_ELEMENTS.get(self._table.kind)]:
                    message = f"{', '.join(empty)} is empty"
                    self._tell("record-key-empty", place(origin[row], ""), message)
                continue
            if _NUL in str(key):
                message = "the key has a NUL character in it"
                self._tell("record-key-unusable", place(origin[row], ""), message)
                continue
            here = place(origin[row], key)
            if self._recent and (before := self._recent.first(key, here)):
                which = "" if self._table.kind in _NAMING else f": {key}"
                self._tell("record-repeated", here, f"has the same key as {before}{which}")
                if not self._weighed:
                    continue
            kept.append(row)
        return kept

    def _raw(
        self,
        unread: Iterable[tuple[int, str, str]],
        origin: Sequence[int],
        keys: Values,
        place: Place,
    ) -> dict[int, dict[str, str]]:
        types = {field.name: field.type for field in self._fields}
        texts: dict[int, dict[str, str]] = {}
        for i, name, text in unread:
            texts.setdefault(i, {})[name] = text
        raw = {row: texts[i] for row, i in enumerate(origin) if i in texts}
        for row, unreadable in raw.items():
            for name in unreadable:
                self._tell(
                    "value-unreadable",
                    place(origin[row], keys[row]),
                    f"{name} cannot be read as {types[name]}",
                    name,
                )
        return raw

    def _tell_ambiguous(self) -> None:
        for name, column in self._table.fields.items():
            if column.form and column.form.ambiguous:
                column.form.ambiguous = False
                message = f"{name} has times in an hour that {column.form.time_zone} repeats or "
                message += "leaves out; they are read as the first pass"
                self._tell("time-ambiguous", self._table.table, message, name)

    def _tell(self, code: str, place: str, message: str, field: str = "") -> None:
        sort = ".".join(filter(None, (self._table.kind, field)))
        self._log.add(Problem(code, place, message, warning=bool(field)), sort)


def converter(table: Table, name: str, type_: str) -> Converter:
    """The converter of a field that a driver gives: what identifies a record, or refers to one, is
    freed from the padding of fixed-width columns; what has a form of its own is read in that."""
    column = table.fields.get(name)
    if column and column.form and (own := in_form(column.form, type_)):
        return own
    if type_ == "text" and (name in table.key or name in table.needed):
        return char
    return CONVERTERS[type_]


def _note(unread: list[tuple[int, str, str]], name: str, row: int, text: str) -> None:
    unread.append((row, name, text))


def _picked(values: Sequence[Any], places: Iterable[int]) -> list[Any]:
    return [values[i] for i in places]
