"""From what drivers and files give to the forms of `records.Row`, column by column.

A converter takes the values of one column in a batch and returns them converted, or the very same
object where there was nothing to do. What it cannot read becomes None, and `unread` is told which
row and what text.
"""

from __future__ import annotations

import math
import unicodedata
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any

import orjson

Values = Sequence[Any]
Unread = Callable[[int, str], None]
Converter = Callable[[Values, Unread], Values]

DURATIONS_FROM = datetime(4000, 1, 1)  # noqa: DTZ001 - HPSM counts durations from here
DURATION_YEARS = range(3900, 4200)
_NO_TIME_FROM = "3900"
_WHOLE = 2**63
_EXACT = 2.0**53  # from here on, a float is not the whole number that was written
_TEXT_OR_NOTHING = frozenset({str, type(None)})
_PADDING = " \t\r\n\0\u00a0"
_PLAIN_LOGICALS: dict[Any, bool | None] = {
    None: None,
    "t": True,
    "f": False,
    True: True,
    False: False,
}
_LOGICALS: dict[Any, bool | None] = {
    "t": True,
    "true": True,
    "1": True,
    "f": False,
    "false": False,
    "0": False,
    "unknown": None,
    "u": None,
    "": None,
}


_YES = frozenset({"t", "true", "1", "j", "ja", "y", "yes", "x"})
_NO = frozenset({"f", "false", "0", "n", "nei", "no"})


class Unreadable(ValueError):
    """The value is not of its type."""


def text(values: Values, unread: Unread) -> Values:
    """Text as it is, with its letters composed (NFC), as people's files name it, and without the
    NULs that pad it; numbers and bytes that a driver gives for a text column become text."""
    if not _TEXT_OR_NOTHING.issuperset(map(type, values)):
        values = per_value(_text, values, unread)
    return composed(values)


def char(values: Values, unread: Unread) -> Values:
    """Text of a fixed-width column or a key: what pads it (blanks, ends of lines, NULs, and the
    hard blanks of web pages and spreadsheets) is taken off, on either side."""
    values = composed(values)
    try:
        stripped = tuple(map(str.strip, values, repeat(_PADDING)))
    except TypeError:  # a None, or no text
        return per_value(_stripped, values, unread)
    return values if stripped == values else [value or None for value in stripped]


def time(values: Values, unread: Unread) -> Values:
    """A time in GMT as `YYYY-MM-DD HH:MM:SS`.

    HPSM stores GMT; a value that carries an offset of its own is converted. 4000-01-01 is where
    durations are counted from, so it is no time.
    """
    return values if _are_times(values) else per_value(_time, values, unread)


def duration(values: Values, unread: Unread) -> Values:
    """Seconds. HPSM stores a duration as a date counted from 4000-01-01 00:00."""
    return per_value(as_seconds, values, unread)


def logical(values: Values, unread: Unread) -> Values:
    """True, False, or None where HPSM does not know (NULL and `unknown`)."""
    try:
        return list(map(_PLAIN_LOGICALS.__getitem__, values))
    except (KeyError, TypeError):
        return per_value(_logical, values, unread)


def number(values: Values, unread: Unread) -> Values:
    """int where it is whole, else float."""
    return per_value(_number, values, unread)


def array(values: Values, unread: Unread) -> Values:
    """The elements joined by newlines, as HPSM keeps an array in a CLOB."""
    if _TEXT_OR_NOTHING.issuperset(map(type, values)):
        return values
    return per_value(_array, values, unread)


CONVERTERS: dict[str, Converter] = {
    "text": text,
    "time": time,
    "logical": logical,
    "number": number,
    "duration": duration,
    "array": array,
}


def gmt_text(time: datetime) -> str:
    """A time in GMT as `records.Row` writes it."""
    return time.isoformat(" ", "seconds")[:19]


def worded_logical(true: Collection[str], false: Collection[str]) -> Converter:
    """Logicals in the words that the configuration gives, and in HPSM's own beside them; not where
    its words turn yes and no around, as for a column that says who may not see a note: what another
    word means there, nobody has said."""
    words = {word.casefold(): False for word in false} | {word.casefold(): True for word in true}
    known: dict[Any, bool | None] = {None: None}
    for word in (*false, *true):
        known[word] = words[word.casefold()]

    turned = any(word in _YES if not means else word in _NO for word, means in words.items())

    def parse(value: str) -> bool | None:
        word = value.strip().casefold()
        if word in words:
            return words[word]
        if turned and _LOGICALS.get(word) is not None:
            raise Unreadable
        return _logical(value)

    def convert(values: Values, unread: Unread) -> Values:
        try:
            return list(map(known.__getitem__, values))
        except KeyError:
            return per_value(parse, values, unread)

    return convert


