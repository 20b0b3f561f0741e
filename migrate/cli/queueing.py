"""`queue`: units for workers, checked and planned; and how the queue stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.options import (
    App,
    command,
    looked_option,
    probe_option,
    sprint_option,
    unit_option,
)
from migrate.cli.probe import begin_sprint
from migrate.cli.running import waived_bands
from migrate.cli.tables import show_forecast, show_plan
from migrate.config import FILE
from migrate.errors import ConfigurationError, Exit, Problem, StoppedError
from migrate.load.stop_line import Band
from migrate.records import PHASES
from migrate.transform.mapping import Sprint
from migrate.workspace import Workspace

if TYPE_CHECKING:
    from migrate.load.queue import UnitJob

_LEFT_ALONE = frozenset({"unit-locked", "stop-line"})
_STATUS = {
    "todo": "waiting",
    "doing": "at work",
    "succeeded": "done",
    "failed": "a person must act",
    "cancelled": "cancelled",
    "aborted": "aborted",
}


@command("queue")
@unit_option
@sprint_option
@looked_option
@probe_option
@click.pass_obj
def queue_command(
    app: App, unit: str | None, sprint: str | None, looked: str | None, probe_silent: bool
) -> int:
    """Check and plan a unit, or all units of a sprint, and have workers load them.

    Needs the state on PostgreSQL (`state.url`). `migrate worker` loads what is queued, on any
    number of machines, and exactly by the plan that is shown here. What a load asks a person, this
    asks: about the sprint's probe ticket, and about a unit that went over its stop-line.

    \b
    Example:
      migrate queue --sprint pilot
      migrate queue --unit ub
    """
    with Workspace(app.folder) as workspace:
        found, units = workspace.sprint_of(unit, sprint)
        run = workspace.journal.begin_run("queue", workspace.clock())
        result = "stopped"
        try:
            code = queue_units(
                app, workspace, found, units, looked=looked, silent=probe_silent, run=run
            )
            result = code.name.lower()
        finally:
            workspace.journal.end_run(run, result, workspace.clock())
        app.console.next("migrate worker")
        return code


def queue_units(
    app: App,
    workspace: Workspace,
    sprint: Sprint,
    units: list[str],
    *,
    looked: str | None,
    silent: bool,
    run: int,
) -> Exit:
    """Check and plan units as a load would, and put them into the queue for the workers. A unit
    that is at work, or went over its stop-line, is left alone.

    Raises MappingError for everything that keeps them from being loaded, ConfigurationError
    (`state-not-shared`) where the state is in a folder, and what keeps the sprint from beginning.
    """
    if workspace.together is None:
        raise not_shared(app.folder)
    from migrate.load.queue import put  # takes a moment to import, and a load does not need it

    workspace.journal.remember("files", workspace.blobs.named())
    worst, queued = Exit.OK, []
    app.console.problems(workspace.gate(units, sprint.name), "Warnings")
    with app.console.progress("plan") as update:
        loader = workspace.unit_loader(planned=lambda done: update("plan", done, None))
        for unit in units:
            try:
                waived = waived_bands(workspace, unit, looked)
                loader.plan(unit, sprint.name, anew=True)
            except StoppedError as error:
                if not {problem.code for problem in error.problems} <= _LEFT_ALONE:
                    raise
                app.console.problems(error.problems, f"{unit}: not queued")
                worst = Exit.STOPPED
                continue
            show_plan(app.console, workspace, [unit])
            show_forecast(app.console, unit, workspace.forecast(unit, sprint))
            begin_sprint(app, workspace, sprint, silent=silent, run=run)
            put(workspace.together.place, _job(workspace, sprint, unit, waived))
            app.console.say(f"{unit} is queued.")
            queued.append(unit)
    app.console.data("queued", queued)
    return worst


def not_shared(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "state-not-shared",
            str(folder / FILE),
            "the state is in a folder, and workers cannot share that",
            expected="state.url, the address of a PostgreSQL database",
        )
    )


def _job(workspace: Workspace, sprint: Sprint, unit: str, waived: frozenset[Band]) -> UnitJob:
    from migrate.load.queue import UnitJob

    heads = [workspace.store.head(unit, phase) for phase in PHASES]
    plan = {head.phase: head.digest for head in heads if head}
    return UnitJob(unit, sprint.name, tuple(sprint.scope.kinds), plan, tuple(sorted(waived)))


def show_queue(app: App, workspace: Workspace, units: list[str] | None) -> None:
    """The latest job of each unit; says nothing where the state is in a folder."""
    if workspace.together is None:
        return
    from migrate.load.queue import queued

    rows = [
        [
            job.unit,
            job.sprint,
            _STATUS.get(job.status, job.status),
            job.attempts,
            workspace.together.leases.holder(job.unit),
            workspace.journal.remembered(f"worker {job.unit}") or "",
        ]
        for job in queued(workspace.together.place)
        if units is None or job.unit in units
    ]
    if rows:
        app.console.table(
            "Queue", ["unit", "sprint", "job", "put back", "loaded now by", "last word"], rows
        )
    keys = ("unit", "sprint", "job", "put_back", "by", "word")
    app.console.data("queue", [dict(zip(keys, row, strict=True)) for row in rows])
