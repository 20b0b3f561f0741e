"""One decision, as somebody gives it in a form: what may be said, what is wrong with it, and how it
gets into the file."""

from __future__ import annotations

import hashlib
import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from migrate.errors import Problem
from migrate.transform.check import check
from migrate.transform.content_mapping import (
    FormEntry,
    KnowledgeEntry,
    LinkEntry,
    ServiceEntry,
    TextEntry,
)
from migrate.transform.digest import digest_of
from migrate.transform.facts import SourceFacts
from migrate.transform.mapping import GroupEntry, Mappings, OperatorEntry, Review, entry_id
from migrate.transform.mapping_edit import add_entries, change_entries
from migrate.transform.part_fields import parts_said
from migrate.transform.refusing import refused
from migrate.transform.seen_facts import ReviewedEntry, said_of
from migrate.transform.text import one_line

ENTRIES: dict[str, type[ReviewedEntry]] = {
    "groups": GroupEntry,
    "operators": OperatorEntry,
    "knowledge": KnowledgeEntry,
    "texts": TextEntry,
    "services": ServiceEntry,
    "forms": FormEntry,
    "links": LinkEntry,
}
"""The files of a unit that a form can fill, and what an entry of each is."""

PARTS = "parts"
"""The field of a split that is a table: `part_fields` has its own fields."""

LONGEST = 500
"""Characters of one answer; a reason is a sentence or two."""

_USES: dict[str, dict[str, tuple[str, ...]]] = {
    "groups": {
        "map": ("target", "line"),
        "merge": ("target", "line"),
        "split": ("target", "line", PARTS),
        "retire": ("open_tickets_to", "reason"),
        "leave": ("reason",),
    },
    "operators": {"map": ("target",), "create": ("target",), "leave": ("reason",)},
    "knowledge": {
        "map": ("folder", "audience", "language", "manager", "translation_of"),
        "retire": ("reason",),
        "leave": ("reason",),
    },
    "texts": {"map": ("folder", "language"), "retire": ("reason",), "leave": ("reason",)},
    "services": {
        "map": ("target",),
        "create": ("target",),
        "retire": ("reason",),
        "leave": ("reason",),
    },
    "forms": {
        "build": ("service", "group", "audience"),
        "link": ("target", "reason"),
        "merge": ("target",),
        "retire": ("reason",),
        "leave": ("reason",),
    },
    "links": {"keep": ("reason",), "replace": ("target",), "remove": ("reason",)},
}
"""File → action that a form offers → the fields that go with it."""

_UNANSWERED = frozenset({"form-target-unknown"})
"""Of a file only told, since nothing of a form is loaded; an answer without it says nothing."""

