from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.extract.values import (
    CONVERTERS,
    Converter,
    char,
    decimal_number,
    text,
    time,
    worded_logical,
)


def convert(converter: Converter, *values: Any) -> tuple[list[Any], dict[int, str]]:
    unread: dict[int, str] = {}
    return list(converter(values, unread.__setitem__)), unread


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("text", "på vent", "på vent"),
        ("text", 3, "3"),
        ("text", 2.0, "2"),
        ("text", Decimal("10"), "10"),
        ("text", Decimal("1.50"), "1.5"),
        ("text", "Tromsø".encode(), "Tromsø"),
        ("time", "2019-09-30 08:00:00", "2019-09-30 08:00:00"),
        ("time", datetime(2019, 9, 30, 8), "2019-09-30 08:00:00"),  # noqa: DTZ001 - as drivers give
        (
            "time",
            datetime(2019, 9, 30, 8, tzinfo=timezone(timedelta(hours=2))),
            "2019-09-30 06:00:00",
        ),
        ("time", "2014-01-13T14:13:13.000+00:00", "2014-01-13 14:13:13"),
        ("time", "", None),
        ("logical", "t", True),
        ("logical", "f", False),
        ("logical", "F ", False),
        ("logical", "unknown", None),
        ("logical", True, True),
        ("logical", 0, False),
        ("number", "7", 7),
        ("number", 7.0, 7),
        ("number", Decimal("90071992547409931"), 90071992547409931),
        ("number", "7.5", 7.5),
        ("duration", "4000-01-01 00:10:00", 600),
        ("duration", "4000-01-02 00:00:00", 86_400),
        ("duration", "3999-12-31 23:50:00", -600),
        ("duration", datetime(4000, 1, 1, 1), 3600),  # noqa: DTZ001 - as drivers give
        ("duration", timedelta(minutes=2), 120),
        ("duration", 45.0, 45),
        ("array", "en\nto", "en\nto"),
        ("array", ["en", None, "to"], "en\n\nto"),
    ],
)
def test_a_value_takes_the_form_of_its_type(type_: str, value: Any, expected: Any) -> None:
    converted, unread = convert(CONVERTERS[type_], value, None)
    assert converted == [expected, None]
    assert not unread


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("time", "4000-01-01 00:00:00"),
        ("time", datetime(4000, 1, 1)),  # noqa: DTZ001 - as drivers give
        ("time", "30.09.2019"),
        ("time", "2019-02-30 08:00:00"),
        ("logical", "kanskje"),
        ("number", "tre"),
        ("number", "nan"),
        ("duration", "2019-09-30 08:00:00"),
        ("text", b"\xff\xfe"),
    ],
)
def test_what_cannot_be_read_is_none_and_keeps_its_text(type_: str, value: Any) -> None:
    converted, unread = convert(CONVERTERS[type_], None, value)
    assert converted == [None, None]
    assert unread == {1: value.hex() if isinstance(value, bytes) else str(value)}


def test_one_unreadable_value_leaves_the_others_as_they_are() -> None:
    converted, unread = convert(time, "2019-01-01 00:00:00", "i går", "2019-01-02 00:00:00")
    assert converted == ["2019-01-01 00:00:00", None, "2019-01-02 00:00:00"]
    assert unread == {1: "i går"}


def test_columns_that_need_nothing_are_handed_on_untouched() -> None:
    texts = ("a", None, "å")
    times = ("2019-01-01 00:00:00", None)
    keys = ("IM1", "IM2")
    assert text(texts, lambda i, raw: None) is texts
    assert time(times, lambda i, raw: None) is times
    assert char(keys, lambda i, raw: None) is keys


@pytest.mark.parametrize("read", [text, char])
def test_letters_are_composed_and_nuls_that_pad_are_taken_off(read: Converter) -> None:
    assert convert(read, "UTLA\u030aN", "IT\0\0", None, "Å") == (["UTLÅN", "IT", None, "Å"], {})


def test_padding_of_fixed_width_columns_is_taken_off() -> None:
    assert convert(char, "IM1   ", "IM2\0\0", "   ", None, 12) == (
        ["IM1", "IM2", None, None, "12"],
        {},
    )
    assert convert(char, "IM1   ", " ")[0] == ["IM1", None]
    assert convert(char, "IM1\r\n", "\t", "IM\t1")[0] == ["IM1", None, "IM\t1"]
    assert convert(char, "  IM1", " IM 2 ", 3)[0] == ["IM1", "IM 2", "3"]
    assert convert(char, "IM1\u00a0", "IM\u00a01", "\u00a0")[0] == ["IM1", "IM\u00a01", None]


@settings(max_examples=50)
@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(3899, 1, 1))))  # noqa: DTZ001
def test_a_time_in_our_form_stays_as_it_is(times: list[datetime]) -> None:
    forms = [str(value.replace(microsecond=0)) for value in times]
    assert convert(time, *forms) == (forms, {})
    assert convert(time, *times)[0] == forms


@settings(max_examples=50)
@given(st.integers(-(10**8), 10**8))
def test_a_duration_is_the_seconds_from_4000(seconds: int) -> None:
    stored = str(datetime(4000, 1, 1) + timedelta(seconds=seconds))  # noqa: DTZ001 - as stored
    assert convert(CONVERTERS["duration"], stored) == ([seconds], {})


def test_exports_have_their_own_words_and_numbers() -> None:
    assert convert(worded_logical(["Ja"], ["Nei"]), "ja", "NEI", "vet ikke")[0] == [
        True,
        False,
        None,
    ]
    assert convert(decimal_number(","), "1,5", "2")[0] == [1.5, 2]


def test_hpsms_own_words_count_beside_those_of_an_export_unless_these_turn_them_around() -> None:
    assert convert(worded_logical(["J"], ["N"]), "J", "t", "0") == ([True, True, False], {})
    hidden = worded_logical(["N"], ["J"])  # a column that says who may not see a note
    given = ["N", "J", "t", "1", "f", " ", "unknown"]
    assert convert(hidden, *given) == (
        [True, False, None, None, None, None, None],
        {2: "t", 3: "1", 4: "f"},
    )


def test_a_whole_number_is_kept_to_its_last_digit() -> None:
    exact = 9_007_199_254_740_993
    assert convert(CONVERTERS["number"], str(exact), Decimal(exact), "12") == (
        [exact, exact, 12],
        {},
    )


@pytest.mark.parametrize("value", ["99999999999999999999", 2**63, -(2**63) - 1, "1_000", "1e400"])
def test_a_number_that_no_database_holds_or_only_python_reads_is_unreadable(value: Any) -> None:
    assert convert(CONVERTERS["number"], 7, value) == ([7, None], {1: str(value)})


def test_a_huge_number_stays_one() -> None:
    assert convert(CONVERTERS["number"], 1e300, 2.5e15)[0] == [1e300, 2_500_000_000_000_000]


def test_a_duration_beyond_all_time_is_unreadable() -> None:
    assert convert(CONVERTERS["duration"], 1e300)[0] == [None]


def test_with_a_decimal_comma_a_point_may_mean_either() -> None:
    assert convert(decimal_number(","), "1,5", "1.234", "-2") == ([1.5, None, -2], {1: "1.234"})


def test_what_is_no_single_value_is_json() -> None:
    given = [{"a": [1, "æ"]}, [1, None], "tekst"]
    assert text(given, lambda row, value: None) == ['{"a":[1,"æ"]}', "[1,null]", "tekst"]
