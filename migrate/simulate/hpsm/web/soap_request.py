"""What a SOAP request asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_NAMESPACE = "{http://schemas.hp.com/SM/7}"
_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_ELEMENT = re.compile(r"Retrieve(.+?)(KeysList|List)?Request")
_PARTS = (f"{_NAMESPACE}keys", f"{_NAMESPACE}instance")
_TRUE = ("true", "1")


class BadRequest(ValueError):
    """No request that HPSM could answer: a SOAP fault."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One `keys` or `instance` element: its query, and its elements with their texts."""

    query: str
    values: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.query.strip() or self.values)


@dataclass(frozen=True, slots=True)
class Request:
    """`element` is the request's name, `action` the SOAPAction that it belongs to. Records are
    asked for that fit all parts of any of `keys`; none is all records. `count` None asks for
    everything."""

    element: str
    action: str
    object: str
    keys: tuple[tuple[Keys, ...], ...]
    count: int | None
    start: int
    handle: str
    ignore_empty: bool
    attachment_info: bool
    attachment_data: bool


def read(body: bytes, soap_action: str) -> Request:
    """The request in an envelope. Raises BadRequest, also when SOAPAction names another action."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        envelope = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadRequest(f"not XML: {error.msg}") from None
    found = envelope.find(_BODY)
    asked = next(iter(found), None) if found is not None else None
    if asked is None or not isinstance(asked.tag, str) or not asked.tag.startswith(_NAMESPACE):
        raise BadRequest(f"the body holds no element of {_NAMESPACE[1:-1]}")
    element = asked.tag.removeprefix(_NAMESPACE)
    match = _ELEMENT.fullmatch(element)
    action = f"Retrieve{match[2] or ''}" if match else ""
    given = soap_action.strip().strip('"')
    if match is None or given != action:
        raise BadRequest(f"SOAPAction {given!r} does not fit {element}")
    return Request(
        element=element,
        action=action,
        object=match[1],
        keys=tuple(_asked(asked)),
        count=_whole(asked, "count"),
        start=_whole(asked, "start") or 0,
        handle=asked.get("handle", ""),
        ignore_empty=asked.get("ignoreEmptyElements", "true") in _TRUE,
        attachment_info=asked.get("attachmentInfo", "false") in _TRUE,
        attachment_data=asked.get("attachmentData", "false") in _TRUE,
    )


def _asked(request: etree._Element) -> Iterator[tuple[Keys, ...]]:
    """Each keys element on its own, or the keys and the instance of a model together."""
    model = request.find(f"{_NAMESPACE}model")
    if model is not None:
        both = [_keys(part) for part in model.iterchildren(*_PARTS)]
        parts = tuple(keys for keys in (Keys(model.get("query", ""), ()), *both) if keys)
        if parts:
            yield parts
        return
    for keys in map(_keys, request.iterchildren(*_PARTS)):
        if keys:
            yield (keys,)


def _keys(element: etree._Element) -> Keys:
    values = []
    for child in element.iterdescendants(f"{_NAMESPACE}*"):
        text = (child.text or "").strip("\r\n\t ") if len(child) == 0 else ""
        if text:
            values.append((etree.QName(child).localname, child.text or ""))
    return Keys(element.get("query", ""), tuple(values))


def _whole(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise BadRequest(f"{name} is no number") from None
