"""Which calls stand beside a ticket: they led to it, and belong to another one.

A call that led to two incidents is paired with one of them, and a request (RF) is never paired. The
work tells of the caller's matter all the same, so what shields the call shields the work.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from migrate.records import Row
from migrate.state.mirror import Mirror
from migrate.state.snapshot import json_list

_BUILD = """
DROP TABLE IF EXISTS beside;
CREATE TABLE beside (member TEXT, call TEXT, PRIMARY KEY (member, call)) WITHOUT ROWID;
INSERT OR IGNORE INTO beside
    SELECT one, other FROM ends
    JOIN interactions sd ON sd._key = other AND sd.until_run IS NULL
    WHERE one <> other
    AND ({work})
    AND NOT EXISTS (SELECT 1 FROM pairs WHERE interaction = other AND incident = one)
"""
_WORK = "EXISTS (SELECT 1 FROM {kind} w WHERE w._key = one AND w.until_run IS NULL)"


class Beside(NamedTuple):
    """A call, and the digest of its content."""

    row: Row
    digest: bytes


def build_beside(connection: sqlite3.Connection) -> None:
    """Make the table `beside`, while `ends` and `pairs` are there."""
    kinds = [k for k in ("incidents", "requests") if Mirror(connection, k).exists]
    work = " OR ".join(_WORK.format(kind=kind) for kind in kinds)
    for statement in _BUILD.format(work=work or "0").split(";"):
        connection.execute(statement)


def calls_beside(
    connection: sqlite3.Connection, numbers: Iterable[str]
) -> defaultdict[str, list[Beside]]:
    """Number of an incident or request → the calls beside it, in the order of their numbers."""
    found: defaultdict[str, list[Beside]] = defaultdict(list)
    mirror = Mirror(connection, "interactions")
    columns = ", ".join(f'sd."{name}"' for name in mirror.columns)
    rows = connection.execute(
        f"SELECT b.member, sd._hash, {columns} FROM beside b"
        " JOIN interactions sd ON sd._key = b.call AND sd.until_run IS NULL"
        " WHERE b.member IN (SELECT value FROM json_each(?)) ORDER BY b.member, b.call",
        (json_list(numbers),),
    )
    for number, digest, *values in rows:
        found[number].append(Beside(mirror.row(values), digest))
    return found
