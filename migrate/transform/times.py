"""HPSM's GMT times as TOPdesk takes them, and as people read them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

# HPSM counts durations from 4000-01-01 and sorts by "31/12/2199 minus now" (NEGDATESTAMP): both
# turn up in time columns, and neither is a date.
_FIRST, _LAST = "1970-01-02", "2199"


def valid(text: str | None) -> str | None:
    """The time `YYYY-MM-DD HH:MM:SS` in GMT, or None where it is none or cannot be one."""
    if not text or not _FIRST <= text < _LAST:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text[:19] if len(text) > 10 else f"{text} 00:00:00"


def to_topdesk(time: str) -> str:
    """A valid GMT time as TOPdesk writes it: `2019-09-12T08:15:00.000+0000`."""
    return f"{time[:10]}T{time[11:]}.000+0000"


def shown(time: str, zone: ZoneInfo) -> str:
    """A valid GMT time in a zone, with the offset: `2019-09-12 10:15 +02:00`."""
    hour, offset = _hour(time[:13], zone)
    if offset.endswith(":00"):
        return f"{hour}{time[13:16]} {offset}"
    text = datetime.fromisoformat(f"{time}+00:00").astimezone(zone).isoformat(" ", "minutes")
    return f"{text[:16]} {text[16:]}"


@lru_cache(maxsize=50_000)
def _hour(hour: str, zone: ZoneInfo) -> tuple[str, str]:
    """An hour of GMT in a zone, and the zone's offset then: `2019-09-12 10`, `+02:00`."""
    text = datetime.fromisoformat(f"{hour}:00+00:00").astimezone(zone).isoformat(" ", "minutes")
    return text[:13], text[16:]
