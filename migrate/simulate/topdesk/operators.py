"""Operators, operator groups, who is in which, and permission groups (supporting files 2.7.11)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from migrate.simulate.topdesk.api import (
    Call,
    Router,
    answer,
    no_content,
    page,
    project,
    wanted_fields,
)
from migrate.simulate.topdesk.cards import (
    archived,
    change,
    create,
    require,
    select,
    unarchived,
    view,
)
from migrate.simulate.topdesk.fields import Refused, is_uuid, not_found, unknown
from migrate.simulate.topdesk.kinds import Kind, named
from migrate.simulate.topdesk.tables import OPERATOR, OPERATOR_GROUP, TASKS
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

_OPERATORS = "/tas/api/operators"
_GROUPS = "/tas/api/operatorgroups"
_FILTERS = {f"{what}_filter": f"filters/{what}" for what in ("branch", "category", "operator")}
_TASKS = frozenset((*TASKS, "projectActivitiesOperator"))


def add_routes(router: Router) -> None:
    _add_cards(router, _OPERATORS, OPERATOR, _checked_operator)
    _add_cards(router, _GROUPS, OPERATOR_GROUP, _checked_group)
    router.add("GET", f"{_OPERATORS}/current", _current, ("fields",))
    router.add("GET", f"{_OPERATORS}/current/id", _current_id)
    router.add("GET", f"{_OPERATORS}/id/{{}}/operatorgroups", _groups, ("query",))
    router.add("POST", f"{_OPERATORS}/id/{{}}/operatorgroups", _join)
    router.add("DELETE", f"{_OPERATORS}/id/{{}}/operatorgroups", _leave)
    router.add("GET", f"{_GROUPS}/id/{{}}/operators", _members)
    router.add("GET", "/tas/api/permissiongroups", partial(_rights, "permission_group"))
    path = f"{_OPERATORS}/id/{{}}"
    for kind, where in {"permission_group": "permissiongroups", **_FILTERS}.items():
        router.add("GET", f"{path}/{where}", partial(_rights_of, kind))
        router.add("POST", f"{path}/{where}", partial(_give, kind))
        router.add("DELETE", f"{path}/{where}", partial(_take, kind))
    for kind, where in _FILTERS.items():
        router.add("GET", f"{_OPERATORS}/{where}", partial(_rights, kind))


Check = Callable[[Tenant, Card, Any, bool], None]


def _add_cards(router: Router, path: str, kind: Kind, check: Check) -> None:
    query = ("start", "page_size", "query", "fields")
    router.add("GET", path, partial(_list, kind), query)
    router.add("POST", path, partial(_create, kind, check))
    router.add("GET", f"{path}/id/{{}}", partial(_get, kind), ("fields",))
    router.add("PATCH PUT", f"{path}/id/{{}}", partial(_change, kind, check))
    router.add("PATCH PUT", f"{path}/id/{{}}/archive", partial(_archive, kind))
    router.add("PATCH PUT", f"{path}/id/{{}}/unarchive", partial(_unarchive, kind))


def _list(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    start = call.integer("start", 0, 0, 2**31 - 1)
    size = call.integer("page_size", 10, 1, 100)
    wanted = wanted_fields(call, "fields", kind.readable)
    found = select(tenant, kind, call.expression(), all_without_query=False)
    shown = page(found, start, size)
    if shown.status == 204:
        return shown
    records = [project(view(tenant, kind, card), wanted) for card in found[start : start + size]]
    return answer(records, shown.status)


def _create(kind: Kind, check: Check, tenant: Tenant, call: Call) -> Answer:
    body = call.json()
    if kind is OPERATOR_GROUP and isinstance(body, dict):
        for name in _TASKS.intersection(body):
            raise unknown(name)
    card = create(tenant, kind, body)
    check(tenant, card, body, True)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card), 201)


def _get(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    wanted = wanted_fields(call, "fields", kind.readable)
    return answer(project(view(tenant, kind, require(tenant, kind, call.params[0])), wanted))


def _change(kind: Kind, check: Check, tenant: Tenant, call: Call) -> Answer:
    body = call.json()
    card = change(tenant, kind, require(tenant, kind, call.params[0]), body)
    check(tenant, card, body, False)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _archive(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = require(tenant, kind, call.params[0])
    if card["id"] == tenant.operator["id"]:
        raise Refused(400, "Can not archive yourself")
    card = archived(tenant, kind, card, call)
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _unarchive(kind: Kind, tenant: Tenant, call: Call) -> Answer:
    card = unarchived(tenant, kind, require(tenant, kind, call.params[0]))
    tenant.put(kind.name, card)
    return answer(view(tenant, kind, card))


def _checked_operator(tenant: Tenant, card: Card, body: Any, new: bool) -> None:
    cards = tenant.cards["operator"]
    login = card.get("loginName")
    if card.get("loginPermission") and not login:
        raise Refused(
            400,
            "The new operator has login permission, but mandatory login credentials are missing.",
        )
    if not new and body.get("loginName") and not body.get("password"):
        raise Refused(
            400, "No password was provided, but passwords are set to be mandatory for operators."
        )
    if login and any(other["id"] != card["id"] for other in cards.find("loginName", login)):
        raise Refused(
            400, "The given login name of this operator already exists but it must be unique."
        )
    if new and cards.find("linkedPerson", card["linkedPerson"]):
        raise Refused(400, "The given person is already linked to an operator.")
    _check_location(tenant, card)


def _checked_group(tenant: Tenant, card: Card, body: Any, new: bool) -> None:
    _check_location(tenant, card)


def _check_location(tenant: Tenant, card: Card) -> None:
    location = tenant.get("location", card.get("location"))
    if location is not None and location["branch"] != card["branch"]:
        raise Refused(400, "The given location doesn't belong to the given branch.")


def _current(tenant: Tenant, call: Call) -> Answer:
    wanted = wanted_fields(call, "fields", OPERATOR.readable)
    return answer(project(view(tenant, OPERATOR, tenant.operator), wanted))


def _current_id(tenant: Tenant, call: Call) -> Answer:
    return answer({"id": tenant.operator["id"]})


def _groups(tenant: Tenant, call: Call) -> Answer:
    operator = require(tenant, OPERATOR, call.params[0])
    fitting = {
        card["id"]
        for card in select(tenant, OPERATOR_GROUP, call.expression(), all_without_query=True)
    }
    groups = [
        named(tenant, "operator_group", group["id"])
        for group in tenant.groups_of(operator["id"])
        if group["id"] in fitting
    ]
    return answer(groups) if groups else no_content()


def _join(tenant: Tenant, call: Call) -> Answer:
    """Adding a member again changes nothing."""
    operator, groups = _membership(tenant, call)
    for card in (operator, *groups):
        if card.get("archived"):
            raise Refused(400, "Archived operators and operator groups cannot be linked")
    tenant.join((group["id"], operator["id"]) for group in groups)
    return no_content()


def _leave(tenant: Tenant, call: Call) -> Answer:
    operator, groups = _membership(tenant, call)
    tenant.leave((group["id"], operator["id"]) for group in groups)
    return no_content()


def _membership(tenant: Tenant, call: Call) -> tuple[Card, list[Card]]:
    operator = require(tenant, OPERATOR, call.params[0])
    groups = []
    for id in _ids(call.json()):
        group = tenant.get("operator_group", id)
        if group is None:
            raise not_found("id")
        groups.append(group)
    return operator, groups


def _ids(body: Any) -> list[str]:
    """The ids of a list of `{id}`."""
    if not isinstance(body, list):
        raise Refused(400, "The request body cannot be parsed")
    for entry in body:
        if not isinstance(entry, dict) or not is_uuid(entry.get("id")):
            raise Refused(400, "The field 'id' cannot be parsed", field="id")
        for name in entry:
            if name != "id":
                raise unknown(name)
    return [entry["id"].lower() for entry in body]


def _members(tenant: Tenant, call: Call) -> Answer:
    group = require(tenant, OPERATOR_GROUP, call.params[0])
    members = [named(tenant, "operator", id) for id in tenant.members[group["id"]]]
    return answer(members) if members else no_content()


def _rights(kind: str, tenant: Tenant, call: Call) -> Answer:
    return answer([_right(card) for card in tenant.cards[kind]])


def _rights_of(kind: str, tenant: Tenant, call: Call) -> Answer:
    operator = require(tenant, OPERATOR, call.params[0])
    theirs = [_right(card) for card in tenant.cards[kind] if card["id"] in operator.get(kind, ())]
    return answer(theirs) if theirs else no_content()


def _give(kind: str, tenant: Tenant, call: Call) -> Answer:
    """Giving one again changes nothing; a filter that is not there is ignored."""
    operator, ids = _asked_rights(kind, tenant, call)
    if operator.get("archived"):
        raise Refused(400, "Archived operators cannot be linked")
    theirs = dict.fromkeys([*operator.get(kind, ()), *ids])
    tenant.put("operator", {**operator, kind: list(theirs)})
    return no_content()


def _take(kind: str, tenant: Tenant, call: Call) -> Answer:
    operator, ids = _asked_rights(kind, tenant, call)
    left = [id for id in operator.get(kind, ()) if id not in ids]
    tenant.put("operator", {**operator, kind: left})
    return no_content()


def _asked_rights(kind: str, tenant: Tenant, call: Call) -> tuple[Card, list[str]]:
    operator = require(tenant, OPERATOR, call.params[0])
    ids = []
    for id in _ids(call.json()):
        if tenant.get(kind, id) is None:
            if kind == "permission_group":
                raise not_found("id")
            continue
        ids.append(id)
    return operator, ids


def _right(card: Card) -> dict[str, Any]:
    return {"id": card["id"], "name": card["name"]}
