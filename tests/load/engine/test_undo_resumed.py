"""An undo that dies, is stopped, gets no answer or is refused."""

from __future__ import annotations

import threading
import time

import pytest
from loading import Desk, incident, stopped
from undoing import CHAINS, ask, id_of, load, told, undo

from migrate.errors import StoppedError
from migrate.records import OpKey, State
from migrate.simulate.topdesk.faults import Fault
from migrate.state.journal_aside import UNDO


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT])
def test_an_undo_that_died_is_settled_and_goes_on(desk: Desk, done: bool, state: State) -> None:
    load(desk, *CHAINS[:2])
    id = id_of(desk, "IM1")
    if done:
        ask(desk, "PUT", f"incidents/id/{id}/archive", {})
    key = OpKey("hpsm", "incident", "IM1", UNDO, 0)
    desk.journal.intend(key, 0, id, "[]", False, "", 7, time.time())
    if state is State.IN_DOUBT:
        desk.journal.note(key, state, time.time(), sent_at=time.time())
    desk.journal.commit()
    desk.close()
    desk.open()
    assert desk.load().requests == 0  # a load leaves alone what an undo has begun
    result = told(undo(desk))
    assert result == {"IM1": ("archive", ""), "IM2": ("archive", "")}
    assert desk.bucket("IM1") is State.UNDONE
    assert undo(desk).lines == []


def test_a_load_that_died_is_judged_by_what_it_left(desk: Desk) -> None:
    chain = CHAINS[0]
    desk.plan(*CHAINS[:3])
    id = desk.send(chain, "create")
    desk.wrote(chain, State.SENDING)
    desk.send(CHAINS[1], "create")
    desk.wrote(CHAINS[1], State.IN_DOUBT)
    desk.wrote(CHAINS[2], State.SENDING)
    result = told(undo(desk))
    assert result == {
        "IM1": ("archive", ""),
        "IM2": ("archive", ""),
        "IM3": ("gone", "gone"),
    }
    found = desk.target.get("incident", id)
    assert found is not None
    assert found.archived


@pytest.mark.parametrize(
    "kind", ["answer-lost", "500-after", "500-before", "429", "garbage", "late", "severed"]
)
def test_lost_answers_are_settled_and_nothing_is_sent_blindly(desk: Desk, kind: str) -> None:
    load(desk, *CHAINS)
    desk.server.misbehave(Fault(kind, method="PUT", path="/archive$", count=3, delay=0.5))
    result = undo(desk)
    assert told(result) == {chain.identity: ("archive", "") for chain in CHAINS}
    assert desk.census()["incidents_by_status"] == {"secondLineArchived": 4}


def test_an_undo_that_is_stopped_goes_on_with_the_same_command(desk: Desk) -> None:
    load(desk, *[incident(f"IM{n}", parts=1) for n in range(1, 40)])
    desk.server.misbehave(latency=0.03)
    threading.Timer(0.4, desk.stop.set).start()
    error = stopped(lambda: undo(desk))
    assert isinstance(error, StoppedError)
    desk.server.misbehave()
    desk.stop.clear()
    undo(desk)
    assert desk.census()["incidents_by_status"] == {"secondLineArchived": 39}
    assert desk.bucket("IM1") is State.UNDONE


def test_what_the_target_refuses_is_kept_and_tried_again_by_the_next_undo(desk: Desk) -> None:
    load(desk, *CHAINS[:2])
    result = undo(desk, reason="00000000-0000-4000-8000-000000000000")
    assert {line.what for line in result.lines} == {"failed"}
    assert {line.code for line in result.lines} == {"target-value-not-found"}
    assert desk.states("IM1")[UNDO] is State.KEPT
    assert desk.load().requests == 0
    assert told(undo(desk)) == {"IM1": ("archive", ""), "IM2": ("archive", "")}


def test_what_comes_late_is_waited_for_whatever_the_clocks_say(desk: Desk) -> None:
    """The intent is of another machine, or of before this one's clock was set."""
    chain = CHAINS[0]
    desk.plan(chain)
    desk.wrote(chain, State.IN_DOUBT, age=3_600)
    late = threading.Timer(desk.window / 3, desk.send, (chain, "create"))
    late.start()
    result = told(undo(desk))
    late.join()
    assert result == {"IM1": ("archive", "")}
