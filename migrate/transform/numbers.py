"""The number in front of what HPSM shows: "1 - Critical" and "1" are the same priority."""

from __future__ import annotations

import re

_LEADING = re.compile(r"\s*(\d+)")


def leading_number(text: str) -> str | None:
    """`"1"` for "1", "1 - Critical" and " 1 -Critical"; None where no digit comes first.

    Service Manager stores "1" to "4" and shows texts; SOAP and exports may give either.
    """
    match = _LEADING.match(text)
    return match[1] if match else None
