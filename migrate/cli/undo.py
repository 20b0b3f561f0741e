"""`undo`: take back what was loaded, where nobody has touched it since."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime

import click

from migrate.cli.options import App, command, sprint_option, unit_option
from migrate.cli.running import draining
from migrate.codes import CODES
from migrate.errors import ConfigurationError, Exit, MigrateError, Problem
from migrate.load.look import Look
from migrate.load.pacer import Pacer
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.undo import Line, Undo, Undone, dry
from migrate.records import PHASES
from migrate.state.journal_aside import Scope
from migrate.state.locks import SHARED
from migrate.workspace import Workspace

_SHOWN = 200
_ALL = 2**31 - 1
"""More runs than there are."""


@command("undo")
@unit_option
@sprint_option
@click.option("--run", "run", type=int, help="Only what one run made, by its number.")
@click.option("--runs", "list_runs", is_flag=True, help="List the latest runs with their numbers.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.pass_obj
def undo_command(
    app: App,
    unit: str | None,
    sprint: str | None,
    run: int | None,
    list_runs: bool,
    dry_run: bool,
) -> int:
    """Take back what was loaded and nobody has touched since; keep and list what people edited.

    Tickets, articles, people, operators, groups, branches and departments are archived, which can
    be taken back in TOPdesk; memberships are removed. What was in TOPdesk before is never touched.
    Services, and mails that TOPdesk sent, cannot be taken back. It does not wait for quiet hours:
    what was loaded by mistake is taken back at once.

    \b
    Example:
      migrate undo --unit ub --dry-run
      migrate undo --unit ub
      migrate undo --runs
      migrate undo --run 12
    """
    with Workspace(app.folder) as workspace:
        if list_runs:
            return _runs(app, workspace)
        scope = _scope(workspace, unit, sprint, run)
        chosen = _chosen(unit, sprint, run)
        workspace.journal.bind_target(workspace.reader.describe().fingerprint)
        if dry_run:
            with app.console.progress("undo") as update:
                look = Look(workspace.journal, workspace.reader, _window(workspace))
                result = dry(look, scope, lambda done: update("look", done, None))
            _show(app, result, dry_run=True)
            app.console.next(f"migrate undo {chosen}")
            return Exit.OK
        result = _undo(app, workspace, scope)
        _show(app, result, dry_run=False)
        failed = any(line.what == "failed" for line in result.lines)
        about = chosen if run is None else ""
        done = f"migrate status {about} --reasons".replace("  ", " ")
        app.console.next(f"migrate undo {chosen}" if failed else done)
        return Exit.SOME_FAILED if failed else Exit.OK


def _undo(app: App, workspace: Workspace, scope: Scope) -> Undone:
    config, journal = workspace.config.target, workspace.journal
    reason = _reason(workspace)
    with ExitStack() as stack:
        stop = stack.enter_context(draining(app.console))
        update = stack.enter_context(app.console.progress("undo"))
        units = journal.units_of(scope)
        for name in (*units, SHARED):
            stack.enter_context(
                workspace.hold(
                    name, lambda name: app.console.say(f"Waiting for another load ({name}) …")
                )
            )
        journal.backup()
        run = journal.begin_run("undo", workspace.clock())
        ended = "ok"
        try:
            return Undo(
                journal,
                TopdeskTarget(workspace.http, config, workspace.blobs.open),
                Pacer(config.connections),
                run,
                window=config.settle_window,
                patience=config.patience,
                threads=min(8, config.connections),
                reason=reason,
                stop=stop,
                progress=lambda done: update("undo", done, None),
            ).undo(scope)
        except MigrateError as error:
            ended = error.problems[0].code
            raise
        finally:
            journal.end_run(run, ended, workspace.clock())
            for each in units:
                for phase in PHASES:
                    # What was taken back is planned anew, in further revisions.
                    workspace.store.outdate(each, phase)


def _runs(app: App, workspace: Workspace) -> int:
    rows = [
        [number, command, f"{datetime.fromtimestamp(began, UTC):%Y-%m-%d %H:%M} GMT", result]
        for number, command, began, result in workspace.journal.runs()
    ]
    app.console.table("Runs", ["run", "command", "began", "ended with"], rows)
    app.console.data("runs", rows)
    app.console.next("migrate undo --run NUMBER --dry-run")
    return Exit.OK


def _scope(workspace: Workspace, unit: str | None, sprint: str | None, run: int | None) -> Scope:
    if run is not None:
        if unit or sprint:
            raise ConfigurationError(
                Problem("usage", "command line", "a run stands alone", expected="--run N")
            )
        if run not in {number for number, *_ in workspace.journal.runs(limit=_ALL)}:
            listed = "a number that `migrate undo --runs` lists"
            raise ConfigurationError(
                Problem("usage", "command line", f"{run} is no run", expected=listed)
            )
        return Scope(run=run)
    if unit is None and sprint is not None and sprint in workspace.mappings.sprints:
        return Scope(sprint=sprint)
    _, units = workspace.sprint_of(unit, sprint)
    return Scope(units=tuple(units))


def _chosen(unit: str | None, sprint: str | None, run: int | None) -> str:
    named = {"--sprint": sprint, "--unit": unit, "--run": run}
    return " ".join(f"{name} {value}" for name, value in named.items() if value is not None)


def _window(workspace: Workspace) -> float:
    return workspace.config.target.settle_window


def _reason(workspace: Workspace) -> str:
    """The id of the reason to archive with; empty for TOPdesk's default one."""
    name = workspace.config.target.archiving_reason
    if name is None:
        return ""
    reasons = workspace.reader.archiving_reasons()
    if name not in reasons:
        raise ConfigurationError(
            Problem(
                "archiving-reason-missing",
                "migrate.yaml: target.archiving_reason",
                "TOPdesk has no such reason",
                near=tuple(sorted(reasons))[:12],
            )
        )
    return reasons[name]


def _show(app: App, result: Undone, *, dry_run: bool) -> None:
    console = app.console
    count = sorted(result.count().items())
    rows = [[kind, what, code, records] for (kind, what, code), records in count]
    title = "What an undo would do" if dry_run else "Undone"
    console.table(title, ["kind", "what", "reason", "records"], rows)
    kept = [line for line in result.lines if line.code or line.what == "failed"]
    if kept:
        console.table(
            "Kept, and why",
            ["kind", "record", "number", "reason", "where"],
            [[k.kind, k.identity, k.number, k.code, k.detail] for k in kept[:_SHOWN]],
        )
    if result.stays:
        console.table(
            "Changes that stay",
            ["kind", "step", "requests"],
            [list(each) for each in result.stays],
        )
    by: Counter[str] = Counter(line.what for line in result.lines)
    console.say(
        ", ".join(f"{number} {what}" for what, number in sorted(by.items()))
        or "Nothing of it is in TOPdesk."
    )
    if not dry_run:
        console.say(
            f"{result.requests} requests sent that write." if result.requests else "0 writes."
        )
    console.data("undo", [_json(line) for line in result.lines])
    console.data("stays", [list(each) for each in result.stays])
    console.data("requests", result.requests)


def _json(line: Line) -> dict[str, str]:
    remedy = CODES[line.code].remedy if line.code in CODES else ""
    return {
        "kind": line.kind,
        "identity": line.identity,
        "number": line.number,
        "what": line.what,
        "code": line.code,
        "detail": line.detail,
        "remedy": remedy,
    }
