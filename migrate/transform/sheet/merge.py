"""Merges a workbook that came back into what the files say now: three ways, cell by cell.

Pure. Every cell that differs from what was exported ends in one of three places: in `changes`, in
`left` (with the reason), or in `problems` (with its place).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrate.errors import Problem
from migrate.transform.approve import ReviewedEntry
from migrate.transform.deciding import ENTRIES, LONGEST, decision_model
from migrate.transform.mapping import Review
from migrate.transform.sheet.columns import (
    CORE,
    REST,
    UNKNOWN,
    Answers,
    Column,
    answers_of,
    columns_of,
    decision_names,
    row_id,
    used_by,
)
from migrate.transform.sheet.read import Found, Row, Said
from migrate.transform.sheet.rows import Told, sorted_out
from migrate.transform.sheet.wording import meaning

Entries = Mapping[str, Mapping[str, ReviewedEntry | None]]
"""File → what HPSM has → its entry; None where it stands in no file yet."""


@dataclass(frozen=True, slots=True)
class Left:
    """A cell that differs from the export and was not taken in. `why` is one of the keys below
    `left` in the wording; `base` is None where the export is not known."""

    file: str
    source: str
    field: str
    place: str
    why: str
    theirs: str = ""
    base: str | None = None
    now: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry as the workbook makes it, and the cells that say so: field → place."""

    file: str
    source: str
    before: ReviewedEntry | None
    after: ReviewedEntry
    cells: Mapping[str, str]
    base: Answers | None = None


@dataclass
class Merged:
    changes: list[Change] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def merge(
    found: Found, unit: str, now: Entries, review: Review, may_open: Collection[str]
) -> Merged:
    """What `found` changes in the files of `unit` as they are `now`. `review` says who answered,
    and when, where the answer is that they do not know; `may_open` are the files in which they may
    say that something is not restricted."""
    merged = Merged(problems=list(found.problems))
    base = found.base
    if base is None:
        merged.problems.append(
            Problem(
                "sheet-base",
                found.name,
                "what it was exported with is gone, or not signed by this workspace",
                expected="every cell that differs is a conflict",
                warning=True,
            )
        )
    known = {file: dict.fromkeys([*now.get(file, {}), *_exported(found, file)]) for file in now}
    told, problems = sorted_out(found, unit, known)
    merged.problems += problems
    for each in told:
        _Line(merged, each, found, unit, now[each.file], review, each.file in may_open).settle()
    return merged


def _exported(found: Found, file: str) -> Collection[str]:
    return found.base.rows.get(file, {}) if found.base else ()


