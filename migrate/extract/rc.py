"""HPSM's RC encoding: the values of unload files, of RC columns and of attachments' segments.

A value is one leading byte, a type (high nibble) and a length code (low nibble), and its payload:

    type     1 number · 2 character · 3 date/time · 4 logical · 8 array · 9 structure
             10 operator · 11 expression (the numbers that a dbdict gives to types)
    length   0-7 the value itself · 8-C as many bytes, 0 to 4 · D one byte of length
             E two bytes of length, FFFF: four more · F null

Arrays (80 … 81) and structures (90 … 91) are brackets around their values. Integers are signed and
big-endian, a number of 8 bytes is a double. A time is minutes as a double: the day's number is that
of the proleptic Gregorian calendar plus 379, GMT. Source: three public unload files that decode to
the last byte. Not seen in them, and read by the shape of the others: FFFF, operators, expressions
that are not null, a time of whole minutes as an integer, a null array or structure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from struct import Struct
from typing import Any, Final

from migrate.extract.rc_values import (
    FALLBACK,
    UNKNOWN,
    Expression,
    Foreign,
    Logical,
    Minutes,
    Null,
    Operator,
    Structure,
)

__all__ = [
    "FALLBACK",
    "MAGIC",
    "UNKNOWN",
    "Expression",
    "Foreign",
    "Logical",
    "Minutes",
    "Null",
    "Operator",
    "RcError",
    "Structure",
    "Value",
    "decode",
    "encode",
    "plain",
    "skip",
    "text_at",
    "unwrap",
    "wrap",
]

MAGIC: Final = b"_RCFM*="
"""What a value begins with where it stands alone, in a BLOB."""

DEPTH: Final = 64
"""How deep arrays and structures may lie in each other."""


class RcError(ValueError):
    """No RC value. `offset` is that of the byte which cannot be, within the data given."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


Value = Any
"""int, float, str, datetime, bool, list, `Structure`, `Expression`, `Operator`, `Null`, `UNKNOWN`;
`Foreign` and `Minutes` where a text or a time is out of the ordinary."""

CONSTANT, FIXED, SHORT, LONG, OPEN, CLOSE, WRONG = range(7)
_NUMBER, _TEXT, _TIME, _ARRAY, _STRUCTURE, _OPERATOR, _EXPRESSION = 1, 2, 3, 8, 9, 10, 11
EXTENDED = 0xFFFF
DAYS = 379
_ZERO = datetime(1, 1, 1)  # noqa: DTZ001 - GMT, as stored
FIRST = (_ZERO.toordinal() + DAYS) * 86_400
BEHIND = FIRST + datetime.max.toordinal() * 86_400  # noqa: DTZ901 - a bound only
_DOUBLE = Struct(">d")
_double = _DOUBLE.unpack_from
_SECOND, _MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)


def _form(lead: int) -> tuple[int, Any]:
    """What a leading byte announces: a constant, so many bytes of payload, or a length."""
    type_, code = lead >> 4, lead & 15
    if lead in (0x80, 0x90):
        return OPEN, 0
    if lead in (0x81, 0x91):
        return CLOSE, 0
    if code == 15 and type_ in (1, 2, 3, 4, 8, 9, 10, 11):
        return CONSTANT, Null(lead)
    if type_ == 4 and code < 3:
        return CONSTANT, (False, True, UNKNOWN)[code]
    if type_ in (_NUMBER, _TIME) and code < 9:
        number = code % 8
        return CONSTANT, number if type_ == _NUMBER else Minutes(number)
    if type_ in (_NUMBER, _TEXT, _TIME, _OPERATOR, _EXPRESSION) and 8 <= code <= 14:
        return (SHORT, 0) if code == 13 else (LONG, 0) if code == 14 else (FIXED, code - 8)
    return WRONG, 0


FORMS: Final[tuple[tuple[int, Any], ...]] = tuple(map(_form, range(256)))
_FORM = tuple(form for form, _ in FORMS)
_DETAIL = tuple(detail for _, detail in FORMS)


