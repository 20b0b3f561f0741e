"""The plan as data: what a load would do, record by record, in a store that can be thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from migrate.records import PHASES, Chain, Finding, Member, Ref, State, Step, Verdict
from migrate.state.database import Place, one_by_one, open_database
from migrate.state.schema import chunks, upgrade

_UPGRADES = [
    """
    CREATE TABLE plans (
        unit TEXT NOT NULL, phase TEXT NOT NULL, sprint TEXT NOT NULL, digest TEXT NOT NULL,
        basis TEXT NOT NULL, made REAL NOT NULL, PRIMARY KEY (unit, phase)) WITHOUT ROWID;
    CREATE TABLE records (
        id INTEGER PRIMARY KEY, unit TEXT NOT NULL, phase TEXT NOT NULL, kind TEXT NOT NULL,
        identity TEXT NOT NULL, verdict TEXT, code TEXT NOT NULL, reason TEXT NOT NULL,
        target_id TEXT, number TEXT, digest TEXT NOT NULL, length INTEGER NOT NULL,
        requests INTEGER NOT NULL, activities INTEGER NOT NULL, members TEXT NOT NULL,
        uses BLOB NOT NULL, steps BLOB);
    CREATE INDEX records_phase ON records (unit, phase, kind, id);
    CREATE INDEX records_identity ON records (kind, identity);
    CREATE TABLE sources (
        unit TEXT NOT NULL, phase TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
        record INTEGER NOT NULL);
    CREATE INDEX sources_key ON sources (key);
    CREATE INDEX sources_phase ON sources (unit, phase);
    CREATE TABLE findings (
        unit TEXT NOT NULL, phase TEXT NOT NULL, code TEXT NOT NULL, key TEXT NOT NULL,
        detail TEXT NOT NULL);
    CREATE INDEX findings_phase ON findings (unit, phase, code);
    """,
    """
    CREATE INDEX records_code ON records (kind, code, identity) WHERE code <> '';
    """,
    "ALTER TABLE records ADD COLUMN find TEXT NOT NULL DEFAULT '[]';\n",
]


@dataclass(frozen=True, slots=True)
class Planned:
    """One record of a plan as it is stored. `length` is how many steps the chain has, whether
    or not `steps` is loaded."""

    id: int
    unit: str
    phase: str
    kind: str
    identity: str
    verdict: Verdict | None
    target_id: str
    number: str
    digest: str
    length: int
    requests: int
    activities: int
    members: tuple[Member, ...]
    uses: tuple[str, ...]
    find: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...] = ()

    @classmethod
    def nobody(cls, unit: str, phase: str, kind: str, identity: str) -> Planned:
        """What stands for a record that no plan has (any more)."""
        return cls(0, unit, phase, kind, identity, None, "", "", "", 0, 0, 0, (), (), ())


@dataclass(frozen=True, slots=True)
class PlanHead:
    """`basis` names what the plan was made from (snapshot run, mapping files), to see cheaply
    whether it is still fresh; `digest` covers every record in it."""

    unit: str
    phase: str
    sprint: str
    digest: str
    basis: str
    made: float


@dataclass(frozen=True, slots=True)
class NewPlanned:
    """What the planner made of one chain. `target_id` is set where the target has it already;
    `requests` is how many requests the chain needs from here on."""

    chain: Chain
    verdict: Verdict | None
    target_id: str = ""
    number: str = ""
    requests: int = 0


_HEAD = "unit, phase, sprint, digest, basis, made"
_COLUMNS = (
    "id, unit, phase, kind, identity, verdict, code, reason, target_id, number, digest, length,"
    " requests, activities, members, uses, find"
)


class PlanStore:
    """Opens `plan.db`, or its schema on PostgreSQL. Losing it loses nothing but the time to plan
    again."""

    def __init__(self, path: Place) -> None:
        self.path = path
        writer = open_database(path, synchronous="OFF", begin="BEGIN IMMEDIATE")
        self._write: Connection = writer.connect()
        upgrade(self._write, _UPGRADES)
        self._read: Connection = open_database(path, synchronous="OFF", begin=None).connect()

    def close(self) -> None:
        for connection in (self._read, self._write):
            connection.close()
            connection.engine.dispose()

    def head(self, unit: str, phase: str) -> PlanHead | None:
        row = self._read.exec_driver_sql(
            f"SELECT {_HEAD} FROM plans WHERE unit = ? AND phase = ?", (unit, phase)
        ).fetchone()
        return PlanHead(*row) if row else None

    def whole(self, unit: str) -> list[PlanHead]:
        """The heads of a unit's plan; none while it is being made."""
        heads = [self.head(unit, phase) for phase in PHASES]
        return [head for head in heads if head] if all(heads) else []

    def heads(self) -> list[PlanHead]:
        rows = self._read.exec_driver_sql(f"SELECT {_HEAD} FROM plans ORDER BY unit, made")
        return [PlanHead(*row) for row in rows]

    def clear(self, unit: str, phase: str) -> None:
        """Forget a phase's plan, as the start of making it anew."""
        for table in ("plans", "records", "sources", "findings"):
            self._write.exec_driver_sql(
                f"DELETE FROM {table} WHERE unit = ? AND phase = ?", (unit, phase)
            )
        # Another unit's load must not wait for this lock while the target is asked.
        self._write.commit()

    def add(self, unit: str, phase: str, planned: Sequence[NewPlanned]) -> None:
        """Store a batch of planned records; they count only once `finish` has written the head."""
        execute = self._write.exec_driver_sql
        one_by_one(self._write)
        first = (execute("SELECT max(id) FROM records").scalar() or 0) + 1
        rows: list[tuple[Any, ...]] = []
        sources: list[tuple[Any, ...]] = []
        findings: list[tuple[Any, ...]] = []
        for number, item in enumerate(planned, first):
            chain, verdict = item.chain, item.verdict
            rows.append(
                (
                    number,
                    unit,
                    phase,
                    chain.kind,
                    chain.identity,
                    verdict.state if verdict else None,
                    verdict.code if verdict else "",
                    verdict.reason if verdict else "",
                    item.target_id or None,
                    item.number or None,
                    chain.source_digest,
                    len(chain.steps),
                    item.requests,
                    chain.activities,
                    orjson.dumps([[m.kind, m.key] for m in chain.members]).decode(),
                    orjson.dumps(chain.uses),
                    dump_steps(chain.steps) if chain.steps else None,
                    orjson.dumps(chain.find).decode(),
                )
            )
            sources.extend((unit, phase, m.kind, m.key, number) for m in chain.members)
            findings.extend((unit, phase, f.code, f.key, f.detail) for f in chain.findings)
        execute(f"INSERT INTO records VALUES ({','.join('?' * 18)})", rows)
        if sources:
            execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?)", sources)
        if findings:
            execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", findings)
        self._write.commit()

    def finish(self, head: PlanHead) -> None:
        self._write.exec_driver_sql(
            "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (unit, phase) DO UPDATE SET"
            " sprint = excluded.sprint, digest = excluded.digest, basis = excluded.basis,"
            " made = excluded.made",
            (head.unit, head.phase, head.sprint, head.digest, head.basis, head.made),
        )
        self._write.commit()

    def records(
        self, unit: str, phase: str, kind: str, *, steps: bool, size: int = 500
    ) -> Iterator[list[Planned]]:
        """The records of a phase in the order of the plan, page by page; `steps` loads bodies."""
        after = 0
        columns = _COLUMNS + (", steps" if steps else "")
        while True:
            rows = self._read.exec_driver_sql(
                f"SELECT {columns} FROM records WHERE unit = ? AND phase = ? AND kind = ?"
                " AND id > ? ORDER BY id LIMIT ?",
                (unit, phase, kind, after, size),
            ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield [_planned(row) for row in rows]

    def steps(self, ids: Sequence[int]) -> dict[int, tuple[Step, ...]]:
        """The bodies of these records."""
        if not ids:
            return {}
        marks = ",".join("?" * len(ids))
        rows = self._read.exec_driver_sql(
            f"SELECT id, steps FROM records WHERE id IN ({marks})", tuple(ids)
        )
        return {row[0]: load_steps(row[1]) if row[1] else () for row in rows}

    def planned(
        self, unit: str, phase: str, kind: str, identities: Sequence[str]
    ) -> frozenset[str]:
        """Those of these identities that a phase's plan has."""
        found: set[str] = set()
        for part in chunks(identities, 500):
            rows = self._read.exec_driver_sql(
                "SELECT identity FROM records WHERE unit = ? AND phase = ? AND kind = ?"
                f" AND identity IN ({','.join('?' * len(part))})",
                (unit, phase, kind, *part),
            )
            found.update(row[0] for row in rows)
        return frozenset(found)

    def of_source(self, key: str) -> list[Planned]:
        """The planned records that a source number belongs to."""
        rows = self._read.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM records WHERE id IN (SELECT record FROM sources WHERE key = ?)"
            " ORDER BY id",
            (key,),
        )
        return [_planned(row) for row in rows]

    def findings(self, unit: str, phase: str | None = None) -> list[tuple[str, int, str]]:
        """(code, count, an example key) of what a person should know of this unit's records."""
        rows = self._read.exec_driver_sql(
            "SELECT code, count(*), min(key) FROM findings WHERE unit = ?"
            " AND (? IS NULL OR phase = ?) GROUP BY code ORDER BY 2 DESC, 1",
            (unit, phase, phase),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def findings_of(self, key: str) -> list[Finding]:
        rows = self._read.exec_driver_sql(
            "SELECT code, key, detail FROM findings WHERE key = ?", (key,)
        )
        return [Finding(*row) for row in rows]

    def findings_in(self, unit: str, phase: str) -> list[Finding]:
        """Every finding of a phase, by record and code."""
        rows = self._read.exec_driver_sql(
            "SELECT code, key, detail FROM findings WHERE unit = ? AND phase = ?"
            " ORDER BY key, code",
            (unit, phase),
        )
        return [Finding(*row) for row in rows]

    def sendable(self, unit: str, phase: str, kind: str) -> int:
        """How many records of a kind in a phase have something to send."""
        return int(
            self._read.exec_driver_sql(
                "SELECT count(*) FROM records WHERE unit = ? AND phase = ? AND kind = ?"
                " AND verdict IS NULL",
                (unit, phase, kind),
            ).scalar_one()
        )

    def set_aside(self, record: int, state: State, code: str, reason: str) -> None:
        """Give a record the verdict that only sending could find."""
        self._write.exec_driver_sql(
            "UPDATE records SET verdict = ?, code = ?, reason = ? WHERE id = ?",
            (state, code, reason, record),
        )
        self._write.commit()

    def decide(self, record: int, verdict: Verdict | None, target_id: str) -> None:
        """Change what is to be done with a record, by what the target has by now."""
        self._write.exec_driver_sql(
            "UPDATE records SET verdict = ?, code = ?, reason = ?, target_id = ? WHERE id = ?",
            (
                verdict.state if verdict else None,
                verdict.code if verdict else "",
                verdict.reason if verdict else "",
                target_id or None,
                record,
            ),
        )
        self._write.commit()

    def coded(self, unit: str, phase: str, kind: str, code: str) -> list[Planned]:
        """The records of a kind in a phase whose verdict has this code."""
        rows = self._read.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM records WHERE unit = ? AND phase = ? AND kind = ?"
            " AND code = ? ORDER BY id",
            (unit, phase, kind, code),
        )
        return [_planned(row) for row in rows]

    def outdate(self, unit: str, phase: str) -> None:
        """Have a phase planned anew before its next load."""
        self._write.exec_driver_sql(
            "UPDATE plans SET basis = '' WHERE unit = ? AND phase = ?", (unit, phase)
        )
        self._write.commit()

    def unwait(self, unit: str, phase: str, kind: str) -> None:
        """Let records of one kind that waited for another one be tried again."""
        self._write.exec_driver_sql(
            "UPDATE records SET verdict = NULL, code = '', reason = '' WHERE unit = ?"
            " AND phase = ? AND kind = ? AND code = 'parent-missing'",
            (unit, phase, kind),
        )
        self._write.commit()

    def identities(self, kind: str, code: str) -> set[str]:
        """The identities of a kind that any plan gave this code."""
        rows = self._read.exec_driver_sql(
            "SELECT DISTINCT identity FROM records WHERE kind = ? AND code = ? AND code <> ''",
            (kind, code),
        )
        return {row[0] for row in rows}

    def summary(self, unit: str, phase: str) -> list[tuple[str, str, str, int, int]]:
        """(kind, verdict or '', code, records, requests) of a phase."""
        rows = self._read.exec_driver_sql(
            "SELECT kind, coalesce(verdict, ''), code, count(*), sum(requests) FROM records"
            " WHERE unit = ? AND phase = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            (unit, phase),
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def dump_steps(steps: Iterable[Step]) -> bytes:
    """Steps as bytes; a `Ref` becomes `{"$ref": [kind, key]}`. The same steps, the same bytes."""
    return orjson.dumps(
        [[s.name, s.body, s.marker, s.carries, s.revision, s.keeps] for s in steps],
        default=_ref,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS,
    )


def load_steps(data: bytes) -> tuple[Step, ...]:
    return tuple(
        Step(name, body, marker, tuple(carries), revision, tuple(keeps))
        for name, body, marker, carries, revision, keeps in orjson.loads(data)
    )


def _ref(value: object) -> object:
    if isinstance(value, Ref):
        return {"$ref": [value.kind, value.key]}
    raise TypeError(type(value).__name__)


def _planned(row: Any) -> Planned:
    verdict = Verdict(State(row[5]), row[6], row[7]) if row[5] else None
    return Planned(
        id=row[0],
        unit=row[1],
        phase=row[2],
        kind=row[3],
        identity=row[4],
        verdict=verdict,
        target_id=row[8] or "",
        number=row[9] or "",
        digest=row[10],
        length=row[11],
        requests=row[12],
        activities=row[13],
        members=tuple(Member(*m) for m in orjson.loads(row[14])),
        uses=tuple(orjson.loads(row[15])),
        find=tuple((name, value) for name, value in orjson.loads(row[16])),
        steps=load_steps(row[17]) if len(row) > 17 and row[17] else (),
    )