def decimal_number(separator: str) -> Converter:
    """Numbers of an export with its own decimal separator; with another one, `1.234` may be either
    of two numbers."""

    def parse(value: Any) -> int | float:
        if not isinstance(value, str):
            return _number(value)
        if "." in value:
            raise Unreadable
        return _number(value.replace(separator, "."))

    def convert(values: Values, unread: Unread) -> Values:
        return per_value(parse, values, unread)

    return number if separator == "." else convert


def per_value(convert: Callable[[Any], Any], values: Values, unread: Unread) -> Values:
    """None stays None. The first unreadable value sends us row by row."""
    try:
        return [None if value is None else convert(value) for value in values]
    except Unreadable:
        return [_one(convert, i, value, unread) for i, value in enumerate(values)]


def _one(convert: Callable[[Any], Any], i: int, value: Any, unread: Unread) -> Any:
    if value is None:
        return None
    try:
        return convert(value)
    except Unreadable:
        unread(i, _shown(value))
        return None


def _shown(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "t" if value else "f"
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case Decimal():
            return format(value.normalize(), "f")
        case bytes() | bytearray() | memoryview():
            try:
                return bytes(value).decode("utf-8")
            except UnicodeDecodeError:
                raise Unreadable from None
        case datetime():
            return as_gmt(value)
        case dict() | list():
            return orjson.dumps(value, default=str).decode()
    return str(value)


def composed(values: Values) -> Values:
    """Texts with their letters composed (NFC), without the NULs that pad them: the very same object
    where there was nothing to do, or something is no text."""
    try:
        whole = "\n".join(filter(None, values))
    except TypeError:  # no text
        return values
    if "\0" not in whole and unicodedata.is_normalized("NFC", whole):
        return values
    return [value and unicodedata.normalize("NFC", value.rstrip("\0")) for value in values]


def _stripped(value: Any) -> str | None:
    return (value if type(value) is str else _text(value)).strip(_PADDING) or None


def _array(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join("" if element is None else _text(element) for element in value)
    return _text(value)


def _are_times(values: Values) -> bool:
    """Whether all are in our form already, told without a step of Python per value."""
    present = tuple(filter(None, values))
    try:
        deque(map(datetime.fromisoformat, present), maxlen=0)
    except (TypeError, ValueError):
        return False
    return (
        len(present) + values.count(None) == len(values)
        and {19}.issuperset(map(len, present))
        and {" "}.issuperset(map(itemgetter(10), present))
        and max(present, default="") < _NO_TIME_FROM
    )


def _time(value: Any) -> str | None:
    if type(value) is str:
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            if not value.strip(_PADDING):
                return None
            raise Unreadable from None
        if len(value) == 19 and value[10] == " " and value < _NO_TIME_FROM:
            return value
        return as_gmt(parsed)
    if isinstance(value, datetime):
        return as_gmt(value)
    if isinstance(value, date):
        return as_gmt(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - GMT, as stored
    raise Unreadable


def as_gmt(value: datetime) -> str:
    try:
        value = value if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # the first or the last hours that a calendar has
        raise Unreadable from None
    shown = value.isoformat(" ", "seconds")[:19]
    if shown >= _NO_TIME_FROM:
        raise Unreadable
    return shown


def as_seconds(value: Any) -> int:
    if isinstance(value, datetime):
        return since_4000(value)
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, str):
        try:
            return since_4000(datetime.fromisoformat(value))
        except ValueError:
            pass
    seconds = _number(value)
    if abs(seconds) >= _EXACT:
        raise Unreadable
    return round(seconds)


def since_4000(value: datetime) -> int:
    if value.year not in DURATION_YEARS:
        raise Unreadable
    value = value if value.tzinfo is None else value.replace(tzinfo=None)
    return round((value - DURATIONS_FROM).total_seconds())


def _number(value: Any) -> int | float:
    """A whole number exactly as it is written; one that no database column holds is none."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    elif isinstance(value, str):
        if "_" in value:  # Python alone takes it for a number
            raise Unreadable
        with suppress(ValueError):
            value = int(value)
    if isinstance(value, int):
        if not -_WHOLE <= value < _WHOLE:
            raise Unreadable
        return value if type(value) is int else int(value)
    try:
        parsed = float(value)
    except (TypeError, ValueError):
        raise Unreadable from None
    if not math.isfinite(parsed):
        raise Unreadable
    return int(parsed) if parsed.is_integer() and abs(parsed) < _EXACT else parsed


def _logical(value: Any) -> bool | None:
    try:
        return _LOGICALS[_text(value).strip(_PADDING).casefold()]
    except KeyError:
        raise Unreadable from None
