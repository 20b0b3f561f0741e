"""One kept connection to one host, and how long an answer may take as a whole."""

from __future__ import annotations

import http.client
import io
import os
import socket
import time
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Line(HTTPAdapter):
    """An adapter for one host and one request at a time: what requests works out anew for every
    request (pool, TLS settings, cookies, header copies) is done once or not at all.

    The server's certificate is always checked, against REQUESTS_CA_BUNDLE where that is set.
    `used` is when it was last taken, for whoever keeps lines.
    """

    def __init__(self, base: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        origin = urlsplit(base)
        self.used = 0.0
        self._prefix = len(f"{origin.scheme}://{origin.netloc}")
        settings: dict[str, Any] = {}
        if origin.scheme == "https":
            bundle = os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
            place = "ca_cert_dir" if os.path.isdir(bundle) else "ca_certs"  # noqa: PTH112
            settings = {"cert_reqs": "CERT_REQUIRED", place: bundle}
        self._pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
            origin.hostname, origin.port, origin.scheme, settings
        )
        secure = isinstance(self._pool, HTTPSConnectionPool)
        self._pool.ConnectionCls = _SecureConnection if secure else _Connection

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def cert_verify(self, *_: Any) -> None:
        return

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        return cast(str, request.url)[self._prefix :]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        response = requests.Response.__new__(requests.Response)
        response.status_code = resp.status
        response.headers = resp.headers
        response.raw = resp
        response.request = req
        return response


class _Bounded(io.RawIOBase):
    """Reads from a socket until a deadline. A socket's own time-out starts again with every byte,
    so that a server could drip an answer, and hold a worker, for ever."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Bounded(raw, sock))


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer
