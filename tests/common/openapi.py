"""TOPdesk's published contract: whether a request may be sent, and whether an answer may be given.

The contract lies beside the project where it is developed; `CONTRACT` is None elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_FILE = Path(__file__).parents[3] / "shared" / "contract" / "topdesk.openapi.json"
CONTRACT = _FILE if _FILE.is_file() else None

_JSON = "application/json"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. Bodies are None where there was none, or no JSON; a form's is its
    values by name. `media` is the type of what was sent."""

    method: str
    url: str
    sent: Any
    status: int
    answered: Any
    media: str = _JSON


class Contract:
    """The operations of an OpenAPI 3.0 document."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))

    def wrong(self, exchange: Exchange) -> list[str]:
        """What in the exchange the contract does not allow; for a request that was refused as
        wrong, only what its answer is."""
        request, answer = self.divided(exchange)
        return [*request, *answer]

    def divided(self, exchange: Exchange) -> tuple[list[str], list[str]]:
        """What is wrong with the request, and what with the answer. `status` 0: there was none."""
        path = urlsplit(exchange.url)
        found = self._operation(exchange.method, path.path)
        if found is None:
            return [f"{exchange.method} {path.path}: no such operation"], []
        template, operation = found
        here = f"{exchange.method} {template}"
        request = [*self._query(operation, path.query), *self._request(operation, exchange)]
        if 400 <= exchange.status < 500:
            request = []
        answer = self._answer(operation, exchange) if exchange.status else ()
        return [f"{here}: {problem}" for problem in request], [f"{here}: {p}" for p in answer]

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        for pattern, template, operations in self._paths:
            if pattern.fullmatch(path) and method.lower() in operations:
                shared = operations.get("parameters", [])
                operation = operations[method.lower()]
                parameters = [*shared, *operation.get("parameters", [])]
                return template, {**operation, "parameters": parameters}
        return None

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str, Mapping[str, Any]]]:
        """Literal paths before those with parameters, as OpenAPI wants them matched."""
        paths = sorted(self._document["paths"].items(), key=lambda item: item[0].count("{"))
        return [
            (re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))), template, found)
            for template, found in paths
        ]

    def _query(self, operation: Mapping[str, Any], query: str) -> Iterator[str]:
        known = {
            parameter["name"]: parameter
            for each in operation["parameters"]
            if (parameter := self._resolved(each))["in"] == "query"
        }
        given = dict(parse_qsl(query, keep_blank_values=True))
        for name in given.keys() - known.keys():
            yield f"the query parameter {name} is not in the contract"
        for name, parameter in known.items():
            if parameter.get("required") and name not in given:
                yield f"the query parameter {name} is missing"
            elif name in given:
                schema = self._resolved(parameter.get("schema", {}))
                legal = schema.get("enum")
                if legal and given[name] not in map(str, legal):
                    yield f"the query parameter {name} is none of {legal}"

    def _request(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        body = exchange.sent
        if body is None:
            return
        if not content:
            yield "a body, where the contract has none"
            return
        media = content.get(exchange.media)
        if media is None and exchange.media == _JSON:
            media = next((m for n, m in content.items() if "json" in n), None)
        if media is None:
            yield f"a body of type {exchange.media}, which the contract does not have"
            return
        yield from self._against(media.get("schema", {}), body, OAS30WriteValidator, "sent")
        yield from self._unknown(media.get("schema", {}), body, "sent")

    def _answer(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        responses = operation["responses"]
        response = responses.get(str(exchange.status)) or responses.get("default")
        if response is None and exchange.status == 401:
            return  # a login is asked for everywhere, though not every operation says so
        if response is None:
            yield f"the answer {exchange.status} is not in the contract"
            return
        content = self._resolved(response).get("content", {})
        media = content.get(_JSON) or next((m for n, m in content.items() if "json" in n), None)
        if media is None or exchange.answered is None:
            return
        schema = media.get("schema", {})
        given = _without_nulls(exchange.answered)
        yield from self._against(schema, given, OAS30ReadValidator, "answered")

    def _against(self, schema: Any, value: Any, validator: Any, word: str) -> Iterator[str]:
        root = {"$ref": schema["$ref"]} if "$ref" in schema else schema
        checked = validator({**root, "components": self._document["components"]}, registry=_EMPTY)
        for error in checked.iter_errors(value):
            path = ("[]" if isinstance(part, int) else part for part in error.absolute_path)
            yield f"{word} {'.'.join(path) or 'body'}: {error.message[:120]}"

    def _unknown(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        """TOPdesk refuses a field that does not exist, also where the schema forgets to say so."""
        schema = self._resolved(schema)
        known = self._properties(schema)
        if isinstance(value, dict) and known:
            for name, inner in value.items():
                if name not in known:
                    yield f"{where}.{name} is not in the contract"
                else:
                    yield from self._unknown(known[name], inner, f"{where}.{name}")
        elif isinstance(value, list) and "items" in schema:
            for inner in value:
                yield from self._unknown(schema["items"], inner, f"{where}[]")

    def _properties(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(schema.get("properties", {}))
        for combined in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(combined, []):
                found |= self._properties(self._resolved(part))
        return found

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node


_EMPTY: Registry[Any] = Registry().with_resource("", Resource.from_contents({}, DRAFT4))


def _without_nulls(value: Any) -> Any:
    """TOPdesk writes null for an empty field; its contract only says that a field may be absent."""
    if isinstance(value, dict):
        return {k: _without_nulls(inner) for k, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
