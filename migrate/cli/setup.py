"""`init` and `check`: a new workspace, and whether it is fit to be used."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from migrate.cli.options import App, command, sprint_option, unit_option
from migrate.codes import CODES
from migrate.errors import ConfigurationError, Exit, MigrateError, Problem
from migrate.templates import FILES
from migrate.workspace import Workspace


@command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def init_command(app: App, folder: Path) -> None:
    """Make a new workspace: configuration, empty mappings, git-ignored state.

    \b
    Example:
      migrate init desk
    """
    if (folder / "migrate.yaml").exists():
        raise ConfigurationError(
            Problem("workspace-exists", str(folder), "there is a workspace here already")
        )
    # The configuration last: what was cut for want of room is gone on with by the same command.
    for name, text in sorted(FILES.items(), key=lambda pair: pair[0] == "migrate.yaml"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    app.console.say(
        f"A workspace in {folder}. Say in {folder / 'migrate.yaml'} where HPSM and TOPdesk are,"
        " and set TOPDESK_PASSWORD."
    )
    app.console.data("files", sorted(FILES))
    app.console.next(f"migrate --workspace {shlex.quote(str(folder))} check")


@command("check")
@unit_option
@sprint_option
@click.pass_obj
def check_command(app: App, unit: str | None, sprint: str | None) -> int:
    """Configuration, credentials, source, target and mappings, in one table.

    \b
    Example:
      migrate check
    """
    with Workspace(app.folder) as workspace:
        problems: list[Problem] = list(workspace.source.check())
        live = True
        try:
            info = workspace.reader.describe()
            app.console.say(f"TOPdesk {info.version} at {info.fingerprint}, as {info.operator}.")
            app.console.data("target", {"version": info.version, "fingerprint": info.fingerprint})
            if hidden := ", ".join(workspace.reader.filters()):
                message = f"it has filters by {hidden}"
                problems.append(Problem("account-filtered", info.operator, message, warning=True))
        except MigrateError as error:
            problems.extend(error.problems)
            live = False
        app.console.say(workspace.state_said)
        app.console.data("state", workspace.state_said)
        kinds = [] if any(not p.warning for p in problems) else workspace.source.describe()
        if kinds:
            app.console.table(
                "Source",
                ["kind", "rows", "fields", "missing"],
                [
                    [k.kind, k.rows, len(k.fields), ", ".join(f for f, _ in k.missing)]
                    for k in kinds
                ],
            )
        app.console.data(
            "source",
            [
                {
                    "kind": k.kind,
                    "rows": k.rows,
                    "fields": len(k.fields),
                    "missing": [f for f, _ in k.missing],
                }
                for k in kinds
            ],
        )
        configuration = [problem for problem in problems if not problem.warning]
        mapping = workspace.check([unit] if unit else None, sprint, live=live)
        problems.extend(mapping)
        app.console.problems(problems)
        if configuration:
            app.console.next("migrate check")
            away = all(CODES[problem.code].action == "wait" for problem in configuration)
            return Exit.STOPPED if away else Exit.USAGE
        extracted = bool(workspace.snapshot.runs())
        if any(not problem.warning for problem in mapping):
            app.console.next("migrate map propose" if extracted else "migrate extract")
            return Exit.MAPPING
        chosen = f"--sprint {sprint}" if sprint else "--sprint NAME"
        app.console.next(f"migrate plan {chosen}" if extracted else "migrate extract")
        return Exit.OK
