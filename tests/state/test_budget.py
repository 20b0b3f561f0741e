from __future__ import annotations

import threading
import time

import pytest
from proxy import proxied
from stores import in_database

from migrate.errors import StoppedError
from migrate.load.turns import Turns
from migrate.state.budget import Budget
from migrate.state.place import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
def place(postgres_url: str) -> Postgres:
    return in_database(postgres_url)


def most_in(times: list[float], seconds: float) -> int:
    """The most of these moments that lie within any such time."""
    ordered = sorted(times)
    return max(sum(at <= t < at + seconds for t in ordered) for at in ordered)


def crowd(place: Postgres, workers: int, threads: int, rate: float, seconds: float) -> list[float]:
    """When requests left, of as many as are wanted at all times."""
    last, left = time.monotonic() + seconds, list[float]()
    budgets = [Budget(place, rate) for _ in range(workers)]

    def send(turns: Turns) -> None:
        while time.monotonic() < last:
            if turns.admit(writes=True):
                left.append(time.monotonic())

    crew = [
        threading.Thread(target=send, args=(turns,))
        for turns in map(Turns, budgets)
        for _ in range(threads)
    ]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    for budget in budgets:
        budget.close()
    return left


def test_many_workers_together_keep_to_one_rate_and_use_it(place: Postgres) -> None:
    left = crowd(place, workers=3, threads=4, rate=50, seconds=2.5)
    assert len(left) >= 0.8 * 50 * 2.5
    assert most_in(left, 1.0) <= 50 * 1.05 + 1
    assert most_in(left, 0.2) <= 50 * 0.25 + 1


def test_what_the_target_asks_of_one_worker_holds_for_all(place: Postgres) -> None:
    one, other = (Turns(Budget(place, 50)) for _ in range(2))
    assert other.admit(writes=True)
    one.refused(0.6)
    asked = time.monotonic()
    assert other.admit(writes=True)
    assert 0.55 <= time.monotonic() - asked < 1.5


def test_a_pause_is_shared_without_a_ceiling_too(place: Postgres) -> None:
    one, other = (Turns(Budget(place, None)) for _ in range(2))
    assert other.admit(writes=True)
    one.refused(0.4)
    asked = time.monotonic()
    assert other.admit(writes=False)
    assert time.monotonic() - asked >= 0.35


def test_without_the_budget_nothing_is_sent(place: Postgres) -> None:
    with proxied(place) as (far, proxy):
        turns = Turns(Budget(far, 50))
        assert turns.admit(writes=True)
        proxy.cut()
        assert not turns.admit(writes=True)
        with pytest.raises(StoppedError) as stopped:
            turns.admit(writes=False)
        assert stopped.value.problems[0].code == "state-unreachable"
        proxy.mend()
        assert turns.admit(writes=True)


def test_who_may_not_write_is_not_admitted_to_write(place: Postgres) -> None:
    turns = Turns(Budget(place, 50), permit=lambda: lambda: False)
    assert not turns.admit(writes=True)
    assert turns.admit(writes=False)
