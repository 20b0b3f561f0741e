"""Where the fields of HPSM's files lie in this database, asked from the database itself.

A file has a main table (…M1), further ones joined to it on its key (…M2), and tables of one row per
element of an array (…A1, with RECORD_NUMBER).
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from migrate.simulate.hpsm.web.extaccess import Field, Shown

_FAMILY = re.compile(r"(.+?)([MA])(\d+)")
_TYPES = {
    "DATETIME": "time",
    "CHAR(1)": "logical",
    "FLOAT": "number",
    "INTEGER": "number",
    "TEXT": "array",
    "BLOB": "",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one field is kept: `rows` says that each of its elements has a row of its own."""

    table: str
    column: str
    type: str
    rows: bool = False

    @property
    def sql(self) -> str:
        return f'"{self.table}"."{self.column}"'


@dataclass(frozen=True, slots=True)
class Bound:
    """A shown field and where this database keeps it. `type` is text, array, number, time, duration
    or logical."""

    field: Field
    place: Place
    type: str


class Layout:
    """The tables of one database, and their columns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._columns = {
            name: {
                row[1]: _TYPES.get(row[2].upper(), "text")
                for row in connection.execute(f'PRAGMA table_info("{name}")')
            }
            for (name,) in names.fetchall()
        }

    def __contains__(self, table: str) -> bool:
        return table in self._columns

    def family(self, table: str) -> list[str]:
        """The main table, then what belongs to it: M2 …, A1 …"""
        match = _FAMILY.fullmatch(table)
        if match is None:
            return [table]
        found = [
            (other[2] == "A", int(other[3]), name)
            for name in self._columns
            if name != table and (other := _FAMILY.fullmatch(name)) and other[1] == match[1]
        ]
        return [table, *(name for _, _, name in sorted(found))]

    def place(self, table: str, column: str) -> Place | None:
        """Where the file of this main table keeps a column; None where it has none."""
        for name in self.family(table):
            kind = self._columns[name].get(column)
            if kind:
                return Place(name, column, kind, rows="RECORD_NUMBER" in self._columns[name])
        return None

    def bound(self, shown: Shown) -> tuple[Bound, ...]:
        """The fields of an extaccess record that this database has, each caption once."""
        found: dict[str, Bound] = {}
        for field in shown.fields:
            place = self.place(shown.table, field.column)
            if place is not None:
                kind = "array" if place.rows else field.type or place.type
                found.setdefault(field.caption, Bound(field, place, kind))
        return tuple(found.values())
