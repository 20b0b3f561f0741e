"""What the simulated TOPdesk has on disk: one SQLite file.

Every write is committed before its answer is sent. Syncing is off: what was committed outlives a
`kill -9` of the simulator, though not a power cut, and that is what a rehearsal needs.

Cards (people, groups, lists …) are few and are also held in memory, by `Tenant`; incidents, their
entries and attachments stay here and are found by index, so that a million of them costs nothing at
start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from migrate.simulate.topdesk.knowledge_store import KnowledgeFiles

_SCHEMA = """
CREATE TABLE IF NOT EXISTS card (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS membership (
    operator_group TEXT NOT NULL, operator TEXT NOT NULL,
    PRIMARY KEY (operator_group, operator)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incident (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE,
    external_number TEXT COLLATE NOCASE, status TEXT NOT NULL, main TEXT, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS incident_external_number
    ON incident (external_number) WHERE external_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS incident_main ON incident (main) WHERE main IS NOT NULL;
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, incident INTEGER NOT NULL, kind TEXT NOT NULL,
    memo TEXT NOT NULL, invisible INTEGER NOT NULL, operator TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_incident ON entry (incident);
CREATE TABLE IF NOT EXISTS attachment (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, incident INTEGER NOT NULL, name TEXT NOT NULL,
    size INTEGER NOT NULL, description TEXT, invisible INTEGER NOT NULL, operator TEXT NOT NULL,
    at TEXT NOT NULL, content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS attachment_incident ON attachment (incident);
"""
_TABLES = ("card", "membership", "incident", "entry", "attachment", "knowledge_file")
# Columns of an incident that a query can be answered by.
INDEXED = {"id": "id", "number": "number", "externalNumber": "external_number"}
_MOST_PARAMETERS = 500


@dataclass(slots=True)
class Incident:
    """An incident as it is stored: `body` holds ids where TOPdesk shows names. `seq` is 0 until it
    is stored."""

    seq: int
    id: str
    number: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of an incident: `kind` is `request` or `action`."""

    id: str
    kind: str
    memo: str
    invisible: bool
    operator: str
    at: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of an incident; `size` in bytes. Its content is read apart."""

    id: str
    name: str
    size: int
    description: str | None
    invisible: bool
    operator: str
    at: str
    seq: int = 0


class Store:
    """One open database. Used by one thread, the one that opened it."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA wal_autocheckpoint = 4000")
        self._db.executescript(_SCHEMA)
        self.knowledge = KnowledgeFiles(self._db)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:  # also Ctrl-C: nothing half-done stays
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def clear(self) -> None:
        """Remove every record."""
        with self.transaction():
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")

    # Cards and memberships.

    def cards(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind, body in self._db.execute("SELECT kind, body FROM card"):
            yield kind, orjson.loads(body)

    def put_cards(self, kind: str, cards: Iterable[Mapping[str, Any]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO card (id, kind, body) VALUES (?, ?, ?)",
            ((card["id"], kind, orjson.dumps(card)) for card in cards),
        )

    def drop_card(self, id: str) -> None:
        self._db.execute("DELETE FROM card WHERE id = ?", (id,))

    def memberships(self) -> Iterator[tuple[str, str]]:
        return iter(self._db.execute("SELECT operator_group, operator FROM membership"))

    def put_memberships(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO membership VALUES (?, ?)", pairs)

    def drop_memberships(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._db.executemany(
            "DELETE FROM membership WHERE operator_group = ? AND operator = ?", pairs
        )

    # Incidents.

    def last_number(self) -> str | None:
        row = self._db.execute("SELECT number FROM incident ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])

    def add_incident(self, incident: Incident, entries: Sequence[Entry]) -> None:
        body = incident.body
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO incident (id, number, external_number, status, main, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    incident.id,
                    incident.number,
                    body.get("externalNumber"),
                    body["status"],
                    body.get("mainIncident"),
                    orjson.dumps(body),
                ),
            )
            incident.seq = cursor.lastrowid or 0
            self._add_entries(incident.seq, entries)

    def change_incident(self, incident: Incident, entries: Sequence[Entry] = ()) -> None:
        with self.transaction():
            self._update(incident)
            self._add_entries(incident.seq, entries)

    def change_incidents(self, incidents: Iterable[Incident]) -> None:
        with self.transaction():
            for incident in incidents:
                self._update(incident)

    def incident(self, column: str, value: str) -> Incident | None:
        """The incident whose `id` or `number` this is."""
        row = self._db.execute(
            f"SELECT seq, id, number, body FROM incident WHERE {column} = ?", (value,)
        ).fetchone()
        return None if row is None else _incident(row)

    def incidents_where(self, field: str, values: Sequence[str]) -> Iterator[Incident]:
        """Incidents whose indexed field (see `INDEXED`) is one of the values, in any case."""
        column = INDEXED[field]
        wanted = list(dict.fromkeys(values))
        for start in range(0, len(wanted), _MOST_PARAMETERS):
            some = wanted[start : start + _MOST_PARAMETERS]
            marks = ", ".join("?" * len(some))
            for row in self._db.execute(
                f"SELECT seq, id, number, body FROM incident WHERE {column} IN ({marks})"
                " ORDER BY seq",
                some,
            ).fetchall():
                yield _incident(row)

    def incidents(
        self, statuses: Sequence[str] | None, start: int = 0, limit: int = -1
    ) -> Iterator[Incident]:
        """Incidents in the order of their creation; `statuses` None is all of them."""
        marks = ", ".join("?" * len(statuses or ()))
        where = "" if statuses is None else f" WHERE status IN ({marks})"
        cursor = self._db.execute(
            f"SELECT seq, id, number, body FROM incident{where} ORDER BY seq LIMIT ? OFFSET ?",
            (*(statuses or ()), limit, start),
        )
        return (_incident(row) for row in cursor)

    def partials(self, main: str) -> list[Incident]:
        rows = self._db.execute(
            "SELECT seq, id, number, body FROM incident WHERE main = ? ORDER BY seq", (main,)
        )
        return [_incident(row) for row in rows]

    def entries(self, incident: int, kind: str | None = None) -> list[Entry]:
        """Entries of the incident with this `seq`, oldest first."""
        rows = self._db.execute(
            "SELECT id, kind, memo, invisible, operator, at, seq FROM entry"
            " WHERE incident = ? ORDER BY seq",
            (incident,),
        )
        return [
            Entry(row[0], row[1], row[2], bool(row[3]), row[4], row[5], row[6])
            for row in rows
            if kind is None or row[1] == kind
        ]

    def drop_entry(self, incident: int, kind: str, id: str) -> bool:
        return bool(
            self._db.execute(
                "DELETE FROM entry WHERE incident = ? AND kind = ? AND id = ?", (incident, kind, id)
            ).rowcount
        )

    def add_attachment(self, incident: int, attachment: Attachment, content: bytes) -> None:
        self._db.execute(
            "INSERT INTO attachment (id, incident, name, size, description, invisible, operator,"
            " at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                attachment.id,
                incident,
                attachment.name,
                attachment.size,
                attachment.description,
                attachment.invisible,
                attachment.operator,
                attachment.at,
                content,
            ),
        )

    def attachments(self, incident: int) -> list[Attachment]:
        rows = self._db.execute(
            "SELECT id, name, size, description, invisible, operator, at, seq FROM attachment"
            " WHERE incident = ? ORDER BY seq",
            (incident,),
        )
        return [
            Attachment(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6], row[7])
            for row in rows
        ]

    def content(self, incident: int, id: str) -> bytes | None:
        row = self._db.execute(
            "SELECT content FROM attachment WHERE incident = ? AND id = ?", (incident, id)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def drop_attachment(self, incident: int, id: str) -> bool:
        return bool(
            self._db.execute(
                "DELETE FROM attachment WHERE incident = ? AND id = ?", (incident, id)
            ).rowcount
        )

    # Counting, for the census.

    def count(self, table: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def by_status(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT status, count(*) FROM incident GROUP BY status"))

    def doubled_external_numbers(self) -> dict[str, int]:
        """External number → incidents, without archived ones, and partials that have their main
        incident's."""
        return dict(
            self._db.execute(
                "SELECT external_number, count(*) FROM incident"
                " WHERE external_number IS NOT NULL AND (main IS NULL OR external_number IS NOT"
                " (SELECT m.external_number FROM incident m WHERE m.id = incident.main))"
                " AND status NOT LIKE '%Archived'"
                " GROUP BY external_number COLLATE BINARY HAVING count(*) > 1"
            )
        )

    def archived(self) -> frozenset[int]:
        """The seq of every archived incident."""
        rows = self._db.execute("SELECT seq FROM incident WHERE status LIKE '%Archived'")
        return frozenset(seq for (seq,) in rows)

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """Every entry as (incident's seq, kind, text)."""
        return iter(self._db.execute("SELECT incident, kind, memo FROM entry"))

    def files(self) -> Iterator[tuple[str, str, str | None, bytes]]:
        """Every attachment as (external number of its incident, else its number, as that of an
        archived one; name, description, content)."""
        return iter(
            self._db.execute(
                "SELECT iif(status LIKE '%Archived', number, coalesce(external_number, number)),"
                " name, description, content"
                " FROM attachment JOIN incident ON incident.seq = attachment.incident"
            )
        )

    def number_of(self, seq: int) -> str:
        row = self._db.execute("SELECT number FROM incident WHERE seq = ?", (seq,)).fetchone()
        return str(row[0])

    def _update(self, incident: Incident) -> None:
        self._db.execute(
            "UPDATE incident SET external_number = ?, status = ?, body = ? WHERE seq = ?",
            (
                incident.body.get("externalNumber"),
                incident.body["status"],
                orjson.dumps(incident.body),
                incident.seq,
            ),
        )

    def _add_entries(self, incident: int, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._db.execute(
                "INSERT INTO entry (id, incident, kind, memo, invisible, operator, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.id,
                    incident,
                    entry.kind,
                    entry.memo,
                    entry.invisible,
                    entry.operator,
                    entry.at,
                ),
            )


def _incident(row: Sequence[Any]) -> Incident:
    return Incident(row[0], row[1], row[2], orjson.loads(row[3]))