def decode(data: bytes, at: int = 0, encoding: str = FALLBACK) -> tuple[Value, int]:
    """The value that begins at `at`, and where it ends.

    `encode` gives back the same bytes where HPSM wrote them in their shortest form. Characters that
    are no UTF-8 come as `Foreign`, read by `encoding`. Raises RcError for anything else than one
    whole value; never reads behind `data`, whatever the lengths in it claim.
    """
    opened: list[tuple[list[Value], int]] = []
    values: list[Value] = []
    limit = len(data)
    try:
        while True:
            start = at
            lead = data[at]
            at += 1
            form = _FORM[lead]
            if form == CONSTANT:
                values.append(_DETAIL[lead])
            elif form == OPEN:
                if len(opened) == DEPTH:
                    raise RcError(f"more than {DEPTH} arrays and structures in each other", start)
                opened.append((values, lead))
                values = []
                continue
            elif form == CLOSE:
                if not opened or opened[-1][1] != lead - 1:
                    raise RcError("closes what is not open", start)
                outer, _ = opened.pop()
                outer.append(Structure(values) if lead == 0x91 else values)
                values = outer
            elif form == WRONG:
                raise RcError(f"no value begins with {lead:02X}", start)
            else:
                if form == SHORT:
                    end = at + 1 + data[at]
                    at += 1
                elif form == FIXED:
                    end = at + _DETAIL[lead]
                else:
                    at, end = _long(data, at)
                if end > limit:
                    raise RcError(f"needs {end - at} bytes, and there are {limit - at}", start)
                if 0x28 <= lead < 0x2F:
                    payload = data[at:end]
                    try:
                        values.append(payload.decode())
                    except UnicodeDecodeError:
                        values.append(Foreign(payload, encoding))
                else:
                    values.append(_scalar(lead >> 4, data[at:end], start))
                at = end
            if not opened:
                return values[0], at
    except IndexError:
        raise RcError("the data ends within a value", limit) from None


def skip(data: bytes, at: int = 0) -> int:
    """Where the value that begins at `at` ends. Raises RcError as `decode` does, and does not look
    into payloads."""
    depth = 0
    limit = len(data)
    try:
        while True:
            lead = data[at]
            form = _FORM[lead]
            if form == CONSTANT:
                at += 1
            elif form == SHORT:
                at += 2 + data[at + 1]
            elif form == FIXED:
                at += 1 + _DETAIL[lead]
            elif form == LONG:
                _, at = _long(data, at + 1)
            elif form == OPEN:
                if depth == DEPTH:
                    raise RcError(f"more than {DEPTH} arrays and structures in each other", at)
                depth += 1
                at += 1
                continue
            elif form == CLOSE:
                if not depth:
                    raise RcError("closes what is not open", at)
                depth -= 1
                at += 1
            else:
                raise RcError(f"no value begins with {lead:02X}", at)
            if not depth:
                if at > limit:
                    raise RcError("the data ends within a value", limit)
                return at
    except IndexError:
        raise RcError("the data ends within a value", limit) from None


def text_at(data: bytes, at: int) -> tuple[int, int]:
    """Where the characters of the text that begins at `at` begin and end. Raises RcError where it
    is none, or not whole."""
    end = skip(data, at)
    lead = data[at]
    if not 0x28 <= lead < 0x2F:
        raise RcError("no text", at)
    return (_long(data, at + 1)[0] if lead == 0x2E else at + 1 + (lead == 0x2D)), end


def encode(value: Value) -> bytes:
    """The bytes of a value, as HPSM writes them: a text in the shortest form, an integer from 8 in
    as few bytes as hold it, a negative one in four. bytes are characters as they stand.

    Raises RcError for what RC cannot hold: another type (None too: a null has a type), an integer
    that no double holds, characters that are no text, too deep a nesting.
    """
    out = bytearray()
    _encode(value, out, 0)
    return bytes(out)


def plain(value: Value) -> Any:
    """Without RC's own types: nulls and the third state are None, structures tuples, other texts
    and times what they were read as."""
    kind = type(value)
    if kind in (Null, Logical):
        return None
    if kind is list:
        return [plain(element) for element in value]
    if kind is Structure:
        return tuple(plain(element) for element in value)
    if kind is Foreign:
        return str(value)
    if kind is Minutes:
        return float(value)
    return bytes(value) if kind in (Expression, Operator) else value


def unwrap(blob: bytes, encoding: str = FALLBACK) -> Value:
    """The value of a BLOB that begins with `MAGIC`. Raises RcError where it does not, or where it
    holds anything else than that one value."""
    if not blob.startswith(MAGIC):
        raise RcError("does not begin as an RC value does", 0)
    value, end = decode(blob, len(MAGIC), encoding)
    if end != len(blob):
        raise RcError(f"{len(blob) - end} bytes are left over", end)
    return value


