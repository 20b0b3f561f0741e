"""Where in a piece of memory the values of many RC records begin, found for all of them at once.

Field by field, by arithmetic on arrays of offsets: a value costs a hundredth of what looking at it
by itself does. No payload is looked into.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migrate.extract import rc
from migrate.extract.rc import RcError

Places = NDArray[np.int64]
"""Offsets in the piece of memory, one per record; `NOWHERE` where the record has no such value."""

Buffer = NDArray[np.uint8]

NOWHERE = -1

FEW = 16
"""So few are quicker one by one."""

TEXT_FIRST, TEXT_LAST, NULL_TEXT, TIME = 0x28, 0x2E, 0x2F, 0x3D
_SHORT, _LONG, _OPEN, _CLOSE, _WRONG = 0, -1, -2, -3, -4
_BYTES = np.arange(8)


def _size(form: int, detail: Any) -> int:
    """The bytes of a value by its leading byte, or why that does not say it."""
    if form <= rc.FIXED:
        return 1 + (detail if form == rc.FIXED else 0)
    return {rc.SHORT: _SHORT, rc.LONG: _LONG, rc.OPEN: _OPEN, rc.CLOSE: _CLOSE}.get(form, _WRONG)


_SIZES = np.array([_size(*form) for form in rc.FORMS], dtype=np.int64)
_HEADERS = np.zeros(256, dtype=np.int64)
_HEADERS[TEXT_FIRST:TEXT_LAST] = 1
_HEADERS[0x2D], _HEADERS[0x2E] = 2, 3


class Piece(NamedTuple):
    """Records in memory: where the first value of each begins in `data`, and where the structure
    that it is closes."""

    data: bytes
    begins: Places
    ends: Places

    @property
    def buffer(self) -> Buffer:
        return np.frombuffer(self.data, np.uint8)

    def only(self, rows: Any) -> Piece:
        """Some of the records, by number or mask."""
        return Piece(self.data, self.begins[rows], self.ends[rows])


class Located(NamedTuple):
    """Where the values at each place of the records begin; which records are `damaged`; and which
    of the others have more or fewer values than they should (none where nobody said)."""

    places: dict[int, Places]
    damaged: NDArray[np.bool_]
    odd: NDArray[np.bool_]


def locate(piece: Piece, wanted: Iterable[int], values: int = 0) -> Located:
    """Where the values at the places `wanted` (from 0) of each record begin. Each record should
    have so many `values` (0: whatever it has).

    A record whose values end before it has as many is not damaged; one whose values lead behind its
    end, or are none, is, and says nothing of its later values.
    """
    buffer = piece.buffer
    asked = set(wanted)
    at = piece.begins.copy()
    damaged = np.zeros(len(at), dtype=np.bool_)
    odd = np.zeros(len(at), dtype=np.bool_)
    places: dict[int, Places] = {}
    for place in range(max(max(asked, default=-1) + 1, values)):
        size = _SIZES.take(buffer.take(at, mode="clip"))
        short = size == _SHORT
        if short.any():
            length = buffer.take(at + 1, mode="clip").astype(np.int64)
            size = np.where(short, length + 2, size)
        if place in asked:
            places[place] = at.copy()
        if len(size) and size.min() <= 0:
            done = size == _CLOSE
            if place in asked:
                places[place][done] = NOWHERE
            if place < values:
                odd |= done
            _complete(buffer, piece, at, size)
            damaged |= (size < 0) & ~done | done & (at != piece.ends)
            size[done] = 0
            at[damaged] = piece.ends[damaged]
            size[damaged] = 0
        at += size
    damaged |= at > piece.ends  # no value leads back, so that it is enough to look once
    for found in places.values():
        found[damaged] = NOWHERE
    if values:
        odd |= at != piece.ends
    return Located(places, damaged, odd & ~damaged)


def payloads(buffer: Buffer, lead: Buffer, at: Places) -> tuple[Places, Places]:
    """Where the payloads of the texts that begin at `at` with `lead` begin and end."""
    size = _SIZES[lead]
    _lengths(buffer, at, size)
    header = _HEADERS[lead]
    long = (lead == TEXT_LAST).nonzero()[0]
    if len(long):
        extended = _big_endian(buffer, at[long] + 1, 2) == rc.EXTENDED
        header[long[extended]] = 7
    return at + header, at + size


def spans(piece: Piece, places: Places) -> tuple[Places, Places]:
    """Where the payloads of texts begin and end, of the values that begin at `places`: nowhere for
    what is no text."""
    at = np.where(places == NOWHERE, piece.ends, places)
    lead = piece.buffer[at]
    begins, ends = payloads(piece.buffer, lead, at)
    texts = is_text(lead)
    return np.where(texts, begins, NOWHERE), np.where(texts, ends, NOWHERE)


def is_text(lead: Buffer) -> NDArray[np.bool_]:
    return (lead >= TEXT_FIRST) & (lead <= TEXT_LAST)


def minutes(piece: Piece, places: Places) -> NDArray[np.float64]:
    """The times that begin at `places`, in minutes as HPSM stores them; NaN where there is none."""
    buffer = piece.buffer
    is_time = buffer.take(places, mode="clip") == TIME
    is_time &= (buffer.take(places + 1, mode="clip") == 8) & (places != NOWHERE)
    return np.where(is_time, doubles(buffer, places), np.nan)


def _complete(buffer: Buffer, piece: Piece, at: Places, size: Places) -> None:
    """Fill in the sizes that the leading byte does not say; what is none stays negative."""
    _lengths(buffer, at, size)
    opens = (size == _OPEN).nonzero()[0]
    if len(opens):
        size[opens] = _nested(buffer, piece, at[opens], piece.ends[opens])


def _lengths(buffer: Buffer, at: Places, size: Places) -> None:
    short = (size == _SHORT).nonzero()[0]
    if len(short):
        size[short] = 2 + buffer.take(at[short] + 1, mode="clip").astype(np.int64)
    long = (size == _LONG).nonzero()[0]
    if len(long):
        begin = at[long] + 1
        length = _big_endian(buffer, begin, 2)
        extended = length == rc.EXTENDED
        size[long] = 3 + length
        if extended.any():
            size[long[extended]] = 7 + _big_endian(buffer, begin[extended] + 2, 4)


def _big_endian(buffer: Buffer, at: Places, width: int) -> Places:
    value = np.zeros(len(at), dtype=np.int64)
    for place in range(width):
        value = (value << 8) | buffer.take(at + place, mode="clip")
    return value


def _nested(buffer: Buffer, piece: Piece, start: Places, ends: Places) -> Places:
    """The sizes of the arrays and structures that begin at `start`; `_WRONG` where it is none."""
    size = np.full(len(start), _WRONG, dtype=np.int64)
    active = np.arange(len(start))
    at = start + 1
    depth = np.ones(len(start), dtype=np.int64)
    while len(active) >= FEW:
        lead = buffer.take(at, mode="clip")
        step = _SIZES[lead]
        depth += (step == _OPEN).astype(np.int64) - (step == _CLOSE)
        step[(step == _OPEN) | (step == _CLOSE)] = 1
        _lengths(buffer, at, step)
        closed = depth == 0
        wrong = (step < 0) | (at + step > ends[active]) | (depth > rc.DEPTH)
        at = at + step
        if closed.any():
            whole = active[closed & ~wrong]
            size[whole] = (at - start[active])[closed & ~wrong]
        going = ~(closed | wrong)
        if not going.all():
            active, at, depth = active[going], at[going], depth[going]
    for row in active.tolist():
        try:
            size[row] = rc.skip(piece.data, int(start[row])) - start[row]
        except RcError:
            continue
    return size


def doubles(buffer: Buffer, at: Places) -> NDArray[np.float64]:
    """What stands behind the leading byte and the length at `at`."""
    found = buffer.take((at + 2)[:, None] + _BYTES, mode="clip")
    return found.view(">f8").reshape(-1).astype(np.float64)
