from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from migrate.extract import rc
from migrate.extract.rc import Null, Structure
from migrate.extract.rc_cells import Broken, as_given, cells, opened, within
from migrate.extract.values import Unreadable, Values, char

DAY = datetime(2019, 3, 1, 12, 30)  # noqa: DTZ001 - GMT, as stored


def converted(
    type_: str, *values: Any, is_rc: bool = False
) -> tuple[Values, list[tuple[int, str]]]:
    unread: list[tuple[int, str]] = []
    convert = cells(type_, is_rc=is_rc)
    return convert(values, lambda row, text: unread.append((row, text))), unread


@pytest.mark.parametrize(
    ("type_", "value", "ours"),
    [
        ("text", "Ærlig", "Ærlig"),
        ("array", ["en", "to"], "en\nto"),
        ("array", ["en", Null.TEXT, "tre"], "en\n\ntre"),
        ("array", [Null.TEXT], None),
        ("array", [], None),
        ("text", ["en", "to"], "en\nto"),
        ("time", DAY, "2019-03-01 12:30:00"),
        ("time", Null.TIME, None),
        ("duration", datetime(4000, 1, 1, 0, 10), 600),  # noqa: DTZ001 - a duration
        ("duration", rc.time(10.0), 600),
        ("logical", True, True),
        ("logical", rc.UNKNOWN, None),
        ("number", 42, 42),
        ("number", [7], 7),
        ("text", rc.Expression(b"$x=1"), "$x=1"),
        (
            "array",
            [Structure(("kari", DAY, 3, False, Null.TEXT))],
            '["kari","2019-03-01 12:30:00",3,false,null]',
        ),
        ("array", [["a", "b"], "c"], '["a","b"]\nc'),
    ],
)
def test_rc_blobs_take_our_forms(type_: str, value: Any, ours: Any) -> None:
    assert converted(type_, rc.wrap(value), None) == ([ours, None], [])


def test_a_column_of_texts_is_the_same_object() -> None:
    values = ("en", None)
    assert converted("text", *values)[0] == values
    convert = cells("array")
    assert convert(values, lambda row, text: None) is values


def test_a_blob_that_does_not_decode_keeps_its_beginning_and_harms_no_other() -> None:
    broken = rc.wrap("x" * 500)[:100]
    values, unread = converted("text", "hel", broken, rc.wrap("også hel"))
    assert values == ["hel", None, "også hel"]
    assert unread == [(1, f"{broken[:32].hex()}… (100 bytes)")]


def test_a_short_blob_is_kept_whole() -> None:
    assert converted("text", rc.MAGIC + b"\xff")[1] == [(0, (rc.MAGIC + b"\xff").hex())]


def test_bytes_behind_a_value_are_no_value() -> None:
    assert converted("text", rc.wrap("hel") + b"\x00")[0] == [None]


@pytest.mark.parametrize(
    ("blob", "text"),
    [("blåbær".encode(), "blåbær"), ("blåbær".encode("cp1252"), "blåbær"), (b"", None)],
)
def test_a_blob_without_magic_is_text(blob: bytes, text: str | None) -> None:
    assert converted("text", blob) == ([text], [])
    assert converted("text", memoryview(blob)) == ([text], [])


def test_a_blob_that_is_no_text_either_is_told() -> None:
    values, unread = converted("text", b"\x00\x01\xff\xfe")
    assert (values, unread) == ([None], [(0, "0001fffe")])


def test_a_column_that_is_said_to_be_rc_needs_no_magic() -> None:
    assert converted("array", rc.encode(["en", "to"]), is_rc=True)[0] == ["en\nto"]
    assert converted("array", b"5", is_rc=False)[0] == ["5"]


def test_several_elements_are_no_single_value() -> None:
    values, unread = converted("number", rc.wrap([1, 2]))
    assert values == [None]
    assert len(unread) == 1


def test_a_key_of_fixed_width_loses_its_padding() -> None:
    assert cells("text", char)(("IM1  ", None), lambda row, text: None) == ["IM1", None]


def test_a_place_leads_into_structures_and_every_element_of_an_array() -> None:
    value = Structure(("a", [Structure((1, "x")), Structure((2,)), Null.STRUCTURE]))
    assert within(value, (0,)) == "a"
    assert within(value, (1, 0)) == [1, 2, Null.STRUCTURE]
    assert as_given(within(value, (1, 1)), "array") == ["x", None, None]
    with pytest.raises(Unreadable):
        within(value, (0, 0))


def test_what_could_not_be_found_in_a_blob_is_not_read_as_another_field() -> None:
    with pytest.raises(Unreadable):
        opened(Broken(rc.wrap("noe annet")))