_NOT_YET = frozenset(
    {
        *("approval-missing", "approval-lapsed", "approval-edited", "approval-rejected"),
        *("decision-missing", "entry-missing"),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a decision. `choices` are its legal values, empty where any text is; `actions`
    are those that it goes with."""

    name: str
    choices: tuple[str, ...]
    actions: tuple[str, ...]


def actions_of(file: str) -> tuple[str, ...]:
    """What can be decided of an entry of this file."""
    return tuple(_USES[file])


def fields_of(file: str) -> list[Field]:
    """The fields of a decision besides its action, in the model's order."""
    uses = _USES[file]
    return [
        Field(name, _choices(info.annotation), tuple(a for a in uses if name in uses[a]))
        for name, info in decision_model(file).model_fields.items()
        if any(name in fields for fields in uses.values())
    ]


def may_be_restricted(file: str) -> bool:
    return "restricted" in ENTRIES[file].model_fields


def version_of(entry: ReviewedEntry | None, saw: Mapping[str, Any]) -> str:
    """16 hex digits over all that a person sees of an entry, its facts too: what somebody answers
    to is known by it, and an answer to something else is a conflict."""
    data = entry.model_dump(mode="json") if entry is not None else None
    text = json.dumps([data, dict(saw)], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def answered(
    file: str, source: str, before: ReviewedEntry | None, answer: Mapping[str, str]
) -> Any:
    """The entry as `answer` (field → text, empty: nothing) makes it of `before`. Whatever changes
    what is decided takes the approval back, which holds for what was seen.

    An action that is not offered leaves the decision as it is; a value that is not legal is left
    out, so that checking finds it missing.
    """
    entry = before or ENTRIES[file].model_validate({"source": source})
    said = {name: one_line(text)[:LONGEST] for name, text in answer.items()}
    changes: dict[str, Any] = {"note": said["note"] or None} if "note" in said else {}
    if (action := said.get("action")) in _USES[file]:
        legal = {field.name: field.choices for field in fields_of(file)}
        values: dict[str, Any] = {
            name: said[name]
            for name in _USES[file][str(action)]
            if name != PARTS and said.get(name) and (not legal[name] or said[name] in legal[name])
        }
        if PARTS in _USES[file][str(action)]:
            values[PARTS] = parts_said(said)
        changes["decision"] = decision_model(file).model_validate({"action": action, **values})
    if may_be_restricted(file):
        known = {"true": True, "false": False, "unknown": "unknown"}
        changes["restricted"] = known.get(said.get("restricted", ""), _restricted(entry))
    after = entry.model_copy(update=changes)
    if _decided(after) != _decided(entry):
        after = after.model_copy(update={"review": Review()})
    return after


def sealed(entry: ReviewedEntry, saw: Mapping[str, Any], by: str, on: date) -> Any:
    """The entry with `by`'s yes to it, given on what is seen of it."""
    review = Review(
        status="approved",
        by=by,
        at=on,
        digest=digest_of(entry, saw),
        said=said_of(entry),
        saw=dict(saw),
    )
    return entry.model_copy(update={"review": review})


def rejected(entry: ReviewedEntry, by: str, on: date) -> Any:
    """The entry after `by` said no to it; what that was is not proposed again."""
    if isinstance(entry, GroupEntry | OperatorEntry):
        return refused(entry, by, on)
    return entry.model_copy(update={"review": Review(status="rejected", by=by, at=on)})


def wrong_with(
    mappings: Mappings, unit: str, file: str, entries: Sequence[ReviewedEntry], facts: SourceFacts
) -> dict[str, list[Problem]]:
    """Source → what would be wrong that is not wrong already, were these the unit's entries; under
    the empty source what belongs to none of them. What is only missing yet (an answer, an
    approval) is not wrong."""
    there = mappings.units[unit]
    new: dict[str, Any] = {file: {**getattr(there, file), **{e.source: e for e in entries}}}
    ids = {entry.source: entry_id(unit, file, entry.source) for entry in entries}
    places = {**{place: f"{place}:1" for place in ids.values()}, **mappings.places}
    units = {**mappings.units, unit: replace(there, **new)}
    changed = replace(mappings, units=units, places=places)
    before = {(p.code, p.message) for p in check(mappings, [], facts, None, [unit], None)}
    of = {places[place]: source for source, place in ids.items()}
    found: dict[str, list[Problem]] = {}
    for problem in check(changed, [], facts, None, [unit], None):
        known = (problem.code, problem.message) in before
        stands = problem.warning and problem.code not in _UNANSWERED
        if not (known or stands or problem.code in _NOT_YET):
            found.setdefault(of.get(problem.place, ""), []).append(problem)
    return found


def write_entry(file: Path, before: ReviewedEntry | None, after: ReviewedEntry) -> None:
    """Bring what differs into the file, every other byte of which stays. Raises MappingError where
    the file cannot be read, or the entry is not in it any more."""
    write_entries(file, [(before, after)])


def write_entries(
    file: Path, pairs: Sequence[tuple[ReviewedEntry | None, ReviewedEntry]], by: str = ""
) -> None:
    """`write_entry` for several, in one write; `by` is a `mapping_edit.stamp` for each line."""
    changes = {after.source: _changes(before, after) for before, after in pairs if before}
    if changed := {source: change for source, change in changes.items() if change}:
        change_entries(file, changed, by)
    if new := [after for before, after in pairs if before is None]:
        add_entries(file, new, by)


def _changes(before: ReviewedEntry, after: ReviewedEntry) -> dict[str, Any]:
    was, now = before.model_dump(mode="python"), after.model_dump(mode="python")
    return {
        name: _plain(name, now[name]) for name in now if was[name] != now[name] and name != "source"
    }


def _plain(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {key: each for key, each in value.items() if each is not None}
    if name == "review":
        return {key: each for key, each in kept.items() if each != {}}
    return kept


def _decided(entry: ReviewedEntry) -> tuple[Any, Any]:
    return entry.decision, _restricted(entry)


def _restricted(entry: ReviewedEntry) -> Any:
    return entry.restricted if isinstance(entry, GroupEntry | KnowledgeEntry) else None


def decision_model(file: str) -> Any:
    """What a decision of this file is."""
    annotation = ENTRIES[file].model_fields["decision"].annotation
    return next(each for each in typing.get_args(annotation) if each is not types.NoneType)


def _choices(annotation: Any) -> tuple[str, ...]:
    for each in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(each) is Literal:
            return tuple(str(choice) for choice in typing.get_args(each))
    return ()
