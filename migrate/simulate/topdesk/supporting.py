"""Branches, departments, budget holders and locations."""

from __future__ import annotations

from functools import partial
from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.api import (
    Call,
    Router,
    Shape,
    answer,
    description,
    envelope,
    envelopes,
    messages,
    no_content,
    project,
    wanted_fields,
)
from migrate.simulate.topdesk.cards import (
    archived,
    change,
    create,
    require,
    select,
    touched,
    unarchived,
    view,
)
from migrate.simulate.topdesk.fields import Refused, Table
from migrate.simulate.topdesk.kinds import STAMP_REFS, Kind
from migrate.simulate.topdesk.tables import BRANCH, LOCATION
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

_EXTERNAL_LINK = fields.nested(
    {"id": fields.text(450), "type": fields.text(), "date": fields.date}, ("id", "type")
)
_NAMED: Table = {"name": fields.anything, "externalLink": _EXTERNAL_LINK}
_RENAMED: Table = {"name": fields.anything}


def _searchlist(name: str, label: str) -> Kind:
    return Kind(name, label, _NAMED, _RENAMED, ("name",), STAMP_REFS, update_required=("name",))


DEPARTMENT = _searchlist("department", "department")
BUDGET_HOLDER = _searchlist("budget_holder", "budget holder")
# Cards that keep a department or budget holder from being deleted.
_USERS = ("person", "operator", "operator_group", "location")


def add_routes(router: Router) -> None:
    branches = partial(_list, BRANCH, ("id", "name"))
    router.add("GET", "/tas/api/branches", branches, ("$fields", "query"), envelopes)
    locations = partial(_list, LOCATION, ("id", "name", "roomNumber", "branch"))
    query = ("$fields", "query", "pageSize")
    router.add("GET", "/tas/api/locations", locations, query, envelope)
    _add_cards(router, "/tas/api/branches", BRANCH)
    _add_cards(router, "/tas/api/locations", LOCATION)
    _add_searchlist(router, "/tas/api/departments", DEPARTMENT, messages)
    _add_searchlist(router, "/tas/api/budgetholders", BUDGET_HOLDER, description)


def _add_cards(router: Router, path: str, kind: Kind) -> None:
    router.add("POST", path, partial(_create, kind))
    router.add("GET", f"{path}/id/{{}}", partial(_get, kind))
    router.add("PATCH PUT", f"{path}/id/{{}}", partial(_change, kind))
    router.add("PATCH PUT", f"{path}/id/{{}}/archive", partial(_archive, kind))
    router.add("PATCH PUT", f"{path}/id/{{}}/unarchive", partial(_unarchive, kind))


def _list(kind: Kind, shown: tuple[str, ...], tenant: Tenant, call: Call) -> Answer:
    wanted = wanted_fields(call, "$fields", kind.readable)
    if call.one("$fields") is None:
        wanted = list(shown)
    found = select(tenant, kind, call.expression(), all_without_query=False)
    size = call.integer("pageSize", len(found) or 1, 1, 2**31 - 1)
    return answer([project(view(tenant, kind, card), wanted) for card in found[:size]])


def _create(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = create(tenant, kind, call.json())
    _check(kind, tenant, card)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card), 201)


