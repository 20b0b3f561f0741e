"""What RC has and Python has not: typed nulls, a third logical state, structures, and values out
of the ordinary."""

from __future__ import annotations

import codecs
import re
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Any, Final

_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")

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
    """Characters whose bytes are no UTF-8, or not all of them; `raw` are the bytes.

    Whatever is UTF-8 is read as that, since texts are written by several programs. A pair of
    surrogates in three bytes each, as Oracle's UTF8 writes a character, is that character. Any
    other byte is read by the fallback encoding, which has one byte a character; where it knows
    none, as latin-1 has it: no byte is lost.
    """

    __slots__ = ("raw",)
    raw: bytes

    def __new__(cls, raw: bytes, encoding: str = FALLBACK) -> Foreign:
        self = super().__new__(cls, raw.decode("utf-8", _handler(encoding)))
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


@cache
def _handler(encoding: str) -> str:
    """The name of what reads the bytes that are no UTF-8."""

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - it only decodes
        six = error.object[error.start : error.start + 6]
        if _PAIR.fullmatch(six):
            units = six.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            return units.decode("utf-16-le"), error.start + 6
        bad = error.object[error.start : error.end]
        return "".join(_character(byte, encoding) for byte in bad), error.end

    name = f"migrate.rc.{encoding}"
    codecs.register_error(name, read)
    return name


def _character(byte: int, encoding: str) -> str:
    return bytes((byte,)).decode(encoding, "ignore") or chr(byte)
