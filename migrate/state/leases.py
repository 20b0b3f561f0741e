"""Locks that several machines share: leases in the database, each with a fencing token.

A lease holds for some seconds and is renewed while its process lives. Who takes over one that ran
out gets the next token, and from then on nothing that the earlier holder writes is accepted: each
of its transactions is checked, in that transaction, against the tokens of all leases that it holds.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from migrate.errors import MigrateError, Problem, StoppedError
from migrate.state.place import Postgres
from migrate.state.postgres import connect, meant
from migrate.state.workers_schema import SCHEMA, prepared

_POLL = 0.5
_RENEWALS = 3
"""How often a lease is renewed before it would run out."""

_TAKE = """
INSERT INTO leases AS l VALUES
    (%(name)s, 1, %(holder)s, clock_timestamp() + %(length)s * interval '1 second')
ON CONFLICT (name) DO UPDATE SET token = l.token + 1, holder = excluded.holder,
    expires = clock_timestamp() + %(length)s * interval '1 second'
WHERE l.expires <= clock_timestamp()
RETURNING token
"""
_RENEW = """
UPDATE leases SET expires = clock_timestamp() + %s * interval '1 second'
WHERE name = %s AND token = %s
"""
_GIVE_BACK = "UPDATE leases SET expires = 'epoch' WHERE name = %s AND token = %s"
# The rows stay locked until the transaction ends, so that nobody takes over in its middle.
_CHECK = f"SELECT name, token FROM {SCHEMA}.leases WHERE name = ANY(%s) ORDER BY name FOR SHARE"


class Leases:
    """The leases of one process. `seconds` is how long one holds without being renewed.

    Thread-safe. Raises StoppedError (`state-unreachable`) where the database is away.
    """

    def __init__(
        self, place: Postgres, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._place = prepared(place)
        self._seconds, self._clock = seconds, clock
        self._held: dict[str, int] = {}
        self._until: dict[str, float] = {}
        self._lost: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._renewing: threading.Thread | None = None
        self._holder = f"{socket.gethostname()} {os.getpid()}"
        self._connection = connect(self._place)

    @contextmanager
    def hold(
        self, name: str, *, wait: float = 0.0, waiting: Callable[[], None] | None = None
    ) -> Iterator[None]:
        """Hold the lease `name` for as long as the block runs.

        Waits up to `wait` seconds for another holder, after calling `waiting` once; 0 does not
        wait. Raises StoppedError (`unit-locked`).
        """
        last = self._clock() + wait
        while not self._take(name):
            if waiting and wait > 0:
                waiting()
                waiting = None
            if self._clock() >= last:
                by = self.holder(name)
                raise StoppedError(
                    Problem(
                        "unit-locked",
                        name,
                        f"another load is at work here{f' ({by})' if by else ''}",
                        expected="one load of a unit at a time",
                    )
                )
            time.sleep(min(_POLL, self._seconds / 4))
        try:
            yield
        finally:
            self._give_back(name)

    def permit(self) -> Callable[[], bool]:
        """Whether a request may leave that is on its way under the leases held now: true for as
        long as all of them are sure to hold. Without a lease nothing may leave that writes."""
        with self._lock:
            held = dict(self._held)
        return lambda: bool(held) and self._sure(held)

    def check(self, connection: psycopg.Connection[Any]) -> None:
        """Refuse a transaction of a process that has lost one of its leases.

        Raises StoppedError (`lease-lost`).
        """
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        now = dict(connection.execute(_CHECK, (sorted(held),)).fetchall())
        lost = {name for name, token in held.items() if now.get(name) != token}
        if lost:
            connection.rollback()
            with self._lock:
                self._lost |= lost
            raise lost_lease(sorted(lost)[0])

    def holder(self, name: str) -> str:
        """Who holds a lease now, as `host pid`; empty where nobody does."""
        row = self._execute(
            "SELECT holder FROM leases WHERE name = %s AND expires > clock_timestamp()", (name,)
        ).fetchone()
        return str(row[0]) if row else ""

    def close(self) -> None:
        self._closing.set()
        if self._renewing:
            self._renewing.join(timeout=1.0)
        with suppress(psycopg.Error):
            self._connection.close()

    def _sure(self, held: dict[str, int]) -> bool:
        with self._lock:
            now = self._clock()
            return all(
                self._held.get(name) == token and name not in self._lost and now < self._until[name]
                for name, token in held.items()
            )

    def _take(self, name: str) -> bool:
        began = self._clock()
        row = self._execute(
            _TAKE, {"name": name, "holder": self._holder, "length": self._seconds}
        ).fetchone()
        if row is None:
            return False
        with self._lock:
            self._held[name] = row[0]
            self._until[name] = began + self._seconds
            if self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._renewing.start()
        return True

    def _give_back(self, name: str) -> None:
        with self._lock:
            token = self._held.pop(name)
            self._until.pop(name, None)
            self._lost.discard(name)
        with suppress(MigrateError):  # it runs out by itself
            self._execute(_GIVE_BACK, (name, token))

    def _execute(self, statement: str, parameters: Any) -> psycopg.Cursor[Any]:
        try:
            if self._connection.closed:
                self._connection = connect(self._place)
            return self._connection.execute(statement.encode(), parameters)
        except psycopg.Error as error:
            raise meant(self._place, error) from None

    def _renew(self) -> None:
        """Renew what is held, over a connection of its own: others may stand still."""
        connection: psycopg.Connection[Any] | None = None
        while not self._closing.wait(self._seconds / _RENEWALS):
            try:
                if connection is None or connection.closed:
                    connection = connect(self._place)
                self._renew_all(connection)
            except (MigrateError, psycopg.Error):
                continue  # what cannot be renewed runs out
        if connection:
            connection.close()

    def _renew_all(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            held = dict(self._held)
        for name, token in held.items():
            began = self._clock()
            renewed = connection.execute(_RENEW, (self._seconds, name, token)).rowcount
            with self._lock:
                if self._held.get(name) != token:
                    continue
                if renewed:
                    self._until[name] = began + self._seconds
                else:
                    self._lost.add(name)


def lost_lease(name: str) -> StoppedError:
    return StoppedError(
        Problem(
            "lease-lost",
            name,
            "this process was cut off for too long, and another one has taken over",
            expected="the database within reach of a process that loads",
        )
    )
