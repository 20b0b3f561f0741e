"""What each page shows, gathered for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from migrate.cli.review.access import Viewer
from migrate.cli.review.book import Book, Desk, Item, owns
from migrate.cli.review.changes import Changes, Place
from migrate.cli.review.shelf import Articles, Shelf
from migrate.cli.review.tickets import Examples, Tickets
from migrate.cli.review.wording import LANGUAGES, Words, catalogue
from migrate.transform.approve import FILES
from migrate.transform.deciding import PARTS, actions_of, fields_of, may_be_restricted, version_of
from migrate.transform.impact import covered, first_ones
from migrate.transform.mapping import Part, Unit
from migrate.transform.part_fields import (
    MOST,
    PART_FIELDS,
    part_name,
    part_rows,
    said_of_parts,
)

_MEMBERS = 60


@dataclass(frozen=True, slots=True)
class Tab:
    """One file of a unit: how many entries it has, and how many of them are settled."""

    file: str
    entries: int
    settled: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit as the first page lists it."""

    key: str
    name: str
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group. `active` None: HPSM does not say."""

    login: str
    name: str
    active: bool | None


class Pages:
    """Gathers and renders. `StrictUndefined`: a page with a hole in it is a bug, and is seen."""

    def __init__(self, desk: Desk, changes: Changes) -> None:
        self._desk = desk
        self._changes = changes
        self._tickets = Tickets(desk)
        self._articles = Articles(desk)
        self._environment = Environment(
            loader=PackageLoader(__package__, "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["w_reason"] = lambda reason, words: words.reason(reason)
        self._environment.globals.update(
            address=self.address,
            place_of=Place,
            version_of=version_of,
            names_of=_names_of,
            known_problems=_known_problems,
        )

    def render(
        self, name: str, words: Words, viewer: Viewer | None, context: Mapping[str, Any]
    ) -> str:
        other = next(lang for lang in LANGUAGES if lang != words.lang)
        template = self._environment.get_template(f"{name}.html.j2")
        common = {"w": words, "viewer": viewer, "other": other, "here": "/", "form": "", "done": ""}
        return template.render({**common, **context})

    def address(self, place: Place) -> str:
        return f"/u/{quote(place.unit, safe='')}/{place.file}/e/{quote(place.source, safe='')}"

    def has(self, unit: str, file: str) -> bool:
        return self._desk.book().unit(unit) is not None and file in FILES

    def field_names(self, file: str) -> list[str]:
        names = [
            "action",
            *(field.name for field in fields_of(file) if field.name != PARTS),
            "note",
        ]
        return [*names, "restricted"] if may_be_restricted(file) else names

    def part_names(self, file: str) -> list[str]:
        """The fields of the parts of a split, where an entry of this file can be split."""
        splits = any(field.name == PARTS for field in fields_of(file))
        numbers = range(1, MOST + 1) if splits else ()
        return [part_name(number, field) for number in numbers for field in PART_FIELDS]

    def units(self, viewer: Viewer) -> list[UnitLine]:
        """The viewer's units that there are, in the order of their names."""
        book = self._desk.book()
        mine = [(key, unit) for key, unit in book.mappings.units.items() if key in viewer.units]
        return [
            UnitLine(key, unit.file.name, self._tabs(key))
            for key, unit in sorted(mine, key=lambda pair: pair[1].file.name.casefold())
        ]

    def listed(self, viewer: Viewer, unit: str, file: str) -> dict[str, Any]:
        """A file's entries by impact, how far the first ones and the approved ones take the unit,
        and the rest that can be approved together."""
        book = self._desk.book()
        items = self._desk.items(unit, file)
        abouts = [item.about for item in items]
        first = first_ones(abouts)
        behind = [item for item in items[first.first :] if not item.settled]
        if file != "groups":
            behind = [item for item in items if not item.settled]
        able = [item for item in behind if _decision(item) or item.proposal]
        return {
            **self._common(book, viewer, unit, file),
            "items": items,
            "first": first,
            "approved": covered(abouts, {item.source for item in items if item.settled}),
            "rest": able if len(able) > 1 else [],
            "alone": [item for item in behind if item not in able] if len(able) > 1 else [],
            "unknown": may_be_restricted(file) and any(_unknown(item) for item in able),
            "sealed": 0,
            "left": [],
        }

    def entry(self, viewer: Viewer, place: Place) -> dict[str, Any] | None:
        """Everything about one entry, None where the unit has no such thing."""
        book = self._desk.book()
        items = self._desk.items(place.unit, place.file)
        at = next((n for n, item in enumerate(items) if item.source == place.source), None)
        if at is None:
            return None
        item = items[at]
        wrong = [problem for problem in book.problems if not problem.warning]
        examples = (
            Examples((), 0)
            if wrong
            else self._tickets.of(viewer, place.unit, place.file, place.source)
        )
        if place.file == "operators" and not (wrong or examples.shown or examples.hidden):
            examples = Examples((), item.about.tickets)
        history = self._changes.history(place)
        return {
            **self._common(book, viewer, place.unit, place.file),
            **_form(item),
            "place": place,
            "item": item,
            "before": self._place(place, items, at - 1),
            "after": self._place(place, items, at + 1),
            "members": self._members(book, place),
            "effects": (
                self._desk.effects(place.unit, place.source) if place.file == "groups" else []
            ),
            "examples": examples,
            "shelf": (
                Shelf()
                if wrong or place.file != "knowledge"
                else self._articles.of(place.unit, place.source)
            ),
            "history": history[-12:],
            "zone": book.mappings.policy.time_zone,
            "undoable": self._changes.last_change(place, item.entry) is not None,
            "targets": self._targets(book, place, item),
            "problems": (),
            "answer": None,
        }

    def ticket(self, viewer: Viewer, unit: str, number: str) -> dict[str, Any] | None:
        book = self._desk.book()
        if any(not problem.warning for problem in book.problems):
            return None
        found = self._tickets.one(viewer, unit, number)
        if found is None:
            return None
        return {**self._common(book, viewer, unit, "groups"), "preview": found}

    def conflict(
        self, place: Place, item: Item, answer: Mapping[str, str], doing: str
    ) -> dict[str, Any]:
        """Both sides, where two people answered at once."""
        history = self._changes.history(place)
        return {
            "place": place,
            "item": item,
            "file": place.file,
            "answer": answer,
            "doing": doing,
            "names": [name for name in self.field_names(place.file) if name != "action"],
            "part_names": [
                (name, *name.split("-")[1:])
                for name in self.part_names(place.file)
                if answer.get(name) or name in _values(item)
            ],
            "last": history[-1] if history else None,
            "theirs": _values(item),
        }

    def _common(self, book: Book, viewer: Viewer, unit: str, file: str) -> dict[str, Any]:
        there = book.mappings.units[unit]
        return {
            "unit": unit,
            "unit_name": there.file.name,
            "file": file,
            "tabs": self._tabs(unit),
            "owner": owns(there, viewer.who, file),
            "several": len(viewer.units) > 1,
            "wrong": sum(not problem.warning for problem in book.problems),
            "called": self._called(book, file),
        }

    def _called(self, book: Book, file: str) -> Mapping[str, str]:
        """What people are called, by their logins."""
        if file != "operators":
            return {}
        return {login: who.name for login, who in book.facts.operators.items() if who.name}

    def _tabs(self, unit: str) -> tuple[Tab, ...]:
        tabs = []
        for file in FILES:
            items = self._desk.items(unit, file)
            if items or file == "groups":
                settled = sum(item.settled for item in items)
                tabs.append(Tab(file, len(items), settled))
        return tuple(tabs)

    def _place(self, place: Place, items: Sequence[Item], at: int) -> Place | None:
        if not 0 <= at < len(items):
            return None
        return Place(place.unit, place.file, items[at].source)

    def _members(self, book: Book, place: Place) -> list[Member]:
        if place.file != "groups":
            return []
        logins = sorted(book.facts.members.get(place.source, ()))[:_MEMBERS]
        seen = {login: book.facts.operators.get(login) for login in logins}
        return [
            Member(login, who.name if who else "", who.active if who else None)
            for login, who in seen.items()
        ]

    def _targets(self, book: Book, place: Place, item: Item) -> list[str]:
        """Names to choose from: what this unit's decisions make, and what the proposal found."""
        unit: Unit = book.mappings.units[place.unit]
        near = item.told.get("near") or []
        if place.file != "groups":
            return [str(name) for name in near]
        made = [
            entry.decision.target
            for entry in unit.groups.values()
            if entry.decision is not None and entry.decision.target
        ]
        return sorted({*made, *map(str, near)}, key=str.casefold)


