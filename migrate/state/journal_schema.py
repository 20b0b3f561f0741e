"""What the journal is made of: its tables, and the rows that it hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migrate.records import OpKey, State

UPGRADES = [
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, command TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
        began REAL NOT NULL, ended REAL, result TEXT);
    CREATE TABLE members (
        record TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
        identity TEXT NOT NULL, PRIMARY KEY (record, source, kind, key)) WITHOUT ROWID;
    CREATE INDEX members_key ON members (key);
    CREATE TABLE records (
        source TEXT NOT NULL, kind TEXT NOT NULL, identity TEXT NOT NULL, unit TEXT NOT NULL,
        sprint TEXT NOT NULL, target_id TEXT, number TEXT, digest TEXT NOT NULL,
        whole INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (source, kind, identity)) WITHOUT ROWID;
    CREATE TABLE operations (
        source TEXT NOT NULL, kind TEXT NOT NULL, identity TEXT NOT NULL, step TEXT NOT NULL,
        revision INTEGER NOT NULL, state TEXT NOT NULL, position INTEGER NOT NULL,
        marker TEXT NOT NULL, run INTEGER NOT NULL, sent_at REAL, doubted INTEGER NOT NULL,
        attempts INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
        fields TEXT, carries TEXT, updated REAL NOT NULL,
        PRIMARY KEY (source, kind, identity, step, revision)) WITHOUT ROWID;
    CREATE INDEX operations_open ON operations (state) WHERE state IN
        ('sending', 'in_doubt', 'failed', 'conflict', 'mismatch');
    """,
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation as the journal has it. `sent_at` is wall-clock seconds of the intent."""

    key: OpKey
    state: State
    position: int
    marker: str
    sent_at: float | None
    doubted: bool
    attempts: int
    code: str
    detail: str
    fields: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """An identity that was begun: the unit it was loaded with and what it became in the target.

    `whole` says that the target once had all of it, as the source was at `digest`: a half one is
    never taken for loaded.
    """

    kind: str
    identity: str
    unit: str
    sprint: str
    target_id: str
    number: str
    digest: str
    whole: bool = False


ENTRY = (
    "source, kind, identity, step, revision, state, position, marker, sent_at, doubted, attempts,"
    " code, detail, fields"
)
RECORD = "kind, identity, unit, sprint, target_id, number, digest, whole"


def prefixed(alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in RECORD.split(", "))


def record_of(row: Any) -> Record:
    kind, identity, unit, sprint, target_id, number, digest, whole = row
    return Record(kind, identity, unit, sprint, target_id or "", number or "", digest, bool(whole))


def entry_of(row: Any) -> Entry:
    return Entry(
        OpKey(*row[:5]), State(row[5]), row[6], row[7], row[8], bool(row[9]), row[10], *row[11:14]
    )