def _get(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    return answer(view(tenant, kind, require(tenant, kind, call.params[0])))


def _change(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = change(tenant, kind, require(tenant, kind, call.params[0]), call.json())
    _check(kind, tenant, card)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _archive(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = archived(tenant, kind, require(tenant, kind, call.params[0]), call)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _unarchive(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = unarchived(tenant, kind, require(tenant, kind, call.params[0]))
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _check(kind: Kind, tenant: Tenant, card: Card) -> None:
    if kind is not BRANCH:
        return
    if _taken(tenant, BRANCH, card):
        raise Refused(400, f"Branch with name '{card['name']}' already exists.", "duplicate_value")
    head = tenant.get("branch", card.get("headBranch"))
    if card["branchType"] != "hasAHeadBranch":
        if head is not None:
            raise Refused(
                400,
                f"Branch type '{card['branchType']}' was selected,"
                " a head branch is not allowed for this type.",
            )
    elif head is None:
        raise Refused(
            400, "Branch type 'hasAHeadBranch' was selected, but no head branch was given."
        )
    elif head["branchType"] != "headBranch":
        raise Refused(
            400,
            "Branch type 'hasAHeadBranch' was selected,"
            " but the given head branch is not of headBranch type.",
        )


def _taken(tenant: Tenant, kind: Kind, card: Card) -> bool:
    """Whether another card of the kind has this name, in any case."""
    found = tenant.cards[kind.name].find("name", card["name"])
    return any(other["id"] != card["id"] for other in found)


def _add_searchlist(router: Router, path: str, kind: Kind, shape: Shape) -> None:
    links = ("external_link_id", "external_link_type")
    router.add("GET", path, partial(_list_entries, kind), links, shape)
    router.add("POST", path, partial(_create_entry, kind), shape=shape)
    router.add("PATCH", f"{path}/id/{{}}", partial(_rename_entry, kind), shape=shape)
    router.add("DELETE", f"{path}/id/{{}}", partial(_delete_entry, kind))
    router.add("PATCH", f"{path}/id/{{}}/archive", partial(_archive_entry, kind), shape=description)
    router.add(
        "PATCH", f"{path}/id/{{}}/unarchive", partial(_unarchive_entry, kind), shape=description
    )


def _entry(card: Card) -> dict[str, Any]:
    link = card.get("externalLink")
    return {"id": card["id"], "name": card["name"], "externalLinks": [link] if link else []}


def _list_entries(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    ids, types = call.query.get("external_link_id"), call.query.get("external_link_type")
    found = []
    for card in select(tenant, kind, None, all_without_query=False):
        link = card.get("externalLink") or {}
        if (ids is None or link.get("id") in ids) and (types is None or link.get("type") in types):
            found.append(_entry(card))
    return answer(found)


def _create_entry(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = create(tenant, kind, call.json())
    _check_entry(tenant, kind, card)
    link = card.get("externalLink")
    if link is not None:
        _check_link_type(link["type"])
    tenant.put(kind.name, card)
    return answer(_entry(card), 201)


def _rename_entry(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = change(tenant, kind, require(tenant, kind, call.params[0]), call.json())
    _check_entry(tenant, kind, card)
    tenant.put(kind.name, card)
    # The contract shows a list here.
    return answer([_entry(card)])


def _check_entry(tenant: Tenant, kind: Kind, card: Card) -> None:
    name = card["name"]
    if not isinstance(name, str):
        raise fields.unparsable("name")
    if len(name) > 100:
        raise Refused(400, "The field name is too long.", "value_too_long", "name")
    if _taken(tenant, kind, card):
        label = kind.label.capitalize()
        raise Refused(400, f"{label} with name '{name}' already exists.", "duplicate_value", "name")


def _check_link_type(given: str) -> None:
    """A non-zero integer as text."""
    if not given.lstrip("-").isdigit() or int(given) == 0:
        raise fields.unparsable("externalLink.type")


def _delete_entry(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = require(tenant, kind, call.params[0])
    field = "department" if kind is DEPARTMENT else "budgetHolder"
    for user in _USERS:
        if any(other.get(field) == card["id"] for other in tenant.cards[user]):
            raise Refused(
                409, f"The {kind.label} is still referenced by other cards and cannot be deleted."
            )
    tenant.drop(kind.name, card["id"])
    return no_content()


def _archive_entry(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = require(tenant, kind, call.params[0])
    if card.get("archived"):
        raise Refused(400, f"The {kind.label} is already archived", "already_archived")
    changed = {**card, "archived": True, **touched(tenant)}
    tenant.put(kind.name, changed)
    return answer(_entry(changed))


def _unarchive_entry(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = unarchived(tenant, kind, require(tenant, kind, call.params[0]))
    tenant.put(kind.name, card)
    return answer(_entry(card))
