"""The command `migrate`: global options, and how every command ends."""

from __future__ import annotations

import ast
import errno
import gc
import os
import shlex
import sys
import traceback
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from migrate import __version__
from migrate.cli.options import App, Listed, first_sentence
from migrate.console import Console
from migrate.errors import Exit, MigrateError, Problem

_COMMANDS = {
    "init": "migrate.cli.setup",
    "check": "migrate.cli.setup",
    "source": "migrate.cli.source",
    "extract": "migrate.cli.extract",
    "assess": "migrate.cli.assess",
    "map": "migrate.cli.mapping",
    "review": "migrate.cli.review.command",
    "plan": "migrate.cli.load",
    "load": "migrate.cli.load",
    "queue": "migrate.cli.queueing",
    "worker": "migrate.cli.worker",
    "failures": "migrate.cli.failures",
    "retry": "migrate.cli.failures",
    "verify": "migrate.cli.load",
    "undo": "migrate.cli.undo",
    "conflicts": "migrate.cli.conflicts",
    "status": "migrate.cli.status",
    "preview": "migrate.cli.preview",
    "explain": "migrate.cli.status",
    "lookup": "migrate.cli.status",
    "concierge": "migrate.cli.concierge",
    "articles": "migrate.cli.articles",
    "forms": "migrate.cli.forms.command",
    "audit": "migrate.cli.audit",
    "simulate": "migrate.cli.simulate",
    "demo": "migrate.cli.demo",
}
"""Command → the module that holds it, imported only when it is asked for."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
"""What the file system says where a file of ours cannot be written, which is no bug."""


class Commands(Listed):
    """Commands in the order in which they are used, each module imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(_COMMANDS[cmd_name]), f"{cmd_name}_command")
        assert isinstance(command, click.Command)  # noqa: S101 - a table of our own
        return command

    def sentence(self, ctx: click.Context, name: str) -> str:
        """Read in the source: importing every command takes longer than reading the help."""
        spec = find_spec(_COMMANDS[name])
        source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
        functions = (n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
        texts = (ast.get_docstring(f) for f in functions if f.name == f"{name}_command")
        return first_sentence(next(texts, None) or "")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and (near := get_close_matches(name, _COMMANDS)):
            ctx.fail(f"No such command {name!r}. Did you mean {' or '.join(map(repr, near))}?")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    envvar="MIGRATE_WORKSPACE",
    show_default="this folder",
    help="The folder that holds migrate.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--lang",
    type=click.Choice(["en", "nb"]),
    default="en",
    help="Of tables and pages; messages are English.",
)
@click.version_option(__version__, prog_name="migrate")
@click.pass_context
def cli(ctx: click.Context, workspace: Path, as_json: bool, lang: str) -> None:
    """Move a service desk out of HP Service Manager and into TOPdesk, unit by unit.

    \b
    The way through:
      migrate init DIR            a new workspace
      migrate source describe     what HPSM gives, and what it does not
      migrate extract             HPSM → snapshot
      migrate assess              what is there, and what should be mended
      migrate map propose         fill in what is missing in the mappings
      migrate map check           everything that is wrong, at once
      migrate map approve         say yes to what you saw
      migrate review              the same in a browser, for those who own a unit
      migrate plan --sprint S     what a load would do
      migrate load --sprint S     do it; the same command resumes
      migrate verify --sprint S   compare with TOPdesk
      migrate status              where every record is
    \b
    To rehearse without either system: migrate demo, or migrate simulate.

    Exit codes: 0 ok, 1 bug, 2 usage or configuration, 3 some records failed, 4 mapping problems,
    5 stopped and can be resumed, 6 differences found, 130 interrupted twice.
    """
    app: App = ctx.obj
    app.folder = workspace
    app.console.json |= as_json
    app.console.lang = lang
    app.console.workspace = "" if workspace == Path() else shlex.quote(str(workspace))


def main() -> None:
    """Run one command and leave with its exit code."""
    # Millions of rows pass through, none of them in a cycle: looking for cycles as often as Python
    # does by itself takes an eighth of the time that a plan takes.
    gc.set_threshold(100_000, 50, 50)
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run one command; returns its exit code. Only a second Ctrl-C leaves in another way."""
    console = Console()
    try:
        result = cli.main(
            args, prog_name="migrate", standalone_mode=False, obj=App(Path(), console)
        )
        code = int(result) if isinstance(result, int) else int(Exit.OK)
    except click.ClickException as error:
        if "--json" not in args:
            error.show()
            return Exit.USAGE
        console.json = True
        console.error([Problem("usage", "command line", error.format_message())], Exit.USAGE)
        code = Exit.USAGE
    except MigrateError as error:
        console.error(error.problems, error.exit_code)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    except Exception as error:
        if os.environ.get("MIGRATE_DEBUG"):
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            from migrate.state.database import unwritable_path

            stop = unwritable_path(Path(error.filename or "disk"), error)
            console.error(stop.problems, stop.exit_code)
            code = stop.exit_code
        else:
            console.error([Problem("bug", _where(error), type(error).__name__)], Exit.BUG)
            code = Exit.BUG
    console.finish()
    return code


def _where(error: BaseException) -> str:
    """Where in our code an unexpected error came from: file and line, and no value."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "migrate" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "migrate"
