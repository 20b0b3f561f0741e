"""`forms`: a build sheet for every form, since no interface of TOPdesk makes one."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.forms.build import write_sheets
from migrate.cli.forms.wording import words
from migrate.cli.options import App, command, unit_option
from migrate.errors import ConfigurationError, Exit, MappingError, Problem
from migrate.transform.conditions import Lang
from migrate.workspace import Workspace


@command("forms")
@unit_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the sheets.",
    show_default="forms/ in the workspace",
)
@click.pass_obj
def forms_command(app: App, unit: str | None, out: Path | None) -> int:
    """Build sheets for the forms of HPSM's catalogue, and the checklist that shows what is built.

    TOPdesk has no interface that makes forms. Each sheet, a page and a YAML file, says all that
    whoever builds it needs: service, receiving group, audience, every field with its type, its
    label in both languages, choices, and its conditions in words. What becomes of a form is decided
    in forms.yaml: build, link (it belongs to another system), merge, retire or leave.

    \b
    Example:
      migrate forms
      migrate forms --unit ub --out forms-ub
    """
    with Workspace(app.folder) as workspace:
        if not workspace.snapshot.runs():
            raise ConfigurationError(
                Problem("snapshot-empty", str(workspace.snapshot.path), "nothing was extracted yet")
            )
        if problems := [p for p in workspace.mappings_read[1] if not p.warning]:
            raise MappingError(problems)
        folder = out if out is not None else workspace.config.path("forms")
        sheets, approved = workspace.forms(unit)
        lang: Lang = "nb" if app.console.lang == "nb" else "en"
        written = write_sheets(sheets, approved, folder, lang)
        said = words(lang)
        app.console.table(
            said["forms"],
            [said["decision"], said["forms"]],
            [[said["actions"][action], count] for action, count in written.actions.items()],
        )
        built, build = written.states.get("built", 0), written.actions.get("build", 0)
        undecided = written.actions.get("undecided", 0)
        app.console.say(said["summary"].format(built=built, build=build, undecided=undecided))
        app.console.say(str(written.checklist))
        app.console.data(
            "forms",
            {
                "checklist": str(written.checklist),
                "sheets": written.sheets,
                "decisions": written.actions,
                "states": written.states,
            },
        )
        asked = f" --unit {unit}" if unit else ""
        app.console.next(f"migrate map {'propose' if undecided else 'check'}{asked}")
        return Exit.OK
