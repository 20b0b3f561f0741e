"""A group that becomes several: which part takes a ticket, and who is in which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrate.transform.mapping import GroupDecision, Part
from migrate.transform.text import field_text

MAKES = ("map", "merge", "split")
"""The actions that make groups of TOPdesk's, or use those that are there."""


def targets_of(decision: GroupDecision | None) -> tuple[str, ...]:
    """The groups of TOPdesk that a group becomes: what takes the rest first, then the parts."""
    if decision is None or decision.action not in MAKES or not decision.target:
        return ()
    parts = (decision.parts or ()) if decision.action == "split" else ()
    return tuple(dict.fromkeys((decision.target, *(part.target for part in parts))))


def targets_for(decision: GroupDecision | None, login: str) -> tuple[str, ...]:
    """Those of them that a member is in."""
    if decision is None or decision.action != "split":
        return targets_of(decision)
    inside = [
        part.target
        for part in decision.parts or ()
        if part.members is None or login.casefold() in map(str.casefold, part.members)
    ]
    named = any(
        login.casefold() in map(str.casefold, part.members or ()) for part in decision.parts or ()
    )
    rest = () if named else (decision.target,)
    return tuple(dict.fromkeys(each for each in (*rest, *inside) if each))


def part_of(decision: GroupDecision, rows: Iterable[Mapping[str, Any]]) -> Part | None:
    """The part that takes a ticket, by the first record that has a value; None: the rest."""
    seen = list(rows)
    return next((part for part in decision.parts or () if _takes(part, seen)), None)


def _takes(part: Part, rows: list[Mapping[str, Any]]) -> bool:
    conditions = (
        (part.category, _categories(rows)),
        (part.service, _values(rows, "service")),
        (part.location, _values(rows, "location", "location_full_name")),
    )
    asked = [(wanted, has) for wanted, has in conditions if wanted]
    return bool(asked) and all(
        any(_names(pattern, value) for pattern in wanted for value in has) for wanted, has in asked
    )


def _values(rows: list[Mapping[str, Any]], *fields: str) -> list[str]:
    return next(
        ([value] for row in rows for f in fields if (value := field_text(row.get(f)))),
        [],
    )


def _categories(rows: list[Mapping[str, Any]]) -> list[str]:
    for row in rows:
        if category := field_text(row.get("category")):
            sub = field_text(row.get("subcategory"))
            return [category, f"{category}/{sub}"] if sub else [category]
    return []


def _names(pattern: str, value: str) -> bool:
    wanted, has = pattern.strip().casefold(), value.strip().casefold()
    return has.startswith(wanted[:-1]) if wanted.endswith("*") else has == wanted
