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

    Relative patterns start in `folder`. Where no file has exactly the name, letters' case makes no
    difference, nor does it in a pattern: HPSM runs on Windows, where `IM.UNL` is `*.unl`.
    """
    found: dict[Path, None] = {}
    problems = []
    for place, pattern in enumerate(patterns):
        files = [path for path in matches(folder, pattern) if path.is_file()]
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


def matches(folder: Path, pattern: str) -> list[Path]:
    """What `pattern` names, whatever it is: a file of exactly that name, else all that fit."""
    path = folder / pattern
    if path.exists():
        return [path]
    there = next(parent for parent in path.parents if parent.is_dir())
    try:
        return list(there.glob(_any_case(str(path.relative_to(there)))))
    except ValueError:
        return []


def _any_case(pattern: str) -> str:
    """The pattern with every letter in either case; what stands in brackets stays."""
    parts = re.split(r"(\[[^]]*\])", pattern)
    return "".join(part if part.startswith("[") else "".join(map(_either, part)) for part in parts)


def _either(letter: str) -> str:
    small, large = letter.lower(), letter.upper()
    return letter if small == large or len(small + large) > 2 else f"[{small}{large}]"


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
