"""A refusal that came after the work was done: what is there is found, and never made again."""

from __future__ import annotations

import time

import pytest
from loading import Desk, incident, whole

from migrate.records import OpKey, State


def _refused(desk: Desk, step: str) -> None:
    """As if a proxy had answered 413 to what TOPdesk did all the same."""
    key = OpKey("hpsm", "incident", "IM1", step, 0)
    desk.journal.note(key, State.FAILED, time.time(), code="value-refused", detail="status 413")
    desk.journal.commit()


@pytest.mark.parametrize("step", ["create", "history/v/1"])
def test_it_is_looked_for_before_it_is_tried_again(desk: Desk, step: str) -> None:
    chain = incident("IM1", parts=1)
    desk.plan(chain)
    desk.load("incident")
    writes = desk.census()["counts"]
    _refused(desk, step)
    desk.journal.reopen("it", (State.FAILED,), None, time.time())
    desk.load("incident")
    assert desk.census()["counts"] == writes
    whole(desk, chain)


def test_verify_shows_what_is_there_all_the_same(desk: Desk) -> None:
    chain = incident("IM1", parts=1)
    desk.plan(chain)
    desk.load("incident")
    _refused(desk, "history/v/1")
    shown = [(each.code, each.detail) for each in desk.verify().differences]
    assert shown == [("late-in-target", "history/v/1")]
