"""HPSM's binary unload files (.unl): the records in them, whole or damaged, one after the other.

A record is 00 02, 19 and its kind (FF: a dbdict, FB: data), two bytes of length, and one RC value,
which is a structure. Records over 65,535 bytes were not seen in public: a length of FFFF is taken
to be followed by four bytes of length, as it is in texts; and whatever the length says, a value
behind which the next record stands, or the end of the file, is whole.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migrate.extract import rc
from migrate.extract.dbdict import ARRAY, STRUCTURE, Dbdict, Node, build
from migrate.extract.rc import Null
from migrate.extract.rc_places import Piece, Places
from migrate.extract.unload_window import (
    CHUNK,
    CLOSES,
    EXTENDED,
    HEAD,
    LONG_WALK,
    MARK,
    MARKED,
    OPENS,
    SHORT_WALK,
    TAG,
    Window,
    framed,
)

DBDICT, DATA = 0xFF, 0xFB
"""The kinds of records."""

_MARKS = re.compile(re.escape(MARK))


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


class Block(NamedTuple):
    """Data records one behind the other: their values in `piece`, which stands at `base` in the
    file; where each record begins there, and where the next one does; and how often the dbdict
    stands again among them."""

    piece: Piece
    base: int
    offsets: Places
    end: int
    repeats: int = 0

    def only(self, row: int) -> Block:
        """One of the records."""
        some = slice(row, row + 1)
        end = self.end if row + 1 == len(self.offsets) else int(self.offsets[row + 1])
        return Block(self.piece.only(some), self.base, self.offsets[some], end)


class Large(NamedTuple):
    """A data record that is larger than a block: where it, and its value, begins in the file, and
    where both end."""

    offset: int
    begin: int
    end: int


def blocks(
    stream: BinaryIO, at: int = 0, *, sound: bool = False, every_dbdict: bool = False
) -> Iterator[Block | Large | Record | Flaw]:
    """The records from offset `at` on, data in blocks of a few million bytes, dbdicts by
    themselves. No more than that is in memory: of a larger record it is only said where it is.

    Where none can be read, it goes on at the next place that has the form of one, and what lies
    between is a `Flaw`. A dbdict that stands again before each record, as HPSM may write it, is
    given once, unless `every_dbdict` is asked for. With `sound`, an earlier reading of the file met
    no flaw, and what it has made sure of is not looked at again. `stream` can seek.
    """
    window = Window(stream, at)
    again = b""
    while window.fill(CHUNK) or window.left:
        if block := _block(window, again, sound):
            yield block
            continue
        for found in _one(window):
            if isinstance(found, Flaw):
                again = b"" if found.lost else again
            elif isinstance(found, Record):
                again = b"" if every_dbdict else window.behind(found.end - found.offset)
            yield found


def records(stream: BinaryIO, at: int = 0) -> Iterator[Record | Flaw]:
    """As `blocks`, one record at a time."""
    for found in blocks(stream, at, every_dbdict=True):
        if isinstance(found, Large):
            yield from each(load(stream, found))
        elif isinstance(found, Block):
            yield from each(found)
        else:
            yield found


def each(block: Block) -> Iterator[Record]:
    """The records of a block, one by one."""
    data, begins, ends = block.piece
    offsets = block.offsets.tolist()
    spans = zip(begins.tolist(), ends.tolist(), offsets, [*offsets[1:], block.end], strict=True)
    for begin, end, offset, behind in spans:
        yield Record(DATA, offset, data[begin - 1 : end + 1], behind)


class _Run(NamedTuple):
    """Where data records begin and end in a window, one behind the other; and where among them the
    dbdict stands again, `dbdict` being its bytes."""

    starts: Places
    stops: Places
    repeats: list[int]
    dbdict: bytes


def _block(window: Window, again: bytes, sound: bool) -> Block | None:
    """The data records from where the window stands that need no second look; goes behind them. The
    bytes of `again` among them are passed over."""
    run = _run(window, again)
    count = _sound(window, run) if sound else _whole(window, run)
    if count == 0:
        return None
    starts, stops = run.starts[:count], run.stops[:count]
    window.at = int(stops[-1])
    piece = Piece(window.data, starts + HEAD.size + 1, stops - 1)
    repeats = bisect(run.repeats, window.at)
    return Block(piece, window.base, starts + window.base, window.offset, repeats)


def _run(window: Window, again: bytes) -> _Run:
    """Goes by what the lengths say."""
    data, at = window.data, window.at
    limit = len(data) - HEAD.size
    starts: list[int] = []
    repeats: list[int] = []
    add = starts.append
    while at < limit:
        if data[at + 3] == DATA:
            add(at)
            at += 6 + (data[at + 4] << 8 | data[at + 5])
        elif again and data.startswith(again, at):
            repeats.append(at)
            at += len(again)
        else:
            break
    begins = np.array(starts, dtype=np.int64)
    high, low = (np.frombuffer(data, np.uint8)[begins + place] for place in (4, 5))
    return _Run(begins, begins + HEAD.size + (high.astype(np.int64) << 8 | low), repeats, again)


def _sound(window: Window, run: _Run) -> int:
    """As `_whole`, where that was seen before: up to one that is longer than its two bytes say, or
    than the window."""
    size = run.stops - run.starts - HEAD.size
    return _first_not((size < EXTENDED) & (run.stops <= len(window.data)))


def _whole(window: Window, run: _Run) -> int:
    """How many of the records have the form of one, up to the first that has not."""
    buffer = np.frombuffer(window.data, np.uint8)
    starts, stops, *_ = run
    size = stops - starts - HEAD.size
    good = (size > 1) & (size < EXTENDED) & _marked(buffer, starts)
    good &= _marked(buffer, stops) | (stops + window.base == window.size)
    for at, byte in ((starts + HEAD.size, OPENS), (stops - 1, CLOSES)):
        good &= buffer.take(at, mode="clip") == byte
    return _without_marks(window.data, run, _first_not(good))


def _marked(buffer: NDArray[np.uint8], at: Places) -> NDArray[np.bool_]:
    found = at + len(MARK) <= len(buffer)
    for place, byte in enumerate(MARK):
        found &= buffer.take(at + place, mode="clip") == byte
    return found


def _first_not(good: NDArray[np.bool_]) -> int:
    return len(good) if good.all() else int(good.argmin())


def _without_marks(data: bytes, run: _Run, count: int) -> int:
    """How many of the first `count` records hold no other one: a length that is wrong may lead
    over a record to the end of the next."""
    if not count:
        return 0
    begin, end = int(run.starts[0]), int(run.stops[count - 1])
    repeats = bisect(run.repeats, end) - bisect(run.repeats, begin)
    expected = count + repeats * run.dbdict.count(MARK)
    if data.count(MARK, begin, end) == expected:
        return count
    known = set(run.starts.tolist())
    for found in _MARKS.finditer(data, begin, end):
        at = found.start()
        number = int(np.searchsorted(run.starts, at)) - 1
        if at in known or number < 0 or at >= run.stops[number]:
            continue
        if not _is_one_value(data, int(run.starts[number]) + HEAD.size, int(run.stops[number])):
            return number
    return count


def _is_one_value(data: bytes, begin: int, end: int) -> bool:
    try:
        return rc.skip(data, begin) == end
    except rc.RcError:
        return False


def _one(window: Window) -> Iterator[Block | Large | Record | Flaw]:
    """The record where the window stands, looked at closely; else what is wrong up to the next."""
    offset = window.offset
    if (found := framed(window, LONG_WALK)) is None:
        begun = window.data.startswith(MARK, window.at)
        while (there := window.find(MARK)) and not framed(window, SHORT_WALK):
            pass
        cut = "a record that is damaged" if there else "the file ends within a record"
        yield Flaw(offset, window.offset, cut if begun else "no record of an unload file")
        return
    kind, begin, end, message = found
    if kind not in (DBDICT, DATA):
        window.go(end)
        yield Flaw(offset, end, f"a record of the unknown kind {kind:02X}")
        return
    if message:
        yield Flaw(offset, end, message, lost=False)
    if kind == DATA and end - begin > CHUNK:
        window.go(end)
        yield Large(offset, begin, end)
        return
    window.fill(end - offset)
    data, base = window.data, window.base
    window.go(end)
    if kind == DBDICT:
        yield Record(kind, offset, data[begin - base : end - base], end)
    else:
        yield _block_of(data, base, Large(offset, begin, end))


def _block_of(data: bytes, base: int, one: Large) -> Block:
    """One record in memory that stands at `base` in the file."""
    piece = Piece(data, np.array([one.begin + 1 - base]), np.array([one.end - 1 - base]))
    return Block(piece, base, np.array([one.offset]), one.end)


def outgrows_its_length(found: Block | Large) -> bool:
    """Whether this is one record whose two bytes of length cannot say how long it is, and do not
    say so: whoever goes by them alone does not find its end."""
    if isinstance(found, Large):
        offset, begin = found.offset, found.begin
    elif len(found.offsets) == 1:
        offset, begin = int(found.offsets[0]), found.base + int(found.piece.begins[0]) - 1
    else:
        return False
    return begin == offset + HEAD.size and found.end >= begin + EXTENDED


def load(stream: BinaryIO, large: Large) -> Block:
    """A large record in memory, whole."""
    stream.seek(large.begin)
    return _block_of(stream.read(large.end - large.begin), large.begin, large)


class UnloadWriter:
    """Writes an unload file as HPSM does: `define` what the records are of, then `write` them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._top: tuple[Node, ...] = ()

    def define(self, dbdict: Dbdict) -> None:
        self._top = dbdict.values
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
        head = HEAD.pack(MARKED, TAG, kind, min(size, EXTENDED))
        self._stream.write(head if size < EXTENDED else head + size.to_bytes(4, "big"))
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
