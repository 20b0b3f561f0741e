"""A sprint whose probe ticket was looked at before, so that a load begins with the real ones."""

from __future__ import annotations

from pathlib import Path

from migrate.workspace import Workspace


def probed(folder: Path, sprint: str = "pilot") -> None:
    with Workspace(folder) as workspace:
        workspace.remember_probe(sprint, "seen before")
