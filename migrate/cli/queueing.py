"""`queue`: units for workers, checked and planned; and how the queue stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.options import App, command, sprint_option, unit_option
from migrate.cli.running import plan_units
from migrate.cli.tables import show_plan
from migrate.config import FILE
from migrate.errors import ConfigurationError, Exit, Problem, StoppedError
from migrate.records import PHASES
from migrate.transform.mapping import Sprint
from migrate.workspace import Workspace

if TYPE_CHECKING:
    from migrate.load.queue import UnitJob

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
@click.pass_obj
def queue_command(app: App, unit: str | None, sprint: str | None) -> int:
    """Check and plan a unit, or all units of a sprint, and have workers load them.

    Needs the state on PostgreSQL (`state.url`). `migrate worker` loads what is queued, on any
    number of machines, and exactly by the plan that is shown here.

    \b
    Example:
      migrate queue --sprint pilot
      migrate queue --unit ub
    """
    with Workspace(app.folder) as workspace:
        found, units = workspace.sprint_of(unit, sprint)
        code = queue_units(app, workspace, found, units)
        app.console.next("migrate worker")
        return code


def queue_units(app: App, workspace: Workspace, sprint: Sprint, units: list[str]) -> Exit:
    """Check and plan units as a load would, and put them into the queue for the workers. A unit
    that is at work is left alone.

    Raises MappingError for everything that keeps them from being loaded, ConfigurationError
    (`state-not-shared`) where the state is in a folder.
    """
    if workspace.together is None:
        raise not_shared(app.folder)
    from migrate.load.queue import put  # takes a moment to import, and a load does not need it

    worst, queued = Exit.OK, []
    warnings = workspace.gate(units, sprint.name)
    app.console.problems(warnings, "Warnings")
    for unit in units:
        try:
            plan_units(app, workspace, sprint.name, [unit])
        except StoppedError as error:
            if {problem.code for problem in error.problems} != {"unit-locked"}:
                raise
            app.console.problems(error.problems, f"{unit}: not queued")
            worst = Exit.STOPPED
            continue
        put(workspace.together.place, _job(workspace, sprint, unit))
        queued.append(unit)
    show_plan(app.console, workspace, queued)
    for unit in queued:
        app.console.say(f"{unit} is queued.")
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


def _job(workspace: Workspace, sprint: Sprint, unit: str) -> UnitJob:
    from migrate.load.queue import UnitJob

    heads = [workspace.store.head(unit, phase) for phase in PHASES]
    plan = {head.phase: head.digest for head in heads if head}
    return UnitJob(unit, sprint.name, tuple(sprint.scope.kinds), plan)


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
