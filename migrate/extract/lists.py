"""How a list of HPSM is asked for in pages; and a page of which some records cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from migrate.errors import Problem, StoppedError
from migrate.extract.web import TRIES, Garbled, Line

Record = Mapping[str, Any]

UNREADABLE = 20
"""Records of one page that may be unreadable; above it the server is at fault, not the records."""

FEW = 5
"""As many records with nothing readable between them are the server's fault, too."""


class Ask(NamedTuple):
    """`size` records from place `start` (0: the first) of what `query` finds. `handle` is what the
    page before gave; `tries` how often what cannot be read is asked for."""

    query: str
    start: int
    size: int
    handle: str = ""
    tries: int = TRIES


class Page(NamedTuple):
    """What came: a record that cannot be read is None. `total` are the records of the list, where
    HPSM says so; else `more` says whether others follow."""

    records: Sequence[Record | None]
    total: int | None
    more: bool
    handle: str = ""


class Lists(Protocol):
    """How the records of one kind are listed. Used by several threads."""

    name: str

    def page(self, line: Line, ask: Ask) -> Page:
        """One page. Raises what `Line.ask` raises."""
        ...

    def ids(self, records: Sequence[Record]) -> list[str]:
        """What tells each record from all others of its list."""
        ...

    def behind(self, record: Record) -> str:
        """The query for what is listed behind `record`; empty where that cannot be asked."""
        ...

    def lost(self, ask: Ask, how: str) -> None:
        """Take note that a record cannot be read."""
        ...

    def note(self, code: str, message: str) -> None:
        """Take note of what is odd about the list: a warning."""
        ...


def whole(line: Line, lists: Lists, ask: Ask) -> Page:
    """A page; where it cannot be read, its halves, down to the record that is at fault. Raises
    StoppedError where it cannot be a record's fault."""
    try:
        return lists.page(line, ask)
    except Garbled as garbled:
        page = _halves(line, lists, ask, garbled.how)
        lost = sum(record is None for record in page.records)
        if _too_many(page.records) or (lost == len(page.records) >= min(ask.size, FEW) > 1):
            message = f"what HPSM sends cannot be read ({garbled.how})"
            raise StoppedError(Problem("source-garbled", lists.name, message)) from None
        return page


def _halves(line: Line, lists: Lists, ask: Ask, how: str) -> Page:
    if ask.size == 1:
        lists.lost(ask, how)
        return Page([None], None, True)
    half = ask.size // 2
    first = _part(line, lists, ask.start, half, ask)
    if len(first.records) < half or _too_many(first.records):
        return first
    second = _part(line, lists, ask.start + half, ask.size - half, ask)
    total = first.total if second.total is None else second.total
    return Page([*first.records, *second.records], total, second.more, second.handle)


def _part(line: Line, lists: Lists, start: int, size: int, whole: Ask) -> Page:
    """A part of a page. A record is not given up before it was asked for by itself often enough."""
    ask = whole._replace(start=start, size=size, tries=1 if size > 1 else TRIES)
    try:
        return lists.page(line, ask)
    except Garbled as garbled:
        return _halves(line, lists, ask, garbled.how)


def _too_many(records: Sequence[Record | None]) -> bool:
    return sum(record is None for record in records) > UNREADABLE
