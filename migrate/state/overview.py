"""Where every record is: the plan beside the journal, counted by the database.

A record that was begun is in the bucket of its worst step, and among the loaded ones only when it
is whole; one that was not begun is where the plan put it. Every planned record is in exactly one
bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.records import State
from migrate.state.buckets import WORST_FIRST
from migrate.state.database import Place, open_database

_RANKS = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(WORST_FIRST))
_PLANNED = WORST_FIRST.index(State.PLANNED)
_UNDONE = WORST_FIRST.index(State.UNDONE)

_RECORDS = f"""
WITH begun AS (
    SELECT r.*,
        (SELECT min(CASE o.state {_RANKS} END) FROM journal.operations o WHERE o.source = :source
            AND o.kind = r.kind AND o.identity = r.identity) AS worst,
        (SELECT j.whole <> 0 AND (r.verdict IS NOT NULL OR j.digest = r.digest)
            FROM journal.records j WHERE j.source = :source AND j.kind = r.kind
            AND j.identity = r.identity) AS whole,
        CASE coalesce(r.verdict, 'planned') {_RANKS} END AS planned
    FROM records r WHERE r.unit = :unit),
ranked AS (
    SELECT unit, phase, kind, identity, code, activities, members,
        CASE
            WHEN worst IS NULL THEN planned
            WHEN worst = {_UNDONE} THEN CASE WHEN EXISTS (SELECT 1 FROM plans p
                WHERE p.unit = begun.unit AND p.phase = begun.phase AND p.basis <> '')
                THEN planned ELSE worst END
            WHEN verdict IN ('conflict', 'mismatch', 'rejected', 'held', 'waiting')
                THEN CASE WHEN worst < planned THEN worst ELSE planned END
            WHEN NOT whole AND worst > {_PLANNED} THEN {_PLANNED}
            ELSE worst
        END AS rank
    FROM begun)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Records of one unit, phase, kind and bucket: how many, of how many source records and
    activities."""

    unit: str
    phase: str
    kind: str
    bucket: State
    records: int
    sources: int
    activities: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why records are where they are: a code with its count and an example."""

    unit: str
    phase: str
    kind: str
    bucket: State
    code: str
    records: int
    example: str


class Overview:
    """Reads plan and journal together; changes neither."""

    def __init__(self, plan: Place, journal: Place, source: str) -> None:
        self._source = source
        engine = open_database(plan, synchronous="OFF", begin=None)
        self._connection = engine.connect()
        if isinstance(journal, Path):
            self._connection.exec_driver_sql("ATTACH DATABASE ? AS journal", (str(journal),))

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    def units(self) -> list[str]:
        """The units that have a plan."""
        rows = self._rows("SELECT DISTINCT unit FROM plans WHERE :unit = '' ORDER BY unit", "")
        return [row[0] for row in rows]

    def planned(self, unit: str) -> bool:
        """Whether the tickets of a unit have a plan."""
        sql = "SELECT 1 FROM plans WHERE unit = :unit AND phase = 'tickets' AND :source <> ''"
        return next(self._rows(sql, unit), None) is not None

    def lines(self, unit: str) -> list[Line]:
        rows = self._rows(
            f"{_RECORDS} SELECT unit, phase, kind, rank, count(*),"
            " sum(json_array_length(members)), sum(activities) FROM ranked GROUP BY 1, 2, 3, 4"
            " ORDER BY 2, 3, 4",
            unit,
        )
        return [
            Line(row[0], row[1], row[2], WORST_FIRST[row[3]], row[4], row[5], row[6])
            for row in rows
        ]

    def reasons(self, unit: str) -> list[Reason]:
        """Codes of the records that are neither done nor on their way: the journal's code where
        the record was begun, else the plan's."""
        rows = self._rows(
            f"{_RECORDS}, reasoned AS (SELECT unit, phase, kind, rank, identity, coalesce(("
            "  SELECT o.code FROM journal.operations o WHERE o.source = :source"
            "  AND o.kind = ranked.kind"
            f"  AND o.identity = ranked.identity AND CASE o.state {_RANKS} END = ranked.rank"
            "  AND o.code <> '' ORDER BY o.revision, o.position LIMIT 1), code) AS why FROM ranked)"
            " SELECT unit, phase, kind, rank, why, count(*), min(identity) FROM reasoned"
            " WHERE why <> '' GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3, 4, 6 DESC",
            unit,
        )
        return [
            Reason(row[0], row[1], row[2], WORST_FIRST[row[3]], row[4], row[5], row[6])
            for row in rows
        ]

    def _rows(self, sql: str, unit: str) -> Iterator[Any]:
        parameters = {"unit": unit, "source": self._source}
        return iter(self._connection.exec_driver_sql(sql, parameters).fetchall())
