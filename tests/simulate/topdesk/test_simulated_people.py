"""Persons, operators, groups and memberships."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_desk import (
    ANNE,
    BRANCH,
    DESK,
    FIRST_ONLY,
    GONE,
    KARI,
    NET,
    NOBODY,
    OLA,
    OTHER_BRANCH,
    Client,
)

PERSONS = {"Accept": "application/x.topdesk-collection-person-v2+json"}


def _person(**values: Any) -> dict[str, Any]:
    return {"surName": "Hansen", "branch": {"id": BRANCH}, **values}


def _operator(person: str, **values: Any) -> dict[str, Any]:
    return {
        "surName": "Hansen",
        "branch": {"id": BRANCH},
        "linkedPerson": {"id": person},
        **values,
    }


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/json", 406), ("*/*", 200), (PERSONS["Accept"], 200), ("text/html", 406)],
)
def test_persons_answer_only_in_their_own_media_type(
    topdesk: Client, accept: str, status: int
) -> None:
    response = topdesk("GET", "persons", headers={"Accept": accept})
    assert response.status_code == status
    if status == 200:
        assert response.headers["Content-Type"] == PERSONS["Accept"]


def test_persons_show_few_fields_unless_asked(topdesk: Client) -> None:
    few = topdesk("GET", "persons").json()["item"][0]
    assert "employeeNumber" not in few
    everything = topdesk("GET", "persons", params={"fields": "all"}).json()["item"][0]
    assert {"employeeNumber", "networkLoginName", "isCaller"} <= set(everything)
    some = topdesk("GET", "persons", params={"fields": "networkLoginName,branch.name"}).json()
    assert set(some["item"][0]) == {"networkLoginName", "branch"}


def test_persons_are_paged_by_page_start(topdesk: Client) -> None:
    first = topdesk("GET", "persons", params={"pageSize": 3, "fields": "id"})
    assert (first.status_code, first.json()["size"]) == (206, 3)
    rest = topdesk.session.get(first.json()["next"], timeout=10)
    assert (rest.status_code, rest.json()["size"], rest.json()["next"]) == (200, 2, None)
    assert topdesk("GET", "persons", params={"start": 0}).status_code == 400
    assert topdesk("GET", "persons/count").json() == {"numberOfPersons": 5}


def test_persons_are_found_with_the_archived_ones(topdesk: Client) -> None:
    assert topdesk.ids("persons", "networkLoginName==borte") == [GONE]
    assert topdesk.ids("persons", "networkLoginName==borte;archived==false") == []
    assert topdesk.ids("persons", "employeeNumber=in=(1001,1002)") == [KARI]
    assert topdesk.ids("persons", "surName=sw=nord;isCaller==true") == [KARI]
    assert topdesk.ids("persons", "branch.id==" + BRANCH, sort="surName:desc,firstName")[-1] == GONE


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"firstName": "Kari"}, "Mandatory field 'surName' is missing."),
        ({"surName": " "}, "Mandatory field 'surName' is missing."),
        ({"surName": "Hansen"}, "Mandatory field 'branch' is missing."),
        (_person(firstName="x" * 31), 'The value for the field "firstName" can only be 30'),
        (_person(email="ikke-en-adresse"), 'The value for the field "email" cannot be parsed'),
        (_person(isCaller="true"), 'The value for the field "isCaller" cannot be parsed'),
        (_person(branch={"id": NOBODY}), 'The value for the field "branch" cannot be found.'),
        (_person(branch={"name": "Bygg"}), 'The field "branch.name" does not exist.'),
        (_person(authorizeAll=True), "Authorization checkboxes may only be set"),
        (_person(showSubsidiaries=True), "The field 'showSubsidiaries' can not be true"),
        (_person(optionalFields1={"memo1": "x"}), "Memo fields cannot be modified"),
    ],
)
def test_a_person_is_refused_with_the_reason(
    topdesk: Client, body: dict[str, Any], message: str
) -> None:
    assert message in topdesk.refused("POST", "persons", body)


def test_a_person_is_a_caller_only_if_told(topdesk: Client) -> None:
    made = topdesk("POST", "persons", _person(firstName="Ida", prefixes="von")).json()
    assert (made["isCaller"], made["hasSspAccess"]) == (False, True)
    assert made["dynamicName"] == "Hansen, Ida von"
    lookup = {"callerLookup": {"id": made["id"]}}
    assert "Caller role" in topdesk.refused("POST", "incidents", lookup)
    topdesk("PATCH", f"persons/{made['id']}", {"isCaller": True})
    assert topdesk.incident(**lookup)["caller"]["dynamicName"] == "Hansen, Ida von"


def test_reading_one_person_that_is_not_there_gives_error_codes(topdesk: Client) -> None:
    response = topdesk("GET", f"persons/{NOBODY}")
    assert response.status_code == 404
    assert response.json()[0]["errorCode"] == "not_found"


def test_archiving_a_person_takes_the_operator_along(topdesk: Client) -> None:
    anne = topdesk("GET", "persons", params={"query": "networkLoginName==anneop"}).json()["item"][0]
    path = f"persons/id/{anne['id']}"
    assert topdesk("PUT", f"{path}/archive").json()["status"] == "personArchived"
    assert topdesk("GET", f"persons/{anne['id']}").json()["archived"] is True
    assert topdesk("GET", f"operators/id/{ANNE}").json()["status"] == "operatorArchived"
    assert topdesk.refused("PUT", f"{path}/archive") == "Person is already archived"
    topdesk.refused("PATCH", f"persons/{anne['id']}", {"title": "x"}, status=403)
    assert "cannot be found" in topdesk.refused("POST", "incidents", {"operator": {"id": ANNE}})
    assert topdesk("PUT", f"{path}/unarchive").json()["status"] == "person"


def test_an_operator_needs_a_person(topdesk: Client) -> None:
    body = _operator(OLA, loginName="olano", firstLineCallOperator=True)
    without = {name: value for name, value in body.items() if name != "linkedPerson"}
    assert "'linkedPerson' is missing" in topdesk.refused("POST", "operators", without)
    made = topdesk("POST", "operators", body)
    assert made.status_code == 201
    assert made.json()["linkedPerson"] == {"id": OLA, "name": "Nordmann, Ola"}
    assert made.json()["firstLineCallOperator"] is True
    path = f"operators/id/{made.json()['id']}"
    assert "does not exist" in topdesk.refused("PATCH", path, {"linkedPerson": {"id": KARI}})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_operator(KARI, loginName="ANNEOP"), "login name of this operator already exists"),
        (_operator(KARI, loginPermission=True), "mandatory login credentials are missing"),
        (_operator(GONE), 'The value for the field "linkedPerson" cannot be found.'),
        (_operator(KARI, initials="K"), 'The field "initials" does not exist.'),
    ],
)
def test_an_operator_is_refused_with_the_reason(
    topdesk: Client, body: dict[str, Any], message: str
) -> None:
    assert message in topdesk.refused("POST", "operators", body)


def test_the_operator_of_the_password_is_current_and_stays(topdesk: Client) -> None:
    current = topdesk("GET", "operators/current").json()
    assert current["loginName"] == "migrate"
    assert topdesk("GET", "operators/current/id").json() == {"id": current["id"]}
    path = f"operators/id/{current['id']}/archive"
    assert topdesk.refused("PUT", path) == "Can not archive yourself"


def test_operators_are_paged_by_start(topdesk: Client) -> None:
    first = topdesk("GET", "operators", params={"page_size": 2, "fields": "loginName"})
    assert (first.status_code, len(first.json())) == (206, 2)
    rest = topdesk("GET", "operators", params={"page_size": 2, "start": 2})
    assert (rest.status_code, len(rest.json())) == (200, 1)
    assert topdesk("GET", "operators", params={"start": 3}).status_code == 204
    assert topdesk("GET", "operators", params={"page_size": 101}).status_code == 400
    assert topdesk.ids("operators", f"operatorGroup.id=={DESK}") == [ANNE]


def test_a_group_gets_its_tasks_by_a_second_request(topdesk: Client) -> None:
    body = {"groupName": "UB-UTLÅN", "branch": {"id": BRANCH}}
    task = {"firstLineCallOperator": True}
    message = topdesk.refused("POST", "operatorgroups", {**body, **task})
    assert message == 'The field "firstLineCallOperator" does not exist.'
    made = topdesk("POST", "operatorgroups", body)
    assert (made.status_code, made.json()["firstLineCallOperator"]) == (201, False)
    path = f"operatorgroups/id/{made.json()['id']}"
    assert "'groupName' is missing" in topdesk.refused("PATCH", path, task)
    assert topdesk("PATCH", path, {**body, **task}).json()["firstLineCallOperator"] is True
    assert "30 characters" in topdesk.refused(
        "POST", "operatorgroups", {**body, "groupName": "x" * 31}
    )
    again = topdesk("POST", "operatorgroups", body)
    assert again.status_code == 201, "TOPdesk does not keep group names apart"


def test_membership_is_added_read_and_taken_away(topdesk: Client) -> None:
    path = f"operators/id/{ANNE}/operatorgroups"
    for _ in range(2):
        assert topdesk("POST", path, [{"id": NET}]).status_code == 204
    assert {group["id"] for group in topdesk("GET", path).json()} == {DESK, NET}
    assert topdesk("GET", f"operatorgroups/id/{NET}/operators").json() == [
        {"id": ANNE, "name": "Ås, Anne"}
    ]
    assert topdesk("DELETE", path, [{"id": NET}]).status_code == 204
    assert topdesk("GET", f"operatorgroups/id/{NET}/operators").status_code == 204
    assert topdesk("GET", f"operators/id/{FIRST_ONLY}/operatorgroups").status_code == 204
    assert "cannot be found" in topdesk.refused("POST", path, [{"id": NOBODY}])
    topdesk.refused("POST", f"operators/id/{NOBODY}/operatorgroups", [{"id": NET}], status=404)


def test_an_archived_group_can_be_neither_used_nor_joined(topdesk: Client) -> None:
    assert topdesk("PUT", f"operatorgroups/id/{NET}/archive").status_code == 200
    topdesk.refused("POST", f"operators/id/{ANNE}/operatorgroups", [{"id": NET}])
    topdesk.refused("POST", "incidents", {"operatorGroup": {"id": NET}})
    assert NET not in {group["id"] for group in topdesk("GET", "operatorgroups").json()}
    assert topdesk.ids("operatorgroups", "groupName==IT-NETT") == [NET]
    assert topdesk.ids("operatorgroups", "groupName==IT-NETT;archived==false") == []


def test_a_branch_name_is_unique_and_its_lists_are_short(topdesk: Client) -> None:
    body = {"name": "hovedkontoret"}
    assert "already exists" in topdesk.refused("POST", "branches", body)
    assert topdesk("GET", "branches").json() == [
        {"id": BRANCH, "name": "Hovedkontoret"},
        {"id": OTHER_BRANCH, "name": "Fakultetet"},
    ]
    assert topdesk.ids("branches", "name==Fakultetet") == [OTHER_BRANCH]
    response = topdesk("GET", "branches", params={"page_size": 5})
    assert (response.status_code, "errors" in response.json()[0]) == (400, True)
    head = {"name": "Avdeling", "branchType": "hasAHeadBranch", "headBranch": {"id": BRANCH}}
    assert "not of headBranch type" in topdesk.refused("POST", "branches", head)
    made = topdesk("POST", "branches", {"name": "Avdeling", "address": {"city": "Gjøvik"}}).json()
    assert (made["branchType"], made["address"]) == ("independentBranch", {"city": "Gjøvik"})


def test_a_location_belongs_to_its_branch(topdesk: Client) -> None:
    made = topdesk("POST", "locations", {"name": "Realfagbygget", "branch": {"id": OTHER_BRANCH}})
    assert made.status_code == 201
    body = _person(location={"id": made.json()["id"]})
    assert "doesn't belong to the given branch" in topdesk.refused("POST", "persons", body)
    listed = topdesk("GET", "locations", params={"pageSize": 1}).json()
    assert listed[0]["branch"] == {"id": OTHER_BRANCH, "name": "Fakultetet"}


def test_departments_are_unique_and_found_by_external_link(topdesk: Client) -> None:
    link = {"id": "4711", "type": "9"}
    made = topdesk("POST", "departments", {"name": "Arkiv", "externalLink": link})
    assert made.status_code == 201
    id = made.json()["id"]
    found = topdesk(
        "GET", "departments", params={"external_link_id": "4711", "external_link_type": "9"}
    )
    assert found.json() == [{"id": id, "name": "Arkiv", "externalLinks": [link]}]
    message = topdesk.refused("POST", "departments", {"name": "ARKIV"})
    assert message == "Department with name 'ARKIV' already exists."
    topdesk("POST", "persons", _person(department={"id": id}))
    topdesk.refused("DELETE", f"departments/id/{id}", status=409)
    other = topdesk("POST", "departments", {"name": "Vakt"}).json()["id"]
    assert topdesk("PATCH", f"departments/id/{other}", {"name": "Vakt og service"}).ok
    assert topdesk("DELETE", f"departments/id/{other}").status_code == 204


def test_budget_holders_refuse_with_error_codes(topdesk: Client) -> None:
    assert topdesk("POST", "budgetholders", {"name": "Prosjekt 1"}).status_code == 201
    for body, code in (
        ({"name": "prosjekt 1"}, "duplicate_value"),
        ({"name": ""}, "value_mandatory"),
        ({"name": "x" * 101}, "value_too_long"),
    ):
        response = topdesk("POST", "budgetholders", body)
        assert (response.status_code, response.json()["errorCode"]) == (400, code)
        assert response.json()["appliesTo"] == ["name"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("incidents/call_types", "Hendelse"),
        ("incidents/categories", "IT"),
        ("incidents/subcategories", "Renhold"),
        ("incidents/closure_codes", "Løst"),
        ("incidents/durations", "1 dag"),
        ("incidents/entry_types", "Portal"),
        ("incidents/impacts", "Avdeling"),
        ("incidents/urgencies", "Kritisk"),
        ("incidents/priorities", "P4"),
        ("incidents/statuses", "Venter på leverandør"),
        ("incidents/escalation-reasons", "Krever spesialist"),
        ("archiving-reasons", "Avsluttet"),
        ("permissiongroups", "Saksbehandler"),
    ],
)
def test_reference_lists_can_be_read_and_not_written(topdesk: Client, path: str, name: str) -> None:
    entries = {entry["name"]: entry for entry in topdesk("GET", path).json()}
    assert entries[name]["id"]
    topdesk.refused("POST", path, {"name": "Ny"}, status=405)


def test_nobody_gets_in_without_the_password(topdesk: Client) -> None:
    topdesk.session.auth = None
    assert topdesk.refused("GET", "version", status=401) == "No authentication token provided"
    topdesk.session.auth = ("migrate", "feil")
    topdesk.refused("POST", "incidents", {}, status=401)
    assert topdesk.server.census()["counts"]["incident"] == 0


def test_the_service_desk_says_which_version_it_is(topdesk: Client) -> None:
    assert topdesk("GET", "version").json() == {"version": "4.2.6"}
    assert topdesk("GET", "productVersion").json()["major"] == 14
    assert topdesk("GET", "incidents/slas").status_code == 204
    assert topdesk("GET", "categories").json()["size"] > 0
