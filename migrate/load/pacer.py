"""How fast the target may be asked: as fast as is best, and never above the ceiling.

Pure of clocks: every method is given `now` (seconds, monotonic), so that it can be tested without
waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

from migrate.load.controller import Controller
from migrate.records import Answer, Outcome

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
_TOO_MANY = 429
_OVERLOADED = {408, 503, 504}
_SILENT = {"no-answer", "target-unreachable"}


class Pacer:
    """How many requests may be under way, and when the next one may start. Thread-safe.

    `limit` is what the `Controller` finds best; it never exceeds the `ceiling`. What Retry-After
    asks for holds for every thread; a target that refuses without saying how long is left alone for
    twice as long each time. `max_rate` caps the starts per second.
    """

    def __init__(self, ceiling: int, max_rate: float | None = None) -> None:
        self._control = Controller(ceiling)
        self._max_rate = max_rate
        self._burst = max(1.0, max_rate or 1.0)
        self._tokens = self._burst
        self._filled: float | None = None
        self._next = float("-inf")
        self._under_way = 0
        self._refusals = 0
        self._pause_until = float("-inf")
        self._lock = Lock()

    @property
    def limit(self) -> int:
        """How many requests may be in flight now."""
        return self._control.limit

    @property
    def under_way(self) -> int:
        """How many requests have left, as far as is known, and were not heard of."""
        return self._under_way

    @property
    def refused(self) -> tuple[int, int]:
        """How many requests were refused as too many, and how many were answered."""
        return self._control.refused, self._control.accepted

    def paused(self, now: float) -> float:
        """Seconds that are left of what the target asked for."""
        return max(0.0, self._pause_until - now)

    def ready(self, now: float) -> float:
        """Seconds to wait before the next request; 0 means go. Changes nothing."""
        with self._lock:
            return max(self.paused(now), self._short(now))

    def started(self, now: float) -> float:
        """Count one request that is about to leave, and say after how many seconds it should: the
        starts lie apart where the target has shown that it counts them."""
        with self._lock:
            self._under_way += 1
            if self._max_rate is not None:
                self._tokens, self._filled = self._tokens_at(now) - 1, now
            rate = self._control.rate
            if rate is None:
                return 0.0
            at = max(self._next, now)
            self._next = at + 1 / rate
            return at - now

    def not_started(self) -> None:
        """Take one back that was counted and did not leave."""
        with self._lock:
            self._under_way = max(0, self._under_way - 1)

    def note(self, outcome: Outcome, now: float) -> None:
        """Learn from one outcome that came in at `now`.

        One without latency never reached the network and says nothing of the target; nor does an
        answer that was cut, or an error of the target's own, say that it has too much to do.
        """
        if not outcome.latency:
            return
        with self._lock:
            self._under_way = max(0, self._under_way - 1)
            if outcome.status == _TOO_MANY:
                if self._control.refuse(outcome.latency, self._under_way, now):
                    self._refusals += 1
                self._pause(outcome, now)
            elif outcome.status in _OVERLOADED or outcome.code in _SILENT:
                if self._control.overloaded(outcome.latency, now):
                    self._refusals += 1
                if outcome.wait or outcome.status == 503 or outcome.answer is Answer.NOT_SENT:
                    self._pause(outcome, now)
            elif outcome.answer in (Answer.DONE, Answer.REFUSED):
                self._refusals = 0
                kind = f"{outcome.key.kind}/{outcome.key.step.partition('/')[0]}"
                self._control.accept(kind, outcome.latency, self._under_way, now)

    def _short(self, now: float) -> float:
        if self._max_rate is None:
            return 0.0
        return max(0.0, (1 - self._tokens_at(now)) / self._max_rate)

    def _tokens_at(self, now: float) -> float:
        if self._filled is None:
            return self._tokens
        grown = (now - self._filled) * (self._max_rate or 0.0)
        return min(self._burst, self._tokens + grown)

    def _pause(self, outcome: Outcome, now: float) -> None:
        doublings = min(max(self._refusals - 1, 0), 10)
        wait = outcome.wait or min(LONGEST_PAUSE, FIRST_PAUSE * 2**doublings)
        self._pause_until = max(self._pause_until, now + wait)


_DAY = 86_400.0


def retry_after(value: str | None, date: str | None, now: datetime) -> float:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3).

    A date is measured from the server's own `Date`, since its clock may differ from ours. What
    cannot be read, or lies in the past, is 0; nobody is waited for longer than a day.
    """
    if not value:
        return 0.0
    if value.strip().isascii() and value.strip().isdigit():
        return min(float(value), _DAY)
    until = _http_date(value)
    if until is None:
        return 0.0
    return min(max(0.0, (until - (_http_date(date) or now)).total_seconds()), _DAY)


def _http_date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
