"""One segment of a file, as HPSM's database and unload files hold it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol, cast, overload

from migrate.extract.rc import MAGIC, RcError, skip

_AT = len(MAGIC)
_CHARACTERS = range(0x28, 0x30)
_LENGTHS = {0x2D: 1, 0x2E: 2}
_EXTENDED = b"\xff\xff"
_PIECE = 1 << 18


class BrokenFile(ValueError):
    """A file cannot be read whole; says why in a few words that hold nothing of it."""


class Segment(Protocol):
    """Bytes, or what reads them only where they are asked for."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, at: int, /) -> int: ...

    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...


class Payload(NamedTuple):
    """Where in a segment the bytes of the file are, whether they were `wrapped` as an RC value, and
    how many bytes stand `behind` that value."""

    start: int
    end: int
    wrapped: bool
    behind: int = 0


def payload(segment: Segment) -> Payload:
    """What a segment carries: the RC character value behind the magic, else all of its bytes.

    Raises BrokenFile where the value is not whole, or is none of characters.
    """
    size = len(segment)
    if segment[:_AT] != MAGIC:
        return Payload(0, size, False)
    if size == _AT:
        raise BrokenFile("truncated")
    lead = segment[_AT]
    if lead not in _CHARACTERS:
        raise BrokenFile("no RC header")
    try:
        end = skip(cast(bytes, segment), _AT)
    except RcError:
        raise BrokenFile("truncated") from None
    start = _AT + 1 + _LENGTHS.get(lead, 0)
    if lead == 0x2E and segment[_AT + 1 : start] == _EXTENDED:
        start += 4
    return Payload(start, end, True, size - end)


def pieces(segment: Segment, start: int, end: int) -> Iterator[bytes | memoryview]:
    """The bytes from `start` to `end`, a bounded number of them at a time."""
    source = memoryview(segment) if isinstance(segment, bytes) else segment
    for at in range(start, end, _PIECE):
        yield source[at : min(at + _PIECE, end)]
