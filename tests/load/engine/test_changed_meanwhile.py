"""What HPSM or the mappings changed between a load that died and the one that goes on: what was
sent is what is noted, and the change is not lost."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from loading import Desk, did, incident, person

from migrate.records import Chain, Member, OpKey, Ref, State, Step


def changed(chain: Chain, **fields: object) -> Chain:
    """The same record with other fields in its `create`, as HPSM has it now."""
    create, *others = chain.steps
    steps = (replace(create, body={**create.body, **fields}), *others)
    return replace(chain, steps=steps, source_digest="another")


def there(desk: Desk, number: str) -> dict[str, object]:
    (one,) = desk.target.find("incident", "externalNumber", [number])
    return dict(one.fields)


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_ticket_that_changed_while_it_was_in_doubt_is_brought_up_to_date(
    desk: Desk, done: bool
) -> None:
    before = incident("IM1")
    after = changed(before, briefDescription="Skriveren er borte")
    desk.plan(before)
    if done:
        did(desk, before, 1)
    desk.wrote(before, State.SENDING)
    desk.plan(after)
    desk.load()
    desk.plan(after)
    desk.load()
    assert there(desk, "IM1")["briefDescription"] == "Skriveren er borte"
    assert desk.doubles() == {}
    assert desk.verify().differences == []


def operator(branch: str, linked: str) -> Chain:
    body = {
        "surName": "Ødegård",
        "loginName": "aasa",
        "branch": {"id": Ref("branch", branch)},
        "linkedPerson": {"id": linked},
    }
    return Chain(
        "operator",
        "aasa",
        (Member("operators", "aasa"),),
        "it",
        steps=(Step("create", body),),
        find=(("loginName", "aasa"),),
        create=True,
        source_digest="aasa",
    )


def test_what_another_units_plan_would_have_sent_is_not_taken_for_sent(desk: Desk) -> None:
    linked = did(desk, person("aasa"), 1)
    body = {"name": "Kommunikasjon", "branchType": "independentBranch"}
    did(desk, Chain("branch", "Kommunikasjon", (), "it", steps=(Step("create", body),)), 1)
    first, second = (operator(branch, linked) for branch in ("Hovedkontoret", "Kommunikasjon"))
    desk.plan(first)
    did(desk, first, 1)
    desk.wrote(first, State.SENDING)
    for _ in range(2):
        desk.plan(second)
        desk.load("operator")
    verified = desk.verify()
    assert (verified.compared["operator"], verified.differences) == (1, [])


def test_a_ticket_that_was_refused_and_has_changed_since_is_sent_as_it_is_now(desk: Desk) -> None:
    before = incident("IM1")
    after = changed(before, briefDescription="Skriveren er borte")
    desk.plan(before)
    desk.wrote(before, State.FAILED)
    desk.journal.reopen("it", [State.FAILED], None, 0.0)
    desk.plan(after)
    desk.load()
    assert there(desk, "IM1")["briefDescription"] == "Skriveren er borte"
    assert desk.verify().differences == []


def test_what_changes_of_a_person_in_another_units_plan_moves_nobody(desk: Desk) -> None:
    body = {"name": "Kommunikasjon", "branchType": "independentBranch"}
    did(desk, Chain("branch", "Kommunikasjon", (), "it", steps=(Step("create", body),)), 1)
    desk.plan(person("aasa"))
    desk.load("person")
    branch = {"id": Ref("branch", "Kommunikasjon")}
    desk.plan(changed(person("aasa"), phoneNumber="55 50 00 00", branch=branch))
    desk.load("person")
    (found,) = desk.target.find("person", "networkLoginName", ["aasa"])
    assert found.fields["branch"]["name"] == "Hovedkontoret"
    assert found.fields["phoneNumber"] == "55 50 00 00"
    assert desk.verify().differences == []


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_change_in_doubt_is_settled_also_where_the_card_has_left_the_plan(
    desk: Desk, done: bool
) -> None:
    kari = person("kari")
    desk.plan(kari)
    id = desk.send(kari, "create")
    changed = replace(kari, steps=(*kari.steps, Step("update", {"surName": "Nilsen"})))
    desk.plan(changed)
    if done:
        desk.send(changed, "update", id)
    desk.wrote(changed, State.DONE, State.SENDING, target_id=id)
    desk.plan(person("ola"))
    desk.load("person")
    assert desk.states("kari", "person")["update"] is (State.DONE if done else State.PLANNED)


def test_a_change_that_hpsm_has_taken_back_is_not_left_to_be_sent(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.load()
    update = OpKey("hpsm", "incident", "IM1", "update", 1)
    desk.journal.intend(update, 0, "", "[]", False, "", 1, time.time())
    desk.journal.note(update, State.FAILED, time.time(), code="target-value-refused")
    desk.journal.commit()
    desk.journal.reopen("it", (State.FAILED,), None, time.time())
    desk.plan(chain)
    desk.load()
    assert desk.bucket("IM1") is State.DONE
