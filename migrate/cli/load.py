"""`plan`, `load`, `retry` and `verify`: what would be done, doing it, and whether it was."""

from __future__ import annotations

import shlex
import time
from functools import partial

import click

from migrate.cli.options import (
    App,
    command,
    looked_option,
    probe_option,
    sprint_option,
    unit_option,
)
from migrate.cli.running import load_units, plan_units
from migrate.cli.tables import show_differences, show_forecast, show_plan, show_units
from migrate.console import Update
from migrate.errors import Exit
from migrate.report.failures.menders import undo_died
from migrate.report.totals import assert_totals, content_totals
from migrate.state.buckets import TROUBLE, UNFINISHED
from migrate.workspace import Workspace


@command("plan")
@unit_option
@sprint_option
@click.pass_obj
def plan_command(app: App, unit: str | None, sprint: str | None) -> None:
    """Say what a load would do, record by record, without changing anything.

    \b
    Example:
      migrate plan --sprint pilot
      migrate plan --unit ub --json
    """
    with Workspace(app.folder) as workspace:
        found, units = workspace.sprint_of(unit, sprint)
        warnings = workspace.gate(units, found.name)
        plan_units(app, workspace, found.name, units)
        app.console.problems(warnings, "Warnings")
        show_plan(app.console, workspace, units)
        for each in units:
            show_forecast(app.console, each, workspace.forecast(each, found))
        app.console.next(f"migrate load {_chosen(unit, sprint)}")


@command("load")
@unit_option
@sprint_option
@looked_option
@probe_option
@click.pass_obj
def load_command(
    app: App, unit: str | None, sprint: str | None, looked: str | None, probe_silent: bool
) -> int:
    """Load a unit, or all units of a sprint, into TOPdesk.

    The same command resumes whatever was begun: it first settles what is in doubt, then goes on.
    Ctrl-C once drains and stops; twice leaves at once, and nothing is lost either way. It stops by
    itself, safely, where it goes over its stop-line; --looked says who looked before it goes on.

    A sprint begins with one probe ticket: somebody watches the mailbox and says whether TOPdesk
    sent mails, then it is archived. Where nobody can be asked, --probe-silent says that it was seen
    beforehand.

    \b
    Example:
      migrate load --sprint pilot
      migrate load --unit ub
    """
    with Workspace(app.folder) as workspace:
        found, units = workspace.sprint_of(unit, sprint)
        code = load_units(app, workspace, found, units, looked=looked, silent=probe_silent)
        lines = show_units(app.console, workspace, units)
        _add_up(workspace, units)
        wanted = [line for line in lines if line.phase in found.scope.kinds]
        if code is Exit.OK and any(line.bucket in UNFINISHED for line in wanted):
            code = Exit.STOPPED
        elif code is Exit.OK and any(line.bucket in TROUBLE for line in wanted):
            code = Exit.SOME_FAILED
        stopped = any(workspace.stopped_at(each) for each in units)
        asked = stopped or code is Exit.STOPPED
        failures = [one for each in units for one in workspace.failures(each)] if asked else []
        if stopped and not failures:
            app.console.next(f"migrate load {_chosen(unit, sprint)} --looked NAME")
        elif any(undo_died(one.fingerprint) for one in failures):
            # No load ends what an undo has begun.
            app.console.next(f"migrate failures {_chosen(unit, sprint)}")
        elif stopped or code is Exit.SOME_FAILED:
            app.console.next(f"migrate failures {_chosen(unit, sprint)}")
        elif code is Exit.OK:
            app.console.next(f"migrate verify {_chosen(unit, sprint)}")
        elif code is Exit.MAPPING:
            app.console.next(f"migrate map check {_chosen(unit, sprint)}")
        else:
            app.console.next(f"migrate load {_chosen(unit, sprint)}")
        return code


def _add_up(workspace: Workspace, units: list[str]) -> None:
    """Raise BugError where the buckets of a unit do not hold every record once. One whose plan
    another load is making at this moment is left to that one."""
    whole = workspace.store.whole
    before = {each: made for each in units if (made := whole(each))}
    tickets = workspace.accounts()
    content = content_totals(workspace.snapshot, workspace.overview, workspace.shelves())
    stands = [each for each, made in before.items() if whole(each) == made]
    assert_totals(tickets, stands)
    assert_totals(content, stands)


@command("verify")
@unit_option
@sprint_option
@click.pass_obj
def verify_command(app: App, unit: str | None, sprint: str | None) -> int:
    """Read TOPdesk back and compare it field by field with what was sent; look for doubles.

    \b
    Example:
      migrate verify --sprint pilot
    """
    with Workspace(app.folder) as workspace:
        _, units = workspace.sprint_of(unit, sprint)
        different = 0
        with app.console.progress("verify") as update:
            for each in units:
                verifier = workspace.verifier(
                    partial(_verified, update, each), partial(_look_later, app)
                )
                result = verifier.verify(each)
                different += show_differences(app.console, each, result)
        if different:
            app.console.next(f"migrate status {_chosen(unit, sprint)} --reasons")
            return Exit.DIFFERENCES
        app.console.next(f"migrate status {_chosen(unit, sprint)}")
        return Exit.OK


def _verified(update: Update, unit: str, done: int) -> None:
    update(f"verify {unit}", done, None)


def _look_later(app: App, seconds: float) -> None:
    app.console.say(
        f"Not all that was sent a moment ago is shown: looking again in {seconds:.0f} s."
    )
    time.sleep(seconds)


def _chosen(unit: str | None, sprint: str | None) -> str:
    parts = [f"--sprint {shlex.quote(sprint)}"] if sprint else []
    return " ".join([*parts, *([f"--unit {shlex.quote(unit)}"] if unit else [])])
