"""Every command explains itself."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from migrate.cli.main import cli, run
from migrate.cli.options import App, Listed, first_sentence
from migrate.console import Console
from migrate.simulate.hpsm.web.faults import Fault as Hpsm
from migrate.simulate.topdesk.faults import Fault as Topdesk


def _commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with what is typed after `migrate`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(_commands())


def test_the_commands_are_those_of_the_way_through() -> None:
    assert set(COMMANDS) == {
        *("init", "check", "source describe", "extract", "map propose", "map check", "map approve"),
        "map reject",
        "map effect",
        "map governance",
        *("map export", "map import", "map diff"),
        *(
            "assess",
            "plan",
            "load",
            "failures",
            "retry",
            "verify",
            "undo",
            "conflicts",
            "status",
            "explain",
            "lookup",
            "concierge",
            "articles",
            "forms",
        ),
        *("audit verify", "preview", "review", "queue", "worker"),
        *("simulate hpsm", "simulate hpsm-web", "simulate topdesk", "demo"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(name: str) -> None:
    command = COMMANDS[name]
    text = command.get_help(click.Context(command, info_name=name))
    assert command.get_short_help_str()
    assert "--json" in text
    _, found, examples = text.partition("Example:")
    assert found
    typed = [line.strip() for line in examples.splitlines() if line.strip().startswith("migrate ")]
    assert typed
    for line in typed:
        _, *arguments = shlex.split(line)
        words = name.split()
        assert arguments[: len(words)] == words
        root = click.Context(cli, obj=App(folder=None, console=Console()))  # type: ignore[arg-type]
        command.make_context(name, arguments[len(words) :], parent=root)


@pytest.mark.parametrize("arguments", [[], ["map"], ["simulate"]], ids=str)
def test_a_list_of_commands_cuts_no_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*arguments, "--help"]) == 0
    said = capsys.readouterr().out
    assert "..." not in said.partition("Commands:")[2]
    assert all(len(line) <= 80 for line in said.splitlines())


def test_the_list_says_of_each_command_what_the_command_says_and_imports_none() -> None:
    context = click.Context(cli)
    assert isinstance(cli, Listed)
    for name in cli.list_commands(context):
        made = cli.get_command(context, name)
        assert made is not None
        assert cli.sentence(context, name) == first_sentence(made.help or "") != ""
    listed = "import sys; from migrate.cli.main import run; run(['--help']); print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", listed], capture_output=True, text=True, check=True
    )
    assert not {"sqlalchemy", "pandas", "matplotlib", "aiohttp"} & set(told.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [param for param in COMMANDS[name].params if isinstance(param, click.Option)]
    assert [option.opts for option in options if not option.help] == []


@pytest.mark.parametrize(
    ("name", "kinds"), [("simulate topdesk", Topdesk.kinds), ("simulate hpsm-web", Hpsm.kinds)]
)
def test_a_simulator_says_what_it_can_be_told_to_do_wrong(name: str, kinds: frozenset[str]) -> None:
    words = COMMANDS[name].get_help(click.Context(COMMANDS[name], info_name=name)).split()
    assert kinds <= set(words)
