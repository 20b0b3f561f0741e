from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.journal_form import Journal, form_of
from migrate.extract.journal_text import JournalForm, entries, find, zones
from migrate.records import JournalEntry

SHAPE = "99/99/99 99:99:99 ZONE (OPERATOR):"
MDY = JournalForm({SHAPE: "mdy"})
ZONES = zones({"MET": "Europe/Oslo", "Sommertid": "Europe/Oslo"})

JOURNAL = """\
09/13/19 08:05:00 MET (karih):
Byttet toner.

Virker nå.
09/12/19 10:15:30 MET (HOLM, KARI (IT)): Sett på saken
12/09/19 ringte bruker, uten svar
"""


def read(text: str, form: JournalForm = MDY) -> list[JournalEntry]:
    return list(entries(text, form, ZONES))


def shape(line: str) -> str:
    [header] = find(line)
    return header.shape


def test_a_journal_is_entries_with_author_and_time_oldest_first() -> None:
    assert read(JOURNAL) == [
        JournalEntry(
            "HOLM, KARI (IT)",
            "2019-09-12 08:15:30",
            "MET",
            "09/12/19 10:15:30 MET",
            "Sett på saken\n12/09/19 ringte bruker, uten svar",
        ),
        JournalEntry(
            "karih",
            "2019-09-13 06:05:00",
            "MET",
            "09/13/19 08:05:00 MET",
            "Byttet toner.\n\nVirker nå.",
        ),
    ]


def test_the_same_in_lines_of_windows_and_with_blanks_around() -> None:
    assert read("\r\n" + JOURNAL.replace("\n", "\r\n")) == read(JOURNAL)


def test_where_the_oldest_stands_first_it_stays_so() -> None:
    form = JournalForm({SHAPE: "mdy"}, newest_first=False)
    assert read(JOURNAL, form) == list(reversed(read(JOURNAL)))


def test_what_stands_before_the_first_header_is_an_entry_of_nobody() -> None:
    *_, last = read("Overført fra gammelt system\n" + JOURNAL)
    assert last == JournalEntry(text="Overført fra gammelt system")


@pytest.mark.parametrize(
    "text",
    ["Ringte bruker.\nIngen svarte.", "09/13/19 08:05:00 MET\nuten navn", "09/13/19: noe\n"],
)
def test_a_journal_of_another_shape_stays_whole(text: str) -> None:
    assert read(text) == [JournalEntry(text=text.strip("\n"))]


def test_an_undecided_order_leaves_the_journal_whole() -> None:
    assert read(JOURNAL, JournalForm({SHAPE: None})) == [JournalEntry(text=JOURNAL.strip("\n"))]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_journal_has_no_entries(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("09/12/19 10:15:00 MET", "2019-09-12 08:15:00"),
        ("01/12/19 10:15:00 MET", "2019-01-12 09:15:00"),
        ("09/12/19 10:15:00 sommertid", "2019-09-12 08:15:00"),
        ("09/12/19 10:15:00 US/Mountain", "2019-09-12 16:15:00"),
        ("09/12/19 10:15:00 gmt", "2019-09-12 10:15:00"),
        ("09/12/19 10:15:00 Greenwich/Universal", "2019-09-12 10:15:00"),
        ("09/12/19 10:15:00 GMT+2", "2019-09-12 08:15:00"),
        ("09/12/19 10:15:00 +05:30", "2019-09-12 04:45:00"),
        ("09/12/70 10:15:00 GMT", "1970-09-12 10:15:00"),
        ("09/12/19 10:15:00 Midgard", None),
        ("13/12/19 10:15:00 GMT", None),
        ("09/12/19 25:15:00 GMT", None),
        ("09/12/19 10:15:00 GMT+77", None),
    ],
)
def test_a_time_is_gmt_where_date_and_zone_are_known_and_else_text(
    stamp: str, time: str | None
) -> None:
    [entry] = read(f"{stamp} (karih):\nHei")
    assert (entry.stamp, entry.time, entry.text) == (stamp, time, "Hei")


@pytest.mark.parametrize(
    ("zone", "time"),
    [("GMT+1", "2019-09-12 09:15:00"), ("Europe/Oslo", "2019-09-12 08:15:00")],
)
def test_a_zone_may_stand_in_parentheses_before_the_author(zone: str, time: str) -> None:
    [entry] = read(f"09/12/19 10:15:00 ({zone}) (NORDMANN, KARI):\nHei")
    assert (entry.author, entry.time, entry.zone) == ("NORDMANN, KARI", time, zone)
    [entry] = read(f"09/12/19 10:15:00 MET (karih): ({zone})\nHei")
    assert (entry.author, entry.text) == ("karih", f"({zone})\nHei")


