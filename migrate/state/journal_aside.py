"""What the journal says of records that are taken back, and of fields that two people changed.

A part of the journal, apart from what a load needs of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from migrate.records import OpKey, State
from migrate.state.journal_schema import ENTRY, Entry, entry_of
from migrate.state.schema import chunks

UNDO = "undo"
"""The step that takes a record back out of the target; its marker is the record's id there, since
another one may have the same key by and by."""
CONFLICT = "conflict/"
"""What the step of a field that was changed on both sides is called, before the field's name."""
MAKES = ("create", "add", "restore")
"""The steps after which a record is in the target and was not before."""

_ARRIVED = ("done", "verified", "mismatch", "conflict", "kept")
_MADE = (*_ARRIVED, "sending", "in_doubt")
_NOT_THERE = "not-there"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records are meant: those of units, of a sprint, or those that one run made."""

    units: tuple[str, ...] = ()
    sprint: str = ""
    run: int = 0


def _words(scope: Scope) -> tuple[str, tuple[Any, ...]]:
    """A condition on records `r` and their making operation `o`, and its parameters."""
    if scope.run:
        return "o.run = ?", (scope.run,)
    if scope.sprint:
        return "r.sprint = ?", (scope.sprint,)
    return f"r.unit IN ({_marks(scope.units)})", scope.units


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


class Aside(ABC):
    """The part of `Journal` that takes back and sets aside."""

    source: str
    _read: Connection

    @abstractmethod
    def _put(self, statement: str, row: Sequence[Any]) -> int: ...

    def made(self, kind: str, scope: Scope) -> list[str]:
        """The identities of the records of a kind that we made and that were not taken back, the
        newest first. What was found in the target is never among them."""
        where, parameters = _words(scope)
        rows = self._read.exec_driver_sql(
            "SELECT r.identity, max(o.sent_at) FROM operations o JOIN records r"
            " ON r.source = o.source AND r.kind = o.kind AND r.identity = o.identity"
            f" WHERE o.source = ? AND o.kind = ? AND o.step IN ({_marks(MAKES)})"
            f" AND o.state IN ({_marks(_MADE)}) AND {where}"
            " GROUP BY r.identity ORDER BY 2 DESC, 1 DESC",
            (self.source, kind, *MAKES, *_MADE, *parameters),
        )
        return [row[0] for row in rows]

    def runs(self, limit: int = 50) -> list[tuple[int, str, float, str]]:
        """(number, command, when it began, how it ended) of the latest runs, the newest first; one
        that died has not ended."""
        rows = self._read.exec_driver_sql(
            "SELECT id, command, began, coalesce(result, '') FROM runs ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [(int(row[0]), row[1], float(row[2]), row[3]) for row in rows]

    def undoing(self, kind: str, scope: Scope) -> list[str]:
        """The identities of a kind of which an undo has begun and nobody heard how it ended."""
        made = self.made(kind, scope)
        rows = self._read.exec_driver_sql(
            "SELECT identity FROM operations WHERE source = ? AND kind = ? AND step = ?"
            " AND state IN ('sending', 'in_doubt')",
            (self.source, kind, UNDO),
        )
        begun = {row[0] for row in rows}
        return [identity for identity in made if identity in begun]

    def units_of(self, scope: Scope) -> list[str]:
        """The units whose records are meant."""
        where, parameters = _words(scope)
        rows = self._read.exec_driver_sql(
            "SELECT DISTINCT r.unit FROM operations o JOIN records r"
            " ON r.source = o.source AND r.kind = o.kind AND r.identity = o.identity"
            f" WHERE o.source = ? AND {where} ORDER BY 1",
            (self.source, *parameters),
        )
        return [row[0] for row in rows]

    def changed(self, scope: Scope) -> list[tuple[str, str, int]]:
        """(kind, step, how many) of the requests in scope that changed records which are not taken
        back with it: found ones, and those that another run had made."""
        where, parameters = _words(scope)
        rows = self._read.exec_driver_sql(
            "SELECT o.kind, o.step, count(*) FROM operations o JOIN records r"
            " ON r.source = o.source AND r.kind = o.kind AND r.identity = o.identity"
            f" WHERE o.source = ? AND o.step NOT IN ({_marks(MAKES)}) AND o.step <> ?"
            f" AND o.step NOT LIKE 'conflict/%' AND o.state IN ({_marks(_ARRIVED)}) AND {where}"
            " AND NOT EXISTS (SELECT 1 FROM operations m WHERE m.source = o.source"
            "  AND m.kind = o.kind AND m.identity = o.identity"
            f"  AND m.step IN ({_marks(MAKES)}) AND m.state IN ({_marks(_MADE)})"
            f"  AND {'m.run = o.run' if scope.run else '1 = 1'})"
            " GROUP BY o.kind, o.step ORDER BY 1, 2",
            (self.source, *MAKES, UNDO, *_ARRIVED, *parameters, *MAKES, *_MADE),
        )
        return [(row[0], row[1], int(row[2])) for row in rows]

    def set_aside(
        self,
        key: OpKey,
        state: State,
        run: int,
        now: float,
        *,
        code: str,
        detail: str,
        marker: str = "",
        fields: str | None = None,
    ) -> None:
        """Write an operation that needs no request, in this state, whatever it was in before."""
        self._put(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, NULL, 0, 0, ?, ?, ?, NULL,"
            " ?) ON CONFLICT (source, kind, identity, step, revision) DO UPDATE SET"
            " state = excluded.state, run = excluded.run, code = excluded.code,"
            " detail = excluded.detail, fields = excluded.fields, marker = excluded.marker,"
            " updated = excluded.updated",
            (*key, state, marker, run, code, detail, fields, now),
        )

    def took_back(self, kind: str, identity: str, now: float) -> None:
        """Write that the target does not have a record of ours any more: all of its steps are
        `undone`, and a load makes it anew, in further revisions. Those that had not arrived are
        noted as `not-there`; as what HPSM had of it is kept where all of it was there."""
        self._put(
            "UPDATE operations SET state = 'undone', updated = ?,"
            f" code = CASE WHEN state IN ({_marks(_ARRIVED)}) OR state = 'undone'"
            " OR step LIKE 'conflict/%' THEN code ELSE ? END"
            " WHERE source = ? AND kind = ? AND identity = ?",
            (now, *_ARRIVED, _NOT_THERE, self.source, kind, identity),
        )
        self._put(
            "UPDATE records SET target_id = NULL, number = NULL,"
            " digest = CASE WHEN whole <> 0 THEN digest ELSE '' END, whole = 0"
            " WHERE source = ? AND kind = ? AND identity = ?",
            (self.source, kind, identity),
        )

    def brought_back(self, kind: str, identity: str, now: float) -> None:
        """Write that a record which was taken back is there again as it was: the same one, with
        everything that ever arrived of it; what had not is to be sent, and it is compared with HPSM
        anew."""
        self._put(
            "UPDATE operations SET state = CASE WHEN code = ? THEN 'planned' ELSE 'done' END,"
            " code = CASE WHEN code = ? THEN '' ELSE code END, updated = ?"
            " WHERE source = ? AND kind = ? AND identity = ? AND state = 'undone' AND step <> ?",
            (_NOT_THERE, _NOT_THERE, now, self.source, kind, identity, UNDO),
        )
        self.look_again(kind, identity)

    def taken_back(self, kind: str, identities: Collection[str]) -> dict[str, frozenset[str]]:
        """The target's ids of what was taken back of these identities."""
        found: dict[str, set[str]] = {}
        for part in chunks(list(identities), 500):
            rows = self._read.exec_driver_sql(
                "SELECT identity, marker FROM operations WHERE source = ? AND kind = ?"
                f" AND step = ? AND state = 'undone' AND identity IN ({_marks(part)})",
                (self.source, kind, UNDO, *part),
            )
            for identity, id in rows:
                found.setdefault(identity, set()).add(id)
        return {identity: frozenset(ids) for identity, ids in found.items()}

    def conflicts(self, unit: str) -> list[Entry]:
        """The fields of a unit's records that wait for a person's decision."""
        columns = ", ".join(f"o.{column}" for column in ENTRY.split(", "))
        rows = self._read.exec_driver_sql(
            f"SELECT {columns} FROM operations o JOIN records r ON r.source = o.source"
            " AND r.kind = o.kind AND r.identity = o.identity WHERE o.source = ?"
            " AND o.state = 'conflict' AND o.step LIKE 'conflict/%' AND r.unit = ?"
            " ORDER BY o.kind, o.identity, o.step",
            (self.source, unit),
        )
        return [entry_of(row) for row in rows]

    def look_again(self, kind: str, identity: str) -> None:
        """Have a record compared with HPSM anew, also where HPSM has changed nothing since."""
        self._put(
            "UPDATE records SET digest = '' WHERE source = ? AND kind = ? AND identity = ?",
            (self.source, kind, identity),
        )
