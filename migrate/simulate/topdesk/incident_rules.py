"""What an incident may become: the rules of creating and changing one (incident API 4.2.6).

A stored incident holds ids: of list entries under the field's own name, of people, groups, branches
and places; dates are stamps; empty fields are left out. Texts (`request`, `action`) are not part of
it; they become entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migrate.simulate.topdesk import fields, html
from migrate.simulate.topdesk.fields import Choice, Refused, not_found
from migrate.simulate.topdesk.incident_fields import LISTS
from migrate.simulate.topdesk.incident_people import caller_of, card_id, entry_id, set_people
from migrate.simulate.topdesk.store import Entry, Incident
from migrate.simulate.topdesk.tenant import Tenant

Body = dict[str, Any]

# Fields that are stored as they come.
_PLAIN = (
    "briefDescription",
    "callDate",
    "costs",
    "externalNumber",
    "feedbackMessage",
    "feedbackRating",
    "majorCall",
    "publishToSsd",
    "targetDate",
)
_NOT_FOR_PARTIALS = (
    "branch",
    "callType",
    "caller",
    "callerLookup",
    "impact",
    "location",
    "majorCallObject",
    "object",
    "priority",
    "urgency",
)
_COPIED_TO_PARTIALS = (
    "branch",
    "briefDescription",
    "callType",
    "caller",
    "category",
    "externalNumber",
    "impact",
    "location",
    "operator",
    "operatorGroup",
    "priority",
    "subcategory",
    "urgency",
)
_FALSE_AT_FIRST = ("closed", "completed", "majorCall", "onHold", "publishToSsd", "responded")


@dataclass(frozen=True, slots=True)
class Change:
    """What a request makes of an incident."""

    body: Body
    entries: list[Entry]


def created(tenant: Tenant, values: Body, now: str) -> Change:
    """A new incident from checked values. Raises Refused."""
    operator = tenant.operator["id"]
    status = values.pop("status", None) or "firstLine"
    main = values.pop("mainIncident", None)
    body: Body = {
        "status": status,
        "callDate": now,
        "creationDate": now,
        "modificationDate": now,
        "creator": operator,
        "modifier": operator,
        **dict.fromkeys(_FALSE_AT_FIRST, False),
    }
    if status == "partial":
        body |= _from_main(tenant, values, main)
    elif main is not None:
        raise Refused(400, "A main incident can only be given for a partial incident.")
    return Change(_apply(tenant, body, values, now), _entries(tenant, values, now))


def changed(tenant: Tenant, incident: Incident, values: Body, now: str) -> Change:
    """The incident after an update. Raises Refused, 403 if it is archived."""
    refuse_archived(incident)
    if incident.body["status"] == "partial":
        _refuse_for_partials(values)
    body = {**incident.body, "modificationDate": now, "modifier": tenant.operator["id"]}
    return Change(_apply(tenant, body, values, now), _entries(tenant, values, now))


def refuse_archived(incident: Incident) -> None:
    if incident.body["status"].endswith("Archived"):
        raise Refused(403, "The incident is archived")


def _apply(tenant: Tenant, body: Body, values: Body, now: str) -> Body:
    for name in _PLAIN:
        if name in values:
            body[name] = values[name]
    for name, kind in LISTS.items():
        if name in values:
            body[name] = entry_id(tenant, kind, values[name], name)
    for name, kind in (("branch", "branch"), ("location", "location"), ("sla", "sla")):
        if name in values:
            body[name] = card_id(tenant, kind, values[name], name)
    if values.get("supplier"):
        raise not_found("supplier.id", 404)
    for name in ("optionalFields1", "optionalFields2"):
        if values.get(name):
            body[name] = {**body.get(name, {}), **values[name]}
    if "subcategory" in values or "category" in values:
        _set_subcategory(tenant, body, values)
    if "operator" in values or "operatorGroup" in values:
        set_people(tenant, body, values)
    if "caller" in values or "callerLookup" in values:
        body["caller"] = caller_of(tenant, body, values)
    if not values.get("priority") and ("impact" in values or "urgency" in values):
        body["priority"] = _priority(tenant, body) or body.get("priority")
    if "externalLink" in values:
        _set_external_link(body, values["externalLink"])
    _set_states(tenant, body, values, now)
    _set_major(tenant, body, values)
    if (values.get("feedbackRating") or values.get("feedbackMessage")) and not body["closed"]:
        raise Refused(400, "Feedback can only be given on closed incidents.")
    return {name: value for name, value in body.items() if value is not None}


def _set_subcategory(tenant: Tenant, body: Body, values: Body) -> None:
    category = body.get("category")
    wanted: Choice | None = values.get("subcategory")
    if wanted is not None and wanted.key == "name":
        found = [
            card
            for card in tenant.cards["subcategory"].find("name", wanted.value)
            if category is None or card["category"] == category
        ]
        if len(found) > 1:
            raise Refused(400, "There is more than one category with the given subcategory.")
        if not found:
            known = tenant.cards["subcategory"].find("name", wanted.value)
            raise _misplaced() if known else not_found("subcategory.name")
        body["subcategory"] = found[0]["id"]
    elif "subcategory" in values:
        body["subcategory"] = (
            card_id(tenant, "subcategory", wanted.value, "subcategory") if wanted else None
        )
    subcategory = tenant.get("subcategory", body.get("subcategory"))
    if subcategory is None:
        return
    if category is None and "category" not in values:
        body["category"] = subcategory["category"]
    elif subcategory["category"] != category:
        if "subcategory" in values:
            raise _misplaced()
        body["subcategory"] = None


def _misplaced() -> Refused:
    return Refused(400, "The given subcategory does not belong to the given category.")


def _priority(tenant: Tenant, body: Body) -> str | None:
    """The priority that impact and urgency (either may be open) lead to, if it is only one."""
    impact, urgency = body.get("impact"), body.get("urgency")
    if impact is None and urgency is None:
        return None
    found = {
        row["priority"]
        for row in tenant.cards["priority_matrix"]
        if impact in (None, row["impact"]) and urgency in (None, row["urgency"])
    }
    return found.pop() if len(found) == 1 else None


def _set_external_link(body: Body, given: Body | None) -> None:
    if given is None:
        body["externalLink"] = None
        return
    if not given.get("id") or not given.get("type"):
        raise Refused(400, "An external link needs both an id and a type.", field="externalLink")
    if not given["type"].lstrip("-").isdigit() or int(given["type"]) == 0:
        raise fields.unparsable("externalLink.type")
    body["externalLink"] = given


def _set_states(tenant: Tenant, body: Body, values: Body, now: str) -> None:
    for state, moment in (("completed", "completedDate"), ("closed", "closedDate")):
        if values.get(state) is not None:
            body[state] = values[state]
        body[moment] = (values.get(moment) or body.get(moment) or now) if body[state] else None
    if values.get("responded") is not None:
        body["responded"] = values["responded"]
    if body["responded"]:
        body["responseDate"] = values.get("responseDate") or body.get("responseDate") or now
    else:
        body["responseDate"] = None
    hold = values.get("onHold")
    if hold is None and values.get("processingStatus") is not None:
        setting = tenant.cards["processing_status"].by_id[body["processingStatus"]]["onHold"]
        hold = {"yes": True, "no": False}.get(setting)
    if hold is not None:
        body["onHoldDate"] = (body.get("onHoldDate") or now) if hold else None
        body["onHold"] = hold


def _set_major(tenant: Tenant, body: Body, values: Body) -> None:
    if body["publishToSsd"] and not body["majorCall"]:
        raise Refused(400, "Only major incidents can be published.")
    if "majorCallObject" not in values:
        return
    wanted: Choice | None = values["majorCallObject"]
    if wanted is None:
        body["majorCallObject"] = None
        return
    major = tenant.store.incident("id" if wanted.key == "id" else "number", wanted.value)
    if major is None or not major.body["majorCall"]:
        raise Refused(400, "The given major call is not valid.")
    body["majorCallObject"] = major.id


def _from_main(tenant: Tenant, values: Body, wanted: Choice | None) -> Body:
    _refuse_for_partials(values)
    if wanted is None:
        raise Refused(400, "A partial incident needs a main incident.")
    main = tenant.store.incident(wanted.key, wanted.value)
    if main is None:
        raise not_found(f"mainIncident.{wanted.key}", 404)
    if main.body["status"] != "secondLine" or main.body["closed"]:
        raise Refused(400, "The main incident must be an open second line incident.")
    copied = {name: main.body[name] for name in _COPIED_TO_PARTIALS if name in main.body}
    return {**copied, "mainIncident": main.id}


def _refuse_for_partials(values: Body) -> None:
    for name in _NOT_FOR_PARTIALS:
        if values.get(name) is not None:
            raise Refused(400, f"The field '{name}' cannot be provided for partial incidents.")


def _entries(tenant: Tenant, values: Body, now: str) -> list[Entry]:
    operator = tenant.operator["id"]
    entries = []
    for kind in ("request", "action"):
        given = values.get(kind)
        if given:
            invisible = kind == "action" and bool(values.get("actionInvisibleForCaller"))
            entries.append(
                Entry(tenant.new_id(), kind, html.sanitise(given), invisible, operator, now)
            )
    return entries
