"""What a workbook was exported with, sealed inside it: the base of the merge that reads it back.

Whoever could change the base could make an answer that somebody gave meanwhile look as if it had
been there all along, and so have it overwritten. It is signed with the workspace's key; a base that
does not bear its signature is no base, and every cell that differs is then a conflict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from migrate.transform.sheet.columns import Answers, Line

VERSION = 1
CHUNK = 30_000
"""Characters of one cell; Excel takes 32,767."""


@dataclass(frozen=True, slots=True)
class BaseLine:
    """One row as it was exported; `there`: whether it stood in the file."""

    there: bool
    shown: Mapping[str, str]
    answers: Answers


@dataclass(frozen=True, slots=True)
class Base:
    """All rows as they were exported: file → source → line. `front` is cell → text of the first
    sheet."""

    unit: str
    made: str
    rows: Mapping[str, Mapping[str, BaseLine]] = field(default_factory=dict)
    front: Mapping[str, str] = field(default_factory=dict)

    def line(self, file: str, source: str) -> BaseLine | None:
        return self.rows.get(file, {}).get(source)


def sealed(
    key: bytes, unit: str, made: str, lines: Iterable[Line], front: Mapping[str, str]
) -> list[str]:
    """The base as the cells of a hidden column hold it."""
    rows: dict[str, dict[str, Any]] = {}
    for line in lines:
        rows.setdefault(line.file, {})[line.source] = [
            line.there,
            {name: str(value) for name, value in line.shown.items()},
            dict(line.answers),
        ]
    data = {"version": VERSION, "unit": unit, "made": made, "rows": rows, "front": dict(front)}
    text = str(_signer(key).dumps(data))
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]


def opened(key: bytes, text: str) -> Base | None:
    """The base that `sealed` wrote; None where this key did not sign it, or not all of it is there,
    or another version of the tool wrote it."""
    try:
        data = _signer(key).loads(text)
    except BadData:
        return None
    if data.get("version") != VERSION:
        return None
    rows = {
        file: {source: BaseLine(*line) for source, line in lines.items()}
        for file, lines in data["rows"].items()
    }
    return Base(data["unit"], data["made"], rows, data["front"])


def _signer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        key,
        salt="migrate-sheet",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
