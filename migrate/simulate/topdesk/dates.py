"""How TOPdesk writes and reads moments.

Inside the simulator a moment is the text that the incident API answers by default,
`2020-10-01T14:10:00.000+0000`: always UTC, always 28 characters, so that texts sort as times do.
"""

from __future__ import annotations

from datetime import UTC, datetime

LENGTH = 28


def stamp(moment: datetime) -> str:
    """The moment (aware, or naive and then UTC) as TOPdesk answers it."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def read(text: str) -> str:
    """What a client wrote, as a stamp. With an offset it is honoured, without one UTC is assumed
    (TOPdesk incident API 4.2.6, `completedDate`).

    Raises ValueError for anything that is not a date with a time.
    """
    if "T" not in text:
        raise ValueError("a time is missing")
    try:
        return stamp(datetime.fromisoformat(text))
    except OverflowError as error:
        raise ValueError("out of range") from error


def is_stamp(value: object) -> bool:
    return isinstance(value, str) and len(value) == LENGTH and value.endswith("+0000")


def short(text: str) -> str:
    """A stamp as `dateFormat=iso8601` shows it: `2020-10-01T14:10:00Z`."""
    return text[:19] + "Z"
