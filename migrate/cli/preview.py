"""`preview`: one ticket before and after."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from itertools import chain
from typing import Any

import click

from migrate.cli.options import App, command
from migrate.console import Console
from migrate.errors import ConfigurationError, Exit, MappingError, Problem
from migrate.transform.losses import Loss
from migrate.transform.preview import Entry, Line, Preview
from migrate.workspace import Workspace


@command("preview")
@click.argument("number")
@click.pass_obj
def preview_command(app: App, number: str) -> int:
    """One ticket before and after: as HPSM shows it, and as TOPdesk will.

    NUMBER is an incident's or interaction's. What is lost is marked where it is lost (←). National
    identity numbers and passwords are blacked out; of a ticket of a group that is restricted, or of
    which nobody has said whether it is, nothing is shown.

    \b
    Example:
      migrate preview IM10001
    """
    with Workspace(app.folder) as workspace:
        if problems := [p for p in workspace.mappings_read[1] if not p.warning]:
            # A file that is not read may be the one that says which groups are restricted.
            raise MappingError(problems)
        found = workspace.preview(number)
        if found is None:
            raise ConfigurationError(
                Problem(
                    "record-unknown",
                    number,
                    "no incident or interaction of that number is in the snapshot",
                    expected="a number written as HPSM does, read by `migrate extract`",
                )
            )
        app.console.data("preview", _data(found))
        _tell(app.console, found)
        app.console.next(f"migrate explain {shlex.quote(found.key)}")
        return Exit.OK if found.verdict is None else Exit.SOME_FAILED


def _data(found: Preview) -> dict[str, Any]:
    data = asdict(found)
    del data["raw"]
    return data | {"lost": found.lost}


def _tell(console: Console, found: Preview) -> None:
    for record in found.records:
        console.table(
            f"HPSM: {record.number}", ["field", "value"], [_row(line) for line in record.lines]
        )
    _history(console, "HPSM: history", found.history)
    if found.files:
        console.table("HPSM: files", ["file", "bytes"], [[f.name, f.size] for f in found.files])
    if found.verdict is not None:
        console.say(f"\nNothing of it is sent: {found.verdict.reason} ({found.verdict.code})")
        return
    console.table(
        f"TOPdesk: {found.key}", ["field", "value"], [_row(line) for line in found.fields]
    )
    for record in found.partials:
        console.table(
            f"TOPdesk, under it: {record.number}",
            ["field", "value"],
            [_row(line) for line in record.lines],
        )
    _history(console, "TOPdesk: progress trail", found.trail)
    if found.attachments:
        rows = [[file.name, file.size, _seen(file.visible)] for file in found.attachments]
        console.table("TOPdesk: attachments", ["file", "bytes", "caller"], rows)
    for loss in chain(found.losses, found.history_losses, found.file_losses):
        console.say(f"← {_loss(loss)}")


def _history(console: Console, title: str, entries: tuple[Entry, ...]) -> None:
    if entries:
        rows = [[_seen(e.visible), "\n".join(filter(None, (e.head, e.text)))] for e in entries]
        console.table(title, ["caller", "entry"], rows)


def _row(line: Line) -> list[str]:
    return [line.name, "\n".join([line.value, *(f"← {_loss(loss)}" for loss in line.losses)])]


def _loss(loss: Loss) -> str:
    return f"{loss.code} {loss.detail}".strip()


def _seen(visible: bool | None) -> str:
    return {True: "sees it", False: "does not see it", None: "not known"}[visible]
