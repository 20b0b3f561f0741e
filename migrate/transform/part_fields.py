"""The parts of a split as fields of a form: `part-1-target`, `part-1-category` and so on, each a
text; several values in one are set apart by `;`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from migrate.transform.mapping import Part

PART_FIELDS = ("target", "line", "category", "service", "location", "members")
MOST = 30
"""Parts that one form can hold."""

_SPARE = 2
_LINES = ("first", "second")
_LISTS = PART_FIELDS[2:]
_SEPARATOR = re.compile(r"(?<!\\);")


def part_name(number: int, field: str) -> str:
    """The name of one part's field; parts count from 1."""
    return f"part-{number}-{field}"


def part_rows(said: Mapping[str, str]) -> range:
    """The numbers of the parts that a form shows: those that are told, and two to fill in."""
    told = [
        number
        for number in range(1, MOST + 1)
        if any(said.get(part_name(number, field)) for field in PART_FIELDS)
    ]
    return range(1, min(MOST, max(told, default=0) + _SPARE) + 1)


def said_of_parts(parts: Sequence[Part]) -> dict[str, str]:
    """What stands in the fields for these parts; those that are empty are left out."""
    said = {}
    for number, part in enumerate(parts, start=1):
        for field in PART_FIELDS:
            value = getattr(part, field)
            text = "; ".join(map(_escaped, value)) if isinstance(value, list) else value
            if text:
                said[part_name(number, field)] = str(text)
    return said


def parts_said(said: Mapping[str, str]) -> list[dict[str, Any]]:
    """The parts that the fields tell, as data for `Part`; a row with nothing in it is none."""
    parts = []
    for number in range(1, MOST + 1):
        texts = {field: said.get(part_name(number, field), "").strip() for field in PART_FIELDS}
        if any(texts.values()):
            lists = {field: _values(texts[field]) for field in _LISTS}
            line = texts["line"] if texts["line"] in _LINES else None
            plain = {"target": texts["target"], "line": line}
            parts.append({**plain, **{field: found for field, found in lists.items() if found}})
    return parts


def _escaped(value: str) -> str:
    return value.replace(";", "\\;")


def _values(text: str) -> list[str]:
    found = (piece.replace("\\;", ";").strip() for piece in _SEPARATOR.split(text))
    return [piece for piece in found if piece]
