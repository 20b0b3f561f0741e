"""Two real unload files, of 2010 and of 2016, and what a trial decoding made of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "samples" / "unl"
NAMES = ("activitywsdl", "Diff_WebService")

_FIELD = re.compile(r"   level (\d+) idx (\d+) type (\d+) (\S+) +sql=(.*)")


class Told(NamedTuple):
    """One record of the decoded text: a dbdict's file with its parts, or data with `values`, field
    name → the text of its value as far as the text shows it."""

    file: str = ""
    fields: tuple[tuple[Any, ...], ...] = ()
    keys: str = ""
    rest: str = ""
    count: int = 0
    values: tuple[tuple[str, str], ...] = ()


def unload(name: str) -> bytes:
    return _needed(FOLDER / f"{name}.unl").read_bytes()


def told(name: str) -> list[Told]:
    text = _needed(FOLDER / f"{name}.decoded.txt").read_text(encoding="utf-8")
    parts = re.split(r"^(?=(?:=== DBDICT|--- DATA) )", text, flags=re.MULTILINE)
    return [_told(part.splitlines()) for part in parts if part.strip()]


def _told(lines: list[str]) -> Told:
    head, *lines = lines
    if head.startswith("--- "):
        pairs = (line.strip().split(None, 1) for line in lines)
        return Told(count=int(head.split()[2]), values=tuple((name, text) for name, text in pairs))
    named = {line.split()[0]: line.split(None, 1)[1] for line in lines}
    fields = (match.groups() for line in lines if (match := _FIELD.fullmatch(line)))
    return Told(
        head.split()[2],
        tuple((name, *map(int, numbers), sql) for *numbers, name, sql in fields),
        named["keys"],
        named["rest"],
    )


def _needed(path: Path) -> Path:
    if not path.exists():
        pytest.skip("needs the samples of real unload files in ../shared")
    return path
