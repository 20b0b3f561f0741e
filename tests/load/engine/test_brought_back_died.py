"""What brings a card back is settled like every other request, whatever becomes of its answer."""

from __future__ import annotations

import pytest
from loading import Desk, person
from undoing import load, undo

from migrate.errors import StoppedError
from migrate.records import Chain, State
from migrate.simulate.topdesk.faults import Fault

KARI = person("kari")


@pytest.fixture
def undone(desk: Desk) -> Desk:
    load(desk, KARI)
    undo(desk)
    return desk


def _is_back(desk: Desk) -> None:
    """The same person, once, and a further load writes nothing."""
    load(desk, KARI)
    record = desk.journal.records("person", ["kari"])["kari"]
    here = desk.target.get("person", record.target_id)
    assert here is not None
    assert not here.archived
    assert desk.count("person") == 1
    assert desk.states("kari", "person")["restore"] is State.DONE
    writes = desk.server.stats()["writes"]
    load(desk, KARI)
    assert desk.server.stats()["writes"] == writes


@pytest.mark.parametrize("kind", ["answer-lost", "500-after", "500-before", "late", "cut-body"])
def test_no_answer_leaves_it_archived_or_fails_it(undone: Desk, kind: str) -> None:
    undone.server.misbehave(Fault(kind, path="/unarchive", count=1, delay=0.6))
    load(undone, KARI)
    _is_back(undone)


def _unread(desk: Desk, chain: Chain) -> None:
    """A load that hears nothing of what it sent, nor of the person afterwards."""
    desk.plan(chain)
    lost = Fault("answer-lost", path="/unarchive", count=1)
    # The first reading is the look before the load.
    desk.server.misbehave(lost, Fault("503-before", path="/persons", after=1))
    desk.patience = 0.1
    with pytest.raises(StoppedError):
        desk.load("person")
    desk.server.misbehave()
    desk.patience = 20.0
    assert desk.states("kari", "person")["restore"] is State.IN_DOUBT


def test_a_load_that_died_with_it_in_doubt_goes_on_under_a_new_plan(undone: Desk) -> None:
    _unread(undone, KARI)
    load(undone, KARI)
    _is_back(undone)
