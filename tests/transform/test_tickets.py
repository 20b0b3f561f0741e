from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ticket_world import (
    activity,
    body,
    chain,
    codes,
    group,
    incident,
    interaction,
    mappings,
    step,
    unit,
    verdict,
)

from migrate.records import Chain, Finding, Member, Ref, Row, Told
from migrate.transform.mapping import FiltersConfirmed
from migrate.transform.text import plain


def names(made: Chain) -> list[str]:
    return [step.name for step in made.steps]


def test_an_interaction_alone_is_a_first_line_incident() -> None:
    made = chain(None, interaction())

    assert made.identity == "SD10001"
    assert made.members == (Member("interactions", "SD10001"),)
    assert body(made)["status"] == "firstLine"
    assert made.find == (("externalNumber", "SD10001"),)


def test_interaction_and_incident_are_one_second_line_incident() -> None:
    made = chain(incident(), interaction())

    assert made.identity == body(made)["externalNumber"] == "IM10001"
    assert set(made.members) == {Member("incidents", "IM10001"), Member("interactions", "SD10001")}
    assert body(made)["status"] == "secondLine"
    assert body(made)["optionalFields1"] == {"text1": "SD10001"}
    assert made.source_digest == "digest of IM10001"


def test_an_incident_alone_is_second_line() -> None:
    assert body(chain(incident()))["status"] == "secondLine"


def test_a_group_that_works_in_one_line_decides_the_line() -> None:
    it = unit("it", (group("IT-HJELP", line="first"),))
    made = chain(incident(), to=mappings(units={"it": it}))

    assert body(made)["status"] == "firstLine"
    assert "line-by-group" in codes(made)


def test_an_escalated_interaction_joins_the_record_that_is_there() -> None:
    made = chain(incident(), interaction(), bound=("SD10001",))

    assert made.identity == body(made)["externalNumber"] == "SD10001"
    assert body(made)["optionalFields1"] == {"text1": "IM10001"}


def test_two_loaded_records_that_become_one_are_a_conflict() -> None:
    made = chain(incident(), interaction(), bound=("IM10001", "SD10001"))

    assert verdict(made) == "conflict members-of-two-records"


def test_a_number_that_does_not_fit_is_rejected() -> None:
    assert verdict(chain(incident(number="I" * 61))) == "rejected number-too-long"


def test_a_number_that_another_ticket_has_too_is_rejected() -> None:
    assert verdict(chain(incident(), shared=("IM10001",))) == "rejected number-shared"


def test_further_numbers_open_the_request_where_the_policy_says_so() -> None:
    to = mappings({"tickets": {"further_numbers": "request"}})
    made = chain(incident(description="Hei"), interaction(), to=to)

    assert body(made)["request"] == "HPSM: SD10001<br><br>Hei"
    assert "optionalFields1" not in body(made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IT-SIKKERHET", "held group-restricted"),
        ("IT-NY", "held group-restriction-unknown"),
        ("IT-UBESTEMT", "rejected group-undecided"),
        ("IT-BORTE", "skipped group-left-behind"),
        ("HR-LØNN", "waiting unit-not-moved"),
        (None, "rejected group-missing"),
    ],
)
def test_a_group_may_keep_a_ticket_back(name: str | None, expected: str) -> None:
    assert verdict(chain(incident(assignment=name))) == expected


@pytest.mark.parametrize("fields", [{"status": "Rart"}, {"title": None}, {"priority": "9"}])
def test_nothing_is_said_of_a_ticket_that_is_held(fields: dict[str, Any]) -> None:
    made = chain(incident(assignment="IT-SIKKERHET", **fields), activities=(activity(1),))

    assert verdict(made) == "held group-restricted"
    assert made.findings == ()
    assert made.find == ()


@pytest.mark.parametrize("name", ["IT-SIKKERHET", "IT-NY", "HR-VARSLING"])
def test_a_call_of_a_restricted_group_holds_the_whole_ticket(name: str) -> None:
    assert verdict(chain(incident(), interaction(assignment=name))).startswith("held group-rest")


