"""The records of one database, as its shown objects: found by a query, read a page at a time."""

from __future__ import annotations

import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.simulate.hpsm.web.extaccess import EXTACCESS, Shown
from migrate.simulate.hpsm.web.layout import Bound, Layout, Place
from migrate.simulate.hpsm.web.query import Condition

Row = tuple[Any, ...]

_REMEMBERED = 8
_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Object:
    """A shown object as this database can give it. `keys` are the positions of its key fields in
    `fields`."""

    shown: Shown
    fields: tuple[Bound, ...]
    keys: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.shown.object

    @property
    def key_columns(self) -> list[str]:
        return [self.fields[at].place.column for at in self.keys]


class Found:
    """The records that a query found, in order: their row ids. It stays as it was found."""

    __slots__ = ("rowids",)

    def __init__(self, rowids: Iterable[int]) -> None:
        self.rowids = array("q", rowids)

    def __len__(self) -> int:
        return len(self.rowids)


class Records:
    """Reads one SQLite database and never writes to it. What a query found is remembered until
    anything in the database changes, so that a page costs no more far behind than in front.

    Raises FileNotFoundError where there is no such file, or none with HPSM's tables in it.
    """

    def __init__(self, database: Path) -> None:
        if not database.is_file():
            raise FileNotFoundError(database)
        uri = f"{database.resolve().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        try:
            self.layout = Layout(self.connection)
        except sqlite3.DatabaseError:
            raise FileNotFoundError(database) from None
        self.objects = [
            made
            for shown in EXTACCESS
            if shown.table in self.layout and (made := self._bind(shown))
        ]
        if not self.objects:
            self.connection.close()
            raise FileNotFoundError(database)
        self.collections = {made.shown.collection: made for made in self.objects}
        self.by_name = {made.name: made for made in self.objects}
        self._remembered: OrderedDict[tuple[Any, ...], Found] = OrderedDict()
        self._version = self._data_version()

    def close(self) -> None:
        self.connection.close()

    def find(self, made: Object, name: str) -> Place | None:
        """The place of a caption, or of a field of the file as HPSM names it (`update.time`)."""
        for bound in made.fields:
            if name in (bound.field.caption, bound.field.name):
                return bound.place
        return self.layout.place(made.shown.table, name.upper().replace(".", "_"))

    def join(self, made: Object, place: Place) -> str:
        """How a row of another table of the file belongs to its record."""
        return " AND ".join(
            f'"{place.table}"."{column}" = "{made.shown.table}"."{column}"'
            for column in made.key_columns
        )

    def search(
        self, made: Object, where: Condition, order: Sequence[tuple[Place, bool]] = ()
    ) -> Found:
        """The records that fit, by `order` (place, whether descending), else by key."""
        version = self._data_version()
        if version != self._version:
            self._remembered.clear()
            self._version = version
        asked = (made.name, where, tuple(order))
        if asked in self._remembered:
            self._remembered.move_to_end(asked)
            return self._remembered[asked]
        by = [f"{place.sql} {'DESC' if down else 'ASC'}" for place, down in order]
        by += [f'"{made.shown.table}"."{column}"' for column in made.key_columns]
        tables = where.tables | {place.table for place, _ in order}
        sql = (
            f'SELECT "{made.shown.table}".rowid FROM {self._from(made, tables)} '
            f"WHERE {where.sql} ORDER BY {', '.join(by)}"
        )
        found = Found(row[0] for row in self.connection.execute(sql, where.params))
        self._remembered[asked] = found
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def with_key(self, made: Object, key: str) -> int | None:
        """The row id of the record with this key; objects of several keys cannot be asked so."""
        if len(made.keys) != 1:
            return None
        place = made.fields[made.keys[0]].place
        sql = f'SELECT rowid FROM "{place.table}" WHERE {place.sql} = ?'
        row = self.connection.execute(sql, (key,)).fetchone()
        return None if row is None else int(row[0])

    def read(self, made: Object, rowids: Sequence[int], fields: Sequence[int]) -> Iterator[Row]:
        """These records, in this order, with these of the object's fields. Arrays that have rows
        of their own are lists. A record that is gone by now is left out."""
        for start in range(0, len(rowids), _PIECE):
            yield from self._piece(made, rowids[start : start + _PIECE], fields)

    def _piece(self, made: Object, rowids: Sequence[int], fields: Sequence[int]) -> Iterator[Row]:
        main = made.shown.table
        bounds = [made.fields[at] for at in fields]
        plain = [bound.place.sql if not bound.place.rows else "NULL" for bound in bounds]
        tables = {bound.place.table for bound in bounds if not bound.place.rows}
        listed = ", ".join(map(str, rowids))
        sql = (
            f'SELECT {", ".join(plain)}, "{main}".rowid FROM {self._from(made, tables)} '
            f'WHERE "{main}".rowid IN ({listed})'
        )
        rows = {row[-1]: row[:-1] for row in self.connection.execute(sql)}
        for at, bound in enumerate(bounds):
            if bound.place.rows:
                elements = self._elements(made, bound.place, listed)
                for rowid, row in rows.items():
                    rows[rowid] = (*row[:at], elements.get(rowid), *row[at + 1 :])
        return (rows[rowid] for rowid in rowids if rowid in rows)

    def _elements(self, made: Object, place: Place, listed: str) -> dict[int, list[Any]]:
        main = made.shown.table
        sql = (
            f'SELECT "{main}".rowid, {place.sql} FROM "{main}" JOIN "{place.table}" '
            f'ON {self.join(made, place)} WHERE "{main}".rowid IN ({listed}) '
            f'ORDER BY "{main}".rowid, "{place.table}"."RECORD_NUMBER"'
        )
        found: dict[int, list[Any]] = {}
        for rowid, value in self.connection.execute(sql):
            found.setdefault(rowid, []).append(value)
        return found

    def _from(self, made: Object, tables: Iterable[str]) -> str:
        main = made.shown.table
        joined = [
            f'LEFT JOIN "{table}" ON {self.join(made, Place(table, "", ""))}'
            for table in sorted(tables)
            if table != main
        ]
        return " ".join([f'"{main}"', *joined])

    def _bind(self, shown: Shown) -> Object | None:
        fields = self.layout.bound(shown)
        keys = tuple(at for at, bound in enumerate(fields) if bound.field.key)
        return Object(shown, fields, keys) if keys else None

    def _data_version(self) -> int:
        version: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
        return version
