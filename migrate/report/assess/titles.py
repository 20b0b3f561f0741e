"""Which titles come again and again: candidates for forms and for articles.

A title is shown only where it says nothing of a single ticket: without numbers, places in brackets
and addresses, and when many tickets of several callers have it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy

from migrate.report.assess.view import View

SHOWN = 20
LEAST = 5
"""Tickets that must have a title, and callers that must have used it, before it is shown."""

_REPLY = re.compile(r"^\s*(?:(?:re|sv|vs|fw|fwd|aw)\s*:\s*)+", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
_NUMBERED = re.compile(r"\S*\d\S*")
_EDGES = " \t-–—:;,.!?*#\"'/\\"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A title as it is compared. `first_line` is the share of its closed calls that became no
    incident, None where that is not known."""

    title: str
    tickets: int
    first_line: float | None
    groups: int


def normalised(title: str) -> str:
    """The title without what differs from ticket to ticket: reply marks, what stands in brackets,
    addresses, and every word with a digit in it."""
    text = _REPLY.sub("", title)
    text = _ADDRESS.sub(" ", _BRACKETS.sub(" ", text))
    return " ".join(_NUMBERED.sub(" ", text).split()).strip(_EDGES).casefold()


def repeated(view: View) -> Iterator[Repeated]:
    """The titles that most tickets have, most first. Tickets of groups that are only counted are
    not among them.

    Memory is bounded: the first pass keeps eight bytes a ticket, the second only what is shown.
    """
    clean = view.question.borrowed.clean
    digests = numpy.fromiter(
        (_digest(normalised(clean(title))) for title, *_ in _titles(view)), dtype="int64"
    )
    values, counts = numpy.unique(digests, return_counts=True)
    often = counts >= LEAST
    order = numpy.lexsort((values[often], -counts[often]))[: SHOWN * 5]
    wanted = {int(value): _Count() for value in values[often][order]}
    for digest, (title, caller, group, first_line) in zip(digests, _titles(view), strict=True):
        if (count := wanted.get(int(digest))) is not None:
            count.add(normalised(clean(title)), caller or "", group or "", first_line)
    known = view.has("interactions", "contact_name") or view.has("incidents", "contact_name")
    shown = [
        Repeated(text, tickets, count.first_line, len(count.groups))
        for count in wanted.values()
        for text, tickets in [count.texts.most_common(1)[0]]
        if text and tickets >= LEAST and (not known or len(count.callers) >= LEAST)
    ]
    shown.sort(key=lambda found: (-found.tickets, found.title))
    yield from shown[:SHOWN]


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


class _Count:
    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.callers: set[int] = set()
        self.groups: set[str] = set()
        self._closed = self._solved = 0

    def add(self, text: str, caller: str, group: str, first_line: int | None) -> None:
        self.texts[text] += 1
        if len(self.callers) < LEAST and caller:
            self.callers.add(_digest(caller))
        self.groups.add(group)
        if first_line is not None:
            self._closed += 1
            self._solved += first_line

    @property
    def first_line(self) -> float | None:
        return self._solved / self._closed if self._closed else None


def _titles(view: View) -> Iterator[Any]:
    """Per ticket: its title, its caller, its group, and whether it was solved in first line (None:
    not a closed call)."""
    return view.select(
        "SELECT r.title, folded(r.contact_name), t.grp,"
        " CASE WHEN t.calls > 0 AND NOT t.open THEN NOT t.escalated END"
        " FROM assess_ticket t JOIN assess_record r ON r.id = t.id AND NOT t.hidden"
        " AND r.key = t.key AND r.title <> '' ORDER BY r.rowid"
    )
