"""Who an incident is from and who has it, and the list entries it names (incident API 4.2.6)."""

from __future__ import annotations

from typing import Any

from migrate.simulate.topdesk.fields import Choice, Refused, not_found
from migrate.simulate.topdesk.incident_fields import LOOKUP_KEYS
from migrate.simulate.topdesk.kinds import dynamic_name
from migrate.simulate.topdesk.tenant import Card, Tenant

Body = dict[str, Any]


def entry_id(tenant: Tenant, kind: str, value: Choice | None, field: str) -> str | None:
    """The id of a list entry; 404 for an id, 400 for a name that does not exist."""
    if value is None:
        return None
    if value.key == "id":
        return card_id(tenant, kind, value.value, field)
    found = tenant.cards[kind].find("name", value.value)
    if len(found) != 1:
        raise not_found(f"{field}.name")
    return str(found[0]["id"])


def card_id(tenant: Tenant, kind: str, id: str | None, field: str) -> str | None:
    if id is None:
        return None
    card = tenant.get(kind, id)
    if card is None:
        raise not_found(f"{field}.id", 404)
    if card.get("archived"):
        raise not_found(f"{field}.id")
    return id


def check_people(tenant: Tenant, body: Body, asked: bool) -> None:
    """Operator and group exist, are not archived, have the task for the line; the operator is in
    the group. An operator field may hold the group itself. Raises Refused; `asked` tells whether
    an id from the request is at stake."""
    second = body["status"] == "secondLine" or body["status"] == "partial"
    task = "secondLineCallOperator" if second else "firstLineCallOperator"
    group = _assignee(tenant, ("operator_group",), body.get("operatorGroup"), "operatorGroup", task)
    operator = _assignee(
        tenant, ("operator", "operator_group"), body.get("operator"), "operator", task
    )
    if operator is None or group is None or operator["id"] == group["id"]:
        return
    if operator["id"] not in tenant.members[group["id"]] and asked:
        raise Refused(400, "The operator does not belong to the given operator group.")


def _assignee(
    tenant: Tenant, kinds: tuple[str, ...], id: str | None, field: str, task: str
) -> Card | None:
    if id is None:
        return None
    for kind in kinds:
        card = tenant.get(kind, id)
        if card is not None:
            if card.get("archived") or not card.get(task):
                raise Refused(400, f"The value for the field '{field}.id' cannot be found.")
            return card
    raise not_found(f"{field}.id", 404)


def set_people(tenant: Tenant, body: Body, values: Body) -> None:
    for name in ("operator", "operatorGroup"):
        if name in values:
            body[name] = values[name]
    group = body.get("operatorGroup")
    if "operator" not in values:
        # Work for a group that nobody has taken yet is shown with the group as its operator.
        if tenant.get("operator", body.get("operator")) is None:
            body["operator"] = group
    elif body["operator"] is None:
        body["operator"] = group
    elif "operatorGroup" not in values and tenant.get("operator_group", body["operator"]):
        body["operatorGroup"] = body["operator"]
    check_people(tenant, body, asked=True)


def caller_of(tenant: Tenant, body: Body, values: Body) -> Body | None:
    lookup: Choice | None = values.get("callerLookup")
    given: Body = dict(values.get("caller") or {})
    if lookup is not None:
        if given.get("dynamicName") is not None:
            raise Refused(400, "A caller name and a registered caller cannot be given together.")
        person = _looked_up(tenant, lookup)
        known: Body = {
            "id": person["id"],
            "dynamicName": dynamic_name(person),
            **{
                name: person.get(name)
                for name in ("email", "phoneNumber", "mobileNumber", "branch", "department")
            },
            "budgetHolder": person.get("budgetHolder"),
            "location": person.get("location"),
        }
    elif "callerLookup" in values and not given:
        return None
    else:
        known = body.get("caller") or {}
        if "id" in known and given.get("dynamicName") is not None:
            raise Refused(400, "The name of a registered caller cannot be changed.")
    for name, kind in (("department", "department"), ("budgetHolder", "budget_holder")):
        if name in given:
            given[name] = entry_id(tenant, kind, given[name], f"caller.{name}")
    for name in ("branch", "location"):
        if name in given:
            given[name] = card_id(tenant, name, given[name], f"caller.{name}")
    merged = {**known, **given}
    return {name: value for name, value in merged.items() if value is not None}


def _looked_up(tenant: Tenant, lookup: Choice) -> Card:
    path = f"callerLookup.{lookup.key}"
    persons = tenant.cards["person"]
    if lookup.key == "id":
        person = tenant.get("person", lookup.value)
        if person is None:
            raise not_found(path, 404)
        found = [person]
    else:
        found = persons.find(LOOKUP_KEYS[lookup.key], lookup.value)
    active = [card for card in found if not card.get("archived")]
    if len(active) > 1:
        raise Refused(400, f'The value for the field "{path}" is not unique.')
    if not active:
        raise not_found(path)
    if not active[0].get("isCaller"):
        raise Refused(400, "The given person does not have the Caller role.")
    return active[0]
