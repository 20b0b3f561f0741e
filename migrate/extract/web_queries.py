"""Conditions in HPSM's own query language, as its web services take them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from migrate.config import WebConfig

_FARTHEST_WEST = timedelta(hours=12)
"""The zone farthest behind GMT: a time written for GMT is read there as one twelve hours later."""

_CLOCKS_BACK = timedelta(hours=1)  # an hour that comes twice is taken for its first time


def both(query: str, condition: str) -> str:
    """Two conditions at once; an empty one asks for nothing."""
    if not query or not condition:
        return query or condition
    return f"({query}) and {condition}"


def since_query(config: WebConfig, since: datetime) -> str:
    """What changed at `since` (GMT) or after it, and perhaps some more: HPSM reads a time in the
    zone of the user's profile, which may not be known."""
    time = since.replace(tzinfo=UTC)
    if "%z" not in config.dates:
        if config.time_zone:
            time = (time - _CLOCKS_BACK).astimezone(ZoneInfo(config.time_zone))
        else:
            time -= _FARTHEST_WEST
    return f"sysmodtime>='{time.strftime(config.dates)}'"


def behind_query(field: str, value: Any) -> str:
    """What is sorted behind a value of `field`; empty where the value cannot be written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{field}>{value}"
    if not isinstance(value, str) or not value:
        return ""
    quote = next((mark for mark in "\"'" if mark not in value), None)
    return f"{field}>{quote}{value}{quote}" if quote and "\\" not in value else ""
