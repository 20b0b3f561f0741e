"""FIQL as TOPdesk reads it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.simulate.topdesk import fiql, html

RECORD: dict[str, object] = {
    "name": "IT-Nett (Gløs)",
    "size": 7,
    "open": True,
    "none": None,
    "at": "2019-09-01T10:00:00.000+0000",
    "links": ["a", "b"],
}


def _fits(query: str) -> bool:
    return fiql.matches(fiql.parse(query), RECORD.__getitem__)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=='it-nett (gløs)'", True),
        ('name=="IT-*"', True),
        ("name==*NETT*", True),
        (r"name=='IT-\*'", False),
        ("name!=IT", True),
        ("name=sw='IT-N'", True),
        ("name=in=(IT,'IT-Nett (Gløs)')", True),
        ("name=out=(IT,UB)", True),
        ("size=gt=6", True),
        ("size=ge=7", True),
        ("size=lt=7", False),
        ("size==7.0", True),
        ("open==true", True),
        ("open!=true", False),
        ("none==null", True),
        ("none!=null", False),
        ("none==x", False),
        ("none=gt=1", False),
        ("name!=null", True),
        ("at=gt=2019-08-31T23:00:00Z", True),
        ("at==2019-09-01T12:00:00.000+0200", True),
        ("at=lt=2019-09-01", False),
        ("links==b", True),
        ("links!=b", False),
        ("size==1,open==true", True),
        ("size==7;open==false", False),
        ("size==1,size==7;open==false", False),
        ("(size==1,size==7);open==true", True),
    ],
)
def test_a_query_fits(query: str, expected: bool) -> None:
    assert _fits(query) is expected


@pytest.mark.parametrize(
    "query",
    [
        "",
        "name",
        "name==",
        "==x",
        "name=lk=x",
        "name==a b",
        "name=='a",
        "name=='a\\",
        "name==a;",
        "(name==a",
        "name==a)",
        "name=in=a",
        "name=in=()",
        "name==a=b",
        "open==ja",
        "size==stor",
        "at=gt=igår",
        "open=gt=true",
    ],
)
def test_a_query_is_refused(query: str) -> None:
    with pytest.raises(fiql.FiqlError):
        _fits(query)


@given(st.text(max_size=30), st.sampled_from("'\""))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_asked_for_in_quotes(text: str, quote: str) -> None:
    escaped = "".join("\\" + char if char in (quote, "\\", "*") else char for char in text)
    node = fiql.parse(f"name=={quote}{escaped}{quote}")
    assert node == fiql.Comparison("name", "==", (fiql.Value(text),))
    assert fiql.matches(node, {"name": text}.__getitem__)


@given(st.text(alphabet="ab*()';=,!\\ <>/=", max_size=25))
@settings(max_examples=150, deadline=None)
def test_a_query_is_read_or_refused_and_never_breaks(text: str) -> None:
    with suppress(fiql.FiqlError):
        fiql.matches(fiql.parse(text), lambda selector: "a")


@given(st.text(alphabet="<>&;/bipr \n\"'=abc", max_size=60))
@settings(max_examples=150, deadline=None)
def test_sanitising_twice_is_sanitising_once_and_leaves_only_allowed_tags(text: str) -> None:
    once = html.sanitise(text)
    assert html.sanitise(once) == once
    assert "<p" not in once
