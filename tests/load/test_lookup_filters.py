"""Filters for look-ups: quoted where needed, short enough, and in every dialect."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.load.fiql import URL_CHARS, Dialect, chunks, equals, quoted


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("IM10001", "IM10001"),
        ("ola@uib.no", "ola@uib.no"),
        ("SD/10-2", "SD/10-2"),
        ("UB Utlån", '"UB Utlån"'),
        ("Ås", '"Ås"'),
        ("a,b(c);d", '"a,b(c);d"'),
        ('say "hei"', '"say \\"hei\\""'),
        ("DOMAIN\\ola", '"DOMAIN\\\\ola"'),
        ("null", '"null"'),
        ("True", '"True"'),
        ("-1", '"-1"'),
    ],
)
def test_values_are_quoted_where_they_must_be(value, written):
    assert quoted(value) == written


def test_each_dialect_asks_the_same():
    assert equals("n", ["a", "b c"]) == 'n=in=(a,"b c")'
    assert equals("n", ["a", "b c"], Dialect.OR) == 'n==a,n=="b c"'
    assert equals("n", ["a"]) == "n==a"


def test_a_wildcard_stands_alone_and_empty_values_are_not_asked_for():
    assert list(chunks("n", ["a", "*", "b", "", "a", "c*d"], 10)) == [["*"], ["c*d"], ["a", "b"]]


@given(
    st.lists(st.text(max_size=300), max_size=60),
    st.integers(1, 50),
    st.sampled_from(Dialect),
)
def test_every_value_is_asked_for_once_and_no_url_is_too_long(values, batch, dialect):
    values = [value.encode(errors="ignore").decode() for value in values]
    parts = list(chunks("externalNumber", values, batch, dialect))
    asked = [value for part in parts for value in part]
    assert sorted(asked) == sorted({value for value in values if value})
    assert all(len(part) <= (1 if dialect is Dialect.SINGLE else batch) for part in parts)
    for part in parts:
        written = quote(equals("externalNumber", part, dialect), safe="")
        assert len(written) <= URL_CHARS + 100 or len(part) == 1
