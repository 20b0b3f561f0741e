"""A small HPSM that speaks REST as the vendor documents it, and can behave as the real ones do.

Times are naive and in GMT, as HPSM keeps them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from web_server import USER, Answered, Asked, WebServer, matches

from migrate.config import SourceConfig

ROOT = "/SM/9/rest"
JSON = {"Content-Type": "application/json;charset=utf-8"}


@dataclass
class Collection:
    """Records by HPSM's field names; `captions` is field → caption, `files` key → files."""

    resource: str
    key: str
    captions: dict[str, str]
    records: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    most: int = 1000
    most_of_a_query: int | None = None
    sorts: bool = True


def reply(
    code: int = 0, status: int = 200, messages: tuple[str, ...] = (), **more: Any
) -> Answered:
    document = {"Messages": list(messages), "ReturnCode": code, **more}
    return Answered(status, json.dumps(document).encode(), dict(JSON))


class RestHpsm(WebServer):
    """`documented`: there is a service document. `moves` is called before each list."""

    def __init__(self, **collections: Collection) -> None:
        super().__init__()
        self.collections = collections
        self.documented = True

    def config(self, **more: Any) -> SourceConfig:
        web = {"page": 10, "wait": 1.0, "time_zone": "UTC", **more.pop("web", {})}
        return SourceConfig.model_validate(
            {"type": "rest", "url": self.url, "user": USER, "web": web, **more}
        )

    def unauthorised(self) -> Answered:
        return reply(-4, 401, ("Not Authorized",))

    def answer(self, asked: Asked) -> Answered:
        path = asked.path.removeprefix(ROOT).strip("/")
        if not path:
            return self._document()
        name, *rest = path.split("/")
        collection = self.collections.get(name)
        if collection is None:
            return reply(9, 404, ("No such resource",))
        if not rest:
            return self._list(collection, asked.query)
        key = unquote(unquote(rest[0]))
        files = collection.files.get(key, [])
        if len(rest) == 2:
            rows = [{"attachment": {k: v for k, v in f.items() if k != "content"}} for f in files]
            return reply(content=rows, **{"@count": len(rows), "@totalcount": len(rows)})
        uid = unquote(rest[2])
        found = next((file for file in files if file["href"] == uid), None)
        if found is None or found.get("content") is None:
            return reply(9, 404, ("No attachment",))
        name = f"attachment;filename*=UTF-8''{quote(found['name'])}"
        headers = {"Content-Type": found["type"], "Content-Disposition": name}
        return Answered(200, found["content"], headers)

    def _document(self) -> Answered:
        if not self.documented:
            return Answered(404, b"<html>not found</html>", {"Content-Type": "text/html"})
        hrefs = [{"href": f"{self.url}{ROOT}/{name}"} for name in self.collections]
        return Answered(200, json.dumps({"collections": hrefs}).encode(), dict(JSON))

    def _list(self, collection: Collection, query: dict[str, str]) -> Answered:
        names = {caption: name for name, caption in collection.captions.items()}
        text = query.get("query", "")
        for caption, name in names.items():
            text = text.replace(f"{caption}>", f"{name}>")
        try:
            found = [r for r in collection.records if not text or matches(text, r)]
        except ValueError:
            return reply(66, 400, ("bad query",))
        if (sort := query.get("sort")) and collection.sorts:
            field_, _, _ = sort.partition(":")
            field_ = names.get(field_, field_)
            if any(field_ not in record for record in found):
                return reply(66, 400, ("no such field",))
            found = sorted(found, key=lambda record: record[field_])
        if collection.most_of_a_query is not None:
            found = found[: collection.most_of_a_query]
        if not found:
            return reply(9, 404, ("No records",))
        start = int(query.get("start", "1"))
        count = min(int(query.get("count", "1000")), collection.most)
        rows = found[start - 1 : start - 1 + count]
        expand = query.get("view") == "expand"
        content = [{collection.resource: _shown(collection, r, expand)} for r in rows]
        return reply(
            content=content,
            ResourceName=collection.resource,
            **{"@totalcount": len(found), "@start": start, "@count": len(rows)},
        )


def _shown(collection: Collection, record: dict[str, Any], expand: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, caption in collection.captions.items():
        value = record.get(name)
        if value in (None, "", []) or not (expand or name == collection.key):
            continue
        if isinstance(value, datetime):
            value = value.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        place = shown
        *outer, leaf = _steps(caption)
        for step in outer:
            place = place.setdefault(step, {})
        place[leaf] = value
    return shown


def _steps(caption: str) -> list[str]:
    if caption.startswith("description.structure."):
        return ["description.structure", caption.rpartition(".")[2]]
    return caption.split(".")


INCIDENT_CAPTIONS = {
    "number": "IncidentID",
    "brief.description": "Title",
    "action": "Description",
    "problem.status": "Status",
    "assignment": "AssignmentGroup",
    "open.time": "OpenTime",
    "severity": "Urgency",
}


def incidents(count: int, **more: Any) -> Collection:
    """So many incidents, the numbers all of one length."""
    return Collection(
        "Incident",
        "number",
        dict(INCIDENT_CAPTIONS),
        [incident(i) for i in range(1, count + 1)],
        **more,
    )


def incident(number: int, **more: Any) -> dict[str, Any]:
    return {
        "number": f"IM{number:05}",
        "brief.description": f"Skriver {number}",
        "action": ["Linje én", "", "linje tre"],
        "problem.status": "Open",
        "assignment": "UB-UTLÅN",
        "open.time": datetime(2019, 9, 30, 8, 0, number % 60),  # noqa: DTZ001
        "severity": "3",
        "sysmodtime": datetime(2019, 10, 1, 12, number // 60 % 60, number % 60),  # noqa: DTZ001
        **more,
    }
