"""How an incident is read: the shape of an answer, and what a query sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.simulate.topdesk import dates, html
from migrate.simulate.topdesk.incident_fields import LISTS
from migrate.simulate.topdesk.kinds import branch_of, location_of, name_of, named
from migrate.simulate.topdesk.store import Entry, Incident
from migrate.simulate.topdesk.tenant import Tenant

DATES = (
    "callDate",
    "closedDate",
    "completedDate",
    "creationDate",
    "modificationDate",
    "onHoldDate",
    "responseDate",
    "targetDate",
)
_NULLS = (
    "archivingReason",
    "asset",
    "branch",
    "branchExtraFieldA",
    "branchExtraFieldB",
    "briefDescription",
    "caller",
    "callerBranch",
    "callerLocation",
    "costs",
    "escalationOperator",
    "escalationReason",
    "escalationStatus",
    "expectedTimeSpent",
    "externalNumber",
    "feedbackMessage",
    "feedbackRating",
    "location",
    "mainIncident",
    "majorCallObject",
    "object",
    "operator",
    "operatorGroup",
    "optionalFields1",
    "optionalFields2",
    "request",
    "sla",
    "subcategory",
    "supplier",
    *DATES,
    *LISTS,
)
_ZEROS = (
    "actualDuration",
    "itemCosts",
    "objectCosts",
    "onHoldDuration",
    "timeSpent",
    "timeSpentFirstLine",
    "timeSpentLinkedPartials",
    "timeSpentPartial",
    "timeSpentSecondLine",
    "timeSpentSecondLineAndPartials",
)
_BLANK: dict[str, Any] = {
    "id": None,
    "number": None,
    "status": None,
    **dict.fromkeys(_NULLS),
    **dict.fromkeys(_ZEROS, 0),
    "bookmarked": False,
    "closed": False,
    "completed": False,
    "majorCall": False,
    "monitored": False,
    "onHold": False,
    "publishToSsd": False,
    "responded": False,
    "externalLinks": (),
    "partialIncidents": (),
    "action": None,
    "attachments": None,
    "requests": None,
    "creator": None,
    "modifier": None,
}
READABLE = frozenset(_BLANK)
_STORED_AS_IT_IS = (
    "status",
    "briefDescription",
    "closed",
    "completed",
    "costs",
    "escalationStatus",
    "externalNumber",
    "feedbackMessage",
    "feedbackRating",
    "majorCall",
    "onHold",
    "optionalFields1",
    "optionalFields2",
    "publishToSsd",
    "responded",
    *DATES,
)
STORED_TIME = "_timeSpent"
"""Where an incident keeps what is registered on it; see `timespent.py`."""
_REFERENCES = {
    **LISTS,
    "subcategory": "subcategory",
    "archivingReason": "archiving_reason",
    "escalationReason": "escalation_reason",
    "escalationOperator": "operator",
    "creator": "operator",
    "modifier": "operator",
    "operatorGroup": "operator_group",
}


def show(
    tenant: Tenant,
    incident: Incident,
    requests: Sequence[Entry] = (),
    fields: Sequence[str] | None = None,
    iso8601: bool = False,
) -> dict[str, Any]:
    """The incident as an answer shows it. `requests` are its request entries, if they are to be
    seen; `fields` the only ones wanted."""
    body = incident.body
    link = f"/tas/api/incidents/id/{incident.id}"
    record = _BLANK.copy()
    record["id"] = incident.id
    record["number"] = incident.number
    for name in _STORED_AS_IT_IS:
        if name in body:
            record[name] = body[name]
    for name, kind in _REFERENCES.items():
        if name in body:
            record[name] = named(tenant, kind, body[name])
    _show_people(tenant, body, record)
    if "branch" in body:
        record["branch"] = branch_of(tenant, body["branch"])
    if "location" in body:
        record["location"] = location_of(tenant, body["location"])
    if "externalLink" in body:
        record["externalLinks"] = [body["externalLink"]]
    if "sla" in body:
        record["sla"] = {"id": body["sla"], "responseTargetDate": None, "targetDate": None}
    for entry in body.get(STORED_TIME, ()):
        line = "timeSpentFirstLine" if entry["line"] == "firstLine" else "timeSpentSecondLine"
        record["timeSpent"] += entry["timeSpent"]
        record[line] += entry["timeSpent"]
    if requests:
        record["request"] = "\n\n".join(html.plain(entry.memo) for entry in requests)
    record["action"] = f"{link}/actions"
    record["requests"] = f"{link}/requests"
    record["attachments"] = f"{link}/attachments"
    if "majorCallObject" in body or "mainIncident" in body or body["status"] == "secondLine":
        _show_family(tenant, incident, record, fields)
    if iso8601:
        for name in DATES:
            if record[name] is not None:
                record[name] = dates.short(record[name])
    if fields is None:
        return record
    return {name: record[name] for name in dict.fromkeys(part.partition(".")[0] for part in fields)}


def value(record: dict[str, Any], path: str) -> Any:
    """What a query's selector means in a shown incident; several values for a list."""
    head, _, rest = path.partition(".")
    if head == "externalLink":
        head = "externalLinks"
    found: Any = record[head]
    for name in rest.split(".") if rest else ():
        if isinstance(found, list | tuple):
            found = [item.get(name) for item in found]
        else:
            found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, tuple):
        return list(found)
    return found if rest or not isinstance(found, dict) else found.get("id")


def known_selector(path: str) -> bool:
    """Whether a query or a sort order may name this field; `action`, `attachments` and `requests`
    are only addresses."""
    head = path.partition(".")[0]
    if head in ("action", "attachments", "requests"):
        return False
    return head in READABLE or head == "externalLink"


def _show_people(tenant: Tenant, body: dict[str, Any], record: dict[str, Any]) -> None:
    id = body.get("operator")
    if id is not None:
        for kind, status in (("operator", "operator"), ("operator_group", "operatorGroup")):
            card = tenant.get(kind, id)
            if card is not None:
                record["operator"] = {
                    "id": id,
                    "name": name_of(kind, card),
                    "status": f"{status}Archived" if card.get("archived") else status,
                }
    caller = body.get("caller")
    if caller is not None:
        branch = branch_of(tenant, caller.get("branch"))
        record["caller"] = {
            "id": caller.get("id"),
            "dynamicName": caller.get("dynamicName"),
            "email": caller.get("email"),
            "phoneNumber": caller.get("phoneNumber"),
            "mobileNumber": caller.get("mobileNumber"),
            "branch": branch,
            "department": named(tenant, "department", caller.get("department")),
            "budgetHolder": named(tenant, "budget_holder", caller.get("budgetHolder")),
        }
        record["callerBranch"] = branch
        record["callerLocation"] = named(tenant, "location", caller.get("location"))


def _show_family(
    tenant: Tenant, incident: Incident, record: dict[str, Any], fields: Sequence[str] | None
) -> None:
    body = incident.body
    if "majorCallObject" in body:
        major = tenant.store.incident("id", body["majorCallObject"])
        if major is not None:
            record["majorCallObject"] = {
                "id": major.id,
                "name": major.number,
                "status": 1 if major.body["status"].startswith("firstLine") else 2,
                "majorIncident": True,
            }
    if "mainIncident" in body:
        main = tenant.store.incident("id", body["mainIncident"])
        if main is not None:
            record["mainIncident"] = {"id": main.id, "number": main.number}
    if incident.seq and (fields is None or "partialIncidents" in fields):
        record["partialIncidents"] = [
            {"link": f"/tas/api/incidents/id/{partial.id}"}
            for partial in tenant.store.partials(incident.id)
        ]
