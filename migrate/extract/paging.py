"""A long list read in pages while HPSM goes on changing it.

What can happen between two pages: records come or go before the place where we stand, so that
others move over it; a server gives fewer than asked, or no more than its maximum of a query and
says nothing. Against it: every page begins with the last record of the page before; where it does
not, the place is looked for; at the end HPSM is asked for what lies behind the last record, and its
count is compared with ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import NamedTuple

import orjson

from migrate.errors import ConfigurationError, Problem
from migrate.extract.crew import Crew
from migrate.extract.lists import Ask, Lists, Page, Record, whole
from migrate.extract.seen import Seen
from migrate.extract.web import Refused
from migrate.extract.web_policy import Action
from migrate.extract.web_queries import both

PASSES = 2
"""How often a whole list is read again for records that were missed."""

LOOKS = 5
"""How often the place where we stand is looked for before a list is given up for this time."""

_TAIL = 4  # pages whose records are looked for where a list has moved


@dataclass(frozen=True, slots=True)
class Mark:
    """Where reading stands: `start` records were read of what lies behind `behind`; `last` is the
    id of the last one, `next` the query for what lies behind it, and `read` are the records of the
    kind read so far. As text it is a `Batch.position`."""

    behind: str = ""
    start: int = 0
    last: str = ""
    next: str = ""
    read: int = 0

    def text(self, name: str) -> str:
        values = [name, self.behind, self.start, self.last, self.next, self.read]
        return orjson.dumps(values).decode()

    @staticmethod
    def parse(text: str) -> tuple[str, Mark]:
        """The list's name and the mark."""
        name, *values = orjson.loads(text)
        return name, Mark(*values)


class Chunk(NamedTuple):
    """Records in the order of their list, how many among them could not be read, and the mark
    behind them."""

    records: list[Record]
    lost: int
    mark: Mark


def read(
    crew: Crew, lists: Lists, query: str, newer: str, page: int, mark: Mark | None = None
) -> Iterator[Chunk]:
    """Every record that `query` finds, each once; from `mark` on, where it is given. `newer` finds
    those that changed since this reading began (empty: that cannot be asked).

    Raises ConfigurationError where HPSM counts more records than it gives.
    """
    reading = _Reading(crew, lists, page, mark or Mark())
    yield from reading.through(both(query, reading.mark.behind))
    yield from reading.behind(query)
    if mark is None:  # what came before the mark meanwhile, the next delta brings
        yield from reading.missed(query, newer)


