"""All answers of one build, beside each other: a private file that is gone when the build ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from migrate.report.concierge.answers import RANK, Answer, Code, canonical
from migrate.report.concierge.shards import hashed
from migrate.state.snapshot import json_list

_CODES = tuple(Code)
_CACHE_KIB = 32_768

_PUT = """
INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE
SET rank = excluded.rank, kind = excluded.kind, number = excluded.number, id = excluded.id
WHERE excluded.rank < answers.rank
"""


class Sheet:
    """Number → answer, each number once, however many and whatever order they come in."""

    def __init__(self) -> None:
        # An empty name is SQLite's own way to say: on the disk where it grows, and unlinked.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute(
            "CREATE TABLE answers (key TEXT PRIMARY KEY, hash INTEGER NOT NULL,"
            " rank INTEGER NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, id TEXT NOT NULL)"
            " WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._connection.close()

    def put(self, answers: Iterable[tuple[str, Answer]]) -> None:
        """Add answers by number; of several to one number the strongest stays (`Code`)."""
        self._connection.execute("BEGIN")
        self._connection.executemany(
            _PUT,
            (
                (key, hashed(key), RANK[code], kind, number, id)
                for text, (code, kind, number, id) in answers
                if (key := canonical(text))
            ),
        )
        self._connection.execute("COMMIT")

    def kept_back(self, numbers: Iterable[str]) -> set[str]:
        """Those of these numbers, in canonical form, to which only *ask* is answered so far."""
        rows = self._connection.execute(
            "SELECT key FROM answers WHERE rank = ? AND key IN (SELECT value FROM json_each(?))",
            (RANK[Code.ASK], json_list(map(canonical, numbers))),
        )
        return {key for (key,) in rows}

    def answers(self, numbers: Iterable[str]) -> dict[str, Answer]:
        """The answers to these numbers, by their canonical form; those that are not known are left
        out."""
        rows = self._connection.execute(
            "SELECT key, rank, kind, number, id FROM answers"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (json_list(map(canonical, numbers)),),
        )
        return {key: _answer(*rest) for key, *rest in rows}

    def counts(self) -> dict[Code, int]:
        """How many numbers have each answer, in the order of the answers; none is left out."""
        rows = dict(
            self._connection.execute("SELECT rank, count(*) FROM answers GROUP BY rank").fetchall()
        )
        return {code: rows.get(rank, 0) for code, rank in RANK.items()}

    def size(self) -> int:
        """About how many characters all numbers and answers have together."""
        (size,) = self._connection.execute(
            "SELECT coalesce(sum(length(key) + length(number) + length(id) + 8), 0) FROM answers"
        ).fetchone()
        return int(size)

    def numbers(self) -> Iterator[str]:
        """All numbers, in their order."""
        for (key,) in self._connection.execute("SELECT key FROM answers ORDER BY key"):
            yield key

    def by_number(self) -> Iterator[tuple[str, Answer]]:
        """All answers in the order of their numbers."""
        for key, *rest in self._connection.execute(
            "SELECT key, rank, kind, number, id FROM answers ORDER BY key"
        ):
            yield key, _answer(*rest)

    def by_shard(self, shards: int) -> Iterator[tuple[int, str, Answer]]:
        """(shard, number, answer) in the order of the shards, of which there are `shards`."""
        for shard, key, *rest in self._connection.execute(
            "SELECT hash % ? AS shard, key, rank, kind, number, id FROM answers"
            " ORDER BY shard, key",
            (shards,),
        ):
            yield shard, key, _answer(*rest)


def _answer(rank: int, kind: str, number: str, id: str) -> Answer:
    return Answer(_CODES[rank], kind, number, id)
