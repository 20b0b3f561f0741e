"""HPSM over SOAP (`/SM/7/ws`), as Service Manager 7 and later have it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import requests

from migrate.config import SourceConfig
from migrate.errors import Problem
from migrate.extract.attachments import Files
from migrate.extract.lists import Ask, Page, Record
from migrate.extract.multipart import root_part
from migrate.extract.problems import ProblemLog
from migrate.extract.rest_answers import understood
from migrate.extract.soap_files import SoapFiles
from migrate.extract.soap_wsdl import objects
from migrate.extract.soap_xml import Answer, NotXml, cleaned, list_request, parse_list
from migrate.extract.web import Line, NoRecord, Request, Unread, body, is_html, judge
from migrate.extract.web_files import FileRow
from migrate.extract.web_policy import Form, Situation
from migrate.extract.web_source import WebSource
from migrate.extract.web_tables import WebTable, compared
from migrate.extract.web_values import identifier

ENDPOINT = "/SM/7/ws"

_WSDL_PATIENCE = 30.0  # seconds; without it, records show what there is


class SoapSource(WebSource):
    """Implements `Source` over SOAP. See `WebSource`."""

    def _make(self, files: Files) -> SoapWay:
        return SoapWay(self._config, self._log, files)


class SoapWay:
    """How SOAP is asked: one object per table, in pages; what there is stands in the WSDL."""

    def __init__(self, config: SourceConfig, log: ProblemLog, files: Files) -> None:
        self._config = config
        self._log = log
        self._files = SoapFiles(files, config.encoding, ENDPOINT)
        self._described: dict[str, dict[str, list[str]]] = {}
        self._one = Lock()

    def documented(self, line: Line, table: WebTable) -> WebTable:
        captions = self._objects(line, table).get(table.table.object)
        return table if captions is None else compared(table, captions)

    def is_listed(self, line: Line, table: WebTable) -> bool | None:
        """By the service's WSDL."""
        known = self._objects(line, table)
        return table.table.object in known if known else None

    def count(self, line: Line, table: WebTable, query: str) -> int | None:
        """None where there are any: SOAP does not count."""
        return None if self.lists(table).asked(line, Ask(query, 0, 1)).records else 0

    def lists(self, table: WebTable) -> SoapList:
        return SoapList(table, self._log, self._config.encoding, files=False)

    def parents(self, table: WebTable) -> SoapList:
        return SoapList(table, self._log, self._config.encoding, files=True)

    def files(self, line: Line, table: WebTable, record: Record) -> list[FileRow]:
        return self._files.of(line, table, record)

    def _objects(self, line: Line, table: WebTable) -> dict[str, list[str]]:
        """The objects of the table's service, asked for once; none where there is no WSDL."""
        service = table.table.service
        with self._one:
            if service not in self._described:
                self._described[service] = _wsdl(line, service) if service else {}
            return self._described[service]


class SoapList:
    """The records of one object; with `files`, what files they have. Texts that are no UTF-8 are in
    `encoding`."""

    def __init__(self, table: WebTable, log: ProblemLog, encoding: str, *, files: bool) -> None:
        self.name = table.name
        self._object = table.table.object
        self._files = files
        self._encoding = encoding
        self._log = log
        self._ids = identifier([table.layout.columns.get(n, "") for n in table.table.key])

    def page(self, line: Line, ask: Ask) -> Page:
        """See `Lists`."""
        try:
            answer = self.asked(line, ask)
        except NoRecord:
            return Page([], None, False)
        return Page(answer.records, None, answer.more, answer.handle)

    def asked(self, line: Line, ask: Ask) -> Answer:
        """What HPSM answers. Raises as `Line.ask`."""
        written = list_request(
            self._object, ask.query, ask.start, ask.size, ask.handle, files=self._files
        )
        return line.ask(soap_request("RetrieveList", written, self.name), self._take, ask.tries)

    def ids(self, records: Sequence[Record]) -> list[str]:
        return self._ids(records)

    def behind(self, record: Record) -> str:
        return ""  # SOAP does not sort

    def lost(self, ask: Ask, how: str) -> None:
        place = f"{self.name} record {ask.start + 1}" + (" of a part" if ask.query else "")
        self._log.add(Problem("record-unreadable", place, f"was left out ({how})"), self.name)

    def note(self, code: str, message: str) -> None:
        self._log.add(Problem(code, self.name, message, warning=True), self.name)

    def _take(self, response: requests.Response) -> Answer:
        content = root_part(response.headers.get("Content-Type", ""), body(response))
        status = response.status_code
        if is_html(response, content):
            judge(Situation(status, form=Form.HTML), response)
        answer, repaired = parsed(content, self._object, self._encoding)
        judge(answer.situation(status), response)
        if repaired and answer.records:
            self._repaired(answer.records)
        return answer

    def _repaired(self, records: list[dict[str, object]]) -> None:
        place = f"{self.name} {self._ids(records[:1])[0]} and {len(records) - 1} behind it"
        message = (
            f"hold what XML does not take: bytes read as {self._encoding}, characters replaced"
        )
        self._log.add(Problem("text-encoding", place, message, warning=True), self.name)


def parsed(content: bytes, name: str, encoding: str) -> tuple[Answer, bool]:
    """The answer to a list of `name`, and whether it had to be cleaned; nothing is known of one
    that is no XML even then."""
    try:
        return parse_list(content, name), False
    except NotXml:
        pass
    try:
        return parse_list(cleaned(content, encoding), name), True
    except NotXml:
        return Answer(), True


def soap_request(action: str, content: bytes, what: str) -> Request:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return Request(ENDPOINT, "", what, "POST", headers, content)


def _wsdl(line: Line, service: str) -> dict[str, list[str]]:
    """The objects of a service by its WSDL, or by the schema beside it."""
    for ending in ("wsdl", "xsd"):
        request = Request(f"/SM/7/{service}.{ending}", "", f"the description of {service}")
        try:
            if found := line.ask(request, _described, tries=1, patience=_WSDL_PATIENCE):
                return found
        except Unread:
            continue
    return {}


def _described(response: requests.Response) -> dict[str, list[str]]:
    if response.status_code == 404:
        return {}
    content = body(response)
    if response.status_code != 200:  # it says why as REST does, or as a fault
        if content.lstrip().startswith(b"{"):
            understood(response, content)
        judge(parsed(content, "", "utf-8")[0].situation(response.status_code), response)
    return objects(content)
