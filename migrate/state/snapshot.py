"""What HPSM held when it was last read: its own columns, typed, with every version kept.

One table per kind. A row is current while `until_run` is NULL; the version of run N are the rows
with since_run ≤ N and until_run > N or NULL. Reading again writes only what changed. A run that was
cut can be gone on with: what it finished stands, and a kind in the middle goes on behind the last
batch that was committed, or from its start where its source cannot go on there.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from migrate.state.runs import SCHEMA, Begun, RunOfKind, Runs
from migrate.state.schema import upgrade

__all__ = ["Begun", "RunOfKind", "Snapshot", "Written"]

_GROUP = 20_000
_GROUP_SECONDS = 1.0
_CHECKPOINT = 4_000
"""Pages after which the log is written back: seldom, since reading everything fills it fast."""


class Snapshot:
    """The mirror of HPSM in the SQLite file `path`, made where it is not there. One writer at a
    time. `connection` is for the modules of `state` that join within the snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = open_database(path, synchronous="NORMAL", cache_kib=32_768, page=16_384)
        with self._engine.connect() as connection:
            upgrade(connection, SCHEMA)
        self._pooled = self._engine.raw_connection()
        self.connection = cast(sqlite3.Connection, self._pooled.driver_connection)
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
        self._runs = Runs(self.connection)
        self._run = 0
        self._writing: dict[str, Mirror | None] = {}
        self._group: tuple[float, int] | None = None

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
        self.flush()
        self._pooled.close()
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done within, schema changes too."""
        self.flush()
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:  # also Ctrl-C: nothing half-done stays
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def begin_run(self, kinds: Sequence[str], full: bool, now: datetime) -> int:
        """Open a run over `kinds` at `now` (GMT); returns its number.

        What an earlier run left unfinished stays as it was written: nothing disappears by it.
        """
        with self.transaction():
            self._run = self._runs.begin(kinds, full, now)
        self._writing = dict.fromkeys(kinds)
        return self._run

    def go_on(self, kinds: Sequence[str], full: bool, not_before: datetime) -> int | None:
        """Open the last run again, where it was cut: it asked for the same, began at or after
        `not_before` (GMT) and left something unread. Returns its number, else None."""
        if (cut := self._runs.cut(kinds, full, not_before)) is None:
            return None
        self._run, left = cut
        self._writing = dict.fromkeys(left)
        return self._run

    def begin_kind(
        self, run: int, kind: str, started: datetime, since: str | None, layout: str
    ) -> Begun:
        """Start to read `kind` at `started` (GMT), from `since` on (GMT, as rows have it; None: all
        of it), or go on with it where the run was cut in its middle.

        It begins again where other tables or columns are read now than then.
        """
        self._open(run, kind)
        with self.transaction() as connection:
            mirror = Mirror(connection, kind)
            begun, goes_on = self._runs.begin_kind(run, kind, started, since, layout, mirror.exists)
            if mirror.exists:
                mirror.begin(run, again=begun.again, goes_on=goes_on)
        self._writing[kind] = mirror
        return begun

    @property
    def open_kinds(self) -> list[str]:
        """The kinds that the open run has still to read."""
        return list(self._writing)

    def preparer(self, kind: str) -> Preparer:
        """Prepares batches of `kind` for `write`, in another process if need be: all of a run's
        batches, in the order in which they are then written."""
        return Preparer(Mirror(self.connection, kind).columns)

    def write(self, run: int, batch: Batch | Prepared, watermark: str | None = None) -> Written:
        """Bring the records of a batch up to date. It is committed with those that follow, within
        `_GROUP` records or a second, together with its position and `watermark`.

        Raises ConfigurationError where a column comes with another type than it was made with, and
        BugError for a run or kind that is not open. After any error the kind is no longer open,
        and nothing of this batch is written.
        """
        mirror = self._open(run, batch.kind)
        prepared = batch if isinstance(batch, Prepared) else self.preparer(batch.kind)(batch)
        self._begin_group()
        try:
            begins = mirror is None or not mirror.exists
            mirror = mirror or Mirror(self.connection, batch.kind)
            mirror.shape(prepared.fields)
            if begins:
                mirror.begin(run)
            written = mirror.write(prepared)
            self._runs.add(run, batch.kind, written, prepared.position, watermark)
        except BaseException:  # also Ctrl-C: what came before this batch stands
            self.connection.execute("ROLLBACK TO batch")
            self.flush()
            del self._writing[batch.kind]
            raise
        self._end_batch(len(prepared.rows))
        self._writing[batch.kind] = mirror
        return written

    def later(self, run: int, kind: str) -> None:
        """What is written of `kind` from now on changed while it was read, and counts instead."""
        if mirror := self._open(run, kind):
            mirror.later()

    def give_up(self, run: int, kind: str) -> None:
        """The kind cannot be read, and trying again would not help: the next run begins anew."""
        with self.transaction():
            self._runs.give_up(run, kind)
        self._writing.pop(kind, None)

    def flush(self) -> None:
        """Commit what was written."""
        if self._group is not None:
            self._group = None
            self.connection.execute("COMMIT")

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
            mirror.forget_seen()
            self._runs.finish(run, kind, full, watermark, layout, gone)
        del self._writing[kind]
        return gone

    def runs(self) -> list[RunOfKind]:
        """Every run, kind by kind, the oldest first."""
        return self._runs.all()

    def watermark(self, kind: str, layout: str = "") -> str | None:
        """The watermark of the last finished run over `kind`; None where that run read other tables
        or columns than `layout` says, since its records then lack what is new."""
        return self._runs.watermark(kind, layout)

    def counts(self) -> dict[str, int]:
        """Current records by kind, for every kind that was ever extracted."""
        return {kind: self._count(Mirror(self.connection, kind)) for kind in self._runs.kinds()}

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

    def _begin_group(self) -> None:
        if self._group is None:
            self.connection.execute("BEGIN IMMEDIATE")
            self._group = time.monotonic(), 0
        self.connection.execute("SAVEPOINT batch")

    def _end_batch(self, rows: int) -> None:
        assert self._group is not None  # noqa: S101 - a batch is written within a group
        self.connection.execute("RELEASE batch")
        began, before = self._group
        self._group = began, before + rows
        if before + rows >= _GROUP or time.monotonic() - began >= _GROUP_SECONDS:
            self.flush()

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


def json_list(values: Iterable[str]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`, however many there are."""
    return orjson.dumps(list(values)).decode()
