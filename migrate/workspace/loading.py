"""What plans, loads and compares, wired."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from migrate.chains import SnapshotChains
from migrate.load.http import base_url
from migrate.load.pacer import Pacer
from migrate.load.plan import Planner
from migrate.load.probe import Prober
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.sprint import UnitLoader
from migrate.load.stop_line import Band, Forecast, forecast
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.verify import Verifier
from migrate.load.work import Report, Settings
from migrate.records import Ref, State
from migrate.state.plan_store import PlanStore
from migrate.transform.mapping import Sprint
from migrate.transform.preview import Preview
from migrate.workspace.stores import Stores


class Loading(Stores):
    """The planner and the engine, the probe and the stop-line, on this workspace's state and
    target."""

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

    def verifier(
        self,
        progress: Callable[[int], None] = lambda done: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Verifier:
        self.journal.bind_target(self.reader.describe().fingerprint)
        return Verifier(
            self.journal,
            self.reader,
            progress=progress,
            clock=time.time,
            window=self.config.target.settle_window,
            sleep=sleep,
        )
