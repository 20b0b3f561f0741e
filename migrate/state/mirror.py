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
_MODIFIED = ("sysmodtime", "update_time")
_OWN = ("_key", "_hash", "_raw", "since_run", "until_run")


class Written(NamedTuple):
    """What one batch did. `repeated` are keys that this run had met before; of their records the
    one that was modified last is kept, where they say when, else the first."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: tuple[str, ...] = ()


class _Known(NamedTuple):
    """The current version of a record: its digest, its row, whether this run wrote it, and whether
    it was met already."""

    digest: bytes
    row: int
    ours: bool
    met: bool


def _modified(prepared: Prepared, place: int | None) -> str:
    """When a record says that it was modified; empty where it does not."""
    row = () if place is None else prepared.rows[place][2:]
    values = dict(zip(prepared.order, row, strict=False))
    return next((str(at) for name in _MODIFIED if (at := values.get(name))), "")


class Mirror:
    """The table of one kind. Every method runs in the caller's transaction.

    `columns` is field → SQL type in the table's order. A column is only ever added, at the end.
    """

    def __init__(self, connection: sqlite3.Connection, kind: str) -> None:
        self.kind = kind
        self.name = quoted(kind)
        self._connection = connection
        self._seen = quoted(f"seen {kind}")
        self._run = 0
        self._again = self._later = False
        self._fresh = False
        self._read_columns()

    @property
    def exists(self) -> bool:
        return bool(self.columns)

    def shape(self, fields: Mapping[str, str]) -> None:
        """Make or widen the table for `fields` (name → type).

        Raises ConfigurationError where a field was made with another type.
        """
        if all(self.columns.get(name) == SQL_TYPES[type_] for name, type_ in fields.items()):
            return
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

    def begin(self, run: int, *, again: bool = False, goes_on: bool = False) -> None:
        """Start noticing which records `run` meets.

        `again`: an earlier attempt of this run was cut, and what it wrote is not met yet.
        `goes_on`: this attempt itself was cut, and reading goes on behind what it met.
        """
        self._run, self._again, self._later = run, again, False
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self._seen} (row INTEGER PRIMARY KEY)"
        )
        if not goes_on:
            self._connection.execute(f"DELETE FROM {self._seen}")
        self._fresh = not self._connection.execute(
            f"SELECT 1 FROM {self.name} WHERE until_run IS NULL LIMIT 1"
        ).fetchone()

    def later(self) -> None:
        """What is written from now on changed while the kind was read: records that were met may
        come again, and count instead."""
        self._later, self._fresh = True, False

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
                self._connection.execute("ROLLBACK TO fresh")
        return self._merge(prepared)

    def end_unseen(self) -> int:
        """End the versions of all records that the run did not meet; returns how many."""
        if self._fresh:  # there was none before this run
            return 0
        unseen = f"until_run IS NULL AND rowid NOT IN (SELECT row FROM {self._seen})"
        gone = self._connection.execute(
            f"UPDATE {self.name} SET until_run = ? WHERE since_run < ? AND {unseen}",
            (self._run, self._run),
        ).rowcount
        if self._again:  # there at the first attempt, and gone at this one
            self._connection.execute(
                f"DELETE FROM {self.name} WHERE since_run = ? AND {unseen}", (self._run,)
            )
        return gone

    def forget_seen(self) -> None:
        """The kind was read to its end."""
        self._connection.execute(f"DROP TABLE IF EXISTS {self._seen}")

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
        self._connection.execute("SAVEPOINT fresh")
        self._insert(prepared.rows)
        self._keep_raw(prepared, prepared.raws)
        return Written(new=len(prepared.rows))

    def _merge(self, prepared: Prepared) -> Written:
        known = self._known([row[0] for row in prepared.rows])
        fresh: dict[str, int] = {}
        ended: list[tuple[int, int]] = []
        replaced: list[tuple[int]] = []
        same: list[tuple[int]] = []
        repeated: list[str] = []
        again: dict[str, int] = {}
        for place, (key, digest, *_) in enumerate(prepared.rows):
            before = known.get(key)
            if not self._later and key in fresh:
                repeated.append(key)
                if _modified(prepared, place) > _modified(prepared, fresh[key]):
                    fresh[key] = place
            elif not self._later and before is not None and before.met:
                repeated.append(key)
                if digest != before.digest and _modified(prepared, place) > _modified(
                    prepared, again.get(key)
                ):
                    again[key] = place
            elif before is None or key in fresh:
                fresh[key] = place
            elif before.digest == digest:
                same.append((before.row,))
                known[key] = before._replace(met=True)
            else:
                fresh[key] = place
                if before.ours:
                    replaced.append((before.row,))
                else:
                    ended.append((self._run, before.row))
        for key, place in self._newer(prepared, again).items():
            fresh[key] = place
            if known[key].ours:
                replaced.append((known[key].row,))
            else:
                ended.append((self._run, known[key].row))
        execute = self._connection.executemany
        execute(f"INSERT OR IGNORE INTO {self._seen} VALUES (?)", same)
        execute(f"UPDATE {self.name} SET until_run = ? WHERE rowid = ?", ended)
        execute(f"DELETE FROM {self.name} WHERE rowid = ?", replaced)
        self._insert([prepared.rows[place] for place in fresh.values()])
        self._keep_raw(prepared, prepared.raws.keys() & set(fresh.values()))
        if self._again or self._later:
            self._connection.execute(
                f"INSERT OR IGNORE INTO {self._seen} SELECT rowid FROM {self.name} "
                "WHERE until_run IS NULL AND _key IN (SELECT value FROM json_each(?))",
                (orjson.dumps(list(fresh)).decode(),),
            )
        changed = len(ended) + len(replaced)
        counted = changed - len(fresh.keys() & again.keys())  # these were counted as repeated
        return Written(len(fresh) - changed, counted, len(same), tuple(repeated))

    def _newer(self, prepared: Prepared, again: Mapping[str, int]) -> dict[str, int]:
        """Those of the repeated records that were modified later than the one that is there."""
        if not again or not (names := [n for n in _MODIFIED if n in self.columns]):
            return {}
        columns = ", ".join(map(quoted, names))
        rows = self._connection.execute(
            f"SELECT _key, {columns} FROM {self.name} WHERE until_run IS NULL"
            " AND _key IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(again)).decode(),),
        )
        there = {key: next(filter(None, times), "") for key, *times in rows}
        return {
            key: place
            for key, place in again.items()
            if there.get(key) and _modified(prepared, place) > there[key]
        }

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

    def _known(self, keys: list[str]) -> dict[str, _Known]:
        """Key → the current version. At the first attempt, what this run wrote it has met."""
        return {
            key: _Known(digest, row, bool(ours), bool(seen or (ours and not self._again)))
            for key, digest, row, ours, seen in self._connection.execute(
                "SELECT _key, _hash, mirror.rowid, since_run = ?, seen.row IS NOT NULL "
                f"FROM {self.name} mirror LEFT JOIN {self._seen} seen ON seen.row = mirror.rowid "
                "WHERE until_run IS NULL AND _key IN (SELECT value FROM json_each(?))",
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
