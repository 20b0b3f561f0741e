from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import pytest

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract import ahead
from migrate.extract.ahead import Asked, ReadAhead
from migrate.extract.source import KindInfo
from migrate.records import Batch
from migrate.state.prepared import Preparer

pytestmark = pytest.mark.skipif(not ahead._FORKS, reason="needs Linux and two cores")

ROWS = [("IM1", "Får ikke åpnet døra", None, True, 1.5), ("IM2", None, 600, False, 2)]
TYPES = ("text", "text", "duration", "logical", "number")


class Invented:
    """A source of two batches; then something happens to the process that reads it."""

    name = "hpsm"

    def __init__(self, then: str = "") -> None:
        self._then = then
        self._problems = [Problem("record-key-empty", "before", "told before the fork")]

    def check(self) -> list[Problem]:
        return []

    def describe(self) -> list[KindInfo]:
        return []

    def problems(self) -> list[Problem]:
        return list(self._problems)

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        columns = ("number", "title", "spent", "visible", "cost")
        raw = {1: {"title": "\N{REPLACEMENT CHARACTER}"}}
        yield Batch(kind, columns, 0, ROWS, types=TYPES)
        yield Batch(kind, columns, 0, [("IM3", None, None, None, None)] * 2, raw, TYPES, 1)
        self._problems.append(Problem("record-malformed", str(os.getpid()), "told in the child"))
        match self._then:
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "lost":
                raise StoppedError(Problem("source-lost", kind, "gone"))
            case "refused":
                raise ConfigurationError(
                    [Problem("source-unreadable", kind, "no"), *self._problems]
                )


ASKED = Asked("incidents", None, "", Preparer(()))


def test_what_comes_is_what_would_have_been_read_here() -> None:
    with ReadAhead(Invented()) as ahead:
        ahead.ask(ASKED)
        found = list(ahead.batches())
    assert found == list(ASKED.read(Invented()))
    assert [type(value) for value in found[0].rows[0][2:]] == [str, str, type(None), bool, float]
    assert found[1].skipped == 1


def test_kinds_come_in_the_order_in_which_they_were_asked_from_one_process() -> None:
    with ReadAhead(Invented()) as ahead:
        for kind in ("incidents", "activities"):
            ahead.ask(ASKED._replace(kind=kind))
        found = [batch.kind for _ in range(2) for batch in ahead.batches()]
        ahead.ask(ASKED._replace(kind="texts"))
        found += [batch.kind for batch in ahead.batches()]
        assert len(multiprocessing.active_children()) == 1
    assert found == ["incidents"] * 2 + ["activities"] * 2 + ["texts"] * 2


def test_problems_met_there_are_told_here_once() -> None:
    with ReadAhead(Invented()) as ahead:
        ahead.ask(ASKED)
        list(ahead.batches())
        assert [problem.code for problem in ahead.problems] == ["record-malformed"]
    assert [problem.code for problem in ahead.problems] == ["record-malformed"]
    assert ahead.problems[0].place != str(os.getpid())


@pytest.mark.parametrize(
    ("then", "error", "codes"),
    [
        ("lost", StoppedError, ["source-lost"]),
        ("killed", StoppedError, ["source-lost"]),
        (
            "refused",
            ConfigurationError,
            ["source-unreadable", "record-key-empty", "record-malformed"],
        ),
    ],
)
def test_what_stops_the_reading_there_stops_it_here(
    then: str, error: type[StoppedError], codes: list[str]
) -> None:
    with ReadAhead(Invented(then)) as ahead:
        ahead.ask(ASKED)
        reading = ahead.batches()
        assert [len(next(reading).rows), len(next(reading).rows)] == [2, 2]
        with pytest.raises(error) as stopped:
            next(reading)
    assert [problem.code for problem in stopped.value.problems] == codes


def test_what_was_asked_behind_a_kind_that_cannot_be_read_comes_all_the_same() -> None:
    with ReadAhead(Invented("refused")) as ahead:
        ahead.ask(ASKED)
        ahead.ask(ASKED._replace(kind="activities"))
        with pytest.raises(ConfigurationError):
            list(ahead.batches())
        assert [problem.code for problem in ahead.problems] == ["record-malformed"]
        assert len(list(islice(ahead.batches(), 2))) == 2


def test_what_was_asked_behind_a_kind_that_is_not_wanted_any_more_begins_anew() -> None:
    with ReadAhead(Invented()) as ahead:
        for kind in ("incidents", "activities"):
            ahead.ask(ASKED._replace(kind=kind))
        reading = ahead.batches()
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        assert [batch.kind for batch in ahead.batches()] == ["activities"] * 2


def test_who_stops_early_leaves_no_process_behind() -> None:
    with ReadAhead(Invented()) as ahead:
        ahead.ask(ASKED)
        next(ahead.batches())
    assert multiprocessing.active_children() == []
