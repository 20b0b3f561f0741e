"""The composition root: one folder's configuration, mappings, state, source and target, wired."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.workspace.loading import Loading
from migrate.workspace.reporting import Reporting
from migrate.workspace.stores import database

__all__ = ["Workspace", "database", "open_workspace"]


class Workspace(Loading, Reporting):
    """Everything a command needs, opened when it is first asked for and closed together."""


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    """A workspace for the length of one command."""
    with Workspace(folder) as workspace:
        yield workspace
