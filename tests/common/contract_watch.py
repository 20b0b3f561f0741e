"""Holds every exchange with a simulated TOPdesk against TOPdesk's contract, cheaply.

Two exchanges of the same shape are judged alike, and only the first is: a shape says of each value
all that the contract asks of one (its type, how long it is beside the contract's limits, the word
where it is one of the contract's words).
"""

from __future__ import annotations

import email
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from openapi import Contract, Exchange

from migrate.simulate.topdesk.api import Call
from migrate.simulate.wire import Answer

OURS = "migrate"
"""What the client calls itself; other requests are those of the tests."""
_TOPDESK = ("/tas/api/", "/services/")
"""Where a TOPdesk answers; a test of a wrong address asks elsewhere."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LIMITS = ("maxLength", "minLength", "minimum", "maximum", "maxItems", "minItems")


class Watch:
    """Judges exchanges as they go by, and counts them.

    `counts`: `sent` are the client's requests, `asked` those of tests, `astray` those that went to
    no TOPdesk, `answered` the answers, `injected …` what a fault did instead. `wrong` is what the
    contract does not allow, and how often.
    """

    def __init__(self, contract: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self._contract = Contract(contract)
        self._path = contract
        self._judged: dict[Hashable, tuple[list[str], list[str]]] = {}

    def note(self, call: Call, answer: Answer | None, fault: str) -> None:
        """One exchange: the answer that TOPdesk gave, if the request came to it, and the fault that
        met it on its way, if one did."""
        if not call.path.startswith(_TOPDESK):
            self.counts["astray"] += 1
            return
        ours = call.headers.get("User-Agent") == OURS
        self.counts["sent" if ours else "asked"] += 1
        if fault:
            self.counts[f"injected {fault}"] += 1
        if answer is not None:
            self.counts["answered"] += 1
        request, given = self._judge(_exchange(call, answer))
        if ours:
            self.wrong.update(request)
        if answer is not None:
            self.wrong.update(given)

    def _judge(self, exchange: Exchange) -> tuple[list[str], list[str]]:
        """What is wrong with the request, and with the answer."""
        path, _, query = exchange.url.partition("?")
        key = (
            exchange.method,
            _UUID.sub("{}", path),
            self._query(query),
            exchange.media,
            exchange.status,
            self._shape(exchange.sent),
            self._shape(exchange.answered),
        )
        found = self._judged.get(key)
        if found is None:
            found = self._judged[key] = self._contract.divided(exchange)
        return found

    def _query(self, query: str) -> tuple[str, ...]:
        return tuple(
            part if part.partition("=")[2] in self._words else part.partition("=")[0]
            for part in query.split("&")
        )

    def _shape(self, value: Any) -> Hashable:
        if isinstance(value, dict):
            return tuple((name, self._shape(inner)) for name, inner in value.items())
        if isinstance(value, list):
            length = bisect_left(self._limits, len(value))
            return ("[]", length, frozenset(map(self._shape, value)))
        if isinstance(value, str):
            return value if value in self._words else bisect_left(self._limits, len(value))
        if isinstance(value, bool) or value is None:
            return ("!", value)
        return (type(value).__name__, bisect_left(self._limits, value), value in self._limits)

    @cached_property
    def _limits(self) -> list[float]:
        """Every number that the contract compares with; beside a limit is its other side too."""
        found = {number for name, number in self._said if name in _LIMITS}
        return sorted({*found, *(number + 1 for number in found)})

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(
            str(word) for name, words in self._said if name == "enum" for word in words
        )

    @cached_property
    def _said(self) -> list[tuple[str, Any]]:
        document = json.loads(self._path.read_text(encoding="utf-8"))
        return [(n, v) for n, v in _pairs(document) if n == "enum" or isinstance(v, int | float)]


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if not isinstance(value, list) or name == "enum":
                yield name, value
            yield from _pairs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pairs(value)


def _exchange(call: Call, answer: Answer | None) -> Exchange:
    kind = call.headers.get("Content-Type") or ""
    form = kind.startswith("multipart/")
    sent = _form(kind, call.body) if form else _json(call.body)
    url = f"{call.path}?{call.query_string}" if call.query_string else call.path
    given = _json(answer.body) if answer is not None and "json" in answer.content_type else None
    return Exchange(
        call.method,
        url,
        sent,
        answer.status if answer is not None else 0,
        given,
        "multipart/form-data" if form else "application/json",
    )


def _form(kind: str, body: bytes) -> dict[str, Any]:
    """The values of a form by name; a file is text, whatever it holds."""
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found: dict[str, Any] = {}
    for part in message.get_payload():
        if isinstance(part, Message):
            value = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
            flag = {"true": True, "false": False}.get(value, value)
            found[str(part.get_param("name", header="content-disposition"))] = flag
    return found


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
