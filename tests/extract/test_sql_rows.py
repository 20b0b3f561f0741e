from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.rc import wrap
from migrate.extract.rc_cells import Broken
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_rows import RowsOf, Value, Width

LINES = sa.table(
    "CM3RA4",
    sa.column("NUMBER", sa.String()),
    sa.column("RECORD_NUMBER", sa.Float()),
    sa.column("LINE", sa.String(5)),
    sa.column("FIXED", sa.CHAR(5)),
)


def catalog() -> Catalog:
    return Catalog(sa.create_engine("sqlite://").dialect, [], lambda names: {})


def elements(*rows: tuple[Any, ...], width: int = 5, column: str = "LINE") -> Sequence[Any]:
    """What becomes of these rows (key, number, value) of record C1; `width` 0: none goes on."""
    value = Value(LINES.c[column], Width(width) if width else None)
    table = RowsOf((LINES.c.NUMBER,), LINES.c.RECORD_NUMBER, (value,), (0,))
    [[found]] = table.read(catalog(), [["C1"]], lambda select: rows)
    return found


def numbered(*pieces: Any) -> list[tuple[Any, ...]]:
    return [("C1", float(number), piece) for number, piece in enumerate(pieces, start=1)]


def test_elements_come_in_the_order_of_their_numbers_also_where_these_are_texts() -> None:
    rows = [("C1", str(number), str(number)) for number in (10, 9, 2, 1)]
    assert elements(*rows, ("C1", None, "sist")) == ["1", "2", "9", "10", "sist"]


def test_rows_of_others_and_records_without_rows_are_told_apart() -> None:
    value = Value(LINES.c.LINE, None)
    table = RowsOf((LINES.c.NUMBER,), LINES.c.RECORD_NUMBER, (value,), (0,))
    rows = [("C2", 1.0, "b"), ("C1  ", 1.0, "a")]
    [found] = table.read(catalog(), [["C1", "C2  ", "C3", None]], lambda select: rows)
    assert found == [["a"], ["b"], None, None]


def test_records_whose_keys_differ_by_a_blank_have_rows_of_their_own() -> None:
    value = Value(LINES.c.LINE, None)
    table = RowsOf((LINES.c.NUMBER,), LINES.c.RECORD_NUMBER, (value,), (0,))
    rows = [("C1", 1.0, "a"), ("C1 ", 1.0, "b"), ("C1", 2.0, "c"), ("C1 ", 2.0, "d")]
    [found] = table.read(catalog(), [["C1", "C1 "]], lambda select: rows)
    assert found == [["a", "c"], ["b", "d"]]


def test_an_element_that_fills_its_column_goes_on_in_the_next_row() -> None:
    assert elements(*numbered("en", "abcde", "fghij", "kl", "to")) == ["en", "abcdefghijkl", "to"]
    assert elements(*numbered("abcde", "", "to")) == ["abcde", "to"]
    assert elements(*numbered("abcde", None, "to")) == ["abcde", "to"]  # Oracle's empty text
    assert elements(*numbered("abcde")) == ["abcde"]


def test_rows_are_elements_by_themselves_where_that_is_said() -> None:
    assert elements(*numbered("abcde", "f"), width=0) == ["abcde", "f"]


def test_a_column_that_the_database_pads_is_not_filled_by_its_blanks() -> None:
    assert elements(*numbered("en   ", "to   "), column="FIXED") == ["en", "to"]
    assert elements(*numbered("abcde", "f    "), column="FIXED") == ["abcdef"]


def test_empty_elements_keep_their_place() -> None:
    assert elements(*numbered("en", None, "tre")) == ["en", None, "tre"]
    assert elements(*numbered("en", "", "tre")) == ["en", "", "tre"]


def test_an_element_that_is_a_blob_is_decoded_and_a_broken_one_breaks_its_array() -> None:
    assert elements(*numbered(wrap("en"), b"to")) == ["en", "to"]
    assert elements(*numbered("en", wrap("to")[:-1])) == Broken(wrap("to")[:-1])


@pytest.mark.parametrize("order", [None, LINES.c.RECORD_NUMBER])
def test_keys_of_several_parts_are_asked_for_together(order: Any) -> None:
    key = (LINES.c.NUMBER, LINES.c.FIXED)
    table = RowsOf(key, order, (Value(LINES.c.LINE, None),), (0, 1))
    [select] = table.selects(catalog(), [("C1", "a"), ("C1", "b")])
    text = " ".join(str(select.compile(compile_kwargs={"literal_binds": True})).split())
    number, fixed = '"CM3RA4"."NUMBER"', '"CM3RA4"."FIXED"'
    assert f"WHERE {number} = 'C1' AND {fixed} = 'a' OR {number} = 'C1' AND {fixed} = 'b'" in text
    assert text.endswith(f'ORDER BY {number}, {fixed}, "CM3RA4"."RECORD_NUMBER"') is (
        order is not None
    )


@given(
    st.lists(st.text("abø ", max_size=14), max_size=6),
    st.integers(min_value=2, max_value=6),
)
def test_what_was_cut_by_width_comes_back_together(texts: list[str], width: int) -> None:
    """Cut as HPSM is taken to: a piece that fills its row is followed by another, empty or not."""
    pieces = [text[at : at + width] for text in texts for at in range(0, len(text) + 1, width)]
    assert list(elements(*numbered(*pieces), width=width) or []) == texts
