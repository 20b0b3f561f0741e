"""The pacer: slows down for the target, never for long and never above the ceiling."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.load.controller import START
from migrate.load.pacer import FIRST_PAUSE, LONGEST_PAUSE, Pacer, retry_after
from migrate.records import Answer, OpKey, Outcome

KEY = OpKey("hpsm", "incident", "IM1", "create", 0)
NOW = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)


def outcome(answer=Answer.DONE, *, status=201, code="", wait=0.0, latency=0.1):
    return Outcome(KEY, answer, status=status, code=code, wait=wait, latency=latency)


def busy(wait=0.0, latency=0.1, status=429):
    return outcome(Answer.NOT_SENT, status=status, code="target-busy", wait=wait, latency=latency)


def test_it_starts_small_and_never_exceeds_the_ceiling():
    pacer = Pacer(16)
    assert pacer.limit == START
    _answer_for(pacer, seconds=30)
    assert pacer.limit == 16
    assert Pacer(2).limit == 2


def _answer_for(pacer, seconds, latency=0.1):
    """Keep as many requests under way as are allowed; each is done after `latency`."""
    now, ends = 0.0, []
    while now < seconds:
        while len(ends) < pacer.limit and not pacer.ready(now):
            ends.append(now + pacer.started(now) + latency)
        ends.sort()
        now = ends.pop(0)
        pacer.note(outcome(latency=latency), now)


def test_one_wave_of_refusals_narrows_once():
    pacer = Pacer(16)
    _answer_for(pacer, seconds=30)
    for _ in range(16):  # all were under way when the first answer came
        pacer.note(busy(latency=0.5), now=40.0)
    once = pacer.limit
    assert 8 <= once < 16
    for second in range(41, 45):  # these left after that
        pacer.note(busy(latency=0.5), second)
    assert pacer.limit < once


def test_it_never_stops_altogether():
    pacer = Pacer(4)
    for second in range(20):
        pacer.note(busy(), second)
    assert pacer.limit == 1


def test_retry_after_holds_everybody_back():
    pacer = Pacer(16)
    pacer.note(busy(wait=30), now=100.0)
    assert (pacer.ready(100.0), pacer.ready(129.0), pacer.ready(130.0)) == (30.0, 1.0, 0.0)
    pacer.note(busy(wait=1), now=101.0)
    assert pacer.paused(101.0) == 29.0, "a shorter wish does not undo a longer one"


def test_a_target_that_is_away_is_left_alone_for_longer_each_time():
    pacer, now, pauses = Pacer(16), 0.0, []
    for _ in range(9):
        pacer.note(outcome(Answer.NOT_SENT, status=0, code="target-unreachable"), now)
        pauses.append(pacer.ready(now))
        now += pauses[-1] + 1
    assert pauses[0] == FIRST_PAUSE
    assert pauses[1] == 2 * FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE
    pacer.note(outcome(), now)
    pacer.note(outcome(Answer.NOT_SENT, status=0, code="target-unreachable"), now + 1)
    assert pacer.ready(now + 1) == pytest.approx(FIRST_PAUSE), "a success ends the series"


@pytest.mark.parametrize(
    ("status", "code", "halves"),
    [
        (0, "no-answer", True),
        (504, "answer-unclear", True),
        (503, "answer-unclear", True),
        (0, "connection-cut", False),
        (500, "answer-unclear", False),
        (201, "answer-unclear", False),
    ],
)
def test_of_what_is_in_doubt_only_overload_slows_down(status, code, halves):
    pacer = Pacer(16)
    pacer.note(outcome(Answer.IN_DOUBT, status=status, code=code), now=1.0)
    assert pacer.limit == (START / 2 if halves else START)


def test_503_pauses_even_where_it_leaves_the_request_in_doubt():
    pacer = Pacer(16)
    pacer.note(outcome(Answer.IN_DOUBT, status=503, code="answer-unclear", wait=5), now=1.0)
    assert pacer.ready(1.0) == 5


def test_what_never_left_this_process_says_nothing_of_the_target():
    pacer = Pacer(16)
    for _ in range(16):
        pacer.note(outcome(Answer.NOT_SENT, status=0, code="held-back", latency=0.0), now=1.0)
    assert (pacer.limit, pacer.ready(1.0)) == (START, 0.0)


@given(st.floats(0.5, 50), st.lists(st.floats(0, 0.3), min_size=200, max_size=200))
def test_a_rate_is_kept_whatever_the_dispatcher_does(rate, steps):
    pacer, now, started = Pacer(16, max_rate=rate), 0.0, 0
    for step in steps:
        now += step
        if pacer.ready(now) == 0:
            pacer.started(now)
            started += 1
    assert started <= now * rate + max(1.0, rate) + 1


def test_asking_whether_it_is_time_costs_nothing():
    pacer = Pacer(16, max_rate=1.0)
    assert [pacer.ready(0.0) for _ in range(5)] == [0.0] * 5
    pacer.started(0.0)
    assert pacer.ready(0.0) == 1.0
    assert pacer.ready(0.75) == 0.25


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 5 ", 5),
        ("-5", 0),
        ("1e9", 0),
        ("99999999999999999999", 86_400),
        ("Tue, 03 Feb 2099 11:00:00 GMT", 86_400),
        ("soon", 0),
        ("Tue, 03 Feb 2026 12:00:45 GMT", 45),
        ("Tue, 03 Feb 2026 11:00:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, None, NOW) == seconds


def test_a_date_is_measured_by_the_servers_own_clock():
    until, date = "Tue, 03 Feb 2026 09:00:30 GMT", "Tue, 03 Feb 2026 09:00:00 GMT"
    assert retry_after(until, date, NOW) == 30
