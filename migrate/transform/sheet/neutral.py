"""Text that a spreadsheet must not take for a formula, and cannot take for something else."""

from __future__ import annotations

import re
import unicodedata

_ACTIVE = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""How a formula begins, also in full width (OWASP, "CSV Injection")."""

_TO_GUARD = re.compile(rf"'*[{_ACTIVE}]")
_GUARDED = re.compile(rf"'+[{_ACTIVE}]")

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character as ECMA-376 writes it in a cell (part 1, 22.9.2.19): Excel reads `_x0041_` as A."""


def tidied(text: str) -> str:
    """The text as it is compared and kept: composed letters, on one line, no control characters."""
    composed = unicodedata.normalize("NFC", text)
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in composed)
    return " ".join(plain.replace("\ufffe", " ").replace("\uffff", " ").split())


def guarded(text: str) -> str:
    """The text with an apostrophe before it, where a program could take it for a formula: in the
    workbook, and in whatever is made of it (CSV, a copied cell). `unguarded` takes it back."""
    return f"'{text}" if _TO_GUARD.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def escaped(text: str) -> str:
    """The text as it must stand in a cell, so that it is not read as an escape."""
    return _ESCAPE.sub(r"_x005F_x\1_", text)


def unescaped(text: str) -> str:
    """What a cell's text says, also where the program that saved it escaped it."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
