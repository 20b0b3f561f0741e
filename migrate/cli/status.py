"""`status`, `explain` and `lookup`: where things stand, one record's life, old number → new."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from migrate.cli.options import App, command, sprint_option, unit_option
from migrate.cli.queueing import show_queue
from migrate.cli.tables import show_astray, show_reasons, show_units
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.records import State
from migrate.report.explain import Story, explain
from migrate.report.totals import content_totals
from migrate.state.buckets import TROUBLE, UNFINISHED, bucket
from migrate.state.journal import Record
from migrate.workspace import Workspace


@command("status")
@unit_option
@sprint_option
@click.option("--reasons", is_flag=True, help="Say why records are where they are.")
@click.pass_obj
def status_command(app: App, unit: str | None, sprint: str | None, reasons: bool) -> int:
    """Where every record is: units by phases, each record in exactly one bucket.

    \b
    Example:
      migrate status
      migrate status --sprint pilot --reasons
    """
    with Workspace(app.folder) as workspace:
        if unit or sprint:
            _, units = workspace.sprint_of(unit, sprint)
        else:
            units = workspace.overview.units()
        lines = show_units(app.console, workspace, units)
        if reasons:
            show_reasons(app.console, workspace, units)
        show_queue(app, workspace, units if unit or sprint else None)
        accounts = workspace.accounts()
        app.console.table(
            "Tickets in HPSM",
            ["unit", "extracted", "in buckets", "not planned"],
            [[a.unit, a.extracted, a.planned, a.extracted - a.planned] for a in accounts],
        )
        app.console.data(
            "accounts",
            [{"unit": a.unit, "extracted": a.extracted, "planned": a.planned} for a in accounts],
        )
        content = content_totals(workspace.snapshot, workspace.overview, workspace.shelves())
        if content:
            app.console.table(
                "Knowledge, texts and catalogue in HPSM",
                ["unit", "extracted", "in buckets", "not planned"],
                [[a.unit, a.extracted, a.planned, a.extracted - a.planned] for a in content],
            )
        app.console.data(
            "content",
            [{"unit": a.unit, "extracted": a.extracted, "planned": a.planned} for a in content],
        )
        if reasons:
            show_astray(app.console, workspace)
        trouble = any(line.bucket in TROUBLE for line in lines)
        named = ("sprint", sprint) if sprint else ("unit", unit)
        chosen = f" --{named[0]} {shlex.quote(named[1])}" if named[1] else ""
        if not lines:
            app.console.next(f"migrate plan{chosen or ' --sprint NAME'}")
        elif any(line.bucket in UNFINISHED for line in lines):
            app.console.next(f"migrate load{chosen or ' --sprint NAME'}")
        elif trouble and not reasons:
            app.console.next(f"migrate status{chosen} --reasons")
        else:
            app.console.next("migrate explain NUMBER" if trouble else "migrate lookup NUMBER")
        return Exit.OK


@command("explain")
@click.argument("key")
@click.pass_obj
def explain_command(app: App, key: str) -> None:
    """The life of one record, from its HPSM row to its TOPdesk number.

    KEY is an HPSM number, a login, a group's name or a contact's key.

    \b
    Example:
      migrate explain IM10001
    """
    with Workspace(app.folder) as workspace:
        why = workspace.why_unplanned(key)
        story = explain(workspace.snapshot, workspace.store, workspace.journal, key, why)
        if story.empty:
            raise _unknown(key)
        _tell(app, story)
        app.console.next(f"migrate lookup {shlex.quote(key)}")


@command("lookup")
@click.argument("number")
@click.pass_obj
def lookup_command(app: App, number: str) -> int:
    """Old number → new number, or why there is none.

    \b
    Example:
      migrate lookup SD10001
    """
    with Workspace(app.folder) as workspace:
        records = workspace.journal.lookup(number)
        planned = workspace.store.of_source(number)
        why = "" if records or planned else workspace.why_unplanned(number)
        if not records and not planned and not why:
            raise _unknown(number)
        loaded = [r for r in records if r.number]
        reasons = [] if loaded else [p for p in planned if p.verdict]
        sent = _standing(workspace, records) if not loaded and not reasons else ""
        for record in loaded:
            app.console.say(f"{number} → {record.number}")
        for item in reasons:
            assert item.verdict is not None  # noqa: S101 - chosen so
            app.console.say(f"{number}: {item.verdict.state} ({item.verdict.reason})")
        if why:
            app.console.say(f"{number}: in no plan ({why})")
        elif not loaded and not reasons:
            app.console.say(f"{number}: {sent or 'planned, not loaded yet'}")
        app.console.data(
            "lookup",
            {
                "number": number,
                "found": [{"kind": r.kind, "number": r.number, "id": r.target_id} for r in loaded],
                "reasons": [p.verdict.code for p in reasons if p.verdict],
                "unplanned": why,
                "standing": sent,
            },
        )
        app.console.next(f"migrate explain {shlex.quote(number)}")
        return Exit.OK if loaded else Exit.SOME_FAILED


def _standing(workspace: Workspace, records: Sequence[Record]) -> str:
    """Where a record stands that has no number although something of it was begun."""
    entries = [
        entry
        for record in records
        for found in workspace.journal.entries(record.kind, [record.identity]).values()
        for entry in found
    ]
    state = bucket(entry.state for entry in entries)
    if state is State.UNDONE:
        return "was in TOPdesk and has been taken back by an undo"
    if state not in TROUBLE:
        return ""
    codes = sorted({entry.code for entry in entries if entry.state is state and entry.code})
    return " ".join(filter(None, (state, f"({', '.join(codes)})" if codes else "")))


def _tell(app: App, story: Story) -> None:
    for chapter, lines in story.chapters:
        app.console.say(f"\n{chapter}")
        for line in lines or ["(nothing)"]:
            app.console.say(f"  {line}")
    app.console.data("story", [{"chapter": name, "lines": lines} for name, lines in story.chapters])


def _unknown(key: str) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "record-unknown",
            key,
            "no record of that key is in the snapshot, the plan or the journal",
            expected="an HPSM number, login, group or contact key, written as HPSM does",
        )
    )
