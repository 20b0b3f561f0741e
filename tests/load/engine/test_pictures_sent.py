"""A picture that a text brings along: in the text, or as a file; there once, and read back."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

import pytest
from loading import Desk, incident

from migrate.records import Chain, State, Step
from migrate.simulate.topdesk.faults import Fault

CONTENT = b"\x89PNG " + bytes(range(256)) * 40
DATA = base64.b64encode(CONTENT).decode()


def illustrated(size: int = len(CONTENT)) -> Chain:
    chain = incident("IM1", parts=0)
    create, call_date, close = chain.steps
    told = Step(
        "history/v/1",
        {
            "action": f'Slik: <img src="data:image/png;base64,{DATA}"><br>[IM1/v/1]',
            "actionInvisibleForCaller": False,
        },
        "[IM1/v/1]",
        ("A1",),
    )
    file = Step(
        "attachment/abc",
        {
            "name": "bilde-abc.png",
            "sha256": sha256(CONTENT).hexdigest(),
            "size": size,
            "description": "[IM1/a/abc]",
            "invisibleForCaller": True,
            "content": DATA,
        },
        "[IM1/a/abc]",
        ("abc",),
    )
    return replace(chain, steps=(create, call_date, told, file, close))


@pytest.mark.parametrize("fault", ["", "answer-lost", "severed", "cut-body"])
def test_a_picture_is_there_once_and_whole(desk: Desk, fault: str) -> None:
    desk.plan(illustrated())
    if fault:
        again = {"method": "POST|PATCH", "count": 2, "after": 1, "delay": desk.window / 3}
        desk.server.misbehave(Fault(fault, **again))  # type: ignore[arg-type]
    desk.load()
    assert desk.census()["contents"] == {sha256(CONTENT).hexdigest(): 1}
    target_id = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    entries = desk.ask(f"incidents/id/{target_id}/actions")
    assert isinstance(entries, list)
    (entry,) = entries
    assert f'<img src="data:image/png;base64,{DATA}"/>' in entry["memoText"]
    assert desk.verify().differences == []


def test_a_picture_of_another_length_than_was_planned_is_not_sent(desk: Desk) -> None:
    desk.plan(illustrated(size=7))
    desk.load()
    assert desk.states("IM1")["attachment/abc"] is State.FAILED
    assert desk.census()["contents"] == {}
