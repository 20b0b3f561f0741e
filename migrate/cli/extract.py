"""`extract`: HPSM into the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from migrate.cli.options import App, command
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

    \b
    Example:
      migrate extract
      migrate extract --full --kind incidents
    """
    with Workspace(app.folder) as workspace:
        problems = workspace.source.check()
        if errors := [problem for problem in problems if not problem.warning]:
            raise ConfigurationError(errors)
        with app.console.progress("extract") as update:
            report = extract(
                workspace.source,
                workspace.snapshot,
                list(kinds) or None,
                full=full,
                now=datetime.now(UTC),
                derive=workspace.config.source.derive,
                progress=update,
            )
        columns = ("kind", "read", "new", "changed", "unchanged", "repeated", "skipped", "gone")
        rows = [
            [k.kind, k.read, k.new, k.changed, k.unchanged, k.repeated, k.skipped, k.disappeared]
            for k in report.kinds
        ]
        app.console.table("Extracted", columns, rows)
        app.console.data("extract", [dict(zip(columns, row, strict=True)) for row in rows])
        found = [*problems, *report.problems]
        app.console.problems(found, "Noticed")
        app.console.next("migrate map check")
        return Exit.SOME_FAILED if any(not p.warning for p in found) else Exit.OK
