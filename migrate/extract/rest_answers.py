"""What HPSM's REST service answers: JSON, judged by the policy, records taken out of it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
import requests

from migrate.extract.web import Garbled, body, decoded, is_html, judge
from migrate.extract.web_policy import Form, Situation

_ADDRESS = re.compile(rb"/SM/9/rest/([^/?#\s\"'<>{}]+)")
_TEXT = re.compile(r'"([^"\\]{1,60})"')


class Answer(NamedTuple):
    """The document of an answer that can be read. `repaired`: it held characters that JSON cannot
    carry, which were read as well as could be."""

    data: dict[str, Any]
    repaired: bool


class Listed(NamedTuple):
    """The records of an answer, and how many the whole list has, where HPSM says so."""

    records: list[dict[str, Any]]
    total: int | None
    repaired: bool


def answer(response: requests.Response, encoding: str = "cp1252") -> Answer:
    """The JSON of an answer; what of it is no UTF-8 is in `encoding`. Raises `Unread` where the
    policy says so."""
    return understood(response, body(response), encoding)


def listed(response: requests.Response, resource: str, encoding: str) -> Listed:
    """The records of a list. Raises as `answer` does, and Garbled where it is no list."""
    data, repaired = answer(response, encoding)
    records = records_of(data, resource)
    if records is None:
        raise Garbled("no list")
    return Listed(records, total_of(data), repaired)


def understood(response: requests.Response, content: bytes, encoding: str = "cp1252") -> Answer:
    """The JSON in `content`, which is the body of `response`. As `answer`."""
    status = response.status_code
    if is_html(response, content):
        judge(Situation(status, form=Form.HTML), response)
    data, repaired = _parsed(content, encoding)
    if not isinstance(data, dict):
        judge(Situation(status, form=Form.GARBLED), response)
        data = {}
    judge(Situation(status, _code(data), _message(data)), response)
    return Answer(data, repaired)


def total_of(data: Mapping[str, Any]) -> int | None:
    """`@totalcount`, None where it is not given."""
    total = _whole(data.get("@totalcount"))
    return total if total is not None and total >= 0 else None


def records_of(data: Mapping[str, Any], resource: str) -> list[dict[str, Any]] | None:
    """The records of a list, each out of the object that names its resource; None where the answer
    is no list and no record."""
    rows = data.get("content")
    if rows is None:
        single = data.get(str(data.get("ResourceName") or resource), data.get(resource))
        if isinstance(single, dict):
            return [single]
        return [] if total_of(data) == 0 or data.get("@count") == 0 else None
    if isinstance(rows, dict):  # a list of one, as some makers of JSON write it
        rows = [rows] if rows else []
    if not isinstance(rows, list):
        return None
    try:
        records = [row[resource] for row in rows]
    except (KeyError, TypeError):
        records = [unwrapped(row, resource) for row in rows]
    return [record if type(record) is dict else {} for record in records]


def unwrapped(row: Any, resource: str) -> Any:
    """The record in `{"Incident": {…}}`, whatever its resource is called; else the row itself."""
    if not isinstance(row, dict):
        return row
    inner = next(iter(row.values())) if len(row) == 1 else row.get(resource)
    return inner if isinstance(inner, dict) else row


def names_in(response: requests.Response) -> set[str]:
    """The collections that the service document names, in small letters: by their addresses, or by
    any text of it. Its shape was not seen."""
    content = body(response)
    if response.status_code == 404:
        return set()
    if response.status_code != 200:
        understood(response, content)
    names = {name.decode("utf-8", "replace") for name in _ADDRESS.findall(content)}
    if not names:
        names = set(_TEXT.findall(content.decode("utf-8", "replace")))
    return {name.casefold() for name in names}


def query_string(**parameters: str | int) -> str:
    """A query with every value percent-encoded; what is empty or 0 is left out."""
    pairs = [f"{name}={quote(str(value), safe='')}" for name, value in parameters.items() if value]
    return "?" + "&".join(pairs)


def _parsed(content: bytes, encoding: str) -> tuple[Any, bool]:
    content = content.removeprefix(BOM_UTF8)
    try:
        return orjson.loads(content), False
    except orjson.JSONDecodeError:
        pass
    try:
        text = decoded(content, encoding)
        data = json.loads(text, strict=False)  # control characters in texts
        plain = json.dumps(data, ensure_ascii=False)  # perhaps with halves of surrogate pairs
        return json.loads(plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")), True
    except (ValueError, RecursionError):
        return None, True


def _code(data: Mapping[str, Any]) -> int | None:
    return _whole(data.get("ReturnCode"))


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _message(data: Mapping[str, Any]) -> str:
    messages = data.get("Messages")
    return " ".join(str(message) for message in messages) if isinstance(messages, list) else ""
