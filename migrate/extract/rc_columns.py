"""Columns out of many RC records at once: what a reading needs of millions of them.

Only the fields that are asked for are made into values: those that are common by the dozen (nulls,
texts, arrays of texts, times), the others by `rc.decode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migrate.extract import rc
from migrate.extract.rc import Foreign, Logical, Null, RcError
from migrate.extract.rc_places import (
    FEW,
    NOWHERE,
    NULL_TEXT,
    TEXT_FIRST,
    TEXT_LAST,
    TIME,
    Piece,
    Places,
    doubles,
    is_text,
    payloads,
)
from migrate.extract.values import DURATION_YEARS, DURATIONS_FROM, composed

LINES = ("text", "array")
"""The types of fields of which an array is text, an element a line."""

_ARRAY, _ARRAY_END = 0x80, 0x81
_DAYS_KEPT = 50_000

_IS_CONSTANT = np.array(
    [form == rc.CONSTANT and not isinstance(detail, float) for form, detail in rc.FORMS]
)
_CONSTANTS = np.array(
    [
        detail if form == rc.CONSTANT and not isinstance(detail, Null | Logical) else None
        for form, detail in rc.FORMS
    ],
    dtype=object,
)
_IS_NULL = np.array([isinstance(detail, Null | Logical) for _, detail in rc.FORMS])
_OF_TEXTS = _IS_NULL.copy()
_OF_TEXTS[TEXT_FIRST : TEXT_LAST + 1] = True
_OF_LINES, _OF_TIME = _OF_TEXTS.copy(), _IS_NULL.copy()
_OF_LINES[_ARRAY] = _OF_TIME[TIME] = True
_MINUTES = [f" {hour:02}:{minute:02}:" for hour in range(24) for minute in range(60)]
_SECONDS = [f"{second:02}" for second in range(60)]
_DURATIONS, _DURATIONS_FROM, _BEHIND_DURATIONS = (
    round(rc.minutes(datetime(year, 1, 1)) * 60)  # noqa: DTZ001 - GMT, as stored
    for year in (DURATION_YEARS.start, DURATIONS_FROM.year, DURATION_YEARS.stop)
)
_days: dict[int, str] = {}


class Read(NamedTuple):
    """One column: `values` per record; the records of which a text was no UTF-8; the records whose
    value could not be read (None in `values`); and whether all values are in the form that was
    asked for, without one that `other` made."""

    values: list[Any]
    foreign: set[int]
    damaged: dict[int, RcError]
    done: bool = False


def column(
    piece: Piece,
    places: Places,
    type_: str,
    other: Callable[[Any], Any],
    *,
    encoding: str = rc.FALLBACK,
) -> Read:
    """The values that begin at `places`, of a field of `type_` (text, array, time, duration …).

    None for nulls and the third state, text, True, False and small numbers as they are, all else as
    `other` makes it of the RC value. Done at once, in the form of `records.Row`, are texts; arrays
    of texts for text and array, None where all elements are null; times to the second for time; and
    for duration those that are counted from the year 4000.
    """
    lead = piece.buffer.take(places, mode="clip")
    lead[places == NOWHERE] = NULL_TEXT
    if type_ in LINES and _OF_TEXTS[lead].all():
        return _in_form(_all_texts(piece, places, lead, encoding), type_)
    read = Read(_CONSTANTS[lead].tolist(), set(), {})
    left = ~_IS_CONSTANT[lead]
    if (rows := (is_text(lead) & left).nonzero()[0]).size:
        _texts(piece, places[rows], lead[rows], rows, read, encoding)
        left[rows] = False
    if type_ in _FROM_TIMES and (rows := ((lead == TIME) & left).nonzero()[0]).size:
        left[_FROM_TIMES[type_](piece, places[rows], rows, read)] = False
    if type_ in LINES and (rows := ((lead == _ARRAY) & left).nonzero()[0]).size:
        left[_arrays(piece, places[rows], rows, read, encoding)] = False
    rest = left.nonzero()[0]
    _decode(piece, places, rest, read, other, encoding, whole=True)
    of_type = _OF_LINES if type_ in LINES else _OF_TIME if type_ in _FROM_TIMES else _IS_NULL
    return _in_form(read._replace(done=not rest.size and bool(of_type[lead].all())), type_)


def _in_form(read: Read, type_: str) -> Read:
    """Texts as every source gives them."""
    if type_ != "text" or not read.done:
        return read
    values = composed(read.values)
    return read if values is read.values else read._replace(values=list(values))


def decoded(
    piece: Piece, places: Places, make: Callable[[Any], Any], *, encoding: str = rc.FALLBACK
) -> Read:
    """What `make` makes of the RC values that begin at `places`; None where there is none."""
    read = Read([None] * len(places), set(), {})
    _decode(piece, places, (places != NOWHERE).nonzero()[0], read, make, encoding)
    return read


def _decode(
    piece: Piece,
    places: Places,
    rows: Places,
    read: Read,
    make: Callable[[Any], Any],
    encoding: str,
    *,
    whole: bool = False,
) -> None:
    """`whole`: what is made of a value holds every text of it."""
    for row in rows.tolist():
        try:
            value, _ = rc.decode(piece.data, int(places[row]), encoding)
        except RcError as error:
            read.damaged[row] = error
            continue
        made = read.values[row] = make(value)
        if any(whole or _may_hold(made, text) for text in _foreign(value)):
            read.foreign.add(row)


def _all_texts(piece: Piece, places: Places, lead: NDArray[np.uint8], encoding: str) -> Read:
    """A column of nothing but texts and nulls."""
    begins, ends = payloads(piece.buffer, lead, places)
    ends[~is_text(lead)] = 0
    found, foreign = _decoded(piece.data, begins, ends, encoding, None)
    return Read(found, set(foreign), {}, done=True)


def _texts(
    piece: Piece,
    at: Places,
    lead: NDArray[np.uint8],
    rows: Places,
    read: Read,
    encoding: str,
) -> None:
    begins, ends = payloads(piece.buffer, lead, at)
    found, foreign = _decoded(piece.data, begins, ends, encoding, None)
    for row, text in zip(rows.tolist(), found, strict=True):
        read.values[row] = text
    read.foreign.update(rows[foreign].tolist())


def _decoded(
    data: bytes, begins: Places, ends: Places, encoding: str, nothing: str | None
) -> tuple[list[Any], list[int]]:
    """The texts between these offsets, `nothing` for one that ends at 0; and which of them are no
    UTF-8."""
    starts, stops = begins.tolist(), ends.tolist()
    pairs = zip(starts, stops, strict=True)
    try:
        return [data[start:stop].decode() if stop else nothing for start, stop in pairs], []
    except UnicodeDecodeError:
        pass
    found: list[Any] = []
    foreign = []
    for start, stop in zip(starts, stops, strict=True):
        try:
            found.append(data[start:stop].decode() if stop else nothing)
        except UnicodeDecodeError:
            foreign.append(len(found))
            found.append(str(Foreign(data[start:stop], encoding)))
    return found, foreign


def _times(piece: Piece, at: Places, rows: Places, read: Read) -> Places:
    """The times to the second of the years that a time may have; returns the rows that have one."""
    plain, seconds = _seconds(piece, at, rc.FIRST, _DURATIONS)
    rows = rows[plain]
    days, rest = np.divmod(seconds, 86_400)
    columns = (part.tolist() for part in (rows, days, *np.divmod(rest, 60)))
    values = read.values
    for row, day, minute, second in zip(*columns, strict=True):
        values[row] = (_days.get(day) or _day(day)) + _MINUTES[minute] + _SECONDS[second]
    return rows


def _durations(piece: Piece, at: Places, rows: Places, read: Read) -> Places:
    """The times to the second that are counted from the year 4000; returns the rows that have
    one."""
    plain, seconds = _seconds(piece, at, _DURATIONS, _BEHIND_DURATIONS)
    rows = rows[plain]
    for row, value in zip(rows.tolist(), (seconds - _DURATIONS_FROM).tolist(), strict=True):
        read.values[row] = value
    return rows


def _seconds(
    piece: Piece, at: Places, first: float, behind: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which times are whole seconds from `first` up to `behind`, and those seconds."""
    minutes = doubles(piece.buffer, at)
    with np.errstate(all="ignore"):
        seconds = np.rint(minutes * 60)
        plain = (seconds / 60 == minutes) & (seconds >= first) & (seconds < behind)
    plain &= piece.buffer.take(at + 1, mode="clip") == minutes.itemsize
    return plain, seconds[plain].astype(np.int64)


