"""Cells as Excel types them, made fit for the converters of texts; and what Excel made of a text on
its own, told once for each column."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from migrate.extract.values import Converter, Unread, Values
from migrate.extract.workbook_sheet import Unusable, Value

_DIGITS_LOST_FROM = 10**15
_HALF_A_SECOND = timedelta(microseconds=500_000)

Changed = Callable[[str], None]
"""Is told, in words, what Excel changed in the column."""


class Unfit(Exception):
    """The cell is not of its type. `changed` says what Excel has made of it, if that shows."""

    def __init__(self, value: Value, changed: str = "") -> None:
        self.text = str(value)
        self.changed = changed


def adapted(
    type_: str, decimal: str, nulls: Collection[str], convert: Converter, changed: Changed
) -> Converter:
    """`convert`, which takes texts of our type `type_`, for cells. Texts of `nulls` go to it as
    they are, also where they stand for an error."""
    of_type: dict[str, Callable[[Value], Any]] = {"time": _Times(changed), **_ADAPT}
    adapt = of_type.get(type_) or _Numbers(decimal)

    def converted(values: Values, unread: Unread) -> Values:
        cells: list[Any] = []
        for row, value in enumerate(values):
            if value is None or (isinstance(value, str) and value in nulls):
                cells.append(value)
                continue
            try:
                if isinstance(value, Unusable):
                    raise Unfit(value)
                cells.append(adapt(value))
            except Unfit as unfit:
                cells.append(None)
                unread(row, unfit.text)
                if unfit.changed:
                    changed(unfit.changed)
        return convert(cells, unread)

    return converted


def shown(value: Value) -> str:
    """A cell as a text, for names of columns."""
    try:
        return _text(value) if value is not None else ""
    except Unfit as unfit:
        return unfit.text


def _text(value: Value) -> str:
    """A ticket's number is a number to Excel: 10001, not 10001.0."""
    match value:
        case bool():
            return "t" if value else "f"
        case int() | float():
            if abs(value) >= _DIGITS_LOST_FROM:
                raise Unfit(value, "has long numbers, of which Excel keeps fifteen digits")
            return str(int(value)) if value == int(value) else repr(value)
        case str():
            return value
    raise Unfit(value, "has dates where texts are expected: Excel took them for dates")


def _logical(value: Value) -> str:
    if isinstance(value, str | int | float):
        return _text(value)
    raise Unfit(value)


def _duration(value: Value) -> Any:
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    return value


class _Numbers:
    """Numbers, written as the texts of the same column are."""

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal

    def __call__(self, value: Value) -> str:
        if isinstance(value, int | float):
            return repr(value + 0).replace(".", self._decimal)
        if isinstance(value, str):
            return value.strip()
        raise Unfit(value, "has dates where numbers are expected: Excel took them for dates")


class _Times:
    """Times: those that Excel knows as such to the second, which its fractions of days are not
    quite, and texts. Both in one column were one thing once."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._met: set[type] = set()

    def __call__(self, value: Value) -> datetime | str:
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min)
        if isinstance(value, datetime):
            value = (value + _HALF_A_SECOND).replace(microsecond=0)
        elif not isinstance(value, str):
            raise Unfit(value)
        if len(self._met) < 2:
            self._met.add(type(value))
            if len(self._met) > 1:
                self._changed(
                    "has dates and texts: where Excel could read a text as a date, it may have "
                    "taken the day for the month"
                )
        return value


_ADAPT: dict[str, Callable[[Value], Any]] = {
    "text": _text,
    "array": _text,
    "logical": _logical,
    "duration": _duration,
}
