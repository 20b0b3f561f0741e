"""Runs a simulator's HTTP server: as a process (`run`), or in a thread of a test (`Threaded`)."""

from __future__ import annotations

import asyncio
import select
import selectors
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from aiohttp import web

_DRAIN_SECONDS = 1.0


class Served(Protocol):
    """What stands between the socket and the simulated system."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse: ...

    def drop(self) -> None:
        """Forget what was put off: no more requests are taken."""
        ...

    def close(self) -> None:
        """Every request has been answered."""
        ...


F = TypeVar("F", bound=Served)


def run(make: Callable[[], Served], host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered first. `ready` is called with
    the URL once requests are taken. `port` 0 takes a free one. Raises OSError when it is taken."""
    loop = _new_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        loop.run_until_complete(_serve(make, host, port, lambda front, url: ready(url), stop))
    finally:
        loop.close()


class Threaded(Generic[F]):
    """A server in a thread of this process, for tests. A context manager; `start` and `stop` may
    follow each other, and it comes back under the same address.

    `front` is what serves while it runs; ask it by `ask`, since it lives in the other thread.
    """

    front: F

    def __init__(self, make: Callable[[], F], host: str, port: int) -> None:
        self.url = ""
        self._make = make
        self._host = host
        self._port = port
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when requests are taken. Raises what kept the server from starting."""
        running = threading.Event()
        trouble: list[BaseException] = []
        self._loop = _new_loop()
        self._stop = asyncio.Event()

        def started(front: F, url: str) -> None:
            self.front, self.url = front, url
            running.set()

        def serve() -> None:
            try:
                self._loop.run_until_complete(
                    _serve(self._make, self._host, self._port, started, self._stop)
                )
            except BaseException as error:  # handed to the thread that waits in start
                trouble.append(error)
            finally:
                self._loop.close()
                running.set()

        self._thread = threading.Thread(target=serve, name="simulator", daemon=True)
        self._thread.start()
        running.wait()
        if trouble:
            raise trouble[0]
        self._port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._thread = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def ask(self, question: Callable[[], Any]) -> Any:
        """The answer of a question asked between two requests."""

        async def asked() -> Any:
            return question()

        return asyncio.run_coroutine_threadsafe(asked(), self._loop).result()


async def _serve(
    make: Callable[[], F],
    host: str,
    port: int,
    started: Callable[[F, str], None],
    stop: asyncio.Event,
) -> None:
    front = make()
    loop = asyncio.get_running_loop()

    def make_request(
        message: Any, payload: Any, protocol: Any, writer: Any, task: Any
    ) -> web.BaseRequest:
        # A size of 0 is no limit: attachments may be large.
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=0)

    server = web.Server(front.handle, request_factory=make_request, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=_DRAIN_SECONDS)
    try:
        await runner.setup()
        site = web.TCPSite(runner, host, port, reuse_address=True, backlog=1024)
        await site.start()
        started(front, f"http://{host}:{runner.addresses[0][1]}")
        await stop.wait()
    finally:
        front.drop()
        await runner.cleanup()
        front.close()


class _FineEpoll(selectors.EpollSelector):
    """epoll waits in whole milliseconds, rounded up, which would lengthen every simulated latency;
    select on the epoll object itself waits to the microsecond."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            select.select((self.fileno(),), (), (), timeout)
            timeout = 0
        return super().select(timeout)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "linux":
        return asyncio.SelectorEventLoop(_FineEpoll())
    return asyncio.new_event_loop()
