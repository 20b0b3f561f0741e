from __future__ import annotations

import struct
import time
import tracemalloc
from datetime import datetime
from typing import Any

import pytest
import rc_strategies as drawn
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from migrate.extract import rc
from migrate.extract.rc import UNKNOWN, Expression, Foreign, Null, RcError, Structure
from migrate.extract.rc_values import Minutes

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def typed(value: Any) -> Any:
    """A value with the types of all that is in it: 1, 1.0 and True are equal, and not the same."""
    if isinstance(value, list | tuple):
        return type(value), [typed(part) for part in value]
    return type(value), value


@PATIENT
@given(drawn.values)
def test_what_was_encoded_is_decoded(value: Any) -> None:
    data = rc.encode(value)
    assert (typed(value), len(data)) == (typed(rc.decode(data)[0]), rc.decode(data)[1])


@PATIENT
@given(drawn.values)
def test_encoding_again_gives_the_same_bytes(value: Any) -> None:
    data = rc.encode(value)
    assert rc.encode(rc.decode(data)[0]) == data


@PATIENT
@given(drawn.values, st.binary(max_size=3), st.binary(max_size=3))
def test_a_value_is_read_and_skipped_wherever_it_stands(
    value: Any, before: bytes, behind: bytes
) -> None:
    data = rc.encode(value)
    read, end = rc.decode(before + data + behind, len(before))
    assert typed(read) == typed(value)
    assert end == rc.skip(before + data + behind, len(before)) == len(before) + len(data)


@pytest.mark.parametrize("size", drawn.LENGTHS)
def test_a_text_has_the_shortest_form_of_length(size: int) -> None:
    data = rc.encode("x" * size)
    heads = {0: b"\x28", 1: b"\x29", 4: b"\x2c", 5: b"\x2d\x05", 255: b"\x2d\xff"}
    long = b"\x2e" + size.to_bytes(2, "big") if size < 0xFFFF else b""
    head = heads.get(size) or long or b"\x2e\xff\xff" + size.to_bytes(4, "big")
    assert data == head + b"x" * size
    assert rc.text_at(data, 0) == (len(head), len(data))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("17", 7),
        ("1908", 8),
        ("19FF", -1),
        ("1A0100", 256),
        ("1B010000", 65_536),
        ("1CFFFFFFFF", -1),
        ("1D084000000000000000", 2.0),
        ("2E0001C5", Foreign(b"\xc5")),
        ("2EFFFF0000000161", "a"),
        ("41", True),
        ("42", UNKNOWN),
        ("4F", Null.LOGICAL),
        ("8081", []),
        ("90802F8191", Structure([[Null.TEXT]])),
        ("BF", Null.EXPRESSION),
        ("AF", Null.OPERATOR),
        ("BA0102", Expression(b"\1\2")),
    ],
)
def test_bytes_mean(data: str, value: Any) -> None:
    assert typed(rc.decode(bytes.fromhex(data))[0]) == typed(value)


def test_a_time_is_minutes_from_a_day_before_our_calendar() -> None:
    day = datetime.fromisoformat("2011-01-12")
    stored = (day.toordinal() + 379) * 1440 + 4 * 60 + 46 + 0.75
    data = b"\x3d\x08" + struct.pack(">d", stored)
    assert rc.decode(data)[0] == day.replace(hour=4, minute=46, second=45)
    whole_minutes = b"\x3c" + int(stored).to_bytes(4, "big")
    assert rc.decode(whole_minutes)[0] == day.replace(hour=4, minute=46)


@PATIENT
@given(st.floats())
def test_no_time_loses_its_bytes(minutes: float) -> None:
    data = b"\x3d\x08" + struct.pack(">d", minutes)
    assert rc.encode(rc.decode(data)[0]) == data


def test_a_time_that_no_calendar_has_is_minutes() -> None:
    found = rc.decode(rc.encode(Minutes(90)))[0]
    assert isinstance(found, Minutes)
    assert found.elapsed is not None
    assert found.elapsed.total_seconds() == 5_400
    assert Minutes(float("nan")).elapsed is None


