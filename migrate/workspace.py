"""The composition root: one folder's configuration, mappings, state, source and target, wired."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from migrate.chains import SnapshotChains, journal_form
from migrate.config import Config, StateConfig, load_config, secret
from migrate.errors import ConfigurationError, MappingError, Problem
from migrate.extract.catalogue import options
from migrate.extract.opening import open_source
from migrate.extract.source import Source
from migrate.facts import out_of_sight, owned, source_facts, target_facts
from migrate.load.hours import opens
from migrate.load.http import Http, base_url
from migrate.load.one_process import OneProcess
from migrate.load.pacer import Pacer
from migrate.load.plan import Planner
from migrate.load.probe import Prober
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.sprint import UnitLoader
from migrate.load.stop_line import Band, Forecast, forecast
from migrate.load.target import TargetReader
from migrate.load.topdesk.client import TopdeskReader, TopdeskTarget
from migrate.load.turns import Turns
from migrate.load.verify import Verifier
from migrate.load.work import Report, Settings
from migrate.records import Ref, State
from migrate.report.articles.build import Written as ArticlePage
from migrate.report.articles.build import write_page
from migrate.report.assess.question import Borrowed, Question
from migrate.report.assess.question import Unit as AssessedUnit
from migrate.report.concierge.answers import Code
from migrate.report.concierge.build import Built, Wish, build
from migrate.report.failures.families import Family, families
from migrate.report.totals import Shelf
from migrate.state import locks
from migrate.state.audit import Audit
from migrate.state.blobs import BlobStore
from migrate.state.database import Place
from migrate.state.journal import Journal
from migrate.state.numbers import Numbers
from migrate.state.overview import Overview
from migrate.state.place import Postgres
from migrate.state.plan_store import PlanStore
from migrate.state.snapshot import Snapshot
from migrate.transform.approve import facts_of, standing
from migrate.transform.check import check
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.forms import Sheet, form_sheets
from migrate.transform.left import NO_TARGET
from migrate.transform.mapping import Mappings, Sprint
from migrate.transform.mapping_files import read_mappings
from migrate.transform.names import GROUP_NAME, folded, near, spelled_out, tidy
from migrate.transform.preview import Preview
from migrate.transform.text import clean, misread

if TYPE_CHECKING:
    from migrate.load.together import Together

Store = TypeVar("Store", Journal, PlanStore, Snapshot, Overview, "Together")


class Workspace:
    """Everything a command needs, opened when it is first asked for and closed together.

    Raises ConfigurationError where the configuration, a secret or a folder is not usable.
    """

    def __init__(self, folder: Path) -> None:
        self.config: Config = load_config(folder)
        self._open: list[Journal | PlanStore | Snapshot | Overview | Together] = []

    def __enter__(self) -> Workspace:
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
        facts = self.source_facts(units if units is not None else chosen)
        return check(mappings, problems, facts, target, units, sprint)

    def gate(self, units: list[str], sprint: str) -> list[Problem]:
        """The warnings about these units. Raises MappingError with everything that keeps them from
        being loaded: broken, missing, unapproved and lapsed entries."""
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
                raise _unknown("sprint", sprint, list(sprints))
            units = sprints[sprint].units
            if unit is not None and unit not in units:
                raise _unknown("unit of that sprint", unit, units)
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
        raise _unknown("unit of any sprint", unit, [u for s in sprints.values() for u in s.units])

    def ticket_groups(self) -> dict[str, tuple[set[str], set[str]]]:
        """Unit → its HPSM groups and the services that come to it."""
        owners = {}
        for unit in self.mappings.units:
            groups, services = owned(self.mappings, [unit])
            owners[unit] = (groups or set(), services)
        return owners

    def shelves(self) -> dict[str, Shelf]:
        """Unit → what of HPSM's knowledge, standard texts and catalogue it takes."""
        common = self.mappings.policy.knowledge.common_texts
        return {
            key: Shelf(
                frozenset(unit.knowledge),
                frozenset(unit.file.knowledge),
                frozenset(unit.file.groups),
                bool(unit.texts),
                bool(unit.services),
                key == common,
            )
            for key, unit in self.mappings.units.items()
        }

    def journals_said(self) -> tuple[str, ...]:
        """How HPSM's journal texts are read and by what evidence, in words; nothing where every
        ticket has activities."""
        form = journal_form(self.snapshot, self.mappings.policy.history.journal)
        return form.said if form else ()

    def question(self, unit: str | None, present: datetime | None) -> Question:
        """What `assess` is asked: of `unit`, or of everything. A group of a unit of which nobody
        has said that it is not restricted is treated as if it were, as a load does.

        Raises ConfigurationError for a unit that the mappings do not have.
        """
        mappings = self.mappings
        if unit is not None and unit not in mappings.units:
            raise _unknown("unit", unit, list(mappings.units))
        units = {
            key: AssessedUnit(key, each.file.name, frozenset(each.file.groups))
            for key, each in mappings.units.items()
        }
        said = {
            group: entry.restricted if (entry := mappings.group(group)) else "unknown"
            for each in units.values()
            for group in each.groups
        }
        return Question(
            Borrowed(misread, clean, folded, spelled_out, tidy, GROUP_NAME),
            units.get(unit or ""),
            tuple(units.values()),
            restricted=frozenset(group for group, answer in said.items() if answer is True),
            undecided=frozenset(group for group, answer in said.items() if answer == "unknown"),
            default_groups={
                name: service.default_group
                for name, service in mappings.services.items()
                if service.default_group
            },
            state_of=self._state_of if mappings.values.get("status") else None,
            present=present,
        )

    def write_articles(self, unit: str | None, folder: Path, lang: str) -> dict[str, ArticlePage]:
        """Write the page of what was simplified for a unit, or for each unit with articles that has
        a plan; unit → page. Raises ConfigurationError for a unit that the mappings do not have."""
        units = self.mappings.units
        if unit is not None and unit not in units:
            raise _unknown("unit", unit, list(units))
        return {
            key: write_page(self.store, self.journal, key, each.file.name, folder, lang)
            for key, each in units.items()
            if unit in (None, key) and (each.knowledge or unit)
            if self.store.head(key, "knowledge") is not None
        }

    def concierge(self, folder: Path) -> Built:
        """Write the page that answers old numbers, and its maps, into `folder`."""
        groups, services = out_of_sight(self.mappings)
        links = self.config.target.links
        base = self.config.target.url.rstrip("/")
        patterns = {
            kind: {
                reader: base + pattern if pattern.startswith("/") else pattern
                for reader, pattern in readers.items()
                if pattern
            }
            for kind, readers in {
                "incident": {"operator": links.incident, "caller": links.portal},
                "knowledge": {"reader": links.knowledge},
            }.items()
        }
        policy = self.mappings.policy
        ask = {"nb": policy.concierge.ask.nb or "", "en": policy.concierge.ask.en or ""}
        today = datetime.fromtimestamp(self.clock(), ZoneInfo(policy.time_zone)).date()
        left = dict.fromkeys(NO_TARGET, Code.NO_TARGET)
        if policy.tickets.requests == "leave":
            left["requests"] = Code.REQUEST_LEFT
        wish = Wish(groups, services, left, patterns, ask, today.isoformat())
        numbers = Numbers(self.store.path, self.journal.path, self.config.source.name)
        try:
            return build(self.snapshot, numbers, wish, folder)
        finally:
            numbers.close()

    def forms(self, unit: str | None) -> tuple[list[Sheet], set[tuple[str, str]]]:
        """The build sheets of a unit's forms, or of every unit's, and which entries (unit, source)
        have an approval that holds.

        Raises ConfigurationError for a unit that the mappings do not have.
        """
        mappings = self.mappings
        if unit is not None and unit not in mappings.units:
            raise _unknown("unit", unit, list(mappings.units))
        chosen = [u for key, u in mappings.units.items() if unit in (None, key)]
        facts = self.source_facts()
        approved = {
            (each.key, entry.source)
            for each in chosen
            for entry in each.forms.values()
            if standing(entry, facts_of(entry, facts), mappings.policy).holds
        }
        rows = list(self.snapshot.scan("catalogue"))
        sheets = [sheet for each in chosen for sheet in form_sheets(rows, mappings, each, options)]
        return sheets, approved

    def _state_of(self, status: str) -> str | None:
        value = self.mappings.value("status", status)
        return None if value is None else value.state or ""

    def chains(self) -> SnapshotChains:
        return SnapshotChains(
            self.snapshot,
            self.mappings,
            self.mapping_folder,
            self.journal.bound,
            self.journal.told,
            self.blobs,
        )

    def preview(self, number: str) -> Preview | None:
        """A ticket before and after, as far as it may be shown; None where there is none."""
        return self.chains().preview(number, self.absent)

    def absent(self, ref: Ref) -> bool:
        """Whether the plan, which has asked, knows that TOPdesk has no such person or operator, or
        cannot name them; what was not planned yet is taken to be there."""
        if self.journal.records(ref.kind, [ref.key]):
            return False
        planned = (p for p in self.store.of_source(ref.key) if p.kind == ref.kind)
        verdict = next((p.verdict for p in planned if p.identity == ref.key), None)
        return verdict is not None and verdict.state is not State.SKIPPED

    def unit_loader(
        self,
        *,
        planned: Callable[[int], None] = lambda done: None,
        report: Report = lambda progress: None,
        stop: Event | None = None,
        waiting: Callable[[str], None] = lambda name: None,
    ) -> UnitLoader:
        """The planner and the engine, on this workspace's state and target.

        Binds the state to the target at its first use; raises ConfigurationError
        (`state-other-target`) ever after for another one.
        """
        self.journal.bind_target(self.reader.describe().fingerprint)
        config = self.config
        target = TopdeskTarget(self.http, config.target, self.blobs.open)
        pacer = Pacer(config.target.connections)
        settings = Settings(
            config.target.connections,
            config.target.settle_window,
            config.error_budget,
            config.target.patience,
            config.stop_line.after,
        )

        def loader(resolver: Resolver, run: int) -> Loader:
            return Loader(
                self.journal,
                self.store,
                target,
                pacer,
                resolver,
                settings,
                run,
                stop=stop,
                report=report,
                pause=lambda now: max(self.turns.pause(now), self.quiet_wait()),
            )

        return UnitLoader(
            self.chains(),
            Planner(self.journal, self.store, self.reader, planned),
            self.journal,
            self.store,
            loader,
            lambda name: self.hold(name, waiting),
            time.time,
            config.stop_line,
            self.address_of_tickets,
        )

    @property
    def address_of_tickets(self) -> str | None:
        """Where operators open a ticket, with `{id}` or `{number}` to fill in."""
        pattern = self.config.target.links.incident
        if pattern and pattern.startswith("/"):
            return base_url(self.config.target.url) + pattern
        return pattern

    def prober(self, sprint: Sprint) -> Prober:
        """What makes the probe ticket of a sprint, on this workspace's journal and target.

        Raises ConfigurationError where TOPdesk has no such reason for archiving as is configured.
        """
        config = self.config.target
        target = TopdeskTarget(self.http, config, self.blobs.open)
        settings = Settings(1, config.settle_window, 1.0, config.patience)

        def loader(store: PlanStore, resolver: Resolver, run: int) -> Loader:
            return Loader(self.journal, store, target, Pacer(1), resolver, settings, run)

        units = [self.mappings.units[unit] for unit in sprint.units if unit in self.mappings.units]
        reason = config.archiving_reason
        return Prober(
            self.journal,
            target,
            loader,
            sprint.probe.mailbox,
            units[0].file.branch if units else "",
            {"id": target.archiving_reasons()[reason]} if reason else {},
            config.settle_window,
        )

    def probed(self, sprint: str) -> bool:
        """Whether the sprint's probe ticket was made and looked at."""
        return bool(self.journal.remembered(f"probe/{sprint}"))

    def remember_probe(self, sprint: str, number: str) -> None:
        self.journal.remember(f"probe/{sprint}", number)

    def failures(self, unit: str, family: str | None = None) -> list[Family]:
        """What failed in a unit, folded into families."""
        return families(self.journal, self.store, unit, family)

    def forecast(self, unit: str, sprint: Sprint) -> Forecast:
        """What a load of a unit will touch, as its plan states it."""
        return forecast(self.store, unit, sprint.scope.kinds)

    def stopped_at(self, unit: str) -> Band | None:
        """The band of the stop-line that a unit's last load went over, until somebody looked."""
        band = self.journal.remembered(f"stop-line/{unit}")
        return Band(band) if band else None

    def stop_at(self, unit: str, band: Band | None) -> None:
        """Remember that a unit's load went over its stop-line; None: somebody has looked."""
        self.journal.remember(f"stop-line/{unit}", band or "")

    def verifier(self, progress: Callable[[int], None] = lambda done: None) -> Verifier:
        self.journal.bind_target(self.reader.describe().fingerprint)
        return Verifier(self.journal, self.reader, progress=progress, clock=time.time)

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


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    """A workspace for the length of one command."""
    with Workspace(folder) as workspace:
        yield workspace


def _unknown(what: str, name: str, known: list[str]) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "usage",
            "command line",
            f"{name} is no {what}",
            expected=", ".join(known[:12]),
            near=tuple(near(name, known)),
        )
    )
