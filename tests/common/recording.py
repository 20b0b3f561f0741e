"""A proxy on loopback that hands every request on and remembers it with its answer."""

from __future__ import annotations

import email
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from openapi import Exchange

_HOPS = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


class Recorder:
    """What went through; `url` is where to send requests."""

    def __init__(self, target: str) -> None:
        self.exchanges: list[Exchange] = []
        recorder = self
        there = urlsplit(target)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _hand_on(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                onward = http.client.HTTPConnection(there.hostname or "", there.port, timeout=30)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOPS}
                onward.request(self.command, self.path, body or None, headers)
                answer = onward.getresponse()
                content = answer.read()
                onward.close()
                type_ = self.headers.get("Content-Type") or ""
                form = type_.startswith("multipart/")
                recorder.exchanges.append(
                    Exchange(
                        self.command,
                        self.path,
                        _form(type_, body) if form else _json(body),
                        answer.status,
                        _json(content),
                        "multipart/form-data" if form else "application/json",
                    )
                )
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOPS:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _hand_on

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: what went through is remembered, not printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _serve(self) -> threading.Thread:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        return thread

    @classmethod
    @contextmanager
    def before(cls, target: str) -> Iterator[Recorder]:
        """A recorder that hands on to `target`, for as long as the context lasts."""
        recorder = cls(target)
        thread = recorder._serve()
        try:
            yield recorder
        finally:
            recorder._server.shutdown()
            recorder._server.server_close()
            thread.join()


def _form(type_: str, body: bytes) -> dict[str, Any]:
    """The values of a form by name; a file is text, whatever it holds."""
    message = email.message_from_bytes(f"Content-Type: {type_}\r\n\r\n".encode() + body)
    found: dict[str, Any] = {}
    for part in message.get_payload():
        assert isinstance(part, Message)
        value = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
        flag = {"true": True, "false": False}.get(value, value)
        found[str(part.get_param("name", header="content-disposition"))] = flag
    return found


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
