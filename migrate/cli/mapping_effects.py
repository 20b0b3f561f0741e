"""`map effect`: what happens to members and tickets by what a unit decided on its groups."""

from __future__ import annotations

import click

from migrate.cli.options import App, command
from migrate.errors import MappingError, Problem
from migrate.facts import kinds, with_members
from migrate.transform.effects import effects
from migrate.transform.names import near
from migrate.workspace import Workspace


@command("effect")
@click.option("--unit", "-u", required=True, help="One unit, by its folder's name.")
@click.option("--offline", is_flag=True, help="Do not ask TOPdesk who is in its groups now.")
@click.pass_obj
def map_effect(app: App, unit: str, offline: bool) -> None:
    """What each group of TOPdesk gets: from which groups of HPSM, which members, how many tickets.

    Tickets of a group that is split are counted part by part.

    \b
    Example:
      migrate map effect --unit ub
    """
    with Workspace(app.folder) as workspace:
        mappings = workspace.mappings
        if unit not in mappings.units:
            known = near(unit, mappings.units)
            raise MappingError(
                Problem("unit-unknown", unit, f'there is no unit "{unit}"', near=known)
            )
        target = None if offline else with_members(workspace.reader, workspace.target_facts)
        facts = workspace.source_facts()
        found = list(effects(mappings, unit, facts, kinds(workspace.snapshot), target))
        app.console.table(
            "What becomes of the groups",
            ["TOPdesk", "HPSM", "tickets", "members", "have left", "stay"],
            [
                [
                    each.target,
                    ", ".join(f"{name} ({n})" for name, n in each.sources.items()),
                    str(each.tickets),
                    ", ".join(each.members),
                    ", ".join(each.left),
                    "" if each.stay is None else ", ".join(each.stay),
                ]
                for each in found
            ],
        )
        app.console.data(
            "effects",
            [
                {
                    "target": each.target,
                    "sources": dict(each.sources),
                    "members": list(each.members),
                    "left": list(each.left),
                    "stay": None if each.stay is None else list(each.stay),
                }
                for each in found
            ],
        )
        app.console.next(f"migrate map approve --unit {unit}")
