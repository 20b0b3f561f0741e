"""The request budget of a process that loads alone; see `state.budget` for that of several."""

from __future__ import annotations

import time
from collections.abc import Callable

from migrate.state.budget import AHEAD, Turn


class OneProcess:
    """Turns `1 / rate` seconds apart, behind whatever pause the target asked for. None sets no
    ceiling, and only pauses are shared. Not for several threads at once."""

    def __init__(
        self, rate: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._apart = 1 / rate if rate else 0.0
        self._clock = clock
        self._next = self._paused = float("-inf")

    def turn(self) -> Turn:
        """The next turn, where it is near enough."""
        now = self._clock()
        at = max(self._next, self._paused, now)
        pause = max(0.0, self._paused - now)
        if pause or at > now + AHEAD:
            return Turn(given=False, wait=at - now, pause=pause)
        self._next = at + self._apart
        return Turn(given=True, wait=at - now, pause=0.0)

    def pause(self, seconds: float) -> None:
        self._paused = max(self._paused, self._clock() + seconds)