def _names_of(words: Words, actions: Sequence[str]) -> str:
    return ", ".join(words.named("actions", action) for action in actions)


def _known_problems(words: Words) -> Mapping[str, str]:
    known: Mapping[str, str] = catalogue(words.lang)["problems"]
    return known


def _form(item: Item) -> dict[str, Any]:
    return {
        "actions": actions_of(item.file),
        "fields": fields_of(item.file),
        "has_restricted": may_be_restricted(item.file),
        "values": _values(item),
        "part_fields": PART_FIELDS,
        "part_name": part_name,
        "part_rows": part_rows,
    }


def _values(item: Item) -> dict[str, str]:
    """What stands in the file now, as a form's fields have it."""
    values = dict.fromkeys(("action", *(field.name for field in fields_of(item.file))), "")
    decision = dict(_decision(item))
    parts = decision.pop(PARTS, None) or ()
    values |= {name: str(value) for name, value in decision.items()}
    values |= said_of_parts([Part.model_validate(part) for part in parts])
    entry = item.entry
    restricted = getattr(entry, "restricted", "unknown")
    values["restricted"] = str(restricted).lower()
    values["note"] = (entry.note if entry is not None else None) or ""
    return values


def _decision(item: Item) -> dict[str, Any]:
    if item.entry is None or item.entry.decision is None:
        return {}
    return item.entry.decision.model_dump(exclude_none=True)


def _unknown(item: Item) -> bool:
    return getattr(item.entry, "restricted", "unknown") == "unknown"
