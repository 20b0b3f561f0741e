"""Incidents: list, create, read, change, escalate, archive (incident API 4.2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from migrate.simulate.topdesk import fiql
from migrate.simulate.topdesk.api import (
    Call,
    Router,
    answer,
    next_page,
    wanted_fields,
)
from migrate.simulate.topdesk.cards import archiving_reason
from migrate.simulate.topdesk.fields import Choice, Refused, choice, is_uuid, not_found, unknown
from migrate.simulate.topdesk.incident_fields import CREATE, LINES, UPDATE
from migrate.simulate.topdesk.incident_people import check_people
from migrate.simulate.topdesk.incident_rules import changed, created, refuse_archived
from migrate.simulate.topdesk.incident_view import READABLE, known_selector, show, value
from migrate.simulate.topdesk.store import INDEXED, Incident
from migrate.simulate.topdesk.tenant import Tenant
from migrate.simulate.wire import Answer

PATH = "/tas/api/incidents"
_BY_KEY = choice("id", "name")
# "firstLine and secondLine incidents that are not archived" unless all=true.
_USUAL = ("firstLine", "secondLine")
_UNSORTABLE = ("externalLinks", "escalationStatus", "action", "attachments", "partialIncidents")
Finder = Callable[[Tenant, Call], Incident]


def add_routes(router: Router) -> None:
    query = ("pageStart", "pageSize", "sort", "query", "fields", "dateFormat", "all")
    router.add("GET", PATH, _list, query)
    router.add("POST", PATH, _create)
    for key in ("id", "number"):
        path, find = f"{PATH}/{key}/{{}}", partial(find_incident, key)
        router.add("GET", path, partial(_get, find))
        router.add("PATCH PUT", path, partial(_change, find))
        router.add("PATCH PUT", f"{path}/escalate", partial(_move, find, True))
        router.add("PATCH PUT", f"{path}/deescalate", partial(_move, find, False))
        router.add("PATCH PUT", f"{path}/archive", partial(_archive, find))
        router.add(
            "PATCH PUT", f"{path}/unarchive", partial(_unarchive, find), ("unarchive_partials",)
        )


def find_incident(key: str, tenant: Tenant, call: Call) -> Incident:
    """The incident that the address names. Raises Refused 400 or 404."""
    wanted = call.params[0]
    if key == "id":
        if not is_uuid(wanted):
            raise Refused(400, "The incident id is invalid")
        wanted = wanted.lower()
    incident = tenant.store.incident(key, wanted)
    if incident is None:
        raise Refused(404, "The incident does not exist")
    return incident


def _list(tenant: Tenant, call: Call) -> Answer:
    start = call.integer("pageStart", 0, 0, 2**31 - 1)
    size = call.integer("pageSize", 10, 1, 10_000)
    fields = wanted_fields(call, "fields", READABLE)
    date_format = call.one("dateFormat")
    if date_format not in (None, "iso8601"):
        raise Refused(400, "The value of parameter 'dateFormat' is not valid")
    statuses = None if call.flag("all") else _USUAL
    found = _page(tenant, call, statuses, start, size + 1)
    if not found:
        return Answer(204)
    with_request = fields is None or "request" in fields
    records = [
        show(
            tenant,
            incident,
            tenant.store.entries(incident.seq, "request") if with_request else (),
            fields,
            date_format is not None,
        )
        for incident in found[:size]
    ]
    if len(found) <= size:
        return answer(records)
    more = answer(records, 206)
    more.headers["x-next-page-url"] = next_page(call, start, size)
    return more


def _page(
    tenant: Tenant, call: Call, statuses: tuple[str, ...] | None, start: int, size: int
) -> list[Incident]:
    query, order = call.expression(), call.one("sort")
    if query is None and order is None:
        return list(tenant.store.incidents(statuses, start, size))
    if order is not None:
        return _sorted(tenant, _fitting(tenant, query, statuses), order)[start : start + size]
    some: list[Incident] = []
    for index, incident in enumerate(_fitting(tenant, query, statuses)):
        if index >= start:
            some.append(incident)
        if len(some) == size:
            break
    return some


def _fitting(
    tenant: Tenant, query: fiql.Node | None, statuses: tuple[str, ...] | None
) -> Iterator[Incident]:
    if query is None:
        yield from tenant.store.incidents(statuses)
        return
    sees_request = False
    for comparison in fiql.selectors(query):
        if not known_selector(comparison.selector):
            raise unknown(comparison.selector)
        if comparison.selector == "request":
            sees_request = True
            if comparison.operator in ("==", "!=") and comparison.values[0].text is not None:
                raise Refused(400, "Memo fields cannot be compared with == or !=")
    candidates = tenant.store.incidents(statuses)
    for selector, texts in fiql.equalities(query):
        if selector in INDEXED:
            candidates = tenant.store.incidents_where(selector, texts)
            break
    for incident in candidates:
        if statuses is not None and incident.body["status"] not in statuses:
            continue
        requests = tenant.store.entries(incident.seq, "request") if sees_request else ()
        record = show(tenant, incident, requests)
        if fiql.matches(query, partial(value, record)):
            yield incident


def _sorted(tenant: Tenant, incidents: Iterator[Incident], order: str) -> list[Incident]:
    keyed = [(show(tenant, incident), incident) for incident in incidents]
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(":")
        if not known_selector(name) or name.partition(".")[0] in _UNSORTABLE:
            raise unknown(name)
        if direction not in ("", "asc", "desc"):
            raise Refused(400, f"The sort direction '{direction}' is not valid")

        def key(pair: tuple[dict[str, Any], Incident], name: str = name) -> tuple[bool, Any]:
            found = value(pair[0], name)
            return (found is not None, found if found is not None else 0)

        keyed.sort(key=key, reverse=direction == "desc")
    return [incident for _, incident in keyed]


def _create(tenant: Tenant, call: Call) -> Answer:
    change = created(tenant, call.checked(CREATE), tenant.now())
    incident = Incident(0, tenant.new_id(), tenant.next_number(), change.body)
    tenant.store.add_incident(incident, change.entries)
    requests = [entry for entry in change.entries if entry.kind == "request"]
    return answer(show(tenant, incident, requests), 201)


def _get(find: Finder, tenant: Tenant, call: Call) -> Answer:
    return _shown(tenant, find(tenant, call))


def _change(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    change = changed(tenant, incident, call.checked(UPDATE), tenant.now())
    incident.body = change.body
    tenant.store.change_incident(incident, change.entries)
    return _shown(tenant, incident)


def _shown(tenant: Tenant, incident: Incident) -> Answer:
    return answer(show(tenant, incident, tenant.store.entries(incident.seq, "request")))


def _reason(tenant: Tenant, call: Call, kind: str) -> str | None:
    if not call.body.strip():
        return None
    body = call.json()
    if body == {}:
        return None
    wanted: Choice = _BY_KEY(body, "reason")
    if wanted.key == "id":
        if tenant.get(kind, wanted.value) is None:
            raise not_found("id", 404)
        return wanted.value
    found = tenant.cards[kind].find("name", wanted.value)
    if not found:
        raise not_found("name")
    return str(found[0]["id"])


def _move(find: Finder, up: bool, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    refuse_archived(incident)
    if incident.body["status"] != ("firstLine" if up else "secondLine"):
        raise Refused(400, f"The incident is {incident.body['status']} already")
    reason = _reason(tenant, call, "escalation_reason" if up else "deescalation_reason")
    body = {
        **incident.body,
        "status": "secondLine" if up else "firstLine",
        "escalationStatus": "Escalated" if up else "Deescalated",
        "escalationReason": reason,
        "escalationOperator": tenant.operator["id"],
    }
    check_people(tenant, body, asked=False)
    incident.body = {name: value for name, value in body.items() if value is not None}
    _touch(tenant, incident)
    tenant.store.change_incident(incident)
    return _shown(tenant, incident)


def _archive(find: Finder, tenant: Tenant, call: Call) -> Answer:
    """Archives the partials too."""
    incident = find(tenant, call)
    refuse_archived(incident)
    reason = archiving_reason(tenant, call)
    partials = tenant.store.partials(incident.id)
    touched = [
        incident,
        *(other for other in partials if not other.body["status"].endswith("Archived")),
    ]
    for each in touched:
        each.body["status"] += "Archived"
        each.body["archivingReason"] = reason
        _touch(tenant, each)
    tenant.store.change_incidents(touched)
    return _shown(tenant, incident)


def _unarchive(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    if incident.body["status"] in LINES:
        raise Refused(400, "The incident is not archived")
    partials = (
        tenant.store.partials(incident.id) if call.flag("unarchive_partials", default=True) else []
    )
    for each in (incident, *partials):
        each.body["status"] = each.body["status"].removesuffix("Archived")
        each.body.pop("archivingReason", None)
        _touch(tenant, each)
    tenant.store.change_incidents([incident, *partials])
    return _shown(tenant, incident)


def _touch(tenant: Tenant, incident: Incident) -> None:
    incident.body["modificationDate"] = tenant.now()
    incident.body["modifier"] = tenant.operator["id"]
