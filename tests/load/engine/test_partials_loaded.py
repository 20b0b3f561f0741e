"""Partial incidents under a ticket: once each, whatever fails; a person's work on them stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from loading import Desk, incident
from undoing import ask, told, undo

from migrate.records import Chain, Ref, State, Step
from migrate.simulate.topdesk.faults import Fault

DONE, SENDING = State.DONE, State.SENDING


def with_tasks(*, more: tuple[str, ...] = (), **fields: Any) -> Chain:
    """A closed ticket with two tasks, the second of them completed; the first with these fields."""
    chain = incident("IM1", parts=1)
    *steps, close = chain.steps
    ended = {"completed": True, "completedDate": "2019-05-06T12:00:00.000+0200"}
    tasks = [
        Step(
            f"partial/{number}",
            {
                "status": "partial",
                "externalNumber": number,
                "briefDescription": f"Oppgave {number}",
                "request": "Bytt valse",
                **({} if number == "IMT1" else ended),
                **(fields if number == "IMT1" else {}),
            },
            f"[IM1/p/{number}]",
        )
        for number in ("IMT1", "IMT2", *more)
    ]
    return replace(chain, steps=(*steps, *tasks, close), source_digest=repr((more, fields)))


def below(desk: Desk, number: str) -> dict[str, Any]:
    (found,) = desk.target.find("incident", "externalNumber", [number])
    return dict(found.fields)


def id_of(desk: Desk, number: str) -> str:
    (found,) = desk.target.find("incident", "externalNumber", [number])
    return found.id


def loaded(desk: Desk, chain: Chain) -> int:
    desk.plan(chain)
    return desk.load().requests


def right(desk: Desk) -> None:
    """All three are there once, and verify agrees."""
    assert desk.count("incident") == 3
    assert desk.doubles() == {}
    main = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    for number in ("IMT1", "IMT2"):
        assert below(desk, number)["mainIncident"]["id"] == main
    assert desk.verify().differences == []


def test_they_stand_under_their_incident_and_a_second_load_writes_nothing(desk: Desk) -> None:
    assert loaded(desk, with_tasks()) == 6
    right(desk)
    assert below(desk, "IMT1")["completed"] is False
    assert below(desk, "IMT2")["completed"] is True
    assert loaded(desk, with_tasks()) == 0


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
@pytest.mark.parametrize("at", range(len(with_tasks().steps)))
def test_a_load_that_died_at_any_step_goes_on(desk: Desk, at: int, arrived: bool) -> None:
    chain = with_tasks()
    desk.plan(chain)
    target_id = ""
    for step in chain.steps[: at + arrived]:
        if step.name.startswith("partial/"):
            under = {"mainIncident": {"id": target_id}}
            step_body = {**step.body, **under}
            ask(desk, "POST", "incidents", step_body)
        else:
            target_id = desk.send(chain, step.name, target_id)
    desk.wrote(chain, *[DONE] * at, SENDING, target_id=target_id if at else "")
    desk.load()
    right(desk)


@pytest.mark.parametrize("kind", ["answer-lost", "cut-before", "500-after", "garbage", "severed"])
def test_a_fault_makes_none_twice(desk: Desk, kind: str) -> None:
    desk.plan(with_tasks())
    fault = Fault(kind, method="POST", path="/incidents$", after=1, count=1, delay=0.3)
    desk.server.misbehave(fault)
    desk.load()
    right(desk)


def test_what_people_put_under_a_ticket_is_neither_ours_nor_a_double(desk: Desk) -> None:
    chain = incident("IM1", parts=1)
    open_still = replace(chain, steps=chain.steps[:-1])
    loaded(desk, open_still)
    main = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    made = {"status": "partial", "mainIncident": {"id": main}}
    assert ask(desk, "POST", "incidents", made)["externalNumber"] == "IM1"
    assert desk.verify().differences == []
    assert loaded(desk, replace(chain, source_digest="another")) == 1
    assert told(undo(desk))["IM1"] == ("keep", "undo-still-used")


def test_one_that_hpsm_ended_since_is_ended_alone(desk: Desk) -> None:
    loaded(desk, with_tasks())
    ended = {"completed": True, "completedDate": "2019-05-08T10:00:00.000+0200"}
    assert loaded(desk, with_tasks(**ended)) == 1
    assert below(desk, "IMT1")["completed"] is True
    assert desk.verify().differences == []
    assert loaded(desk, with_tasks(**ended)) == 0


def test_an_update_of_one_that_lost_its_answer_is_sent_once_more_at_most(desk: Desk) -> None:
    loaded(desk, with_tasks())
    desk.server.misbehave(Fault("answer-lost", method="PATCH", count=1))
    loaded(desk, with_tasks(briefDescription="Bytt valse nå"))
    assert below(desk, "IMT1")["briefDescription"] == "Bytt valse nå"
    assert desk.verify().differences == []


def test_what_a_person_changed_of_one_stays_and_is_told(desk: Desk) -> None:
    loaded(desk, with_tasks())
    path = f"incidents/id/{id_of(desk, 'IMT1')}"
    ask(desk, "PATCH", path, {"briefDescription": "Min tekst"})
    new = with_tasks(briefDescription="Bytt valse nå")
    desk.plan(new)
    assert ("edited-in-target", 1, "IM1") in desk.store.findings("it")
    assert desk.load().requests == 0
    assert below(desk, "IMT1")["briefDescription"] == "Min tekst"
    (difference,) = desk.verify().differences
    assert difference.detail == "partial/IMT1: briefDescription"


def test_what_a_person_changes_after_the_plan_stays_too(desk: Desk) -> None:
    loaded(desk, with_tasks())
    desk.plan(with_tasks(briefDescription="Bytt valse nå"))
    ask(desk, "PATCH", f"incidents/id/{id_of(desk, 'IMT1')}", {"briefDescription": "Min tekst"})
    desk.load()
    assert below(desk, "IMT1")["briefDescription"] == "Min tekst"


def test_a_task_that_came_later_comes_under_it(desk: Desk) -> None:
    chain = with_tasks()
    open_still = replace(chain, steps=chain.steps[:-1])
    loaded(desk, open_still)
    later = with_tasks(more=("IMT3",))
    assert loaded(desk, later) == 2  # the task, and the end of the ticket
    assert below(desk, "IMT3")["status"] == "partial"
    assert desk.verify().differences == []


def test_a_task_of_a_ticket_that_is_open_again_comes_after_it_was_opened(desk: Desk) -> None:
    chain = incident("IM1", parts=1)
    end = Step("close", {"closed": True, "closedDate": "2019-05-07T10:00:00.000+0200"})
    loaded(desk, replace(chain, steps=(*chain.steps[:-1], end)))
    later = with_tasks(more=("IMT3",))
    assert loaded(desk, replace(later, steps=later.steps[:-1])) == 4  # opened, and three tasks
    assert set(desk.states("IM1").values()) == {DONE}
    assert desk.verify().differences == []


def test_one_that_is_gone_or_twice_is_told(desk: Desk) -> None:
    chain = with_tasks()
    open_still = replace(chain, steps=chain.steps[:-1])
    loaded(desk, open_still)
    main = desk.journal.records("incident", ["IM1"])["IM1"].target_id
    under = {"mainIncident": {"id": main}}
    ask(desk, "POST", "incidents", {**chain.steps[-3].body, **under})
    (difference,) = desk.verify().differences
    assert (difference.code, difference.detail) == (
        "doubles-in-target",
        "partial/IMT1 (2 partial incidents)",
    )


def test_undo_takes_them_back_with_their_incident(desk: Desk) -> None:
    loaded(desk, with_tasks())
    assert told(undo(desk))["IM1"] == ("archive", "")
    assert below(desk, "IMT1")["status"] == "partialArchived"
    assert undo(desk).requests == 0


@pytest.mark.parametrize("how", ["field", "entry"])
def test_undo_keeps_a_ticket_under_which_somebody_works(desk: Desk, how: str) -> None:
    loaded(desk, with_tasks())
    body = {"briefDescription": "Min tekst"} if how == "field" else {"action": "Hentet valse"}
    ask(desk, "PATCH", f"incidents/id/{id_of(desk, 'IMT1')}", body)
    assert told(undo(desk))["IM1"] == ("keep", "undo-still-used")


def test_after_an_undo_they_come_anew(desk: Desk) -> None:
    loaded(desk, with_tasks())
    undo(desk)
    assert loaded(desk, with_tasks()) == 6
    found = list(desk.target.find("incident", "externalNumber", ["IMT1"]))
    assert sorted(str(each.fields["status"]) for each in found) == ["partial", "partialArchived"]
    assert desk.verify().differences == []


def test_a_group_that_has_not_moved_is_that_of_the_incident(desk: Desk) -> None:
    away = {"id": Ref("operator_group", "borte")}
    loaded(desk, with_tasks(operatorGroup=away, operator=away))
    right(desk)
