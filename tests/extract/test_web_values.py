from __future__ import annotations

from typing import Any

import pytest

from migrate.extract.defaults import DEFAULTS
from migrate.extract.web_values import captions_of, key_text, taker, web_converter, within

TABLE = DEFAULTS["incidents"]


def converted(type_: str, *values: Any) -> tuple[list[Any], list[str]]:
    """The values, and the texts that could not be read."""
    unread: list[str] = []
    convert = web_converter(TABLE, "title", type_)
    return list(convert(values, lambda row, text: unread.append(text))), unread


@pytest.mark.parametrize(
    ("given", "time"),
    [
        ("2007-08-31T20:21:00+00:00", "2007-08-31 20:21:00"),
        ("2007-08-31T20:21:00+02:00", "2007-08-31 18:21:00"),
        ("2007-08-31T20:21:00Z", "2007-08-31 20:21:00"),
        ("2007-08-31T20:21:00.500-03:30", "2007-08-31 23:51:00"),
        ("2007-08-31T20:21:00", "2007-08-31 20:21:00"),
        ("2019-04-29+03:00", "2019-04-28 21:00:00"),
        ("2019-04-29", "2019-04-29 00:00:00"),
        (None, None),
    ],
)
def test_times_are_read_in_gmt(given: Any, time: str | None) -> None:
    assert converted("time", given) == ([time], [])
    assert converted("time", given, "2007-08-31T20:21:00+00:00")[0][0] == time


def test_a_time_that_is_none_keeps_its_text() -> None:
    assert converted("time", "4000-01-01T00:00:00+00:00")[1] == ["4000-01-01 00:00:00"]
    assert converted("time", "31/08/07 20:21")[1] == ["31/08/07 20:21"]
    assert converted("time", "2007-02-31T00:00:00+00:00")[0] == [None]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("4000-01-01T01:00:00+00:00", 3600),
        ("4000-01-01T03:00:00+02:00", 3600),
        ("2 03:04:05", 183845),
        ("00:10:00", 600),
        ("P2DT3H4M5S", 183845),
        ("PT10M", 600),
        ("-PT10M", -600),
        (600, 600),
        ("600", 600),
        (None, None),
    ],
)
def test_durations_are_read_in_seconds(given: Any, seconds: int | None) -> None:
    assert converted("duration", given) == ([seconds], [])


def test_lists_are_lines() -> None:
    assert converted("array", ["a", "", "c"], None, "one", ["å", 5, None]) == (
        ["a\n\nc", None, "one", "å\n5\n"],
        [],
    )
    assert converted("text", ["a", "b"], 168, True, {"x": 1}) == (
        ["a\nb", "168", "t", '{"x":1}'],
        [],
    )
    assert converted("logical", True, "false", "unknown", None)[0] == [True, False, None, None]
    assert converted("number", 3, "2.5", 4.0)[0] == [3, 2.5, 4]


def test_captions_lead_through_structures() -> None:
    record = {
        "header": {"ChangeID": "C1"},
        "description.structure": {"Description": ["a"]},
        "middle": {"rows": [{"x": "1"}, {"y": "2"}, {"x": "3"}]},
        "flat.caption": "as it is",
        "Title": "t",
    }
    captions = [
        "Title",
        "header.ChangeID",
        "description.structure.Description",
        "middle.rows.x",
        "flat.caption",
        "header.Nothing",
        "Title.x",
    ]
    assert taker(captions)(record) == [
        "t",
        "C1",
        ["a"],
        ["1", None, "3"],
        "as it is",
        None,
        None,
    ]
    assert within(record, "middle.rows.z") is None
    assert captions_of(record) == [
        "header.ChangeID",
        "description.structure.Description",
        "middle.rows.x",
        "flat.caption",
        "Title",
    ]


def test_a_key_is_there_or_it_is_not() -> None:
    assert key_text(["IM1"]) == "IM1"
    assert key_text(["a", 5]) == "a|5"
    assert key_text(["a", None]) == ""
    assert key_text([""]) == ""
