"""Runs the simulated TOPdesk: as a process (`run`), or in a thread of a test (`TopdeskServer`)."""

from __future__ import annotations

import asyncio
import select
import selectors
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from migrate.simulate.topdesk import incidents, operators, people, reference, supporting, trail
from migrate.simulate.topdesk.api import Api, Router
from migrate.simulate.topdesk.census import MARKER
from migrate.simulate.topdesk.faults import Fault, FaultInjector, FaultPlan
from migrate.simulate.topdesk.front import Front
from migrate.simulate.topdesk.seed import Seed, empty_seed
from migrate.simulate.topdesk.tenant import Tenant

USER = "migrate"
PASSWORD = "migrate"  # noqa: S105 - nothing real is behind it
_DRAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a simulated TOPdesk is started with. `port` 0 takes a free one; `user` is the login name
    of the operator that `password` (an application password) belongs to; `clock` gives the server's
    time; `login_read_length`: see `Tenant`."""

    database: Path
    seed: Seed = field(default_factory=empty_seed)
    user: str = USER
    password: str = PASSWORD
    host: str = "127.0.0.1"
    port: int = 0
    faults: FaultPlan = field(default_factory=FaultPlan)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    login_read_length: int | None = None


def make_router() -> Router:
    """Every route of the API. A further API family adds its own here."""
    router = Router()
    for family in (reference, supporting, people, operators, incidents, trail):
        family.add_routes(router)
    return router


def run(settings: Settings, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered first. `ready` is called with
    the URL once requests are taken; by default it is printed."""
    loop = _new_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def started(front: Front, url: str) -> None:
        (ready or _announce)(url)

    try:
        loop.run_until_complete(_serve(settings, started, stop))
    finally:
        loop.close()


class TopdeskServer:
    """A simulated TOPdesk in a thread of this process, for tests. A context manager; `start` and
    `stop` may follow each other on the same database and port.

        with TopdeskServer(Settings(tmp_path / "topdesk.db")) as topdesk:
            requests.get(f"{topdesk.url}/tas/api/version", auth=topdesk.auth)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self._thread: threading.Thread | None = None

    @property
    def auth(self) -> tuple[str, str]:
        return self.settings.user, self.settings.password

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

        def started(front: Front, url: str) -> None:
            self._front, self.url = front, url
            running.set()

        def serve() -> None:
            try:
                self._loop.run_until_complete(_serve(self.settings, started, self._stop))
            except BaseException as error:  # handed to the thread that waits in start
                trouble.append(error)
            finally:
                self._loop.close()
                running.set()

        self._thread = threading.Thread(target=serve, name="topdesk", daemon=True)
        self._thread.start()
        running.wait()
        if trouble:
            raise trouble[0]
        # A restart comes back under the same address.
        self.settings = replace(self.settings, port=int(self.url.rpartition(":")[2]))

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._thread = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def misbehave(self, *faults: Fault, latency: float = 0.0, seed: int | None = None) -> None:
        """Follow these faults from now on; none ends it. `latency` in seconds."""
        self._ask(lambda: self._front.faults.follow(FaultPlan(faults, latency, seed=seed)))

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(self._front.stats)
        return found

    def census(self, marker: str = MARKER) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(lambda: self._front.census(marker))
        return found

    def _ask(self, question: Callable[[], Any]) -> Any:
        async def asked() -> Any:
            return question()

        return asyncio.run_coroutine_threadsafe(asked(), self._loop).result()


async def _serve(
    settings: Settings, started: Callable[[Front, str], None], stop: asyncio.Event
) -> None:
    tenant = Tenant(
        settings.database,
        settings.seed,
        settings.user,
        settings.clock,
        settings.login_read_length,
    )
    api = Api(tenant, make_router(), settings.user, settings.password)
    front = Front(api, FaultInjector(settings.faults))
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
        site = web.TCPSite(runner, settings.host, settings.port, reuse_address=True, backlog=1024)
        await site.start()
        started(front, f"http://{settings.host}:{runner.addresses[0][1]}")
        await stop.wait()
    finally:
        front.drop_late()
        await runner.cleanup()
        tenant.close()


def _announce(url: str) -> None:
    sys.stdout.write(f"TOPdesk simulator is ready at {url}\n")
    sys.stdout.flush()


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
