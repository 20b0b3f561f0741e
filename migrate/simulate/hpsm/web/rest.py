"""The REST service: `/SM/9/rest`, its collections, their records and attachments.

The shapes are those of the vendor's samples; ReturnCode and HTTP status go together as a public
gateway found them on a live server.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from migrate.simulate.hpsm.web.attachments import Attachment
from migrate.simulate.hpsm.web.layout import Place
from migrate.simulate.hpsm.web.query import BadQuery, Condition, equals, parse
from migrate.simulate.hpsm.web.records import Object
from migrate.simulate.hpsm.web.rules import BAD_QUERY, ERROR, NO_MORE, Call, Hpsm, Refused
from migrate.simulate.hpsm.web.values import JsonShape
from migrate.simulate.wire import Answer

ROOT = "/SM/9/rest"
JSON = "application/json;charset=utf-8"
_OWN = frozenset(("query", "sort", "start", "count", "view"))
_FARTHEST = 2**31
_VIEWS = ("condense", "summary", "expand")
_ENCODED = re.compile("%(2f|5c)", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w=.+-]+)*")


class Rest:
    """Answers REST calls. Raises Refused."""

    def __init__(self, hpsm: Hpsm) -> None:
        self._hpsm = hpsm
        zone = hpsm.profile.zone
        self._views: dict[tuple[str, str], tuple[tuple[int, ...], JsonShape]] = {}
        for made in hpsm.records.objects:
            for view in _VIEWS:
                chosen = _chosen(made, view)
                shape = JsonShape([made.fields[at] for at in chosen], zone)
                self._views[made.name, view] = (chosen, shape)

    def serve(self, call: Call) -> Answer:
        if call.method != "GET":
            raise Refused(ERROR, 405, f"{call.method} is not simulated")
        match self._segments(call.path):
            case []:
                call.route = ROOT
                answer = self._service_document(call)
            case [collection]:
                call.route = f"{ROOT}/{collection}"
                answer = self._list(self._object(collection), call.query)
            case [collection, key]:
                call.route = f"{ROOT}/{collection}/{{}}"
                answer = self._single(self._object(collection), key)
            case [collection, key, "attachments"]:
                call.route = f"{ROOT}/{collection}/{{}}/attachments"
                answer = self._attachments(self._object(collection), key)
            case [collection, key, "attachments", cid]:
                call.route = f"{ROOT}/{collection}/{{}}/attachments/{{}}"
                answer = self._attachment(self._object(collection), key, cid)
            case _:
                raise Refused(NO_MORE, 404)
        return answer

    def refusal(self, refused: Refused) -> Answer:
        return _told({"Messages": [refused.message], "ReturnCode": refused.code}, refused.status)

    def _segments(self, path: str) -> list[str]:
        """The path behind the root, decoded. The container decodes once, and only then is a slash
        told from a separator; HPSM itself decodes what stands for `/` and `\\` in a key."""
        raw = path.removeprefix(ROOT).strip("/")
        if not raw:
            return []
        if not self._hpsm.rules.double_encode_slash:
            return [unquote(segment) for segment in raw.split("/")]
        return [
            _ENCODED.sub(lambda match: unquote(match[0]), segment)
            for segment in unquote(raw).split("/")
        ]

    def _object(self, collection: str) -> Object:
        made = self._hpsm.records.collections.get(collection)
        if made is None:
            raise Refused(NO_MORE, 404)
        return made

    def _list(self, made: Object, query: str) -> Answer:
        given = parse_qsl(query, keep_blank_values=True)
        own = {name: value for name, value in given if name in _OWN}
        start, count = max(_whole(own, "start", 1), 1), _whole(own, "count", -1)
        view = own.get("view", "condense")
        if count == 0:
            view = "summary"
        if view not in _VIEWS:
            raise Refused(ERROR, 400, f"unknown view {view}")
        try:
            where = self._where(made, own.get("query", ""), given)
            order = self._order(made, own.get("sort", ""))
        except BadQuery as error:
            raise Refused(BAD_QUERY, 400, f"Bad query: {error}") from None
        found = self._hpsm.records.search(made, where, order)
        most = self._hpsm.rules.max_records
        size = min(count, most) if count > 0 else most
        rowids = found.rowids[start - 1 : start - 1 + size]
        if not rowids and self._hpsm.rules.nothing_found == 404:
            raise Refused(NO_MORE, 404)
        chosen, shape = self._views[made.name, view]
        content = [
            {made.name: record}
            for record in shape.records(self._hpsm.records.read(made, rowids, chosen))
        ]
        return _listed(made.name, content, start, len(found))

    def _where(self, made: Object, query: str, given: list[tuple[str, str]]) -> Condition:
        """`query`, and every further parameter as a comparison: `Status=Open`, `Status~=Open`."""
        records, profile = self._hpsm.records, self._hpsm.profile

        def find(name: str) -> Place | None:
            return records.find(made, name)

        parts = [parse(query, find, profile, lambda place: records.join(made, place))]
        for name, value in given:
            if name in _OWN:
                continue
            bare = name.rstrip("~<>")
            operator = {"": "=", "~": "~=", "<": "<=", ">": ">="}.get(name[len(bare) :], "")
            if not operator:
                raise BadQuery(f"{name} is no field")
            parts.append(equals(bare, operator, value, find, profile))
        return Condition.all_of(parts)

    def _order(self, made: Object, sort: str) -> list[tuple[Place, bool]]:
        order = []
        for part in filter(None, sort.split(",")):
            name, _, direction = part.strip().partition(":")
            place = self._hpsm.records.find(made, name)
            if place is None or place.rows or direction not in ("", "ascending", "descending"):
                raise BadQuery(f"cannot sort by {part}")
            order.append((place, direction == "descending"))
        return order

    def _row(self, made: Object, key: str) -> int:
        """The row id of the record with this key. Objects of several keys cannot be addressed."""
        row = self._hpsm.records.with_key(made, key)
        if row is None:
            raise Refused(NO_MORE, 404)
        return row

    def _single(self, made: Object, key: str) -> Answer:
        row = self._row(made, key)
        chosen, shape = self._views[made.name, "expand"]
        for record in shape.records(self._hpsm.records.read(made, [row], chosen)):
            return _told({"Messages": [], "ReturnCode": 0, made.name: record})
        raise Refused(NO_MORE, 404)

    def _attachments(self, made: Object, key: str) -> Answer:
        self._row(made, key)
        if not made.shown.attachments:
            raise Refused(NO_MORE, 404)
        files = self._hpsm.attachments.of(made, [key]).get(key, [])
        if not files and self._hpsm.rules.nothing_found == 404:
            raise Refused(NO_MORE, 404)
        return _listed(
            "attachment", [{"attachment": _noted(file)} for file in files], 1, len(files)
        )

    def _attachment(self, made: Object, key: str, cid: str) -> Answer:
        for file in self._hpsm.attachments.of(made, [key]).get(key, []):
            if cid == f"cid:{file.uid}":
                media_type = file.mime_type
                if not _MEDIA_TYPE.fullmatch(media_type):
                    media_type = "application/octet-stream"
                headers = {"Content-Disposition": f"attachment;filename*=UTF-8''{quote(file.name)}"}
                content = self._hpsm.attachments.content(made, key, file.uid)
                return Answer(200, content, media_type, headers)
        raise Refused(NO_MORE, 404)

    def _service_document(self, call: Call) -> Answer:
        """A page for people: every object with the addresses of its resources."""
        rows = []
        for made in self._hpsm.records.objects:
            base = f"{call.base_url}{ROOT}/{made.shown.collection}"
            keys = "/".join(f"{{{made.fields[at].field.name}}}" for at in made.keys)
            addresses = [base, f"{base}/{keys}"]
            if made.shown.attachments:
                addresses += [f"{base}/{keys}/attachments", f"{base}/{keys}/attachments/{{id}}"]
            rows.append(f"<h2>{made.name}</h2>" + "".join(f"<p>{escape(a)}</p>" for a in addresses))
        page = (
            f"<html><head><title>Service Manager</title></head><body>{''.join(rows)}</body></html>"
        )
        return Answer(200, page.encode(), "text/html;charset=utf-8")


def _chosen(made: Object, view: str) -> tuple[int, ...]:
    """The positions of the fields that stand in a view."""
    return tuple(
        at
        for at, bound in enumerate(made.fields)
        if view == "expand" or bound.field.key or (view == "summary" and bound.field.summary)
    )


def _whole(given: dict[str, str], name: str, default: int) -> int:
    try:
        return min(int(given.get(name, default)), _FARTHEST)
    except ValueError:
        raise Refused(ERROR, 400, f"{name} is no number") from None


def _noted(file: Attachment) -> dict[str, Any]:
    noted = {
        "href": f"cid:{file.uid}",
        "len": file.size,
        "name": file.name,
        "type": file.mime_type,
        "xmime:contentType": file.mime_type,
    }
    return {name: value for name, value in noted.items() if value is not None}


def _listed(name: str, content: list[dict[str, Any]], start: int, total: int) -> Answer:
    return _told(
        {
            "@count": len(content),
            "@start": start,
            "@totalcount": total,
            "Messages": [],
            "ResourceName": name,
            "ReturnCode": 0,
            "content": content,
        }
    )


def _told(value: Any, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(value), JSON)
