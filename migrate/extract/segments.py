"""One segment of a file, as HPSM's database and unload files hold it."""

from __future__ import annotations

from typing import NamedTuple

from migrate.extract.rc import MAGIC, RcError, skip

_AT = len(MAGIC)
_CHARACTERS = range(0x28, 0x30)
_LENGTHS = {0x2D: 1, 0x2E: 2}
_EXTENDED = b"\xff\xff"


class BrokenFile(ValueError):
    """A file cannot be read whole; says why in a few words that hold nothing of it."""


class Payload(NamedTuple):
    """The bytes of the file in a segment, whether they were `wrapped` as an RC value, and how many
    bytes stand `behind` that value."""

    content: memoryview
    wrapped: bool
    behind: int = 0


def payload(segment: bytes) -> Payload:
    """What a segment carries: the RC character value behind the magic, else all of its bytes.

    Nothing is copied. Raises BrokenFile where the value is not whole, or is none of characters.
    """
    whole = memoryview(segment)
    if not segment.startswith(MAGIC):
        return Payload(whole, False)
    if len(segment) == _AT:
        raise BrokenFile("truncated")
    lead = segment[_AT]
    if lead not in _CHARACTERS:
        raise BrokenFile("no RC header")
    try:
        end = skip(segment, _AT)
    except RcError:
        raise BrokenFile("truncated") from None
    start = _AT + 1 + _LENGTHS.get(lead, 0)
    if lead == 0x2E and segment[_AT + 1 : start] == _EXTENDED:
        start += 4
    return Payload(whole[start:end], True, len(segment) - end)