def test_a_retired_group_hands_its_open_tickets_on() -> None:
    made = chain(incident(assignment="IT-GAMMEL"))

    assert body(made)["operatorGroup"] == {"id": Ref("operator_group", "IT Hjelp")}
    assert {"units/it/groups.yaml#IT-GAMMEL", "units/it/groups.yaml#IT-HJELP"} <= set(made.uses)


def test_a_retired_group_may_name_the_heir_as_topdesk_does() -> None:
    it = unit("it", (group("IT-A", "retire", open_tickets_to="Drift"),))
    made = chain(incident(assignment="IT-A"), to=mappings(units={"it": it}))

    assert body(made)["operatorGroup"] == {"id": Ref("operator_group", "Drift")}


def test_a_restricted_heir_holds_the_ticket() -> None:
    it = unit(
        "it",
        (
            group("IT-A", "retire", open_tickets_to="Hemmelig"),
            group("IT-B", "retire", open_tickets_to="IT-C"),
            group("IT-C", target="Hemmelig", restricted=True),
        ),
    )
    for name in ("IT-A", "IT-B"):
        made = chain(incident(assignment=name), to=mappings(units={"it": it}))
        assert verdict(made) == "held group-restricted"


def test_a_restricted_group_s_tickets_go_once_topdesk_s_filters_are_confirmed() -> None:
    seen = FiltersConfirmed(by="admin@example.no", at=date(2019, 10, 2), filters=["HR alene"])
    secret = group("IT-SIKKERHET", restricted=True).model_copy(update={"confirmed": seen})
    to = mappings(units={"it": unit("it", (secret, group("IT-NY", restricted=True)))})
    assert chain(incident(assignment="IT-SIKKERHET"), to=to).verdict is None
    assert chain(incident(assignment="IT-NY"), to=to).verdict is not None


def test_a_closed_ticket_keeps_its_retired_group_as_text() -> None:
    made = chain(
        incident(assignment="IT-GAMMEL", status="Closed", close_time="2019-09-13 08:00:00")
    )

    assert "operatorGroup" not in body(made)
    assert body(made)["request"] == "HPSM-gruppe: IT-GAMMEL"


def test_retired_groups_that_point_at_each_other_end_as_text() -> None:
    it = unit(
        "it",
        (
            group("IT-A", "retire", open_tickets_to="IT-B"),
            group("IT-B", "retire", open_tickets_to="IT-A"),
        ),
    )
    made = chain(incident(assignment="IT-A"), to=mappings(units={"it": it}))

    assert body(made)["request"] == "HPSM-gruppe: IT-A"


def test_the_service_names_the_group_where_the_ticket_is_silent() -> None:
    made = chain(None, interaction(assignment=None, service="Utskrift"))

    assert body(made)["operatorGroup"] == {"id": Ref("operator_group", "IT Drift")}
    assert body(made)["category"] == {"name": "Tjeneste"}
    assert body(made)["subcategory"] == {"name": "Utskrift"}
    assert body(made)["sla"] == {"id": "sla-1"}


def test_the_call_was_when_the_caller_called() -> None:
    made = chain(incident(), interaction())

    assert body(made, "call_date") == {"callDate": "2019-09-12T08:00:00.000+0000"}


def test_a_time_that_is_none_never_reaches_a_date() -> None:
    made = chain(incident(), interaction(open_time="4000-01-01 00:00:00"))

    assert body(made, "call_date") == {"callDate": "2019-09-12T08:15:00.000+0000"}
    assert Finding("time-invalid", "IM10001", "open_time") in made.findings
    undated = chain(incident(open_time="4000-01-01 00:00:00"))
    assert names(undated) == ["create"]
    assert "open-without-date" in codes(undated)


