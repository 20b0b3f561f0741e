"""Times and durations of an export, in the form of dates that the configuration gives.

`strptime` would take most of the time that a file of tickets needs. A text is therefore split into
what is the same for a whole hour, and the minutes and seconds within it; both are looked up, and
only what was not met before is parsed. What comes out is what `strptime` says, for every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from migrate.extract.values import (
    Converter,
    Unread,
    Unreadable,
    Values,
    as_gmt,
    as_seconds,
    per_value,
    since_4000,
)

ISO = "iso"
"""The form of dates that stands for ISO 8601, with an offset or without."""

_SHAPES = {
    **{f"%{letter}": f"(?P<{letter}>[0-9]{{2}})" for letter in "mdHIMSy"},
    "%Y": "(?P<Y>[0-9]{4})",
    "%b": "[A-Za-z]{3}",
    "%p": "[A-Za-z]{2}",
    "%f": "[0-9]{1,6}",
}
_WITHIN = {"%M": "([0-5][0-9])", "%S": "([0-5][0-9])", "%f": "[0-9]{1,6}"}
_WIDTHS = {**dict.fromkeys(_SHAPES, 2), "%Y": 4, "%b": 3}
_TO_THE_END = 1 << 30
_HOURS = ("%H", "%I")
_ORDERS = ("", "%M", "%M%S", "%M%S%f")
_PADDED = frozenset({"%Y", "%m", "%d", "%H", "%M", "%S", "%f"})
_LONE_DIGIT = re.compile(r"(?<![0-9])[0-9](?![0-9])")
_SHOWN = re.compile("(-)?(?:([0-9]{1,6}) )?([0-9]{1,2}):([0-9]{2}):([0-9]{2})")
_MONTHS = {
    "mai": "May",
    "okt": "Oct",
    "des": "Dec",
    "januar": "January",
    "februar": "February",
    "mars": "March",
    "juni": "June",
    "juli": "July",
    "oktober": "October",
    "desember": "December",
}
_MONTH = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_MONTHS)})(?![^\W\d_])", re.IGNORECASE)
_HOUR = timedelta(hours=1)
_LAST = timedelta(minutes=59, seconds=59)
_REMEMBERED = 100_000
_MIDNIGHT = {"H": "00", "M": "00", "S": "00"}


class Form(NamedTuple):
    """A form in which every part has a fixed width. `within` is where minutes and seconds stand,
    `at_full` what stands there at a full hour, and `minutes` what may. `shape` is what a whole text
    looks like; with `numbers`, its groups are all that there is to a date. With `lone`, a digit on
    its own means the same as with a zero before it."""

    text: str
    shape: re.Pattern[str]
    numbers: bool
    within: slice
    at_full: str
    minutes: re.Pattern[str]
    lone: bool


def reader(form: str) -> Callable[[str], datetime]:
    """Parses one text as `form` has it, or raises ValueError. Months may have their Norwegian names
    too: strptime knows those of the system's language alone."""
    if form == ISO:
        return datetime.fromisoformat
    if "%b" in form or "%B" in form:
        return lambda value: datetime.strptime(_MONTH.sub(_in_english, value), form)  # noqa: DTZ007
    return lambda value: datetime.strptime(value, form)  # noqa: DTZ007 - zones are the caller's


def _in_english(met: re.Match[str]) -> str:
    return _MONTHS[met[0].casefold()]


def local_time(form: str, zone: tzinfo, ambiguous: Callable[[], None]) -> Converter:
    """Times of an export: `form` as `strptime` has it, or `iso`, in `zone` unless they carry an
    offset. An hour that the clocks repeated is read as its first pass, and `ambiguous` is told.
    What is a datetime already needs no form."""
    read = reader(form)

    def parse(value: str | datetime) -> str:
        try:
            parsed = read(value) if isinstance(value, str) else value
        except ValueError:
            raise Unreadable from None
        if parsed.tzinfo is None and zone is not UTC:
            parsed = parsed.replace(tzinfo=zone)
            if parsed.utcoffset() != parsed.replace(fold=1).utcoffset():
                ambiguous()
        return as_gmt(parsed)

    if fixed := fixed_form(form):
        return _Remembered(fixed, zone, parse)
    return lambda values, unread: per_value(parse, values, unread)


def local_duration(form: str) -> Converter:
    """Durations of an export: seconds, a date from 4000-01-01 in the file's form of dates, or days,
    hours, minutes and seconds as HPSM shows them (`1 02:03:04`)."""
    read = reader(form)
    fixed = fixed_form(form)
    marks = [part for part in _parts(form) if not (part[0] == "%" or part.isalnum())]
    marks = [] if form == ISO else [mark for mark in marks if not mark.isspace()]

    def parse(value: Any) -> int:
        if not isinstance(value, str):
            return as_seconds(value)
        if shown := _SHOWN.fullmatch(value):
            days, hours, minutes, seconds = (int(part or 0) for part in shown.groups()[1:])
            total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
            return -total if shown[1] else total
        if fixed and fixed.numbers and (met := fixed.shape.fullmatch(value)):
            parts = met.groupdict("00")
            value = "{Y}-{m}-{d} {H}:{M}:{S}".format_map({**_MIDNIGHT, **parts})
        elif all(mark in value for mark in marks):  # strptime would say the same more slowly
            try:
                return since_4000(read(value))
            except ValueError:
                pass
        return as_seconds(value)

    return lambda values, unread: per_value(parse, values, unread)


