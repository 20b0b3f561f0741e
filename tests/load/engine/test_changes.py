"""What changes in HPSM between two loads: finished, carried over or held, and never told twice."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from loading import Desk, did, group, incident
from undoing import ask

from migrate.records import Chain, Member, State, Step, Verdict

DONE, SENDING, IN_DOUBT, PLANNED = State.DONE, State.SENDING, State.IN_DOUBT, State.PLANNED
STEPS = len(incident("IM1").steps)


def since(desk: Desk, chain: Chain, *new: str) -> Chain:
    """The chain as the transform gives it after HPSM changed: the history that is not told yet, as
    further parts."""
    told = desk.journal.told(chain.identity, "another")
    assert told is not None
    history = [
        Step(
            f"history/v/{told.next_visible + n}",
            {"action": f"{text} [{chain.identity}/v/{told.next_visible + n}]"},
            f"[{chain.identity}/v/{told.next_visible + n}]",
            (text,),
        )
        for n, text in enumerate(new)
    ]
    steps = [step for step in chain.steps if not step.marker]
    return replace(chain, steps=(*steps[:-1], *history, steps[-1]), source_digest="another")


@pytest.mark.parametrize("done", range(1, STEPS))
@pytest.mark.parametrize("state", [None, PLANNED], ids=["not begun", "believed lost"])
def test_a_ticket_that_changed_after_it_was_half_loaded_is_finished(
    desk: Desk, done: int, state: State | None
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    target_id = did(desk, chain, done)
    desk.wrote(chain, *[DONE] * done, *([state] if state else []), target_id=target_id)
    assert desk.bucket("IM1") is PLANNED
    untold = ["Del 1", "Del 2", "Del 3"][max(0, min(done, 4) - 2) :]
    changed = since(desk, chain, *untold)
    desk.plan(changed)
    assert desk.bucket("IM1") is PLANNED
    desk.load()
    assert desk.bucket("IM1") is DONE
    trail = desk.trail(target_id)
    assert [text[:5] for text in trail] == ["Del 1", "Del 2", "Del 3"]
    assert desk.count("incident") == 1
    shown = desk.target.get("incident", target_id)
    assert shown is not None
    assert shown.fields["callDate"][:10] == "2019-05-06"
    assert shown.fields["completed"] is True
    assert desk.verify().differences == []


def test_a_ticket_whose_change_is_loaded_is_not_sent_again(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.load()
    desk.plan(since(desk, chain, "Del 3"))
    assert desk.bucket("IM1") is PLANNED
    assert desk.load().requests == 1
    assert desk.bucket("IM1") is DONE
    # Told from the beginning again, its history may fall into other parts than it was sent in.
    desk.plan(incident("IM1", parts=5, source_digest="another"))
    assert desk.load().requests == 0
    assert len(desk.trail(desk.journal.lookup("IM1")[0].target_id)) == 3
    assert desk.verify().differences == []


def test_what_was_there_before_us_is_never_written_to(desk: Desk) -> None:
    chain = incident("IM1")
    did(desk, chain, STEPS)
    writes = desk.server.stats()["writes"]
    for digest in ("one", "one", "another"):
        desk.plan(replace(chain, source_digest=digest))
        assert desk.load().requests == 0
        assert desk.bucket("IM1") is State.SKIPPED
    assert desk.server.stats()["writes"] == writes


def test_a_group_that_was_found_is_changed_once_at_most(desk: Desk) -> None:
    desk.send(group("Nett"), "create")
    for requests in (1, 0):
        desk.plan(group("Nett"))
        assert desk.load("operator_group").requests == requests
    desk.store.clear("it", "groups")
    desk.plan(group("Nett"))
    assert desk.load("operator_group").requests == 0


def test_a_group_that_somebody_renamed_gets_its_tasks_and_keeps_its_name(desk: Desk) -> None:
    chain = group("Nett")
    desk.plan(chain)
    desk.load("operator_group")
    id = desk.journal.records("operator_group", ["Nett"])["Nett"].target_id
    shown = desk.target.get("operator_group", id)
    assert shown is not None
    renamed = {"groupName": "Nett og drift", "branch": {"id": shown.fields["branch"]["id"]}}
    ask(desk, "PUT", f"operatorgroups/id/{id}", renamed)
    create, tasks = chain.steps
    tasks = replace(tasks, body={**tasks.body, "firstLineCallOperator": False})
    desk.plan(replace(chain, steps=(create, tasks), source_digest="another"))
    assert desk.load("operator_group").requests == 1
    shown = desk.target.get("operator_group", id)
    assert shown is not None
    assert shown.fields["groupName"] == "Nett og drift"
    assert shown.fields["firstLineCallOperator"] is False
    assert desk.bucket("Nett") is DONE


def test_a_record_that_joins_a_loaded_ticket_is_found_under_its_number(desk: Desk) -> None:
    call = replace(incident("SD1"), members=(Member("interactions", "SD1"),))
    desk.plan(call)
    desk.load()
    members = (Member("incidents", "IM7"), Member("interactions", "SD1"))
    desk.plan(replace(since(desk, call), members=members))
    assert desk.load().requests == 0
    (now,), (before,) = desk.journal.lookup("IM7"), desk.journal.lookup("SD1")
    assert now == before
    assert now.number
    assert desk.count("incident") == 1


def test_two_loaded_tickets_that_became_one_matter_are_a_conflict(desk: Desk) -> None:
    desk.plan(incident("IM1"), incident("IM2"))
    desk.load()
    verdict = Verdict(State.CONFLICT, "members-of-two-records", "IM1, IM2")
    desk.plan(
        replace(incident("IM1"), steps=(), verdict=verdict, source_digest="both"),
    )
    assert desk.bucket("IM1") is State.CONFLICT
    assert desk.load().requests == 0


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_ticket_that_is_held_by_now_is_settled_and_nothing_more_is_sent(
    desk: Desk, done: bool
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    did(desk, chain, int(done))
    desk.wrote(chain, SENDING)
    verdict = Verdict(State.HELD, "group-restricted", "restricted")
    desk.plan(replace(chain, steps=(), verdict=verdict, source_digest="moved"))
    assert desk.bucket("IM1") is State.SENDING
    tally = desk.load()
    assert tally.requests == 0
    assert desk.count("incident") == int(done)
    assert desk.states("IM1") == {"create": DONE if done else PLANNED}
    desk.plan(replace(chain, steps=(), verdict=verdict, source_digest="moved"))
    assert desk.bucket("IM1") is State.HELD
    assert desk.load().requests == 0


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_part_in_doubt_that_the_plan_no_longer_has_is_settled_and_told_once(
    desk: Desk, done: bool
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    target_id = did(desk, chain, 3 + done)
    desk.wrote(chain, DONE, DONE, DONE, SENDING, target_id=target_id)
    desk.plan(since(desk, chain, "Del 2", "Del 3"))
    assert desk.load().requests == 0
    desk.plan(since(desk, chain, *(() if done else ("Del 2",)), "Del 3"))
    desk.load()
    assert [text[:5] for text in desk.trail(target_id)] == ["Del 1", "Del 2", "Del 3"]
    assert desk.states("IM1")["history/v/2"] is (DONE if done else State.SKIPPED)
    assert desk.bucket("IM1") is DONE


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_an_update_in_doubt_that_the_plan_no_longer_has_is_judged_by_what_was_sent(
    desk: Desk, done: bool
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    target_id = did(desk, chain, STEPS - 1 + done)
    desk.wrote(chain, *[DONE] * (STEPS - 1), SENDING, target_id=target_id)
    again = replace(since(desk, chain), steps=chain.steps[:2])
    desk.plan(again)
    assert desk.load().requests == 0
    assert desk.states("IM1")["close"] is (DONE if done else PLANNED)
    desk.plan(again)
    desk.load()
    shown = desk.target.get("incident", target_id)
    assert shown is not None
    assert shown.fields["completed"] is False


def test_what_is_in_doubt_is_settled_also_when_no_plan_has_it_any_more(desk: Desk) -> None:
    chains = [incident("IM1"), incident("IM2")]
    desk.plan(*chains)
    desk.send(chains[0], "create")
    for chain in chains:
        desk.wrote(chain, SENDING)
    desk.plan()
    assert desk.load().requests == 0
    assert desk.states("IM1") == {"create": DONE}
    assert desk.states("IM2") == {"create": PLANNED}
    assert desk.journal.lookup("IM1")[0].number


def test_what_a_person_must_look_at_does_not_keep_a_doubt_from_being_settled(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, DONE, DONE, SENDING, target_id=did(desk, chain, 3))
    desk.journal.note(desk.key(chain, "create"), State.MISMATCH, time.time())
    desk.journal.commit()
    desk.load()
    assert desk.states("IM1")["history/v/1"] is DONE
    assert "history/v/2" not in desk.states("IM1")


def test_a_ticket_whose_number_a_person_changed_is_brought_up_to_date(desk: Desk) -> None:
    chain = incident("IM1", parts=0)
    desk.plan(chain)
    desk.load()
    id = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    ask(desk, "PATCH", f"incidents/id/{id}", {"externalNumber": "Gammel sak 1"})
    create, *others = chain.steps
    create = replace(create, body={**create.body, "briefDescription": "Nå"})
    desk.plan(replace(chain, steps=(create, *others), source_digest="another"))
    desk.load()
    shown = desk.target.get("incident", id)
    assert shown is not None
    assert (shown.fields["briefDescription"], shown.fields["externalNumber"]) == (
        "Nå",
        "Gammel sak 1",
    )
    assert desk.count("incident") == 1
