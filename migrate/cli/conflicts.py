"""`conflicts`: fields that two people changed, one in each system, and which of them holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from migrate.cli.options import App, command, sprint_option, unit_option
from migrate.errors import ConfigurationError, Exit, LookError, Problem
from migrate.load.conflicts import Conflict, Side, conflicts, decide
from migrate.records import PHASES, Chain
from migrate.workspace import Workspace


@command("conflicts")
@click.argument("key", required=False)
@unit_option
@sprint_option
@click.option("--field", help="Only this field of the record.")
@click.option(
    "--keep", type=click.Choice(["topdesk", "hpsm"]), help="Decide: which side's text holds."
)
@click.option("--by", help="Who decides, as an address; it goes into the audit.")
@click.pass_obj
def conflicts_command(
    app: App,
    key: str | None,
    unit: str | None,
    sprint: str | None,
    field: str | None,
    keep: Side | None,
    by: str | None,
) -> int:
    """Show what changed in HPSM and was changed by a person in TOPdesk, with both texts; or decide.

    KEY is the record's HPSM number. Without --keep nothing is changed. The decision holds for the
    texts that are there now: where TOPdesk's changes once more, you are asked again.

    \b
    Example:
      migrate conflicts --unit ub
      migrate conflicts IM10001 --keep topdesk --by owner@example.no
      migrate conflicts IM10001 --field priority --keep hpsm --by owner@example.no
    """
    if keep is not None and (key is None or not by):
        raise ConfigurationError(
            Problem(
                "usage",
                "command line",
                "a decision is on one record, by somebody",
                expected="migrate conflicts KEY --keep topdesk --by ADDRESS",
            )
        )
    with Workspace(app.folder) as workspace:
        workspace.journal.bind_target(workspace.reader.describe().fingerprint)
        named = {record.identity for record in workspace.journal.lookup(key)} if key else set()
        found = [
            conflict
            for each in _units(workspace, key, unit, sprint)
            for conflict in _of_unit(workspace, each)
            if (key is None or conflict.record.identity in named)
            and (field is None or conflict.field == field)
        ]
        if keep is None:
            return _show(app, found, unit, sprint)
        if not found:
            raise ConfigurationError(
                Problem("record-unknown", str(key), "no field of that record waits for a decision")
            )
        return _decide(app, workspace, found, keep, str(by))


def _units(
    workspace: Workspace, key: str | None, unit: str | None, sprint: str | None
) -> list[str]:
    if unit or sprint:
        return workspace.sprint_of(unit, sprint)[1]
    if key is not None:
        records = workspace.journal.lookup(key)
        return list(dict.fromkeys(record.unit for record in records))
    return list(workspace.mappings.units)


def _of_unit(workspace: Workspace, unit: str) -> list[Conflict]:
    return conflicts(workspace.journal, workspace.reader, unit, _chains(workspace, unit))


def _chains(workspace: Workspace, unit: str) -> Iterator[Chain]:
    """What a load of the unit would ask for, of those kinds that have a field which could wait."""
    kinds = {entry.key.kind for entry in workspace.journal.conflicts(unit)}
    chains = workspace.chains()
    sprint, _ = workspace.sprint_of(unit, None)
    if "incident" in kinds:
        yield from chains.tickets(unit, sprint.name)
    if "operator" in kinds:
        yield from chains.operators(unit)
    if "operator_group" in kinds:
        yield from chains.groups(unit)
    if "person" in kinds:
        waiting = workspace.journal.conflicts(unit)
        people = {entry.key.identity for entry in waiting if entry.key.kind == "person"}
        yield from chains.persons(unit, people)


def _show(app: App, found: list[Conflict], unit: str | None, sprint: str | None) -> int:
    console = app.console
    console.table(
        "Changed on both sides",
        ["kind", "record", "number", "field", "in HPSM", "in TOPdesk"],
        [[c.record.kind, c.record.identity, c.record.number, c.field, *_texts(c)] for c in found],
    )
    console.data(
        "conflicts",
        [
            {
                "kind": c.record.kind,
                "identity": c.record.identity,
                "number": c.record.number,
                "field": c.field,
                "hpsm": c.hpsm,
                "topdesk": c.topdesk,
                "over": c.over,
            }
            for c in found
        ],
    )
    if not found:
        console.say("No field waits for a decision.")
        chosen = f"--sprint {sprint}" if sprint else f"--unit {unit}" if unit else ""
        console.next(f"migrate status {chosen}".rstrip())
        return Exit.OK
    console.next(f"migrate conflicts {found[0].record.identity} --keep topdesk --by ADDRESS")
    return Exit.DIFFERENCES


def _texts(conflict: Conflict) -> tuple[str, str]:
    if conflict.over:
        return "(load again)", "(load again)"
    return conflict.hpsm, conflict.topdesk


def _decide(app: App, workspace: Workspace, found: list[Conflict], keep: Side, by: str) -> int:
    journal = workspace.journal
    run = journal.begin_run("conflicts", workspace.clock())
    done = 0
    for conflict in found:
        record = conflict.record
        about = {"record": record.identity, "field": conflict.field, "keep": keep}
        workspace.audit.append(by, "decided", about, datetime.now(UTC))
        if decide(journal, workspace.reader, conflict, keep, run, workspace.clock()):
            done += 1
        for phase in PHASES:
            workspace.store.outdate(record.unit, phase)
    journal.end_run(run, "ok", workspace.clock())
    app.console.say(f"{done} of {len(found)} fields decided: {keep}'s text holds.")
    app.console.data("decided", done)
    if done < len(found):
        raise LookError(
            Problem(
                "edited-in-target",
                found[0].record.identity,
                "it changed while you looked: load the unit, then look again",
            )
        )
    app.console.next(f"migrate load --unit {found[0].record.unit}")
    return Exit.OK
