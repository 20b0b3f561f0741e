"""When this process may send its next request, where several share one budget for the target.

Every request asks, also one that only reads: the target counts them all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from migrate.errors import MigrateError, Problem, StoppedError

if TYPE_CHECKING:
    from migrate.state.budget import Turn

LATE = 0.05
"""Seconds after which a turn is not used any more: together with the next it would be too much."""
_HELD = 5.0
"""Seconds that a request which writes waits here; then its intent is taken back for now."""
_FIRST_PAUSE = 1.0
"""What is paused where the target refuses without saying for how long, in seconds."""


class Shared(Protocol):
    """The budget that all workers share; see `state.budget`."""

    def turn(self) -> Turn: ...

    def pause(self, seconds: float) -> None: ...


class Turns:
    """The turns of one process. Thread-safe. `permit` gives, for a request that is on its way and
    writes, what says at the last moment whether it may leave.

    Raises StoppedError where the budget cannot be asked: without it nothing is sent.
    """

    def __init__(
        self,
        budget: Shared,
        permit: Callable[[], Callable[[], bool]] = lambda: lambda: True,
        patience: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._budget, self._permit, self._patience = budget, permit, patience
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._paused_until = float("-inf")

    def pause(self, now: float) -> float:
        """Seconds that all workers are to wait at the target's wish, as far as is known here."""
        return max(0.0, self._paused_until - now)

    def admit(self, writes: bool) -> bool:
        """Wait for a turn. False: not now, and nothing may be sent.

        Raises StoppedError for a request that reads and got no turn within the patience, and where
        the budget is out of reach; a request that writes is then only not admitted.
        """
        allowed = self._permit()
        last = self._clock() + (_HELD if writes else self._patience)
        try:
            while self._clock() <= last:
                if self._wait():
                    return not writes or allowed()
        except MigrateError:
            if writes:
                return False
            raise
        if writes:
            return False
        raise StoppedError(
            Problem("target-busy", "target", "the budget of all workers gave no turn in time")
        )

    def refused(self, wait: float) -> None:
        """The target asked for a pause of `wait` seconds (0: it did not say), of all workers."""
        wait = wait or _FIRST_PAUSE
        self._paused_until = max(self._paused_until, self._clock() + wait)
        with self._lock:
            try:
                self._budget.pause(wait)
            except MigrateError:
                return  # this worker pauses, and without the budget it sends nothing else

    def _wait(self) -> bool:
        """Take a turn and wait for it; False where there was none, or it went by."""
        with self._lock:
            turn = self._budget.turn()
            now = self._clock()
            if turn.pause:
                self._paused_until = max(self._paused_until, now + turn.pause)
            if not turn.given:
                self._sleep(min(turn.wait, 0.5))
                return False
        at = now + turn.wait
        if (left := at - self._clock()) > 0:
            self._sleep(left)
        return self._clock() <= at + LATE and self.pause(self._clock()) == 0
