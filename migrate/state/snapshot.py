"""What HPSM held when it was last read: its own columns, typed, with every version kept.

One table per kind. A row is current while `until_run` is NULL; the version of run N are the rows
with since_run ≤ N and until_run > N or NULL. Reading again writes only what changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import orjson

from migrate.errors import BugError, Problem
from migrate.records import Batch, Row
from migrate.state.database import open_database, quoted
from migrate.state.mirror import Mirror, Written
from migrate.state.prepared import Prepared, Preparer

__all__ = ["RunOfKind", "Snapshot", "Written"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, is_full INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS run_kinds (
    run INTEGER NOT NULL REFERENCES runs, kind TEXT NOT NULL, is_full INTEGER NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0, watermark TEXT, layout TEXT NOT NULL DEFAULT '',
    new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0, disappeared INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, kind));
"""


@dataclass(frozen=True, slots=True)
class RunOfKind:
    """One kind in one run. `finished` is False for a run that was interrupted. `watermark` is the
    time (GMT) up to which the source's changes were seen."""

    run: int
    started: str
    kind: str
    full: bool
    finished: bool
    watermark: str | None
    new: int
    changed: int
    unchanged: int
    disappeared: int


class Snapshot:
    """The mirror of HPSM in the SQLite file `path`, made where it is not there. One writer at a
    time. `connection` is for the modules of `state` that join within the snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = open_database(path, synchronous="NORMAL", cache_kib=32_768, page=16_384)
        self._pooled = self._engine.raw_connection()
        self.connection = cast(sqlite3.Connection, self._pooled.driver_connection)
        self.connection.executescript(_SCHEMA)
        self._run = 0
        self._writing: dict[str, Mirror | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def release(self) -> None:
        """Give back the memory that reading took: counting a large snapshot fills the cache."""
        self.connection.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        self._pooled.close()
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done within, schema changes too."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def begin_run(self, kinds: Sequence[str], full: bool, now: datetime) -> int:
        """Open a run over `kinds` at `now` (GMT); returns its number.

        What an earlier run left unfinished stays as it was written: nothing disappears by it.
        """
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (started, is_full) VALUES (?, ?)", (gmt_text(now), full)
            )
            self._run = int(cursor.lastrowid or 0)
            connection.executemany(
                "INSERT INTO run_kinds (run, kind, is_full) VALUES (?, ?, ?)",
                [(self._run, kind, full) for kind in kinds],
            )
        self._writing = dict.fromkeys(kinds)
        return self._run

    def preparer(self, kind: str) -> Preparer:
        """Prepares batches of `kind` for `write`, in another process if need be: all of a run's
        batches, in the order in which they are then written."""
        return Preparer(Mirror(self.connection, kind).columns)

    def write(self, run: int, batch: Batch | Prepared) -> Written:
        """Bring the records of a batch up to date, in one transaction.

        Raises ConfigurationError where a column comes with another type than it was made with, and
        BugError for a run or kind that is not open. After any error the kind is no longer open.
        """
        mirror = self._open(run, batch.kind)
        prepared = batch if isinstance(batch, Prepared) else self.preparer(batch.kind)(batch)
        try:
            with self.transaction() as connection:
                begins = mirror is None
                mirror = mirror or Mirror(connection, batch.kind)
                mirror.shape(prepared.fields)
                if begins:
                    mirror.begin(run)
                written = mirror.write(prepared)
                connection.execute(
                    "UPDATE run_kinds SET new = new + ?, changed = changed + ?, "
                    "unchanged = unchanged + ? WHERE run = ? AND kind = ?",
                    (*written[:3], run, batch.kind),
                )
        except BaseException:
            del self._writing[batch.kind]
            raise
        self._writing[batch.kind] = mirror
        return written

    def finish(
        self, run: int, kind: str, full: bool, watermark: str | None = None, layout: str = ""
    ) -> int:
        """Close a kind that was read to its end; returns how many records disappeared.

        Only a full reading can tell that: `full` False ends nothing. `watermark` is the time (GMT)
        up to which the source's changes are now known; `layout` names the tables and columns read.
        """
        mirror = self._open(run, kind)
        gone = 0
        with self.transaction() as connection:
            if mirror is None:
                mirror = Mirror(connection, kind)
                if mirror.exists:
                    mirror.begin(run)
            if full and mirror.exists:
                gone = mirror.end_unseen()
            connection.execute(
                "UPDATE run_kinds SET finished = 1, is_full = ?, watermark = ?, layout = ?, "
                "disappeared = ? WHERE run = ? AND kind = ?",
                (full, watermark, layout, gone, run, kind),
            )
        del self._writing[kind]
        return gone

    def runs(self) -> list[RunOfKind]:
        """Every run, kind by kind, the oldest first."""
        rows = self.connection.execute(
            "SELECT run, started, kind, k.is_full, finished, watermark, new, changed, unchanged, "
            "disappeared FROM run_kinds k JOIN runs USING (run) ORDER BY run, k.rowid"
        )
        return [
            RunOfKind(run, started, kind, bool(full), bool(finished), *rest)
            for run, started, kind, full, finished, *rest in rows
        ]

    def watermark(self, kind: str, layout: str = "") -> str | None:
        """The watermark of the last finished run over `kind`; None where that run read other tables
        or columns than `layout` says, since its records then lack what is new."""
        row = self.connection.execute(
            "SELECT watermark, layout FROM run_kinds WHERE kind = ? AND finished"
            " ORDER BY run DESC LIMIT 1",
            (kind,),
        ).fetchone()
        return row[0] if row and row[1] == layout else None

    def counts(self) -> dict[str, int]:
        """Current records by kind, for every kind that was ever extracted."""
        kinds = self.connection.execute("SELECT DISTINCT kind FROM run_kinds ORDER BY kind")
        return {kind: self._count(Mirror(self.connection, kind)) for (kind,) in kinds.fetchall()}

    def fetch(self, kind: str, keys: Iterable[str]) -> dict[str, Row]:
        """The current records with these keys, by key; what is not there is left out."""
        mirror = Mirror(self.connection, kind)
        if not mirror.exists:
            return {}
        rows = self.connection.execute(
            f"SELECT _key, {mirror.select()} FROM {mirror.name} WHERE until_run IS NULL "
            "AND _key IN (SELECT value FROM json_each(?))",
            (json_list(keys),),
        )
        return {key: mirror.row(values) for key, *values in rows}

    def scan(self, kind: str) -> Iterator[Row]:
        """Every current record, in key order."""
        mirror = Mirror(self.connection, kind)
        if mirror.exists:
            for values in self.connection.execute(
                f"SELECT {mirror.select()} FROM {mirror.name} WHERE until_run IS NULL ORDER BY _key"
            ):
                yield mirror.row(values)

    def ordered(self, kind: str, by: Sequence[str], then: Sequence[str]) -> Iterator[Row]:
        """The current records that have a value in every field of `by`, in the order of `by` and
        then of those fields of `then` that there are."""
        mirror = Mirror(self.connection, kind)
        if not all(name in mirror.columns for name in by):
            return
        present = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in by)
        order = [quoted(name) for name in (*by, *then) if name in mirror.columns]
        for values in self.connection.execute(
            f"SELECT {mirror.select()} FROM {mirror.name} WHERE until_run IS NULL AND {present} "
            f"ORDER BY {', '.join(order)}"
        ):
            yield mirror.row(values)

    def tally(self, kind: str, *fields: str) -> dict[tuple[Any, ...], int]:
        """How many current records hold each combination of values in `fields`."""
        mirror = Mirror(self.connection, kind)
        if not mirror.exists:
            return {}
        columns = [quoted(name) if name in mirror.columns else "NULL" for name in fields]
        places = ", ".join(str(i) for i in range(1, len(fields) + 1))
        rows = self.connection.execute(
            f"SELECT {', '.join(columns)}, count(*) FROM {mirror.name} WHERE until_run IS NULL "
            f"GROUP BY {places} ORDER BY {places}"
        )
        return {tuple(values): count for *values, count in rows}

    def ensure(self, kind: str, fields: Iterable[str]) -> Mirror:
        """The table of `kind`; fields that the source never showed are there, and empty."""
        mirror = Mirror(self.connection, kind)
        if missing := [name for name in fields if name not in mirror.columns]:
            with self.transaction():
                mirror.shape(dict.fromkeys(missing, "text"))
        return mirror

    def _open(self, run: int, kind: str) -> Mirror | None:
        if run != self._run or kind not in self._writing:
            raise BugError(Problem("bug", kind, f"run {run} is not open for this kind"))
        return self._writing[kind]

    def _count(self, mirror: Mirror) -> int:
        if not mirror.exists:
            return 0
        (count,) = self.connection.execute(
            f"SELECT count(*) FROM {mirror.name} WHERE until_run IS NULL"
        ).fetchone()
        return int(count)


def gmt_text(time: datetime) -> str:
    """A time in GMT as `records.Row` writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


def json_list(values: Iterable[str]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`, however many there are."""
    return orjson.dumps(list(values)).decode()
