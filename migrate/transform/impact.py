"""Which decisions matter most: the order in which a unit is asked, and how far each takes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

ENOUGH = 0.9
"""The share of tickets after which the rest is asked of together."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one decision is about. `last` is the day of the last activity on any of its tickets,
    YYYY-MM-DD, empty where nothing is known."""

    source: str
    tickets: int = 0
    open: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the first `first` of `total` decisions take a unit: shares of its tickets and of its
    open ones; 1.0 of what it has none of."""

    first: int
    total: int
    tickets: float
    open: float


def weight(about: Weighed, present: date) -> float:
    """Tickets × openness (1, to 2 where all of them are open) × recency (1 today, halved by every
    year towards ½): a busy group is asked of before a large one that is asleep."""
    if not about.tickets:
        return 0.0
    years = (
        max(0.0, (present - date.fromisoformat(about.last)).days / 365.25) if about.last else 9.0
    )
    return about.tickets * (1 + about.open / about.tickets) * (0.5 + math.pow(0.5, years) / 2)


def by_impact(all_of: Iterable[Weighed], present: date) -> list[Weighed]:
    """The heaviest first; the same input gives the same order."""
    return sorted(all_of, key=lambda each: (-weight(each, present), -each.tickets, each.source))


def reach(ordered: Sequence[Weighed], first: int) -> Reach:
    """What the first so many decisions cover."""
    return covered(ordered, {each.source for each in ordered[:first]})


def covered(all_of: Sequence[Weighed], sources: set[str]) -> Reach:
    """What these decisions cover, whichever they are."""
    mine = [each for each in all_of if each.source in sources]
    return Reach(
        len(mine),
        len(all_of),
        _share(sum(each.tickets for each in mine), sum(each.tickets for each in all_of)),
        _share(sum(each.open for each in mine), sum(each.open for each in all_of)),
    )


def first_ones(ordered: Sequence[Weighed]) -> Reach:
    """The fewest decisions, from the front, that cover `ENOUGH` of the tickets and every open one;
    where that takes more than half of them, `ENOUGH` of the open ones too."""
    for open_share in (1.0, ENOUGH):
        for first in range(len(ordered) + 1):
            found = reach(ordered, first)
            if found.tickets >= ENOUGH and found.open >= open_share:
                if first <= max(3, len(ordered) / 2) or open_share == ENOUGH:
                    return found
                break
    return reach(ordered, len(ordered))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
