"""HPSM over its REST service (`/SM/9/rest`), as Service Manager 9.33 and later have it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from migrate.config import SourceConfig
from migrate.errors import Problem, StoppedError
from migrate.extract.attachments import Files
from migrate.extract.lists import Ask, Page, Record
from migrate.extract.problems import ProblemLog
from migrate.extract.rest_answers import listed, names_in, query_string
from migrate.extract.rest_files import RestFiles
from migrate.extract.web import Line, NoRecord, Refused, Request, Unread
from migrate.extract.web_files import FileRow
from migrate.extract.web_policy import Action
from migrate.extract.web_queries import behind_query
from migrate.extract.web_source import WebSource
from migrate.extract.web_tables import WebTable
from migrate.extract.web_values import identifier, key_text, taker

ROOT = "/SM/9/rest"


class RestSource(WebSource):
    """Implements `Source` over REST. See `WebSource`."""

    def _make(self, files: Files) -> RestWay:
        return RestWay(self._config, self._log, files)


class RestWay:
    """How REST is asked: one collection per table, in pages, sorted by the key."""

    def __init__(self, config: SourceConfig, log: ProblemLog, files: Files) -> None:
        self._config = config
        self._log = log
        self._files = RestFiles(config.web, files, ROOT)
        self._listed: set[str] | None = None

    def documented(self, line: Line, table: WebTable) -> WebTable:
        """The same: the service document names collections, and no captions."""
        return table

    def is_listed(self, line: Line, table: WebTable) -> bool | None:
        """By the service document."""
        if self._listed is None:
            try:
                request = Request(ROOT, "", "its service document")
                self._listed = line.ask(request, names_in, tries=1, patience=0)
            except (Unread, StoppedError):
                self._listed = set()
        return table.table.collection.casefold() in self._listed if self._listed else None

    def count(self, line: Line, table: WebTable, query: str) -> int | None:
        return self._list(table, "condense").count(line, query)

    def lists(self, table: WebTable) -> RestList:
        return self._list(table, "expand")

    def parents(self, table: WebTable) -> RestList:
        return self._list(table, "condense")

    def files(self, line: Line, table: WebTable, record: Record) -> list[FileRow]:
        return self._files.of(line, table, record)

    def _list(self, table: WebTable, view: str) -> RestList:
        return RestList(table, self._log, self._config.encoding, view)


class RestList:
    """The collection of one table; `view` is condense for the keys alone, else expand. Texts that
    are no UTF-8 are in `encoding`."""

    def __init__(self, table: WebTable, log: ProblemLog, encoding: str, view: str) -> None:
        self.name = table.name
        self._table = table.table
        self._view = view
        self._encoding = encoding
        self._log = log
        keys = [table.layout.columns.get(name, "") for name in table.table.key]
        self._keys = [caption for caption in keys if caption]
        self._take_key = taker(self._keys)
        self._ids = identifier(self._keys)
        # HPSM takes fields and captions; a field's name may be guessed
        self._sorts = [sort for sort in (table.table.sort, tuple(self._keys), ()) if all(sort)]

    def count(self, line: Line, query: str) -> int | None:
        """How many records `query` finds. Raises NoRecord where HPSM says that there is none."""
        page = self._asked(line, Ask(query, 0, 1), ())
        return page.total if page.total is not None else (None if page.records else 0)

    def page(self, line: Line, ask: Ask) -> Page:
        """See `Lists`."""
        try:
            page = self._sorted(line, ask)
            if self._view != "expand" and not self._keyed(page):
                self._view = "expand"  # it does not show keys by themselves
                page = self._sorted(line, ask)
        except NoRecord:
            return Page([], None, False)
        return page

    def ids(self, records: Sequence[Record]) -> list[str]:
        return self._ids(records)

    def behind(self, record: Record) -> str:
        sort = self._sorts[0]
        if len(sort) != 1 or len(self._keys) != 1:
            return ""
        return behind_query(sort[0], self._take_key(record)[0])

    def lost(self, ask: Ask, how: str) -> None:
        place = f"{self.name} record {ask.start + 1}" + (" of a part" if ask.query else "")
        self._log.add(Problem("record-unreadable", place, f"was left out ({how})"), self.name)

    def note(self, code: str, message: str) -> None:
        self._log.add(Problem(code, self.name, message, warning=True), self.name)

    def _sorted(self, line: Line, ask: Ask) -> Page:
        """A page in the best order that HPSM takes."""
        refused: Refused | None = None
        for sort in self._sorts:
            try:
                page = self._asked(line, ask, sort)
            except Refused as error:
                if error.action is not Action.QUERY:
                    raise
                refused = refused or error
                continue
            if refused is not None:
                self._sorts = self._sorts[self._sorts.index(sort) :]
                self._unsorted(sort, refused.how)
            return page
        raise refused or Refused("", Action.QUERY)

    def _asked(self, line: Line, ask: Ask, sort: tuple[str, ...]) -> Page:
        query = query_string(
            view=self._view,
            start=ask.start + 1 if ask.start else 0,
            count=ask.size,
            query=ask.query,
            sort=",".join(f"{field}:ascending" for field in sort),
        )
        path = f"{ROOT}/{self._table.collection}"
        read = partial(listed, resource=self._table.object, encoding=self._encoding)
        found = line.ask(Request(path, query, self.name), read, ask.tries)
        if found.repaired and found.records:
            self._repaired(found.records)
        more = found.total is None and len(found.records) > 0
        return Page(found.records, found.total, more)

    def _keyed(self, page: Page) -> bool:
        """Whether the records show what identifies them."""
        records = [record for record in page.records if record is not None]
        return not records or any(key_text(self._take_key(record)) for record in records)

    def _repaired(self, records: list[dict[str, Any]]) -> None:
        place = f"{self.name} {self._ids(records[:1])[0]} and {len(records) - 1} behind it"
        message = f"hold texts that are no UTF-8, read as {self._encoding}"
        self._log.add(Problem("text-encoding", place, message, warning=True), self.name)

    def _unsorted(self, sort: tuple[str, ...], how: str) -> None:
        instead = f"by {', '.join(sort)} instead" if sort else "its list is read as it comes"
        message = f"HPSM does not sort by {', '.join(self._table.sort)} ({how}): {instead}"
        place = f"source.tables.{self.name}.sort"
        self._log.add(Problem("source-unsorted", place, message, warning=True), self.name)
