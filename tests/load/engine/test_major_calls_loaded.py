"""A major call and the incidents under it: loaded in any order, found again, and linked later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from loading import Desk, incident, whole

from migrate.records import Chain, Ref, State, Verdict
from migrate.simulate.topdesk.faults import Fault


def with_body(chain: Chain, **fields: Any) -> Chain:
    create = replace(chain.steps[0], body={**chain.steps[0].body, **fields})
    return replace(chain, steps=(create, *chain.steps[1:]))


def major(number: str = "IM1") -> Chain:
    return with_body(incident(number), majorCall=True)


def under(number: str, main: str = "IM1") -> Chain:
    return with_body(incident(number), majorCallObject={"id": Ref("incident", main)})


def changed(chain: Chain, digest: str = "another") -> Chain:
    """The chain as the transform gives it when HPSM changed, and its history is told already."""
    steps = tuple(step for step in chain.steps if not step.marker)
    return replace(chain, steps=steps, source_digest=digest)


def main_of(desk: Desk, number: str) -> str:
    """The external number of the major call that a ticket stands under, as TOPdesk shows it."""
    (found,) = desk.target.find("incident", "externalNumber", [number])
    link = found.fields.get("majorCallObject") or {}
    shown = desk.target.get("incident", str(link["id"])) if link else None
    return str(shown.fields["externalNumber"]) if shown else ""


@pytest.mark.parametrize("first", [True, False], ids=["planned before", "planned after"])
def test_calls_are_made_when_their_major_call_is_there(desk: Desk, first: bool) -> None:
    calls = [under("SD1"), under("SD2")]
    chains = [major(), *calls] if first else [*calls, major()]
    desk.plan(*chains)
    desk.load()
    whole(desk, *chains)
    assert [main_of(desk, number) for number in ("SD1", "SD2", "IM1")] == ["IM1", "IM1", ""]


def test_calls_whose_major_call_is_not_made_wait(desk: Desk) -> None:
    held = replace(major(), steps=(), verdict=Verdict(State.HELD, "group-restricted", ""))
    desk.plan(held, under("SD1"))
    assert desk.load().waiting == 1
    assert desk.count("incident") == 0
    desk.plan(major(), under("SD1"))
    desk.load()
    assert main_of(desk, "SD1") == "IM1"


def test_a_lost_answer_to_either_doubles_nothing(desk: Desk) -> None:
    chains = [major(), under("SD1"), under("SD2")]
    desk.plan(*chains)
    desk.server.misbehave(Fault("answer-lost", rate=0.5, method="POST|PATCH", count=12), seed=3)
    desk.load()
    whole(desk, *chains)


def test_calls_that_were_loaded_alone_are_put_under_a_major_call(desk: Desk) -> None:
    alone = [incident("SD1"), incident("SD2")]
    desk.plan(*alone)
    desk.load()
    now = [changed(under(chain.identity)) for chain in alone]
    desk.plan(major(), *now)
    desk.load()
    assert [main_of(desk, number) for number in ("SD1", "SD2")] == ["IM1", "IM1"]
    assert desk.count("incident") == 3
    assert desk.verify().differences == []
    writes = desk.server.stats()["writes"]
    desk.plan(major(), *(changed(chain, "later") for chain in now))
    desk.load()
    assert desk.server.stats()["writes"] == writes


def test_an_incident_that_got_further_callers_becomes_a_major_call(desk: Desk) -> None:
    desk.plan(incident("IM1"))
    desk.load()
    desk.plan(changed(major()), under("SD2"))
    desk.load()
    (found,) = desk.target.find("incident", "externalNumber", ["IM1"])
    assert found.fields["majorCall"] is True
    assert main_of(desk, "SD2") == "IM1"
    assert desk.verify().differences == []
