from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.transform.suggest.choice import Choice, Past


def test_options_that_look_alike_share_the_confidence() -> None:
    choice = Choice({"name": 5.0})
    assert choice.shares([{"name": 1.0}, {"name": 1.0}, {}]) == pytest.approx(
        [0.4983, 0.4983, 0.0034], abs=1e-3
    )
    assert choice.shares([]) == []


def test_decisions_move_the_weights_and_few_of_them_hardly() -> None:
    few, many = Choice({"name": 1.0, "branch": 1.0}), Choice({"name": 1.0, "branch": 1.0})
    past = Past([{"name": 1.0}, {"branch": 1.0}], 1)
    few.learn([past])
    many.learn([past] * 200)
    assert 1.0 < few.weights["branch"] < many.weights["branch"]
    assert many.shares([{"name": 1.0}, {"branch": 1.0}])[1] > 0.97
    many.learn([])
    assert many.weights == {"name": 1.0, "branch": 1.0}


def test_what_speaks_for_an_option_comes_weightiest_first() -> None:
    choice = Choice({"name": 1.0, "branch": 3.0, "taken": -2.0})
    assert choice.speaks({"name": 1.0, "branch": 1.0, "taken": 1.0}) == [
        ("branch", 3.0),
        ("name", 1.0),
    ]


FEATURES = st.dictionaries(st.sampled_from("abc"), st.floats(0, 1))
PAST = st.lists(FEATURES, min_size=1, max_size=5).flatmap(
    lambda options: st.builds(Past, st.just(options), st.integers(0, len(options) - 1))
)


@given(st.lists(PAST, max_size=8), st.lists(FEATURES, min_size=1, max_size=5))
def test_shares_are_always_one_together(past: list[Past], options: list[dict[str, float]]) -> None:
    choice = Choice({"a": 3.0, "b": -1.0, "c": 0.0})
    choice.learn(past)
    shares = choice.shares(options)
    assert sum(shares) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)