class _Reading:
    """One reading of one list."""

    def __init__(self, crew: Crew, lists: Lists, page: int, mark: Mark) -> None:
        self.mark = mark
        self._crew = crew
        self._lists = lists
        self._page = max(page, 2)  # a page begins with the last record of the page before
        self._ahead = _Ahead(crew, lists)
        self._seen = Seen()
        self._tail: deque[list[str]] = deque(maxlen=_TAIL)
        self._total: int | None = None
        self._first: int | None = None  # what it counted at first
        self._moved = False  # records came before where we stood
        self._short = False  # the way through ended before the list
        self._only_new = False

    def through(self, query: str, *, again: bool = False) -> Iterator[Chunk]:
        """The list that `query` finds, from the mark on, one page ahead of who takes them. `again`:
        without records that were met before."""
        self._only_new, self._short = again, False
        step, looks = self._page, 0
        total: int | None = None
        before: list[str] = []
        still = 0
        try:
            self._ahead.fill(query, self.mark.start, step)
            while self._ahead:
                ask, page = self._ahead.take()
                ids = self._ids(page)
                total = page.total if page.total is not None else total
                if ask.handle and not ids:  # HPSM may have forgotten it
                    self._ahead.fill(query, self.mark.start, step)
                    continue
                still = still + 1 if ids == before and any(ids) else 0
                if still == LOOKS:  # whatever is asked for, it gives the same
                    self._short = True
                    break
                before = ids
                begin = self._joint(ask, ids)
                if begin is None:
                    if self.mark.next and not again:
                        break  # what lies behind the last record is asked for
                    looks += 1
                    if looks > LOOKS or not (self._look_back(query, step) or ids):
                        self._short = True
                        break
                    self._ahead.fill(query, self.mark.start, step, page.handle)
                    continue
                at = ask.start + len(ids)
                more = page.more if total is None else at < total
                if begin == len(ids):
                    self._short = more
                    break
                if more and len(ids) < ask.size:
                    step = len(ids)  # it gives no more at a time
                looks = 0
                chunk = self._chunk(page.records[begin:], ids[begin:], at)
                if not more:
                    self._ahead.drop()
                else:
                    self._ahead.fill(query, at, step, page.handle, total)
                yield chunk
        finally:
            self._total = total
            self._first = total if self._first is None else self._first
            self._ahead.drop()

    def behind(self, query: str) -> Iterator[Chunk]:
        """What HPSM has behind the last record, although its list ended there."""
        counted = self._total
        while self.mark.next:
            before = self.mark.read
            self.mark = replace(self.mark, behind=self.mark.next, start=0, next="")
            try:
                yield from self.through(both(query, self.mark.behind))
            except Refused as refused:
                if refused.action is not Action.QUERY:
                    raise
                what = "HPSM cannot be asked whether anything is behind the last record"
                self._lists.note("source-unsorted", f"{what} ({refused.how})")
                break
            if self.mark.read == before:
                break
            counted = None
        self._total = counted

    def missed(self, query: str, newer: str) -> Iterator[Chunk]:
        """What the list has and was not met, since it moved while it was read: more may have been
        met than HPSM counts by now, and some not. What came while all of this went on, the next
        reading brings. Raises ConfigurationError where more is missing."""
        for asked in [both(query, newer)] * bool(newer) + [query] * PASSES:
            complete = self._complete(query)
            if complete and (asked == query or self._total in (None, self.mark.read)):
                return
            end, self.mark = self.mark, Mark(read=self.mark.read)
            self._moved = False
            self._tail.clear()
            for chunk in self.through(asked, again=True):
                yield chunk._replace(mark=replace(end, read=chunk.mark.read))
            found = self.mark.read - end.read
            self.mark = replace(end, read=self.mark.read)
            if asked != query:
                self._total = None
            elif not found and not self._moved and not self._short:
                self._ahead.blind = False
                break
        if self._complete(query):
            return
        met, counted = self.mark.read, self._total
        if self._ahead.blind or self._short or (counted is not None and met < (self._first or 0)):
            raise ConfigurationError(self._incomplete())
        self._lists.note("source-incomplete", f"records came while {met} were read")

    def _complete(self, query: str) -> bool:
        """Whether as many records were met as HPSM counts; where it does not count, whether
        nothing moved that could be seen."""
        if self._total is None and self._first is not None:
            ask = Ask(query, 0, 1)
            self._total = self._crew.run(lambda line: whole(line, self._lists, ask)).total
        if self._ahead.blind or (self._short and self._total is None):
            return False
        return not self._moved if self._total is None else self.mark.read >= self._total

    def _incomplete(self) -> Problem:
        met = f"{self.mark.read} came"
        if self._total is None:
            message = f"the list has more than HPSM gives ({met})"
        else:
            message = f"HPSM counts {self._total} records, and {met}"
        return Problem("source-incomplete", self._lists.name, message)

    def _ids(self, page: Page) -> list[str]:
        """The ids of a page's records, empty for one that cannot be read."""
        whole_ones = [record for record in page.records if record is not None]
        ids = self._lists.ids(whole_ones)
        if len(ids) == len(page.records):
            return ids
        each = iter(ids)
        return ["" if record is None else next(each) for record in page.records]

    def _joint(self, ask: Ask, ids: list[str]) -> int | None:
        """The place of the first new record on a page, None where it must be looked for."""
        last, laps = self.mark.last, ask.start < self.mark.start
        if laps and ids and (not last or ids[0] == last):
            return 1
        if not self._known(ids):
            return None if laps else 0
        # others came before them: what was read may come again, between what is new
        self._moved = True
        if not self._only_new and not self._seen.unknown(ids):
            return len(ids)
        self._only_new = True
        return 0

    def _known(self, ids: list[str]) -> list[int]:
        """The places of records that were among the last ones read of this list."""
        if not self.mark.start:
            return []
        known = {id_ for page in self._tail for id_ in page} | {self.mark.last}
        return [place for place, id_ in enumerate(ids) if id_ and id_ in known]

    def _look_back(self, query: str, step: int) -> bool:
        """Put the mark behind the last record that is still in the list, or to its beginning;
        False where it is there already."""
        self._only_new = True  # what was read may come again behind what is new
        back = step
        stood = begun = self.mark.start
        while begun:
            begun = max(self.mark.start - back, 0)
            ask = Ask(query, begun, step)
            ids = self._ids(self._crew.run(lambda line, ask=ask: whole(line, self._lists, ask)))  # type: ignore[misc]
            if known := self._known(ids):
                place = known[-1]
                self.mark = replace(self.mark, start=begun + place + 1, last=ids[place])
                return self.mark.start != stood
            back *= 4
        self.mark = replace(self.mark, start=0, last="")
        return True

    def _chunk(self, records: Sequence[Record | None], ids: list[str], at: int) -> Chunk:
        """What is new of these, and the mark behind them."""
        rest = self.mark.behind and not self.mark.start
        if rest and len(self._seen.unknown(ids)) < len(ids):
            self._only_new = True  # it is not sorted as we asked
        new: Sequence[int] = range(len(ids))
        if self._only_new:
            new = [place for place in self._seen.unknown(ids) if ids[place]]
        self._seen.add(filter(None, ids if len(new) == len(ids) else (ids[p] for p in new)))
        self._tail.append(ids)
        last = records[-1]
        following = self._lists.behind(last) if last is not None else ""
        self.mark = Mark(self.mark.behind, at, ids[-1], following, self.mark.read + len(new))
        found = [record for place in new if (record := records[place]) is not None]
        return Chunk(found, len(new) - len(found), self.mark)


