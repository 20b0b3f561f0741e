"""What we left of a record in the target, field by field, and what somebody changed since.

The journal keeps digests and no texts: of each field that was sent, as it was sent and as the
target then showed it; of the others, as the target showed them when our own request had changed
them. What shows something else now was changed by a person, or by a rule of TOPdesk's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from migrate.load.compare import digests, forms
from migrate.records import State
from migrate.state.journal import Entry

ARRIVED = frozenset({State.DONE, State.VERIFIED, State.MISMATCH, State.KEPT})
"""States of a step whose request reached the target."""

WATCHED: dict[str, tuple[str, ...]] = {
    "incident": (
        "status",
        "briefDescription",
        "request",
        "externalNumber",
        "caller",
        "branch",
        "location",
        "category",
        "subcategory",
        "callType",
        "entryType",
        "object",
        "impact",
        "urgency",
        "priority",
        "duration",
        "targetDate",
        "sla",
        "operator",
        "operatorGroup",
        "supplier",
        "processingStatus",
        "onHold",
        "completed",
        "completedDate",
        "closed",
        "closedDate",
        "closureCode",
        "callDate",
        "responded",
        "responseDate",
        "costs",
        "majorCall",
        "majorCallObject",
        "publishToSsd",
        "feedbackRating",
        "feedbackMessage",
    ),
    "person": (
        "surName",
        "firstName",
        "firstInitials",
        "prefixes",
        "title",
        "email",
        "phoneNumber",
        "mobileNumber",
        "jobTitle",
        "employeeNumber",
        "networkLoginName",
        "tasLoginName",
        "branch",
        "location",
        "department",
        "budgetHolder",
        "manager",
        "isManager",
        "isCaller",
    ),
    "operator": (
        "surName",
        "firstName",
        "email",
        "telephone",
        "mobileNumber",
        "jobTitle",
        "loginName",
        "loginPermission",
        "branch",
        "location",
        "department",
        "comments",
        "firstLineCallOperator",
        "secondLineCallOperator",
        "knowledgeBaseManager",
    ),
    "operator_group": (
        "groupName",
        "branch",
        "location",
        "firstLineCallOperator",
        "secondLineCallOperator",
    ),
    "branch": ("name", "specification", "clientReferenceNumber", "branchType", "email", "phone"),
    "department": ("name",),
}
"""Target kind → the fields that a person may change, beside all optional fields (the writable
ones of incident API 4.2.6 and supporting files 2.7.11). TOPdesk's own sums and stamps are none."""

_OPTIONAL = ("optionalFields1", "optionalFields2")
_NOTHING = frozenset({"", "false"})
_NOTHING_DIGESTS = frozenset(digests({text: text for text in _NOTHING}).values())


class Left(NamedTuple):
    """Digests of one field: as it was sent (empty: never), and as the target showed it right after
    (empty: nobody saw)."""

    sent: str
    after: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A record as we left it. `seen`: the target showed it when it was made, so that a field which
    is not in `fields` was empty."""

    fields: Mapping[str, Left] = field(default_factory=dict)
    seen: bool = False

    @classmethod
    def of(cls, known: Iterable[Entry]) -> Baseline:
        """By what the journal has of a record, in the order in which it was sent."""
        fields: dict[str, Left] = {}
        seen = False
        for entry in known:
            if not entry.fields or entry.marker or entry.state not in ARRIVED:
                continue
            for name, (sent, after) in orjson.loads(entry.fields).items():
                before = fields.get(name, Left("", ""))
                fields[name] = Left(sent or before.sent, after if sent else after or before.after)
                seen = seen or (bool(after) and entry.key.step == "create")
        return cls(fields, seen)

    def allowed(self, name: str) -> frozenset[str]:
        """The digests that a field shows where nobody changed it; none where that is not known."""
        left = self.fields.get(name)
        if left is not None and (left.after or left.sent):
            return frozenset({left.after or left.sent})
        return _NOTHING_DIGESTS if self.seen else frozenset()

    def edited(self, name: str, read: Mapping[str, Any]) -> bool:
        """Whether a field was changed since, or may have been where nobody saw how we left it."""
        now = frozenset(digests({str(n): f for n, f in enumerate(forms(name, read))}).values())
        allowed = self.allowed(name)
        return not (now & allowed if allowed else now <= _NOTHING_DIGESTS)

    def edits(self, kind: str, read: Mapping[str, Any]) -> list[str]:
        """The names of the fields that were changed since, in their order."""
        names = [*watched(kind, read), *self.fields]
        return [
            name
            for name in dict.fromkeys(names)
            if name in _FIELDS[kind] or "." in name
            if self.edited(name, read)
        ]


_FIELDS = {kind: frozenset(names) for kind, names in WATCHED.items()}


def watched(kind: str, read: Mapping[str, Any]) -> dict[str, str]:
    """What the target shows of the watched fields; empty ones are left out."""
    shows = {name: forms(name, read)[0] for name in WATCHED.get(kind, ()) if read.get(name)}
    for group in _OPTIONAL:
        for name, value in (read.get(group) or {}).items():
            if value is not None:
                shows[f"{group}.{name}"] = forms(f"{group}.{name}", read)[0]
    return {name: text for name, text in shows.items() if text not in _NOTHING}


def aside(
    sent: Mapping[str, str], before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, str]:
    """The fields that our request changed without being told to: those that show something else
    than they did right before it. A priority follows from an impact."""
    names = {*before, *now} - {*sent}
    return {
        name: now.get(name, "")
        for name in sorted(names)
        if now.get(name, "") != before.get(name, "")
    }
