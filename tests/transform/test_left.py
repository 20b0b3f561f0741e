from __future__ import annotations

import pytest
from ticket_world import body, chain, incident

from migrate.records import Member, State
from migrate.transform.left import NO_TARGET, left_chain


@pytest.mark.parametrize("kind", NO_TARGET)
def test_what_topdesk_has_no_place_for_is_in_a_bucket_with_its_reason(kind: str) -> None:
    chain = left_chain(kind, {"number": "C1"}, "digest", "it")
    assert chain.verdict is not None
    assert (chain.verdict.state, chain.verdict.code) == (State.SKIPPED, "no-target")
    assert chain.members == (Member(kind, "C1"),)
    assert chain.steps == ()


def test_a_request_that_the_policy_leaves_behind_says_so() -> None:
    chain = left_chain("requests", {"number": "RF1"}, "digest", "it")
    assert chain.verdict is not None
    assert chain.verdict.code == "request-left"


def test_a_request_that_the_policy_moves_is_an_incident_of_its_own() -> None:
    request = incident(number="RF1", status="Closed", close_time="2019-01-02 08:00:00")
    made = chain(request, kind="requests")
    assert made.members == (Member("requests", "RF1"),)
    assert body(made)["externalNumber"] == "RF1"
    assert body(made)["status"] == "secondLine"
    assert made.steps[-1].name == "close"
