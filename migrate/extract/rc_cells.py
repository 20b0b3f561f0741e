"""RC values in the forms of `records.Row`, and the cells of a database that hold them.

An array of texts is its elements by line; a structure, which no form of ours has, is its values as
JSON, on a line of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from migrate.extract import rc
from migrate.extract.rc import MAGIC, RcError
from migrate.extract.rc_values import (
    Expression,
    Foreign,
    Logical,
    Minutes,
    Null,
    Operator,
    Structure,
)
from migrate.extract.values import CONVERTERS, Converter, Unread, Unreadable, Values, composed

SHOWN: Final = 32
"""Bytes of a blob that are kept where it cannot be read."""

_BLOBS = (bytes, bytearray, memoryview)
_GIVEN = frozenset({str, type(None), int, float, bool, datetime})
_TEXT_OR_NOTHING = frozenset({str, type(None)})
_TEXTS = frozenset({str})
_LINES = frozenset({"text", "array"})
_NO_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f")


class Broken(bytes):
    """A blob in which a field is not to be found."""

    __slots__ = ()


def as_given(value: Any, type_: str) -> Any:
    """An RC value as a database's driver would give it for a field of `type_`, to be converted as
    that. An array of nulls alone is HPSM's empty array, and nothing; so is a structure of them."""
    if type(value) in _GIVEN:
        return value
    if isinstance(value, Null | Logical):
        return None
    if isinstance(value, list):
        return _array(value, type_)
    if isinstance(value, Structure):
        return None if _is_nothing(value) else _json(value)
    if isinstance(value, Minutes):
        return value.elapsed if value.elapsed is not None else float(value)
    if isinstance(value, Expression | Operator):
        return _decoded(value)
    return str(value) if isinstance(value, Foreign) else value


def opened(blob: bytes | bytearray | memoryview, *, is_rc: bool = False) -> Any:
    """What a blob holds: an RC value behind its magic, also without it where `is_rc`, else text.

    Raises Unreadable where it is neither.
    """
    data = bytes(blob)
    if isinstance(blob, Broken):
        raise Unreadable
    if not data:
        return None
    try:
        if data.startswith(MAGIC):
            return rc.unwrap(data)
        return rc.unwrap(MAGIC + data) if is_rc else _decoded(data)
    except RcError:
        raise Unreadable from None


def within(value: Any, steps: Sequence[int]) -> Any:
    """The value so many steps inwards, of every element of an array; a null where there is none.

    Raises Unreadable where a step leads into what is no structure.
    """
    if not steps or isinstance(value, Null):
        return value
    if isinstance(value, list):
        return [within(element, steps) for element in value]
    if not isinstance(value, Structure):
        raise Unreadable
    return within(value[steps[0]], steps[1:]) if steps[0] < len(value) else Null.TEXT


def cells(type_: str, base: Converter | None = None, *, is_rc: bool = False) -> Converter:
    """The converter of a column that may hold blobs, or lists of an array's elements. `base` is
    the converter of all else (by default that of `type_`). A column of texts without a blob costs
    what it costs with `base` alone."""
    lines = type_ in _LINES
    convert_plain = base or CONVERTERS["array" if lines else type_]

    def convert(values: Values, unread: Unread) -> Values:
        if lines and _TEXT_OR_NOTHING.issuperset(map(type, values)):
            found = values if base is None else base(values, unread)
        else:
            found = convert_plain(_all_opened(values, type_, is_rc, unread), unread)
        return composed(found) if type_ == "text" else found

    return convert


def shown(blob: bytes) -> str:
    """The beginning of a blob in hexadecimal."""
    rest = f"… ({len(blob)} bytes)" if len(blob) > SHOWN else ""
    return blob[:SHOWN].hex() + rest


def _all_opened(values: Values, type_: str, is_rc: bool, unread: Unread) -> Values:
    given: list[Any] = []
    for row, value in enumerate(values):
        if isinstance(value, _BLOBS):
            try:
                given.append(as_given(opened(value, is_rc=is_rc), type_))
            except Unreadable:
                unread(row, shown(bytes(value)))
                given.append(None)
        else:
            given.append(as_given(value, type_))
    return given


def _array(elements: list[Any], type_: str) -> Any:
    if type_ in _LINES and _TEXTS.issuperset(map(type, elements)):
        return elements or None
    given = [
        _json(element)
        if isinstance(element, list) and not _is_nothing(element)
        else as_given(element, "text")
        for element in elements
    ]
    there = [element for element in given if element is not None]
    if type_ in _LINES or len(there) > 1:
        return given if there else None
    return there[0] if there else None


def _is_nothing(value: Any) -> bool:
    if isinstance(value, list | Structure):
        return all(map(_is_nothing, value))
    return isinstance(value, Null)


def _json(value: Structure | list[Any]) -> str:
    return orjson.dumps(_jsonable(value)).decode()


def _jsonable(value: Any) -> Any:
    if isinstance(value, list | Structure):
        return [_jsonable(element) for element in value]
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    given = as_given(value, "text")
    return given if given is None or isinstance(given, str | int | float | bool) else str(given)


def _decoded(data: bytes) -> str:
    """Bytes as text; Unreadable where they look like none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if not _NO_TEXT.isdisjoint(data):
            raise Unreadable from None
        return str(Foreign(data))
