"""Pictures and attachments of knowledge items, as the simulated TOPdesk has them on disk."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_SCHEMA = """
CREATE TABLE IF NOT EXISTS knowledge_file (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, item TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, size INTEGER NOT NULL, description TEXT, operator TEXT NOT NULL,
    at TEXT NOT NULL, content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS knowledge_file_item ON knowledge_file (item);
"""


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """A picture or an attachment of a knowledge item; `kind` is `image` or `attachment`."""

    id: str
    kind: str
    name: str
    size: int
    description: str | None
    operator: str
    at: str


class KnowledgeFiles:
    """The files of every item; `item` is its id."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_SCHEMA)

    def add(self, item: str, file: KnowledgeFile, content: bytes) -> None:
        self._db.execute(
            "INSERT INTO knowledge_file (item, id, kind, name, size, description, operator, at,"
            " content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                item,
                file.id,
                file.kind,
                file.name,
                file.size,
                file.description,
                file.operator,
                file.at,
                content,
            ),
        )

    def files(self, item: str, kind: str) -> list[KnowledgeFile]:
        rows = self._db.execute(
            "SELECT id, kind, name, size, description, operator, at FROM knowledge_file"
            " WHERE item = ? AND kind = ? ORDER BY seq",
            (item, kind),
        )
        return [KnowledgeFile(*row) for row in rows]

    def images(self, item: str) -> list[str]:
        """The names of the pictures of an item."""
        return [file.name for file in self.files(item, "image")]

    def content(self, id: str) -> bytes:
        row = self._db.execute("SELECT content FROM knowledge_file WHERE id = ?", (id,)).fetchone()
        return bytes(row[0])

    def drop(self, item: str, kind: str, column: str, value: str) -> bool:
        return bool(
            self._db.execute(
                f"DELETE FROM knowledge_file WHERE item = ? AND kind = ? AND {column} = ?",
                (item, kind, value),
            ).rowcount
        )

    def doubled(self) -> dict[str, int]:
        """Item → attachments of which another one there has the same name and description."""
        rows = self._db.execute(
            "SELECT item, count(*) FROM knowledge_file GROUP BY item, kind, name, description"
            " HAVING count(*) > 1"
        )
        return dict(rows)
