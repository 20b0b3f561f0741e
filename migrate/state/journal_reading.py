"""What the journal knows: the operations of a record, and what the record became.

A part of the journal that only reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import orjson
from sqlalchemy import Connection

from migrate.records import Member, State, Told
from migrate.state.journal_schema import ENTRY, RECORD, Entry, Record, entry_of, prefixed, record_of
from migrate.state.schema import chunks

_SENT = frozenset({State.DONE, State.VERIFIED, State.MISMATCH, State.CONFLICT, State.KEPT})


class Reading:
    """The part of `Journal` that reads it."""

    source: str
    _read: Connection

    def bound(self, members: Iterable[Member], record: str = "incident") -> dict[Member, str]:
        """The identity that each of these source records already belongs to."""
        by_kind: dict[str, list[str]] = {}
        for member in members:
            by_kind.setdefault(member.kind, []).append(member.key)
        found: dict[Member, str] = {}
        for kind, keys in by_kind.items():
            for part in chunks(keys, 500):
                marks = ",".join("?" * len(part))
                rows = self._read.exec_driver_sql(
                    f"SELECT key, identity FROM members WHERE record = ? AND source = ?"
                    f" AND kind = ? AND key IN ({marks})",
                    (record, self.source, kind, *part),
                )
                found.update((Member(kind, key), identity) for key, identity in rows)
        return found

    def entries(self, kind: str, identities: Collection[str]) -> dict[str, list[Entry]]:
        """The operations of these identities, in the order of their chains."""
        result: dict[str, list[Entry]] = {}
        for part in chunks(list(identities), 500):
            marks = ",".join("?" * len(part))
            rows = self._read.exec_driver_sql(
                f"SELECT {ENTRY} FROM operations WHERE source = ? AND kind = ?"
                f" AND identity IN ({marks}) ORDER BY identity, revision, position",
                (self.source, kind, *part),
            )
            for row in rows:
                result.setdefault(row[2], []).append(entry_of(row))
        return result

    def records(self, kind: str, identities: Collection[str]) -> dict[str, Record]:
        """What these identities became."""
        result: dict[str, Record] = {}
        for part in chunks(list(identities), 500):
            marks = ",".join("?" * len(part))
            rows = self._read.exec_driver_sql(
                f"SELECT {RECORD} FROM records WHERE source = ? AND kind = ?"
                f" AND identity IN ({marks})",
                (self.source, kind, *part),
            )
            result.update((row[1], record_of(row)) for row in rows)
        return result

    def targets(self, kinds: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """(kind, identity, target id) of every identity of these kinds that has one."""
        marks = ",".join("?" * len(kinds))
        rows = self._read.exec_driver_sql(
            f"SELECT kind, identity, target_id FROM records WHERE source = ? AND kind IN ({marks})"
            " AND target_id IS NOT NULL",
            (self.source, *kinds),
        )
        for row in rows:
            yield row[0], row[1], row[2]

    def one_made(self, kind: str) -> tuple[str, str] | None:
        """(identity, target id) of one record of this kind that has one, of any unit but those
        that are set aside (`~`)."""
        row = self._read.exec_driver_sql(
            "SELECT identity, target_id FROM records WHERE source = ? AND kind = ?"
            " AND target_id IS NOT NULL AND target_id <> '' AND unit NOT LIKE '~%' LIMIT 1",
            (self.source, kind),
        ).first()
        return (row[0], row[1]) if row else None

    def unit_records(self, kind: str, unit: str, after: str = "", limit: int = 500) -> list[Record]:
        """Records of a kind in a unit in the order of their identity, page by page."""
        rows = self._read.exec_driver_sql(
            f"SELECT {RECORD} FROM records WHERE source = ? AND kind = ? AND unit = ?"
            " AND identity > ? ORDER BY identity LIMIT ?",
            (self.source, kind, unit, after, limit),
        )
        return [record_of(row) for row in rows]

    def members_of(self, kind: str, identity: str) -> list[Member]:
        rows = self._read.exec_driver_sql(
            "SELECT kind, key FROM members WHERE record = ? AND source = ? AND identity = ?"
            " ORDER BY kind, key",
            (kind, self.source, identity),
        )
        return [Member(*row) for row in rows]

    def told(self, identity: str, digest: str) -> Told | None:
        """What the history of a loaded ticket says already; None where the ticket is not loaded, or
        HPSM has the same of it as then (`digest`)."""
        row = self._read.exec_driver_sql(
            "SELECT digest FROM records WHERE source = ? AND kind = 'incident' AND identity = ?"
            " AND target_id IS NOT NULL",
            (self.source, identity),
        ).fetchone()
        if row is None or row[0] == digest:
            return None
        carried: set[str] = set()
        seen: set[str] = set()
        next_part = {"v": 1, "i": 1}
        for step, state, carries in self._read.exec_driver_sql(
            "SELECT step, state, carries FROM operations WHERE source = ? AND kind = 'incident'"
            " AND identity = ? AND (step LIKE 'history/%' OR step LIKE 'left_out/%'"
            " OR step LIKE 'partial/%' OR step = 'create')",
            (self.source, identity),
        ):
            if step.startswith("history/"):
                _, visibility, part = step.split("/")
                next_part[visibility] = max(next_part[visibility], int(part) + 1)
            if State(state) in _SENT:
                told = orjson.loads(carries or "[]")
                carried.update(told)
                seen.update(told if step.startswith("history/v/") else ())
        return Told(frozenset(carried), next_part["v"], next_part["i"], frozenset(seen))

    def lookup(self, key: str) -> list[Record]:
        """The records that a source number belongs to, of any kind."""
        rows = self._read.exec_driver_sql(
            f"SELECT DISTINCT {prefixed('r')} FROM members m JOIN records r"
            " ON r.source = m.source AND r.kind = m.record AND r.identity = m.identity"
            " WHERE m.source = ? AND m.key = ? ORDER BY r.kind",
            (self.source, key),
        )
        return [record_of(row) for row in rows]

    def in_doubt(self, kind: str, unit: str) -> list[Record]:
        """The records of a kind in a unit with an operation that has no believable answer."""
        rows = self._read.exec_driver_sql(
            f"SELECT DISTINCT {prefixed('r')} FROM operations o JOIN records r"
            " ON r.source = o.source AND r.kind = o.kind AND r.identity = o.identity"
            " WHERE o.state IN ('sending', 'in_doubt') AND o.source = ? AND o.kind = ?"
            " AND r.unit = ? ORDER BY r.identity",
            (self.source, kind, unit),
        )
        return [record_of(row) for row in rows]

    def troubled(self, unit: str, states: Collection[State]) -> list[Entry]:
        """The operations of a unit's records that are in one of these states."""
        marks = ",".join("?" * len(states))
        columns = ", ".join(f"o.{column}" for column in ENTRY.split(", "))
        rows = self._read.exec_driver_sql(
            f"SELECT {columns} FROM operations o JOIN records r ON r.source = o.source"
            " AND r.kind = o.kind AND r.identity = o.identity"
            f" WHERE o.state IN ({marks}) AND o.source = ? AND r.unit = ?"
            " ORDER BY o.kind, o.identity, o.revision, o.position",
            (*states, self.source, unit),
        )
        return [entry_of(row) for row in rows]
