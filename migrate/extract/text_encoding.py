"""Whether a file's beginning is in the encoding that somebody said, and which it probably is in."""

from __future__ import annotations

import codecs
from typing import NamedTuple

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ONE_BYTE = ("cp1252", "cp850", "mac_roman")
_LETTERS = frozenset("æøåÆØÅäöüÄÖÜéèêÉëïóòôàáâçñß–’«»")
_LATIN_1 = "iso8859-1"
_CONTROLS = bytes(range(0x80, 0xA0))
_WIDE = 0.2


class Doubt(NamedTuple):
    """Why a text is hardly in the encoding that was said: the `line` where that shows (0: nowhere
    in particular), and what it `probably` is in (empty: no idea). Where it can be read none the
    less, it is not `certain`."""

    line: int
    probably: str
    certain: bool = True


def is_encoding(name: str) -> bool:
    """Whether text can be in it."""
    try:
        return "a".encode(name).decode(name) == "a"
    except (LookupError, UnicodeError):
        return False


def doubt(sample: bytes, encoding: str) -> Doubt | None:
    """What speaks against `encoding` in the first bytes of a file; None where nothing does."""
    name = codecs.lookup(encoding).name
    marked = next((said for mark, said in _MARKS.items() if sample.startswith(mark)), "")
    if marked and not name.startswith(marked):
        return Doubt(1, marked)
    wide = name.startswith(("utf-16", "utf-32"))
    if not (marked or wide) and (probably := _wide(sample)):
        return Doubt(1, probably)
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError as error:
        return Doubt(sample[: error.start].count(b"\n") + 1, _probably(sample))
    except UnicodeError:  # UTF-16 that does not say which way its bytes are turned
        return Doubt(1, _wide(sample) or _probably(sample))
    if name.startswith("utf") or sample.isascii():
        return None
    if _is_utf_8(sample):
        return Doubt(0, "utf-8")
    if name == _LATIN_1 and len(sample) > len(sample.translate(None, _CONTROLS)):
        return Doubt(0, "cp1252", certain=False)
    return None


def _wide(sample: bytes) -> str:
    """Half of the bytes of plain text in UTF-16 are zero: the second ones, or the first."""
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if max(first, second) < _WIDE * len(sample) or not sample:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _probably(sample: bytes) -> str:
    if _is_utf_8(sample):
        return "utf-8"
    letters = {
        name: sum(letter in _LETTERS for letter in sample.decode(name, "replace"))
        for name in _ONE_BYTE
    }
    return max(letters, key=letters.__getitem__)


def _is_utf_8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True
