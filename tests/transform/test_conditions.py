from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.transform.conditions import Lang, Named, in_words

NAMED = Named(
    {"campus": "Campus", "urgent": "Haster"},
    {"campus": {"glos": "Gløshaugen", "drag": "Dragvoll"}},
)


@pytest.mark.parametrize(
    ("condition", "nb", "en"),
    [
        ("true", "alltid", "always"),
        ("not true", "aldri", "never"),
        (
            'option("campus") isin {"glos","drag"}',
            "«Campus» er «Gløshaugen» eller «Dragvoll»",
            "«Campus» is «Gløshaugen» or «Dragvoll»",
        ),
        (
            'option("urgent")="true" and not null(option("campus"))',
            "«Haster» er krysset av og «Campus» er fylt ut",
            "«Haster» is ticked and «Campus» is filled in",
        ),
        (
            'not (option("campus")="glos") or option("size")>=15',
            "«Campus» ikke er «Gløshaugen» eller «size» er minst «15»",
            "«Campus» is not «Gløshaugen» or «size» is at least «15»",
        ),
        ('option("urgent")<>true', "«Haster» ikke er krysset av", "«Haster» is not ticked"),
        ('option("and")="or"', "«and» er «or»", "«and» is «or»"),
    ],
)
def test_a_condition_is_said_in_both_languages(condition: str, nb: str, en: str) -> None:
    assert in_words(condition, NAMED, "nb") == nb
    assert in_words(condition, NAMED, "en") == en


@pytest.mark.parametrize(
    "condition",
    [
        'jscall("lib.check")',
        'option("a")="b" &',
        'option("a")="b" option("c")="d"',
        'not (option("a")="b" or option("c")="d")',
        "",
        'option("a',
    ],
)
def test_nothing_is_said_of_a_condition_that_is_not_understood_whole(condition: str) -> None:
    assert in_words(condition, NAMED, "en") is None


@given(
    st.text(alphabet='option("a)=<>#{},;&|~ isnt01æ', max_size=40), st.sampled_from(["nb", "en"])
)
def test_any_text_is_either_understood_or_not(condition: str, lang: Lang) -> None:
    said = in_words(condition, NAMED, lang)
    assert said is None or said.strip()
