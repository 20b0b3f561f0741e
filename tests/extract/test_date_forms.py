from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.extract.date_forms import fixed_form, local_duration, local_time
from migrate.extract.values import Converter

OSLO = ZoneInfo("Europe/Oslo")
FORMS = [
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%y",
    "%d-%b-%Y %H.%M.%S",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%H:%M %d.%m.%Y",
    "kl. %H den %d/%m-%Y",
    "%d.%m.%Y",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y%m%d%H%M%S%f",
    "%S:%M:%H %d.%m.%Y",
    "%Y 100%% %m %d",
    "%d. %B %Y",
    "%Y-%m-%d %H:%M:%S %z",
]
ZONES: list[tzinfo] = [UTC, OSLO, ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")]


def convert(converter: Converter, *values: Any) -> tuple[list[Any], dict[int, str]]:
    unread: dict[int, str] = {}
    return list(converter(values, unread.__setitem__)), unread


def iso_texts() -> st.SearchStrategy[str]:
    """ISO 8601 as different programs write it, and what is none."""
    whole = st.builds(
        "{:%Y-%m-%d}{}{:%H:%M:%S}{}{}".format,
        st.dates(),
        st.sampled_from("T _"),
        st.times(),
        st.sampled_from(["", ".0", ".000", ".123456", ",5"]),
        st.sampled_from(["", "Z", "+00:00", "+02:00", "-05:30", "+0200", "+02", "+14:00", "z"]),
    )
    return whole | st.sampled_from(["2019-09-30", "20190930T080000", "2019-W40-1", "08:00", ""])


@settings(max_examples=500, deadline=None)
@given(st.lists(iso_texts(), max_size=4), st.sampled_from(ZONES))
def test_iso_texts_are_read_exactly_as_the_library_reads_them(
    values: list[str], zone: tzinfo
) -> None:
    told: list[bool] = []
    expected_told: list[bool] = []
    read, _ = convert(local_time("iso", zone, lambda: told.append(True)), *values, *values)
    expected = [plainly("iso", zone, lambda: expected_told.append(True), v) for v in values]
    assert read == expected * 2
    assert bool(told) == bool(expected_told)


def plainly(form: str, zone: tzinfo, told: Callable[[], None], value: str) -> str | None:
    """What `local_time` has to say, in the words of the standard library."""
    try:
        parsed = (
            datetime.fromisoformat(value) if form == "iso" else datetime.strptime(value, form)  # noqa: DTZ007 - the zone is set below
        )
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone)
            if parsed.utcoffset() != parsed.replace(fold=1).utcoffset():
                told()
        shown = parsed.astimezone(UTC).isoformat(" ", "seconds")[:19]
    except (ValueError, OverflowError):
        return None
    return shown if shown < "3900" else None


@st.composite
def near_misses(draw: st.DrawFn, form: str) -> str:
    """A text of the form, or what is left of one after somebody edited it."""
    text = draw(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))).strftime(form)  # noqa: DTZ001
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 2))
        put = draw(st.sampled_from(["", "0", "9", " ", "3", ".", ":", "a", "٣", "\n", "T"]))
        text = text[:at] + put + text[at + cut :]
    if draw(st.booleans()):
        text = re.sub("0([1-9])", r"\1", text)
    return text.swapcase() if draw(st.booleans()) else text


@settings(max_examples=1_500, deadline=None)
@given(st.data())
def test_every_text_is_read_exactly_as_strptime_reads_it(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    zone = data.draw(st.sampled_from(ZONES))
    values = data.draw(st.lists(near_misses(form) | st.none(), max_size=4))
    told: list[bool] = []
    expected_told: list[bool] = []
    read, unread = convert(local_time(form, zone, lambda: told.append(True)), *values)
    expected = [
        value and plainly(form, zone, lambda: expected_told.append(True), value) for value in values
    ]
    assert read == expected
    assert unread == {i: v for i, v in enumerate(values) if v is not None and expected[i] is None}
    assert bool(told) == bool(expected_told)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.datetimes(datetime(2019, 3, 30), datetime(2019, 11, 1)), min_size=1, max_size=50),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_hours_that_are_met_again_say_the_same(times: list[datetime], zone: tzinfo) -> None:
    form = "%d.%m.%Y %H:%M:%S"
    texts = [time.strftime(form) for time in times] * 2
    read, _ = convert(local_time(form, zone, lambda: None), *texts)
    assert read == [plainly(form, zone, lambda: None, text) for text in texts]