class _Line:
    """One entry, with every row of the workbook that speaks of it."""

    def __init__(
        self,
        merged: Merged,
        told: Told,
        found: Found,
        unit: str,
        entries: Mapping[str, ReviewedEntry | None],
        review: Review,
        may_open: bool,
    ) -> None:
        self.may_open = may_open
        self.id = row_id(unit, told.file, told.source)
        self.merged, self.file, self.source, self.rows = merged, told.file, told.source, told.rows
        self.there = self.source in entries
        self.before = entries.get(self.source)
        self.now = answers_of(self.file, self.before)
        exported = found.base.line(self.file, self.source) if found.base else None
        # A field that the export did not know yet was not changed since.
        self.base = self.now | exported.answers if exported else None
        self.gone = bool(exported and exported.there and self.before is None)
        self.review = review
        self.name = found.name
        self.places: dict[str, str] = {}
        self.since: set[str] = set()
        self.wanted: Answers = {}

    def settle(self) -> None:
        self._together([self._hear(row) for row in self.rows])
        if self.gone or not self.there:
            for name, answer in self.wanted.items():
                self._leave(name, "gone", answer)
            return
        self._against_now()
        if self.wanted:
            self._build()

    def _hear(self, row: Row) -> dict[str, Said]:
        """What a row wants otherwise than it was exported: field → its canonical answer, and
        where."""
        wanted: dict[str, Said] = {}
        for column in columns_of(self.file):
            said = row.cells.get(column.name)
            if column.role == "answer" and said is not None:
                if row.id != self.id and not said.text and not said.broken:
                    self._silent(column, said)
                    continue
                answer = self._answer(column, said)
                if answer is not None and answer != self._was(column.name):
                    wanted[column.name] = Said(said.place, answer)
        return self._unknowing(wanted)

    def _silent(self, column: Column, said: Said) -> None:
        """An empty cell of a row that somebody made takes nothing away: they may have filled in
        only what they meant."""
        if self._was(column.name) not in ("", UNKNOWN):
            self._overheard(
                said.place, "empty in a row without its hidden id: it takes nothing away"
            )

    def _together(self, rows: list[dict[str, Said]]) -> None:
        """What all rows of the entry want; where two of them want two things, neither."""
        cores = [{n: row[n].text for n in CORE if n in row} for row in rows]
        torn = {n for core in cores for n in core} if _several(filter(None, cores)) else set()
        for name in dict.fromkeys(name for row in rows for name in row):
            told = [row[name] for row in rows if name in row]
            if name in torn or _several(said.text for said in told):
                for said in told:
                    other = next((o.text for o in told if o.text != said.text), self.now[name])
                    self._leave(name, "two_rows", said.text, now=other, place=said.place)
            else:
                self.wanted[name] = told[0].text
                self.places[name] = ", ".join(dict.fromkeys(said.place for said in told))

    def _answer(self, column: Column, said: Said) -> str | None:
        """The canonical answer of a cell; None where it is left, with the reason."""
        name, was = column.name, self._was(column.name)
        if said.broken:
            self._leave(name, "formula", place=said.place)
            return None
        answer = meaning(column, said.text)
        if answer is None or (name == "action" and answer not in ("", was, *column.choices)):
            self._leave(name, "answer", said.text, place=said.place)
            return None
        if len(answer) > LONGEST and answer != was:
            self._leave(name, "too_long", answer, place=said.place)
            return None
        if name in ("action", "restricted") and not answer and was not in ("", UNKNOWN):
            self._leave(name, "emptied", place=said.place)
            return None
        if name == "restricted" and answer == "false" != was and not self.may_open:
            self._leave(name, "not_owner", answer, place=said.place)
            return None
        if name == "restricted" and not answer:
            return UNKNOWN
        if name == "action" and not answer:
            return was
        return answer

    def _unknowing(self, wanted: dict[str, Said]) -> dict[str, Said]:
        """Who does not know one part of a decision does not know the decision; where the part may
        be left out, it is."""
        for name in decision_names(self.file):
            said = wanted.get(name)
            if said is None or name == "action" or said.text != UNKNOWN:
                continue
            del wanted[name]
            if name in CORE:
                action = wanted.get("action")
                if action is not None and action.text != UNKNOWN:
                    self._leave("action", "unused", action.text, place=action.place)
                wanted.pop("action", None)
                same = action is not None and action.text == UNKNOWN
                places = f"{action.place}, {said.place}" if action and same else said.place
                if self._was("action") != UNKNOWN:
                    wanted["action"] = Said(places, UNKNOWN)
            elif self._was(name):
                wanted[name] = Said(said.place, "")
            else:
                self._overheard(said.place, "who does not know leaves this empty, as it is")
        return wanted

    def _against_now(self) -> None:
        """Leave what somebody has changed in the files since the export, and what agrees."""
        self.since = since = {name for name in self.now if self.now[name] != self._was(name)}
        for name in [name for name in self.wanted if self.wanted[name] == self.now[name]]:
            del self.wanted[name]
        decided = since & {*CORE, REST}
        for name in list(self.wanted):
            if self.base is None:
                self._leave(name, "no_base", self.wanted.pop(name))
            elif name in since or (name in CORE and decided):
                self._leave(name, "conflict", self.wanted.pop(name))

    def _build(self) -> None:
        """Make the entry, and leave what cannot be part of it."""
        after = self._made()
        made = answers_of(self.file, after)
        action = self._action()
        why = "no_action" if action in ("", UNKNOWN) else "unused"
        for name in [name for name in self.wanted if made[name] != self.wanted[name]]:
            self._leave(name, why, self.wanted.pop(name), detail=action)
        after = self._made()
        made = answers_of(self.file, after)
        parts = {*decision_names(self.file), REST}
        lost = [name for name in self.since & parts if self.now[name] != made[name]]
        if lost and "action" in self.wanted:
            # The new action has no room for what somebody decided in the files meanwhile.
            for name in [n for n in self.wanted if n in decision_names(self.file)]:
                self._leave(name, "conflict", self.wanted.pop(name))
            after = self._made()
        if self.wanted:
            cells = {name: self.places[name] for name in self.wanted}
            self.merged.changes.append(
                Change(self.file, self.source, self.before, after, cells, self.base)
            )

    def _action(self) -> str:
        return self.wanted.get("action", self.now["action"])

    def _made(self) -> ReviewedEntry:
        """The entry as it is wanted, as far as it has room for that."""
        empty: ReviewedEntry = ENTRIES[self.file].model_validate({"source": self.source})
        entry = self.before or empty
        old: Any = entry.decision
        changes: dict[str, Any] = {}
        answers = self.now | self.wanted
        if any(name in self.wanted for name in decision_names(self.file)):
            action = answers["action"]
            used = used_by(self.file, action)
            if action in ("", UNKNOWN):
                changes["decision"] = None
            elif used:
                values = {name: answers[name] or None for name in used}
                if old is not None and old.action == action:
                    changes["decision"] = old.model_copy(update=values)
                else:
                    model = decision_model(self.file)
                    changes["decision"] = model.model_validate({"action": action, **values})
        if "restricted" in self.wanted:
            known = {"true": True, "false": False}
            changes["restricted"] = known.get(answers["restricted"], UNKNOWN)
        if "note" in self.wanted:
            changes["note"] = answers["note"] or None
        after = entry.model_copy(update=changes)
        if self.wanted.get("action") == UNKNOWN:
            after = after.model_copy(update={"review": self.review})
        elif after.decision != entry.decision and entry.review.status != "approved":
            # An approval lapses by itself, and can say then what was changed.
            after = after.model_copy(update={"review": Review()})
        return after

    def _overheard(self, place: str, message: str) -> None:
        self.merged.problems.append(
            Problem("sheet-ignored", f"{self.name}: {place}", message, warning=True)
        )

    def _was(self, name: str) -> str:
        """What the export said; where it is not known, what the files say."""
        return (self.base or self.now)[name]

    def _leave(
        self,
        name: str,
        why: str,
        theirs: str = "",
        *,
        now: str | None = None,
        place: str = "",
        detail: str = "",
    ) -> None:
        self.merged.left.append(
            Left(
                self.file,
                self.source,
                name,
                place or self.places.get(name, ""),
                why,
                theirs,
                self.base[name] if self.base else None,
                self.now[name] if now is None else now,
                detail,
            )
        )


def _several(things: Iterable[Any]) -> bool:
    """Whether they are not all the same."""
    found = list(things)
    return any(each != found[0] for each in found)
