"""The page on a port of this machine, for as long as somebody wants it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from migrate.cli.review.access import Access, key_of
from migrate.cli.review.app import Site
from migrate.cli.review.book import Desk
from migrate.errors import ConfigurationError, Problem
from migrate.workspace import Workspace

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Serving:
    """A page that is being served. `address` is where people open it."""

    address: str
    access: Access
    server: uvicorn.Server


@contextmanager
def serve(workspace: Workspace, port: int) -> Iterator[Serving]:
    """Serve the page until the block ends, on `port` (0: any that is free).

    Raises ConfigurationError where the port is taken, or HPSM was never read.
    """
    config = workspace.config.review
    with ThreadPoolExecutor(1) as worker, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError:
            raise ConfigurationError(
                Problem("review-port", f"{ADDRESS}:{port}", "another program has this port")
            ) from None
        listener.listen()  # whoever comes before the server runs waits, and is not refused
        port = listener.getsockname()[1]
        desk = Desk(workspace)
        worker.submit(desk.book).result()
        access = Access(key_of(workspace.state), workspace.clock)
        site = Site(desk, access, config, port, worker)
        server = uvicorn.Server(
            uvicorn.Config(
                site.app(),
                log_level="critical",  # an address names tickets, an exception may hold more
                access_log=False,
                proxy_headers=False,  # whose request it is, the connection alone says
                server_header=False,
                lifespan="off",
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Serving(config.url or f"http://{ADDRESS}:{port}", access, server)
        finally:
            server.should_exit = True
            thread.join()
