"""The fields that an incident may be written with (incident API 4.2.6)."""

from __future__ import annotations

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.fields import Check, choice, flag, link, text

LISTS = {
    "callType": "call_type",
    "category": "category",
    "closureCode": "closure_code",
    "duration": "duration",
    "entryType": "entry_type",
    "impact": "impact",
    "priority": "priority",
    "processingStatus": "processing_status",
    "urgency": "urgency",
}
LINES = ("firstLine", "secondLine", "partial")
_BY_KEY = choice("id", "name")
LOOKUP_KEYS = {
    "id": "id",
    "email": "email",
    "employeeNumber": "employeeNumber",
    "networkLoginName": "networkLoginName",
    "loginName": "tasLoginName",
}
_CALLER = {
    "branch": link,
    "budgetHolder": _BY_KEY,
    "department": _BY_KEY,
    "dynamicName": text(109),
    "email": text(100),
    "location": link,
    "mobileNumber": text(25),
    "personExtraFieldA": fields.absent,
    "personExtraFieldB": fields.absent,
    "phoneNumber": text(25),
}
_SHARED: dict[str, Check] = {
    **dict.fromkeys(LISTS, _BY_KEY),
    "subcategory": _BY_KEY,
    "action": text(),
    "actionInvisibleForCaller": flag,
    "branch": link,
    "briefDescription": text(80),
    "caller": fields.nested(_CALLER),
    "callerLookup": choice(*LOOKUP_KEYS),
    "closed": flag,
    "closedDate": fields.date,
    "completed": flag,
    "completedDate": fields.date,
    "costs": fields.number,
    "externalLink": fields.nested({"id": text(450), "type": text(), "date": text()}),
    "externalNumber": text(60),
    "feedbackMessage": text(),
    "feedbackRating": fields.number,
    "location": link,
    "majorCall": flag,
    "majorCallObject": _BY_KEY,
    "object": fields.absent,
    "onHold": flag,
    "operator": link,
    "operatorGroup": link,
    "optionalFields1": fields.nested(fields.optional_fields(memo=True)),
    "optionalFields2": fields.nested(fields.optional_fields(memo=True)),
    "publishToSsd": flag,
    "request": text(),
    "responded": flag,
    "responseDate": fields.date,
    "sla": link,
    "supplier": link,
    "targetDate": fields.date,
}
CREATE = {**_SHARED, "status": fields.one_of(*LINES), "mainIncident": choice("id", "number")}
UPDATE = {
    **_SHARED,
    "callDate": fields.date,
    "branchExtraFieldA": fields.absent,
    "branchExtraFieldB": fields.absent,
}
