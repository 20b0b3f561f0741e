"""HPSM's binary unload files (.unl): the records in them, whole or damaged, one after the other.

A record is 00 02, 19 and its kind (FF: a dbdict, FB: data), two bytes of length, and one RC value,
which is a structure. Records over 65,535 bytes were not seen in public: a length of FFFF is taken
to be followed by four bytes of length, as it is in texts; and whatever the length says, a value
behind which the next record stands, or the end of the file, is whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, BinaryIO, NamedTuple

from migrate.extract import rc
from migrate.extract.dbdict import ARRAY, STRUCTURE, Dbdict, Node, build
from migrate.extract.rc import Null, RcError

DBDICT, DATA = 0xFF, 0xFB
"""The kinds of records."""

MARK = b"\x00\x02\x19"
"""What every record begins with."""

_HEAD = Struct(">HBBH")
_MARKED, _TAG = 0x0002, 0x19
_KINDS = (DBDICT, DATA)
_EXTENDED = 0xFFFF
_OPENS, _CLOSES = 0x90, 0x91
_CHUNK = 1 << 20
_WALK, _SHORT_WALK = 1 << 25, 1 << 18  # what is looked through for the end of one value


class Record(NamedTuple):
    """One record: `data` is its value, `offset` where it begins in the file, `end` where the next
    one does."""

    kind: int
    offset: int
    data: bytes
    end: int


class Flaw(NamedTuple):
    """What is wrong from `offset` up to `end`. `lost`: no record could be read there; else it is
    whole and comes next."""

    offset: int
    end: int
    message: str
    lost: bool = True


def records(stream: BinaryIO, at: int = 0, *, skim: bool = False) -> Iterator[Record | Flaw]:
    """The records from offset `at` on, streamed: no more than the largest one is in memory.

    Where none can be read, it goes on at the next place that has the form of one, and what lies
    between is a `Flaw`. With `skim`, data records come without their bytes. `stream` can seek.
    """
    window = _Window(stream, at)
    unpack = _HEAD.unpack_from
    while window.fill(1):
        data, base, at = window.data, window.base, window.at
        last = len(data) - _HEAD.size
        while at <= last:
            marked, tag, kind, size = unpack(data, at)
            begin = at + 6
            end = begin + size
            if (
                end > last
                or marked != _MARKED
                or tag != _TAG
                or kind not in _KINDS
                or data[begin] != _OPENS
                or data[end - 1] != _CLOSES
                or not data.startswith(MARK, end)
                or data.find(MARK, begin, end) >= 0
            ):
                break
            yield Record(
                kind, base + at, b"" if skim and kind == DATA else data[begin:end], base + end
            )
            at = end
        window.at = at
        if window.fill(1):
            yield from _next(window)


def _next(window: _Window) -> Iterator[Record | Flaw]:
    """The record where the window stands, looked at closely; else what is wrong up to the next."""
    offset = window.offset
    if (framed := _framed(window, _WALK)) is None:
        begun = window.data.startswith(MARK, window.at)
        while (found := window.find(MARK)) and not _framed(window, _SHORT_WALK):
            pass
        cut = "a record that is damaged" if found else "the file ends within a record"
        yield Flaw(offset, window.offset, cut if begun else "no record of an unload file")
        return
    kind, begin, end, message = framed
    after = window.base + end
    if kind not in _KINDS:
        yield Flaw(offset, after, f"a record of the unknown kind {kind:02X}")
    else:
        if message:
            yield Flaw(offset, after, message, lost=False)
        yield Record(kind, offset, window.data[begin:end], after)
    window.at = end


def _framed(window: _Window, walk: int) -> tuple[int, int, int, str] | None:
    """Kind of the record where the window stands, where its value begins and ends in the window,
    and what is wrong with its length; None where there is no whole record."""
    if not window.fill(_HEAD.size + 1) or not window.data.startswith(MARK, window.at):
        return None
    _, _, kind, size = _HEAD.unpack_from(window.data, window.at)
    begin = _HEAD.size
    if size == _EXTENDED and window.data[window.at + begin] != _OPENS:
        if not window.fill(begin + 5):
            return None
        size = int.from_bytes(window.data[window.at + begin : window.at + begin + 4], "big")
        begin += 4
    if window.data[window.at + begin] != _OPENS:
        return None
    if size and window.closes(begin + size) and window.fill(begin + size):
        start, end = window.at + begin, window.at + begin + size
        if window.data.find(MARK, start, end) < 0 or _walked(window, begin, size) == size:
            return kind, start, end, ""
    walked = _walked(window, begin, walk)
    if walked and (walked == size or window.follows(begin + walked)):
        window.fill(begin + walked)
        start = window.at + begin
        wrong = walked != size and walked < _EXTENDED
        message = f"its length is said to be {size} and is {walked}" if wrong else ""
        return kind, start, start + walked, message
    return None


def _walked(window: _Window, begin: int, most: int) -> int | None:
    """The length of the value that begins so far behind where the window stands; None where it is
    no value, or has more than `most` bytes."""
    have = _HEAD.size
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


class _Window:
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
            parts.append(self._stream.read(max(missing, _CHUNK)))
            self.data = b"".join(parts)
        return self.left >= need

    def closes(self, place: int) -> bool:
        """Whether a structure ends so far behind `at`, and then a record begins or the stream
        ends; looked up without loading what lies between."""
        return self._peek(place - 1, 1) == bytes((_CLOSES,)) and self.follows(place)

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


class UnloadWriter:
    """Writes an unload file as HPSM does: `define` what the records are of, then `write` them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._top: tuple[Node, ...] = ()

    def define(self, dbdict: Dbdict) -> None:
        self._top = dbdict.top
        self.add(DBDICT, build(dbdict))

    def write(self, values: Sequence[Any]) -> int:
        """A record of the file defined last, its values in the order of its fields; None is the
        null of the field's type, and an array without elements has one that is null, as HPSM
        writes it. Returns the offset of the record.

        Raises ValueError where there are more or fewer values than fields, and RcError for what RC
        cannot hold.
        """
        pairs = zip(self._top, values, strict=True)
        return self.add(DATA, rc.Structure(_typed(node, value) for node, value in pairs))

    def add(self, kind: int, value: Any) -> int:
        """A record with this RC value as it is; returns its offset."""
        data = rc.encode(value)
        offset = self._stream.tell()
        size = len(data)
        head = _HEAD.pack(_MARKED, _TAG, kind, min(size, _EXTENDED))
        self._stream.write(head if size < _EXTENDED else head + size.to_bytes(4, "big"))
        self._stream.write(data)
        return offset


def _typed(node: Node, value: Any) -> Any:
    type_ = node.field.type
    if type_ == ARRAY and node.children and isinstance(value, list | tuple | None):
        return [_typed(node.children[0], each) for each in value or (None,)]
    if type_ == STRUCTURE and isinstance(value, list | tuple | None):
        parts = (None,) * len(node.children) if value is None else value
        return rc.Structure(
            _typed(child, part) for child, part in zip(node.children, parts, strict=True)
        )
    return Null((type_ << 4) | 15) if value is None else value