def test_pending_is_on_hold_with_its_reason_and_date_in_the_history() -> None:
    made = chain(
        incident(
            status="Pending Customer", pending_code="Ferie", pending_until="2019-10-01 06:00:00"
        )
    )

    assert "processingStatus" not in body(made)
    assert body(made, "hold") == {
        "onHold": True,
        "processingStatus": {"name": "Venter på bruker"},
    }
    assert plain(body(made, "history/i/1")["action"]) == (
        "På vent\nFerie til 2019-10-01 08:00 +02:00\n[IM10001/i/1]"
    )


def test_the_date_it_resumes_may_be_the_target_date() -> None:
    made = chain(
        incident(status="Pending Customer", pending_until="2019-10-01 06:00:00"),
        to=mappings({"tickets": {"resume_date": "target_date"}}),
    )

    assert body(made, "hold")["targetDate"] == "2019-10-01T06:00:00.000+0000"
    assert "hold-without-reason" in codes(made)


def test_waiting_without_reason_or_date_is_a_finding() -> None:
    made = chain(incident(status="Pending Customer", pending_until="4000-01-01 00:00:00"))

    assert {"hold-without-reason", "hold-without-date", "time-invalid"} <= set(codes(made))


def test_a_closed_ticket_is_completed_and_closed_last_of_all() -> None:
    made = chain(
        incident(
            status="Closed",
            resolved_time="2019-09-13 08:00:00",
            close_time="2019-09-20 08:00:00",
            resolution_code="Solved",
        ),
        activities=(activity(1),),
    )

    assert names(made) == ["create", "call_date", "history/v/1", "close"]
    assert body(made, "close") == {
        "completed": True,
        "completedDate": "2019-09-13T08:00:00.000+0000",
        "closed": True,
        "closedDate": "2019-09-20T08:00:00.000+0000",
        "closureCode": {"name": "Løst av oss"},
        "processingStatus": {"name": "Lukket"},
    }


def test_a_resolved_ticket_is_completed_and_not_closed() -> None:
    made = chain(incident(status="Resolved", resolved_time="2019-09-13 08:00:00"))

    assert "closed" not in body(made, "close")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"close_time": "2019-09-13 08:00:00"}, "open-with-close-time"),
        ({"status": "Closed"}, "close-without-date"),
        ({"status": "Closed", "close_time": "2019-09-01 08:00:00"}, "close-before-open"),
        ({"service": "Ukjent"}, "service-unmapped"),
    ],
)
def test_what_does_not_agree_is_a_finding(fields: dict[str, Any], code: str) -> None:
    assert code in codes(chain(incident(**fields)))


def test_a_reopened_ticket_may_have_an_old_close_time() -> None:
    fields = {"close_time": "2019-09-13 08:00:00", "reopen_time": "2019-09-14 08:00:00"}

    assert "open-with-close-time" not in codes(chain(incident(**fields)))


def test_relations_to_records_that_are_gone_are_a_finding() -> None:
    made = chain(incident(), dangling=("SD404",))

    assert Finding("relation-dangling", "IM10001", "SD404") in made.findings


def test_a_ticket_that_is_held_after_it_was_loaded_is_told() -> None:
    made = chain(incident(assignment="IT-SIKKERHET"), bound=("IM10001",))

    assert verdict(made) == "held group-restricted"
    assert made.findings == (Finding("held-after-load", "IM10001"),)
    assert chain(incident(assignment="IT-SIKKERHET")).findings == ()


def test_notes_that_hpsm_no_longer_shows_the_caller_are_told() -> None:
    hidden = activity(1, visible=False), activity(2, visible=True), activity(3, visible=False)
    told = Told(frozenset({"A1", "A2", "A3"}), 2, 2, frozenset({"A1", "A2"}))
    made = chain(incident(), activities=hidden, told=told, bound=("IM10001",))

    assert Finding("visibility-withdrawn", "IM10001", "1") in made.findings


def test_relations_of_which_topdesk_gets_no_link_are_a_finding() -> None:
    assert Finding("relation-left", "IM10001", "2") in chain(incident(), related=2).findings
    assert "relation-left" not in codes(chain(incident()))


