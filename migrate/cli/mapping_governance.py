"""`map governance`: who answers for each group, who is in it, and what is odd about it."""

from __future__ import annotations

import click

from migrate.cli.options import App, command
from migrate.errors import MappingError, Problem
from migrate.facts import read_second_factor, seen_closely
from migrate.transform.governance import Group, Seat, beside, governance
from migrate.transform.names import near
from migrate.workspace import Workspace


@command("governance")
@click.option("--unit", "-u", required=True, help="One unit, by its folder's name.")
@click.pass_obj
def map_governance(app: App, unit: str) -> None:
    """Who answers for each group, who is in it since when, and what is odd about it.

    Owner, deputy and purpose are written under `answers` in groups.yaml. Who logs in with a second
    factor neither HPSM nor TOPdesk tells: governance.second_factor in policy.yaml names a list.

    \b
    Example:
      migrate map governance --unit ub
    """
    with Workspace(app.folder) as workspace:
        mappings = workspace.mappings
        if unit not in mappings.units:
            known = near(unit, mappings.units)
            raise MappingError(
                Problem("unit-unknown", unit, f'there is no unit "{unit}"', near=known)
            )
        listed = read_second_factor(workspace.mapping_folder, mappings)
        facts = seen_closely(workspace.snapshot, workspace.source_facts(), listed)
        found = governance(mappings, unit, facts)
        app.console.table(
            "Groups",
            ["HPSM", "TOPdesk", "owner", "deputy", "purpose", "line", "members", "odd"],
            [_row(each) for each in found],
        )
        if listed is None:
            app.console.say("Nobody says who logs in with a second factor.")
        app.console.data(
            "groups",
            [
                {
                    "source": each.source,
                    "targets": list(each.targets),
                    **each.answers.model_dump(mode="json"),
                    "line": each.line,
                    **beside(each),
                }
                for each in found
            ],
        )
        app.console.next(f"migrate map check --unit {unit}")


def _row(group: Group) -> list[str]:
    alike = [f"alike: {', '.join(group.alike)}"] if group.alike else []
    return [
        group.source,
        ", ".join(group.targets),
        group.answers.owner or (f"({group.manager})" if group.manager else ""),
        group.answers.deputy or "",
        group.answers.purpose or "",
        group.line,
        ", ".join(map(_seat, group.seats)),
        ", ".join([*group.odd, *alike]),
    ]


def _seat(seat: Seat) -> str:
    """A login with the day it was last seen; ✗ who has left, ! who has one factor only."""
    mark = "" if seat.works else " ✗"
    mark += " !" if seat.works and seat.second_factor is False else ""
    return f"{seat.login} {seat.last or '–'}{mark}"
