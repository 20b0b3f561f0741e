from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.load.compare import plain
from migrate.transform.text import to_html


@pytest.mark.parametrize(
    "text",
    [
        "Fra: Ola Nordmann <ola@example.no>",
        "<script>alert(1)</script>\n<b>fet</b> & mer",
        "&aring;r &nbsp; <br>ny",
        "&amp;lt; 1 < 2 og 3 > 1",
    ],
)
def test_a_text_is_the_same_given_back_as_html_and_as_plain_text(text: str) -> None:
    assert plain(to_html(text)) == plain(text)


@given(st.text(alphabet="<>&;abltg \n#x39"))
def test_whatever_looks_like_markup_in_it(text: str) -> None:
    assert plain(to_html(text)) == plain(text)


def test_other_words_are_another_text() -> None:
    assert plain("Hei, <b>du</b>") != plain("Hei, <b>dere</b>")
