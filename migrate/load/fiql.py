"""TOPdesk's filter language (FIQL), as far as look-ups need it.

Values are quoted where they hold more than plain characters, and a backslash escapes inside quotes
only (developers.topdesk.com/tutorial.html#query). What a filter finds is never trusted alone:
TOPdesk compares without regard to case, and reads `*` as a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from urllib.parse import quote as percent

URL_CHARS = 5000
"""Room for the percent-encoded query; with host and parameters a URL stays under 6,000."""

_PLAIN = re.compile(r"[^\W_][\w.@+/-]*", re.ASCII)
_WORDS = {"null", "true", "false"}


class Dialect(IntEnum):
    """Ways to ask for one of several values, in the order to try them."""

    IN = 0  # field=in=(a,b)
    OR = 1  # field==a,field==b
    SINGLE = 2  # field==a


def folded(value: object) -> str:
    """A key as TOPdesk compares it: without regard to case, and to blanks around it. Empty for
    None."""
    return "" if value is None else str(value).strip().casefold()


def quoted(value: str) -> str:
    """The value as it may stand in a filter."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def equals(field: str, values: Sequence[str], dialect: Dialect = Dialect.IN) -> str:
    """A filter for records whose `field` is one of `values`."""
    if len(values) == 1:
        return f"{field}=={quoted(values[0])}"
    if dialect is Dialect.IN:
        return f"{field}=in=({','.join(map(quoted, values))})"
    return ",".join(f"{field}=={quoted(value)}" for value in values)


def chunks(
    field: str, values: Iterable[str], batch: int, dialect: Dialect = Dialect.IN
) -> Iterator[list[str]]:
    """Split `values` so that each part can be asked for in one request.

    Empty values are left out, repeated ones asked for once. A value with `*` stands alone, since a
    wildcard among others could match anything.
    """
    around = len(field) + len("%3D%3D%2C") if dialect is Dialect.OR else len("%2C")
    part: list[str] = []
    room = URL_CHARS
    for value in dict.fromkeys(values):
        if not value:
            continue
        if "*" in value or dialect is Dialect.SINGLE:
            yield [value]
            continue
        size = len(percent(quoted(value), safe="")) + around
        if part and (len(part) == batch or size > room):
            yield part
            part, room = [], URL_CHARS
        part.append(value)
        room -= size
    if part:
        yield part
