"""`source describe`: what the configured source can give, and what it cannot."""

from __future__ import annotations

import click

from migrate.cli.options import App, Listed, command
from migrate.errors import Exit
from migrate.extract.source import KindInfo
from migrate.workspace import Workspace


@click.group("source", cls=Listed)
def source_command() -> None:
    """HPSM as this workspace can read it."""


@command("describe", group=source_command)
@click.option(
    "--fields", is_flag=True, help="List every field that can be read, and where it lies."
)
@click.pass_obj
def describe(app: App, fields: bool) -> int:
    """Say what the source gives: kinds, records, fields, what is out of reach, and why; and which
    columns are there that nothing reads.

    A kind without a field of modification is compared as a whole each time it is read. Nothing is
    written.

    \b
    Example:
      migrate source describe
      migrate source describe --fields
    """
    with Workspace(app.folder) as workspace:
        problems = workspace.source.check()
        infos = workspace.source.describe()
    app.console.table(
        "What the source gives",
        ["kind", "records", "fields", "out of reach", "read again by"],
        [_row(info) for info in infos],
    )
    if fields:
        readable = [
            [info.kind, name, dict(info.ways).get(name, "")]
            for info in infos
            for name in info.fields
        ]
        app.console.table("Fields", ["kind", "field", "where"], readable)
    unreachable = [
        [info.kind, name, why] for info in infos for name, why in info.missing if not info.absent
    ]
    if unreachable:
        app.console.table("Out of reach", ["kind", "field", "why"], unreachable)
    unread = [[info.kind, ", ".join(info.unread)] for info in infos if info.unread]
    if unread:
        app.console.table("There, and not read", ["kind", "columns"], unread)
        app.console.say(
            "A column that matters is read as a field of its own: one line under "
            "source.tables.KIND.fields in migrate.yaml. Its name is yours to choose."
        )
    tables = [[info.kind, name] for info in infos for name in info.alike]
    if tables:
        app.console.table("Look like a kind, not read", ["kind", "table"], tables)
        app.console.say(
            "A table that holds records of a kind is an alias table of its own: "
            "`NAME: {kind: KIND, table: TABLE}` under source.tables in migrate.yaml."
        )
    app.console.data("kinds", [_document(info) for info in infos])
    app.console.problems(problems)
    errors = any(not problem.warning for problem in problems)
    app.console.next("migrate check" if errors else "migrate extract")
    return Exit.USAGE if errors else Exit.OK


def _row(info: KindInfo) -> list[object]:
    if info.absent:
        return [info.kind, "none", "", "", info.absent]
    rows = "not counted" if info.rows is None else info.rows
    again = info.modified or "comparing everything"
    return [info.kind, rows, len(info.fields), len(info.missing), again]


def _document(info: KindInfo) -> dict[str, object]:
    return {
        "kind": info.kind,
        "records": info.rows,
        "fields": list(info.fields),
        "ways": dict(info.ways),
        "out_of_reach": dict(info.missing),
        "modified": info.modified,
        "absent": info.absent,
        "unread": list(info.unread),
        "alike": list(info.alike),
    }
