"""What the snapshot cannot tell is said to be missing, with the reason: never counted as none."""

from __future__ import annotations

import pytest
from hand_made import Rows, count, fill, finding, look, of, ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.report.assess.assess import document
from migrate.report.assess.findings import FAMILIES
from migrate.report.assess.view import Missing
from migrate.state.snapshot import Snapshot


def test_a_kind_that_was_never_read_is_missing(snapshot: Snapshot) -> None:
    fill(snapshot, incidents=[ticket("IM1", title="Ny mus")])
    found = look(snapshot)
    assert of(found, "groups_long").missing == (Missing("read", "groups"),)
    assert of(found, "files_broken").missing == (Missing("read", "attachments"),)
    assert of(found, "groups_long").count is None


def test_a_kind_that_was_read_and_has_no_records_is_none(snapshot: Snapshot) -> None:
    fill(snapshot, incidents=[ticket("IM1")], groups=[], attachments=[])
    assert count(snapshot, "groups_long") == 0
    assert count(snapshot, "files_broken") == 0


@pytest.mark.parametrize(
    ("incident", "why"),
    [({}, "there"), ({"pending_code": None}, "empty"), ({"pending_code": ""}, "empty")],
)
def test_a_field_that_is_not_there_or_says_nothing_anywhere_is_missing(
    snapshot: Snapshot, incident: dict[str, str | None], why: str
) -> None:
    fill(snapshot, incidents=[ticket("IM1", status="Pending Customer", **incident)])
    found = finding(snapshot, "hold_without_reason")
    assert found.missing == (Missing(why, "incidents", "pending_code"),)
    assert found.count is None


def test_a_column_that_another_part_of_the_tool_made_is_not_taken_for_an_answer(
    snapshot: Snapshot,
) -> None:
    fill(snapshot, incidents=[ticket("IM1", assignment=None, close_time=None)])
    snapshot.ensure("incidents", ["assignment", "close_time", "assignee"])
    found = look(snapshot)
    assert of(found, "open_without_group").count is None
    assert of(found, "assignee_left").count is None


def test_what_one_kind_lacks_is_told_beside_what_the_other_gave(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[ticket("IM1", title=""), ticket("IM2", title="Ny mus")],
        interactions=[{"number": "SD1", "status": "Open"}],
    )
    found = finding(snapshot, "titles_empty")
    assert found.hits.examples == ("IM1",)
    assert found.partly == (Missing("there", "interactions", "title"),)


def test_dead_links_to_attachments_need_the_attachments(snapshot: Snapshot) -> None:
    body = '<a href="/answers/attachments/0a1b">Skjema</a> <a href="/answers/KM9">KM9</a>'
    fill(snapshot, knowledge=[{"id": "KM1", "answer": body}])
    found = finding(snapshot, "knowledge_dead_links")
    assert dict(found.hits.details) == {"record": 1}
    assert found.partly == (Missing("read", "attachments"),)


def test_the_figures_of_the_baseline_say_what_they_lack(snapshot: Snapshot) -> None:
    fill(snapshot, incidents=[ticket("IM1")])
    baseline = document(look(snapshot))["baseline"]
    for share in ("first_line", "first_call", "reassigned", "reopened", "on_hold"):
        assert baseline[share]["share"] is None
        assert baseline[share]["not_assessable"], share
    assert all(measure["not_assessable"] for measure in baseline["times"])
    assert baseline["titles_not_assessable"]


_EVERYTHING: dict[str, Rows] = {
    "groups": [{"name": "IT-NETT", "manager": "ola", "inactive": False}],
    "members": [{"group": "IT-NETT", "operator": "ola"}],
    "operators": [{"name": "ola", "last_login": "2019-09-01 08:00:00", "email": "o@example.no"}],
    "contacts": [{"contact_name": "NES, OLA", "user_id": "ola", "inactive": False, "dept": "IT"}],
    "incidents": [
        ticket("IM1", assignment="IT-NETT", assignee="ola", close_time="2019-09-03 08:00:00")
    ],
    "interactions": [{"number": "SD1", "open_time": "2019-09-02 07:00:00", "first_call": True}],
    "activities": [{"activity_id": "1", "number": "IM1", "type": "Update", "visible": True}],
    "relations": [{"source": "IM1", "depend": "SD1"}],
    "attachments": [{"uid": "0a", "topic": "IM1", "filename": "a.txt", "size": 3, "segments": 1}],
    "knowledge": [{"id": "KM1", "answer": "Svar", "status": "external", "owner": "ola"}],
    "catalogue": [{"name": "PC", "assignment": "IT-NETT", "active": True}],
    "texts": [{"name": "Takk", "text": "Takk!"}],
    "requests": [{"number": "Q1", "contact_name": "NES, OLA"}],
    "tasks": [{"number": "T1", "parent": "Q1"}],
}


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(sorted(_EVERYTHING)), min_size=1))
def test_whatever_is_there_every_family_is_told_or_says_why_not(
    tmp_path_factory: pytest.TempPathFactory, kinds: set[str]
) -> None:
    path = tmp_path_factory.mktemp("some") / "snapshot.db"
    with Snapshot(path) as snapshot:
        fill(snapshot, **{kind: _EVERYTHING[kind] for kind in kinds})
        found = look(snapshot)
    assert [each.family for each in found.findings] == list(FAMILIES)
    for each in found.findings:
        assert (each.count is None) == bool(each.missing)
        named = {need.split(".")[0] for need in "|".join(each.family.needs).split("|")}
        if not named & kinds:
            assert each.count is None, each.family.id
