"""Runs the simulated HPSM's web services: as a process (`run`), or in a thread (`HpsmServer`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from migrate.simulate import serving
from migrate.simulate.faults import FaultInjector, FaultPlan
from migrate.simulate.hpsm.web.attachments import Attachments
from migrate.simulate.hpsm.web.faults import Fault
from migrate.simulate.hpsm.web.front import Front
from migrate.simulate.hpsm.web.query import Profile
from migrate.simulate.hpsm.web.records import Records
from migrate.simulate.hpsm.web.rules import Hpsm, Rules

USER = "migrate"
PASSWORD = "migrate"  # noqa: S105 - nothing real is behind it


@dataclass(frozen=True, slots=True)
class Settings:
    """What the web services are started with: the SQLite database of `make_database`, which is
    only read. `port` 0 takes a free one; `threads` is how many requests may be under way at once;
    `profile` and `rules` are how this installation is set up."""

    database: Path
    user: str = USER
    password: str = PASSWORD
    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 50
    faults: FaultPlan = field(default_factory=FaultPlan)
    profile: Profile = field(default_factory=Profile)
    rules: Rules = field(default_factory=Rules)


def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered first. `ready` is called with
    the URL once requests are taken. Raises FileNotFoundError without a database, OSError when the
    port is taken."""
    serving.run(partial(_front, settings), settings.host, settings.port, ready)


class HpsmServer(serving.Threaded[Front]):
    """The web services in a thread of this process, for tests. A context manager; `start` and
    `stop` may follow each other on the same database and port.

        with HpsmServer(Settings(tmp_path / "hpsm.db")) as hpsm:
            requests.get(f"{hpsm.url}/SM/9/rest/incidents", auth=hpsm.auth)
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(partial(_front, settings), settings.host, settings.port)
        self.settings = settings

    @property
    def auth(self) -> tuple[str, str]:
        return self.settings.user, self.settings.password

    def misbehave(self, *faults: Fault, latency: float = 0.0, seed: int | None = None) -> None:
        """Follow these faults from now on; none ends it. `latency` in seconds."""
        self.ask(lambda: self.front.faults.follow(FaultPlan(faults, latency, seed=seed)))

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(self.front.stats)
        return found


def _front(settings: Settings) -> Front:
    records = Records(settings.database)
    hpsm = Hpsm(records, Attachments(records), settings.profile, settings.rules)
    faults = FaultInjector(settings.faults)
    return Front(hpsm, settings.user, settings.password, settings.threads, faults)
