"""The one request budget of all workers: turns, and the pause that the target asked for.

Turns lie one interval apart on the database's clock. Who is given one starts its request then, so
that however many workers there are, no more requests start than the rate allows. A pause moves the
next turn behind it, for all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from migrate.state.place import Postgres
from migrate.state.postgres import connect, meant
from migrate.state.workers_schema import prepared

AHEAD = 0.25
"""Seconds: turns further away are not given out, so that a pause is heeded within this time."""

_SPARE = 0.05
"""By this share turns lie further apart than the rate says: requests are not all under way for
equally long, and the rate is to hold where they arrive."""
_TAKE = """
WITH t AS (SELECT clock_timestamp() AS now)
UPDATE budget SET next = greatest(next, paused, t.now) + %(apart)s * interval '1 second'
FROM t WHERE greatest(next, paused) <= t.now + %(ahead)s * interval '1 second'
RETURNING extract(epoch FROM next - %(apart)s * interval '1 second' - t.now)::float8
"""
_LOOK = """
SELECT greatest(0, extract(epoch FROM paused - clock_timestamp()))::float8,
    greatest(0, extract(epoch FROM greatest(next, paused) - clock_timestamp()))::float8
FROM budget
"""
_PAUSE = """
UPDATE budget SET paused = greatest(paused, clock_timestamp() + %s * interval '1 second')
"""


class Turn(NamedTuple):
    """When a request may start: in `wait` seconds, where it is `given`; else ask again then.
    `pause` is what is left of the target's own, in seconds."""

    given: bool
    wait: float
    pause: float


class Budget:
    """The budget of all processes that share this database. `rate` is requests in a second; None
    sets no ceiling, and only pauses are shared. Not for several threads at once.

    Raises StoppedError (`state-unreachable`) where the database is away.
    """

    def __init__(self, place: Postgres, rate: float | None) -> None:
        self._place = prepared(place)
        self._rate = rate
        self._connection: psycopg.Connection[Any] | None = None

    def turn(self) -> Turn:
        """The next turn, where it is near enough."""
        if self._rate is not None:
            apart = (1 + _SPARE) / self._rate
            row = self._execute(_TAKE, {"apart": apart, "ahead": AHEAD}).fetchone()
            if row is not None:
                return Turn(True, max(0.0, row[0]), 0.0)
        pause, wait = self._execute(_LOOK).fetchone() or (0.0, 0.0)
        if self._rate is None and not pause:
            return Turn(True, 0.0, 0.0)
        return Turn(False, max(wait - AHEAD / 2, 0.01), pause)

    def pause(self, seconds: float) -> None:
        """Have all workers wait, as the target asked."""
        self._execute(_PAUSE, (seconds,))

    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def _execute(self, statement: str, parameters: Any = None) -> psycopg.Cursor[Any]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._place)
                # Not worth waiting for the disk: after a crash of the server all turns are past.
                self._connection.execute("SET synchronous_commit = off")
            return self._connection.execute(statement.encode(), parameters)
        except psycopg.Error as error:
            raise meant(self._place, error) from None
