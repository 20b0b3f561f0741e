"""`failures` and `retry`: what failed, folded into families; and running exactly these again."""

from __future__ import annotations

import shlex

import click

from migrate.cli.options import App, command, looked_option, sprint_option, unit_option
from migrate.cli.running import load_units
from migrate.cli.tables import show_families
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.records import PHASES
from migrate.report.failures.families import Family, exactly
from migrate.report.failures.menders import Mender
from migrate.workspace import Workspace


@command("failures")
@unit_option
@sprint_option
@click.option("--family", help="Only this family, or those that begin so.")
@click.pass_obj
def failures_command(app: App, unit: str | None, sprint: str | None, family: str | None) -> int:
    """What failed, by family: one sentence, who mends it, examples, and the command for it.

    Exit code 0: nothing failed. 3: something did.

    \b
    Example:
      migrate failures --unit ub
      migrate failures --sprint pilot --family target-value-not-found
    """
    with Workspace(app.folder) as workspace:
        units = _units(workspace, unit, sprint)
        found = [each for name in units for each in workspace.failures(name, family)]
        show_families(app.console, found)
        if not found:
            app.console.say("Nothing failed.")
            app.console.next(f"migrate status {_named(unit, sprint)}".rstrip())
            return Exit.OK
        # What waits goes once what it waits for is there: that is mended first.
        mended = (one for one in found if one.advice.mender is not Mender.WAIT)
        app.console.next(_command(workspace, next(mended, found[0])))
        return Exit.SOME_FAILED


@command("retry")
@unit_option
@sprint_option
@click.option("--family", help="Only this family of `failures`, or those that begin so.")
@looked_option
@click.pass_obj
def retry_command(
    app: App, unit: str | None, sprint: str | None, family: str | None, looked: str | None
) -> int:
    """Run again exactly what failed, and touch nothing that is good.

    \b
    Example:
      migrate retry --unit ub
      migrate retry --unit ub --family target-value-not-found/incident/create
    """
    with Workspace(app.folder) as workspace:
        found, units = workspace.sprint_of(unit, sprint)
        chosen = {each: workspace.failures(each, family) for each in units}
        if family is not None and not any(chosen.values()):
            raise _no_family(workspace, units, family)
        workspace.journal.bind_target(workspace.reader.describe().fingerprint)
        only = {each: exactly(families) for each, families in chosen.items()}
        wanted = [each for each in units if only[each]]
        reopened = sum(_reopen(workspace, chosen[each]) for each in wanted)
        for each in wanted:
            for phase in PHASES:
                # What was planned while it had failed may not say how to go on.
                workspace.store.outdate(each, phase)
        app.console.say(f"{reopened} failed operations will be tried again.")
        app.console.data("reopened", reopened)
        code = load_units(app, workspace, found, wanted, only=only, looked=looked)
        left = [one for each in units for one in workspace.failures(each, family) if one.operations]
        show_families(app.console, left)
        if code is Exit.OK and left:
            code = Exit.SOME_FAILED
        if left:
            app.console.next(_command(workspace, left[0]))
        else:
            app.console.next(f"migrate load {_named(unit, sprint)}")
        return code


def _command(workspace: Workspace, family: Family) -> str:
    """A family's command; past a stop-line it goes on only where it says who has looked."""
    sends = family.command.startswith(("migrate retry", "migrate load"))
    looked = sends and workspace.stopped_at(family.unit) is not None
    return f"{family.command} --looked NAME" if looked else family.command


def _reopen(workspace: Workspace, chosen: list[Family]) -> int:
    keys = [key for one in chosen for key in one.operations]
    return workspace.journal.reopen_these(keys, workspace.clock())


def _units(workspace: Workspace, unit: str | None, sprint: str | None) -> list[str]:
    if unit or sprint:
        return workspace.sprint_of(unit, sprint)[1]
    return workspace.overview.units()


def _named(unit: str | None, sprint: str | None) -> str:
    return " ".join(
        f"--{name} {shlex.quote(value)}"
        for name, value in (("sprint", sprint), ("unit", unit))
        if value
    )


def _no_family(workspace: Workspace, units: list[str], family: str) -> ConfigurationError:
    names = [one.name for each in units for one in workspace.failures(each)]
    return ConfigurationError(
        Problem(
            "usage",
            "--family",
            f"nothing failed as {family}",
            expected=", ".join(names[:12]) or "nothing failed here",
        )
    )
