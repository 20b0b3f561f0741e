"""What of an article's HTML a TOPdesk knowledge item shows, and what is counted on the way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.transform.article_html import ALLOWED, ORDER, Placed, is_blank, reduce_html
from migrate.transform.article_lines import line, split


def kept(address, image, attributes):
    """Every link as it is, every picture by its own name."""
    return Placed(name="x.png", width=3, height=4) if image else Placed(href=address)


def reduced(markup):
    return reduce_html(markup, kept)


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<p>En</p><p>to</p>", "En<br>to"),
        ("<b>En <i>to</i></b> <u>tre</u>", "<b>En <i>to</i></b> <u>tre</u>"),
        ("<p>En<br>to</p>", "En<br>to"),
        ("a\n   b", "a b"),
        ('<a href="https://x.no/?a=1&amp;b=2">x</a>', '<a href="https://x.no/?a=1&amp;b=2">x</a>'),
        ('<p><img src="q" alt="z"></p>', '<img src="x.png" width="3" height="4">'),
        ("5 < 6 &amp; 7", "5 &lt; 6 &amp; 7"),
        ("<b>uten<br>slutt", "<b>uten</b><br><b>slutt</b>"),
    ],
)
def test_what_is_allowed_stays(markup, html):
    assert reduced(markup).html == html
    assert reduced(markup).simplified == {}


@pytest.mark.parametrize(
    ("markup", "html", "simplified"),
    [
        ("<p>Inn</p><h2>Tittel</h2>ut", "Inn<br><br><b>Tittel</b><br>ut", {"heading": 1}),
        ("<ul><li>a<li>b</ul>", "• a<br>• b", {"list": 1}),
        (
            "<ol><li>a<ul><li>b</ul></ol>",
            "1. a<br>\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}• b",
            {"list": 2},
        ),
        (
            "<table><tr><th>S<th>T</tr><tr><td>1<br>x<td><p>2</p></tr></table>",
            "<b>S</b> | <b>T</b><br>1 x | 2",
            {"table": 1},
        ),
        ("<pre>a\n  b</pre>", "a<br>\N{NO-BREAK SPACE} b", {"preformatted": 1}),
        ("<p>a</p><hr><p>b</p>", "a<br>" + "—" * 20 + "<br>b", {"rule": 1}),
        ('<p style="color:red">a</p>', "a", {"style": 1}),
        ("<script>alert(1)</script>a", "a", {"active": 1}),
        ('<p onclick="x()">a</p>', "a", {"active": 1}),
        (
            '<iframe src="https://v.no/1"></iframe>',
            '<a href="https://v.no/1">https://v.no/1</a>',
            {"frame": 1},
        ),
        ('<a href="#top">opp</a>', "opp", {"anchor": 1}),
    ],
)
def test_what_has_no_form_there_is_laid_out_and_counted(markup, html, simplified):
    found = reduced(markup)
    assert found.html.replace("&nbsp;", "\N{NO-BREAK SPACE}") == html
    assert found.simplified == simplified


def test_a_link_that_is_none_any_more_keeps_its_text_and_says_why():
    found = reduce_html(
        'Se <a href="/q">mer</a>.', lambda address, image, attributes: Placed(note="KM1")
    )
    assert found.html == "Se mer (KM1)."


def test_an_address_that_runs_something_never_leaves():
    assert 'href="javascript' not in reduced('<a href="javascript:alert(1)">x</a>').html


def test_html_that_is_nested_too_deep_is_told():
    assert reduced("<div>" * 400 + "inni").cut


@given(st.text(alphabet="ab <>/=\"'&;pbitdrx1\n\0æ", max_size=200))
def test_any_input_gives_only_what_is_allowed(markup):
    found = reduced(markup)
    tags = {tag.lower() for tag in re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", found.html)}
    assert tags <= ALLOWED
    assert set(found.simplified) <= set(ORDER)


@given(st.lists(st.text(alphabet="abc æ&<", max_size=40), max_size=12), st.integers(1, 60))
def test_a_split_keeps_whole_lines_and_never_more_than_fits(texts, limit):
    blocks = tuple(line(text) for text in texts)
    taken, whole = split(blocks, limit)
    counted = len("".join(f"{block.html}\n" for block in blocks))
    assert whole == (counted <= limit)
    assert len("".join(f"{block.html}\n" for block in taken)) <= limit
    if whole:
        assert taken == blocks


@pytest.mark.parametrize(
    ("markup", "blank"),
    [
        ("", True),
        ("<p>&nbsp;</p>", True),
        ("<script>x</script><!-- y -->", True),
        ("<p>a</p>", False),
        ('<img src="x">', False),
        ('<iframe src="x"></iframe>', False),
    ],
)
def test_an_article_is_blank_where_nothing_can_be_read_or_seen(markup, blank):
    assert is_blank(markup) is blank
