"""Which run read which kind of the snapshot, how far, and with what result."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from migrate.state.mirror import Written

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, is_full INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS run_kinds (
    run INTEGER NOT NULL REFERENCES runs, kind TEXT NOT NULL, is_full INTEGER NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0, watermark TEXT, layout TEXT NOT NULL DEFAULT '',
    new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0, disappeared INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, kind));
""",
    """
ALTER TABLE run_kinds ADD COLUMN started TEXT;
ALTER TABLE run_kinds ADD COLUMN since TEXT;
ALTER TABLE run_kinds ADD COLUMN position TEXT NOT NULL DEFAULT '';
ALTER TABLE run_kinds ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_kinds ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
""",
)


class Begun(NamedTuple):
    """How a kind's reading begins, or goes on: when it was started and from when on it reads (GMT,
    None: everything), the source's position to go on behind, whether an earlier attempt of the same
    run wrote some of it, and the watermark so far."""

    started: str
    since: str | None
    position: str
    again: bool
    watermark: str | None


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


class Runs:
    """The tables of runs. Every method runs in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, kinds: Sequence[str], full: bool, now: datetime) -> int:
        """Note a new run over `kinds`; returns its number."""
        cursor = self._connection.execute(
            "INSERT INTO runs (started, is_full) VALUES (?, ?)", (gmt_text(now), full)
        )
        run = int(cursor.lastrowid or 0)
        self._connection.executemany(
            "INSERT INTO run_kinds (run, kind, is_full) VALUES (?, ?, ?)",
            [(run, kind, full) for kind in kinds],
        )
        return run

    def cut(
        self, kinds: Sequence[str], full: bool, not_before: datetime
    ) -> tuple[int, list[str]] | None:
        """The last run, and the kinds that it has still to read, where it was cut, asked for the
        same and began at or after `not_before` (GMT)."""
        row = self._connection.execute(
            "SELECT run, started, is_full FROM runs ORDER BY run DESC LIMIT 1"
        ).fetchone()
        if row is None or bool(row[2]) != full or row[1] < gmt_text(not_before):
            return None
        ended = dict(
            self._connection.execute(
                "SELECT kind, finished OR given_up FROM run_kinds WHERE run = ?", (row[0],)
            ).fetchall()
        )
        if set(ended) != set(kinds) or all(ended.values()):
            return None
        return row[0], [kind for kind in kinds if not ended[kind]]

    def begin_kind(
        self,
        run: int,
        kind: str,
        started: datetime,
        since: str | None,
        layout: str,
        exists: bool,
    ) -> tuple[Begun, bool]:
        """How `kind` is begun, and whether its reading goes on where it was cut. `exists` says that
        it has a table: without one an earlier attempt wrote nothing that could be met again."""
        before = self._connection.execute(
            "SELECT started, since, position, again, watermark, layout FROM run_kinds "
            "WHERE run = ? AND kind = ?",
            (run, kind),
        ).fetchone()
        was_cut = before[0] is not None
        goes_on = was_cut and bool(before[2]) and before[5] == layout
        begun = Begun(gmt_text(started), since, "", was_cut and exists, None)
        if goes_on:
            begun = Begun(before[0], before[1], before[2], bool(before[3]), before[4])
        self._connection.execute(
            "UPDATE run_kinds SET started = ?, since = ?, position = ?, again = ?, watermark = ?, "
            "layout = ?, is_full = ?, unchanged = iif(?, unchanged, 0) WHERE run = ? AND kind = ?",
            (*begun, layout, begun.since is None, goes_on, run, kind),
        )
        return begun, goes_on

    def add(
        self, run: int, kind: str, written: Written, position: str, watermark: str | None
    ) -> None:
        """Count a batch, and note how far the source was read by it."""
        self._connection.execute(
            "UPDATE run_kinds SET new = new + ?, changed = changed + ?, unchanged = unchanged + ?, "
            "position = ?, watermark = coalesce(?, watermark) WHERE run = ? AND kind = ?",
            (*written[:3], position, watermark, run, kind),
        )

    def finish(
        self, run: int, kind: str, full: bool, watermark: str | None, layout: str, gone: int
    ) -> None:
        self._connection.execute(
            "UPDATE run_kinds SET finished = 1, is_full = ?, watermark = ?, layout = ?, "
            "disappeared = ? WHERE run = ? AND kind = ?",
            (full, watermark, layout, gone, run, kind),
        )

    def give_up(self, run: int, kind: str) -> None:
        self._connection.execute(
            "UPDATE run_kinds SET given_up = 1 WHERE run = ? AND kind = ?", (run, kind)
        )

    def all(self) -> list[RunOfKind]:
        """Every run, kind by kind, the oldest first."""
        rows = self._connection.execute(
            "SELECT run, r.started, kind, k.is_full, finished, watermark, new, changed, unchanged, "
            "disappeared FROM run_kinds k JOIN runs r USING (run) ORDER BY run, k.rowid"
        )
        return [
            RunOfKind(run, started, kind, bool(full), bool(finished), *rest)
            for run, started, kind, full, finished, *rest in rows
        ]

    def watermark(self, kind: str, layout: str) -> str | None:
        row = self._connection.execute(
            "SELECT watermark, layout FROM run_kinds WHERE kind = ? AND finished"
            " ORDER BY run DESC LIMIT 1",
            (kind,),
        ).fetchone()
        return row[0] if row and row[1] == layout else None

    def kinds(self) -> list[str]:
        """Every kind that was ever asked for."""
        rows = self._connection.execute("SELECT DISTINCT kind FROM run_kinds ORDER BY kind")
        return [kind for (kind,) in rows]


def gmt_text(time: datetime) -> str:
    """A time in GMT as `records.Row` writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S")
