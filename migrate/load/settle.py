"""In doubt: when to ask the target again, and when its silence may be believed.

An operation without an answer is settled by asking for our key. *Not found* is believed only after
the settle window, counted from the last moment at which the request may have left, and a second
look-up after that: a slow or severed request may still be at work.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from migrate.load.work import Doubt
from migrate.records import Found

LOOKS_AFTER_WINDOW = 2
_SECOND_LOOK = 0.05
"""The second look-up past the window comes this share of the window after the first."""


class Judgement(Enum):
    """What a look-up says of an operation in doubt."""

    DONE = "done"
    DOUBLED = "doubled"
    NOT_DONE = "not done"
    OPEN = "open"


@dataclass(slots=True)
class Settler:
    """Holds what is in doubt, in the order in which it is to be looked up. `window` is seconds;
    every time is given by the caller, in monotonic seconds."""

    window: float
    _due: list[tuple[float, int, Doubt]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return len(self._due)

    def add(self, doubt: Doubt, due: float) -> None:
        """Have `doubt` looked up at `due`; the first time that is at once, since most requests
        that lost their answer were done long ago."""
        heapq.heappush(self._due, (due, next(self._order), doubt))

    def due(self, now: float) -> list[Doubt]:
        """Take out what is to be looked up now."""
        ready = []
        while self._due and self._due[0][0] <= now:
            ready.append(heapq.heappop(self._due)[2])
        return ready

    def wait(self, now: float) -> float | None:
        """Seconds until the next look-up, or None when nothing is in doubt."""
        return max(0.0, self._due[0][0] - now) if self._due else None

    def judge(self, doubt: Doubt, found: Sequence[Found], now: float) -> Judgement:
        """What is believed after a look-up; what stays OPEN is looked up again in its time."""
        if len(found) == 1:
            return Judgement.DONE
        if found:
            return Judgement.DOUBLED
        over = doubt.since + self.window
        if now < over:
            halfway = doubt.since + self.window / 2
            self.add(doubt, halfway if now < halfway else over)
            return Judgement.OPEN
        doubt.empty_after_window += 1
        if doubt.empty_after_window < LOOKS_AFTER_WINDOW:
            self.add(doubt, now + _SECOND_LOOK * self.window)
            return Judgement.OPEN
        return Judgement.NOT_DONE
