"""What RC has and Python has not: typed nulls, a third logical state, structures, and values out
of the ordinary."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any, Final

FALLBACK: Final = "cp1252"
"""The encoding of characters that are no UTF-8, unless the caller says another one."""


class Null(Enum):
    """A value that is not there, of its type."""

    NUMBER = 0x1F
    TEXT = 0x2F
    TIME = 0x3F
    LOGICAL = 0x4F
    ARRAY = 0x8F
    STRUCTURE = 0x9F
    OPERATOR = 0xAF
    EXPRESSION = 0xBF


class Logical(Enum):
    """The third state of a logical, neither true nor false."""

    UNKNOWN = 0x42


UNKNOWN: Final = Logical.UNKNOWN


class Structure(tuple[Any, ...]):
    """The values of a structure, by place."""

    __slots__ = ()


class Expression(bytes):
    """An expression of HPSM's own language, as it is stored."""

    __slots__ = ()


class Operator(bytes):
    """An operator of HPSM's own language, as it is stored."""

    __slots__ = ()


class Foreign(str):
    """Characters whose bytes are no UTF-8, read by the fallback encoding; `raw` are the bytes."""

    __slots__ = ("raw",)
    raw: bytes

    def __new__(cls, raw: bytes, encoding: str = FALLBACK) -> Foreign:
        """A byte that `encoding` does not know is read as latin-1 has it: none is lost."""
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            text = "".join(bytes((byte,)).decode(encoding, "ignore") or chr(byte) for byte in raw)
        self = super().__new__(cls, text)
        self.raw = raw
        return self


class Minutes(float):
    """A time that no calendar has: minutes as stored. A small one is a duration."""

    __slots__ = ()

    @property
    def elapsed(self) -> timedelta | None:
        """As a duration; None where it cannot be one."""
        try:
            return timedelta(minutes=self)
        except (OverflowError, ValueError):
            return None
