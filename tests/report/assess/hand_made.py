"""Snapshots made by hand, a dict per record, and questions about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from migrate.records import Batch
from migrate.report.assess.assess import Assessment, assess
from migrate.report.assess.found import Finding
from migrate.report.assess.question import Borrowed, Question, Unit
from migrate.state.bundles import build_pairs
from migrate.state.snapshot import Snapshot
from migrate.transform.names import GROUP_NAME, folded, spelled_out, tidy
from migrate.transform.text import clean, misread

READ = datetime(2019, 9, 30, 8, tzinfo=UTC)
BORROWED = Borrowed(misread, clean, folded, spelled_out, tidy, GROUP_NAME)

KEYS = {
    "activities": "activity_id",
    "attachments": "uid",
    "catalogue": "name",
    "contacts": "contact_name",
    "groups": "name",
    "knowledge": "id",
    "members": "key",
    "operators": "name",
    "relations": "key",
    "texts": "name",
}
TYPES = {
    "visible": "logical",
    "inactive": "logical",
    "first_call": "logical",
    "active": "logical",
    "handle_time": "duration",
    "size": "number",
    "segments": "number",
}

Rows = Sequence[Mapping[str, Any]]


def fill(snapshot: Snapshot, *, finished: bool = True, **kinds: Rows) -> None:
    """One full reading of these kinds. A row's `raw` is what could not be read in it."""
    run = snapshot.begin_run(list(kinds), True, READ)
    for kind, rows in kinds.items():
        key = KEYS.get(kind, "number")
        names = list(dict.fromkeys([key, *(name for row in rows for name in row)]))
        columns = tuple(name for name in names if name != "raw")
        filled = [[row.get(name, _made(kind, row, name)) for name in columns] for row in rows]
        raw = {at: row["raw"] for at, row in enumerate(rows) if "raw" in row}
        types = tuple(TYPES.get(name, "text") for name in columns)
        if rows:
            snapshot.write(run, Batch(kind, columns, 0, filled, raw, types))
        if finished:
            snapshot.finish(run, kind, True)
    build_pairs(snapshot)


def _made(kind: str, row: Mapping[str, Any], name: str) -> Any:
    if name == "key" and kind == "members":
        return f"{row['group']}|{row['operator']}"
    if name == "key" and kind == "relations":
        return f"{row['source']}|{row['depend']}"
    return None


def unit(key: str, *groups: str) -> Unit:
    return Unit(key, key.upper(), frozenset(groups))


def look(snapshot: Snapshot, **question: Any) -> Assessment:
    return assess(snapshot, Question(BORROWED, **question))


def finding(snapshot: Snapshot, family: str, **question: Any) -> Finding:
    return of(look(snapshot, **question), family)


def of(found: Assessment, family: str) -> Finding:
    [one] = [each for each in found.findings if each.family.id == family]
    return one


def count(snapshot: Snapshot, family: str, **question: Any) -> int | None:
    return finding(snapshot, family, **question).count


def ticket(number: str, **fields: Any) -> dict[str, Any]:
    """An incident that was opened on a day in September, and is open."""
    return {"number": number, "status": "Open", "open_time": "2019-09-02 08:00:00", **fields}


def person(key: str, **fields: Any) -> dict[str, Any]:
    return {"contact_name": key, "full_name": key.title(), **fields}
