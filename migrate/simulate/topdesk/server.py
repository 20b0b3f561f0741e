"""Runs the simulated TOPdesk: as a process (`run`), or in a thread of a test (`TopdeskServer`)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from migrate.simulate import serving
from migrate.simulate.faults import FaultInjector, FaultPlan
from migrate.simulate.topdesk import (
    incidents,
    knowledge,
    knowledge_fields,
    knowledge_files,
    operators,
    people,
    reference,
    services,
    supporting,
    timespent,
    trail,
)
from migrate.simulate.topdesk.api import Api, Router
from migrate.simulate.topdesk.census import MARKER
from migrate.simulate.topdesk.faults import Fault
from migrate.simulate.topdesk.front import Front
from migrate.simulate.topdesk.seed import Seed, empty_seed
from migrate.simulate.topdesk.tenant import Tenant

USER = "migrate"
PASSWORD = "migrate"  # noqa: S105 - nothing real is behind it


@dataclass(frozen=True, slots=True)
class Settings:
    """What a simulated TOPdesk is started with. `port` 0 takes a free one; `user` is the login name
    of the operator that `password` (an application password) belongs to; `clock` gives the server's
    time; `login_read_length`: see `Tenant`; `migrated`: see `knowledge.py`."""

    database: Path
    seed: Seed = field(default_factory=empty_seed)
    user: str = USER
    password: str = PASSWORD
    host: str = "127.0.0.1"
    port: int = 0
    faults: FaultPlan = field(default_factory=FaultPlan)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    login_read_length: int | None = None
    migrated: bool = True


def make_router(migrated: bool = True) -> Router:
    """Every route of the API. A further API family adds its own here. `migrated` says which form
    the knowledge base has."""
    router = Router()
    families = (reference, supporting, people, operators, incidents, trail, timespent)
    for family in (*families, services, knowledge_files):
        family.add_routes(router)
    knowledge.add_routes(router, migrated)
    return router


def run(settings: Settings, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered first. `ready` is called with
    the URL once requests are taken; by default it is printed."""
    serving.run(partial(_front, settings), settings.host, settings.port, ready or _announce)


class TopdeskServer(serving.Threaded[Front]):
    """A simulated TOPdesk in a thread of this process, for tests. A context manager; `start` and
    `stop` may follow each other on the same database and port.

        with TopdeskServer(Settings(tmp_path / "topdesk.db")) as topdesk:
            requests.get(f"{topdesk.url}/tas/api/version", auth=topdesk.auth)
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(lambda: _front(self.settings), settings.host, settings.port)
        self.settings = settings

    @property
    def auth(self) -> tuple[str, str]:
        return self.settings.user, self.settings.password

    def start(self) -> None:
        super().start()
        # A restart comes back under the same address.
        self.settings = replace(self.settings, port=int(self.url.rpartition(":")[2]))

    def misbehave(self, *faults: Fault, latency: float = 0.0, seed: int | None = None) -> None:
        """Follow these faults from now on; none ends it. `latency` in seconds."""
        self.ask(lambda: self.front.faults.follow(FaultPlan(faults, latency, seed=seed)))

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(self.front.stats)
        return found

    def census(self, marker: str = MARKER) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(lambda: self.front.census(marker))
        return found


def _front(settings: Settings) -> Front:
    tenant = Tenant(
        settings.database,
        settings.seed,
        settings.user,
        settings.clock,
        settings.login_read_length,
    )
    api = Api(tenant, make_router(settings.migrated), settings.user, settings.password)
    # The specification that is published has the form after the explorer migration alone.
    unseen = None if settings.migrated else knowledge_fields.PATH
    return Front(api, FaultInjector(settings.faults), unseen)


def _announce(url: str) -> None:
    sys.stdout.write(f"TOPdesk simulator is ready at {url}\n")
    sys.stdout.flush()
