"""Lists of incidents: paging, queries, fields, order."""

from __future__ import annotations

import pytest
from simulated_desk import DESK, Client


def test_no_incident_is_204(topdesk: Client) -> None:
    assert topdesk("GET", "incidents").status_code == 204


def test_pages_lead_to_each_other_until_the_last(topdesk: Client) -> None:
    made = [topdesk.incident(externalNumber=f"IM{index}")["id"] for index in range(5)]
    response = topdesk("GET", "incidents", params={"pageSize": 2, "fields": "id"})
    seen = []
    while response.status_code == 206:
        assert len(response.json()) == 2
        seen += response.json()
        response = topdesk.session.get(response.headers["x-next-page-url"], timeout=10)
    assert response.status_code == 200
    seen += response.json()
    assert [record["id"] for record in seen] == made
    assert seen[0] == {"id": made[0]}


@pytest.mark.parametrize(
    "params",
    [
        {"page_size": "10"},
        {"start": "0"},
        {"pageSize": "0"},
        {"pageSize": "10001"},
        {"pageStart": "-1"},
        {"fields": "nummer"},
        {"sort": "attachments"},
        {"sort": "id:opp"},
        {"dateFormat": "rfc"},
        {"all": "ja"},
        {"query": ""},
        {"query": "externalNumber=lk=IM"},
        {"query": "externalNumber==IM 1"},
        {"query": "tittel==x"},
        {"query": "callDate=gt=igår"},
        {"query": "request==x"},
    ],
)
def test_wrong_parameters_are_refused(topdesk: Client, params: dict[str, str]) -> None:
    topdesk.incident(externalNumber="IM1")
    response = topdesk("GET", "incidents", params=params)
    assert response.status_code == 400
    assert response.json()[0]["message"]


def test_external_numbers_are_found_by_equality_and_membership(topdesk: Client) -> None:
    ids = {
        number: topdesk.incident(externalNumber=number)["id"] for number in ("IM1", "IM2", "a/b")
    }
    assert topdesk.ids("incidents", "externalNumber==IM1") == [ids["IM1"]]
    assert topdesk.ids("incidents", "externalNumber==im1") == [ids["IM1"]]
    assert topdesk.ids("incidents", 'externalNumber=in=(IM2,"a/b",IM9)') == [ids["IM2"], ids["a/b"]]
    assert topdesk.ids("incidents", "externalNumber==IM*") == [ids["IM1"], ids["IM2"]]
    assert topdesk.ids("incidents", "externalNumber==IM9") == []


def test_archived_incidents_are_only_found_with_all(topdesk: Client) -> None:
    made = topdesk.incident(externalNumber="IM1")["id"]
    topdesk("PUT", f"incidents/id/{made}/archive")
    assert topdesk.ids("incidents", "externalNumber==IM1") == []
    assert topdesk.ids("incidents", "externalNumber==IM1", all="true") == [made]
    assert topdesk("GET", "incidents").status_code == 204
    assert topdesk("GET", "incidents?all").status_code == 200


def test_nested_fields_dates_and_null_can_be_asked_for(topdesk: Client) -> None:
    one = topdesk.incident(operatorGroup={"id": DESK}, targetDate="2019-09-01T10:00:00Z")["id"]
    two = topdesk.incident(externalLink={"id": "SD1", "type": "7"})["id"]
    assert topdesk.ids("incidents", "operatorGroup.name=='IT-BRUKERSTØTTE'") == [one]
    assert topdesk.ids("incidents", f"operatorGroup.id=={DESK}") == [one]
    assert topdesk.ids("incidents", "operatorGroup==null") == [two]
    assert topdesk.ids("incidents", "targetDate=lt=2019-09-01T14:00:00.000+0400") == []
    assert topdesk.ids("incidents", "targetDate=le='2019-09-01T12:00:00.000+0200'") == [one]
    assert topdesk.ids("incidents", "externalLink.id==SD1;externalLink.type==7") == [two]
    assert topdesk.ids("incidents", "closed==false,closed==true", sort="id:desc") == [two, one]


def test_dates_can_be_read_in_the_short_form(topdesk: Client) -> None:
    topdesk.incident(targetDate="2020-10-01T14:10:00.000+0000")
    params = {"dateFormat": "iso8601", "fields": "targetDate"}
    shown = topdesk("GET", "incidents", params=params).json()
    assert shown == [{"targetDate": "2020-10-01T14:10:00Z"}]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("incidents/id/4", 400),
        ("incidents/id/00000000-0000-4000-8000-000000000000", 404),
        ("incidents/number/I 1909 1", 404),
        ("incidents/ukjent", 404),
        ("problems", 404),
    ],
)
def test_what_is_not_there_is_not_found(topdesk: Client, path: str, status: int) -> None:
    topdesk.refused("GET", path, status=status)


def test_an_incident_cannot_be_deleted(topdesk: Client) -> None:
    topdesk.refused("DELETE", f"incidents/id/{topdesk.incident()['id']}", status=405)
