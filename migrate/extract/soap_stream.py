"""An answer of HPSM's SOAP service as a stream of events: the files in it are never held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from lxml import etree

from migrate.extract.soap_xml import Answer, Cleaner, NotXml, attributes_of, local

_FILE, _INCLUDE, _FAULT = "attachment", "Include", "Fault"
_TOLD = ("faultcode", "faultstring", "returnCode")


class What(StrEnum):
    """What an event is."""

    ANSWER = "answer"  # what HPSM says of the whole
    BEGIN = "begin"  # a file begins
    DATA = "data"  # some of its content
    INCLUDE = "include"  # its content is in a part of its own
    END = "end"


class Event(NamedTuple):
    """One event, with the attributes of its element, its text, or the answer."""

    what: What
    attributes: Mapping[str, str]
    text: str = ""
    answer: Answer | None = None


def events(pieces: Iterable[bytes], encoding: str | None = None) -> Iterator[Event]:
    """The events of an answer, as it comes; cleaned first where `encoding` says what bytes that are
    no UTF-8 are in. Raises NotXml."""
    target = _Target()
    parser: Any = etree.XMLParser(  # a target may leave out what it does not need
        target=target,  # type: ignore[call-overload]
        huge_tree=True,  # files are larger than the usual bound; nothing of them is kept
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    cleaner = Cleaner(encoding) if encoding else None
    try:
        for piece in pieces:
            parser.feed(cleaner.feed(piece) if cleaner else piece)
            if target.has_doctype:
                raise NotXml("a document type")
            yield from target.taken()
        if cleaner and (rest := cleaner.feed(b"", final=True)):
            parser.feed(rest)
        parser.close()
    except (etree.XMLSyntaxError, etree.ParserError):
        raise NotXml("not well-formed") from None
    yield from target.taken()


class _Target:
    """Takes what lxml's parser finds."""

    def __init__(self) -> None:
        self.has_doctype = False
        self._events: list[Event] = []
        self._text: list[str] = []
        self._inside = ""  # the file or the part of a fault that we are in
        self._fault: dict[str, str] = {}

    def taken(self) -> list[Event]:
        """What was found since."""
        self._flush()
        found, self._events = self._events, []
        return found

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local(tag)
        if name == _FILE:
            self._inside = _FILE
            plain = {local(key): value for key, value in attributes.items()}
            self._events.append(Event(What.BEGIN, plain))
        elif name == _INCLUDE and self._inside == _FILE:
            self._events.append(Event(What.INCLUDE, dict(attributes)))
        elif name in _TOLD:
            self._inside = name
        elif name.startswith("Retrieve") and name.endswith("Response"):
            answer = Answer()
            attributes_of({local(key): value for key, value in attributes.items()}, answer)
            self._events.append(Event(What.ANSWER, {}, answer=answer))

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == _FILE:
            self._flush()
            self._events.append(Event(What.END, {}))
            self._inside = ""
        elif name in _TOLD:
            self._fault[name] = "".join(self._text).strip()
            self._text, self._inside = [], ""
        elif name == _FAULT:
            answer = Answer(message=self._fault.get("faultstring", ""))
            answer.fault = self._fault.get("faultcode") or "Server"
            code = self._fault.get("returnCode", "")
            answer.code = int(code) if code.lstrip("-").isdecimal() else None
            self._events.append(Event(What.ANSWER, {}, answer=answer))

    def data(self, text: str) -> None:
        if self._inside:
            self._text.append(text)

    def doctype(self, *_: Any) -> None:
        self.has_doctype = True

    def close(self) -> None:
        """Nothing is left open."""

    def _flush(self) -> None:
        if self._text and self._inside == _FILE:
            self._events.append(Event(What.DATA, {}, "".join(self._text)))
            self._text = []
