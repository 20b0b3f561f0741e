"""What one process may ask of the target in a second, and the pause that holds for all requests."""

import time

from migrate.load.one_process import OneProcess
from migrate.load.turns import Turns


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += max(seconds, 0.001)


def turns(rate=None, patience=300.0):
    clock = Clock()
    return Turns(OneProcess(rate, clock), patience=patience, clock=clock, sleep=clock.sleep), clock


def test_without_a_ceiling_every_request_leaves_at_once():
    made, clock = turns()
    assert [made.admit(writes=True) for _ in range(50)] == [True] * 50
    assert clock.now == 100.0


def test_reads_and_writes_share_the_ceiling():
    made, clock = turns(rate=10)
    for number in range(31):
        assert made.admit(writes=number % 2 == 0)
    assert 2.9 <= clock.now - 100.0 <= 3.2


def test_what_retry_after_asks_for_holds_for_reads_too():
    made, clock = turns()
    made.refused(3.0)
    assert made.pause(clock.now) == 3.0
    assert made.admit(writes=False)
    assert clock.now >= 103.0


def test_a_write_is_held_back_where_the_pause_is_long():
    made, clock = turns()
    made.refused(60.0)
    assert made.admit(writes=True) is False
    assert clock.now < 110.0


def test_a_read_that_pauses_the_writes(serve, connect):
    answers = iter([(429, None, {"Retry-After": "1"}), (200, {"version": "4"})])
    server = serve(lambda request: next(answers))
    made = Turns(OneProcess())
    http = connect(server.url, turns=made)
    began = time.monotonic()
    assert http.read("/tas/api/version").status == 200
    assert time.monotonic() - began >= 0.9
    assert made.pause(began) > 0
