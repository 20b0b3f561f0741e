"""Which files the patterns of a configuration name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from migrate.errors import Problem


def unload_paths(
    folder: Path, patterns: Sequence[str], setting: str
) -> tuple[list[Path], list[Problem]]:
    """The files in the order of the patterns, those of one pattern by name (2 before 10), each
    once; and a problem for every pattern of `setting` that names none.

    Relative patterns start in `folder`.
    """
    found: dict[Path, None] = {}
    problems = []
    for place, pattern in enumerate(patterns):
        files = [path for path in _matches(folder, pattern) if path.is_file()]
        if not files:
            problems.append(
                Problem(
                    "source-table-missing",
                    f"migrate.yaml: {setting}.{place}",
                    f"no file is named {pattern}",
                    expected="a path or a pattern, from the workspace's folder",
                )
            )
        found |= dict.fromkeys(sorted(files, key=lambda path: _natural(str(path))))
    return list(found), problems


def _matches(folder: Path, pattern: str) -> list[Path]:
    path = folder / pattern
    if path.exists():
        return [path]
    anchor = Path(path.anchor)
    try:
        return list(anchor.glob(str(path.relative_to(anchor))))
    except ValueError:
        return []


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
