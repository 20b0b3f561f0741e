"""Which tickets of a group, or of an operator, are worth a look: the newest, the longest, those
with a picture."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from migrate.state.bundles import ensure_built
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot, json_list

_LOOKED_AT = 1_000
_PICTURES = ("png", "jpg", "jpeg", "gif", "bmp", "heic", "webp", "tif", "tiff")

_MINE = """
    SELECT t.key, t.incident, coalesce(im.open_time, sd.open_time) AS opened,
        {caller} AS caller, {length} AS length
    FROM tickets t
    LEFT JOIN incidents im ON im._key = t.incident AND im.until_run IS NULL
    LEFT JOIN interactions sd ON t.incident IS NULL AND sd._key = t.key AND sd.until_run IS NULL
    WHERE t.assignment IN (SELECT value FROM json_each(:groups)) AND (:assignee = '' OR {assignee})
    ORDER BY opened DESC, t.key DESC LIMIT :looked
"""
_PICTURED = """
    SELECT DISTINCT coalesce(p.incident, f.topic) FROM attachments f
    LEFT JOIN pairs p ON p.interaction = f.topic
    WHERE f.until_run IS NULL AND coalesce(p.incident, f.topic) IN
        (SELECT value FROM json_each(:keys)) AND ({like})
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Keys of tickets: the newest ones, newest first, each with its caller as HPSM names it; the
    longest ones, longest first; those with a picture, newest first. Of large groups only the newest
    thousand are looked at."""

    newest: tuple[tuple[str, str], ...]
    longest: tuple[str, ...]
    pictured: tuple[str, ...]


def candidates(
    snapshot: Snapshot, groups: Collection[str], assignee: str = "", most: int = 20
) -> Candidates:
    """Tickets that one of these groups has now and, where it is given, whose assignee this is."""
    ensure_built(snapshot)
    incidents, calls, activities, files = (
        Mirror(snapshot.connection, kind).columns
        for kind in ("incidents", "interactions", "activities", "attachments")
    )
    own = [
        f"coalesce(length({table}.description), 0)"
        for table, columns in (("im", incidents), ("sd", calls))
        if "description" in columns
    ]
    if {"description", "number"} <= set(activities):
        own.append(
            "coalesce((SELECT sum(length(a.description)) FROM activities a"
            " WHERE a.number = t.key AND a.until_run IS NULL), 0)"
        )
    callers = [
        f"{table}.contact_name"
        for table, columns in (("im", incidents), ("sd", calls))
        if "contact_name" in columns
    ]
    statement = _MINE.format(
        caller=f"coalesce({', '.join((*callers, 'NULL', 'NULL'))})",
        length=" + ".join(own) or "0",
        assignee="trim(im.assignee) = :assignee" if "assignee" in incidents else "0",
    )
    rows = snapshot.connection.execute(
        statement,
        {"groups": json_list(groups), "assignee": assignee, "looked": _LOOKED_AT},
    ).fetchall()
    keys = [row[0] for row in rows]
    pictured: set[str] = set()
    if {"topic", "filename"} <= set(files) and keys:
        like = " OR ".join(f"lower(f.filename) LIKE '%.{ending}'" for ending in _PICTURES)
        found = snapshot.connection.execute(_PICTURED.format(like=like), {"keys": json_list(keys)})
        pictured = {row[0] for row in found}
    longest = sorted(rows, key=lambda row: (-(row[4] or 0), row[0]))[:most]
    return Candidates(
        tuple((row[0], row[3] or "") for row in rows),
        tuple(row[0] for row in longest),
        tuple(key for key in keys if key in pictured)[:most],
    )


def assigned(snapshot: Snapshot, groups: Collection[str]) -> dict[str, tuple[int, int, str]]:
    """Assignee, in lower case → tickets of these groups, those still open, the last activity."""
    ensure_built(snapshot)
    if "assignee" not in Mirror(snapshot.connection, "incidents").columns:
        return {}
    rows = snapshot.connection.execute(
        "SELECT lower(trim(im.assignee)), count(*), sum(t.open), max(t.last_activity)"
        " FROM tickets t JOIN incidents im ON im._key = t.incident AND im.until_run IS NULL"
        " WHERE t.assignment IN (SELECT value FROM json_each(?)) AND trim(im.assignee) <> ''"
        " GROUP BY 1",
        (json_list(groups),),
    )
    return {row[0]: (row[1], row[2], row[3] or "") for row in rows}
