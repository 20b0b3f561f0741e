"""`demo`: the main job from end to end, against the built-in HPSM and TOPdesk."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from migrate.cli.options import App, command
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.simulate.hpsm import make_database
from migrate.simulate.world.world import World

_CONFIG = """\
# Made by `migrate demo`; the TOPdesk it names runs only while the demo does. To have it again, for
# every command that asks TOPdesk, in this folder: migrate simulate topdesk --port {port}
# and beside it: export TOPDESK_PASSWORD=migrate
source:
  type: sql
  url: sqlite:///hpsm.db
target:
  url: {url}
  user: migrate
  password_env: TOPDESK_PASSWORD
  settle_window: 10
  timeout: 5
mappings: mappings
"""

_STEPS = (
    ("extract", ["extract"]),
    ("check the mappings", ["map", "check", "--sprint", "pilot"]),
    ("plan", ["plan", "--sprint", "pilot"]),
    ("load", ["load", "--sprint", "pilot", "--probe-silent"]),
    ("verify", ["verify", "--sprint", "pilot"]),
    ("status", ["status", "--sprint", "pilot"]),
)


@command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demo's workspace is made; nothing outside it is touched.",
)
@click.option(
    "--mappings",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("mappings"),
    show_default=True,
    help="The mappings to use; copied once.",
)
@click.option(
    "--port", type=int, default=8086, show_default=True, help="Where TOPdesk serves meanwhile."
)
@click.pass_obj
def demo_command(app: App, folder: Path, mappings: Path, port: int) -> int:
    """Extract, check, plan, load and verify the pilot's three units. Run it again: 0 writes.

    \b
    Example:
      migrate demo
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "hpsm.db").exists():
        app.console.say("Making a HPSM …")
        unfinished = folder / "hpsm.db.part"
        unfinished.unlink(missing_ok=True)
        make_database(f"sqlite:///{unfinished}", World(1, "small"))
        unfinished.rename(folder / "hpsm.db")
    if not (folder / "mappings").exists():
        shutil.copytree(mappings, folder / "mappings")
    with _topdesk(folder, port) as url:
        (folder / "migrate.yaml").write_text(
            _CONFIG.format(url=url, port=url.rpartition(":")[2]), encoding="utf-8"
        )
        worst = Exit.OK
        for title, arguments in _STEPS:
            app.console.say(f"\n── {title}: migrate {' '.join(arguments)}")
            code = _migrate(folder, arguments, as_json=app.console.json)
            app.console.document.setdefault("steps", []).append(
                {"command": arguments, "exit": code}
            )
            if code not in (Exit.OK, Exit.SOME_FAILED):
                return code
            worst = max(worst, Exit(code))
    app.console.say("\nRun the demo again: it finds nothing left to do, and writes nothing.")
    app.console.next(f"migrate --workspace {shlex.quote(str(folder))} status --reasons")
    return Exit.OK


def _migrate(folder: Path, arguments: list[str], *, as_json: bool) -> int:
    """One command in a process of its own, as a person would type it."""
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "migrate", "--workspace", str(folder), *arguments],
        env=os.environ | {"TOPDESK_PASSWORD": "migrate"},
        stdout=subprocess.DEVNULL if as_json else None,
        check=False,
    )
    return result.returncode


@contextmanager
def _topdesk(folder: Path, port: int) -> Iterator[str]:
    """The simulated TOPdesk in a process of its own, ended when the block ends."""
    log = folder / "topdesk.log"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [
                sys.executable,
                *("-m", "migrate", "simulate", "topdesk"),
                *("--database", str(folder / "topdesk.db"), "--port", str(port)),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _ready(process, log)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(300):
        text = log.read_text(encoding="utf-8")
        if " serves at " in text:
            return text.split(" serves at ")[1].split()[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise ConfigurationError(
        Problem(
            "simulate-failed",
            str(log),
            "the simulated TOPdesk did not start",
            expected="a free port; give another with --port",
        )
    )
