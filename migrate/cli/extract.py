"""`extract`: HPSM into the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from migrate.cli.options import App, command
from migrate.cli.running import draining
from migrate.errors import ConfigurationError, Exit
from migrate.extract.run import extract
from migrate.records import SOURCE_KINDS
from migrate.workspace import Workspace


@command("extract")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(SOURCE_KINDS), help="Only this kind."
)
@click.option("--full", is_flag=True, help="Everything, and notice what disappeared.")
@click.pass_obj
def extract_command(app: App, kinds: tuple[str, ...], full: bool) -> int:
    """Read HPSM into the snapshot; what has not changed is not written again.

    A run that was cut, also by Ctrl-C, is gone on with by the same command within a day.

    \b
    Example:
      migrate extract
      migrate extract --full --kind incidents
    """
    with Workspace(app.folder) as workspace:
        problems = workspace.source.check()
        if errors := [problem for problem in problems if not problem.warning]:
            raise ConfigurationError(errors)
        source = workspace.config.source
        workspace.blobs.sweep()
        with draining(app.console) as stop, app.console.progress("extract") as update:
            report = extract(
                workspace.source,
                workspace.snapshot,
                list(kinds) or None,
                full=full,
                now=datetime.now(UTC),
                derive=source.derive,
                overlap=timedelta(seconds=source.overlap),
                progress=update,
                stop=stop,
            )
        columns = ("kind", "read", "new", "changed", "unchanged", "repeated", "skipped", "gone")
        rows = [
            [k.kind, k.read, k.new, k.changed, k.unchanged, k.repeated, k.skipped, k.disappeared]
            for k in report.kinds
        ]
        app.console.table("Extracted", columns, rows)
        if went_on := [kind.kind for kind in report.kinds if kind.went_on]:
            app.console.say(f"Went on with the run that was cut: {', '.join(went_on)}.")
        app.console.data("extract", [dict(zip(columns, row, strict=True)) for row in rows])
        app.console.data("went_on", went_on)
        for line in (said := workspace.journals_said()):
            app.console.say(line)
        app.console.data("journals", list(said))
        found = [*problems, *report.problems]
        app.console.problems(found, "Noticed")
        units = bool(workspace.mappings.units)
        app.console.next("migrate map check" if units else "migrate assess")
        return Exit.SOME_FAILED if any(not p.warning for p in found) else Exit.OK
