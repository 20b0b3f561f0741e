"""What the commands share: the application they get, and the options that several of them take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from migrate.console import Console


@dataclass
class App:
    """What every command gets: the workspace's folder and where to speak."""

    folder: Path
    console: Console


class Listed(click.Group):
    """A group whose list says of each command its whole first sentence, wrapped and never cut."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.sentence(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def sentence(self, ctx: click.Context, name: str) -> str:
        """The first one of a command's help."""
        made = self.get_command(ctx, name)
        return first_sentence(made.help or "") if made else ""


def first_sentence(text: str) -> str:
    """Of a help text, as click would show it beside a command's name."""
    return click.Command(None, help=text).get_short_help_str(limit=300)


def command(
    name: str, *, group: click.Group | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with `--json` behind its name too, where people type it."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        made = click.command(name)(function)
        made.params.append(
            click.Option(
                ["--json"],
                is_flag=True,
                expose_value=False,
                callback=_json,
                help="One JSON document on stdout.",
            )
        )
        if group is not None:
            group.add_command(made)
        return made

    return decorate


def _json(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        app: App = ctx.find_root().obj
        app.console.json = True


unit_option = click.option("--unit", "-u", "unit", help="One unit, by its folder's name.")
probe_option = click.option(
    "--probe-silent",
    is_flag=True,
    help="Somebody saw beforehand that no mail is sent: do not ask about the probe ticket.",
)
looked_option = click.option(
    "--looked",
    metavar="NAME",
    help="Go on past the stop-line: who looked at what stopped the load. It is kept.",
)
sprint_option = click.option("--sprint", "-s", "sprint", help="All units of a sprint.")
