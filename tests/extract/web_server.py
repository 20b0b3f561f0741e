"""A small web server on loopback that keeps state and can be told to fail, as the tests need it."""

from __future__ import annotations

import base64
import re
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "migrate", "hemmelig-æøå"


class Asked(NamedTuple):
    """One request as it came: `path` is not decoded."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answered:
    """One answer. `cut` sends no more than so many bytes of it and closes the connection."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Fault = Callable[[Asked], Answered | None]


class WebServer(ABC):
    """Serves what `answer` gives, to who knows the password. `faults` come first, each once; one
    that gives None lets the request pass and stays. `asked` are the requests so far, `busiest` how
    many were under way at once; each takes `slow` seconds. `clock` is how many seconds its clock
    is ahead."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.password = PASSWORD
        self.busiest = 0
        self.slow = 0.0
        self.clock = 0.0
        self._busy = 0
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # headers and body in one packet

            def handle_one(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length", "0"))
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked = Asked(
                    self.command,
                    parts.path,
                    query,
                    dict(self.headers.items()),
                    self.rfile.read(length),
                )
                server._enter(asked)
                time.sleep(server.slow)
                try:
                    self.send(server._answered(asked))
                finally:
                    server._leave()

            do_GET = do_POST = handle_one

            def send(self, answered: Answered) -> None:
                self.send_response(answered.status)
                for name, value in answered.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in answered.headers:
                    self.send_header("Content-Length", str(len(answered.body)))
                self.end_headers()
                self.wfile.write(answered.body[: answered.cut])
                if answered.cut is not None:
                    self.close_connection = True

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(time.time() + server.clock)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Http(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client may leave when it likes."""

        self._http = Http(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @abstractmethod
    def answer(self, asked: Asked) -> Answered: ...

    def once(self, answered: Answered, times: int = 1) -> None:
        """The next requests get this answer."""
        self.faults.extend([lambda asked: answered] * times)

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _enter(self, asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1

    def _answered(self, asked: Asked) -> Answered:
        with self._lock:
            faults = list(self.faults)
        for fault in faults:
            if (answered := fault(asked)) is not None:
                with suppress(ValueError):
                    self.faults.remove(fault)
                return answered
        pair = f"{USER}:{self.password}".encode()
        if asked.headers.get("Authorization") != f"Basic {base64.b64encode(pair).decode()}":
            return self.unauthorised()
        with self._lock:
            return self.answer(asked)

    def unauthorised(self) -> Answered:
        return Answered(401)


_COMPARED = re.compile(r"""^([\w.]+)\s*(>=|<=|=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(\S+))$""")


def matches(query: str, record: dict[str, Any]) -> bool:
    """Whether a record fulfils a query: comparisons joined by `and`, with brackets around them.
    Raises ValueError for what is no query."""
    return all(_compare(part, record) for part in _parts(query))


def _parts(query: str) -> list[str]:
    query = query.strip()
    pieces, depth, begun = [], 0, 0
    for found in re.finditer(r"\(|\)| and ", query):
        if found[0] == " and ":
            if depth == 0:
                pieces.append(query[begun : found.start()])
                begun = found.end()
        else:
            depth += 1 if found[0] == "(" else -1
    pieces.append(query[begun:])
    if len(pieces) == 1 and query.startswith("("):
        return _parts(query[1:-1])
    return [part for piece in pieces for part in (_parts(piece) if "(" in piece else [piece])]


def _compare(part: str, record: dict[str, Any]) -> bool:
    found = _COMPARED.match(part.strip())
    if found is None or found[1] not in record:
        raise ValueError(part)
    value = record[found[1]]
    given: Any = next(text for text in found.groups()[2:] if text is not None)
    if isinstance(value, int):
        given = int(given)
    if isinstance(value, datetime):
        given = datetime.strptime(given, "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007
    if value is None:
        return False
    compared: dict[str, bool] = {
        "=": value == given,
        ">": value > given,
        "<": value < given,
        ">=": value >= given,
        "<=": value <= given,
    }
    return compared[found[2]]
