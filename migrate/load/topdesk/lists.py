"""TOPdesk's reference lists for incidents (incident API 4.2.6): read only, none is paged."""

from __future__ import annotations

from migrate.load.http import Http
from migrate.load.target import ReferenceLists
from migrate.load.topdesk.paging import Record, records

PATHS = {
    "call_type": "call_types",
    "category": "categories",
    "closure_code": "closure_codes",
    "duration": "durations",
    "entry_type": "entry_types",
    "impact": "impacts",
    "priority": "priorities",
    "processing_status": "statuses",
    "urgency": "urgencies",
}


def read(http: Http) -> ReferenceLists:
    """Every list, name → id, in TOPdesk's own order, which is that of levels. Of two entries with
    one name the first counts. A list that this TOPdesk does not have (404) is empty."""
    return ReferenceLists(
        lists={name: _ids(_entries(http, path)) for name, path in PATHS.items()},
        subcategories=_subcategories(_entries(http, "subcategories")),
    )


def _entries(http: Http, name: str) -> list[Record]:
    path = f"/tas/api/incidents/{name}"
    reply = http.read(path)
    return [] if reply.status == 404 else records(reply, path)


def _ids(entries: list[Record]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        if "name" in entry:
            found.setdefault(str(entry["name"]), str(entry["id"]))
    return found


def _subcategories(entries: list[Record]) -> dict[tuple[str, str], str]:
    return {
        (str(entry["category"]["name"]), str(entry["name"])): str(entry["id"])
        for entry in reversed(entries)
        if entry.get("category")
    }