def fixed_form(form: str) -> Form | None:
    """What there is to know of a form whose parts have fixed widths, minutes and seconds together
    behind the hour; None for any other form. Of ISO 8601 it is the usual way to write it."""
    if form == ISO:
        return _ISO_FORM
    parts = _parts(form)
    directives = [part for part in parts if len(part) == 2]
    if not directives or not _SHAPES.keys() >= set(directives):
        return None
    hour = next((i + 1 for i, part in enumerate(parts) if part in _HOURS), len(parts))
    last = max((i + 1 for i, part in enumerate(parts) if part in _WITHIN), default=hour)
    within = parts[hour:last]
    if last < hour or "".join(part for part in within if len(part) == 2) not in _ORDERS:
        return None
    if "%f" in within and (last < len(parts) or within[-2] == "%S"):
        return None
    widths = [_WIDTHS.get(part, 1) for part in parts]
    adjacent = any(len(a) == len(b) == 2 for a, b in pairwise(parts))
    digits = any(len(part) == 1 and part.isdigit() for part in parts)
    return Form(
        form,
        re.compile("".join(_SHAPES.get(part) or re.escape(part) for part in parts)),
        {"%Y", "%m", "%d"} <= set(directives) <= _PADDED,
        slice(sum(widths[:hour]), _TO_THE_END if "%f" in within else sum(widths[:last])),
        "".join("00" if len(part) == 2 else part for part in within),
        re.compile("".join(_WITHIN.get(part) or re.escape(part) for part in within)),
        not adjacent and not digits and set(directives) <= _PADDED - {"%f"},
    )


_ISO_FORM = Form(
    ISO,
    re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:00:00(?:[.][0-9]{3}(?:[0-9]{3})?)?"
        r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
    numbers=False,
    within=slice(13, 19),
    at_full=":00:00",
    minutes=re.compile(":([0-5][0-9]):([0-5][0-9])"),
    lone=False,
)


class _Remembered:
    """The converter of a form of fixed widths; `parse` is what it stands for, value by value."""

    def __init__(self, form: Form, zone: tzinfo, parse: Callable[[str | datetime], str]) -> None:
        self._form = form
        self._parse = parse
        self._hours = _Hours(form, zone)
        self._minutes = _Minutes(form)

    def __call__(self, values: Values, unread: Unread) -> Values:
        start, stop = self._form.within.start, self._form.within.stop
        hours, minutes = self._hours, self._minutes
        try:
            return [
                None if v is None else hours[v[:start] + v[stop:]] + minutes[v[start:stop]]
                for v in values
            ]
        except (LookupError, TypeError):
            return per_value(self._one, values, unread)

    def _one(self, value: str | datetime) -> str:
        if not isinstance(value, str):
            return self._parse(value)
        start, stop = self._form.within.start, self._form.within.stop
        text = value
        for again in (self._form.lone, False):
            try:
                return self._hours[text[:start] + text[stop:]] + self._minutes[text[start:stop]]
            except LookupError:
                text = _LONE_DIGIT.sub(r"0\g<0>", value)
            if not again or text == value:
                break
        return self._parse(value)


class _Hours(dict[str, str]):
    """A text without its minutes → date and hour in GMT, as a row begins with them.

    Raises LookupError where the text is not in the form to the letter, and in an hour in which the
    zone's clocks were moved, or differ from GMT by a part of an hour.
    """

    def __init__(self, form: Form, zone: tzinfo) -> None:
        super().__init__()
        self._form = form
        self._zone = zone

    def __missing__(self, text: str) -> str:
        start = self._form.within.start
        full = text[:start] + self._form.at_full + text[start:]
        if (met := self._form.shape.fullmatch(full)) is None:
            raise LookupError
        try:
            hour = self._hour(met)
            found = as_gmt(hour - self._offset(hour))[:13]
        except (ValueError, OverflowError):
            raise LookupError from None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = found
        return found

    def _hour(self, met: re.Match[str]) -> datetime:
        if self._form.text == ISO:
            return datetime.fromisoformat(met[0])
        if not self._form.numbers:
            return datetime.strptime(met[0], self._form.text)  # noqa: DTZ007 - its zone comes below
        hour = met["H"] if "H" in self._form.shape.groupindex else 0
        return datetime(int(met["Y"]), int(met["m"]), int(met["d"]), int(hour))  # noqa: DTZ001

    def _offset(self, hour: datetime) -> timedelta:
        """What has to be taken off for GMT; nothing where the text itself says its offset."""
        if hour.tzinfo is not None and (hour.utcoffset() or timedelta(0)) % _HOUR:
            raise LookupError
        if hour.tzinfo is not None or self._zone is UTC:
            return timedelta(0)
        first = hour.replace(tzinfo=self._zone).utcoffset() or timedelta(0)
        last = (hour + _LAST).replace(tzinfo=self._zone, fold=1).utcoffset()
        if first != last or first % _HOUR:
            raise LookupError
        return first


class _Minutes(dict[str, str]):
    """Minutes and seconds as the form has them → `:MM:SS`. Raises LookupError for any others."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, text: str) -> str:
        if (found := self._form.minutes.fullmatch(text)) is None:
            raise LookupError
        minutes, seconds, *_ = (*found.groups(), "00", "00")
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = f":{minutes}:{seconds}"
        return self[text]


def _parts(form: str) -> list[str]:
    """The directives of a form, and every other letter by itself."""
    return [part.replace("%%", "%") for part in re.findall("%.|.", form, re.DOTALL)]
