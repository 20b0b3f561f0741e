from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from proxy import proxied
from stores import emptied, in_database

from migrate.errors import StoppedError
from migrate.records import Member, OpKey, State
from migrate.state import place as places
from migrate.state.journal import Journal, Record
from migrate.state.leases import Leases
from migrate.state.place import Postgres

pytestmark = pytest.mark.postgres

LENGTH = 0.8
"""Seconds that a lease of these tests holds."""

_HOLD = """
import sys, time
from migrate.state.leases import Leases
from migrate.state.place import Postgres
with Leases(Postgres(sys.argv[1], "journal"), float(sys.argv[3])).hold(sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""

Make = Callable[..., Leases]


@pytest.fixture
def place(postgres_database: str) -> Postgres:
    emptied(postgres_database)
    return in_database(postgres_database)


@pytest.fixture
def leases(place: Postgres) -> Iterator[Make]:
    """Leases, each as a process of its own has them."""
    made: list[Leases] = []

    def make(at: Postgres = place, seconds: float = LENGTH) -> Leases:
        made.append(Leases(at, seconds))
        return made[-1]

    yield make
    for each in made:
        each.close()


def refused(leases: Leases, name: str) -> str:
    with pytest.raises(StoppedError) as stopped, leases.hold(name):
        pass
    return stopped.value.problems[0].code


def journal_of(place: Postgres, leases: Leases) -> Journal:
    return Journal(replace(place, guard=leases), "hpsm")


def intend(journal: Journal, identity: str) -> bool:
    journal.begin(
        Record("incident", identity, "it", "pilot", "", "", "d"), [Member("incidents", identity)]
    )
    key = OpKey("hpsm", "incident", identity, "create", 0)
    claimed = journal.intend(key, 0, "", "[]", False, "{}", 1, 100.0)
    journal.commit()
    return claimed


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last
        time.sleep(0.02)


def test_a_second_load_of_a_unit_is_refused_on_any_machine(leases: Make) -> None:
    one, other = leases(), leases()
    with one.hold("it"):
        assert refused(other, "it") == "unit-locked"
        assert other.holder("it")
        with other.hold("ub"):
            pass
    assert other.holder("it") == ""
    with other.hold("it"):
        pass


def test_a_lease_is_kept_for_as_long_as_its_process_lives(leases: Make) -> None:
    one, other = leases(), leases()
    with one.hold("it"):
        time.sleep(2.5 * LENGTH)
        assert one.permit()()
        assert refused(other, "it") == "unit-locked"


def test_the_shared_lease_is_waited_for(leases: Make) -> None:
    one, other = leases(), leases()
    said: list[str] = []
    with one.hold("shared"):
        waiting = threading.Thread(target=_hold_shared, args=(other, said))
        waiting.start()
        until(lambda: said == ["waiting"])
    waiting.join(timeout=10)
    assert said == ["waiting", "held"]


def _hold_shared(leases: Leases, said: list[str]) -> None:
    with leases.hold("shared", wait=10, waiting=lambda: said.append("waiting")):
        said.append("held")


def test_the_lease_of_a_killed_process_runs_out(place: Postgres, leases: Make) -> None:
    arguments = [sys.executable, "-c", _HOLD, place.url, "it", str(LENGTH)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    other = leases()
    assert refused(other, "it") == "unit-locked"
    process.kill()
    process.communicate()
    with other.hold("it", wait=10):
        assert other.permit()()


def test_who_lost_a_lease_can_write_no_intent(place: Postgres, leases: Make) -> None:
    with proxied(place) as (far, proxy):
        cut_off, other = leases(far), leases()
        behind = journal_of(place, cut_off)  # its own way to the database holds
        with cut_off.hold("it"):
            assert intend(behind, "IM1")
            proxy.cut()
            with other.hold("it", wait=10):
                assert not cut_off.permit()()
                proxy.mend()
                with pytest.raises(StoppedError) as stopped:
                    intend(behind, "IM2")
                assert stopped.value.problems[0].code == "lease-lost"
                assert intend(journal_of(place, other), "IM3")
        known = behind.entries("incident", ["IM1", "IM2", "IM3"])
        assert {key: [e.state for e in known[key]] for key in known} == {
            "IM1": [State.SENDING],
            "IM3": [State.SENDING],
        }
        behind.close()


def test_what_is_sent_asks_whether_the_lease_still_holds(place: Postgres, leases: Make) -> None:
    with proxied(place) as (far, proxy):
        cut_off = leases(far)
        with cut_off.hold("it"):
            assert cut_off.permit()()
            proxy.stall()
            until(lambda: not cut_off.permit()())
            proxy.mend()
            # Nobody took it over meanwhile, so it is still this process's.
            until(lambda: cut_off.permit()())


def test_a_transaction_left_open_by_a_process_that_was_cut_off_is_undone(
    place: Postgres, leases: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_IDLE", "1s")
    with proxied(place) as (far, proxy):
        cut_off, other = leases(far), leases()
        behind = journal_of(far, cut_off)
        with cut_off.hold("it"):
            behind.begin(Record("incident", "IM1", "it", "pilot", "", "", "d"), [])
            proxy.stall()
            with other.hold("it", wait=10):
                proxy.mend()
                with pytest.raises(StoppedError):
                    behind.commit()
                assert journal_of(place, other).records("incident", ["IM1"]) == {}
        behind.close()


def test_a_request_on_its_way_may_not_leave_once_its_lease_was_given_back(leases: Make) -> None:
    one = leases()
    assert not one.permit()()
    with one.hold("it"):
        on_its_way = one.permit()
        assert on_its_way()
    assert not on_its_way()
    with one.hold("it"):
        assert not on_its_way()
        assert one.permit()()
