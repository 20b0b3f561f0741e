from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ticket_world import (
    IT,
    activity,
    body,
    bundle,
    chain,
    codes,
    everybody,
    group,
    incident,
    interaction,
    mappings,
    verdict,
)

from migrate.records import Ref
from migrate.transform.mapping import Value
from migrate.transform.text import plain
from migrate.transform.tickets import callers


def test_values_without_a_mapping_are_all_named() -> None:
    made = chain(incident(status="Rart", priority="9 - Hm", impact="4"))

    assert verdict(made) == "rejected value-unmapped"
    assert made.verdict is not None
    assert made.verdict.reason == "no mapping for priority '9 - Hm', status 'Rart'"


def test_values_become_entries_of_topdesks_lists() -> None:
    made = chain(
        incident(priority="1 - Critical", impact="4", urgency=" 3 -Average", category="incident"),
        interaction(callback_type="Phone", subcategory="printer"),
        to=mappings({"tickets": {"call_type": "Henvendelse", "branch": "Trondheim"}}),
    )
    expected = {
        "priority": {"name": "Kritisk"},
        "impact": {"name": "Person"},
        "urgency": {"name": "Normal"},
        "entryType": {"name": "Telefon"},
        "category": {"name": "Utstyr"},
        "callType": {"name": "Henvendelse"},
        "branch": {"id": Ref("branch", "Trondheim")},
        "processingStatus": {"name": "Under behandling"},
    }

    assert {name: body(made)[name] for name in expected} == expected
    assert {
        "values/priority.yaml#1",
        "values/impact.yaml#4",
        "values/status.yaml#Open",
        "values/category.yaml#incident",
        "units/it/groups.yaml#IT-HJELP",
    } <= set(made.uses)


def test_a_category_is_mapped_with_its_subcategory() -> None:
    made = chain(incident(category="incident", subcategory="printer"))

    assert body(made)["category"] == {"name": "Utstyr"}
    assert body(made)["subcategory"] == {"name": "Skriver"}


def test_a_value_may_be_left_empty_by_decision_and_a_fallback_written_down() -> None:
    to = mappings()
    to = replace(to, values={**to.values, "urgency": {"*": Value(target="Lav")}})
    made = chain(incident(impact="5", urgency="høy"), to=to)

    assert "impact" not in body(made)
    assert body(made)["urgency"] == {"name": "Lav"}
    assert "values/urgency.yaml#*" in made.uses


def test_a_long_title_stands_whole_in_the_request() -> None:
    title = "ord " * 25 + "slutt"
    made = chain(incident(title=title, description="Hei"))

    assert len(body(made)["briefDescription"]) <= 80
    assert body(made)["request"] == f"{title}<br><br>Hei"
    assert "title-too-long" in codes(made)


def test_a_long_title_opens_the_history_where_the_policy_says_so() -> None:
    to = mappings({"tickets": {"long_title": "history"}})
    made = chain(incident(title="x" * 90), to=to)

    assert "request" not in body(made)
    assert plain(body(made, "history/v/1")["action"]) == "x" * 90 + "\n[IM10001/v/1]"


@pytest.mark.parametrize(
    ("description", "expected"),
    [("Ingenting\nvirker", "Ingenting virker"), (None, "IM10001")],
)
def test_an_empty_title_is_made_of_what_there_is(description: str | None, expected: str) -> None:
    made = chain(incident(title=" ", description=description))

    assert body(made)["briefDescription"] == expected
    assert "title-missing" in codes(made)


def test_the_request_says_what_the_caller_said_and_then_what_the_work_is() -> None:
    made = chain(
        incident(title="Toner", description="PÃ¥ plan <3>\r\nBytt toner"),
        interaction(title="Skriver", description="Den virker ikke"),
    )

    assert body(made)["briefDescription"] == "Toner"
    assert (
        body(made)["request"]
        == "Skriver<br><br>Den virker ikke<br><br>På plan &lt;3&gt;<br>Bytt toner"
    )


def test_the_same_text_is_not_said_twice() -> None:
    made = chain(incident(description="Hei. Mer."), interaction(description="Hei."))

    assert body(made)["request"] == "Hei. Mer."


def test_a_text_too_long_for_the_request_goes_whole_to_the_history() -> None:
    text = "langt ord " * 300
    to = mappings({"tickets": {"request_chars": 1000}, "history": {"part_chars": 1000}})
    made = chain(incident(description=text), activities=(activity(1, "etterpå"),), to=to)
    parts = [plain(s.body["action"]) for s in made.steps if s.name.startswith("history/v/")]

    assert body(made)["request"].endswith("[IM10001/v/1]")
    assert "text-too-long" in codes(made)
    assert "".join(parts).count("langt ord") == 300
    assert "etterpå" in parts[-1]


def test_the_caller_is_a_person_with_the_name_in_reserve() -> None:
    made = chain(incident(contact_name="BAKKE, ODD"), interaction())

    assert body(made)["callerLookup"] == {"id": Ref("person", "karih")}
    assert body(made)["caller_fallback"] == {
        "dynamicName": "Kari Holm",
        "email": "kari.holm@example.no",
    }
    assert callers(bundle(incident(), interaction()), everybody()) == ["karih"]


@pytest.mark.parametrize(
    ("contact", "caller", "code"),
    [
        ("BAKKE, ODD", {"dynamicName": "Odd Bakke", "email": "odd@example.no"}, "caller-left"),
        ("GJEST, NN", {"dynamicName": "Nn Gjest"}, "caller-without-key"),
        ("FREMMED, FRK", {"dynamicName": "FREMMED, FRK"}, "caller-unknown"),
        (None, None, "caller-missing"),
    ],
)
def test_a_caller_whom_topdesk_does_not_have_stands_as_text(
    contact: str | None, caller: Any, code: str
) -> None:
    made = chain(incident(contact_name=contact))

    assert body(made).get("caller") == caller
    assert "callerLookup" not in body(made)
    assert code in codes(made)


def test_the_assignee_is_the_operator_when_they_are_in_the_group() -> None:
    made = chain(incident(assignee="KARIH"))

    assert body(made)["operator"] == {"id": Ref("operator", "kari.holm")}
    assert "units/it/operators.yaml#karih" in made.uses


@pytest.mark.parametrize(
    ("assignee", "assignment", "code"),
    [
        ("annes", "IT-HJELP", "assignee-left"),
        ("ukjent", "IT-HJELP", "assignee-left"),
        ("perd", "IT-DRIFT", "assignee-not-moved"),
        ("karih", "IT-X", "assignee-not-member"),
    ],
)
def test_else_the_group_has_the_ticket_alone(assignee: str, assignment: str, code: str) -> None:
    it = replace(
        IT,
        file=IT.file.model_copy(update={"groups": [*IT.file.groups, "IT-X"]}),
        groups={**IT.groups, "IT-X": group("IT-X")},
    )
    made = chain(incident(assignee=assignee, assignment=assignment), to=mappings(units={"it": it}))

    assert "operator" not in body(made)
    assert "operatorGroup" in body(made)
    assert code in codes(made)
