from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import datetime

import pytest

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract import ahead
from migrate.extract.ahead import read_ahead
from migrate.extract.source import KindInfo
from migrate.records import Batch
from migrate.state.prepared import Prepared, Preparer

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

    def prepared(self) -> Iterator[Prepared]:
        return map(Preparer(()), self.read("incidents"))


def test_what_comes_is_what_would_have_been_read_here() -> None:
    source, problems = Invented(), list[Problem]()
    found = list(read_ahead(source, source.prepared, problems))
    assert found == list(Invented().prepared())
    assert [type(value) for value in found[0].rows[0][2:]] == [str, str, type(None), bool, float]
    assert found[1].skipped == 1


def test_problems_met_there_are_told_here_once() -> None:
    source, problems = Invented(), list[Problem]()
    list(read_ahead(source, source.prepared, problems))
    assert [problem.code for problem in problems] == ["record-malformed"]
    assert problems[0].place != str(os.getpid())


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
    source = Invented(then)
    reading = read_ahead(source, source.prepared, [])
    assert [len(next(reading).rows), len(next(reading).rows)] == [2, 2]
    with pytest.raises(error) as stopped:
        next(reading)
    assert [problem.code for problem in stopped.value.problems] == codes


def test_problems_met_before_it_stopped_are_told_too() -> None:
    source, problems = Invented("refused"), list[Problem]()
    with pytest.raises(ConfigurationError):
        list(read_ahead(source, source.prepared, problems))
    assert [problem.code for problem in problems] == ["record-malformed"]


def test_who_stops_early_leaves_no_process_behind() -> None:
    source = Invented()
    reading = read_ahead(source, source.prepared, [])
    next(reading)
    assert len(multiprocessing.active_children()) == 1
    reading.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []
