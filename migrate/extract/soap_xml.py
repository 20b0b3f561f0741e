"""HPSM's SOAP messages: requests written, lists of typed records read.

Read by lxml without network, document type or entities; `huge_tree` is safe to set because no body
is larger than `web.LARGEST`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from migrate.extract.lists import Record
from migrate.extract.web import decoding
from migrate.extract.web_policy import ERROR, Form, Situation

SM7 = "http://schemas.hp.com/SM/7"
ATTACHMENTS = "attachments"
"""The element that lists a record's files."""

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_TRUE = ("1", "true")

_DOCTYPE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml.*?\?>", re.DOTALL)
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")
_ILLEGAL = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n\r"}
_ILLEGAL |= dict.fromkeys((0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")
_LONGEST_REFERENCE = 12


class NotXml(ValueError):
    """What came is no XML that can be read."""


@dataclass
class Answer:
    """The answer to a list: what HPSM says of itself, and its records by caption. `fault`: Client
    or Server, where it is a fault."""

    status: str = ""
    code: int | None = None
    message: str = ""
    more: bool = False
    handle: str = ""
    fault: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)

    def situation(self, status: int) -> Situation:
        """What the policy goes by; `status` is HTTP's."""
        if not self.status and not self.fault:
            return Situation(status, form=Form.GARBLED)
        code = self.code
        if code is None:
            code = 0 if self.status == "SUCCESS" else None if status >= 400 else ERROR
        form = Form.FAULT if self.fault.endswith("Client") else Form.DATA
        return Situation(status, code, self.message, form)


def list_request(
    name: str, query: str, start: int, count: int, handle: str = "", *, files: bool = False
) -> bytes:
    """`Retrieve{name}ListRequest`; `files` asks for what files there are, without their content."""
    attributes = {
        "attachmentInfo": "true" if files else "false",
        "attachmentData": "false",
        "ignoreEmptyElements": "true",
        "count": str(count),
        "start": str(start),
    }
    if handle:
        attributes["handle"] = handle
    return _request(
        f"Retrieve{name}ListRequest", attributes, f"<ns:keys query={quoteattr(query)}/>"
    )


def record_request(name: str, keys: Mapping[str, str]) -> bytes:
    """`Retrieve{name}Request` for one record with its files."""
    attributes = {
        "attachmentInfo": "true",
        "attachmentData": "true",
        "ignoreEmptyElements": "true",
    }
    by = "".join(f"<ns:{key}>{escape(value)}</ns:{key}>" for key, value in keys.items())
    model = f"<ns:model><ns:keys>{by}</ns:keys><ns:instance/></ns:model>"
    return _request(f"Retrieve{name}Request", attributes, model)


def parse_list(content: bytes, name: str) -> Answer:
    """The answer to a `list_request`. Raises NotXml."""
    if _DOCTYPE.match(content) or b"\0" in content[:64]:
        raise NotXml("a document type, or another encoding")
    answer = Answer()
    tags = ("{*}instance", f"{{*}}Retrieve{name}ListResponse", "{*}Fault")
    try:
        for event, element in etree.iterparse(
            BytesIO(content),
            events=("start", "end"),
            tag=tags,
            huge_tree=True,
            resolve_entities=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        ):
            _take(answer, event, element)
    except RecursionError:
        raise NotXml("nested deeper than any record") from None
    except (etree.XMLSyntaxError, ValueError):
        raise NotXml("not well-formed") from None
    return answer


def attributes_of(attributes: Mapping[str, Any], answer: Answer) -> None:
    """Take what an element `Retrieve…Response` says of itself into `answer`."""
    answer.status = str(attributes.get("status", "")).upper() or "SUCCESS"
    answer.message = str(attributes.get("message", ""))
    answer.more = str(attributes.get("more", "")).strip().lower() in _TRUE
    answer.handle = str(attributes.get("handle", ""))
    answer.code = _whole(attributes.get("returnCode"))


def local(tag: Any) -> str:
    """A name without its namespace."""
    return str(tag).rpartition("}")[2]


class Cleaner:
    """Makes XML well-formed that holds bytes which are no UTF-8 (read as `encoding`), or characters
    that XML does not take (replaced): a text that somebody pasted would else hide all others.

    Feed it piece by piece.
    """

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(decoding(encoding))
        self._waiting = ""
        self._begun = False

    def feed(self, piece: bytes, final: bool = False) -> bytes:
        text = self._waiting + self._decoder.decode(piece, final)
        self._waiting = ""
        if not final:
            keep = len(text) - _LONGEST_REFERENCE
            cut = text.rfind("&", max(keep, 0))
            if cut >= 0 and ";" not in text[cut:]:
                text, self._waiting = text[:cut], text[cut:]
        if not self._begun and (len(text) > 200 or final):
            text, self._begun = _DECLARATION.sub("", text, count=1), True
        elif not self._begun:
            text, self._waiting = "", text + self._waiting
        return _REFERENCE.sub(_legal, text).translate(_ILLEGAL).encode("utf-8", "replace")


def cleaned(content: bytes, encoding: str) -> bytes:
    """`content` as a `Cleaner` makes it, and in UTF-8 where it was in UTF-16."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        content = content.decode("utf-16", "replace").encode()
    return Cleaner(encoding).feed(content, final=True)


def _request(name: str, attributes: Mapping[str, str], inner: str) -> bytes:
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" '
        f'xmlns:ns="{SM7}"><soapenv:Body><ns:{name}{said}>{inner}</ns:{name}></soapenv:Body>'
        "</soapenv:Envelope>"
    ).encode()


def _take(answer: Answer, event: str, element: etree._Element) -> None:
    name = local(element.tag)
    if name == "instance":
        if event == "end":
            value = _value(element)
            answer.records.append(value if isinstance(value, dict) else {})
            _free(element)
    elif name == "Fault":
        if event == "end":
            answer.fault = _text(element, "faultcode") or "Server"
            answer.message = _text(element, "faultstring")
            answer.code = _whole(_text(element, "returnCode"))
    elif event == "start":
        attributes_of({local(key): value for key, value in element.attrib.items()}, answer)


def _value(element: etree._Element) -> Any:
    """A text, a list of the elements of an array, or a structure by name; None where nothing is."""
    if not len(element):
        return element.text or None
    said = element.get("type")
    if said == "Array":
        return list(map(_value, element))
    name = local(element.tag)
    if name == ATTACHMENTS:
        return list(map(_plain, element))
    names = [local(child.tag) for child in element]
    if said != "Structure" and set(names) == {name}:
        return list(map(_value, element))
    values = zip(names, map(_value, element), strict=True)
    return {child: value for child, value in values if value is not None}


def _plain(element: etree._Element) -> Record:
    return {local(key): value for key, value in element.attrib.items()}


def _text(element: etree._Element, name: str) -> str:
    found = next((child for child in element.iter() if local(child.tag) == name), None)
    return (found.text or "").strip() if found is not None else ""


def _free(element: etree._Element) -> None:
    """Give back the memory of a record that was taken, and of those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _whole(value: Any) -> int | None:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _legal(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    legal = code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return found[0] if legal or 0x10000 <= code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"
