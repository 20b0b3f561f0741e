"""The files of a record over SOAP: told by its list, fetched with the record, inline or beside it.

A file lies as base64 within the XML, or in a part of its own (MTOM). Both are streamed: nothing is
held but what is under way.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from migrate.extract.attachments import Files, Stored
from migrate.extract.lists import Record
from migrate.extract.multipart import boundary_in, parts
from migrate.extract.segments import BrokenFile
from migrate.extract.soap_stream import Event, What, events
from migrate.extract.soap_xml import ATTACHMENTS, NotXml, record_request
from migrate.extract.web import (
    Garbled,
    Line,
    NoRecord,
    Refused,
    Request,
    is_html,
    judge,
    pieces,
)
from migrate.extract.web_files import DELETED, ORDINARY, FileRow, noted, size_of, uid_of
from migrate.extract.web_policy import Action, Form, Situation
from migrate.extract.web_tables import WebTable
from migrate.extract.web_values import key_text, taker

Info = Mapping[str, str]
"""What HPSM says of a file: the attributes of its element."""


class SoapFiles:
    """Reads the files of records at `endpoint`, and keeps them."""

    def __init__(self, files: Files, encoding: str, endpoint: str) -> None:
        self._files = files
        self._encoding = encoding
        self._endpoint = endpoint

    def of(self, line: Line, table: WebTable, record: Record) -> list[FileRow]:
        """The files of one record, of which its list told. Raises Refused where the user may read
        none of them."""
        told = record.get(ATTACHMENTS) or []
        captions = [table.layout.columns[name] for name in table.table.key]
        values = taker(captions)(record)
        topic = key_text(values)
        if not told or not topic:
            return []
        keys = dict(zip(captions, map(str, values), strict=True))
        fetch = _Fetch(self._files, self._encoding)
        reason = self._fetched(line, table, keys, fetch)
        infos = {**{_ident(info): info for info in told}, **fetch.infos}
        missing = Stored(None, 0, reason)
        return [
            _row(table, topic, info, fetch.kept.get(ident, missing))
            for ident, info in infos.items()
        ]

    def _fetched(self, line: Line, table: WebTable, keys: Mapping[str, str], fetch: _Fetch) -> str:
        """Fetch the contents; returns why those that did not come did not."""
        content = record_request(table.table.object, keys)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"Retrieve"'}
        what = f"the files of {table.name}"
        try:
            line.ask(Request(self._endpoint, "", what, "POST", headers, content), fetch.take)
        except NoRecord:
            return DELETED
        except Refused as refused:
            if refused.action is Action.FORBIDDEN:
                raise
            return f"HPSM refuses it ({refused.how})"
        except Garbled as garbled:
            return f"cannot be read ({garbled.how})"
        return DELETED


@dataclass
class _Fetch:
    """The contents of one record's files, by what identifies each, however often they are asked
    for."""

    files: Files
    encoding: str
    infos: dict[str, Info] = field(default_factory=dict)
    kept: dict[str, Stored] = field(default_factory=dict)
    clean: bool = False

    def take(self, response: requests.Response) -> None:
        if is_html(response):
            judge(Situation(response.status_code, form=Form.HTML), response)
        boundary = boundary_in(response.headers.get("Content-Type", ""))
        try:
            if not boundary:
                self._inline(response, pieces(response), {})
                return
            beside: dict[str, Info] = {}
            for number, (headers, content) in enumerate(parts(pieces(response), boundary)):
                if number == 0:
                    self._inline(response, content, beside)
                elif info := beside.get(uid_of(headers.get("Content-ID", ""))):
                    self._keep(info, content)
        except NotXml as wrong:
            self.clean = True  # the next time
            raise Garbled(str(wrong)) from None

    def _inline(
        self, response: requests.Response, content: Iterable[bytes], beside: dict[str, Info]
    ) -> None:
        """Keep the files within the XML; those that come in parts of their own go to `beside`, by
        the id of their part."""
        stream = events(content, self.encoding if self.clean else None)
        answered = False
        for event in stream:
            if event.what is What.ANSWER and event.answer is not None:
                answered = True
                judge(event.answer.situation(response.status_code), response)
            elif event.what is What.BEGIN:
                inline = _Inline(stream)
                stored = self._keep(event.attributes, inline.content())
                if stored.broken and not inline.came:
                    named = (event.attributes.get(name, "") for name in ("href", "contentId"))
                    for href in filter(None, (*named, inline.part)):
                        beside[uid_of(href)] = event.attributes
        if not answered:
            judge(Situation(response.status_code, form=Form.GARBLED), response)

    def _keep(self, info: Info, content: Iterable[bytes]) -> Stored:
        size = size_of(info.get("len"))
        stored = self.files.keep(
            content, wrapped=False, compressed=False, size=size, compressed_size=None
        )
        ident = _ident(info)
        self.infos[ident] = info
        self.kept[ident] = noted(stored, size)
        return stored


class _Inline:
    """The content of one element, as the stream brings it. `came`: there was any; `part` is the
    address of the part that holds it instead."""

    def __init__(self, stream: Iterator[Event]) -> None:
        self._stream = stream
        self.came = False
        self.part = ""

    def content(self) -> Iterator[bytes]:
        """Raises BrokenFile where it is no base64."""
        waiting = ""
        for event in self._stream:
            if event.what is What.END:
                break
            if event.what is What.INCLUDE:
                self.part = event.attributes.get("href", "")
            waiting += "".join(event.text.split())
            self.came |= bool(waiting)
            whole = len(waiting) // 4 * 4
            if whole:
                yield _bytes(waiting[:whole])
                waiting = waiting[whole:]
        if waiting:
            yield _bytes(waiting + "=" * (-len(waiting) % 4))


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BrokenFile("no base64") from None


def _ident(info: Mapping[str, Any]) -> str:
    return _uid(info) or str(info.get("name", ""))


def _uid(info: Mapping[str, Any]) -> str:
    return uid_of(str(info.get("href") or info.get("contentId") or ""))


def _row(table: WebTable, topic: str, info: Mapping[str, Any], stored: Stored) -> FileRow:
    return FileRow(
        table.table.file,
        topic,
        _uid(info),
        str(info.get("attachmentType") or ORDINARY),
        str(info.get("name", "")),
        str(info.get("contentType") or info.get("type") or "").casefold(),
        size_of(info.get("len")),
        stored,
    )
