"""Persons, version 2 of their API (supporting files 2.7.11)."""

from __future__ import annotations

from typing import Any

from migrate.simulate.topdesk.api import (
    Call,
    Router,
    answer,
    descriptions,
    next_page,
    project,
    wanted_fields,
)
from migrate.simulate.topdesk.cards import (
    archived,
    change,
    create,
    require,
    select,
    sort,
    unarchived,
    view,
)
from migrate.simulate.topdesk.fields import Refused
from migrate.simulate.topdesk.kinds import branch_of, location_of
from migrate.simulate.topdesk.tables import AUTHORISATIONS, PERSON
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

PERSON_V2 = "application/x.topdesk-person-v2+json"
PERSONS_V2 = "application/x.topdesk-collection-person-v2+json"
# "A limited set of fields": which ones is not documented, so no key that people are matched by.
_SHOWN = ("id", "dynamicName", "surName", "firstName", "email", "branch", "archived")
_PATH = "/tas/api/persons"
_ONLY_IN_V2 = frozenset(
    (
        "archived",
        "hasSspAccess",
        "isCaller",
        "principalId",
        "showObjectsOfBranch",
        "showObjectsOfSubsidiaries",
    )
)


def add_routes(router: Router) -> None:
    router.add(
        "GET",
        _PATH,
        _list,
        ("pageStart", "pageSize", "fields", "sort", "query"),
        accept=PERSONS_V2,
    )
    router.add("GET", f"{_PATH}/count", _count, ("query",))
    router.add("POST", _PATH, _create, accept=PERSON_V2)
    router.add("GET", f"{_PATH}/{{}}", _get, ("fields",), descriptions, PERSON_V2)
    router.add("PATCH", f"{_PATH}/{{}}", _change, accept=PERSON_V2)
    router.add("PATCH PUT", f"{_PATH}/id/{{}}/archive", _archive)
    router.add("PATCH PUT", f"{_PATH}/id/{{}}/unarchive", _unarchive)


def _list(tenant: Tenant, call: Call) -> Answer:
    start = call.integer("pageStart", 0, 0, 2**31 - 1)
    size = call.integer("pageSize", 50, 1, 5000)
    wanted = wanted_fields(call, "fields", PERSON.readable)
    if call.one("fields") is None:
        wanted = list(_SHOWN)
    found = select(tenant, PERSON, call.expression(), all_without_query=True)
    found = sort(tenant, PERSON, found, call.one("sort") or "dynamicName:asc")
    shown = found[start : start + size]
    more = len(found) > start + size
    body = {
        "item": [project(view(tenant, PERSON, card), wanted) for card in shown],
        "next": next_page(call, start, size) if more else None,
        "size": len(shown),
    }
    return answer(body, 206 if more else 200, PERSONS_V2)


def _count(tenant: Tenant, call: Call) -> Answer:
    found = select(tenant, PERSON, call.expression(), all_without_query=True)
    return answer({"numberOfPersons": len(found)})


def _create(tenant: Tenant, call: Call) -> Answer:
    card = create(tenant, PERSON, call.json())
    _check(tenant, card)
    tenant.put("person", card)
    return answer(view(tenant, PERSON, card), 201, PERSON_V2)


def _get(tenant: Tenant, call: Call) -> Answer:
    wanted = wanted_fields(call, "fields", PERSON.readable)
    card = require(tenant, PERSON, call.params[0])
    return answer(project(view(tenant, PERSON, card), wanted), content_type=PERSON_V2)


def _change(tenant: Tenant, call: Call) -> Answer:
    card = change(tenant, PERSON, require(tenant, PERSON, call.params[0]), call.json())
    _check(tenant, card)
    tenant.put("person", card)
    return answer(view(tenant, PERSON, card), content_type=PERSON_V2)


def _archive(tenant: Tenant, call: Call) -> Answer:
    """Archives the linked operator too."""
    card = archived(tenant, PERSON, require(tenant, PERSON, call.params[0]), call)
    tenant.put("person", card)
    marks = {"archived": True, "archivingReason": card["archivingReason"]}
    linked = list(tenant.cards["operator"].find("linkedPerson", card["id"]))
    tenant.put_all("operator", ({**operator, **marks} for operator in linked))
    return answer(_first_version(tenant, card))


def _unarchive(tenant: Tenant, call: Call) -> Answer:
    card = unarchived(tenant, PERSON, require(tenant, PERSON, call.params[0]))
    tenant.put("person", card)
    return answer(_first_version(tenant, card))


def _first_version(tenant: Tenant, card: Card) -> dict[str, Any]:
    """Archiving still answers with the first version of a person."""
    shown = {
        name: value for name, value in view(tenant, PERSON, card).items() if name not in _ONLY_IN_V2
    }
    branch = branch_of(tenant, card.get("branch"))
    return {
        **shown,
        "attentionComment": None,
        "branch": branch,
        "clientReferenceNumber": branch and branch["clientReferenceNumber"],
        "departmentFree": None,
        "gender": "UNDEFINED",
        "location": location_of(tenant, card.get("location")),
        "status": "personArchived" if card.get("archived") else "person",
    }


def _check(tenant: Tenant, card: Card) -> None:
    location = tenant.get("location", card.get("location"))
    if location is not None and location["branch"] != card["branch"]:
        raise Refused(400, "The given location doesn't belong to the given branch.")
    if not card.get("isManager") and any(card.get(name) for name in AUTHORISATIONS):
        raise Refused(400, "Authorization checkboxes may only be set if the person is a manager.")
    if card.get("showSubsidiaries") and not card.get("showBranch"):
        raise Refused(
            400, "The field 'showSubsidiaries' can not be true when 'showBranch' is false."
        )
    if card.get("authorizeSubsidiaryBranches") and not card.get("authorizeBranch"):
        raise Refused(
            400,
            "The field 'authorizeSubsidiaryBranches' can no be true"
            " when 'authorizeBranch' is false.",
        )
    login = card.get("tasLoginName")
    others = tenant.cards["person"].find("tasLoginName", login) if login else []
    if any(other["id"] != card["id"] for other in others):
        raise Refused(
            400, "The given login name of this person already exists but it must be unique."
        )
