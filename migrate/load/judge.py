"""May a record of ours be taken back? Only where nobody has touched it since: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from migrate.load.baseline import ARRIVED, Baseline
from migrate.load.compare import digests, forms, unpack
from migrate.load.target import Attached, TrailEntry
from migrate.records import Found, State
from migrate.state.journal import Entry

HOW = {
    "incident": "archive",
    "membership": "unlink",
    "operator_group": "archive",
    "operator": "archive",
    "person": "archive",
    "department": "archive",
    "branch": "archive",
    "knowledge_item": "archive",
    "knowledge_folder": "archive",
}
"""Target kind → how it is taken back. A kind that does not stand here cannot be: TOPdesk has no
interface for it. Nothing is deleted, also where TOPdesk could: what is archived can be brought
back (incident API 4.2.6, supporting files 2.7.11)."""

UNLISTED = frozenset({"department"})
"""Kinds of which the target's list does not show what is archived (supporting files 2.7.11)."""

DOUBTFUL = frozenset({State.SENDING, State.IN_DOUBT})
_TOLD = frozenset({"history", "left_out"})
_FILES = frozenset({"attachment"})
_TIME = frozenset({"time_spent"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What undo does with a record: `how` it is taken back, empty where it is kept, with a code of
    `migrate.codes` and names of fields, never what stands in them."""

    how: str = ""
    code: str = ""
    detail: str = ""

    @property
    def gone(self) -> bool:
        """Nothing is to be done: the target does not have it."""
        return self.code == "gone"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the target shows of one record now. `users` are words for what else refers to it;
    `edited` what was changed of it, where the journal's fields alone do not tell; `spent` the notes
    of the time that was registered on it."""

    found: Found | None
    trail: Sequence[TrailEntry] = ()
    files: Sequence[Attached] = ()
    users: Sequence[str] = field(default_factory=tuple)
    edited: Sequence[str] | None = None
    spent: Sequence[str] = ()


def judge(kind: str, known: Sequence[Entry], shown: Shown) -> Judgement:
    """The one decision of an undo.

    Kept is what a person archived, changed a field of, wrote an entry or put a file into, deleted
    one of ours from, or what something else refers to.
    """
    found = shown.found
    if found is None:
        # Not shown is archived, and not by us: a later load would bring back what we took back.
        return Judgement(code="archived-in-target" if kind in UNLISTED else "gone")
    if kind == "membership":
        return Judgement(HOW[kind])
    ours = any(e.key.step == "archive" and e.state in ARRIVED for e in known)
    if found.archived and not ours:
        return Judgement(code="archived-in-target")
    baseline = Baseline.of(known)
    if shown.edited is not None:
        edits = list(shown.edited)
    else:
        changed = baseline.edits(kind, found.fields)
        edits = [name for name in changed if not _under_way(name, found, known)]
    if edits:
        return Judgement(code="edited-since", detail=", ".join(edits))
    if shown.edited is not None:
        return _unless_used(kind, shown)
    if what := _foreign(known, _TOLD, [each.text for each in shown.trail]):
        return Judgement(code="edited-since", detail=f"entries: {what}")
    if what := _foreign(known, _FILES, [each.description for each in shown.files]):
        return Judgement(code="edited-since", detail=f"files: {what}")
    if what := _foreign(known, _TIME if shown.spent else frozenset(), shown.spent):
        return Judgement(code="edited-since", detail=f"time spent: {what}")
    if found.archived:
        return Judgement(code="gone", detail="archived by its load")
    return _unless_used(kind, shown)


def _unless_used(kind: str, shown: Shown) -> Judgement:
    if shown.users:
        return Judgement(code="undo-still-used", detail=", ".join(shown.users))
    return Judgement(HOW[kind])


def _under_way(name: str, found: Found, known: Iterable[Entry]) -> bool:
    """Whether a field shows what a request of ours sent that nobody heard the answer of."""
    now = set(digests({str(n): text for n, text in enumerate(forms(name, found.fields))}).values())
    return any(
        unpack(entry.fields).get(name) in now for entry in known if entry.doubted and entry.fields
    )


def _foreign(known: Sequence[Entry], steps: frozenset[str], texts: Sequence[str]) -> str:
    """What of these entries or files is not ours, or how many of ours are missing, which these
    `steps` made; empty: neither."""
    markers = {_folded(entry.marker) for entry in known if entry.marker}
    texts = [_folded(text) for text in texts]
    if foreign := sum(1 for text in texts if not any(marker in text for marker in markers)):
        return f"{foreign} written since"
    arrived = {
        _folded(entry.marker)
        for entry in known
        if entry.key.step.partition("/")[0] in steps and entry.state in ARRIVED
    }
    missing = sum(1 for marker in arrived if not any(marker in text for text in texts))
    return f"{missing} of ours removed since" if missing else ""


def _folded(text: str) -> str:
    return " ".join(text.split())


References = Mapping[str, Sequence[tuple[str, str, str]]]
"""Target kind → (kind, field, what it is called) of the records that may refer to one of it."""

REFERENCES: References = {
    "operator_group": (("incident", "operatorGroup.id", "incidents"),),
    "operator": (("incident", "operator.id", "incidents"),),
    "person": (
        ("incident", "caller.id", "incidents"),
        ("operator", "linkedPerson.id", "operators"),
    ),
    "department": (("person", "department.id", "persons"),),
    "branch": (
        ("incident", "branch.id", "incidents"),
        ("person", "branch.id", "persons"),
        ("operator", "branch.id", "operators"),
        ("operator_group", "branch.id", "operator groups"),
    ),
}
