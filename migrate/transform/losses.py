"""What a ticket loses on its way, and beside which field that is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrate.records import Finding, Row
from migrate.transform.text import field_text


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is not as it was: a finding's code, or `left-empty` (nobody gave the value a
    counterpart), `no-place` (TOPdesk has no such field), `overruled` (another record of the ticket
    says something else, and that counts)."""

    code: str
    detail: str = ""


LEFT_EMPTY = "left-empty"
NO_PLACE = "no-place"
OVERRULED = "overruled"

PLACES: dict[str, str] = {
    **dict.fromkeys(("title-missing", "title-too-long"), "briefDescription"),
    **dict.fromkeys(("text-too-long", "numbers-too-long"), "request"),
    **dict.fromkeys(
        ("caller-unknown", "caller-left", "caller-without-key", "caller-shortened"), "caller"
    ),
    **dict.fromkeys(("status-missing", "line-by-group"), "status"),
    **dict.fromkeys(("hold-without-reason", "hold-without-date"), "onHold"),
    **dict.fromkeys(("close-without-date", "close-before-open"), "completed"),
    **dict.fromkeys(
        ("assignee-left", "assignee-not-moved", "assignee-not-member"), "operatorGroup"
    ),
    **dict.fromkeys(
        (
            "visibility-unknown",
            "activities-skipped",
            "journal-fallback",
            "journal-beyond-activities",
            "journal-undivided",
            "journal-time-unread",
        ),
        "action",
    ),
    **dict.fromkeys(
        (
            "attachment-unreadable",
            "attachment-empty",
            "attachment-too-large",
            "attachment-type-skipped",
            "attachment-repeated",
            "attachment-renamed",
        ),
        "attachments",
    ),
}
"""Finding → the field of TOPdesk beside which it is said; those that are not here belong to the
whole ticket."""

_BECOMES: dict[str, tuple[str, ...]] = {
    "status": ("status", "processingStatus", "completed", "closed", "onHold"),
    "priority": ("priority",),
    "impact": ("impact",),
    "urgency": ("urgency",),
    "callback_type": ("entryType",),
    "resolution_code": ("closureCode",),
    "category": ("category",),
    "subcategory": ("category",),
    "service": ("category", "sla", "object"),
    "assignment": ("operatorGroup", "request"),
    "assignee": ("operator",),
    "contact_name": ("caller", "callerLookup"),
    "contact_email": ("caller", "callerLookup"),
    "open_time": ("callDate",),
    "resolved_time": ("completedDate",),
    "close_time": ("closedDate", "completedDate"),
    "title": ("briefDescription",),
    "description": ("request",),
    "pending_until": ("targetDate", "onHold"),
    "pending_code": ("onHold",),
}
"""HPSM field → the fields of TOPdesk that may hold it. What is not here has no place there."""

_BOTH = frozenset({"title", "description"})
"""What TOPdesk gets of every record."""

_FURTHER = ("callback_contact", "alternate_contact")
"""People besides the caller: where they are others, the history names them."""

_OF_CALLS = frozenset({"contact_name", "contact_email", "callback_type", "open_time"})
"""What counts as the caller said it, before the incident's."""

_CARRIED = frozenset({"number", "resolution", "journal", "update_time", "sysmodtime", *_FURTHER})
"""In the history, under the number itself, or HPSM's own bookkeeping."""


def losses_of(findings: Iterable[Finding]) -> dict[str, list[Loss]]:
    """The losses of a chain's findings by the field of TOPdesk that they are said beside; empty:
    those of the whole ticket."""
    found: dict[str, list[Loss]] = defaultdict(list)
    for finding in findings:
        found[PLACES.get(finding.code, "")].append(Loss(finding.code, finding.detail))
    return dict(found)


def left_behind(rows: Sequence[Row], body: Mapping[str, Any]) -> dict[tuple[str, str], Loss]:
    """(number, field) → why what HPSM has there is nowhere in TOPdesk. `rows` are the ticket's
    records, the incident first."""
    lost: dict[tuple[str, str], Loss] = {}
    for row in rows:
        for name, value in row.items():
            text = field_text(value)
            if not text or name in _CARRIED or name.startswith("_"):
                continue
            fields = _BECOMES.get(name)
            if fields is None:
                lost[str(row["number"]), name] = Loss(NO_PLACE)
            elif not any(each in body for each in fields):
                lost[str(row["number"]), name] = Loss(LEFT_EMPTY)
            elif name not in _BOTH and text != _used(rows, name):
                lost[str(row["number"]), name] = Loss(OVERRULED)
    return lost


def _used(rows: Sequence[Row], name: str) -> str:
    """The value that counts, where several records of the ticket have one."""
    order = (*rows[1:], rows[0]) if name in _OF_CALLS else rows
    return next(text for row in order if (text := field_text(row.get(name))))
