"""Numbers that HPSM's records name in other letters than the records themselves have.

HPSM on SQL Server compares without regard to case, and people type: a relation that names `im10001`
means IM10001 where there is no record of its own by that name. Left alone, a call would not be
paired with its incident, and what shields the one would not shield the other.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from migrate.state.database import quoted
from migrate.state.mirror import Mirror

_NUMBERED = ("incidents", "interactions", "requests", "changes", "problems", "tasks", "knowledge")
_NAMED = {
    ("relations", "source"): "coalesce(source_file, '') <> 'device'",
    ("relations", "depend"): "coalesce(depend_file, '') <> 'device'",
    ("activities", "number"): "1",
    ("attachments", "topic"): "1",
    ("tasks", "parent"): "1",
}
"""The fields that hold the number of another record, and where they do: what relations name of
devices is none, and there is much of it."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS respelled (
    kind TEXT NOT NULL, field TEXT NOT NULL, key TEXT NOT NULL, since_run INTEGER NOT NULL,
    written TEXT NOT NULL, meant TEXT NOT NULL,
    PRIMARY KEY (kind, field, key)) WITHOUT ROWID
"""


def respell(connection: sqlite3.Connection) -> None:
    """Have every such field hold the number as the record itself has it, where exactly one differs
    from it in nothing but case and the blanks around; what is written in HPSM is kept beside it
    (`respelled`), and counts again where a record of that very number turns up.

    Runs in the caller's transaction.
    """
    connection.execute(_SCHEMA)
    _restore(connection)
    present = [(kind, field) for kind, field in _NAMED if field in Mirror(connection, kind).columns]
    numbered = [kind for kind in _NUMBERED if Mirror(connection, kind).exists]
    strange = {place: _strange(connection, *place, numbered) for place in present}
    meant = _meant(connection, {each for found in strange.values() for each in found}, numbered)
    for (kind, field), found in strange.items():
        for written in found & meant.keys():
            _write(connection, kind, field, written, meant[written])


def _restore(connection: sqlite3.Connection) -> None:
    """As it was read; a row that was read anew since is so already."""
    rows = connection.execute("SELECT kind, field, key, since_run, written, meant FROM respelled")
    for kind, field, key, since, written, meant in rows.fetchall():
        name = quoted(field)
        connection.execute(
            f"UPDATE {quoted(kind)} SET {name} = ? WHERE _key = ? AND until_run IS NULL"
            f" AND since_run = ? AND {name} = ?",
            (written, key, since, meant),
        )
    connection.execute("DELETE FROM respelled")


def _strange(
    connection: sqlite3.Connection, kind: str, field: str, numbered: Iterable[str]
) -> set[str]:
    """What stands in the field and is no record's number."""
    name = quoted(field)
    unknown = "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {quoted(other)} k WHERE k._key = t.{name}"
        " AND k.until_run IS NULL)"
        for other in numbered
    )
    rows = connection.execute(
        f"SELECT t.{name} FROM (SELECT DISTINCT {name} FROM {quoted(kind)} WHERE"
        f" until_run IS NULL AND {name} <> '' AND {_NAMED[kind, field]}) t WHERE 1{unknown}"
    )
    return {str(value) for (value,) in rows}


def _meant(
    connection: sqlite3.Connection, strange: set[str], numbered: Iterable[str]
) -> dict[str, str]:
    """What is written → the one number that is meant."""
    wanted = {folded(each) for each in strange}
    known: defaultdict[str, set[str]] = defaultdict(set)
    for kind in numbered if wanted else ():
        for (key,) in connection.execute(
            f"SELECT _key FROM {quoted(kind)} WHERE until_run IS NULL"
        ):
            if (same := folded(key)) in wanted:
                known[same].add(key)
    return {each: next(iter(keys)) for each in strange if len(keys := known[folded(each)]) == 1}


def _write(connection: sqlite3.Connection, kind: str, field: str, written: str, meant: str) -> None:
    name = quoted(field)
    where = f"until_run IS NULL AND {name} = ?"
    connection.execute(
        "INSERT INTO respelled SELECT ?, ?, _key, since_run, ?, ?"
        f" FROM {quoted(kind)} WHERE {where}",
        (kind, field, written, meant, written),
    )
    connection.execute(f"UPDATE {quoted(kind)} SET {name} = ? WHERE {where}", (meant, written))


def folded(number: str) -> str:
    return number.strip().casefold()
