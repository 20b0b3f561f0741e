"""The journal: every operation that was ever begun, and what became of it.

It is the only store that cannot be made again: full sync, one writer, no ticket text. The intent of
an operation is durable before its first byte leaves; its outcome is written before anything else
is decided.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.records import Member, OpKey, State
from migrate.state.database import Place, open_database, raw, unwritable
from migrate.state.journal_aside import Aside
from migrate.state.journal_reading import Reading
from migrate.state.journal_schema import (
    UPGRADES,
    Entry,
    Record,
)
from migrate.state.schema import upgrade

__all__ = ["Entry", "Journal", "Record"]

_BACKUPS = 5


class Journal(Reading, Aside):
    """Opens the journal for one source and one target: `journal.db`, or its schema on PostgreSQL.

    Raises ConfigurationError (`state-other-target`) when the state belongs to another target.
    """

    def __init__(self, path: Place, source: str) -> None:
        self.path = path
        self.source = source
        # Reads never hold a transaction open, so a write never finds its snapshot outdated by
        # the load of another unit; writes queue for the one lock that SQLite has.
        writer = open_database(path, synchronous="FULL", begin="BEGIN IMMEDIATE")
        self._write: Connection = writer.connect()
        upgrade(self._write, UPGRADES)
        self._raw = raw(path, self._write)
        self._read: Connection = open_database(path, synchronous="FULL", begin=None).connect()

    def close(self) -> None:
        for connection in (self._read, self._write):
            connection.close()
            connection.engine.dispose()

    def backup(self) -> Path | None:
        """Keep a copy of the journal as it stands, beside it; the newest `_BACKUPS` are kept. None
        on PostgreSQL, which whoever runs it backs up."""
        if not isinstance(self.path, Path):
            return None
        folder = self.path.parent / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = sorted(folder.glob("journal-*.db"))
        number = int(kept[-1].stem.split("-")[1]) + 1 if kept else 1
        # Two units' loads may begin in the same moment.
        copy = folder / f"journal-{number:06}-{os.getpid()}.db"
        copy.touch(mode=0o600)
        try:
            with closing(sqlite3.connect(copy)) as to, closing(sqlite3.connect(self.path)) as mine:
                mine.backup(to)
        except sqlite3.Error as error:
            raise unwritable(copy, error) or error from None
        for old in kept[: max(0, len(kept) + 1 - _BACKUPS)]:
            old.unlink(missing_ok=True)
        return copy

    def bind_target(self, fingerprint: str) -> None:
        """Bind this state to a target at its first use, and refuse any other ever after."""
        if self.fingerprint is None:
            # Another load may be binding it at this moment.
            self._put(
                "INSERT INTO meta VALUES ('fingerprint', ?) ON CONFLICT DO NOTHING", (fingerprint,)
            )
            self.commit()
        bound = self.fingerprint
        if bound != fingerprint:
            raise ConfigurationError(
                Problem(
                    "state-other-target",
                    str(self.path),
                    f"this state belongs to {bound}, and the configuration names {fingerprint}",
                    expected="one state folder for one target",
                )
            )

    @property
    def fingerprint(self) -> str | None:
        return self.remembered("fingerprint")

    def remembered(self, name: str) -> str | None:
        """What was last remembered under `name`: small facts about this state, such as who looked
        at a stopped unit."""
        row = self._read.exec_driver_sql(
            "SELECT value FROM meta WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else None

    def remember(self, name: str, value: str) -> None:
        self._put(
            "INSERT INTO meta VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
        self.commit()

    def begin_run(self, command: str, now: float) -> int:
        """Open a run; what a run that died left `sending` becomes `in_doubt` at its own unit's
        next load, by `recover`."""
        run = self._write.exec_driver_sql(
            "INSERT INTO runs (command, host, pid, began) VALUES (?, ?, ?, ?) RETURNING id",
            (command, socket.gethostname(), os.getpid(), now),
        ).scalar_one()
        self._write.commit()
        return int(run)

    def end_run(self, run: int, result: str, now: float) -> None:
        """Close a run; where the disk is full it stays open, as that of a dead process does."""
        try:
            self._put("UPDATE runs SET ended = ?, result = ? WHERE id = ?", (now, result, run))
            self.commit()
        except (StoppedError, SQLAlchemyError):
            self._write.rollback()

    def begin(
        self,
        record: Record,
        members: Iterable[Member],
    ) -> None:
        """Bind an identity and its members, once, in the transaction of its first intent. Members
        that join later are added; a member never moves to another identity."""
        self._put(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"
            " ON CONFLICT (source, kind, identity) DO UPDATE SET unit = excluded.unit,"
            " sprint = excluded.sprint, digest = excluded.digest",
            (
                self.source,
                record.kind,
                record.identity,
                record.unit,
                record.sprint,
                record.target_id or None,
                record.number or None,
                record.digest,
            ),
        )
        self.join(record.kind, record.identity, members)

    def join(self, kind: str, identity: str, members: Iterable[Member]) -> None:
        """Bind further source records to an identity; those already bound stay where they are."""
        for member in members:
            self._put(
                "INSERT INTO members VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (kind, self.source, *member, identity),
            )

    def intend(
        self,
        key: OpKey,
        position: int,
        marker: str,
        carries: str,
        doubted: bool,
        fields: str,
        run: int,
        now: float,
    ) -> bool:
        """Claim one operation and write its intent; durable at the next `commit`.

        False, and nothing is written, where it is not there to be sent: another load has claimed
        it, or it is done.
        """
        claimed = self._put(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, 'sending', ?, ?, ?, ?, ?, 1, '', '',"
            " ?, ?, ?) ON CONFLICT (source, kind, identity, step, revision) DO UPDATE SET"
            " state = 'sending', run = excluded.run, sent_at = excluded.sent_at,"
            " attempts = operations.attempts + 1, updated = excluded.updated,"
            " code = '', detail = '', marker = excluded.marker, fields = excluded.fields,"
            " carries = excluded.carries WHERE operations.state = 'planned'",
            (*key, position, marker, run, now, int(doubted), fields, carries, now),
        )
        return claimed > 0

    def note(
        self,
        key: OpKey,
        state: State,
        now: float,
        *,
        code: str = "",
        detail: str = "",
        fields: str | None = None,
        sent_at: float | None = None,
    ) -> None:
        """Write what became of an operation that was begun."""
        self._put(
            "UPDATE operations SET state = ?, code = ?, detail = ?, updated = ?,"
            " fields = coalesce(?, fields), sent_at = coalesce(?, sent_at),"
            " doubted = doubted | ? WHERE source = ? AND kind = ? AND identity = ?"
            " AND step = ? AND revision = ?",
            (state, code, detail, now, fields, sent_at, int(state == State.IN_DOUBT), *key),
        )

    def found(self, key: OpKey, position: int, run: int, now: float, code: str) -> None:
        """Write that a step needs no request, because the target has it already."""
        self._put(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, 'skipped', ?, '', ?, NULL, 0, 0, ?, '',"
            " NULL, NULL, ?) ON CONFLICT DO NOTHING",
            (*key, position, run, code, now),
        )

    def identify(self, kind: str, identity: str, target_id: str, number: str) -> None:
        """Write what an identity is in the target."""
        self._put(
            "UPDATE records SET target_id = ?, number = coalesce(nullif(?, ''), number)"
            " WHERE source = ? AND kind = ? AND identity = ?",
            (target_id, number, self.source, kind, identity),
        )

    def commit(self) -> None:
        self._write.commit()

    def _put(self, statement: str, row: Sequence[Any]) -> int:
        """Execute in the open transaction, past SQLAlchemy: these are several for each request, and
        its share of them would be a third of what a load costs. Returns how many rows changed."""
        if not self._write.in_transaction():
            self._write.begin()
        try:
            return self._raw.execute(statement, row).rowcount
        except sqlite3.Error as error:
            raise unwritable(self.path, error) or error from None

    def recover(self, unit: str, now: float) -> int:
        """What a dead run left `sending` in this unit is in doubt from now on; returns how many.

        The settle window of these starts now: the process may have sent its request at any moment
        before it died.
        """
        count = self._write.exec_driver_sql(
            "UPDATE operations SET state = 'in_doubt', doubted = 1, sent_at = ?, updated = ?"
            " WHERE state = 'sending' AND source = ? AND EXISTS (SELECT 1 FROM records r WHERE"
            " r.source = operations.source AND r.kind = operations.kind"
            " AND r.identity = operations.identity AND r.unit = ?)",
            (now, now, self.source, unit),
        ).rowcount
        self._write.commit()
        return int(count)

    def completed(self, kind: str, identity: str, unit: str, digest: str) -> None:
        """Write that the target has all of an identity as HPSM had it at `digest`."""
        self._put(
            "UPDATE records SET digest = ?, unit = ?, whole = 1 WHERE source = ? AND kind = ?"
            " AND identity = ?",
            (digest, unit, self.source, kind, identity),
        )

    def reopen(self, unit: str, states: Collection[State], code: str | None, now: float) -> int:
        """Make the failed steps of a unit planned again, for `retry`; returns how many. What was
        ever in doubt stays marked so, and is looked up before it is sent again."""
        entries = [e for e in self.troubled(unit, states) if code in (None, e.code)]
        return self.reopen_these([entry.key for entry in entries], now)

    def reopen_these(self, keys: Iterable[OpKey], now: float) -> int:
        """Make these operations planned again where they have failed; returns how many."""
        count = sum(
            self._put(
                "UPDATE operations SET state = 'planned', updated = ? WHERE state = 'failed' AND"
                " source = ? AND kind = ? AND identity = ? AND step = ? AND revision = ?",
                (now, *key),
            )
            for key in keys
        )
        self.commit()
        return count
