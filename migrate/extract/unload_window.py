"""A window on an unload file, and the one record that stands in it, looked at closely."""

from __future__ import annotations

import os
from struct import Struct
from typing import BinaryIO, NamedTuple

from migrate.extract import rc
from migrate.extract.rc import RcError

MARK = b"\x00\x02\x19"
"""What every record begins with."""

HEAD = Struct(">HBBH")
"""The mark, the kind of the record, and the length of its value."""

MARKED, TAG, EXTENDED = 0x0002, 0x19, 0xFFFF
OPENS, CLOSES = 0x90, 0x91

CHUNK = 1 << 22
LONG_WALK, SHORT_WALK = 1 << 24, 1 << 18
"""Bytes within which a value must end whose length is wrong: where a record is expected, and where
one is looked for. Memory and time stay bounded."""


class Framed(NamedTuple):
    """A whole record: its kind, where its value begins and ends in the stream, and what is wrong
    with its length."""

    kind: int
    begin: int
    end: int
    message: str = ""


def framed(window: Window, walk: int) -> Framed | None:
    """The record where the window stands; None where there is no whole one. A long one is not
    loaded for that, and none is whose length is wrong and that has more than `walk` bytes."""
    if not window.fill(HEAD.size + 1) or not window.data.startswith(MARK, window.at):
        return None
    _, _, kind, size = HEAD.unpack_from(window.data, window.at)
    begin = HEAD.size
    if size == EXTENDED and window.data[window.at + begin] != OPENS:
        if not window.fill(begin + 5):
            return None
        size = int.from_bytes(window.data[window.at + begin : window.at + begin + 4], "big")
        begin += 4
    if window.data[window.at + begin] != OPENS:
        return None
    start = window.offset + begin
    if (
        size
        and window.closes(begin + size)
        and (
            size > CHUNK
            or not window.holds_mark(begin, size)
            or _walked(window, begin, size) == size
        )
    ):
        return Framed(kind, start, start + size)
    walked = _walked(window, begin, walk)
    if walked and (walked == size or window.follows(begin + walked)):
        if walked == size or walked >= EXTENDED:
            return Framed(kind, start, start + walked)
        # a length within that is wrong too may have led over the next record
        if not window.holds_mark(begin, walked):
            message = f"its length is said to be {size} and is {walked}"
            return Framed(kind, start, start + walked, message)
    return None


def _walked(window: Window, begin: int, most: int) -> int | None:
    """The length of the value that begins so far behind where the window stands; None where it is
    no value, or has more than `most` bytes."""
    have = HEAD.size
    while True:
        have = min(2 * max(have, window.left - begin), most)
        whole = window.fill(begin + have)
        start = window.at + begin
        try:
            size = rc.skip(window.data, start) - start
        except RcError as error:
            if not whole or have == most or error.offset < len(window.data):
                return None
        else:
            return size if size <= most else None


class Window:
    """What is in memory of a stream: `data` stands at `base` in it, and `at` is the place in
    `data` up to which all is done."""

    def __init__(self, stream: BinaryIO, at: int) -> None:
        self._stream = stream
        self.size = stream.seek(0, os.SEEK_END)
        self.data = b""
        self.base, self.at = min(at, self.size), 0
        stream.seek(self.base)

    @property
    def offset(self) -> int:
        return self.base + self.at

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def fill(self, need: int) -> bool:
        """Have `need` bytes from `at` on, if the stream has them; moves `at` when it reads."""
        missing = need - self.left
        if missing <= 0:
            return True
        if self.offset + need > self.size:
            missing = self.size - self.offset - self.left
        if missing > 0:
            parts = [self.data[self.at :]]
            self.base, self.at = self.offset, 0
            self._stream.seek(self.base + len(parts[0]))
            parts.append(self._stream.read(max(missing, CHUNK)))
            self.data = b"".join(parts)
        return self.left >= need

    def go(self, offset: int) -> None:
        """Stand at this offset; what lies before it is not needed any more."""
        place = offset - self.base
        if place > len(self.data):
            self.data, self.base, place = b"", offset, 0
        self.at = place

    def holds_mark(self, place: int, size: int) -> bool:
        """Whether another record may begin in so many bytes so far behind `at`."""
        self.fill(place + size)
        return self.data.find(MARK, self.at + place, self.at + place + size) >= 0

    def behind(self, size: int) -> bytes:
        """The last bytes before where the window stands."""
        return self.data[max(self.at - size, 0) : self.at]

    def closes(self, place: int) -> bool:
        """Whether a structure ends so far behind `at`, and then a record begins or the stream
        ends; looked up without loading what lies between."""
        return self._peek(place - 1, 1) == bytes((CLOSES,)) and self.follows(place)

    def follows(self, place: int) -> bool:
        """Whether a record begins so far behind `at`, or the stream ends."""
        return self.offset + place == self.size or self._peek(place, len(MARK)) == MARK

    def find(self, mark: bytes) -> bool:
        """Go on to the next `mark` behind `at`; to the end of the stream where there is none."""
        self.at += 1
        while (found := self.data.find(mark, self.at)) < 0:
            self.at = max(self.at, len(self.data) - len(mark) + 1)
            if not self.fill(len(mark)):
                self.at = len(self.data)
                return False
        self.at = found
        return True

    def _peek(self, place: int, size: int) -> bytes:
        if place + size <= self.left:
            return self.data[self.at + place : self.at + place + size]
        self._stream.seek(self.offset + place)
        return self._stream.read(size)
