"""What TOPdesk's error answers say, as a code and a field name; never a value out of the answer.

Three shapes of body are documented: `[{"message"}]` (supporting files 2.7.11),
`{"errors": [{"errorCode", "appliesTo", "errorMessage"}]}` (look-ups, locations) and one such
description bare (free-field entries); the incident API documents none, and a proxy may send HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from migrate.load.http import Reply


class Refusal(NamedTuple):
    """Why TOPdesk said no: a slug of `migrate.codes`, and the field where that is known."""

    code: str
    field: str = ""


_NAME = re.compile(r"[A-Za-z][\w.\[\]]{0,79}")
_FIELD = rf"""["'](?P<field>{_NAME.pattern})["']"""
_MESSAGES = [
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (rf"mandatory field {_FIELD} is missing", "target-field-missing"),
        (rf"(?:the )?field {_FIELD} does not exist", "target-field-unknown"),
        (rf"value for the field {_FIELD} cannot be found", "target-value-not-found"),
        (r"the (?P<field>[a-z]+) [\"'].*[\"'] cannot be found", "target-value-not-found"),
        (rf"field {_FIELD} cannot be parsed", "target-value-invalid"),
        (rf"field {_FIELD} can only be \d+ characters", "target-value-too-long"),
        (r"can only be \d+ characters long", "target-value-too-long"),
        (r"the field (?P<field>[A-Za-z]+) is too long", "target-value-too-long"),
        (r"^(?P<field>[a-z]+) with name .* already exists", "target-duplicate"),
        (r"already exists", "target-duplicate"),
        (rf"value of {_FIELD} is invalid", "target-value-invalid"),
    )
]
_ERROR_CODES = {
    "value_mandatory": "target-field-missing",
    "value_too_long": "target-value-too-long",
    "duplicate_value": "target-duplicate",
}
_STATUSES = {
    401: "credentials-refused",
    403: "target-forbidden",
    404: "target-record-missing",
    405: "target-request-invalid",
    406: "target-request-invalid",
    409: "target-duplicate",
    415: "target-request-invalid",
}


def refusal(reply: Reply) -> Refusal:
    """The reason for a 4xx answer, by its message where that is a known one, else by its status."""
    if reply.status in (400, 404, 409, 422):
        for code, field, message in _descriptions(reply.data):
            if code in _ERROR_CODES:
                return Refusal(_ERROR_CODES[code], field)
            for pattern, slug in _MESSAGES:
                if match := pattern.search(message):
                    return Refusal(slug, match.groupdict().get("field") or field)
    return Refusal(_STATUSES.get(reply.status, "target-refused"))


def _descriptions(data: Any) -> Iterator[tuple[str, str, str]]:
    """(error code, field, message) of every error that the body describes."""
    errors = data.get("errors", [data]) if isinstance(data, dict) else data
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            fields = error.get("appliesTo")
            field = fields[0] if isinstance(fields, list) and fields else ""
            yield (
                str(error.get("errorCode", "")),
                field if isinstance(field, str) and _NAME.fullmatch(field) else "",
                str(error.get("message") or error.get("errorMessage") or ""),
            )
