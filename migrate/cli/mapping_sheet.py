"""`map export` and `map import`: the mapping cycle in a workbook."""

from __future__ import annotations

import getpass
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from migrate.cli.options import App, command, unit_option
from migrate.cli.sheet_exchange import Exchange, Taken
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.transform.differences import entry_differences
from migrate.transform.policy import Policy
from migrate.transform.sheet.lines import left_problem
from migrate.transform.sheet.merge import Change
from migrate.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@command("export")
@click.argument("file", type=_FILE)
@unit_option
@click.option("--offline", is_flag=True, help="Do not ask TOPdesk for its lists.")
@click.pass_context
def map_export(ctx: click.Context, file: Path, unit: str | None, offline: bool) -> int:
    """A unit's decisions as a workbook for Excel, for its owner to fill in.

    FILE must not be there yet. Headings and answers are Norwegian; English with `migrate --lang
    en`. The grey columns are facts, the white ones the answers, with TOPdesk's own values to choose
    from.

    \b
    Example:
      migrate map export --unit ub ub.xlsx
    """
    app: App = ctx.obj
    if unit is None:
        raise ConfigurationError(
            Problem("usage", "command line", "say which unit", expected="--unit U")
        )
    with Workspace(app.folder) as workspace:
        target = None if offline else workspace.target_facts
        rows = Exchange(workspace, sheet_language(ctx)).export(unit, file, target)
    app.console.say(
        f"{file}: {rows} rows. What comes back is merged with what is decided until then."
    )
    app.console.data("file", str(file))
    app.console.data("rows", rows)
    app.console.next(f"migrate map import {shlex.quote(str(file))}")
    return Exit.OK


@command("import")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@unit_option
@click.option("--by", help="Who answered (an e-mail address).", show_default="whom the file names")
@click.pass_context
def map_import(
    ctx: click.Context, files: tuple[Path, ...], unit: str | None, by: str | None
) -> int:
    """Bring what was answered in workbooks into the files, merged with what is decided meanwhile.

    Every change is one line of YAML with its author. Nothing is approved by it. What cannot be
    taken in is named by cell, and comes back in a small workbook beside FILE, ending in .left.xlsx.
    Several copies may be given, or one after the other.

    \b
    Example:
      migrate map import ub.xlsx
      migrate map import ub-kari.xlsx ub-ola.xlsx
    """
    app: App = ctx.obj
    taken = []
    with Workspace(app.folder) as workspace:
        exchange = Exchange(workspace, sheet_language(ctx))
        for file in files:
            exchange.read(file, unit)  # before anything is written, all of them can be read
        for file in files:
            taken.append(exchange.take(file, unit, by, getpass.getuser()))
        return _tell(app, taken, exchange.mappings.policy)


def sheet_language(ctx: click.Context) -> str:
    """The language of workbooks: Norwegian, unless another was asked for."""
    root = ctx.find_root()
    asked = root.get_parameter_source("lang") is not ParameterSource.DEFAULT
    return str(root.params["lang"]) if asked else "nb"


def lines_of(change: Change, policy: Policy, lang: str) -> list[str]:
    """What one change changes, as `map diff` says it, each with the cells."""
    cells = ", ".join(place.rpartition("!")[2] for place in change.cells.values())
    found = entry_differences(change.file, change.source, change.before, change.after, policy, lang)
    return [f"{each.line} ({cells})" for each in found]


def data_of(change: Change) -> dict[str, Any]:
    """One change for programs."""
    was, now = (_plain(each) for each in (change.before, change.after))
    fields = ("decision", "restricted", "note")
    return {
        "file": change.file,
        "source": change.source,
        "was": {name: was.get(name) for name in fields},
        "becomes": {name: now.get(name) for name in fields},
        "cells": dict(change.cells),
    }


def _tell(app: App, taken: list[Taken], policy: Policy) -> int:
    console = app.console
    for each in taken:
        name, merged = each.name, each.merged
        for change in merged.changes:
            for line in lines_of(change, policy, console.lang):
                console.say(f"  {line}")
        counts = f"{len(merged.changes)} taken in, {len(merged.left)} cells left"
        console.say(f"{name}: {counts}, in the name of {each.by}.")
        problems = [left_problem(name, left) for left in merged.left] + merged.problems
        console.problems([p for p in problems if not p.warning], "Left")
        console.problems([p for p in problems if p.warning], "Noticed")
        if each.written:
            console.say(f"What was left is in {each.written}, for whoever answered.")
    console.data(
        "workbooks",
        [
            {
                "file": each.name,
                "unit": each.unit,
                "by": each.by,
                "changes": [data_of(change) for change in each.merged.changes],
                "left": [asdict(left) for left in each.merged.left],
                "written": str(each.written) if each.written else None,
            }
            for each in taken
        ],
    )
    console.next(f"migrate map check --unit {taken[-1].unit}")
    whole = not any(
        each.merged.left or any(not p.warning for p in each.merged.problems) for each in taken
    )
    return Exit.OK if whole else Exit.SOME_FAILED


def _plain(entry: Any) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_none=True) if entry is not None else {}
