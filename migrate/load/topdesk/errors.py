"""What TOPdesk's error answers say, as a code, a field's name and TOPdesk's own key of the error;
never a value out of the answer.

Three shapes of body are documented: `[{"message"}]` (supporting files 2.7.11),
`{"errors": [{"errorCode", "appliesTo", "errorMessage"}]}` (look-ups, locations) and one such
description bare (free-field entries); the incident API documents none, and a proxy may send HTML.
What a message is worded like is only a hint: status, key and field come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from migrate.load.http import Reply
from migrate.load.topdesk.error_words import (
    about,
    named,
    says_in_use,
    says_it_passes,
    says_no_file,
)

PAGE = "page"
"""The key of what is no error of TOPdesk's, but a page of whatever answered in its place."""


class Refusal(NamedTuple):
    """Why TOPdesk said no: a slug of `migrate.codes`, and where they are known the field and
    TOPdesk's own key of the error."""

    code: str
    field: str = ""
    key: str = ""

    def detail(self, status: int) -> str:
        """Field, status and key as the journal keeps them."""
        return ", ".join(part for part in (self.field, f"status {status}", self.key) if part)


_NAME = re.compile(r"[A-Za-z][\w.\[\]]{0,79}")
_KEY = re.compile(r"[a-z][a-z0-9_]{2,39}")
_FIELD = rf"""["'](?P<field>{_NAME.pattern})["']"""
_MESSAGES = [
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (rf"mandatory field {_FIELD} is missing", "target-field-missing"),
        (
            rf"(?:^|[.:;] )(?:the |het |das )?(?:field|feltet|veld|feld) {_FIELD} "
            r"(?:does not exist|finnes ikke|bestaat niet|existiert nicht)",
            "target-field-unknown",
        ),
        (rf"value for the field {_FIELD} cannot be found", "target-value-not-found"),
        (r"the (?P<field>[a-z]+) [\"'].*[\"'] cannot be found", "target-value-not-found"),
        (rf"field {_FIELD} cannot be parsed", "target-value-invalid"),
        (rf"field {_FIELD} can only be \d+ characters", "target-value-too-long"),
        (r"can only be \d+ characters long", "target-value-too-long"),
        (r"the field (?P<field>[A-Za-z]+) is too long", "target-value-too-long"),
        (r"^(?P<field>[a-z]+) with name .* already exists", "target-duplicate"),
        (rf"value of {_FIELD} is invalid", "target-value-invalid"),
        (r"reason for archiving is mandatory", "archiving-reason-missing"),
    )
]
_KEYS = {
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
    423: "record-in-use",
}
_SPEAKING = {400, 404, 409, 422}
"""Statuses whose body says more than they do."""


def refusal(reply: Reply, body: Mapping[str, Any] | None = None) -> Refusal:
    """The reason for a 4xx answer to a request with `body`: by TOPdesk's key or by its documented
    messages; else by whatever field of the request a message names; else by the status."""
    plain = Refusal(_STATUSES.get(reply.status, "target-refused"))
    if reply.page and reply.status in (403, 404):
        return Refusal("target-blocked") if reply.status == 403 else plain._replace(key=PAGE)
    if reply.status not in _SPEAKING:
        return plain
    fields = frozenset(_names(body or {}))
    for key, field, message in _descriptions(reply.data):
        if reply.status == 409 and says_in_use(message):
            return Refusal("record-in-use", "", key)
        if key in _KEYS:
            return Refusal(_KEYS[key], field, key)
        for pattern, slug in _MESSAGES:
            if match := pattern.search(message):
                return Refusal(slug, match.groupdict().get("field") or field, key)
        field = field or named(message, fields)
        code = about(f"{key} {message}")
        if field and code is None:
            missing = reply.status == 404
            code = "target-value-not-found" if missing else "target-value-refused"
        if code == "target-duplicate" or (field and code):
            return Refusal(code, field, key)
        if key:
            return plain._replace(key=key)
    return plain


def of_file(reply: Reply) -> Refusal:
    """The reason why a file was not taken."""
    said = [f"{key} {message}" for key, _, message in _descriptions(reply.data)]
    return Refusal("attachment-unusable" if any(map(says_no_file, said)) else "attachment-refused")


def passes(reply: Reply) -> bool:
    """Whether an error of TOPdesk's own says that it passes: a deadlock, a time-out within."""
    return any(says_it_passes(message) for _, _, message in _descriptions(reply.data))


def _names(body: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The names of a body's fields, those inside others with a dot."""
    for name, value in body.items():
        yield f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _names(value, f"{above}{name}.")


def _descriptions(data: Any) -> Iterator[tuple[str, str, str]]:
    """(TOPdesk's key, field, message) of every error that the body describes."""
    errors: Any = data.get("errors", [data]) if isinstance(data, dict) else data
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            key = error.get("errorCode")
            yield (
                key if isinstance(key, str) and _KEY.fullmatch(key) else "",
                _field(error.get("appliesTo")),
                str(error.get("message") or error.get("errorMessage") or ""),
            )


def _field(applies_to: Any) -> str:
    fields: Iterable[Any] = applies_to if isinstance(applies_to, list) else [applies_to]
    return next((f for f in fields if isinstance(f, str) and _NAME.fullmatch(f)), "")
