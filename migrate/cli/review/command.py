"""`review`: the mapping cycle in a browser, and the links to it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from itertools import chain

import click

from migrate.cli.options import App, command, unit_option
from migrate.cli.review.access import Access, key_of
from migrate.cli.review.book import belongs, owns
from migrate.cli.review.serving import ADDRESS, serve
from migrate.cli.running import draining
from migrate.errors import ConfigurationError, Exit, MappingError, Problem
from migrate.transform.mapping import Unit
from migrate.transform.names import near
from migrate.workspace import Workspace


@command("review")
@click.argument("what", type=click.Choice(["serve", "link"]), default="serve")
@unit_option
@click.option("--for", "who", help="Whose link it is (an e-mail address).")
@click.option("--days", type=float, help="After how many days the link ends.", show_default="14")
@click.option("--port", type=int, help="Where to listen on this machine.", show_default="8765")
@click.pass_obj
def review_command(
    app: App,
    what: str,
    unit: str | None,
    who: str | None,
    days: float | None,
    port: int | None,
) -> int:
    """The mapping cycle in a browser: decide, look at real tickets, approve, take back.

    SERVE (which is the default) shows the page on this machine alone, until Ctrl-C. LINK makes the
    link of one person to one unit; of everybody whom unit.yaml names, without --for; to all of a
    person's units, without --unit. Whoever has it sees the tickets of that unit, so send it to
    nobody else. Only those whom unit.yaml names can approve.

    \b
    Example:
      migrate review
      migrate review link --unit ub --for owner@example.no
    """
    with Workspace(app.folder) as workspace:
        if what == "link":
            return _links(app, workspace, unit, who, days, port)
        return _serve(app, workspace, unit, port)


def _serve(app: App, workspace: Workspace, unit: str | None, port: int | None) -> int:
    config = workspace.config.review
    with (
        draining(app.console) as stop,
        serve(workspace, config.port if port is None else port) as serving,
    ):
        app.console.say(f"The page is at {serving.address} until Ctrl-C.")
        if sys.stdout.isatty() and not app.console.json:
            units = [unit] if unit else list(workspace.mappings.units)
            token = serving.access.token(getpass.getuser(), units, 0.5)
            click.echo(f"For you, for twelve hours: {serving.address}/enter?token={token}")
        example = unit or next(iter(workspace.mappings.units), "UNIT")
        said = f"Links: `migrate review link --unit {example} --for owner@example.no`"
        app.console.say(app.console.from_here(said))
        sys.stdout.flush()
        while not stop.wait(0.2) and serving.server.started is not None:
            pass
    app.console.data("review", {"address": serving.address})
    app.console.next("migrate map check")
    return Exit.OK


def _links(
    app: App,
    workspace: Workspace,
    unit: str | None,
    who: str | None,
    days: float | None,
    port: int | None,
) -> int:
    config = workspace.config.review
    length = config.link_days if days is None else days
    if length <= 0:
        raise ConfigurationError(Problem("usage", "--days", "a link that has ended already"))
    base = (config.url or f"http://{ADDRESS}:{config.port if port is None else port}").rstrip("/")
    access = Access(key_of(workspace.state), workspace.clock)
    links = []
    for person, units in _wanted(workspace.mappings.units, unit, who).items():
        address = f"{base}/enter?token={access.token(person, units, length)}"
        owner = all(owns(workspace.mappings.units[key], person) for key in units)
        links.append(
            {"who": person, "units": units, "address": address, "days": length, "owner": owner}
        )
        app.console.say(f"{person}, {', '.join(units)}:")
        if not app.console.json:
            click.echo(address)  # whole on one line, however long: it is copied
        if not owner:
            app.console.say("No owner of all of it in unit.yaml: may decide, not approve.")
    app.console.data("links", links)
    app.console.next("migrate review")
    return Exit.OK


def _wanted(units: Mapping[str, Unit], unit: str | None, who: str | None) -> dict[str, list[str]]:
    """Person → the units that their link opens. Raises ConfigurationError where there is nobody,
    and MappingError for a unit that is not there."""
    if unit is not None and unit not in units:
        raise MappingError(
            Problem("unit-unknown", unit, f'there is no unit "{unit}"', near=near(unit, units))
        )
    if who is not None:
        mine = [unit] if unit else [key for key, each in units.items() if belongs(each, who)]
        wanted = {who: mine} if mine else {}
    else:
        named = (
            [*units[unit].file.owners, *chain(*units[unit].file.approvers.values())] if unit else []
        )
        wanted = {person: [str(unit)] for person in dict.fromkeys(named)}
    if not wanted:
        raise ConfigurationError(
            Problem(
                "usage",
                "command line",
                "say whose link; unit.yaml names nobody",
                expected="--unit U, --for ADDRESS, or both",
            )
        )
    return wanted
