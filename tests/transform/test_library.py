"""Whose an article is, whether it moves, and for whom it may be seen."""

from __future__ import annotations

import pytest
from library_world import card, entry, mappings, standing

from migrate.records import State


def test_an_article_goes_by_the_longest_category_that_was_decided():
    decided = mappings(entry("IT", folder="Alt"), entry("IT/Nett", folder="Nett"))
    assert standing(decided).folder == "Nett"
    assert standing(decided, card(categories=("IT/PC",))).folder == "Alt"


def test_a_decision_on_the_article_itself_goes_first():
    decided = mappings(entry("IT"), entry("KM1", folder="Egen"))
    assert standing(decided).folder == "Egen"


def test_an_article_of_no_category_belongs_to_whoever_decided_on_it():
    assert standing(mappings(), card(categories=())).unit == ""
    assert standing(mappings(entry("KM1")), card(categories=())).unit == "it"


def test_the_first_category_that_a_unit_has_counts():
    assert standing(mappings(), card(categories=("Ansatt", "IT/Nett"))).unit == "it"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"copy_of": "KM0"}, "working-copy"),
        ({"status": "review"}, "article-draft"),
        ({"status": ""}, "article-draft"),
        ({"status": "conclude"}, "article-concluded"),
        ({"blank": True}, "article-empty"),
    ],
)
def test_what_is_not_published_stays_behind_unless_the_policy_keeps_it(more, code):
    found = standing(mappings(), card(**more))
    assert found.verdict is not None
    assert (found.verdict.state, found.verdict.code) == (State.SKIPPED, code)


def test_drafts_that_are_kept_are_for_operators():
    decided = mappings(drafts="operators", concluded="operators")
    for status in ("review", "", "conclude"):
        found = standing(decided, card(status=status))
        assert found.moves
        assert found.audience == "operators"


@pytest.mark.parametrize(
    ("action", "code"), [("retire", "article-retired"), ("leave", "article-left-behind")]
)
def test_a_unit_may_retire_a_category_or_leave_it(action, code):
    found = standing(mappings(entry("IT", action=action, reason="gammelt")))
    assert found.verdict is not None
    assert (found.verdict.code, found.verdict.reason) == (code, "gammelt")


def test_what_nobody_decided_on_is_told():
    decided = mappings(entry("IT/PC"))
    found = standing(decided)
    assert found.verdict is not None
    assert found.verdict.code == "article-undecided"


@pytest.mark.parametrize(
    ("restricted", "code"),
    [(True, "article-restricted"), ("unknown", "article-restriction-unknown")],
)
def test_articles_of_a_restricted_category_are_held_and_so_are_those_of_an_unknown_one(
    restricted, code
):
    found = standing(mappings(entry("IT", restricted)))
    assert found.verdict is not None
    assert (found.verdict.state, found.verdict.code) == (State.HELD, code)


def test_one_restricted_category_is_enough():
    decided = mappings(entry("IT"), entry("Sikkerhet", True))
    found = standing(decided, card(categories=("IT/Nett", "Sikkerhet/Vakt")))
    assert found.verdict is not None
    assert found.verdict.state is State.HELD


@pytest.mark.parametrize(
    ("decision", "more", "audience"),
    [
        ({"audience": "portal"}, {}, "portal"),
        ({}, {}, "operators"),
        ({"audience": "operators"}, {}, "operators"),
        ({"audience": "portal"}, {"status": "internal"}, "operators"),
        ({"audience": "portal"}, {"expires": "2019-01-01 00:00:00"}, "operators"),
        ({"audience": "portal"}, {"expires": "2020-01-01 00:00:00"}, "portal"),
    ],
)
def test_only_what_is_published_to_everybody_and_meant_for_everybody_is_seen_by_everybody(
    decision, more, audience
):
    assert standing(mappings(entry("IT", **decision)), card(**more)).audience == audience


def test_an_expired_article_may_be_left_behind():
    found = standing(mappings(expired="leave"), card(expires="2019-01-01 00:00:00"))
    assert found.verdict is not None
    assert found.verdict.code == "article-expired"


def test_a_translation_moves_with_its_original_or_not_at_all():
    decided = mappings(entry("IT"), entry("KM2", translation_of="KM1", language="en"))
    assert standing(decided, card("KM2"), card("KM1")).original == "KM1"
    alone = standing(decided, card("KM2"), card("KM1", status="review"))
    assert alone.verdict is not None
    assert alone.verdict.code == "translation-alone"
