"""A way to a PostgreSQL that can be cut: for a process that loses its database, and nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import sqlalchemy as sa

from migrate.state.place import Postgres


class Proxy:
    """Passes bytes between a port on loopback and a server's socket. `cut` closes every connection
    and takes no new one; `stall` keeps them and passes nothing on; `mend` ends both."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._refusing = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def stall(self) -> None:
        self._flowing.clear()

    def mend(self) -> None:
        self._refusing = False
        self._flowing.set()

    def close(self) -> None:
        self.cut()
        self._flowing.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._refusing:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._server)
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                self._flowing.wait()
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(place: Postgres) -> Iterator[tuple[Postgres, Proxy]]:
    """The same database behind a proxy."""
    address = sa.make_url(place.url)
    folder = address.query["host"]
    proxy = Proxy(f"{folder}/.s.PGSQL.5432")
    try:
        url = f"postgresql://{address.username}@127.0.0.1:{proxy.port}/{address.database}"
        yield replace(place, url=f"{url}?sslmode=disable"), proxy
    finally:
        proxy.close()