def test_a_header_without_a_zone_has_the_one_that_was_configured() -> None:
    text = "09/12/19 10:15 (karih)\nHei"
    form = JournalForm({"99/99/99 99:99 (OPERATOR)": "mdy"})
    [unknown] = entries(text, form, zones({}))
    [known] = entries(text, form, zones({}, "Europe/Oslo"))
    assert (unknown.time, known.time) == (None, "2019-09-12 08:15:00")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("09/12/19 10:15:00 MET (karih):", SHAPE),
        ("9.2.2019 7:15 (karih)", "99.99.9999 99:99 (OPERATOR)"),
        ("2019-09-12T10:15:00+02:00 (karih):", "9999-99-99 99:99:99 ZONE (OPERATOR):"),
        ("09/12/2019 10:15:00 PM US/Eastern (x y):", "99/99/9999 99:99:99 AM ZONE (OPERATOR):"),
        ("09/12/19", "99/99/99"),
        ("09/12/19 karih:", "99/99/99 …"),
        ("09/12/19 10:15:00 MET karih", "99/99/99 99:99:99 …"),
    ],
)
def test_headers_are_told_by_their_shape(line: str, expected: str) -> None:
    assert shape(line) == expected


@pytest.mark.parametrize("line", ["109/12/19 x", "09/12-19", " 09/12/19", "09/12", "1.2.3.4", "-"])
def test_what_begins_with_no_date_is_no_header(line: str) -> None:
    assert list(find(line)) == []


def test_twelve_hours_are_read_by_their_half() -> None:
    form = JournalForm({"99/99/99 99:99:99 AM ZONE (OPERATOR):": "mdy"})
    halves = {"12:00:00 AM": "00", "12:00:00 PM": "12", "1:00:00 pm": "13", "11:00:00 a.m.": "11"}
    for clock, hour in halves.items():
        [entry] = read(f"09/12/19 {clock} GMT (karih):", form)
        assert entry.time == f"2019-09-12 {hour}:00:00"
    [impossible] = read("09/12/19 13:00:00 PM GMT (karih):", form)
    assert impossible.time is None


def test_a_header_without_a_name_keeps_all_of_its_line() -> None:
    form = JournalForm({"99/99/99 …": "mdy", "99/99/99 99:99:99 …": "mdy"})
    known, unknown = read("09/12/19 karih:\nHei\n09/11/19 10:15:00 GMT:\nHa", form)
    assert unknown == JournalEntry("", None, "karih", "09/12/19 karih:", "Hei")
    assert known == JournalEntry("", "2019-09-11 10:15:00", "GMT", "09/11/19 10:15:00 GMT:", "Ha")


_line = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40)
_word = st.text("abcæøå, .-", min_size=1, max_size=12).map(str.strip)
_blocks = st.lists(
    st.tuples(
        st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - naive
        _word,
        st.lists(st.text("xyz æ(:/", max_size=20), max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@given(_blocks, st.sampled_from(["%m/%d/%y", "%d.%m.%Y", "%Y-%m-%d"]))
def test_what_was_written_in_a_decided_form_is_read_back(blocks: Any, form: str) -> None:
    order = {"%m/%d/%y": "mdy", "%d.%m.%Y": "dmy", "%Y-%m-%d": "ymd"}[form]
    stamps = [f"{time.strftime(form)} {time:%H:%M:%S} GMT" for time, _, _ in blocks]
    text = "\n".join(
        f"{stamp} ({author}):\n" + "\n".join(lines)
        for stamp, (_, author, lines) in zip(stamps, blocks, strict=True)
    )
    form_ = JournalForm({shape(f"{stamps[0]} (x):"): order})
    assert [entry[:4] for entry in reversed(read(text, form_))] == [
        (author, f"{time:%Y-%m-%d %H:%M:%S}", "GMT", stamp)
        for stamp, (time, author, _) in zip(stamps, blocks, strict=True)
    ]


@given(st.lists(st.one_of(_line, st.just("09/12/19 10:15:00 MET (karih): a")), max_size=8))
def test_nothing_of_a_text_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    form = form_of([Journal(text)], "mdy")
    kept = "".join(f"{entry.stamp} ({entry.author}):{entry.text}" for entry in read(text, form))
    left = "".join(sorted(text.replace("\r", "\n")))
    for letter in set(left) - set(" \t\n():"):
        assert kept.count(letter) == left.count(letter)
