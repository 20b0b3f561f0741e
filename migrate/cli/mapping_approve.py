"""`map approve` and `map reject`: saying yes and no to a unit's decisions, each into the audit."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

import click

from migrate.cli.options import App, command, unit_option
from migrate.errors import MappingError, Problem
from migrate.transform.approve import FILES, approve
from migrate.transform.entitled import approvers, may_approve
from migrate.transform.mapping import GroupEntry, Unit
from migrate.transform.mapping_edit import change_entries
from migrate.transform.names import near
from migrate.transform.refusing import refused
from migrate.workspace import Workspace

by_option = click.option(
    "--by", help="Who says it (an e-mail address).", show_default="your user name"
)


@command("approve")
@unit_option
@by_option
@click.option("--source", "sources", multiple=True, help="Only this, as HPSM calls it.")
@click.option("--file", type=click.Choice(FILES), help="Only what stands in this file.")
@click.option("--offline", is_flag=True, help="Do not ask TOPdesk what it has now.")
@click.pass_obj
def map_approve(
    app: App,
    unit: str | None,
    by: str | None,
    sources: tuple[str, ...],
    file: str | None,
    offline: bool,
) -> None:
    """Say yes to a unit's decisions, with the facts as they stand now; without --unit, to all.

    An approval lapses, entry by entry, when what was seen changes, in HPSM or in TOPdesk. Who may
    approve stands in unit.yaml.

    \b
    Example:
      migrate map approve --unit ub --by owner@example.no
      migrate map approve --unit ub --source UB-UTLÅN-GLØS
      migrate map approve --unit ub --file forms
    """
    with Workspace(app.folder) as workspace, workspace.writing():
        units = [unit] if unit else list(workspace.mappings.units)
        facts = workspace.source_facts()
        target = None if offline else workspace.target_facts
        who, now = by or getpass.getuser(), datetime.now(UTC)
        sealed: list[str] = []
        standing: list[str] = []
        for each in units:
            approved = approve(
                workspace.mapping_folder,
                workspace.mappings,
                each,
                sources or None,
                who,
                now,
                facts,
                target,
                file,
            )
            sealed.extend(approved.sealed)
            standing.extend(approved.standing)
            if approved.sealed:
                about = {"unit": each, "entries": list(approved.sealed)}
                workspace.audit.append(who, "approved", about, now)
        for place in sealed:
            app.console.say(f"approved: {place}")
        if standing:
            app.console.say(f"{len(standing)} were approved before, and still are.")
        app.console.data("approved", sealed)
        app.console.data("standing", standing)
        app.console.next("migrate map check" + (f" --unit {unit}" if unit else ""))


@command("reject")
@click.option("--unit", "-u", required=True, help="One unit, by its folder's name.")
@by_option
@click.option("--source", "sources", multiple=True, required=True, help="The HPSM group or login.")
@click.pass_obj
def map_reject(app: App, unit: str, by: str | None, sources: tuple[str, ...]) -> None:
    """Say no to what is proposed for groups or operators: it is not proposed again.

    \b
    Example:
      migrate map reject --unit ub --source UB-UTLÅN-GLØS --by owner@example.no
      migrate map reject --unit ub --source kari
    """
    with Workspace(app.folder) as workspace, workspace.writing():
        there = workspace.mappings.units.get(unit)
        if there is None:
            known = near(unit, workspace.mappings.units)
            raise MappingError(
                Problem("unit-unknown", unit, f'there is no unit "{unit}"', near=known)
            )
        who, now = by or getpass.getuser(), datetime.now(UTC)
        for source in sources:
            file = _file(workspace, there, source, who)
            entry = getattr(there, file)[source]
            after = refused(entry, who, now.date())
            about = {"unit": unit, "file": file, "source": source, "refused": after.refused}
            workspace.audit.append(who, "rejected", about, now)
            review = {"status": "rejected", "by": who, "at": now.date()}
            path = workspace.mapping_folder / "units" / unit / f"{file}.yaml"
            change_entries(path, {source: {"review": review, "refused": after.refused}})
            app.console.say(f"rejected: units/{unit}/{file}.yaml#{source}")
        app.console.data("rejected", list(sources))
        app.console.next(f"migrate map propose --unit {unit}")


def _file(workspace: Workspace, unit: Unit, source: str, who: str) -> str:
    """The file that has the entry. Raises MappingError where none has, or it is not theirs."""
    entry: GroupEntry | object | None = unit.groups.get(source) or unit.operators.get(source)
    place = workspace.mappings.places[f"units/{unit.key}/unit.yaml"]
    if entry is None:
        known = near(source, [*unit.groups, *unit.operators])
        raise MappingError(
            Problem("entry-missing", place, f'the unit has no entry "{source}"', near=known)
        )
    file = "groups" if isinstance(entry, GroupEntry) else "operators"
    if not may_approve(unit.file, file, who):
        raise MappingError(
            Problem(
                "approval-not-entitled",
                place,
                f'"{who}" may not reject in {file}.yaml of this unit',
                expected=" or ".join(approvers(unit.file, file)),
            )
        )
    return file
