"""From a request to an answer: routes, authentication, query parameters, error bodies.

Nothing here knows about sockets; `server.py` does.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import orjson

from migrate.simulate.topdesk import fiql
from migrate.simulate.topdesk.fields import Refused, Table, unknown, validate
from migrate.simulate.topdesk.tenant import Tenant
from migrate.simulate.wire import JSON, Answer

FLAG = {"": True, "true": True, "false": False}


@dataclass(slots=True)
class Call:
    """One request: `path` with its escapes, `params` what the route's placeholders stand for."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str = ""
    params: tuple[str, ...] = ()
    query: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[-1] if values else None

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        given = self.one(name)
        if given is None:
            return default
        try:
            value = int(given)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise Refused(400, f"The value of parameter '{name}' is not valid", field=name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean parameter; present without a value is true."""
        given = self.one(name)
        if given is None:
            return default
        if given not in FLAG:
            raise Refused(400, f"The value of parameter '{name}' is not valid", field=name)
        return FLAG[given]

    def expression(self) -> fiql.Node | None:
        """The parsed `query` parameter."""
        given = self.one("query")
        return None if given is None else fiql.parse(given)

    def json(self) -> Any:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Refused(400, "The request body cannot be parsed") from None

    def checked(self, table: Table, required: Iterable[str] = ()) -> dict[str, Any]:
        return validate(table, self.json(), required)


Handler = Callable[[Tenant, Call], Answer]
Shape = Callable[[Refused], Any]


def messages(error: Refused) -> Any:
    """`[{"message"}]`: incidents and most of the supporting files."""
    return [{"message": error.message}]


def description(error: Refused) -> Any:
    """A bare `{errorCode, appliesTo, errorMessage}`: budget holders, archiving departments."""
    return {
        "errorCode": error.code,
        "appliesTo": [error.field] if error.field else [],
        "errorMessage": error.message,
    }


def descriptions(error: Refused) -> Any:
    """A list of descriptions: reading one person (v2)."""
    return [description(error)]


def envelope(error: Refused) -> Any:
    """`{"errors": [description]}`: the list of locations, look-ups."""
    return {"errors": [description(error)]}


def envelopes(error: Refused) -> Any:
    """A list of envelopes: the list of branches."""
    return [envelope(error)]


@dataclass(frozen=True, slots=True)
class Route:
    template: str
    handler: Handler
    query: frozenset[str]
    shape: Shape
    accept: str | None


class Router:
    """A tree of path segments; a literal segment wins over a placeholder."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}

    def add(
        self,
        methods: str,
        template: str,
        handler: Handler,
        query: Sequence[str] = (),
        shape: Shape = messages,
        accept: str | None = None,
    ) -> None:
        """Serve `template`, such as `/tas/api/branches/id/{}`. `query` are the parameters that it
        knows, `accept` the media type that an Accept header must allow."""
        node = self._root
        for segment in template.strip("/").split("/"):
            node = node.setdefault(segment, {})
        for method in methods.split():
            node[f" {method}"] = Route(template, handler, frozenset(query), shape, accept)

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Raises Refused 404 or 405."""
        node: Any = self._root
        params: tuple[str, ...] = ()
        for segment in path[1:].split("/"):
            if segment in node:
                node = node[segment]
            elif "{}" in node:
                node = node["{}"]
                params += (unquote(segment) if "%" in segment else segment,)
            else:
                raise Refused(404, "Not found")
        route = node.get(f" {method}")
        if route is None:
            known = any(name.startswith(" ") for name in node)
            raise Refused(405, "Method not allowed") if known else Refused(404, "Not found")
        return route, params


class Api:
    """Serves calls. `user` and `password` are the operator's login and application password.

    `served` counts answers by (method, template, status); `writes` counts those that changed
    something.
    """

    def __init__(self, tenant: Tenant, router: Router, user: str, password: str) -> None:
        self.tenant = tenant
        self.served: Counter[tuple[str, str, int]] = Counter()
        self.writes = 0
        self._router = router
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._authorization = f"Basic {token}"

    def serve(self, call: Call) -> Answer:
        """Do the work and answer. Never raises for what a client sends."""
        template = "?"
        shape: Shape = messages
        try:
            self._authenticate(call)
            route, call.params = self._router.find(call.method, call.path)
            template, shape = route.template, route.shape
            self._check(route, call)
            answer = route.handler(self.tenant, call)
        except Refused as error:
            answer = Answer(error.status, orjson.dumps(shape(error)))
        except fiql.FiqlError as error:
            refused = Refused(400, str(error), field="query")
            answer = Answer(400, orjson.dumps(shape(refused)))
        if call.method != "GET" and answer.status < 300:
            self.writes += 1
        self.served[call.method, template, answer.status] += 1
        return answer

    def _authenticate(self, call: Call) -> None:
        given = call.headers.get("Authorization")
        if given is None:
            raise Refused(401, "No authentication token provided")
        if given != self._authorization:
            raise Refused(401, "Invalid credentials or no permission")

    @staticmethod
    def _check(route: Route, call: Call) -> None:
        if call.query_string:
            for name, value in parse_qsl(call.query_string, keep_blank_values=True):
                if name not in route.query:
                    raise Refused(400, f"The parameter '{name}' does not exist.", field=name)
                call.query.setdefault(name, []).append(value)
        if route.accept is not None and not _acceptable(call.headers.get("Accept"), route.accept):
            raise Refused(406, "Incorrect 'Accept' header used for the endpoint")


def answer(value: Any, status: int = 200, content_type: str = JSON) -> Answer:
    return Answer(status, orjson.dumps(value), content_type)


def no_content() -> Answer:
    return Answer(204)


def page(items: Sequence[Any], start: int, size: int, empty: int = 204) -> Answer:
    """One page of a list: 206 if there is more, `empty` if there is nothing."""
    shown = items[start : start + size]
    if not shown:
        return Answer(204) if empty == 204 else answer([])
    return answer(shown, 206 if len(items) > start + size else 200)


def next_page(call: Call, start: int, size: int) -> str:
    """The address of the page after this one."""
    query = {name: values[-1] for name, values in call.query.items()}
    query |= {"pageStart": str(start + size), "pageSize": str(size)}
    return f"{call.base_url}{call.path}?{urlencode(query)}"


def wanted_fields(call: Call, name: str, readable: Iterable[str]) -> list[str] | None:
    """The comma list of field names in parameter `name`; None is all. Raises Refused."""
    given = call.one(name)
    if given is None or given in ("", "all", "*"):
        return None
    known = set(readable)
    fields = [part.strip() for part in given.split(",")]
    for part in fields:
        if part.partition(".")[0] not in known:
            raise unknown(part)
    return fields


def project(record: dict[str, Any], fields: Sequence[str] | None) -> dict[str, Any]:
    """The record with only these fields; `branch.name` gives the whole of `branch`."""
    if fields is None:
        return record
    return {name: record[name] for name in dict.fromkeys(part.partition(".")[0] for part in fields)}


def _acceptable(header: str | None, media_type: str) -> bool:
    if not header:
        return True
    allowed = {part.partition(";")[0].strip() for part in header.split(",")}
    return not allowed.isdisjoint((media_type, "*/*", "application/*"))
