"""`map diff`: which decisions are otherwise, in words, for a person or for a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from migrate.cli.mapping_sheet import sheet_language
from migrate.cli.options import App, command, unit_option
from migrate.cli.sheet_exchange import Exchange
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.state.versions import at_revision
from migrate.transform.differences import Difference, differences, entry_differences
from migrate.transform.mapping_files import read_mappings
from migrate.transform.names import near
from migrate.transform.sheet.lines import left_problem
from migrate.workspace import Workspace

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~])")
"""What Markdown would take for something else than text."""

_MENTION = re.compile(r"(?<!\w)([@#])(?=\w)")
"""What the pages of code hosts make a person or an issue of, also where Markdown leaves it."""


@command("diff")
@click.argument("before", default="HEAD")
@click.argument("after", required=False)
@unit_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    help="markdown: for a comment on a pull request.",
)
@click.pass_context
def map_diff(
    ctx: click.Context, before: str, after: str | None, unit: str | None, form: str
) -> int:
    """Which decisions are otherwise: UB-UTLÅN-GLØS: map → merge into UB Utlån.

    BEFORE is a commit, branch or tag (HEAD where none is named), AFTER another one; without it, the
    files as they are now. BEFORE may be a workbook instead: what `map import` would make of it.
    Comments and the order of lines are no difference. Exit code 4: the files as they are after have
    mistakes, which stand below.

    \b
    Example:
      migrate map diff
      migrate map diff origin/main HEAD --format markdown
      migrate map diff ub.xlsx
    """
    app: App = ctx.obj
    if after is None and ".." in before and not before.endswith(".xlsx"):
        before, _, after = before.partition("..")
        before, after = before or "HEAD", after.lstrip(".") or "HEAD"
    with Workspace(app.folder) as workspace:
        if before.endswith(".xlsx"):
            found, problems = _workbook(ctx, workspace, Path(before), unit)
        else:
            found, problems = _versions(app, workspace, before, after, unit)
    _tell(app, found, problems, form)
    return Exit.MAPPING if any(not problem.warning for problem in problems) else Exit.OK


def _versions(
    app: App, workspace: Workspace, before: str, after: str | None, unit: str | None
) -> tuple[list[Difference], list[Problem]]:
    folder = workspace.mapping_folder
    with at_revision(folder, before) as old, _after(folder, after) as new:
        was, _ = read_mappings(old)
        now, problems = read_mappings(new)
    if unit is not None and unit not in was.units and unit not in now.units:
        known = list(now.units)
        raise ConfigurationError(
            Problem("usage", "command line", f"{unit} is no unit", near=near(unit, known))
        )
    found = differences(was, now, [unit] if unit else None, app.console.lang)
    return found, problems


@contextmanager
def _after(folder: Path, revision: str | None) -> Iterator[Path]:
    if revision is None:
        yield folder
        return
    with at_revision(folder, revision) as made:
        yield made


def _workbook(
    ctx: click.Context, workspace: Workspace, path: Path, unit: str | None
) -> tuple[list[Difference], list[Problem]]:
    app: App = ctx.obj
    exchange = Exchange(workspace, sheet_language(ctx))
    read, chosen = exchange.read(path, unit)
    merged = exchange.merged(read, chosen, read.author or "?")
    found = []
    for each in merged.changes:
        file = f"units/{chosen}/{each.file}.yaml"
        policy = exchange.mappings.policy
        found += entry_differences(
            file, each.source, each.before, each.after, policy, app.console.lang
        )
    return found, [left_problem(read.name, left) for left in merged.left] + merged.problems


def _tell(app: App, found: Sequence[Difference], problems: Sequence[Problem], form: str) -> None:
    console = app.console
    console.data("differences", [asdict(each) | {"line": each.line} for each in found])
    units = Counter(each.file.split("/")[1] for each in found if each.file.startswith("units/"))
    following = "migrate map check" + (f" --unit {next(iter(units))}" if len(units) == 1 else "")
    if form == "markdown" and not console.json:
        click.echo(markdown(found, problems))
        return
    for file in dict.fromkeys(each.file for each in found):
        console.say(file)
        for each in found:
            if each.file == file:
                console.say(f"  {each.line}")
    console.say(f"{len(found)} differences." if found else "Nothing is decided otherwise.")
    console.problems(problems)
    console.next(following)


def markdown(found: Sequence[Difference], problems: Sequence[Problem]) -> str:
    """A table for a comment on a pull request; no name in it can be more than text."""
    lines = ["<!-- migrate map diff -->"]
    if not found:
        lines.append("Nothing is decided otherwise.")
    else:
        files = len({each.file for each in found})
        lines += [f"**{len(found)} differences in {files} files**", ""]
        lines += ["| file | HPSM | decision | approval |", "| --- | --- | --- | --- |"]
        for each in found:
            cells = (each.file, each.source, each.said, _beside(each))
            lines.append(f"| {' | '.join(map(_escaped, cells))} |")
    if problems:
        lines += ["", "| where | what is wrong | what to do |", "| --- | --- | --- |"]
        lines += [
            f"| {_escaped(p.place)} | {_escaped(p.message)} ({p.code}) | {_escaped(p.what_to_do)} |"
            for p in problems
        ]
    return "\n".join([*lines, "", "Next: `migrate map check`"])


def _beside(each: Difference) -> str:
    return "" if each.field == "review" else each.approval


def _escaped(text: str) -> str:
    return _MENTION.sub("\\1\u200b", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))
