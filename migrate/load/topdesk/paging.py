"""Reading lists and single records: both paging dialects of TOPdesk, and what a refusal means.

Incidents and persons page with `pageStart` and `pageSize`; operators, operator groups and the
progress trail with `start` and `page_size` (incident API 4.2.6, supporting files 2.7.11).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any
from urllib.parse import quote

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.load.http import JSON, Http, Reply, query_string

_STALE = 3
"""Pages in a row that hold nothing new: a list that moves on meanwhile has one, hardly two."""
VERSION = "/tas/api/version"
Record = dict[str, Any]


class Paging(Enum):
    """The names of the two parameters."""

    CAMEL = ("pageStart", "pageSize")
    SNAKE = ("start", "page_size")


class Refused(ConfigurationError):
    """TOPdesk answered a read with 4xx, or something before it with a `page`. A 400 to a list is
    about the filter, not the data."""

    def __init__(self, path: str, status: int, *, page: bool = False) -> None:
        code = _CODES.get(status, "target-request-invalid")
        if status == 404 and _LIST_OF_SERVICE.fullmatch(path):
            code = "interface-missing"
        if status == 403 and page:
            code = "target-blocked"
        super().__init__(Problem(code, path, f"GET {path}: status {status}"))
        self.status, self.page = status, page


class RecordRefused(Refused):
    """TOPdesk does not show one record to the account (403): its filters apply to each record, by
    branch, category and operator (incident API 4.2.6), so that others of its kind may be there."""

    of_one = True


@contextmanager
def of_one_record() -> Iterator[None]:
    """Around the reading of one record, or of what hangs on it."""
    try:
        yield
    except Refused as refused:
        if refused.status != 403 or refused.page:
            raise
        raise RecordRefused(refused.problems[0].place, 403) from None


# The knowledge base is a service of its own, which not every TOPdesk has switched on.
_LIST_OF_SERVICE = re.compile(r"/services/[^/]+/[^/]+")
_CODES = {400: "lookup-refused", 403: "permission-missing", 404: "target-address"}


def pages(
    http: Http,
    path: str,
    paging: Paging,
    size: int,
    accept: str = JSON,
    **parameters: str | bool | None,
) -> Iterator[Record]:
    """Every record of a paged list, page by page.

    More is there when the answer is 206, names a next page, or fills the page. Raises Refused for
    4xx, StoppedError when a page is not a list.
    """
    start_name, size_name = paging.value
    start = stale = 0
    seen: set[str] = set()
    while True:
        query = query_string(**{start_name: start, size_name: size}, **parameters)
        reply = http.read(path, query, accept)
        rows = records(reply, path)
        yield from rows
        start += len(rows)
        known = len(seen)
        seen.update(str(row.get("id")) for row in rows)
        stale = 0 if len(seen) > known else stale + 1
        if rows and stale == _STALE:
            raise _unusable(path, "page after page shows the same records")
        if _names_more(reply):
            if not rows:
                raise _unusable(path, "more is announced, and nothing comes")
        elif len(rows) < size:
            return


def sorted_pages(
    http: Http,
    path: str,
    paging: Paging,
    size: int,
    accept: str = JSON,
    **parameters: str | bool | None,
) -> Iterator[Record]:
    """As `pages`, sorted by id where TOPdesk takes that: of another order nobody says that it is
    the same from page to page, and a record could fall between two."""
    begun = False
    try:
        for record in pages(http, path, paging, size, accept, sort="id:asc", **parameters):
            begun = True
            yield record
    except Refused as refused:
        if refused.status != 400 or begun:
            raise
        yield from pages(http, path, paging, size, accept, **parameters)


def whole(http: Http, path: str, **parameters: str | None) -> list[Record]:
    """A list that TOPdesk does not page. Raises as `pages` does."""
    return records(http.read(path, query_string(**parameters)), path)


def single(http: Http, path: str, accept: str = JSON, **parameters: str | None) -> Record | None:
    """One record by its id; None where there is none (404, or 400 for an id never given out)."""
    return one(http, path, http.read(path, query_string(**parameters), accept))


def one(
    http: Http, path: str, reply: Reply, missing: Collection[int] = (400, 404)
) -> Record | None:
    """The record of an answer; None where its status is one of `missing`."""
    if reply.status in missing:
        if "html" in str(reply.headers.get("Content-Type")).lower() and not _speaks(http, path):
            raise _unusable(path, f"status {reply.status}, as a page that is not TOPdesk's")
        return None
    _accepted(reply, path)
    if not isinstance(reply.data, dict):
        raise _unusable(path, "not a record")
    return reply.data


def _speaks(http: Http, path: str) -> bool:
    """Whether TOPdesk itself answers, and not a proxy in its place, which has none of its
    records."""
    if path == VERSION:
        return True
    version = http.read(VERSION)
    return version.status == 200 and "version" in version.record


def records(reply: Reply, path: str) -> list[Record]:
    """The records of a list answer; 204 is the empty list."""
    _accepted(reply, path)
    if reply.status == 204:
        return []
    rows = reply.record.get("item", reply.record.get("results", reply.data))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unusable(path, "not a list")
    return rows


def listed(reply: Reply, path: str) -> list[Any]:
    """What a list answer of the knowledge base or of services holds, under whichever name."""
    _accepted(reply, path)
    if reply.status == 204:
        return []
    rows = reply.record.get("results", reply.record.get("item", reply.data))
    if not isinstance(rows, list):
        raise _unusable(path, "not a list")
    return rows


def part(id: str) -> str:
    """An id as it may stand in a path."""
    return quote(id, safe="")


def _names_more(reply: Reply) -> bool:
    following = reply.data.get("next") if isinstance(reply.data, dict) else None
    return reply.status == 206 or "x-next-page-url" in reply.headers or bool(following)


def _accepted(reply: Reply, path: str) -> None:
    if reply.status >= 300:
        raise Refused(path, reply.status, page=reply.page)


def _unusable(path: str, why: str) -> StoppedError:
    return StoppedError(Problem("target-failing", path, f"GET {path}: {why}"))
