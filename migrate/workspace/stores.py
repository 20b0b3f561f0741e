"""What a command works on: one folder's configuration, mappings, state, source and target."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from migrate.config import Config, StateConfig, load_config, secret
from migrate.errors import ConfigurationError, MappingError, Problem
from migrate.extract.opening import open_source
from migrate.extract.source import Source
from migrate.facts import source_facts, target_facts
from migrate.load.hours import opens
from migrate.load.http import Http
from migrate.load.one_process import OneProcess
from migrate.load.target import TargetReader
from migrate.load.topdesk.reader import TopdeskReader
from migrate.load.turns import Turns
from migrate.state import locks
from migrate.state.audit import Audit
from migrate.state.blobs import BlobStore
from migrate.state.database import Place
from migrate.state.journal import Journal
from migrate.state.overview import Overview
from migrate.state.place import Postgres
from migrate.state.plan_store import PlanStore
from migrate.state.snapshot import Snapshot
from migrate.transform.check import check
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings, Sprint
from migrate.transform.mapping_files import read_mappings
from migrate.transform.names import near

if TYPE_CHECKING:
    from migrate.load.together import Together

Store = TypeVar("Store", Journal, PlanStore, Snapshot, Overview, "Together")


class Stores:
    """Configuration, mappings, state, source and target of one folder, opened when they are first
    asked for and closed together.

    Raises ConfigurationError where the configuration, a secret or a folder is not usable.
    """

    def __init__(self, folder: Path) -> None:
        self.config: Config = load_config(folder)
        self._open: list[Journal | PlanStore | Snapshot | Overview | Together] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for store in reversed(self._open):
            store.close()

    @property
    def state(self) -> Path:
        return self.config.path(self.config.state.folder)

    @property
    def state_said(self) -> str:
        """Where everything that is remembered lies, in words."""
        if self.together is None:
            return f"State in {self.state}."
        where = "Journal, plan and queue in {}; the snapshot and the files in {}, on this machine."
        return where.format(self.together.place.at("journal, plan, queue"), self.state)

    @property
    def mapping_folder(self) -> Path:
        return self.config.path(self.config.mappings)

    @cached_property
    def snapshot(self) -> Snapshot:
        return self._opened(Snapshot(self.state / "snapshot.db"))

    @cached_property
    def blobs(self) -> BlobStore:
        return BlobStore(self.state / "blobs")

    @property
    def audit(self) -> Audit:
        return Audit(self.state / "audit.jsonl")

    @cached_property
    def journal(self) -> Journal:
        return self._opened(Journal(self._place("journal"), self.config.source.name))

    @cached_property
    def store(self) -> PlanStore:
        return self._opened(PlanStore(self._place("plan")))

    @cached_property
    def together(self) -> Together | None:
        """What is shared with other machines that load; None where the state is a folder."""
        if (place := database(self.config.state)) is None:
            return None
        from migrate.load.together import Together  # takes a tenth of a second to import

        target = self.config.target
        rate, patience = target.max_rate, target.patience
        return self._opened(Together(place, self.config.state.lease, rate, patience))

    @cached_property
    def source(self) -> Source:
        return open_source(self.config.source, self.config.folder, self.blobs)

    @cached_property
    def turns(self) -> Turns:
        """When requests may leave: what the target asks for holds for all of them, and `max_rate`
        too, those that read among them."""
        if self.together:
            return self.together.turns
        return Turns(OneProcess(self.config.target.max_rate), patience=self.config.target.patience)

    def opens(self) -> datetime:
        """When a load may run, by the quiet hours; now, where it may."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        zone = ZoneInfo(self.mappings.policy.time_zone)
        return opens(self.config.target.quiet_hours, now, zone).astimezone(zone)

    def quiet_wait(self) -> float:
        """Seconds until a load may run; infinite where it is not to wait for that."""
        if not self.config.target.quiet_hours:
            return 0.0
        wait = max(0.0, self.opens().timestamp() - self.clock())
        return math.inf if wait and self.config.target.outside_quiet_hours == "stop" else wait

    @cached_property
    def http(self) -> Http:
        target = self.config.target
        password = secret(target.password_env, target.keyring, target.user, "migrate.yaml: target")
        return Http(target, password, turns=self.turns)

    @cached_property
    def reader(self) -> TargetReader:
        return TopdeskReader(self.http, self.config.target)

    @cached_property
    def mappings_read(self) -> tuple[Mappings, list[Problem]]:
        return read_mappings(self.mapping_folder)

    @property
    def mappings(self) -> Mappings:
        return self.mappings_read[0]

    @cached_property
    def overview(self) -> Overview:
        return self._opened(Overview(self.store.path, self.journal.path, self.config.source.name))

    def source_facts(self, units: list[str] | None = None) -> SourceFacts:
        return source_facts(self.snapshot, self.mappings, units)

    def writing(self) -> AbstractContextManager[None]:
        """The lock of all who write mapping files: read them within it."""
        return locks.hold(self.state / "locks", "mappings", wait=20.0)

    def clock(self) -> float:
        """The time that operations are stamped with, in seconds."""
        return time.time()

    @cached_property
    def target_facts(self) -> TargetFacts:
        return target_facts(self.reader, self.mappings)

    def check(self, units: list[str] | None, sprint: str | None, *, live: bool) -> list[Problem]:
        """Everything wrong with the mappings, held against the snapshot and, with `live`, the
        target."""
        mappings, problems = self.mappings_read
        target = self.target_facts if live else None
        chosen = mappings.sprints[sprint].units if sprint in mappings.sprints else None
        if not self.snapshot.runs():
            # Of an empty snapshot every entry would be said to be gone from HPSM.
            return [
                Problem(
                    "snapshot-empty",
                    str(self.snapshot.path),
                    "nothing was extracted yet; the mappings were not held against HPSM",
                    warning=True,
                ),
                *check(mappings, problems, None, target, units, sprint),
            ]
        facts = self.source_facts(units if units is not None else chosen)
        return check(mappings, problems, facts, target, units, sprint)

    def gate(self, units: list[str], sprint: str) -> list[Problem]:
        """The warnings about these units. Raises MappingError with everything that keeps them from
        being loaded: broken, missing, unapproved and lapsed entries; ConfigurationError where
        nothing was extracted."""
        if not self.snapshot.runs():
            path = str(self.snapshot.path)
            raise ConfigurationError(Problem("snapshot-empty", path, "nothing was extracted yet"))
        problems = self.check(units, sprint, live=True)
        self.snapshot.release()
        if errors := [problem for problem in problems if not problem.warning]:
            raise MappingError(errors)
        return problems

    def sprint_of(self, unit: str | None, sprint: str | None) -> tuple[Sprint, list[str]]:
        """The sprint and the units that `--sprint` or `--unit` name.

        Raises ConfigurationError when neither, or something unknown, is named.
        """
        sprints = self.mappings.sprints
        if sprint is not None:
            if sprint not in sprints:
                raise unknown("sprint", sprint, list(sprints))
            units = sprints[sprint].units
            if unit is not None and unit not in units:
                raise unknown("unit of that sprint", unit, units)
            return sprints[sprint], [unit] if unit else units
        if unit is None:
            raise ConfigurationError(
                Problem(
                    "usage", "command line", "say which units", expected="--unit U or --sprint S"
                )
            )
        for found in sprints.values():
            if unit in found.units:
                return found, [unit]
        raise unknown("unit of any sprint", unit, [u for s in sprints.values() for u in s.units])

    def hold(self, name: str, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """The lock of a unit, or of what belongs to none; raises StoppedError (`unit-locked`)."""
        wait = self.config.target.patience if name == locks.SHARED else 0.0
        if self.together:
            return self.together.leases.hold(name, wait=wait, waiting=lambda: waiting(name))
        return locks.hold(self.state / "locks", name, wait=wait, waiting=lambda: waiting(name))

    def _place(self, store: str) -> Place:
        return self.together.place.at(store) if self.together else self.state / f"{store}.db"

    def _opened(self, store: Store) -> Store:
        self._open.append(store)
        return store


def database(config: StateConfig) -> Postgres | None:
    """The database that holds the state; None where that is a folder."""
    if config.url is None:
        return None
    password = os.environ.get(config.password_env)
    return Postgres(config.url, "journal", SecretStr(password) if password else None)


def unknown(what: str, name: str, known: list[str]) -> ConfigurationError:
    """That `name` is none of the `known`, for whoever typed it."""
    return ConfigurationError(
        Problem(
            "usage",
            "command line",
            f"{name} is no {what}",
            expected=", ".join(known[:12]),
            near=tuple(near(name, known)),
        )
    )
