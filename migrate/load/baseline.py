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

from migrate.load.compare import TEXTS, digests, forms, unpack
from migrate.records import State
from migrate.state.journal import Entry
from migrate.state.journal_aside import CONFLICT, UNDO

TAKEN = "hpsm-holds"
"""A person decided that HPSM's value of a field goes over what was written in TOPdesk."""

AGREED = "both-agree"
"""Both sides changed a field, and to the same."""

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


_NUMBERED = frozenset({"incident", "knowledge_item", "knowledge_folder", "knowledge_links"})
"""Kinds that are found by a key of ours, which nobody else gives a record."""


class Left(NamedTuple):
    """Digests of one field: as it was sent (empty: never), and as the target showed it right after
    (empty: nobody saw)."""

    sent: str
    after: str


def live(known: Iterable[Entry]) -> list[Entry]:
    """The steps that stand: without those taken back or never sent, and without what is set
    aside."""
    return [
        entry
        for entry in known
        if entry.state is not State.UNDONE
        and entry.key.step != UNDO
        and not entry.key.step.startswith(CONFLICT)
        and not unsent(entry)
    ]


def unsent(entry: Entry) -> bool:
    """Whether a card was to be made and, for certain, was not: refused, or not let through. Nothing
    is known of it, and it is found first when its turn comes again: somebody may have made it."""
    card = entry.key.kind not in _NUMBERED and entry.key.step in ("create", "add")
    return card and entry.state is State.PLANNED and not entry.doubted


def differs(entry: Entry) -> bool:
    """Whether verify found a step to be otherwise than it was sent: it arrived, and keeps nothing
    else from being sent where changes are compared with what the target shows."""
    return entry.state is State.MISMATCH and entry.code == "differs" and entry.key.kind in WATCHED


def taken_back(known: Iterable[Entry]) -> list[Entry]:
    """The steps of a record that an undo took back."""
    return [entry for entry in known if entry.state is State.UNDONE]


def decided(known: Iterable[Entry]) -> list[Entry]:
    """The steps that stand, with what people decided on fields that were changed on both sides."""
    return [entry for entry in known if entry.state is not State.UNDONE and entry.key.step != UNDO]


def open_conflicts(known: Iterable[Entry]) -> list[Entry]:
    """The fields that wait for a decision."""
    return [
        entry
        for entry in known
        if entry.state is State.CONFLICT and entry.key.step.startswith(CONFLICT)
    ]


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
            if not entry.fields or entry.marker or not _arrived(entry):
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
        if name == "callDate" and read.get(name) == read.get("creationDate"):
            return False  # TOPdesk's own stamp, which nobody wrote
        now = frozenset(digests({str(n): f for n, f in enumerate(forms(name, read))}).values())
        allowed = self.allowed(name)
        return not (now & allowed if allowed else now <= _NOTHING_DIGESTS)

    def kept(self, name: str, sent: str) -> bool:
        """Whether a person decided that TOPdesk's side of a field holds, after this was sent."""
        left = self.fields.get(name)
        return left is not None and bool(left.sent) and left.sent != sent

    def edits(self, kind: str, read: Mapping[str, Any]) -> list[str]:
        """The names of the fields that were changed since, in their order."""
        names = [*watched(kind, read), *self.fields]
        return [
            name
            for name in dict.fromkeys(names)
            if name in _FIELDS[kind] or "." in name
            if self.edited(name, read)
        ]


def _arrived(entry: Entry) -> bool:
    if entry.key.step.startswith(CONFLICT):
        return entry.state is State.KEPT or entry.code in (TAKEN, AGREED)
    return entry.state in ARRIVED


_FIELDS = {kind: frozenset(names) for kind, names in WATCHED.items()}


def watched(kind: str, read: Mapping[str, Any]) -> dict[str, str]:
    """What the target shows of the watched fields; empty ones are left out."""
    shows = {name: forms(name, read)[0] for name in WATCHED.get(kind, ()) if read.get(name)}
    for group in _OPTIONAL:
        for name, value in (read.get(group) or {}).items():
            if value is not None:
                shows[f"{group}.{name}"] = forms(f"{group}.{name}", read)[0]
    return {name: text for name, text in shows.items() if text not in _NOTHING}


def texts_left(known: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Field → the digests of the texts that we left in an article, in whichever language."""
    left: dict[str, set[str]] = {}
    for entry in known:
        if entry.state in ARRIVED and entry.key.kind == "knowledge_item":
            for name, digest in unpack(entry.fields).items():
                if name in TEXTS:
                    left.setdefault(name, set()).add(digest)
    return {name: frozenset(found) for name, found in left.items()}


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