_FROM_TIMES = {"time": _times, "duration": _durations}


def _day(number: int) -> str:
    if len(_days) >= _DAYS_KEPT:
        _days.clear()
    text = _days[number] = date.fromordinal(number - rc.DAYS).isoformat()
    return text


def _arrays(piece: Piece, at: Places, rows: Places, read: Read, encoding: str) -> Places:
    """The arrays that have nothing but texts and nulls; returns the rows that have one."""
    owners, begins, ends, plain = _elements(piece, at, piece.ends[rows])
    found, foreign = _decoded(piece.data, begins, ends, encoding, "")
    counts = np.bincount(owners, minlength=len(rows))
    there = np.bincount(owners, weights=begins, minlength=len(rows)) > 0
    stops = np.cumsum(counts)
    columns = (part[plain].tolist() for part in (rows, stops - counts, stops, there))
    values = read.values
    for row, begin, end, something in zip(*columns, strict=True):
        values[row] = "\n".join(found[begin:end]) if something else None
    read.foreign.update(rows[owners[foreign]].tolist())
    return rows[plain]


def _elements(
    piece: Piece, start: Places, last: Places
) -> tuple[Places, Places, Places, NDArray[np.bool_]]:
    """The elements of the arrays that begin at `start`, array by array in their order: which array
    each is of, where its text begins and ends (both 0: null); and which arrays are plain. Those
    that are not have none."""
    buffer = piece.buffer
    active = np.arange(len(start))
    at = start + 1
    plain = np.zeros(len(start), dtype=np.bool_)
    none = active[:0]
    found = [(none, none, none)]
    while len(active) >= FEW:
        lead = buffer.take(at, mode="clip")
        plain[active[lead == _ARRAY_END]] = True
        texts, nulls = is_text(lead), lead == NULL_TEXT
        active, at, lead, texts = (part[texts | nulls] for part in (active, at, lead, texts))
        begins, ends = payloads(buffer, lead, at)
        found.append((active, np.where(texts, begins, 0), np.where(texts, ends, 0)))
        inside = ends <= last[active]
        active, at = active[inside], ends[inside]
    for array, place in zip(active.tolist(), at.tolist(), strict=True):
        rest = _rest(piece.data, place, int(last[array]))
        plain[array] = rest is not None
        begins, ends = np.array(rest or [], dtype=np.int64).reshape(-1, 2).T
        found.append((np.full(len(begins), array), begins, ends))
    owners, begins, ends = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(owners, kind="stable")
    order = order[plain[owners[order]]]
    return owners[order], begins[order], ends[order], plain


def _rest(data: bytes, at: int, last: int) -> list[tuple[int, int]] | None:
    """Where the texts from `at` to the end of their array begin and end; None where it has more
    than texts and nulls."""
    found: list[tuple[int, int]] = []
    while at < last and data[at] != _ARRAY_END:
        if data[at] == NULL_TEXT:
            found.append((0, 0))
            at += 1
            continue
        try:
            span = rc.text_at(data, at)
        except RcError:
            return None
        found.append(span)
        at = span[1]
    return found if at < last else None


def _may_hold(made: Any, text: Foreign) -> bool:
    """Whether `text` is in what was made of a value, which may be another field of its structure.
    JSON, which begins with a bracket, writes some letters otherwise."""
    return made is not None and (type(made) is not str or text in made or "[" in made)


def _foreign(value: Any) -> Iterator[Foreign]:
    """The texts in a value that were no UTF-8."""
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _foreign(inner)
    elif isinstance(value, Foreign):
        yield value
