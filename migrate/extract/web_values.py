"""From the records of a web service to the values of a row: nested names, lists of lines, times
with an offset, durations in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from migrate.extract.shape import converter
from migrate.extract.table import Table
from migrate.extract.values import Converter, Unread, Values

Take = Callable[[Mapping[str, Any]], list[Any]]
"""The values of one record, in the order of the captions."""

_TEXT_OR_NOTHING = frozenset({str, type(None)})
_GMT = "+00:00"
_TOO_DEEP = "structures nested too deep"
_ZONED_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)")  # xs:date
_CLOCK = re.compile(r"(?:(\d+) )?(\d{1,2}):(\d\d)(?::(\d\d))?")  # as HPSM writes a duration
_PERIOD = re.compile(  # xs:duration, without years and months
    r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?"
)


def taker(captions: Sequence[str]) -> Take:
    """Takes the values with these captions out of a record; a caption with dots may lead through
    structures (`header.ChangeID`)."""
    dotted = [(place, caption) for place, caption in enumerate(captions) if "." in caption]

    def take(record: Mapping[str, Any]) -> list[Any]:
        values = list(map(record.get, captions))
        for place, caption in dotted:
            if values[place] is None:
                values[place] = within(record, caption)
        return values

    return take


def within(record: Any, path: str) -> Any:
    """The value at a path of names, which may hold dots themselves; of an array of structures, the
    values of all its elements. None where there is none."""
    if isinstance(record, list):
        found = [within(element, path) for element in record]
        return found if any(value is not None for value in found) else None
    if not isinstance(record, Mapping):
        return None
    if path in record:
        return record[path]
    place = path.find(".")
    while place > 0:
        if (inner := record.get(path[:place])) is not None:
            value = within(inner, path[place + 1 :])
            if value is not None:
                return value
        place = path.find(".", place + 1)
    return None


def captions_of(record: Mapping[str, Any], before: str = "") -> list[str]:
    """Every caption that the record has, with the structures that it lies in."""
    found = []
    for name, value in record.items():
        inner = (
            next((v for v in value if isinstance(v, Mapping)), None)
            if (isinstance(value, list))
            else value
        )
        if isinstance(inner, Mapping):
            found += captions_of(inner, f"{before}{name}.")
        else:
            found.append(before + name)
    return found


def web_converter(table: Table, name: str, type_: str) -> Converter:
    """The converter of a field for what JSON or XML gives."""
    base = converter(table, name, type_)
    ready = {"time": _times, "duration": _durations, "array": _lists}.get(type_, _texts)

    def convert(values: Values, unread: Unread) -> Values:
        try:
            return base(ready(values), unread)
        except TypeError:  # deeper than orjson goes
            return base([_one(ready, i, value, unread) for i, value in enumerate(values)], unread)

    return convert


def _one(ready: Callable[[Values], Values], i: int, value: Any, unread: Unread) -> Any:
    try:
        return ready([value])[0]
    except TypeError:
        unread(i, _TOO_DEEP)
        return None


def _texts(values: Values) -> Values:
    """A list becomes its lines, and what else is no single value its JSON."""
    if _TEXT_OR_NOTHING.issuperset(map(type, values)):
        return values
    return [_text(value) for value in values]


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return _joined(value)
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else value


def _lists(values: Values) -> Values:
    if _TEXT_OR_NOTHING.issuperset(map(type, values)):
        return values
    return [_text(value) for value in values]


def _joined(elements: list[Any]) -> str:
    try:
        return "\n".join(elements)
    except TypeError:  # an empty line, a number
        return "\n".join(map(_line, elements))


def _line(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _times(values: Values) -> Values:
    """Times in GMT in the form of our rows, the others as they are."""
    return [
        f"{value[:10]} {value[11:19]}"
        if type(value) is str and len(value) == 25 and value[10] == "T" and value[19:] == _GMT
        else _zoned(value)
        for value in values
    ]


def _zoned(value: Any) -> Any:
    """A date with a zone is its midnight there."""
    if isinstance(value, str) and (date := _ZONED_DATE.fullmatch(value)):
        return f"{date[1]}T00:00:00{date[2].replace('Z', _GMT)}"
    return value


def _durations(values: Values) -> Values:
    return [_seconds(value) if isinstance(value, str) else value for value in values]


def _seconds(value: str) -> Any:
    """Seconds of `2 03:04:05` and `P2DT3H4M5S`; a date in GMT, where HPSM shows one."""
    if clock := _CLOCK.fullmatch(value):
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if len(value) > 2 and (period := _PERIOD.fullmatch(value)):
        minus, *parts = period.groups()
        days, hours, minutes, seconds = (int(part or 0) for part in parts)
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return -total if minus else total
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return value
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def key_text(values: Sequence[Any]) -> str:
    """What identifies a record among others of its list; empty where any part is missing."""
    if len(values) == 1 and type(values[0]) is str:
        return values[0]
    if any(value in (None, "", []) for value in values):
        return ""
    return "|".join(value if isinstance(value, str) else _line(value) for value in values)


def identifier(captions: Sequence[str]) -> Callable[[Sequence[Mapping[str, Any]]], list[str]]:
    """What tells records apart by these captions; a record that has none of them by all it has."""
    take = taker(captions)

    def ids(records: Sequence[Mapping[str, Any]]) -> list[str]:
        if len(captions) == 1:
            found: list[Any] = [record.get(captions[0]) for record in records]
            if all(found) and {str}.issuperset(map(type, found)):
                return found
        return [key_text(take(record)) or repr(record) for record in records]

    return ids
