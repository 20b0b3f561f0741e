"""One kind's table in the snapshot: the source's own columns, typed, and every version of a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from migrate.errors import BugError, ConfigurationError, Problem
from migrate.records import Row
from migrate.state.database import quoted
from migrate.state.prepared import Prepared

SQL_TYPES = {
    "text": "TEXT",
    "time": "TEXT",
    "array": "TEXT",
    "logical": "BOOLEAN",
    "number": "NUMERIC",
    "duration": "INTEGER",
}
_OWN = ("_key", "_hash", "_raw", "since_run", "until_run")


class Written(NamedTuple):
    """What one batch did. `repeated` are keys that this run had met before; the first is kept."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: tuple[str, ...] = ()


class Mirror:
    """The table of one kind. Every method runs in the caller's transaction.

    `columns` is field → SQL type in the table's order. A column is only ever added, at the end.
    """

    def __init__(self, connection: sqlite3.Connection, kind: str) -> None:
        self.kind = kind
        self.name = quoted(kind)
        self._connection = connection
        self._seen = f"temp.{quoted(f'seen_{kind}')}"
        self._run = 0
        self._fresh = False
        self._read_columns()

    @property
    def exists(self) -> bool:
        return bool(self.columns)

    def shape(self, fields: Mapping[str, str]) -> None:
        """Make or widen the table for `fields` (name → type).

        Raises ConfigurationError where a field was made with another type.
        """
        wanted = {name: SQL_TYPES[type_] for name, type_ in fields.items()}
        self._refuse_other_types(wanted)
        if not self.exists:
            columns = ", ".join(f"{quoted(name)} {type_}" for name, type_ in wanted.items())
            self._connection.execute(
                f"CREATE TABLE {self.name} (_key TEXT NOT NULL, _hash BLOB NOT NULL, _raw TEXT, "
                f"since_run INTEGER NOT NULL, until_run INTEGER, {columns})"
            )
            self._connection.execute(
                f"CREATE UNIQUE INDEX {quoted(f'{self.kind}_current')} ON {self.name} (_key) "
                "WHERE until_run IS NULL"
            )
        else:
            for name, type_ in wanted.items():
                if name not in self.columns:
                    self._connection.execute(
                        f"ALTER TABLE {self.name} ADD COLUMN {quoted(name)} {type_}"
                    )
        self._read_columns()

    def begin(self, run: int) -> None:
        """Start noticing which records `run` meets."""
        self._run = run
        self._fresh = not self._connection.execute(
            f"SELECT 1 FROM {self.name} WHERE until_run IS NULL LIMIT 1"
        ).fetchone()
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self._seen} (row INTEGER PRIMARY KEY)"
        )
        self._connection.execute(f"DELETE FROM {self._seen}")

    def write(self, prepared: Prepared) -> Written:
        """Bring these records up to date: a changed row ends, and a new version begins.

        Raises BugError where they were prepared for a table with other columns.
        """
        if prepared.order != tuple(self.columns):
            raise BugError(Problem("bug", self.kind, "prepared for other columns"))
        if self._fresh:
            try:
                return self._insert_all(prepared)
            except sqlite3.IntegrityError:  # a key stands twice: look at every row
                self._connection.execute("ROLLBACK TO batch")
        return self._merge(prepared)

    def end_unseen(self) -> int:
        """End the versions of all records that the run did not meet; returns how many."""
        return self._connection.execute(
            f"UPDATE {self.name} SET until_run = ? WHERE until_run IS NULL AND since_run < ? "
            f"AND rowid NOT IN (SELECT row FROM {self._seen})",
            (self._run, self._run),
        ).rowcount

    def select(self) -> str:
        """The fields as a select list, in the order that `row` takes them."""
        return ", ".join(map(quoted, self.columns))

    def row(self, values: Sequence[Any]) -> Row:
        """The fields of `select` as a Row."""
        row = dict(zip(self.columns, values, strict=True))
        for name in self._logicals:
            if row[name] is not None:
                row[name] = bool(row[name])
        return row

    def _insert_all(self, prepared: Prepared) -> Written:
        self._connection.execute("SAVEPOINT batch")
        self._insert(prepared.rows)
        self._keep_raw(prepared, prepared.raws)
        return Written(new=len(prepared.rows))

    def _merge(self, prepared: Prepared) -> Written:
        known: dict[str, tuple[bytes | None, int]] = self._known([row[0] for row in prepared.rows])
        fresh: list[int] = []
        ended: list[tuple[int, int]] = []
        same: list[tuple[int]] = []
        repeated: list[str] = []
        for place, (key, digest, *_) in enumerate(prepared.rows):
            before, row = known.get(key, (b"", 0))
            known[key] = (None, row)
            if before is None:
                repeated.append(key)
            elif before == digest:
                same.append((row,))
            else:
                fresh.append(place)
                if row:
                    ended.append((self._run, row))
        execute = self._connection.executemany
        execute(f"INSERT INTO {self._seen} VALUES (?)", same)
        execute(f"UPDATE {self.name} SET until_run = ? WHERE rowid = ?", ended)
        self._insert([prepared.rows[place] for place in fresh])
        self._keep_raw(prepared, prepared.raws.keys() & set(fresh))
        return Written(len(fresh) - len(ended), len(ended), len(same), tuple(repeated))

    def _insert(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.executemany(
            f"INSERT INTO {self.name} (_key, _hash, since_run, {self.select()}) "
            f"VALUES (?, ?, {self._run}{', ?' * len(self.columns)})",
            rows,
        )

    def _keep_raw(self, prepared: Prepared, places: Iterable[int]) -> None:
        """Apart from the insert: few rows have any, and every value that is bound costs."""
        self._connection.executemany(
            f"UPDATE {self.name} SET _raw = ? WHERE _key = ? AND until_run IS NULL",
            [(prepared.raws[place], prepared.rows[place][0]) for place in places],
        )

    def _known(self, keys: list[str]) -> dict[str, tuple[bytes | None, int]]:
        """Key → (hash, row) of the current versions; the hash is None where this run has already
        met the record."""
        return {
            key: (digest, row)
            for key, digest, row in self._connection.execute(
                f"SELECT _key, CASE WHEN since_run = ? OR seen.row THEN NULL ELSE _hash END, "
                f"mirror.rowid FROM {self.name} mirror LEFT JOIN {self._seen} seen "
                "ON seen.row = mirror.rowid WHERE until_run IS NULL "
                "AND _key IN (SELECT value FROM json_each(?))",
                (self._run, orjson.dumps(keys).decode()),
            )
        }

    def _read_columns(self) -> None:
        self.columns: dict[str, str] = {
            name: type_
            for _, name, type_, *_ in self._connection.execute(f"PRAGMA table_info({self.name})")
            if name not in _OWN
        }
        self._logicals = [name for name, type_ in self.columns.items() if type_ == "BOOLEAN"]

    def _refuse_other_types(self, wanted: Mapping[str, str]) -> None:
        wrong = {
            name: self.columns[name]
            for name, type_ in wanted.items()
            if self.columns.get(name, type_) != type_
        }
        if wrong:
            raise ConfigurationError(
                Problem(
                    "snapshot-column-type",
                    f"{self.kind}.{name}",
                    f"the source now gives {wanted[name]}",
                    expected=f"{before}, as the snapshot was made",
                )
                for name, before in wrong.items()
            )
