"""Time spent on an incident (incident API 4.2.6, `timespent`): registered and listed, never
changed. Kept with the incident; `timeSpent` of an incident adds up what is registered on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.api import Call, Router, answer, no_content
from migrate.simulate.topdesk.fields import (
    Check,
    Refused,
    choice,
    link,
    not_found,
    text,
    unparsable,
)
from migrate.simulate.topdesk.incident_rules import refuse_archived
from migrate.simulate.topdesk.incident_view import STORED_TIME as STORED
from migrate.simulate.topdesk.incidents import PATH, find_incident
from migrate.simulate.topdesk.kinds import named
from migrate.simulate.topdesk.store import Incident
from migrate.simulate.topdesk.tenant import Tenant
from migrate.simulate.wire import Answer

Finder = Callable[[Tenant, Call], Incident]


def add_routes(router: Router) -> None:
    for key in ("id", "number"):
        path, find = f"{PATH}/{key}/{{}}/timespent", partial(find_incident, key)
        router.add("GET", path, partial(_list, find))
        router.add("POST", path, partial(_register, find))


def _minutes(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise unparsable(path)
    if value == 0:
        raise Refused(400, f"The value of '{path}' can not be 0.", field=path)
    return value


_PLAIN = ("id", "timeSpent", "notes", "entryDate", "creationDate")
_TABLE: dict[str, Check] = {
    "timeSpent": _minutes,
    "notes": text(250),
    "entryDate": fields.date,
    "operator": link,
    "operatorGroup": link,
    "reason": choice("id", "name"),
}


def _list(find: Finder, tenant: Tenant, call: Call) -> Answer:
    found = find(tenant, call).body.get(STORED, [])
    return answer([_show(tenant, entry) for entry in found]) if found else no_content()


def _register(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    refuse_archived(incident)
    values = call.checked(_TABLE, ["timeSpent"])
    before = incident.body.get(STORED, [])
    if sum(entry["timeSpent"] for entry in before) + values["timeSpent"] < 0:
        raise Refused(400, "The registered time cannot go below 0.", field="timeSpent")
    entry = {
        "id": tenant.new_id(),
        "timeSpent": values["timeSpent"],
        "notes": values.get("notes"),
        "entryDate": values.get("entryDate") or tenant.now(),
        "creationDate": tenant.now(),
        **_who(tenant, values),
        "reason": _reason(tenant, values),
        "line": incident.body["status"],
    }
    incident.body[STORED] = [*before, entry]
    tenant.store.change_incident(incident)
    return answer(_show(tenant, entry), 201)


def _who(tenant: Tenant, values: dict[str, Any]) -> dict[str, str | None]:
    """Without operator and group, the one who is logged in."""
    operator, group = values.get("operator"), values.get("operatorGroup")
    for name, kind in (("operator", "operator"), ("operatorGroup", "operator_group")):
        if values.get(name) and tenant.get(kind, values[name]) is None:
            raise not_found(f"{name}.id", 404)
    if operator and group and operator not in tenant.members.get(group, ()):
        raise Refused(400, "The given operator is not in the given operator group.")
    if not operator and not group:
        operator = tenant.operator["id"]
    return {"operator": operator, "operatorGroup": group}


def _reason(tenant: Tenant, values: dict[str, Any]) -> str | None:
    wanted = values.get("reason")
    if wanted is None:
        return None
    cards = tenant.cards["time_spent_reason"]
    if wanted.key == "id":
        found = [card for card in cards if card["id"] == wanted.value]
    else:
        found = list(cards.find("name", wanted.value))
    if not found:
        raise not_found(f"reason.{wanted.key}", 404)
    return str(found[0]["id"])


def _show(tenant: Tenant, entry: dict[str, Any]) -> dict[str, Any]:
    shown = {name: entry[name] for name in _PLAIN}
    for name, kind in (
        ("operator", "operator"),
        ("operatorGroup", "operator_group"),
        ("reason", "time_spent_reason"),
    ):
        shown[name] = named(tenant, kind, entry[name]) if entry[name] else None
    return shown
