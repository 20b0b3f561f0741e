"""The migrate.yaml that is written beside what a simulated HPSM hands over, and reads it."""

from __future__ import annotations

from pathlib import Path

NAME = "migrate.yaml"

_HEAD = "# Reads the simulated HPSM that was written here.\n"
_TARGET = """\
target:
  url: http://127.0.0.1:8080  # migrate simulate topdesk
"""


def write_configuration(folder: Path, source: str) -> Path:
    """`source` is the whole `source:` section."""
    path = folder / NAME
    path.write_text(_HEAD + source + _TARGET, encoding="utf-8")
    return path
