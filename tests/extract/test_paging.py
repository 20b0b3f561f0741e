"""A list that changes while it is read: what was there all the time comes, and comes once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from random import Random
from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, StoppedError
from migrate.extract.crew import Crew
from migrate.extract.lists import Ask, Page, Record
from migrate.extract.paging import Chunk, Mark, read
from migrate.extract.web import Garbled, Line, Refused, Web
from migrate.extract.web_policy import Action

Change = Callable[["Numbers"], None]

pytestmark = pytest.mark.usefixtures("hpsm_password")


class Numbers:
    """A list of numbers in HPSM, sorted; `changes` are made to it before the pages asked for, one
    each. `counts`: it says how many there are; `most` and `most_of_a_query` are its limits."""

    name = "numbers"

    def __init__(self, numbers: list[int], *, counts: bool = True) -> None:
        self.numbers = set(numbers)
        self.always = set(numbers)
        self.ever = set(numbers)
        self.changes: Iterator[Change] = iter(())
        self.counts = counts
        self.most = 1000
        self.most_of_a_query: int | None = None
        self.behinds = True
        self.handles = False
        self.sort: Callable[[int], object] = lambda number: number
        self.asked: list[Ask] = []
        self.garbled: set[int] = set()
        self.left_out: list[int] = []
        self.noted: list[str] = []
        self._kept: list[int] = []
        self._one = Lock()

    def insert(self, number: int) -> None:
        self.numbers.add(number)
        self.ever.add(number)

    def remove(self, number: int) -> None:
        self.numbers.discard(number)
        self.always.discard(number)

    def page(self, line: Line, ask: Ask) -> Page:
        with self._one:
            return self._page(ask)

    def _page(self, ask: Ask) -> Page:
        self.asked.append(ask)
        if change := next(self.changes, None):
            change(self)
        found = sorted(self.numbers, key=self.sort)
        for condition in ask.query.replace("(", "").replace(")", "").split(" and "):
            if condition.startswith(">"):
                found = [number for number in found if number > int(condition[1:])]
        if self.handles:
            self._kept = self._kept if ask.handle else found
            found = self._kept
        found = found[: self.most_of_a_query]
        rows = found[ask.start : ask.start + min(ask.size, self.most)]
        if self.garbled.intersection(rows):
            raise Garbled("unreadable")
        more = ask.start + len(rows) < len(found)
        total = len(found) if self.counts else None
        return Page([{"n": n} for n in rows], total, more, "kept" if self.handles else "")

    def ids(self, records: Sequence[Record]) -> list[str]:
        return [str(record["n"]) for record in records]

    def behind(self, record: Record) -> str:
        return f">{record['n']}" if self.behinds else ""

    def lost(self, ask: Ask, how: str) -> None:
        self.left_out.append(ask.start)

    def note(self, code: str, message: str) -> None:
        self.noted.append(code)


def crew(workers: int = 2) -> Crew:
    web = {"workers": workers}
    config = {"type": "rest", "url": "http://127.0.0.1:9", "user": "migrate", "web": web}
    return Crew(Web(SourceConfig.model_validate(config)))


def numbers_of(chunks: list[Chunk]) -> list[int]:
    return [record["n"] for chunk in chunks for record in chunk.records]


def everything(lists: Numbers, page: int = 10, newer: str = "", workers: int = 1) -> list[int]:
    """What comes; with one worker, the same every time."""
    with crew(workers) as asking:
        return numbers_of(list(read(asking, lists, "", newer, page)))


@pytest.mark.parametrize("page", [1, 2, 3, 10, 99, 100, 101])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_list_comes_whole_and_in_order_whatever_the_page(
    page: int, counts: bool, workers: int
) -> None:
    lists = Numbers(list(range(100)), counts=counts)
    assert everything(lists, page, workers=workers) == list(range(100))
    assert len(lists.asked) <= 102 // max(page - 1, 1) + 5


@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("counts", [True, False])
def test_a_server_that_gives_fewer_than_asked_loses_nothing(most: int, counts: bool) -> None:
    lists = Numbers(list(range(50)), counts=counts)
    lists.most = most
    assert everything(lists, 20) == list(range(50))
    assert len(lists.asked) <= 2 * 50 // max(most - 1, 1) + 5


@pytest.mark.parametrize("limit", [10, 25, 99])
def test_a_server_that_caps_a_query_and_says_nothing_loses_nothing(limit: int) -> None:
    lists = Numbers(list(range(100)))
    lists.most_of_a_query = limit
    assert everything(lists) == list(range(100))


def test_a_cap_behind_which_nothing_can_be_asked_is_told() -> None:
    lists = Numbers(list(range(100)))
    lists.counts, lists.behinds = True, False
    honest = lists.page

    def capped(line: Line, ask: Ask) -> Page:
        page = honest(line, ask)
        return page._replace(records=page.records[: max(30 - ask.start, 0)])

    lists.page = capped  # type: ignore[method-assign]
    with pytest.raises(ConfigurationError) as wrong:
        everything(lists)
    assert [problem.code for problem in wrong.value.problems] == ["source-incomplete"]
    assert "100" in wrong.value.problems[0].message
    assert "30" in wrong.value.problems[0].message


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("gone", [[3], [0, 1, 2, 3], list(range(25)), list(range(10, 60))])
def test_records_that_go_do_not_take_others_along(gone: list[int], counts: bool) -> None:
    lists = Numbers(list(range(100)), counts=counts)
    lists.behinds = counts

    def remove(numbers: Numbers) -> None:
        for number in gone:
            numbers.remove(number)

    lists.changes = iter([_nothing, _nothing, _nothing, remove])
    given = everything(lists)
    assert set(given) >= lists.always
    assert len(given) == len(set(given))


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("before", [1, 30])
def test_records_that_come_before_where_we_stand_are_read_too(before: int, counts: bool) -> None:
    lists = Numbers(list(range(100, 200)), counts=counts)
    lists.behinds = counts

    def insert(numbers: Numbers) -> None:
        for number in range(before):
            numbers.insert(number)

    lists.changes = iter([_nothing, _nothing, _nothing, insert])
    given = everything(lists)
    assert set(given) == lists.ever
    assert len(given) == len(set(given))


def test_what_came_meanwhile_is_asked_for_before_the_whole_list_is_read_again() -> None:
    lists = Numbers(list(range(1000, 2000)))
    lists.changes = iter([_nothing, _nothing, _nothing, lambda numbers: numbers.insert(1)])
    honest = lists.page

    def newer(line: Line, ask: Ask) -> Page:
        if "newer" in ask.query:
            return Page([{"n": 1}], 1, False)
        return honest(line, ask)

    lists.page = newer  # type: ignore[method-assign]
    given = everything(lists, 100, "newer")
    assert set(given) == lists.ever
    assert len(lists.asked) < 20


def test_a_list_that_is_not_sorted_as_asked_comes_whole() -> None:
    lists = Numbers(list(range(100)))
    lists.sort = lambda number: number * 37 % 101
    given = everything(lists)
    assert sorted(given) == list(range(100))


def test_with_a_handle_the_list_is_read_as_it_was() -> None:
    lists = Numbers(list(range(50)), counts=False)
    lists.behinds, lists.handles = False, True
    lists.changes = iter([_nothing, _nothing, lambda numbers: numbers.remove(3)])
    assert everything(lists) == list(range(50))
    assert [ask.start for ask in lists.asked] == [0, 10, 20, 30, 40]


def test_a_record_that_cannot_be_read_is_left_out_and_the_others_come() -> None:
    lists = Numbers(list(range(100)))
    lists.garbled = {17, 55}
    given = everything(lists)
    assert given == [number for number in range(100) if number not in lists.garbled]
    assert lists.left_out == [17, 55]


def test_a_server_that_sends_nothing_readable_is_no_fault_of_the_records() -> None:
    lists = Numbers(list(range(100)))
    lists.garbled = set(range(100))
    with pytest.raises(StoppedError) as stopped:
        everything(lists, 50)
    assert [problem.code for problem in stopped.value.problems] == ["source-garbled"]


def test_a_server_that_cannot_be_asked_for_what_lies_behind_is_told_and_read() -> None:
    lists = Numbers(list(range(30)))
    honest = lists.page

    def refuses(line: Line, ask: Ask) -> Page:
        if ask.query:
            raise Refused("HTTP 400, ReturnCode 66", Action.QUERY)
        return honest(line, ask)

    lists.page = refuses  # type: ignore[method-assign]
    assert everything(lists) == list(range(30))
    assert lists.noted == ["source-unsorted"]


@pytest.mark.parametrize("counts", [True, False])
def test_reading_goes_on_behind_any_page(counts: bool) -> None:
    lists = Numbers(list(range(45)), counts=counts)
    lists.behinds = counts
    with crew() as asking:
        chunks = list(read(asking, lists, "", "", 10))
    for done, chunk in enumerate(chunks):
        name, mark = Mark.parse(chunk.mark.text("numbers"))
        assert (name, mark) == ("numbers", chunk.mark)
        with crew() as asking:
            rest = numbers_of(list(read(asking, lists, "", "", 10, mark)))
        assert numbers_of(chunks[: done + 1]) + rest == list(range(45))


def test_going_on_after_records_went_loses_none() -> None:
    lists = Numbers(list(range(60)))
    with crew() as asking:
        chunks = list(read(asking, lists, "", "", 10))
    for number in (2, 3, *range(15, 25)):
        lists.remove(number)
    with crew() as asking:
        rest = numbers_of(list(read(asking, lists, "", "", 10, chunks[2].mark)))
    assert set(numbers_of(chunks[:3]) + rest) >= lists.always
    assert rest == list(range(28, 60))


_CHANGES = st.lists(
    st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=4), max_size=25
)


@settings(max_examples=150, deadline=None)
@given(
    st.sets(st.integers(0, 300), max_size=120),
    st.integers(1, 25),
    st.integers(2, 30),
    _CHANGES,
    st.booleans(),
)
def test_whatever_comes_and_goes_the_others_come_once(
    numbers: set[int],
    page: int,
    most: int,
    changes: list[list[tuple[bool, int]]],
    counts: bool,
) -> None:
    lists = Numbers(sorted(numbers), counts=counts)
    lists.behinds, lists.most = counts, most

    def change(what: list[tuple[bool, int]]) -> Change:
        def made(lists: Numbers) -> None:
            for inserts, number in what:
                (lists.insert if inserts else lists.remove)(number)

        return made

    lists.changes = chain([_nothing], map(change, changes))
    given = everything(lists, page)
    assert set(given) >= lists.always
    assert set(given) <= lists.ever
    twice = {number for number, times in Counter(given).items() if times > 1}
    assert not twice & lists.always


@pytest.mark.parametrize("seed", range(40))
def test_with_several_pages_under_way_nothing_is_lost_either(seed: int) -> None:
    draw = Random(seed)
    lists = Numbers(draw.sample(range(400), 150), counts=True)
    lists.behinds, lists.most = bool(seed % 3), draw.randint(2, 30)

    def change(lists: Numbers) -> None:
        for _ in range(draw.randint(0, 3)):
            (lists.insert if draw.random() < 0.5 else lists.remove)(draw.randrange(400))

    lists.changes = chain([_nothing], [change] * draw.randint(0, 25))
    given = everything(lists, draw.randint(2, 20), workers=4)
    assert lists.always <= set(given) <= lists.ever
    assert not {n for n, times in Counter(given).items() if times > 1} & lists.always


def _nothing(lists: Numbers) -> None:
    pass
