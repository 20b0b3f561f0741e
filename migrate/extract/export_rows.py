"""What spreadsheets and reports put into a list beside HPSM's records: lines of totals, and texts
written as formulas so that nothing changes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress

from migrate.errors import Problem
from migrate.extract.export_reader import Block, Tell

NUMBERED = frozenset(
    ["interactions", "incidents", "activities", "requests", "changes", "problems", "tasks"]
)
"""Kinds whose keys are numbers that HPSM gave: a word is none of them. A group may be called so."""

_TOTALS = re.compile(
    r"\W*(?:grand |sub)?"
    r"(?:totals?|totalt|totalsum|sum|summe|count|antall|records|rows|rader|poster)"
    r"(?: (?:records|rows|rader|poster|av))*(?:\W+[\d\s.,]*)?",
    re.IGNORECASE,
)
_MAY_BE = frozenset("gstcarpGSTCARP")
"""What these words begin with."""

_OPENS, _CLOSES = '="', '"'


def without_totals(block: Block, key: int, tell: Tell) -> Block:
    """The block without the lines that name a sum where a record has its number; each is told.
    `key` is the place of that column among the cells."""
    totals = [
        type(cell) is str
        and not (cell[:1].isalpha() and cell[0] not in _MAY_BE)
        and bool(_TOTALS.fullmatch(cell))
        for cell in block.cells[key]
    ]
    if not any(totals):
        return block
    for row in compress(range(block.count), totals):
        place = block.place(row)
        tell(
            Problem(
                "record-malformed",
                place,
                "looks like a line of totals, and was left out",
                expected="the number of a record",
            ),
            place.rpartition(":")[0],
        )
    kept = [row for row, is_total in enumerate(totals) if not is_total]
    return replace(
        block,
        cells=[[column[row] for row in kept] for column in block.cells],
        count=len(kept),
        place=partial(_place, block.place, kept),
        skipped=block.skipped + block.count - len(kept),
    )


def unprotected(column: Sequence[str]) -> Sequence[str]:
    """Cells without the `="…"` by which a program keeps Excel from taking a text for a number or a
    date: `="00042"` is 00042."""
    if _OPENS not in "\n".join(column):  # a fifth of the time that a look at each cell takes
        return column
    return [_bare(cell) for cell in column]


def _bare(cell: str) -> str:
    if len(cell) > len(_OPENS) and cell.startswith(_OPENS) and cell.endswith(_CLOSES):
        return cell[len(_OPENS) : -1].replace('""', '"')
    return cell


def _place(of: Callable[[int], str], kept: Sequence[int], row: int) -> str:
    return of(kept[row])