class _Ahead:
    """The pages that are under way, in their order. `blind`: two of them had no record in common.

    A page begins with the last record of the page before; not with a handle, by which HPSM keeps
    the list as it was and may not go back in it.
    """

    def __init__(self, crew: Crew, lists: Lists) -> None:
        self._crew = crew
        self._lists = lists
        self._pages: deque[tuple[Ask, Future[Page]]] = deque()
        self.blind = False

    def __bool__(self) -> bool:
        return bool(self._pages)

    def fill(
        self, query: str, at: int, step: int, handle: str = "", total: int | None = None
    ) -> None:
        """Ask for the pages of `step` records that come behind the first `at`: as many at once as
        the crew can where the length of the list is known, else one. What is under way and does not
        follow on `at` is given up."""
        lap = 1 if step > 1 and not handle else 0
        if self._pages:
            first = self._pages[0][0]
            if (first.start, first.size) != (max(at - lap, 0), step):
                self.drop()
        known = total is not None and not handle
        while len(self._pages) < (self._crew.size if known else 1):
            last = self._pages[-1][0] if self._pages else None
            begin = last.start + last.size if last else at
            if last and total is not None and begin >= total:
                break
            self.blind |= bool(begin) and not lap and not handle
            ask = Ask(query, max(begin - lap, 0), step, handle)
            page = self._crew.submit(lambda line, ask=ask: whole(line, self._lists, ask))  # type: ignore[misc]
            self._pages.append((ask, page))

    def take(self) -> tuple[Ask, Page]:
        """The page that comes next. Raises what kept it from coming."""
        ask, page = self._pages.popleft()
        return ask, page.result()

    def drop(self) -> None:
        for _, page in self._pages:
            page.cancel()
        self._pages.clear()
