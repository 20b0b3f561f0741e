"""A bounded part of `make fuzz`, and that the fuzzing finds what it looks for."""

from __future__ import annotations

import sys

import pytest
from targets import TARGETS
from workers import LIMITS, Failure, Limits, Outcome, Work, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's view of memory")

INPUTS = 2_500
IMPATIENT = Limits(seconds=0.3)


def test_spoiled_inputs_are_refused_in_our_own_words_and_nothing_else_happens() -> None:
    outcome = run(Work(20190930, INPUTS, list(TARGETS)), processes=1)
    assert outcome.failures == []
    assert outcome.inputs >= INPUTS
    assert {name for name, _ in outcome.results} == set(TARGETS)
    assert outcome.peak <= LIMITS.memory


def _found(name: str, inputs: int = 2, limits: Limits = IMPATIENT) -> Outcome:
    return run(Work(1, inputs, [name], limits, module="broken_readers"), processes=1)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("odd", "KeyError"),
        ("endless", "takes more than 0.3 s"),
        ("dead", "crashes"),
        ("greedy", "takes too much memory"),
    ],
)
def test_each_broken_promise_is_found_and_reading_goes_on(name: str, what: str) -> None:
    outcome = _found(name)
    assert [failure.sort[1] for failure in outcome.failures] == [what] * 2
    assert [failure.number for failure in outcome.failures] == [0, 1]
    assert outcome.inputs == 2


def test_what_no_signal_reaches_is_given_up() -> None:
    (failure,) = _found("deaf", inputs=1, limits=Limits(silence=1.5)).failures
    assert failure.sort == Failure("deaf", 0, "hangs").sort


def test_a_good_reader_has_no_failures() -> None:
    outcome = _found("good", inputs=5)
    assert (outcome.failures, outcome.inputs, dict(outcome.results)) == (
        [],
        5,
        {("good", "good"): 5},
    )


def test_the_same_seed_spoils_the_same_inputs() -> None:
    first, second = (Work(7, 10, list(TARGETS)) for _ in range(2))
    for name in TARGETS:
        assert [first.made(name, n) for n in range(3)] == [second.made(name, n) for n in range(3)]
