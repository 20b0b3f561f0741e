"""A server that answers as a test says: real HTTP, real sockets, any kind of trouble."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.load.http import Http


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_query: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """`answer` gets each request and returns (status, JSON data) or (status, JSON data, headers);
    or a list of bytes to write as they are and seconds to wait between, after which the connection
    is closed."""

    answer: Callable[[Request], Any]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as incoming:
            try:
                while line := incoming.readline().decode():
                    self._one(connection, incoming, line)
            except (OSError, EOFError):
                return

    def _one(self, connection: socket.socket, incoming: Any, line: str) -> None:
        headers = {}
        while header := incoming.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = incoming.read(int(headers.get("content-length", 0)))
        method, target, _ = line.split()
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        request = Request(method, parts.path, query, headers, body, parts.query)
        self.requests.append(request)
        answer = self.answer(request)
        if isinstance(answer, list):
            for piece in answer:
                if isinstance(piece, bytes):
                    connection.sendall(piece)
                else:
                    time.sleep(piece)
            raise EOFError
        status, data, *more = answer
        content = b"" if data is None else json.dumps(data).encode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in (more[0] if more else {}).items())
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{extra}\r\n"
        connection.sendall(head.encode() + content)


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server on a free port; `context` makes it speak TLS."""
    with ExitStack() as stack:

        def start(
            answer: Callable[[Request], Any], context: ssl.SSLContext | None = None
        ) -> Server:
            server = Server(answer)
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            if context:
                listener = stack.enter_context(context.wrap_socket(listener, server_side=True))
                server.url = server.url.replace("http:", "https:")
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
            return server

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[..., Http]]:
    """An `Http` to a server that does not wait between the tries of a read."""
    with ExitStack() as stack:

        def make(url: str, *, sleep: Any = lambda seconds: None, **settings: Any) -> Http:
            clock = settings.pop("clock", time.monotonic)
            turns = settings.pop("turns", None)
            config = TargetConfig(url=url, user="bjørn", **{"timeout": 5.0, **settings})
            http = Http(config, SecretStr("hemmelig-æøå"), sleep, clock, turns)
            stack.callback(http.close)
            return http

        yield make
