"""What TOPdesk takes and refuses when incidents are created and changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from simulated_desk import (
    ANNE,
    DESK,
    FIRST_ONLY,
    GONE,
    IDLE,
    KARI,
    NET,
    NOBODY,
    OLA,
    Client,
)


def test_a_created_incident_has_an_id_and_a_number_of_this_month(topdesk: Client) -> None:
    first = topdesk.incident(briefDescription="Skriver", externalNumber="IM10001")
    second = topdesk.incident()
    month = f"{datetime.now(UTC):%y%m}"
    assert first["number"] == f"I {month} 001"
    assert second["number"] == f"I {month} 002"
    assert first["status"] == "firstLine"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", first["creationDate"])
    assert first["creator"]["name"] == "migrate"
    by_number = topdesk("GET", f"incidents/number/{second['number']}").json()
    assert by_number["id"] == second["id"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"brief": "x"}, 'The field "brief" does not exist.'),
        ({"callDate": "2019-01-01T10:00:00"}, 'The field "callDate" does not exist.'),
        ({"number": "I 1909 1"}, 'The field "number" does not exist.'),
        ({"category": {"navn": "IT"}}, 'The field "category.navn" does not exist.'),
        (
            {"briefDescription": "x" * 81},
            'The value for the field "briefDescription" can only be 80 characters long.',
        ),
        (
            {"externalNumber": "x" * 61},
            'The value for the field "externalNumber" can only be 60 characters long.',
        ),
        ({"closed": "sann"}, 'The value for the field "closed" cannot be parsed'),
        ({"targetDate": "2019-13-01T10:00"}, 'The value for the field "targetDate" cannot be'),
        ({"operator": {"id": "4"}}, 'The value for the field "operator.id" cannot be parsed'),
        ({"impact": {"name": "Alle"}}, 'The value for the field "impact.name" cannot be found.'),
        ({"impact": {"id": NOBODY, "name": "Person"}}, 'The field "impact" needs exactly one'),
        ({"callerLookup": {}}, 'The field "callerLookup" needs exactly one'),
        (
            {"callerLookup": {"email": "a@example.no", "employeeNumber": "1001"}},
            'The field "callerLookup" needs exactly one',
        ),
        ({"callerLookup": {"id": OLA}}, "The given person does not have the Caller role."),
        ({"callerLookup": {"id": GONE}}, 'The value for the field "callerLookup.id" cannot'),
        ({"callerLookup": {"email": "felles@example.no"}}, "is not unique"),
        (
            {"callerLookup": {"id": KARI}, "caller": {"dynamicName": "Kari"}},
            "A caller name and a registered caller",
        ),
        ({"caller": {"dynamicName": "x" * 110}}, "can only be 109 characters long."),
        (
            {"operator": {"id": ANNE}, "operatorGroup": {"id": NET}},
            "The operator does not belong to the given operator group.",
        ),
        ({"operatorGroup": {"id": IDLE}}, "The value for the field 'operatorGroup.id' cannot be"),
        (
            {"operator": {"id": FIRST_ONLY}, "status": "secondLine"},
            "The value for the field 'operator.id' cannot be found.",
        ),
        (
            {"category": {"name": "IT"}, "subcategory": {"name": "Renhold"}},
            "The given subcategory does not belong to the given category.",
        ),
        ({"feedbackRating": 5}, "Feedback can only be given on closed incidents."),
        ({"majorCallObject": {"name": "I 1909 1"}}, "The given major call is not valid."),
        ({"status": "partial"}, "A partial incident needs a main incident."),
        ({"externalLink": {"id": "a"}}, "An external link needs both an id and a type."),
    ],
)
def test_a_create_is_refused_with_the_reason(
    topdesk: Client, body: dict[str, object], message: str
) -> None:
    assert message in topdesk.refused("POST", "incidents", body)
    assert topdesk.server.census()["counts"]["incident"] == 0


@pytest.mark.parametrize("field", ["operator", "operatorGroup", "category", "branch", "sla"])
def test_an_id_that_does_not_exist_is_not_found(topdesk: Client, field: str) -> None:
    message = topdesk.refused("POST", "incidents", {field: {"id": NOBODY}}, status=404)
    assert f"{field}.id" in message


def test_a_body_that_is_not_json_is_refused(topdesk: Client) -> None:
    response = topdesk("POST", "incidents", data=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_list_entries_are_found_by_name_and_read_back_with_id(topdesk: Client) -> None:
    made = topdesk.incident(
        entryType={"name": "E-post"}, subcategory={"name": "Renhold"}, impact={"name": "Person"}
    )
    assert made["entryType"]["name"] == "E-post"
    assert made["category"]["name"] == "Bygg og campus"
    again = topdesk.incident(entryType={"id": made["entryType"]["id"]})
    assert again["entryType"] == made["entryType"]


def test_priority_follows_impact_and_urgency_unless_it_is_given(topdesk: Client) -> None:
    weights = {"impact": {"name": "Avdeling"}, "urgency": {"name": "Lav"}}
    assert topdesk.incident(**weights)["priority"]["name"] == "P3"
    assert topdesk.incident(**weights, priority={"name": "P1"})["priority"]["name"] == "P1"
    assert topdesk.incident(impact={"name": "Avdeling"})["priority"] is None


def test_a_registered_caller_is_copied_from_the_card(topdesk: Client) -> None:
    made = topdesk.incident(callerLookup={"employeeNumber": "1001"})
    assert made["caller"]["id"] == KARI
    assert made["caller"]["dynamicName"] == "Nordmann, Kari"
    assert made["callerBranch"]["name"] == "Hovedkontoret"
    by_login = topdesk.incident(callerLookup={"networkLoginName": "KARINOR"})
    assert by_login["caller"]["id"] == KARI


def test_a_caller_without_a_card_is_a_name(topdesk: Client) -> None:
    made = topdesk.incident(caller={"dynamicName": "Sluttet, Siri", "email": "s@example.no"})
    assert made["caller"]["id"] is None
    assert made["caller"]["dynamicName"] == "Sluttet, Siri"


def test_work_of_a_group_shows_the_group_as_its_operator(topdesk: Client) -> None:
    made = topdesk.incident(operatorGroup={"id": DESK})
    assert made["operator"] == {
        "id": DESK,
        "name": "IT-BRUKERSTØTTE",
        "status": "operatorGroup",
    }
    taken = topdesk("PATCH", f"incidents/id/{made['id']}", {"operator": {"id": ANNE}}).json()
    assert taken["operator"]["status"] == "operator"
    assert taken["operatorGroup"]["id"] == DESK
    given_as_operator = topdesk.incident(operator={"id": NET})
    assert given_as_operator["operatorGroup"]["id"] == NET


def test_call_date_is_set_by_a_later_change_and_read_in_utc(topdesk: Client) -> None:
    made = topdesk.incident()
    changed = topdesk(
        "PATCH", f"incidents/id/{made['id']}", {"callDate": "2015-11-15T14:00:00.000+0200"}
    ).json()
    assert changed["callDate"] == "2015-11-15T12:00:00.000+0000"
    assert changed["creationDate"] == made["creationDate"]
    naive = topdesk("PATCH", f"incidents/id/{made['id']}", {"callDate": "2015-11-15T14:00:00"})
    assert naive.json()["callDate"] == "2015-11-15T14:00:00.000+0000"


def test_status_cannot_be_patched_but_escalated(topdesk: Client) -> None:
    path = f"incidents/id/{topdesk.incident(operatorGroup={'id': DESK})['id']}"
    assert "does not exist" in topdesk.refused("PATCH", path, {"status": "secondLine"})
    up = topdesk("PUT", f"{path}/escalate", {"name": "Krever spesialist"}).json()
    assert (up["status"], up["escalationStatus"]) == ("secondLine", "Escalated")
    topdesk.refused("PUT", f"{path}/escalate", {})
    down = topdesk("PUT", f"{path}/deescalate").json()
    assert down["status"] == "firstLine"


def test_completed_and_closed_dates_may_be_historic_or_are_now(topdesk: Client) -> None:
    made = topdesk.incident(
        completed=True, completedDate="2018-11-15T14:00:00Z", closed="true", costs="0.15"
    )
    assert made["completedDate"] == "2018-11-15T14:00:00.000+0000"
    assert made["closedDate"] == made["creationDate"]
    assert made["costs"] == 0.15
    path = f"incidents/id/{made['id']}"
    reopened = topdesk("PATCH", path, {"closed": False, "completed": False}).json()
    assert reopened["closedDate"] is None
    assert reopened["completedDate"] is None


def test_on_hold_follows_the_processing_status_unless_it_is_given(topdesk: Client) -> None:
    waiting = topdesk.incident(processingStatus={"name": "Venter på innmelder"})
    assert waiting["onHold"] is True
    assert waiting["onHoldDate"] == waiting["creationDate"]
    path = f"incidents/id/{waiting['id']}"
    at_work = topdesk("PATCH", path, {"processingStatus": {"name": "Under behandling"}}).json()
    assert (at_work["onHold"], at_work["onHoldDate"]) == (False, None)
    both = {"processingStatus": {"name": "Venter annet"}, "onHold": False}
    assert topdesk("PATCH", path, both).json()["onHold"] is False


def test_null_empties_a_field(topdesk: Client) -> None:
    made = topdesk.incident(externalNumber="IM1", category={"name": "IT"})
    changed = topdesk(
        "PATCH", f"incidents/id/{made['id']}", {"externalNumber": None, "category": None}
    ).json()
    assert changed["externalNumber"] is None
    assert changed["category"] is None


def test_an_archived_incident_is_frozen_until_it_is_unarchived(topdesk: Client) -> None:
    path = f"incidents/id/{topdesk.incident(action='før')['id']}"
    archived = topdesk("PUT", f"{path}/archive", {"name": "Ikke lenger i bruk"}).json()
    assert archived["status"] == "firstLineArchived"
    assert archived["archivingReason"]["name"] == "Ikke lenger i bruk"
    entry = topdesk("GET", f"{path}/actions").json()[0]["id"]
    for method, where, body in (
        ("PATCH", path, {"briefDescription": "nei"}),
        ("PUT", f"{path}/archive", None),
        ("PUT", f"{path}/escalate", None),
        ("DELETE", f"{path}/actions/{entry}", None),
    ):
        assert topdesk.refused(method, where, body, status=403) == "The incident is archived"
    assert topdesk("PUT", f"{path}/unarchive").json()["status"] == "firstLine"
    assert topdesk("PATCH", path, {"briefDescription": "ja"}).status_code == 200


def test_a_partial_takes_from_its_main_incident_and_is_archived_with_it(topdesk: Client) -> None:
    main = topdesk.incident(status="secondLine", category={"name": "IT"}, externalNumber="IM7")
    part = topdesk.incident(status="partial", mainIncident={"number": main["number"]})
    assert part["category"]["name"] == "IT"
    assert part["externalNumber"] == "IM7"
    refusal = {
        "status": "partial",
        "mainIncident": {"id": main["id"]},
        "impact": {"name": "Person"},
    }
    assert "cannot be provided for partial" in topdesk.refused("POST", "incidents", refusal)
    assert topdesk.ids("incidents", "externalNumber==IM7") == [main["id"]]
    assert topdesk.ids("incidents", "externalNumber==IM7", all="true") == [main["id"], part["id"]]
    topdesk("PUT", f"incidents/id/{main['id']}/archive")
    assert topdesk("GET", f"incidents/id/{part['id']}").json()["status"] == "partialArchived"


def test_incidents_hang_under_a_major_call(topdesk: Client) -> None:
    major = topdesk.incident(majorCall=True, status="secondLine")
    made = topdesk.incident(majorCallObject={"name": major["number"]})
    assert made["majorCallObject"]["id"] == major["id"]


def test_optional_fields_are_merged(topdesk: Client) -> None:
    made = topdesk.incident(optionalFields1={"text1": "SD1", "memo1": "m"})
    changed = topdesk(
        "PATCH", f"incidents/id/{made['id']}", {"optionalFields1": {"text2": "SD2"}}
    ).json()
    assert changed["optionalFields1"] == {"text1": "SD1", "memo1": "m", "text2": "SD2"}
    assert "100 characters" in topdesk.refused(
        "POST", "incidents", {"optionalFields1": {"text1": "x" * 101}}
    )
