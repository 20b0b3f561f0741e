"""Contacts of one key who are several people: whom a ticket means that names the key, nobody knows.

HPSM's key of contacts is a name (`contact.name`), and not every installation keeps it unique. The
snapshot holds the first of them; a ticket of the second must not be shown to the first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from migrate.records import Row
from migrate.state.mirror import Mirror
from migrate.state.prepared import Prepared
from migrate.state.snapshot import Snapshot

KIND = "contacts"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS namesakes (key TEXT PRIMARY KEY, run INTEGER NOT NULL)"
    " WITHOUT ROWID"
)
_KEYS = ("user_id", "employee_id", "operator_id", "email")
_NAMES = ("full_name", "first_name", "last_name")


def note_namesakes(
    snapshot: Snapshot, run: int, prepared: Prepared, repeated: Collection[str]
) -> None:
    """Remember those of the `repeated` keys of a batch of contacts that are another person's.

    Runs in the transaction that the batch was written in.
    """
    known = snapshot.fetch(KIND, repeated)
    found = {
        row[0]
        for row in prepared.rows
        if row[0] in known
        and _others(known[row[0]], dict(zip(prepared.order, row[2:], strict=True)))
    }
    if found:
        snapshot.connection.execute(_SCHEMA)
        snapshot.connection.executemany(
            "INSERT OR REPLACE INTO namesakes VALUES (?, ?)", [(key, run) for key in found]
        )


def forget_namesakes(snapshot: Snapshot, run: int) -> None:
    """What `run`, which read every contact, did not meet is none any more."""
    if Mirror(snapshot.connection, "namesakes").exists:
        with snapshot.transaction() as connection:
            connection.execute("DELETE FROM namesakes WHERE run < ?", (run,))


def namesakes(snapshot: Snapshot) -> frozenset[str]:
    """The keys of contacts that several people have."""
    if not Mirror(snapshot.connection, "namesakes").exists:
        return frozenset()
    return frozenset(key for (key,) in snapshot.connection.execute("SELECT key FROM namesakes"))


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
