"""Values that an installation keeps in a form of its own, field by field: words for yes and no, and
times as text or in another zone than GMT."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from migrate.extract.date_forms import local_time
from migrate.extract.table import OwnForm
from migrate.extract.values import Converter, Unread, Values, text, worded_logical


def in_form(form: OwnForm, type_: str) -> Converter | None:
    """The converter of a field of `type_` whose values are in `form`; None where its form says
    nothing of such a field. Of several forms of dates the first that a text is in counts. A time in
    an hour that the zone repeats is read as its first pass, and `form.ambiguous` says so."""
    if type_ == "logical" and (form.true or form.false):
        worded = worded_logical(form.true, form.false)
        return lambda values, unread: worded(text(values, unread), unread)
    if type_ == "time" and (form.dates or form.time_zone):
        zone = ZoneInfo(form.time_zone) if form.time_zone else UTC
        dates = form.dates or ("iso",)
        return _first_of([local_time(each, zone, form.met_ambiguous) for each in dates])
    return None


def _first_of(converters: Sequence[Converter]) -> Converter:
    def convert(values: Values, unread: Unread) -> Values:
        given = [_time_given(value) for value in values]
        found: list[Any] = [None] * len(given)
        left = list(range(len(given)))
        texts: dict[int, str] = {}
        for one in converters:
            texts = {}
            read = one([given[at] for at in left], texts.__setitem__)
            for at, value in zip(left, read, strict=True):
                found[at] = value
            left = [left[at] for at in texts]
        for at, unreadable in zip(left, texts.values(), strict=True):
            unread(at, unreadable)
        return found

    return convert


def _time_given(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip(" \0") or None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - its zone comes later
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, Decimal | float) and isfinite(value) and value == int(value):
        value = int(value)
    return str(value)
