"""Contacts of one key who are several people, and tickets of one number that are several tickets.

HPSM's key of contacts is a name (`contact.name`), and not every installation keeps it unique. The
snapshot holds one of them: a ticket of the other must not be shown to that one. Of two tickets with
one number, nobody can tell whose history and files are whose.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from migrate.records import Row
from migrate.state.mirror import Mirror
from migrate.state.prepared import Prepared
from migrate.state.snapshot import Snapshot

KINDS = ("contacts", "incidents", "interactions")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS namesakes (kind TEXT NOT NULL, key TEXT NOT NULL,"
    " run INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
)
_KEYS = ("open_time", "user_id", "employee_id", "operator_id", "email")
_NAMES = ("full_name", "first_name", "last_name")


def note_namesakes(
    snapshot: Snapshot, run: int, prepared: Prepared, repeated: Collection[str]
) -> None:
    """Remember those of the `repeated` keys of a batch that are another person's, or those of a
    ticket that was opened at another time: of one ticket there may be older copies.

    Runs in the transaction that the batch was written in.
    """
    known = snapshot.fetch(prepared.kind, repeated)
    found = {
        row[0]
        for row in prepared.rows
        if row[0] in known
        and _others(known[row[0]], dict(zip(prepared.order, row[2:], strict=True)))
    }
    if found:
        snapshot.connection.execute(_SCHEMA)
        snapshot.connection.executemany(
            "INSERT OR REPLACE INTO namesakes VALUES (?, ?, ?)",
            [(prepared.kind, key, run) for key in found],
        )


def forget_namesakes(snapshot: Snapshot, run: int, kind: str) -> None:
    """What `run`, which read all of `kind`, did not meet is none any more."""
    if Mirror(snapshot.connection, "namesakes").exists:
        with snapshot.transaction() as connection:
            connection.execute("DELETE FROM namesakes WHERE kind = ? AND run < ?", (kind, run))


def namesakes(snapshot: Snapshot, kind: str) -> frozenset[str]:
    """The keys of this kind that several people have, or several tickets."""
    if not Mirror(snapshot.connection, "namesakes").exists:
        return frozenset()
    rows = snapshot.connection.execute("SELECT key FROM namesakes WHERE kind = ?", (kind,))
    return frozenset(key for (key,) in rows)


def _others(one: Row, other: Row) -> bool:
    """Whether these are two people: by the first key that both have, else by their names."""
    for name in _KEYS:
        mine, theirs = _plain(one.get(name)), _plain(other.get(name))
        if mine and theirs:
            return mine != theirs
    return any(
        (mine := _plain(one.get(name))) and (theirs := _plain(other.get(name))) and mine != theirs
        for name in _NAMES
    )


def _plain(value: Any) -> str:
    return str(value or "").strip().casefold()
