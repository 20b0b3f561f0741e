"""Requests, changes, problems and tasks of some groups: records that stand each for itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from migrate.records import Bundle, Member, Row
from migrate.state.beside import calls_beside
from migrate.state.bundles import Bound, ensure_built
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot, json_list

OTHERS = ("requests", "changes", "problems", "tasks")
"""The kinds that stand each for itself; each has a `number`, and an `assignment` where known."""

_CHUNK = 500
_OWN = "until_run IS NULL AND trim(assignment) IN (SELECT value FROM json_each(?))"


_ALONE = (
    " AND NOT EXISTS (SELECT 1 FROM incidents"
    " WHERE incidents._key = trim(tasks.parent) AND incidents.until_run IS NULL)"
)


class Other(NamedTuple):
    """One record, and the digest of its content."""

    row: Row
    digest: str


def others(
    snapshot: Snapshot, kind: str, groups: Collection[str], *, alone: bool = False
) -> Iterator[Other]:
    """The current records of `kind` that these HPSM groups hold, in key order; with `alone`
    without the tasks of an incident, which go along with it."""
    mirror = Mirror(snapshot.connection, kind)
    if not mirror.exists or "assignment" not in mirror.columns:
        return
    where = _OWN + _ALONE if alone and _along(snapshot, kind) else _OWN
    rows = snapshot.connection.execute(
        f"SELECT _hash, {mirror.select()} FROM {mirror.name} WHERE {where} ORDER BY _key",
        (json_list(groups),),
    )
    for digest, *values in rows:
        yield Other(mirror.row(values), digest.hex())


def request_bundles(snapshot: Snapshot, groups: Collection[str], bound: Bound) -> Iterator[Bundle]:
    """The requests of these groups as tickets of their own, with their history, in key order."""
    ensure_built(snapshot)
    found = others(snapshot, "requests", groups)
    while chunk := list(islice(found, _CHUNK)):
        members = [Member("requests", str(other.row["number"])) for other in chunk]
        known = bound(members)
        numbers = [member.key for member in members]
        history = _of_numbers(snapshot, "activities", "number", "time", numbers)
        files = _of_numbers(snapshot, "attachments", "topic", "topic", numbers)
        beside = calls_beside(snapshot.connection, numbers)
        for member, other in zip(members, chunk, strict=True):
            activities = history[member.key]
            digest = blake2b(other.digest.encode(), digest_size=16)
            for row in (*activities, *files[member.key]):
                digest.update(row.digest.encode())
            for call in beside[member.key]:
                digest.update(call.digest)
            yield Bundle(
                member.key,
                other.row,
                (),
                tuple(activity.row for activity in activities),
                digest=digest.hexdigest(),
                bound=(known[member],) if member in known else (),
                kind="requests",
                attachments=tuple(file.row for file in files[member.key]),
                beside=tuple(call.row for call in beside[member.key]),
            )


def count_others(snapshot: Snapshot, groups: Collection[str] | None, *, alone: bool = False) -> int:
    """How many records of these kinds the groups hold; None: all there are. `alone` as above."""
    total = 0
    for kind in OTHERS:
        mirror = Mirror(snapshot.connection, kind)
        if not mirror.exists:
            continue
        where, values = "until_run IS NULL", list[str]()
        if groups is not None:
            if "assignment" not in mirror.columns:
                continue
            where, values = _OWN, [json_list(groups)]
        if alone and _along(snapshot, kind):
            where += _ALONE
        (count,) = snapshot.connection.execute(
            f"SELECT count(*) FROM {mirror.name} WHERE {where}", values
        ).fetchone()
        total += count
    return total


def _along(snapshot: Snapshot, kind: str) -> bool:
    """Whether any record of this kind can go along with an incident."""
    incidents = Mirror(snapshot.connection, "incidents").exists
    return incidents and kind == "tasks" and "parent" in Mirror(snapshot.connection, kind).columns


def _of_numbers(
    snapshot: Snapshot, kind: str, of: str, time: str, numbers: list[str]
) -> defaultdict[str, list[Other]]:
    """Number → the records of this kind that name it in the field `of`, in order of `time`."""
    found: defaultdict[str, list[Other]] = defaultdict(list)
    mirror = Mirror(snapshot.connection, kind)
    if of not in mirror.columns:
        return found
    rows = snapshot.connection.execute(
        f"SELECT {quoted(of)}, _hash, {mirror.select()} FROM {mirror.name} "
        f"WHERE until_run IS NULL AND {quoted(of)} IN (SELECT value FROM json_each(?)) "
        f"ORDER BY {quoted(of)}, {quoted(time)}, _key",
        (json_list(numbers),),
    )
    for number, digest, *values in rows:
        found[number].append(Other(mirror.row(values), digest.hex()))
    return found
