"""What stands in the sheet of a file: its columns, and an entry's answers in canonical words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from migrate.transform.approve import ReviewedEntry
from migrate.transform.deciding import ENTRIES, PARTS, actions_of, fields_of, may_be_restricted
from migrate.transform.sheet.neutral import tidied

UNKNOWN = "unknown"
"""The answer of somebody who does not know; with it an entry stays undecided."""

SPLIT = "split"
"""The action that no sheet offers: its parts are a table of their own."""

CORE = ("action", "target", "folder", "open_tickets_to", "translation_of", "service", "group")
"""Fields that make one decision: when two people change any of them, neither change is half of the
other's."""

REST = "*"
"""The name under which an entry's answers hold what no sheet asks of a decision, such as the rule
of a split: nobody answers it there, and it may have changed all the same."""

RESTRICTED = ("true", "false", UNKNOWN)

_FACTS: dict[str, tuple[str, ...]] = {
    "groups": ("members", "open", "tickets"),
    "operators": ("name", "active", "groups"),
    "knowledge": ("articles",),
    "texts": ("texts",),
    "services": ("active",),
    "forms": ("active",),
    "links": ("articles",),
}

Answers = dict[str, str]
"""Field → what is said of it, in canonical words; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is its own for good, whatever its heading is; `choices` are the canonical
    answers that it takes, empty where any text is one."""

    name: str
    role: Literal["source", "shown", "answer"]
    choices: tuple[str, ...] = ()


@cache
def columns_of(file: str) -> tuple[Column, ...]:
    """The columns of a file's sheet, in order."""
    columns = [
        Column("source", "source"),
        *(Column(fact, "shown") for fact in _FACTS.get(file, ())),
        Column("state", "shown"),
        Column("proposal", "shown"),
        Column("why", "shown"),
        Column("action", "answer", (*(a for a in actions_of(file) if a != SPLIT), UNKNOWN)),
        *(
            Column(field.name, "answer", field.choices)
            for field in fields_of(file)
            if field.name != PARTS
        ),
    ]
    if may_be_restricted(file):
        columns.append(Column("restricted", "answer", RESTRICTED))
    return (*columns, Column("note", "answer"))


@cache
def answer_names(file: str) -> tuple[str, ...]:
    """The fields that the sheet of a file asks about."""
    return tuple(column.name for column in columns_of(file) if column.role == "answer")


@cache
def decision_names(file: str) -> tuple[str, ...]:
    """Those of them that are parts of the decision."""
    return tuple(name for name in answer_names(file) if name not in ("restricted", "note"))


def used_by(file: str, action: str) -> tuple[str, ...]:
    """The fields that go with an action; none for one that a sheet does not offer."""
    if action == SPLIT:
        return ()
    return tuple(field.name for field in fields_of(file) if action in field.actions)


def answers_of(file: str, entry: ReviewedEntry | None) -> Answers:
    """What an entry says, field by field. None is an entry that nobody has written yet."""
    entry = entry or ENTRIES[file].model_validate({"source": "-"})
    decision: Any = entry.decision
    answers = {
        name: tidied(str(getattr(decision, name, None) or "")) for name in decision_names(file)
    }
    if decision is None and entry.review.status == "proposed" and entry.review.by:
        answers["action"] = UNKNOWN
    if may_be_restricted(file):
        answers["restricted"] = str(getattr(entry, "restricted", UNKNOWN)).lower()
    asked = {"action", *decision_names(file)}
    rest = decision.model_dump(mode="json", exclude_none=True, exclude=asked) if decision else {}
    told = json.dumps(rest, sort_keys=True, ensure_ascii=False) if rest else ""
    return answers | {"note": tidied(entry.note or ""), REST: told}


def row_id(unit: str, file: str, source: str) -> str:
    """What a row is known by, in every export: 12 letters and digits."""
    return hashlib.sha256(f"{unit}\0{file}\0{source}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a sheet shows it. `shown` is column → what stands there; `there` says whether
    the entry is in the file already; `left` is why it came back, in a workbook of conflicts, and
    `marked` the fields that are meant."""

    file: str
    source: str
    there: bool
    shown: Mapping[str, str | int]
    answers: Mapping[str, str]
    left: str = ""
    marked: tuple[str, ...] = ()
