"""When the target's silence may be believed."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.load.settle import Judgement, Settler
from migrate.load.work import Doubt, Work
from migrate.records import Found, Operation, OpKey
from migrate.state.plan_store import Planned

WINDOW = 100.0
ONE, TWO = Found("incident", "1", ""), Found("incident", "2", "")


def doubt(since: float = 0.0, identity: str = "IM1") -> Doubt:
    nobody = Planned.nobody("ub", "tickets", "incident", identity)
    operation = Operation(OpKey("hpsm", "incident", identity, "create", 0), {})
    return Doubt(Work(nobody, deque(), "", begun=True), operation, 0, since)


@pytest.mark.parametrize("now", [1.0, 99.0, 500.0])
def test_one_record_settles_it_at_any_time_and_two_are_a_conflict(now: float) -> None:
    settler = Settler(WINDOW)
    assert settler.judge(doubt(), [ONE], now) is Judgement.DONE
    assert settler.judge(doubt(), [ONE, TWO], now) is Judgement.DOUBLED
    assert len(settler) == 0


@given(st.floats(0, 99.9), st.floats(0, 1000))
def test_nothing_found_is_not_believed_within_the_window(age: float, since: float) -> None:
    settler = Settler(WINDOW)
    assert settler.judge(doubt(since), [], since + age) is Judgement.OPEN
    wait = settler.wait(since + age)
    assert wait is not None
    assert age + wait <= WINDOW + 1e-6


def test_after_the_window_it_takes_two_look_ups() -> None:
    settler, lost = Settler(WINDOW), doubt()
    assert settler.judge(lost, [], WINDOW) is Judgement.OPEN
    assert settler.due(WINDOW) == []
    (again,) = settler.due(WINDOW * 1.05)
    assert again is lost
    assert settler.judge(lost, [], WINDOW * 1.05) is Judgement.NOT_DONE


def test_what_turns_up_at_the_second_look_is_done() -> None:
    settler, slow = Settler(WINDOW), doubt()
    settler.judge(slow, [], WINDOW)
    assert settler.judge(slow, [ONE], WINDOW * 1.05) is Judgement.DONE


@given(st.lists(st.floats(0, 50), max_size=10), st.floats(0, 60))
def test_look_ups_come_when_they_are_due_and_each_once(dues: list[float], now: float) -> None:
    settler = Settler(WINDOW)
    for n, due in enumerate(dues):
        settler.add(doubt(identity=str(n)), due)
    out = settler.due(now)
    assert len(out) == sum(due <= now for due in dues)
    assert len(settler) == len(dues) - len(out)
    wait = settler.wait(now)
    assert wait is None if not len(settler) else wait is not None and wait > 0
