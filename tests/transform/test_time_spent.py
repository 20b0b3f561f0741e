"""The time spent on a ticket: which fields it is read from, how long, for whom; and archiving."""

from __future__ import annotations

from typing import Any

import pytest
from ticket_world import activity, body, chain, codes, incident, interaction, mappings

from migrate.records import Chain, Ref, Step

BY_ACTIVITY = mappings({"tickets": {"time_spent": {"activity": "rb_minutes"}}})


def spent(made: Chain) -> list[Step]:
    return [step for step in made.steps if step.name.startswith("time_spent/")]


def test_without_a_field_nothing_is_registered() -> None:
    assert spent(chain(incident(), activities=(activity(1, rb_minutes="15"),))) == []


def test_each_activity_that_says_how_long_is_registered_where_its_marker_can_be_found() -> None:
    made = chain(
        incident(),
        activities=(activity(1, rb_minutes="15"), activity(2), activity(3, rb_minutes="0")),
        to=BY_ACTIVITY,
    )
    (step,) = spent(made)
    assert step.body["timeSpent"] == 15
    assert step.body["entryDate"].startswith("2019-09-12T08:01:00")
    assert step.body["notes"].startswith(step.marker)
    assert step.marker.startswith("[IM10001/t/")
    assert len(step.body["notes"]) <= 250


@pytest.mark.parametrize(
    ("unit", "value", "minutes"),
    [
        ("minutes", "2", 2),
        ("minutes", "0,5", 1),
        ("hours", "1.5", 90),
        ("seconds", "61", 2),
        ("seconds", 3600.0, 60),
    ],
)
def test_a_part_of_a_minute_counts_as_one(unit: str, value: Any, minutes: int) -> None:
    to = mappings({"tickets": {"time_spent": {"ticket": "rb_total", "unit": unit}}})
    (step,) = spent(chain(incident(rb_total=value), to=to))
    assert step.body["timeSpent"] == minutes


@pytest.mark.parametrize("value", ["mye", "-5", "1e99"])
def test_what_is_no_time_is_a_finding(value: str) -> None:
    made = chain(incident(), activities=(activity(1, rb_minutes=value),), to=BY_ACTIVITY)
    assert spent(made) == []
    assert "time-spent-unread" in codes(made)


def test_it_is_registered_for_the_operator_who_moves_else_for_the_group() -> None:
    doers = (activity(1, rb_minutes="5"), activity(2, rb_minutes="5", operator="ukjent"))
    one, other = spent(chain(incident(), activities=doers, to=BY_ACTIVITY))
    assert one.body["operator"] == {"id": Ref("operator", "kari.holm")}
    assert "operatorGroup" not in one.body
    assert other.body["operatorGroup"]["id"].kind == "operator_group"
    assert "operator" not in other.body


OLD = {"status": "Closed", "close_time": "2016-05-01 10:00:00"}
PUT_AWAY = {"tickets": {"archive": {"closed_before": "2017-01-01", "reason": "Avsluttet"}}}


def test_a_ticket_that_ended_long_ago_is_archived_last_of_all() -> None:
    made = chain(incident(**OLD), interaction(), to=mappings(PUT_AWAY))
    assert made.steps[-1] == Step("archive", {"archivingReason": {"name": "Avsluttet"}})
    assert made.steps[-2].name == "close"


@pytest.mark.parametrize(
    "fields",
    [{}, {**OLD, "close_time": "2018-05-01 10:00:00"}, {**OLD, "status": "Resolved"}],
    ids=["open", "ended later", "not closed"],
)
def test_any_other_ticket_stays(fields: dict[str, str]) -> None:
    made = chain(incident(**fields), to=mappings(PUT_AWAY))
    assert "archive" not in [step.name for step in made.steps]


def test_without_a_reason_it_is_the_default_one_of_topdesk() -> None:
    to = mappings({"tickets": {"archive": {"closed_before": "2017-01-01"}}})
    assert body(chain(incident(**OLD), to=to), "archive") == {}


def test_a_major_call_and_what_stands_under_it_stay() -> None:
    to = mappings(PUT_AWAY)
    for link in ({"major": True}, {"under": "IM1"}):
        made = chain(incident(**OLD), to=to, **link)
        assert "archive" not in [step.name for step in made.steps]
