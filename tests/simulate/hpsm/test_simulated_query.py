"""HPSM's query language: whatever is asked is SQL that runs, or a query that is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.simulate.hpsm.web.layout import Place
from migrate.simulate.hpsm.web.query import BadQuery, Profile, parse

PLACES = {
    "number": Place("M1", "NUMBER", "text"),
    "open.time": Place("M1", "OPEN_TIME", "time"),
    "count": Place("M1", "COUNT", "number"),
    "flag": Place("M1", "FLAG", "logical"),
    "operators": Place("A1", "OPERATORS", "text", rows=True),
}
TOKENS = [
    *PLACES,
    *("=", "~=", "<", "<=", "#", "like", "isin", "{", "}", ",", "(", ")", "and", "or", "not", "~"),
    *(
        '"a"',
        '"*[b]?*"',
        '"\\""',
        "'06/01/2019 00:00:00'",
        "'2019-06-01T00:00:00Z'",
        "'1 00:00:00'",
    ),
    *("tod()", "+", "-", "1", "2.5", "NULL", "true", "false", "unknown", "nowhere", "", "æ"),
    *("'99999999999 00:00:00'", "'0001-01-01T00:00:00+14:00'", "1e999"),
]


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE M1 (NUMBER, OPEN_TIME, COUNT, FLAG)")
    connection.execute("CREATE TABLE A1 (NUMBER, RECORD_NUMBER, OPERATORS)")
    yield connection
    connection.close()


@given(st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=14))
def test_any_words_are_a_query_or_are_refused(
    database: sqlite3.Connection, words: list[str]
) -> None:
    try:
        found = parse(" ".join(words), PLACES.get, Profile(), lambda place: "A1.NUMBER = M1.NUMBER")
    except BadQuery:
        return
    database.execute(f"SELECT 1 FROM M1 WHERE {found.sql}", found.params)


def test_brackets_may_be_deep_but_not_endless() -> None:
    deep = f"{'(' * 40}number=NULL{')' * 40}"
    assert parse(deep, PLACES.get, Profile(), lambda place: "1").sql
    with pytest.raises(BadQuery):
        parse("not " * 10_000, PLACES.get, Profile(), lambda place: "1")
