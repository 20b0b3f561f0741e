"""`audit verify`: whether the audit is whole."""

from __future__ import annotations

import click

from migrate.cli.options import App, Listed, command
from migrate.errors import Exit
from migrate.workspace import Workspace


@click.group("audit", cls=Listed)
def audit_command() -> None:
    """Who saw, decided and approved what on the review page."""


@command("verify", group=audit_command)
@click.option("--head", help="A digest written down earlier: the chain must still lead through it.")
@click.pass_obj
def audit_verify(app: App, head: str | None) -> int:
    """Follow the chain from its first event to its last; say the digest of the last one.

    Write that digest down outside the machine: with --head, a later run shows that nothing before
    it was changed, and nothing behind it cut off that had been there then.

    \b
    Example:
      migrate audit verify
      migrate audit verify --head 3f2a9c1b7d40
    """
    with Workspace(app.folder) as workspace:
        found = workspace.audit.verify(head)
        app.console.say(f"{found.events} events, each following from the one before it.")
        app.console.say(f"The last one's digest: {found.head}")
        app.console.data("audit", {"events": found.events, "head": found.head})
        app.console.next(f"migrate audit verify --head {found.head[:12]}")
        return Exit.OK
