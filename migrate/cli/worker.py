"""`worker`: loads what `queue` put into the queue, on any number of machines."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NoReturn

import click

from migrate.cli.options import App, command
from migrate.cli.queueing import not_shared
from migrate.cli.running import draining
from migrate.codes import CODES
from migrate.config import load_config
from migrate.errors import ConfigurationError, Exit, MigrateError, Problem, StoppedError
from migrate.load.queue import UnitJob
from migrate.load.serve import NotDone, PutBack, Worker
from migrate.load.sprint import UnitLoader
from migrate.load.stop_line import Band, band_of
from migrate.workspace import Workspace, database

_AGAIN = 15.0
"""Seconds after which a unit that cannot be loaded just now is tried again."""
_GIVEN_UP = frozenset({"lease-lost", "state-unreachable"})
"""Another worker has taken the job over, or will: nothing is said of it any more."""
_A_PERSON = frozenset({"error-budget", "stop-line", "plan-outdated"})
"""Stops that no worker gets past: the unit leaves the queue."""
_LOADED = "loaded"
_LOOKS = 5
"""How often a worker looks, a second apart, for a unit whose links may be written."""


@command("worker")
@click.option("--until-empty", is_flag=True, help="Leave when nobody has anything to do any more.")
@click.pass_obj
def worker_command(app: App, until_empty: bool) -> int:
    """Load the units that `migrate queue` has queued, on this machine too.

    Needs the state on PostgreSQL (`state.url`). Start as many as you like, on as many machines as
    you like: a unit is never loaded by two, and all share one request budget. Ctrl-C, or SIGTERM,
    stops a worker in a safe place and puts its unit back; one that dies has its unit taken over.

    \b
    Example:
      migrate worker
      migrate worker --until-empty
    """
    config = load_config(app.folder)
    place = database(config.state)
    if place is None:
        raise not_shared(app.folder)
    with draining(app.console) as stop:
        crew = _Crew(app, app.folder, stop)
        worker = Worker(
            place, crew.perform, stop, config.state.lease, until_empty, say=app.console.say
        )
        app.console.say(f"Waiting for units in {place.at('queue')}. Ctrl-C stops.")
        asyncio.run(worker.serve())
    app.console.data("loaded", crew.loaded)
    app.console.next("migrate status")
    if crew.trouble:
        raise crew.trouble
    return Exit.OK if until_empty and not stop.is_set() else Exit.STOPPED


class _Crew:
    """Loads one unit after the other. `trouble` is what no worker with this configuration gets
    past."""

    def __init__(self, app: App, folder: Path, stop: Event) -> None:
        self._app, self._folder, self._stop = app, folder, stop
        self.loaded: list[dict[str, object]] = []
        self.trouble: MigrateError | None = None

    def perform(self, job: UnitJob) -> None:
        """Load a unit by the plan that was queued. Raises PutBack or NotDone."""
        say = self._app.console.say
        say(f"{job.unit}: taken.")
        try:
            with Workspace(self._folder) as workspace:
                requests, whole = self._load(workspace, job)
        except MigrateError as error:
            self._failed(job, error)
        except Exception as error:
            say(f"{job.unit}: {CODES['bug'].title} ({type(error).__name__}).")
            raise NotDone from None
        self.loaded.append({"unit": job.unit, "requests": requests, "whole": whole})
        say(f"{job.unit}: {requests} requests sent that write.")
        if not whole:
            say(f"{job.unit}: what was settled or brought back is planned anew.")
            raise NotDone

    def _load(self, workspace: Workspace, job: UnitJob) -> tuple[int, bool]:
        _refuse_other_plan(workspace, job)
        _refuse_other_files(workspace)
        loader = workspace.unit_loader(
            stop=self._stop,
            waiting=lambda name: self._app.console.say(f"Waiting for another load ({name}) …"),
        )
        run = workspace.journal.begin_run("worker", workspace.clock())
        result = "ok"
        try:
            waived = frozenset(map(Band, job.waived))
            whole = loader.load(job.unit, job.sprint, job.phases, run, waived=waived)
            workspace.journal.remember(f"worker {job.unit}", _LOADED if whole else "plan-outdated")
            if whole and "knowledge" in job.phases:
                self._write_links(workspace, loader, job, run)
        except MigrateError as error:
            result = error.problems[0].code
            if band := band_of(error.problems):
                workspace.stop_at(job.unit, band)
            raise
        finally:
            workspace.journal.end_run(run, result, workspace.clock())
        return sum(tally.requests for tally in loader.tallies.values()), whole

    def _write_links(
        self, workspace: Workspace, loader: UnitLoader, job: UnitJob, run: int
    ) -> None:
        """Write the links between articles that waited for this unit, or for one that another
        worker has loaded meanwhile: whoever is the last of two units sees both.

        A unit that is still at work is left out, since its own worker comes here after it.
        """
        loaded = [
            head.unit
            for head in workspace.store.heads()
            if (head.phase, head.sprint) == ("knowledge", job.sprint)
            and workspace.journal.remembered(f"worker {head.unit}") == _LOADED
        ]
        for attempt in range(_LOOKS):
            busy = []
            for unit in loaded:
                try:
                    loader.load_links(unit, job.sprint, run)
                except StoppedError as error:
                    if {problem.code for problem in error.problems} != {"unit-locked"}:
                        raise
                    busy.append(unit)
            loaded = busy
            # Held for a moment by a worker that writes links as well, or for long by a load.
            if not loaded or attempt == _LOOKS - 1 or self._stop.wait(1.0):
                return

    def _failed(self, job: UnitJob, error: MigrateError) -> NoReturn:
        code = error.problems[0].code
        self._app.console.say(f"{job.unit}: {CODES[code].title} ({code}).")
        if self._stop.is_set():
            raise PutBack(0) from None
        if code in _GIVEN_UP:
            raise PutBack(_AGAIN) from None
        if isinstance(error, StoppedError) and code not in _A_PERSON:
            self._remember(job, code)
            raise PutBack(_AGAIN) from None
        self._remember(job, code)
        if isinstance(error, ConfigurationError):
            # The next unit would not fare better here, and another machine may.
            self.trouble = error
            self._stop.set()
            raise PutBack(0) from None
        raise NotDone from None

    def _remember(self, job: UnitJob, code: str) -> None:
        with suppress(MigrateError), Workspace(self._folder) as workspace:
            workspace.journal.remember(f"worker {job.unit}", code)


def _refuse_other_files(workspace: Workspace) -> None:
    """Raises ConfigurationError (`files-elsewhere`) where the files of tickets are not here."""
    if (workspace.journal.remembered("files") or "") not in ("", workspace.blobs.name):
        raise ConfigurationError(
            Problem(
                "files-elsewhere",
                str(workspace.blobs.folder),
                "this is not the folder that the units were queued with",
                expected="state.folder on a network share, the same for all workers",
            )
        )


def _refuse_other_plan(workspace: Workspace, job: UnitJob) -> None:
    """Raises StoppedError (`plan-outdated`) where the unit was planned anew since it was queued."""
    heads = [workspace.store.head(job.unit, phase) for phase in job.plan]
    if {head.phase: head.digest for head in heads if head} != job.plan:
        raise StoppedError(
            Problem(
                "plan-outdated",
                job.unit,
                "it was planned anew after it was queued",
                expected="the plan that was looked at",
            )
        )
