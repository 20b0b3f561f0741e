"""RC values of every type and length class, drawn by Hypothesis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from migrate.extract.rc import UNKNOWN, Expression, Foreign, Null, Operator, Structure
from migrate.extract.rc_values import Minutes

LENGTHS = (0, 1, 4, 5, 255, 256, 65_534, 65_535, 65_536)
"""Both sides of every border between two forms of length."""


def _is_foreign(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return True
    return False


_YEAR_1 = datetime.fromisoformat("0001-01-01")
_lengths = st.sampled_from(LENGTHS)

texts = st.text(max_size=20) | st.builds(lambda size: "x" * size, _lengths)
foreign = st.binary(min_size=1, max_size=20).filter(_is_foreign).map(Foreign)
integers = st.one_of(
    st.integers(-8, 8), st.integers(-300, 70_000), st.integers(-(2**31), 2**31 - 1)
)
times = st.integers(0, 9_998 * 365 * 86_400).map(
    lambda seconds: _YEAR_1 + timedelta(seconds=seconds)
)
minutes = st.floats(allow_nan=False).filter(lambda m: m < 547_200 or m > 6e9).map(Minutes)
code = st.builds(
    lambda kind, size: kind(b"\x01" * size), st.sampled_from([Expression, Operator]), _lengths
)
scalars = st.one_of(
    texts,
    foreign,
    integers,
    st.floats(allow_nan=False),
    times,
    minutes,
    st.sampled_from([True, False, UNKNOWN, *Null]),
    code,
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=5) | st.lists(inner, max_size=5).map(Structure)


values = st.recursive(scalars, _nested, max_leaves=12)
records = st.lists(values, max_size=8).map(Structure)
short_values = st.recursive(
    st.one_of(
        st.text(max_size=6),
        foreign,
        st.text("xå", min_size=256, max_size=260),
        integers,
        st.floats(allow_nan=False),
        times,
        minutes,
        st.sampled_from([True, False, UNKNOWN, *Null]),
        st.binary(max_size=6).map(Expression),
    ),
    _nested,
    max_leaves=6,
)
