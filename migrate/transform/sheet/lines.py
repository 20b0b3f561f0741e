"""An entry as the line of a sheet, and what came back of it as the line of a small workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from migrate.errors import Problem
from migrate.transform.approve import Approval, ReviewedEntry
from migrate.transform.deciding import LONGEST
from migrate.transform.sheet.columns import Line, answers_of, columns_of
from migrate.transform.sheet.merge import Left
from migrate.transform.sheet.neutral import tidied
from migrate.transform.sheet.wording import Words
from migrate.transform.text import shorten
from migrate.words import why

_SHORT = 80
"""Characters of an answer that a message shows."""


def line_of(
    file: str,
    source: str,
    entry: ReviewedEntry | None,
    facts: Mapping[str, Any],
    approval: Approval,
    told: Mapping[str, Any],
    words: Words,
) -> Line:
    """One entry as a sheet shows it; `facts` by the names of the columns, `told` as `map propose`
    wrote it."""
    shown: dict[str, str | int] = {
        column.name: words.fact(facts[column.name])
        for column in columns_of(file)
        if column.role == "shown" and facts.get(column.name) is not None
    }
    shown["state"] = words.named("state", approval.state)
    proposal = told.get("proposal")
    if isinstance(proposal, dict):
        shown["proposal"] = words.decision(proposal)
    if said := _why(told, words.lang):
        shown["why"] = tidied(said)
    return Line(file, source, entry is not None, shown, answers_of(file, entry))


def _why(told: Mapping[str, Any], lang: str) -> str:
    """Why the first candidate is proposed, in the workbook's language."""
    candidates = told.get("candidates")
    if told.get("proposal") and isinstance(candidates, list) and candidates:
        first = candidates[0]
        reasons = first.get("reasons") if isinstance(first, dict) else None
        if isinstance(reasons, dict) and isinstance(said := reasons.get(lang), list):
            return "; ".join(str(each) for each in said)
    return why(str(told.get("reason") or ""), lang)


def left_lines(left: Iterable[Left], lines: Iterable[Line], words: Words) -> list[Line]:
    """The lines of what was not taken in, each with the reasons; the cells that are meant are
    marked, and hold what stands in the files now."""
    by_entry: dict[tuple[str, str], list[Left]] = {}
    for each in left:
        by_entry.setdefault((each.file, each.source), []).append(each)
    found = []
    for line in lines:
        if reasons := by_entry.get((line.file, line.source)):
            text = " ".join(dict.fromkeys(_reason(each, words) for each in reasons))
            fields = tuple(dict.fromkeys(each.field for each in reasons))
            found.append(replace(line, left=text, marked=fields))
    return found


def left_problem(name: str, left: Left) -> Problem:
    """What was not taken in, as the command line says it: by cell, and why."""
    code, message = _SAYS[left.why]
    seen = {
        "field": left.field,
        "source": left.source,
        "base": _short(left.base),
        "now": _short(left.now),
        "theirs": _short(left.theirs),
        "limit": LONGEST,
        "detail": left.detail,
    }
    return Problem(code, f"{name}: {left.place}", f"{left.source}: {message.format(**seen)}")


_SAYS = {
    "conflict": ("sheet-conflict", '{field} was "{base}", is "{now}" now, and "{theirs}" here'),
    "no_base": ("sheet-conflict", '{field} is "{now}" now, and "{theirs}" here'),
    "two_rows": ("sheet-conflict", '{field} stands twice, as "{now}" and as "{theirs}"'),
    "gone": ("sheet-conflict", '{field} is "{theirs}" here; its entry is gone from the files'),
    "answer": ("sheet-answer", '{field}: "{theirs}" is not one of the answers'),
    "formula": ("sheet-answer", "{field}: a formula or an error is no answer"),
    "unused": ("sheet-answer", '{field}: "{theirs}" does not go with the action'),
    "no_action": ("sheet-answer", '{field}: "{theirs}" is there, but no action'),
    "emptied": ("sheet-answer", '{field}: "{base}" was emptied'),
    "too_long": ("sheet-answer", "{field} is longer than {limit} characters"),
    "not_owner": (
        "sheet-answer",
        "only who approves for the unit may say that it is not restricted",
    ),
    "check": ("sheet-answer", '{field}: "{theirs}" cannot stand: {detail}'),
}
"""Why a cell was left → the code of the problem, and what it says."""


def _short(text: str | None) -> str:
    """The whole stands in the small workbook."""
    return shorten(text, _SHORT) if text else "nothing"


def _reason(left: Left, words: Words) -> str:
    column = next(c for c in columns_of(left.file) if c.name == left.field)
    nothing = words("nothing")
    detail = left.detail
    if left.why == "check":
        detail = words.named("codes", detail.partition(":")[0])
    return words(
        f"left.{left.why}",
        field=words.heading(left.field),
        base=words.shown(column, left.base or "") or nothing,
        now=words.shown(column, left.now) or nothing,
        theirs=words.shown(column, left.theirs) or nothing,
        action=words.answer("action", left.detail) or nothing,
        limit=LONGEST,
        detail=detail,
    )
