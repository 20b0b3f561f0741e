from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.transform.numbers import leading_number
from migrate.transform.text import clean, html_length, misread, plain, shorten, split_parts, to_html
from migrate.transform.times import shown, to_topdesk, valid

OSLO = ZoneInfo("Europe/Oslo")

any_text = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("ÃÂâ¥¸¦˜…†€™\x85\x98\r\n\t \x00<>&"),
    )
)
_GOOD = """
på når åpne blåbær Ålesund Ærlig Øvre château SÃO Ângela CRÈME naïve “sitat” ‘enkelt’ – … &amp;
<b>fet</b> e\u0301 ﬁn １２ 50% € 😀 IRMÃ pâté
"""
good_words = st.sampled_from(_GOOD.split())


@pytest.mark.parametrize(
    ("spoilt", "meant"),
    [
        ("PÃ¥", "På"),
        ("nÃ¥r", "når"),
        ("Ã¥pne", "åpne"),
        ("OGSÃ…", "OGSÅ"),
        ("Ã…lesund", "Ålesund"),
        ("Ã\x85rsmÃ¸te", "Årsmøte"),
        ("Ã˜yvind og Ã†rlig", "Øyvind og Ærlig"),
        ("blÃ¥bÃ¦r pÃ¥ Ã¸ya", "blåbær på øya"),
        ("prisen â€“ 10Â°", "prisen – 10°"),
        ("god å og Ã¥\nå", "god å og å\nå"),
        ("\x93hei\x94", "“hei”"),
        ("en\r\nto\rtre\tfire\x00\x07", "en\nto\ntre fire"),
        ("\ud83d\ude00 \ud83d", "😀 \ufffd"),
    ],
)
def test_spoilt_text_becomes_what_was_meant(spoilt: str, meant: str) -> None:
    assert clean(spoilt) == meant


@given(st.lists(good_words).map(" ".join))
def test_good_text_is_never_changed(text: str) -> None:
    assert clean(text) == text


@given(any_text)
@settings(max_examples=300)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(ord(c) < 32 and c != "\n" for c in once)
    once.encode()


@given(any_text.map(clean))
def test_html_shows_the_text_that_was_put_in(text: str) -> None:
    assert plain(to_html(text)) == text
    assert len(to_html(text)) == html_length(text)
    assert "\n" not in to_html(text)


@given(
    st.lists(st.tuples(st.text("ab\n", max_size=30), st.text("ab <&\n", max_size=300)), max_size=8),
    st.integers(40, 200),
)
def test_parts_keep_every_character_and_the_limit(
    blocks: list[tuple[str, str]], limit: int
) -> None:
    parts = list(split_parts(blocks, limit))

    assert all(html_length(part) <= limit for part, _ in parts)
    marks = "".join(part for part, _ in parts)
    for mark in "ab<&":
        assert marks.count(mark) >= sum(
            head.count(mark) + text.count(mark) for head, text in blocks
        )
    told = [index for _, inside in parts for index in inside]
    assert told == sorted(told)
    assert {n for n, block in enumerate(blocks) if any(block)} == set(told)


def test_a_block_that_is_split_says_again_whose_it_is() -> None:
    parts = [part for part, _ in split_parts([("Kari", "ord " * 30)], 60)]

    assert len(parts) > 1
    assert all(part.startswith("Kari\n") for part in parts)
    assert "".join(part.removeprefix("Kari\n") for part in parts) == "ord " * 30


def test_a_text_is_shortened_between_words() -> None:
    assert shorten("kort", 10) == "kort"
    assert shorten("noen få ord til", 10) == "noen få…"
    assert len(shorten("x" * 100, 80)) == 80


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", "1"), ("1 - Critical", "1"), (" 3 -Average", "3"), ("12", "12"), ("High", None)],
)
def test_the_leading_number_is_read(text: str, number: str | None) -> None:
    assert leading_number(text) == number


def test_times_are_written_as_topdesk_takes_them() -> None:
    assert to_topdesk("2019-09-12 08:15:00") == "2019-09-12T08:15:00.000+0000"


def test_times_are_shown_in_the_zone_of_the_policy() -> None:
    assert shown("2019-09-12 08:15:00", OSLO) == "2019-09-12 10:15 +02:00"
    assert shown("2019-12-31 23:30:00", OSLO) == "2020-01-01 00:30 +01:00"


@pytest.mark.parametrize(
    "text", [None, "", "4000-01-01 00:00:00", "2199-12-31 17:00:00", "2019-13-01 00:00:00", "i går"]
)
def test_what_is_no_time_never_reaches_a_date(text: str | None) -> None:
    assert valid(text) is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("På møterommet – «åpent»", False),
        ("PÃ¥ mÃ¸terommet", True),
        ("pris \x96 avtalt", True),
        ("bjelle\x07 og tabulator\t", False),
        ("Ã… og ÂÃ er tegn", False),
        ("god linje\nBlÃ¥bÃ¦r", True),
    ],
)
def test_a_text_is_misread_where_its_encoding_was_taken_for_another(text: str, wrong: bool) -> None:
    assert misread(text) is wrong
