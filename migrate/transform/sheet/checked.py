"""Which changes of a workbook the check would not let stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from migrate.errors import Problem
from migrate.transform.check import check
from migrate.transform.facts import SourceFacts
from migrate.transform.mapping import Mappings, entry_id
from migrate.transform.sheet.columns import answers_of
from migrate.transform.sheet.merge import Change, Left

_MISSING = (
    "approval-missing",
    "approval-lapsed",
    "approval-edited",
    "approval-rejected",
    "decision-missing",
    "entry-missing",
)
"""What is only not there yet is nothing wrong."""


def checked(
    mappings: Mappings, unit: str, changes: Sequence[Change], facts: SourceFacts | None
) -> tuple[list[Change], list[Left]]:
    """The changes that can stand together, and the cells of those that cannot.

    They are looked at together, since names that two groups exchange collide only on the way; what
    is wrong is taken out until nothing is that was not wrong before.
    """
    if not changes:
        return [], []
    before = {(p.code, p.message) for p in check(mappings, [], facts, None, [unit], None)}
    kept, left = list(changes), []
    while kept:
        wrong = _wrong(mappings, unit, kept, facts, before)
        if not wrong:
            break
        bad = [each for each in kept if _id(unit, each) in wrong]
        if not bad:
            # The check names another entry: what it says goes with the change that brought it.
            bad = [
                each
                for each in kept
                if not wrong.items()
                <= _wrong(mappings, unit, _without(kept, each), facts, before).items()
            ]
        bad = bad or kept
        for each in bad:
            problem = wrong.get(_id(unit, each)) or next(iter(wrong.values()))
            left += _left(each, problem)
        kept = [each for each in kept if not any(each is one for one in bad)]
    return kept, left


def _wrong(
    mappings: Mappings,
    unit: str,
    changes: Sequence[Change],
    facts: SourceFacts | None,
    before: set[tuple[str, str]],
) -> dict[str, Problem]:
    """The id of an entry → what is wrong with it that was not."""
    there = mappings.units[unit]
    tables: Any = defaultdict(dict)
    places = dict(mappings.places)
    for each in changes:
        tables[each.file] = tables[each.file] or dict(getattr(there, each.file))
        tables[each.file][each.source] = each.after
        # A place of its own, so that what is wrong can be led back to the entry.
        places[_id(unit, each)] = _id(unit, each)
    changed = replace(
        mappings,
        units={**mappings.units, unit: replace(there, **tables)},
        places=places,
    )
    return {
        problem.place: problem
        for problem in check(changed, [], facts, None, [unit], None)
        if (problem.code, problem.message) not in before
        and not problem.warning
        and problem.code not in _MISSING
    }


def _without(changes: Sequence[Change], one: Change) -> list[Change]:
    return [each for each in changes if each is not one]


def _left(change: Change, problem: Problem) -> list[Left]:
    now, made = answers_of(change.file, change.before), answers_of(change.file, change.after)
    return [
        Left(
            change.file,
            change.source,
            name,
            place,
            "check",
            made[name],
            change.base[name] if change.base else None,
            now[name],
            f"{problem.code}: {problem.message}",
        )
        for name, place in change.cells.items()
    ]


def _id(unit: str, change: Change) -> str:
    return entry_id(unit, change.file, change.source)
