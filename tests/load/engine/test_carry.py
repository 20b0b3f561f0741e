"""What a worker carries: what never left counts as nothing that is under way."""

from __future__ import annotations

import time
from collections import deque

from loading import Desk

from migrate.load.carry import Carrier
from migrate.load.pacer import Pacer
from migrate.load.work import Send, Work
from migrate.records import Operation, OpKey, Outcome
from migrate.state.plan_store import Planned


def test_what_is_not_sent_after_its_turn_is_not_under_way(desk: Desk) -> None:
    pacer = Pacer(4)
    carrier = Carrier(desk.target, pacer, lambda now: 0.0, lambda: False, desk.stop, time.monotonic)
    body = {"name": "a", "size": 1, "sha256": "0", "description": "", "invisibleForCaller": True}
    key = OpKey("hpsm", "incident", "IM1", "attachment/1", 0)
    nobody = Planned.nobody("it", "tickets", "incident", "IM1")
    send = Send(Work(nobody, deque(), "an-id", begun=True), Operation(key, body, "an-id"), 0, {})
    outcome = carrier.carry(send)
    assert isinstance(outcome, Outcome)
    assert outcome.code == "attachment-content-missing"
    pacer.note(outcome, time.monotonic())
    assert pacer.under_way == 0
