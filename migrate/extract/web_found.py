"""What a web service of HPSM has of an alias table, found before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from migrate.errors import Problem
from migrate.extract.lists import Ask, Lists, Record
from migrate.extract.web import Garbled, Line, NoRecord, Refused
from migrate.extract.web_files import FileRow
from migrate.extract.web_policy import Action
from migrate.extract.web_queries import both, since_query
from migrate.extract.web_tables import WebTable, uncaptioned, unseen
from migrate.extract.web_values import captions_of

_SAMPLE = 50  # records that a check looks at
_LONG_AGO = datetime(1980, 1, 1)  # noqa: DTZ001 - GMT, as in rows


class Way(Protocol):
    """One of HPSM's web services, and how it is asked. Used by several threads."""

    def documented(self, line: Line, table: WebTable) -> WebTable:
        """`table` with the captions that HPSM's own description has, where there is one."""
        ...

    def is_listed(self, line: Line, table: WebTable) -> bool | None:
        """Whether HPSM's own description has the table; None where there is none."""
        ...

    def count(self, line: Line, table: WebTable, query: str) -> int | None:
        """How many records `query` finds, None where HPSM does not count. Raises what `Line.ask`
        raises: NoRecord where there is none, or no such list."""
        ...

    def lists(self, table: WebTable) -> Lists:
        """How the records of `table` are listed."""
        ...

    def parents(self, table: WebTable) -> Lists:
        """How the records of `table` are listed whose files are to be read."""
        ...

    def files(self, line: Line, table: WebTable, record: Record) -> Sequence[FileRow]:
        """The files of one of `parents`, kept. Raises Refused where the user may not."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What HPSM says of one alias table: its records (None: not counted), whether it can be asked
    for what changed since some time, and what keeps it from being read."""

    table: WebTable
    rows: int | None = None
    dated: bool = False
    problem: Problem | None = None

    @property
    def readable(self) -> bool:
        return self.table.readable and self.problem is None


def find(line: Line, way: Way, table: WebTable) -> Found:
    """What HPSM says of a table. Raises StoppedError and ConfigurationError as `Line.ask` does."""
    if table.absent:
        return Found(table)
    try:
        table = way.documented(line, table)
        rows = way.count(line, table, table.table.where or "")
    except NoRecord as none:
        return _without(line, way, table, none)
    except Refused as refused:
        if refused.action is Action.REFUSED and table.table.optional:
            return Found(replace(table, absent=f"HPSM has no {table.table.table} ({refused.how})"))
        return Found(table, problem=refusal(line.web.base, table, refused))
    except Garbled as garbled:
        return Found(table, problem=unreadable(table, garbled))
    return Found(table, rows, _dated(line, way, table, rows))


def examine(line: Line, way: Way, table: WebTable) -> list[Problem]:
    """What is wrong with a table, also by a few of its records."""
    found = find(line, way, table)
    table = found.table
    if found.problem:
        return [found.problem]
    if table.absent:
        return [absence(table)]
    if table.readable and found.rows != 0:
        try:
            page = way.lists(table).page(line, Ask(table.table.where or "", 0, _SAMPLE))
        except (NoRecord, Refused, Garbled):
            return list(table.layout.problems)
        records = [record for record in page.records if record is not None]
        shown = dict.fromkeys(caption for record in records for caption in captions_of(record))
        if shown:
            return _seen(table, list(shown), len(records))
    return list(table.layout.problems)


def _seen(table: WebTable, shown: Sequence[str], records: int) -> list[Problem]:
    """The problems of a table, with captions that look like it from its description, else from its
    records."""
    by_records = uncaptioned(table, shown)
    known = [
        said if said.near else other
        for said, other in zip(table.layout.problems, by_records, strict=True)
    ]
    return [*known, *unseen(table, shown, records)]


def absence(table: WebTable) -> Problem:
    place = f"migrate.yaml: source.tables.{table.name}"
    return Problem("source-table-missing", place, table.absent, warning=True)


def unreadable(table: WebTable, garbled: Garbled) -> Problem:
    return Problem("source-garbled", table.name, f"what HPSM sends cannot be read ({garbled.how})")


def refusal(base: str, table: WebTable, refused: Refused) -> Problem:
    """Why HPSM does not give a table, and where to look."""
    place = f"source.tables.{table.name}"
    what = table.table.table
    match refused.action:
        case Action.FORBIDDEN:
            message = f"HPSM does not let the user read {what} ({refused.how})"
        case Action.QUERY:
            place = f"{place}.where" if table.table.where else place
            message = f"HPSM does not understand the query for {what} ({refused.how})"
        case Action.ADDRESS:
            return Problem("source-unreachable", base, f"is no HPSM ({refused.how})")
        case _:
            message = f"HPSM refuses to list {what} ({refused.how})"
    return Problem("source-unreadable", place, message)


def _without(line: Line, way: Way, table: WebTable, none: NoRecord) -> Found:
    """A list that has nothing, or that is not there: HPSM answers the same to both."""
    listed = way.is_listed(line, table)
    if listed or (listed is None and table.table.where and _has_any(line, way, table)):
        return Found(table, 0, table.table.modified is not None)
    place = f"source.tables.{table.name}"
    reason = f"HPSM has no {table.table.table}, or nothing in it ({none.how})"
    if table.table.optional:
        return Found(replace(table, absent=f"{reason}; if it has, say where under {place}"))
    return Found(table, problem=Problem("source-table-missing", place, reason))


def _has_any(line: Line, way: Way, table: WebTable) -> bool:
    try:
        return way.count(line, table, "") != 0
    except (NoRecord, Refused, Garbled):
        return False


def _dated(line: Line, way: Way, table: WebTable, rows: int | None) -> bool:
    """Whether HPSM can be asked for what changed since some time: by the name of the field, whether
    it shows the field or not."""
    if table.table.modified is None or rows == 0:
        return table.table.modified is not None
    query = both(table.table.where or "", since_query(line.web.config.web, _LONG_AGO))
    try:
        return way.count(line, table, query) != 0
    except (NoRecord, Refused, Garbled):
        return False