def wrap(value: Value) -> bytes:
    """`value` as it stands in a BLOB. Raises RcError as `encode` does."""
    return MAGIC + encode(value)


def _long(data: bytes, at: int) -> tuple[int, int]:
    """Where a payload begins and ends whose two-byte length stands at `at`."""
    length = data[at] << 8 | data[at + 1]
    at += 2
    if length == EXTENDED:
        length = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
        at += 4
    return at, at + length


def _scalar(type_: int, payload: bytes, start: int) -> Value:
    if type_ == _EXPRESSION:
        return Expression(payload)
    if type_ == _OPERATOR:
        return Operator(payload)
    if len(payload) == _DOUBLE.size:
        (double,) = _double(payload)
        return double if type_ == _NUMBER else time(double)
    if 0 < len(payload) <= 4:
        number = int.from_bytes(payload, "big", signed=True)
        return number if type_ == _NUMBER else time(number)
    raise RcError(f"a number or time of {len(payload)} bytes", start)


def time(stored: float) -> datetime | Minutes:
    """The time (GMT) that HPSM stores as so many minutes: to the second where that says it, else to
    the microsecond; `Minutes` where no such time is exactly that."""
    try:
        seconds = round(stored * 60)
        if seconds / 60 == stored:
            return _ZERO + _SECOND * (seconds - FIRST)
        found = _ZERO + _MICROSECOND * (round(stored * 60_000_000) - FIRST * 1_000_000)
    except (OverflowError, ValueError):
        return Minutes(stored)
    return found if minutes(found) == stored else Minutes(stored)


def minutes(value: datetime) -> float:
    """As what HPSM stores a time (GMT): see `time`."""
    since = value.replace(tzinfo=None) - _ZERO
    seconds = since.days * 86_400 + since.seconds + FIRST
    if not since.microseconds:
        return seconds / 60
    return (seconds * 1_000_000 + since.microseconds) / 60_000_000


def _encode(value: Value, out: bytearray, depth: int) -> None:
    kind = type(value)
    if kind is str:
        try:
            _payload(out, _TEXT, value.encode())
        except UnicodeEncodeError:
            raise RcError("a text with half a character", 0) from None
    elif kind is Null or kind is Logical:
        out.append(value.value)
    elif kind is int:
        _integer(out, value)
    elif kind is float:
        out += b"\x1d\x08" + _DOUBLE.pack(value)
    elif kind is bool:
        out.append(0x41 if value else 0x40)
    elif kind is list or kind is Structure or kind is tuple:
        if depth == DEPTH:
            raise RcError(f"more than {DEPTH} arrays and structures in each other", 0)
        bracket = 0x80 if kind is list else 0x90
        out.append(bracket)
        for element in value:
            _encode(element, out, depth + 1)
        out.append(bracket + 1)
    elif kind is datetime:
        out += b"\x3d\x08" + _DOUBLE.pack(minutes(value))
    elif kind is Minutes:
        out += b"\x3d\x08" + _DOUBLE.pack(value)
    elif kind is Foreign:
        _payload(out, _TEXT, value.raw)
    elif kind is Expression or kind is Operator:
        _payload(out, _EXPRESSION if kind is Expression else _OPERATOR, value)
    elif kind is bytes or kind is bytearray or kind is memoryview:
        _payload(out, _TEXT, value)
    else:
        raise RcError(f"RC has no {kind.__name__}", 0)


def _payload(out: bytearray, type_: int, payload: bytes) -> None:
    size = len(payload)
    if size < 5:
        out.append(type_ << 4 | 8 + size)
    elif size < 0x100:
        out += bytes((type_ << 4 | 13, size))
    elif size < EXTENDED:
        out += bytes((type_ << 4 | 14, size >> 8, size & 0xFF))
    else:
        out += bytes((type_ << 4 | 14, 0xFF, 0xFF)) + size.to_bytes(4, "big")
    out += payload


def _integer(out: bytearray, value: int) -> None:
    if 0 <= value < 8:
        out.append(0x10 | value)
        return
    size = value.bit_length() // 8 + 1 if value > 0 else 4
    if -0x8000_0000 <= value < 0x8000_0000:
        out.append(0x18 + size)
        out += value.to_bytes(size, "big", signed=True)
        return
    try:
        exact = float(value) == value
    except OverflowError:
        exact = False
    if not exact:
        raise RcError("an integer that no double holds", 0)
    out += b"\x1d\x08" + _DOUBLE.pack(value)
