"""A card that was not made, and that somebody has made by hand since, is found and not made
again."""

from __future__ import annotations

import time

import pytest
from loading import Desk, group, incident, person
from undoing import ask, id_of, load, undo

from migrate.records import Chain, State

CHAINS = (person("kari"), group("IT NETT"))


def _not_made(desk: Desk, chain: Chain, *, refused: bool) -> None:
    """Refused and retried; or the load was stopped before it was sent."""
    desk.plan(chain)
    desk.wrote(chain, State.FAILED if refused else State.PLANNED)
    if refused:
        assert desk.journal.reopen("it", (State.FAILED,), None, time.time()) == 1


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "held up"])
@pytest.mark.parametrize("planned_first", [True, False], ids=["after the plan", "before the plan"])
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.kind)
def test_what_was_made_by_hand_is_found(
    desk: Desk, chain: Chain, planned_first: bool, refused: bool
) -> None:
    _not_made(desk, chain, refused=refused)
    if planned_first:
        desk.plan(chain)
    made = desk.send(chain, "create")
    if not planned_first:
        desk.plan(chain)
    desk.load(chain.kind)
    assert desk.count(chain.kind) == 1
    record = desk.journal.records(chain.kind, [chain.identity])[chain.identity]
    assert (record.target_id, record.whole) == (made, True)
    tasks = {"tasks": State.DONE} if chain.kind == "operator_group" else {}
    assert desk.states(chain.identity, chain.kind) == {"create": State.SKIPPED, **tasks}
    writes = desk.server.stats()["writes"]
    desk.plan(chain)
    desk.load(chain.kind)
    assert desk.server.stats()["writes"] == writes
    assert undo(desk).lines == []


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "held up"])
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.kind)
def test_what_nobody_has_made_is_made_once(desk: Desk, chain: Chain, refused: bool) -> None:
    _not_made(desk, chain, refused=refused)
    for _ in range(2):
        desk.plan(chain)
        desk.load(chain.kind)
    assert desk.count(chain.kind) == 1
    assert set(desk.states(chain.identity, chain.kind).values()) == {State.DONE}


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "without an answer"])
def test_a_ticket_that_a_person_brings_back_while_its_new_creation_stands_is_not_made_twice(
    desk: Desk, lost: bool
) -> None:
    chain = incident("IM1")
    load(desk, chain)
    old = id_of(desk, "IM1")
    undo(desk)
    desk.plan(chain)
    desk.wrote(chain, State.IN_DOUBT if lost else State.FAILED, revision=1)
    if not lost:
        assert desk.journal.reopen("it", (State.FAILED,), None, time.time()) == 1
    ask(desk, "PATCH", f"incidents/id/{old}/unarchive")
    before = desk.trail(old)
    load(desk, chain)
    assert desk.count("incident") == 1
    assert desk.trail(old) == before
    assert id_of(desk, "IM1") == old
    assert desk.states("IM1")["create"] is State.SKIPPED
    writes = desk.server.stats()["writes"]
    load(desk, chain)
    assert desk.server.stats()["writes"] == writes
    assert undo(desk).lines == []


def test_a_ticket_that_is_archived_still_after_an_undo_is_made_anew(desk: Desk) -> None:
    chain = incident("IM1")
    load(desk, chain)
    old = id_of(desk, "IM1")
    undo(desk)
    desk.plan(chain)
    desk.wrote(chain, State.FAILED, revision=1)
    assert desk.journal.reopen("it", (State.FAILED,), None, time.time()) == 1
    load(desk, chain)
    assert id_of(desk, "IM1") != old
    assert len(desk.trail(id_of(desk, "IM1"))) == len(desk.trail(old))
