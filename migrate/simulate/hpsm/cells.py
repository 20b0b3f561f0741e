"""Values of the database as a person sees them in an exported list."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from migrate.simulate.hpsm.files import Kind
from migrate.simulate.hpsm.listings import Shown

ZONE = "Europe/Oslo"
"""The time zone of whoever exports: HPSM stores GMT and shows the operator's zone."""

_OSLO = ZoneInfo(ZONE)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def moment(shown: Shown, stored: Any) -> datetime | None:
    """A time in the zone of whoever exports, without saying so; a duration as it is stored, as a
    date counted from the year 4000."""
    if stored is None:
        return None
    found = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    if shown.duration:
        return found
    return found.replace(tzinfo=UTC).astimezone(_OSLO).replace(tzinfo=None)


def gmt(shown: Shown, stored: Any) -> datetime | None:
    """A time in GMT, and saying so; a duration as it is stored."""
    if stored is None:
        return None
    found = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    return found if shown.duration else found.replace(tzinfo=UTC)


def native(shown: Shown, stored: Any) -> Any:
    """Text, number, logical or local time, as a cell of a workbook holds it."""
    if stored is None:
        return None
    if shown.kind is Kind.TIME:
        return moment(shown, stored)
    if shown.kind is Kind.LOGICAL:
        return stored == "t"
    if shown.kind is Kind.NUMBER:
        return float(stored)
    return printable(stored)


def printable(text: str) -> str:
    """Without the control characters that neither XML nor a workbook can hold."""
    return _UNPRINTABLE.sub("", text)
