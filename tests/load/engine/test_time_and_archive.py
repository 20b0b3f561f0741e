"""Time spent is registered once, and a ticket that ended long ago is archived last of all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from loading import Desk, incident

from migrate.records import Chain, Ref, State, Step
from migrate.simulate.topdesk.faults import Fault

MARKS = ("[IM1/t/a1]", "[IM1/t/b2]")


def long_ago(number: str = "IM1") -> Chain:
    """A ticket with its time and its archiving."""
    chain = incident(number)
    *steps, close = chain.steps
    spent = [
        Step(
            f"time_spent/{key}",
            {
                "timeSpent": minutes,
                "notes": f"[{number}/t/{key}] · Kari",
                "entryDate": "2019-05-06T10:00:00.000+0200",
            },
            f"[{number}/t/{key}]",
            (key,),
        )
        for key, minutes in (("a1", 90), ("b2", 5))
    ]
    closed = replace(close, body={**close.body, "closed": True})
    archive = Step("archive", {"archivingReason": {"name": "Avsluttet"}})
    return replace(chain, steps=(*steps, *spent, closed, archive))


def shown(desk: Desk) -> dict[str, object]:
    (found,) = desk.target.find("incident", "externalNumber", ["IM1"])
    return dict(found.fields)


def test_time_is_registered_and_the_ticket_archived(desk: Desk) -> None:
    desk.plan(long_ago())
    desk.load()
    record = shown(desk)
    assert (record["timeSpent"], record["status"]) == (95, "secondLineArchived")
    assert record["archivingReason"]["name"] == "Avsluttet"  # type: ignore[index]
    assert set(desk.states("IM1").values()) == {State.DONE}
    verified = desk.verify()
    assert (verified.compared["incident"], verified.differences) == (1, [])
    desk.plan(long_ago())
    assert desk.load().requests == 0


@pytest.mark.parametrize("kind", ["answer-lost", "cut-before", "500-after", "garbage", "severed"])
@pytest.mark.parametrize("path", ["/timespent$", "/archive$"])
def test_a_fault_registers_no_time_twice(desk: Desk, kind: str, path: str) -> None:
    desk.plan(long_ago())
    fault = Fault(kind, method="POST|PUT", path=path, count=1, delay=desk.window / 3)
    desk.server.misbehave(fault)
    desk.load()
    assert shown(desk)["timeSpent"] == 95
    assert set(desk.states("IM1").values()) == {State.DONE}
    assert desk.verify().differences == []


def test_time_that_is_registered_twice_is_told(desk: Desk) -> None:
    chain = long_ago()
    desk.plan(chain)
    unarchived = replace(chain, steps=chain.steps[:-1])
    desk.plan(unarchived)
    desk.load()
    target_id = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    desk.send(unarchived, "time_spent/a1", target_id)
    (told,) = desk.verify().differences
    assert (told.code, told.detail) == ("doubles-in-target", "time_spent/a1 (2 registrations)")


def test_a_delta_registers_only_new_time(desk: Desk) -> None:
    first = long_ago()
    steps = [step for step in first.steps if step.name not in ("time_spent/b2", "archive")]
    desk.plan(replace(first, steps=tuple(steps)))
    desk.load()
    later = tuple(step for step in first.steps if not step.name.startswith("history"))
    desk.plan(replace(first, steps=later, source_digest="another"))
    assert desk.load().requests == 1
    assert (shown(desk)["timeSpent"], shown(desk)["status"]) == (95, "secondLine")
    assert desk.verify().differences == []


def test_an_operator_who_is_not_there_leaves_the_time_to_whoever_loads(desk: Desk) -> None:
    chain = long_ago()
    named = [
        replace(step, body={**step.body, "operator": {"id": Ref("operator", "kari")}})
        if step.name.startswith("time_spent")
        else step
        for step in chain.steps
    ]
    desk.plan(replace(chain, steps=tuple(named)))
    desk.load()
    assert shown(desk)["timeSpent"] == 95