def test_a_caller_of_whom_only_the_mail_address_is_known_is_that_address() -> None:
    made = chain(None, interaction(contact_name=None, contact_email="kari@example.no"))
    assert body(made)["caller"] == {"dynamicName": "kari@example.no", "email": "kari@example.no"}
    assert "caller-missing" in codes(made)


def test_further_people_of_a_ticket_stand_in_its_internal_history() -> None:
    call = interaction(callback_contact="LIE, PER")
    made = chain(incident(alternate_contact="lie, per "), call)
    history = step(made, "history/i/1").body
    assert "Kontakt for henvendelsen<br>" in str(history["action"])
    assert str(history["action"]).casefold().count("lie, per") == 1
    assert history["actionInvisibleForCaller"] is True


def test_a_caller_who_is_the_contact_too_is_not_told_twice() -> None:
    name = str(interaction()["contact_name"])
    made = chain(None, interaction(callback_contact=name.lower()))
    assert "Kontakt for" not in str([step.body for step in made.steps])


def test_a_ticket_can_be_built_from_its_activities_alone() -> None:
    bare: Row = {"number": "IM0000006", "assignment": "IT-HJELP"}
    told = tuple(
        {"activity_id": f"A{n}", "number": "IM0000006", "time": f"2014-01-1{n} 14:13:13", "type": t}
        for n, t in enumerate(("Open", "Closed"))
    )
    made = chain(bare, activities=told)

    assert body(made)["briefDescription"] == "IM0000006"
    assert made.activities == 2
    assert plain(step(made, "history/i/1").body["action"]).startswith(
        "2014-01-10 15:13 +01:00 · Open"
    )
    assert "status-missing" in codes(made)


_cell = st.one_of(st.none(), st.text(max_size=120), st.just("4000-01-01 00:00:00"))
_FIELDS = """
title description resolution journal contact_name assignee open_time close_time pending_until
resolved_time pending_code contact_email
"""
_wild = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS.split(), _cell))


@given(_wild, _wild, st.sampled_from(["Open", "Pending Customer", "Closed"]), st.data())
@settings(max_examples=80, deadline=None)
def test_any_content_makes_the_same_chain_within_topdesks_limits_twice(
    im: dict[str, Any], sd: dict[str, Any], status: str, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(st.text(max_size=50), max_size=3))
    rows = (incident(**im, status=status), interaction(**sd))
    told = tuple(activity(n, text) for n, text in enumerate(texts))
    made = chain(*rows, activities=told)

    assert made == chain(*rows, activities=told)
    if made.verdict is None:
        assert len(body(made)["briefDescription"]) <= 80
        assert "4000" not in str([s.body for s in made.steps if s.name in ("call_date", "close")])
        assert made.activities == len(texts)


def test_a_description_that_comes_after_the_load_is_an_internal_note() -> None:
    before = chain(None, interaction(description="Ring meg"))
    told = Told(frozenset(step(before, "create").carries), 1, 1)
    call, bound = interaction(description="Ring meg"), ("SD10001",)
    made = chain(incident(description="Bytt bryteren"), call, bound=bound, told=told)
    [note] = [each for each in made.steps if each.marker]
    assert note.body["actionInvisibleForCaller"]
    assert plain(note.body["action"]) == (
        "Ny beskrivelse i HPSM · IM10001\nBytt bryteren\n[SD10001/i/1]"
    )
    again = Told(told.carries | set(note.carries), 1, 2)
    for text, known in (("Bytt bryteren", again), ("Ring", told)):
        made = chain(incident(description=text), call, bound=bound, told=known)
        assert [each.name for each in made.steps if each.marker] == []


def test_of_what_was_loaded_before_descriptions_were_noted_none_is_told_again() -> None:
    told = Told(frozenset({"A1"}), 1, 2)
    made = chain(incident(description="Hei"), bound=("IM10001",), told=told)
    assert [each.name for each in made.steps if each.marker] == []
