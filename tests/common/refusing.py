"""A proxy on loopback that answers chosen requests as it is told to, and hands on all others."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOPS = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}
_KEYS = ("externalNumber", "networkLoginName", "loginName", "groupName")


@dataclass(frozen=True)
class Refusal:
    """The answer to one step of a record: a status with a body, or an `event`: `cut`, `silent` (for
    `seconds`), or a status that a proxy gives."""

    step: str
    status: int = 0
    body: str = ""
    event: str = ""
    seconds: float = 0.0


@dataclass
class Refuser:
    """Refuses one step of some records, which are known by the key in their create's body. `writes`
    counts what was asked to be written, by key; `refusals` may be emptied: then all is mended. The
    records with the ids in `unseen` may not be read, nor what hangs on them."""

    target: str
    refusals: dict[str, Refusal]
    writes: Counter[str] = field(default_factory=Counter)
    unseen: set[str] = field(default_factory=set)
    url: str = ""
    _ids: dict[str, str] = field(default_factory=dict)

    def about(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:
        """The record and the step that a request is about."""
        for name in _KEYS:
            if name in body and path.count("/") == 3:
                return str(body[name]), "create"
        id = next((part for part in path.split("/") if part in self._ids), "")
        if path.endswith("/attachments"):
            return self._ids.get(id, ""), "attachment"
        for name, step in (("action", "history"), ("callDate", "call_date"), ("onHold", "hold")):
            if name in body:
                return self._ids.get(id, ""), step
        return self._ids.get(id, ""), "close"

    def learn(self, key: str, answer: bytes) -> None:
        """Remember whose record an answer has made."""
        made = _json(answer)
        if isinstance(made, dict) and "id" in made:
            self._ids[str(made["id"])] = key

    @contextmanager
    def serving(self) -> Iterator[Refuser]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(refuser: Refuser) -> type[BaseHTTPRequestHandler]:
    there = urlsplit(refuser.target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key, step = "", ""
            if self.command == "GET" and refuser.unseen & set(urlsplit(self.path).path.split("/")):
                self._refuse(Refusal("", 403))
                return
            if self.command != "GET":
                sent = _json(body)
                key, step = refuser.about(self.path, sent if isinstance(sent, dict) else {})
                refuser.writes[key] += 1
            wanted = refuser.refusals.get(key)
            if wanted and wanted.step == step:
                self._refuse(wanted)
                return
            onward = http.client.HTTPConnection(there.hostname or "", there.port, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOPS}
            onward.request(self.command, self.path, body or None, headers)
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            if step == "create":
                refuser.learn(key, content)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOPS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _refuse(self, wanted: Refusal) -> None:
            if wanted.event in ("cut", "silent"):
                time.sleep(wanted.seconds)
                self.close_connection = True
                return
            content = wanted.body.encode()
            self.send_response(int(wanted.event or wanted.status))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