def test_characters_that_are_no_utf_8_are_read_one_by_one_and_none_is_lost() -> None:
    raw = "Blåbær ".encode("cp1252") + "på øya ".encode() + b"\xed\xa0\xbd\xed\xb8\x80\x81"
    text, _ = rc.decode(rc.encode(raw))
    assert text == "Blåbær på øya \N{GRINNING FACE}\x81"
    assert isinstance(text, Foreign)
    assert text.raw == raw
    assert rc.decode(rc.encode("Æ".encode("cp865")), encoding="cp865")[0] == "Æ"


@PATIENT
@given(drawn.records, st.data())
def test_a_cut_value_is_an_error_with_its_place(value: Any, data: st.DataObject) -> None:
    whole = rc.encode(value)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    for read in (rc.decode, rc.skip):
        with pytest.raises(RcError) as error:
            read(cut)
        assert 0 <= error.value.offset <= len(cut)


@PATIENT
@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([0x80, 0x90, 0x2E, 0xFF, 0x2D, 0x81])).map(bytes)
)
@example(b"\x2e\xff\xff\xff\xff\xff\xff")
@example(b"\x1d\xff")
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    read = _decoded(data)
    if isinstance(read, RcError):
        assert 0 <= read.offset <= len(data)
        return
    value, end = read
    assert rc.skip(data) == end
    assert typed(rc.decode(rc.encode(value))[0]) == typed(value)


def _decoded(data: bytes) -> RcError | tuple[Any, int]:
    try:
        return rc.decode(data)
    except RcError as error:
        return error


def test_a_length_that_is_wrong_costs_no_memory() -> None:
    data = b"\x90" + b"\x2e\xff\xff\x7f\xff\xff\xff" * 1_000
    tracemalloc.start()
    with pytest.raises(RcError, match="needs 2147483647 bytes"):
        rc.decode(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("bracket", [b"\x80", b"\x90"])
def test_nesting_without_end_is_refused(bracket: bytes) -> None:
    for read in (rc.decode, rc.skip):
        with pytest.raises(RcError, match="more than 64"):
            read(bracket * 1_000_000)
    deep: Any = []
    for _ in range(rc.DEPTH):
        deep = [deep]
    with pytest.raises(RcError, match="more than 64"):
        rc.encode(deep)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "RC has no NoneType"),
        (2**63 + 1, "no double holds"),
        ("\ud800", "half a character"),
        (object(), "RC has no object"),
    ],
)
def test_what_rc_cannot_hold_is_refused(value: Any, message: str) -> None:
    with pytest.raises(RcError, match=message):
        rc.encode(value)


def test_a_large_integer_is_a_double() -> None:
    assert rc.decode(rc.encode(2**40))[0] == 2.0**40


def test_brackets_must_match() -> None:
    for data in (b"\x80\x91", b"\x81", b"\x90\x81"):
        with pytest.raises(RcError, match="closes what is not open"):
            rc.decode(data)


def test_a_blob_is_one_value_behind_its_magic() -> None:
    blob = rc.wrap(["a", Null.TEXT])
    assert blob.startswith(b"_RCFM*=")
    assert rc.unwrap(blob) == ["a", Null.TEXT]
    with pytest.raises(RcError, match="left over"):
        rc.unwrap(blob + b"\0")
    with pytest.raises(RcError, match="does not begin"):
        rc.unwrap(rc.encode("a"))


def test_plain_values_know_neither_nulls_nor_types_of_their_own() -> None:
    value = Structure([Null.TIME, UNKNOWN, [Foreign(b"\xe5")], Minutes(2), Expression(b"x"), True])
    assert rc.plain(value) == (None, None, ["å"], 2.0, b"x", True)
    assert [type(part) for part in rc.plain(value)[3:]] == [float, bytes, bool]


def test_a_million_values_take_no_time_to_speak_of() -> None:
    data = rc.encode([["x" * 20, 7, Null.TEXT, True]] * 50_000)
    began = time.perf_counter()
    rc.decode(data)
    assert time.perf_counter() - began < 5
