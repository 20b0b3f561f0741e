"""The tasks of an incident: which become partial incidents, of what, and where the others are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ticket_world import (
    IT,
    SERVICES,
    bundle,
    chain,
    everybody,
    group,
    incident,
    interaction,
    mappings,
    verdict,
)

from migrate.records import Chain, Member, Ref, Row, Step
from migrate.transform.partials import task_chains
from migrate.transform.preview import preview

GROUP = {"id": Ref("operator_group", "IT Drift")}
CLOSED = {"status": "Closed", "close_time": "2019-09-13 10:00:00"}


def task(number: str = "IMT1", **fields: Any) -> Row:
    return {
        "number": number,
        "parent": "IM10001",
        "title": "Bytt valse",
        "description": "I gangen ved lesesalen",
        "status": "Assigned",
        "assignment": "IT-DRIFT",
        "open_time": "2019-09-12 09:00:00",
        **fields,
    }


def partials(made: Chain) -> list[Step]:
    assert made.verdict is None, made.verdict
    return [step for step in made.steps if step.name.startswith("partial/")]


def left(made: Chain, *tasks: Row, **fields: Any) -> dict[str, str]:
    """Number → verdict of the tasks that do not go along."""
    whole = bundle(incident(), tasks=tasks)
    return {each.identity: verdict(each) for each in task_chains(whole, made, mappings(**fields))}


def test_a_task_is_one_partial_incident_under_its_own_number() -> None:
    made = chain(incident(), interaction(), tasks=(task(),))
    (step,) = partials(made)
    assert step.name == "partial/IMT1"
    request = step.body.pop("request")  # type: ignore[attr-defined]
    assert step.body == {
        "status": "partial",
        "externalNumber": "IMT1",
        "briefDescription": "Bytt valse",
        "operatorGroup": GROUP,
        "operator": GROUP,
    }
    for said in ("IMT1", "Assigned", "IT-DRIFT", "2019-09-12 11:00", "I gangen ved lesesalen"):
        assert said in request
    assert Member("tasks", "IMT1") in made.members


def test_it_is_made_before_its_incident_is_closed() -> None:
    made = chain(incident(**CLOSED), tasks=(task(close_time="2019-09-12 12:00:00"),))
    names = [step.name for step in made.steps]
    assert names.index("partial/IMT1") < names.index("close")
    (step,) = partials(made)
    assert step.body["completed"] is True
    assert step.body["completedDate"] == "2019-09-12T12:00:00.000+0000"


def test_a_task_that_was_left_open_has_ended_with_its_incident() -> None:
    (step,) = partials(chain(incident(**CLOSED), tasks=(task(),)))
    assert step.body["completedDate"] == "2019-09-13T10:00:00.000+0000"


def test_its_operator_goes_along_where_that_is_a_member() -> None:
    (step,) = partials(chain(incident(), tasks=(task(assignee="karih"),)))
    assert step.body["operator"] == {"id": Ref("operator", "kari.holm")}


@pytest.mark.parametrize("name", ["IT-BORTE", ""])
def test_without_a_group_in_topdesk_it_has_that_of_its_incident(name: str) -> None:
    (step,) = partials(chain(incident(), tasks=(task(assignment=name),)))
    assert not {"operatorGroup", "operator"} & set(step.body)
    assert name in step.body["request"]


def test_a_title_that_is_too_long_stands_whole_in_the_request() -> None:
    (step,) = partials(chain(incident(), tasks=(task(title="lang " * 30),)))
    assert len(step.body["briefDescription"]) <= 80
    assert ("lang " * 30).strip() in step.body["request"]


def test_a_text_that_is_too_long_stands_in_an_internal_entry() -> None:
    to = mappings({"tickets": {"request_chars": 1000}})
    (step,) = partials(chain(incident(), tasks=(task(description="x" * 2000),), to=to))
    assert "x" * 2000 in step.body["action"]
    assert step.body["actionInvisibleForCaller"] is True
    assert "IMT1" in step.body["request"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"assignment": "IT-SIKKERHET"}, "held group-restricted"),
        ({"assignment": "IT-NY"}, "held group-restriction-unknown"),
        ({"assignment": "UKJENT"}, "held group-restriction-unknown"),
        ({"number": "T" * 61}, "rejected number-too-long"),
    ],
)
def test_what_may_not_be_shown_stays_and_says_why(fields: dict[str, Any], said: str) -> None:
    kept, other = task(**fields), task("IMT2")
    made = chain(incident(), tasks=(kept, other))
    assert [step.name for step in partials(made)] == ["partial/IMT2"]
    assert left(made, kept, other) == {kept["number"]: said}


def test_a_task_that_the_installation_marks_is_held() -> None:
    policy = {"tickets": {"confidential": {"rb_skjermet": ["Ja"]}}}
    marked = task(rb_skjermet="Ja")
    made = chain(incident(), tasks=(marked,), to=mappings(policy))
    assert partials(made) == []
    whole = bundle(incident(), tasks=(marked,))
    (held,) = task_chains(whole, made, mappings(policy))
    assert verdict(held) == "held ticket-confidential"


def test_nothing_can_stand_under_an_incident_of_the_first_line() -> None:
    first = {"IT-HJELP": group("IT-HJELP", target="IT Hjelp", line="first")}
    to = mappings(units={"it": replace(IT, groups={**IT.groups, **first})})
    made = chain(incident(), tasks=(task(),), to=to)
    assert partials(made) == []
    (told,) = task_chains(bundle(incident(), tasks=(task(),)), made, to)
    assert verdict(told) == "skipped task-of-first-line"


def test_tasks_share_the_fate_of_an_incident_that_is_not_moved() -> None:
    made = chain(incident(assignment="IT-SIKKERHET"), tasks=(task(),))
    assert verdict(made) == "held group-restricted"
    assert Member("tasks", "IMT1") in made.members
    assert left(made, task()) == {}


def test_a_task_that_may_go_along_by_now_makes_the_ticket_a_changed_one() -> None:
    held = chain(incident(), tasks=(task(assignment="IT-SIKKERHET"),))
    free = chain(incident(), tasks=(task(),))
    assert held.source_digest != free.source_digest
    assert chain(incident()).source_digest == chain(incident(), tasks=()).source_digest


def test_services_are_not_asked_about_tasks() -> None:
    made = chain(incident(service="Utskrift"), tasks=(task(assignment=""),))
    assert SERVICES["Utskrift"].default_group == "IT-DRIFT"
    (step,) = partials(made)
    assert "operatorGroup" not in step.body


def test_a_preview_shows_those_that_go_along_and_no_other() -> None:
    tasks = (task(), task("IMT2", assignment="IT-SIKKERHET", title="Hemmelig"))
    made = chain(incident(), tasks=tasks)
    shown = preview(bundle(incident(), tasks=tasks), made, everybody(), ZoneInfo("Europe/Oslo"))
    assert [record.number for record in shown.records] == ["IM10001", "IMT1"]
    (partial,) = shown.partials
    assert partial.number == "IMT1"
    fields = {line.name: line.value for line in partial.lines}
    assert fields["briefDescription"] == "Bytt valse"
    assert fields["operatorGroup"] == "IT Drift"
    assert "Hemmelig" not in repr(shown)
