"""The files of a record over REST: which there are, and each one's content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any
from urllib.parse import quote

import requests

from migrate.config import WebConfig
from migrate.extract.attachments import Files, Stored
from migrate.extract.lists import Record
from migrate.extract.rest_answers import (
    answer,
    query_string,
    records_of,
    total_of,
    understood,
)
from migrate.extract.web import Garbled, Line, NoRecord, Refused, Request, body, is_html, pieces
from migrate.extract.web_files import (
    DELETED,
    ORDINARY,
    FileRow,
    noted,
    size_of,
    uid_of,
)
from migrate.extract.web_policy import Action
from migrate.extract.web_tables import WebTable
from migrate.extract.web_values import key_text, taker

_RESOURCE = "attachment"
_TRIES = 8  # without its list, nobody knows how many files a record has
_SMALL = 1 << 20  # an error message is no larger


class RestFiles:
    """Reads the files of records from below `root`, and keeps them."""

    def __init__(self, config: WebConfig, files: Files, root: str) -> None:
        self._double = config.double_encode_slash
        self._files = files
        self._root = root

    def of(self, line: Line, table: WebTable, record: Record) -> list[FileRow]:
        """The files of one record. Raises Refused where the user may read none of them."""
        keys = [table.layout.columns[name] for name in table.table.key]
        topic = key_text(taker(keys)(record))
        if not topic:
            return []
        try:
            path, listed = self._found(line, table, topic, self._double_of(table))
        except NoRecord:
            return []
        except Refused as refused:
            if refused.action is Action.FORBIDDEN:
                raise
            return [_row(table, topic, {}, Stored(None, 0, f"no list of files ({refused.how})"))]
        except Garbled as garbled:
            return [_row(table, topic, {}, Stored(None, 0, f"no list of files ({garbled.how})"))]
        return [_row(table, topic, info, *self._kept(line, path, info)) for info in listed]

    def _found(
        self, line: Line, table: WebTable, topic: str, double: bool
    ) -> tuple[str, list[Mapping[str, Any]]]:
        """Where the files of a record are, and what HPSM says of them. A key with a slash is tried
        both ways: what is wrongly encoded is no record."""
        path = f"{self._root}/{table.table.collection}/{segment(topic, double)}/attachments"
        try:
            return path, list(self._listed(line, path, f"the files of {table.name}"))
        except NoRecord:
            if "/" not in topic or double != self._double_of(table):
                raise
            return self._found(line, table, topic, not double)

    def _double_of(self, table: WebTable) -> bool:
        return self._double if table.double_encode_slash is None else table.double_encode_slash

    def _listed(self, line: Line, path: str, what: str) -> Iterator[Mapping[str, Any]]:
        """What HPSM says of each file, in as many pages as it takes."""
        start = 0
        while True:
            query = query_string(start=start + 1) if start else ""
            rows, total = line.ask(Request(path, query, what), _files, _TRIES)
            yield from (_small(row) for row in rows)
            start += len(rows)
            if not rows or start >= (total or 0):
                return

    def _kept(
        self, line: Line, path: str, info: Mapping[str, Any]
    ) -> tuple[Stored, Mapping[str, str]]:
        """What became of a file, and the headers that it came with."""
        uid, size = _uid(info), size_of(info.get("len", info.get("size")))
        if not uid:
            return Stored(None, 0, "HPSM does not say its id"), {}
        kept: list[tuple[Stored, Mapping[str, str]]] = []
        mime = _mime(info)

        def take(response: requests.Response) -> None:
            _look(response, mime)
            stored = self._files.keep(
                pieces(response), wrapped=False, compressed=False, size=size, compressed_size=None
            )
            kept[:] = [(stored, response.headers)]
            if stored.broken:
                raise Garbled(stored.broken)  # perhaps it comes whole the next time

        request = Request(f"{path}/{quote(f'cid:{uid}', safe=':')}", "", "a file")
        try:
            line.ask(request, take)
        except NoRecord:
            return Stored(None, 0, DELETED), {}
        except Refused as refused:
            return Stored(None, 0, f"HPSM refuses it ({refused.how})"), {}
        except Garbled as garbled:
            if not kept:
                return Stored(None, 0, garbled.how), {}
        stored, headers = kept[0]
        return noted(stored, size), headers


def segment(key: str, double: bool) -> str:
    """A key as part of a path: a slash in it is encoded twice where HPSM wants it so."""
    encoded = quote(key, safe="")
    return encoded.replace("%2F", "%252F") if double else encoded


def name_in(headers: Mapping[str, str]) -> str:
    """The file's name in Content-Disposition, as RFC 6266 has it; also as bytes of UTF-8, which
    HTTP does not allow and servers send."""
    message = Message()
    message["Content-Disposition"] = headers.get("Content-Disposition", "")
    given: list[tuple[str, Any]] = message.get_params([], "Content-Disposition")
    names = [value for name, value in given if name.casefold() == "filename"]
    encoded = next((name for name in names if isinstance(name, tuple)), None)
    if encoded is not None:
        return collapse_rfc2231_value(encoded)
    plain = str(names[0]) if names else ""
    try:
        return plain.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return plain


def _files(response: requests.Response) -> tuple[list[dict[str, Any]], int | None]:
    """What a list of files says; one that has succeeded and says nothing is empty. Raises as
    `answer` does, and Garbled where it is no list."""
    data, _ = answer(response)
    rows = records_of(data, _RESOURCE)
    if rows is None and data.get("ReturnCode") != 0:
        raise Garbled("no list")
    return rows or [], total_of(data)


def _look(response: requests.Response, mime: str) -> None:
    """Tell a file from an error: HPSM sends a file with Content-Disposition, and an error as JSON
    or as a web page. Raises `Unread` for an error."""
    said = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if response.status_code == 200:
        if "Content-Disposition" in response.headers:
            return
        wrong = is_html(response) and "html" not in mime
        if not wrong and (said != "application/json" or "json" in mime):
            return
    understood(response, body(response, _SMALL))


def _row(
    table: WebTable,
    topic: str,
    info: Mapping[str, Any],
    stored: Stored,
    headers: Mapping[str, str] | None = None,
) -> FileRow:
    headers = headers or {}
    said = headers.get("Content-Type", "").partition(";")[0].strip()
    return FileRow(
        table.table.file,
        topic,
        _uid(info),
        str(info.get("attachmenttype") or ORDINARY),
        str(info.get("name") or info.get("filename") or name_in(headers)),
        _mime(info) or said,
        size_of(info.get("len", info.get("size"))),
        stored,
    )


def _small(info: Mapping[str, Any]) -> dict[str, Any]:
    """Names in small letters, without the prefix of a namespace: HPSM's JSON has those of its
    XML."""
    return {name.rpartition(":")[2].casefold(): value for name, value in info.items()}


def _uid(info: Mapping[str, Any]) -> str:
    named = (info.get(name) for name in ("href", "contentid", "cid", "uid", "id"))
    href = next((str(value) for value in named if value), "")
    return uid_of(href.rpartition("/")[2])


def _mime(info: Mapping[str, Any]) -> str:
    return str(info.get("contenttype") or info.get("type") or "").casefold()
