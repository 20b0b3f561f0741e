"""A card that was not made, and that somebody has made by hand since, is found and not made
again."""

from __future__ import annotations

import time

import pytest
from loading import Desk, group, person
from undoing import undo

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
