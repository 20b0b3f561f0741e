"""Many records at once must give what one value after the other gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import rc_strategies as drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.extract import rc
from migrate.extract.rc import UNKNOWN, Expression, Null, RcError, Structure
from migrate.extract.rc_cells import as_given
from migrate.extract.rc_columns import column, decoded
from migrate.extract.rc_places import NOWHERE, Piece, locate, minutes, spans
from migrate.extract.values import CONVERTERS, Unreadable

FIELDS = 4
MANY = 40  # more than are read one by one

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

rows = st.lists(
    st.lists(drawn.short_values, min_size=0, max_size=FIELDS).map(Structure), min_size=1, max_size=5
)
types = st.sampled_from(list(CONVERTERS))


def piece(records: list[Any]) -> Piece:
    data = [rc.encode(record) for record in records]
    ends = np.cumsum([len(each) for each in data])
    begins = ends - [len(each) for each in data]
    return Piece(b"".join(data), begins + 1, ends - 1)


def cell(type_: str) -> Any:
    def made(value: Any) -> Any:
        try:
            given = as_given(value, type_)
        except Unreadable:
            return rc.encode(value)
        return CONVERTERS["array"]([given], _none)[0] if isinstance(given, list) else given

    return made


def _none(_row: int, _text: str) -> None:
    """Arrays can always be read."""


def converted(type_: str, values: list[Any]) -> tuple[list[Any], list[tuple[int, str]]]:
    unread: list[tuple[int, str]] = []
    values = CONVERTERS[type_](values, lambda row, text: unread.append((row, text)))
    return list(values), unread


@PATIENT
@given(rows, types)
def test_a_column_is_what_the_values_are_one_by_one(records: list[Any], type_: str) -> None:
    records = records * (MANY // len(records))
    found = piece(records)
    located = locate(found, range(FIELDS))
    assert not located.damaged.any()
    for place in range(FIELDS):
        given_ = [record[place] if place < len(record) else Null.TEXT for record in records]
        read = column(found, located.places[place], type_, cell(type_))
        assert not read.damaged
        one_by_one = converted(type_, [_driven(value, type_) for value in given_])
        assert converted(type_, read.values) == one_by_one
        if read.done:
            assert read.values == one_by_one[0]
        assert read.foreign == {i for i, value in enumerate(given_) if _foreign(value)}


def _driven(value: Any, type_: str) -> Any:
    """One value as a driver gives it, made without any column."""
    if type_ in ("text", "array") and isinstance(value, list):
        parts = [_driven(part, "text") if not isinstance(part, list) else part for part in value]
        if all(part is None or isinstance(part, str) for part in parts):
            there = [part for part in parts if part is not None]
            return "\n".join(part or "" for part in parts) if there else None
    return cell(type_)(value)


def _foreign(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_foreign, value))
    return isinstance(value, rc.Foreign)


@PATIENT
@given(rows)
def test_values_are_found_by_place_where_records_have_them(records: list[Any]) -> None:
    found = piece(records)
    located = locate(found, range(FIELDS))
    for place in range(FIELDS):
        read = decoded(found, located.places[place], lambda value: value)
        assert read.values == [r[place] if place < len(r) else None for r in records]


@PATIENT
@given(rows, st.data())
def test_a_damaged_record_is_noticed_and_the_others_are_read(
    records: list[Any], data: st.DataObject
) -> None:
    good = Structure(["here", 7, [Null.TEXT], True])
    records = [good, *records, good]
    whole = piece(records)
    at = data.draw(st.integers(int(whole.begins[1]), int(whole.ends[-2])))
    spoiled = bytearray(whole.data)
    spoiled[at] = data.draw(st.integers(0, 255))
    found = whole._replace(data=bytes(spoiled))
    located = locate(found, range(FIELDS))
    for place in range(FIELDS):
        read = column(found, located.places[place], "text", cell("text"))
        assert read.values[0] == read.values[-1]
    assert not located.damaged[[0, -1]].any()
    for row in located.damaged.nonzero()[0]:
        with pytest.raises(RcError):
            _strictly(found, int(row))


def _strictly(found: Piece, row: int) -> None:
    """Reads a record to its very end, and no further."""
    begin, end = int(found.begins[row]) - 1, int(found.ends[row]) + 1
    value, stop = rc.decode(found.data[:end], begin)
    if stop != end or not isinstance(value, Structure):
        raise RcError("ends early", stop)


def test_a_value_that_leads_behind_its_record_is_damaged() -> None:
    found = piece([Structure(["abcde", "f"]), Structure(["abcde", "f"])])
    spoiled = found.data.replace(b"\x2d\x05", b"\x2d\x50", 1)
    located = locate(found._replace(data=spoiled), [0, 1])
    assert located.damaged.tolist() == [True, False]
    assert located.places[1].tolist() == [NOWHERE, int(found.begins[1]) + 7]


def test_times_and_texts_are_found_without_being_read() -> None:
    when = rc.decode(rc.encode(rc.time(1_058_000_000.0)))[0]
    found = piece(
        [
            Structure([when, b"\0\1"]),
            Structure([Null.TIME, Null.TEXT]),
            Structure([UNKNOWN, [b"x"]]),
        ]
    )
    places = locate(found, [0, 1]).places
    assert minutes(found, places[0]).tolist()[0] == 1_058_000_000.0
    assert np.isnan(minutes(found, places[0])[1:]).all()
    starts, stops = spans(found, places[1])
    assert found.data[starts[0] : stops[0]] == b"\0\1"
    assert starts[1:].tolist() == stops[1:].tolist() == [NOWHERE, NOWHERE]


def test_long_arrays_come_in_order() -> None:
    lines = [[f"{row}.{line}" for line in range(row * 7)] or [Null.TEXT] for row in range(MANY)]
    found = piece([Structure([array]) for array in lines])
    read = column(found, locate(found, [0]).places[0], "array", cell("array"))
    assert read.values == [None, *("\n".join(array) for array in lines[1:])]
    assert read.done


def test_what_is_neither_text_nor_time_is_given_to_the_caller() -> None:
    found = piece([Structure([Expression(b"x")]), Structure([2.5]), Structure([5_000])])
    read = column(found, locate(found, [0]).places[0], "text", lambda value: ("made", value))
    assert read.values == [("made", b"x"), ("made", 2.5), ("made", 5_000)]
    assert not read.done


@pytest.mark.parametrize("text", ["A\N{COMBINING RING ABOVE}S", "ÅS\0\0"])
def test_a_column_of_texts_is_composed_and_without_its_padding(text: str) -> None:
    found = piece([Structure([text])] * MANY)
    located = locate(found, range(1))
    read = column(found, located.places[0], "text", cell("text"))
    assert set(read.values) == {"ÅS"}
