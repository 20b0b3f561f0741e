"""HPSM's journal of a ticket (`update.action`, a text) as entries: the fallback history.

A journal is blocks, each below a header line that begins with a date. That much public code shows;
that it goes on as `MM/DD/YY HH:MM:SS <time zone> (<operator>):` is recollection, and the order of
the date follows the installation. So the headers of an installation are told by their shape, and
the order of their dates by what all journals say (`journal_form.py`); nothing is guessed by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from migrate.records import JournalEntry

Order = str
"""`mdy`, `dmy` or `ymd`: in which order a date has its month, day and year."""

Zones = Callable[[str], tzinfo | None]
"""The zone that a header means; None for one that nobody knows. Empty: it names none."""

_HEADER = re.compile(
    r"""
    ^(?P<a>\d{4}|\d\d?)(?P<mark>[/.-])(?P<b>\d\d?)(?P=mark)(?P<c>\d{4}|\d\d?)(?=[ ,T(:]|$)
    (?:[ ,T]{1,2}(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?!\d)
       (?:[ ]?(?P<half>[AaPp])[.]?[Mm][.]?(?!\w))?)?
    (?:(?P<zone>[ \t]{0,3}[(](?:GMT|UTC|CES?T|MES?T|[A-Z][a-z]+/[A-Za-z_/]{1,40})
                (?:[+-]\d\d?(?::?\d\d)?)?[)](?=[ \t]{0,3}[(])
              | [^()\r\n]{0,60}?)[ \t]{0,3}
       [(](?P<operator>(?:[^()\r\n]|[(][^()\r\n]{0,60}[)]){0,120})[)][ \t]{0,3}(?P<colon>:?)
     | (?P<rest>[^\r\n]*)$)
    """,
    re.MULTILINE | re.VERBOSE,
)
_OFFSET = re.compile(r"(?:GMT|UTC|Z)?\s*([+-])(\d{1,2}):?(\d\d)?", re.IGNORECASE)
_CENTURY = 70  # 70-99 are of the twentieth
_UTC_NAMES = frozenset({"gmt", "utc", "z", "greenwich/universal", "universal", "greenwich"})


class Header(NamedTuple):
    """A line that may begin a block, from `start` to `end` of the text. `shape` is what it looks
    like, `99/99/99 99:99:99 ZONE (OPERATOR):`; `stamp` what it says of the time, which is all of
    the line where it names no operator."""

    start: int
    end: int
    shape: str
    date: tuple[str, str, str]
    clock: tuple[int, int, int] | None
    zone: str
    operator: str
    stamp: str


@dataclass(frozen=True, slots=True)
class JournalForm:
    """How the journals of one installation are read: shape of a header → the order of its date,
    None where that cannot be told. `said` are words for a person, with the counts."""

    shapes: Mapping[str, Order | None]
    newest_first: bool = True
    said: tuple[str, ...] = ()


def entries(text: str, form: JournalForm, zones: Zones) -> tuple[JournalEntry, ...]:
    """The journal's entries, the oldest first.

    All of it is one entry, with neither time nor author, where no line has a shape of the form, or
    the order of a date is undecided. A time of which the date cannot be or the zone is not known
    stays as text (`stamp`). Nothing of the text is lost but blank lines and what marks a header.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    headers = [header for header in find(text) if header.shape in form.shapes]
    if not headers or any(form.shapes[header.shape] is None for header in headers):
        return (JournalEntry(text=text.strip("\n")),) if text.strip() else ()
    found = []
    if before := text[: headers[0].start].strip("\n"):
        found.append(JournalEntry(text=before))
    ends = [header.start for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        gmt = _gmt(header, form.shapes[header.shape] or "", zones)
        body = text[header.end : end].strip(" \t\n")
        found.append(JournalEntry(header.operator, gmt, header.zone, header.stamp, body))
    return tuple(reversed(found)) if form.newest_first else tuple(found)


def find(text: str) -> Iterator[Header]:
    """Every line that may begin a block."""
    for match in _HEADER.finditer(text):
        yield _header(match)


def moment(header: Header, order: Order) -> datetime | None:
    """The header's time in its own zone, midnight where it names a day only; None where it cannot
    be one in this order."""
    day = day_of(header.date, order)
    if day is None:
        return None
    try:
        return datetime.combine(day, time(*(header.clock or ())))
    except ValueError:
        return None


@lru_cache(maxsize=50_000)
def day_of(numbers: tuple[str, str, str], order: Order) -> date | None:
    """The day of a date's three numbers, read in this order."""
    parts = dict(zip(order, numbers, strict=True))
    year = int(parts["y"])
    if len(parts["y"]) < 4:
        year += 1900 if year >= _CENTURY else 2000
    try:
        return date(year, int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def zones(named: Mapping[str, str], unnamed: str | None = None) -> Zones:
    """Zones by what `named` says, else by their IANA names and offsets such as `GMT+1`; `unnamed`
    is the IANA name of the zone of headers that name none."""
    known = {name.casefold(): zone for name, zone in named.items()}

    @lru_cache(maxsize=1_000)
    def look_up(name: str) -> tzinfo | None:
        asked = known.get(name.casefold(), name) if name else unnamed or ""
        return _zone(asked)

    return look_up


def _zone(name: str) -> tzinfo | None:
    folded = name.casefold()
    if folded in _UTC_NAMES:
        return UTC
    if iana := _iana().get(folded):
        return ZoneInfo(iana)
    if (offset := _OFFSET.fullmatch(name)) and int(offset[2]) < 24 and int(offset[3] or 0) < 60:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-away if offset[1] == "-" else away)
    return None


@lru_cache(maxsize=1)
def _iana() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _gmt(header: Header, order: Order, zones: Zones) -> str | None:
    if header.clock is None or (local := moment(header, order)) is None:
        return None
    if (zone := zones(header.zone)) is None:
        return None
    try:
        return local.replace(tzinfo=zone).astimezone(UTC).isoformat(" ")[:19]
    except OverflowError:
        return None


def _header(match: re.Match[str]) -> Header:
    a, mark, b, c, hour, minute, second, half, zone, operator, colon, rest = match.groups()
    clock = None
    if hour:
        clock = int(hour), int(minute), int(second or 0)
        if half:
            clock = _of_day(int(hour), half in "Pp"), *clock[1:]
    widths = (len(a) == 4, len(b) == 4, len(c) == 4)
    start = match.start()
    if operator is None:
        rest = rest.strip().rstrip(":")
        shape = _shape(mark, widths, bool(hour), bool(second), bool(half), " …" * bool(rest))
        return Header(start, match.end(), shape, (a, b, c), clock, rest, "", match[0].strip())
    zone = zone.strip(" \t()")
    tail = f"{' ZONE' if zone else ''} (OPERATOR){colon}"
    shape = _shape(mark, widths, bool(hour), bool(second), bool(half), tail)
    stamp = match[0][: match.start("operator") - 1 - start].strip()
    return Header(start, match.end(), shape, (a, b, c), clock, zone, operator.strip(), stamp)


@lru_cache(maxsize=1_000)
def _shape(
    mark: str, wide: tuple[bool, ...], clock: bool, seconds: bool, halves: bool, tail: str
) -> str:
    shape = mark.join("9999" if four else "99" for four in wide)
    if clock:
        shape += (" 99:99:99" if seconds else " 99:99") + " AM" * halves
    return shape + tail


def _of_day(hour: int, afternoon: bool) -> int:
    """An hour of twelve as one of 24; one that is none of twelve stays impossible."""
    return hour % 12 + 12 * afternoon if 0 < hour <= 12 else 99