def test_the_usual_forms_are_looked_up_and_not_parsed() -> None:
    assert [form for form in FORMS if fixed_form(form) is None] == [
        "%Y%m%d%H%M%S%f",
        "%S:%M:%H %d.%m.%Y",
        "%d. %B %Y",
        "%Y-%m-%d %H:%M:%S %z",
    ]


def test_local_times_become_gmt_and_a_repeated_hour_is_told() -> None:
    told: list[bool] = []
    oslo = local_time("%d.%m.%Y %H:%M", OSLO, lambda: told.append(True))
    assert convert(oslo, "01.07.2019 12:00", "01.12.2019 12:00")[0] == [
        "2019-07-01 10:00:00",
        "2019-12-01 11:00:00",
    ]
    assert not told
    assert convert(oslo, "27.10.2019 02:30")[0] == ["2019-10-27 00:30:00"]
    assert told == [True]


@pytest.mark.parametrize("wrong", ["2019-07-01", "2019-07-01T12:00:00", "01.07.2019 12:00"])
def test_dates_of_another_form_are_not_guessed(wrong: str) -> None:
    plain = local_time("%Y-%m-%d %H:%M:%S", UTC, lambda: None)
    assert convert(plain, wrong) == ([None], {0: wrong})


def test_iso_dates_with_an_offset_need_no_zone() -> None:
    iso = local_time("iso", OSLO, lambda: None)
    assert convert(iso, "2014-01-13T14:13:13.000+00:00")[0] == ["2014-01-13 14:13:13"]


def test_the_first_hours_of_the_calendar_are_no_time() -> None:
    assert convert(local_time("iso", OSLO, lambda: None), "0001-01-01 00:00:00") == (
        [None],
        {0: "0001-01-01 00:00:00"},
    )


def test_where_durations_begin_is_no_time() -> None:
    time = local_time("%d.%m.%Y %H:%M", UTC, lambda: None)
    assert convert(time, "01.01.4000 00:10") == ([None], {0: "01.01.4000 00:10"})


def test_exports_have_durations_in_the_form_of_their_dates_or_in_seconds() -> None:
    durations = local_duration("%d-%m-%Y %H:%M:%S")
    assert convert(durations, "01-01-4000 00:00:30", "4000-01-01 00:01:00", "90", "x") == (
        [30, 60, 90, None],
        {3: "x"},
    )


def test_durations_may_be_as_hpsm_shows_them() -> None:
    durations = local_duration("%d-%m-%Y %H:%M:%S")
    assert convert(durations, "00:10:00", "90 00:00:00", "-1 02:03:04")[0] == [
        600,
        90 * 86_400,
        -(86_400 + 7_384),
    ]


@settings(max_examples=100)
@given(st.integers(-(10**8), 10**8))
def test_a_duration_is_read_in_the_form_that_was_said(seconds: int) -> None:
    stored = datetime(4000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    for form in ("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "iso"):
        text = stored.strftime("%Y-%m-%d %H:%M:%S" if form == "iso" else form)
        assert convert(local_duration(form), text) == ([seconds], {})


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d-%b-%Y %H:%M", "17-mai-2019 10:00", "2019-05-17 10:00:00"),
        ("%d-%b-%Y %H:%M", "17-May-2019 10:00", "2019-05-17 10:00:00"),
        ("%d-%b-%Y %H:%M", "01-OKT-2019 10:00", "2019-10-01 10:00:00"),
        ("%d. %B %Y", "24. desember 2019", "2019-12-24 00:00:00"),
        ("%d. %B %Y", "1. mars 2019", "2019-03-01 00:00:00"),
        ("%d. %B %Y", "1. april 2019", "2019-04-01 00:00:00"),
    ],
)
def test_months_may_have_norwegian_names(form: str, text: str, expected: str) -> None:
    unread: dict[int, str] = {}
    assert list(local_time(form, UTC, lambda: None)([text], unread.__setitem__)) == [expected]
    assert not unread
