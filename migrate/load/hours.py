"""Quiet hours: the times of the week at which a load may run. Pure: `now` is always given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from migrate.config import MINUTES_A_DAY, Day, Hours

_DAYS: tuple[str, ...] = get_args(Day)


def opens(hours: Sequence[Hours], now: datetime, zone: ZoneInfo) -> datetime:
    """When a load may run: `now`, where it is one of the hours or there are none, else the next
    time at which one begins, in `zone`. `now` is any aware time."""
    if not hours:
        return now
    today = now.astimezone(zone).date()
    spans = [
        span
        for offset in range(-1, 8)
        for span in _spans(hours, today + timedelta(days=offset), zone)
    ]
    if any(begins <= now < ends for begins, ends in spans):
        return now
    return min(begins for begins, _ in spans if begins > now)


def _spans(
    hours: Sequence[Hours], day: date, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The times that begin on a day. They are the clock's on the wall, also where it was changed
    in between."""
    for each in hours:
        if _DAYS[day.weekday()] in each.days:
            to = each.to if each.to > each.from_ else each.to + MINUTES_A_DAY
            yield _at(day, each.from_, zone), _at(day, to, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, minutes = divmod(minutes, MINUTES_A_DAY)
    there = day + timedelta(days=days)
    return datetime(there.year, there.month, there.day, minutes // 60, minutes % 60, tzinfo=zone)
