"""The page says everything in both languages, and has words for everything that can be said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.review.wording import LANGUAGES, Words, catalogue, language
from migrate.transform import losses
from migrate.transform.approve import FILES
from migrate.transform.deciding import actions_of, fields_of

TRANSFORM = Path(losses.__file__).parent
TICKETS = ("tickets", "ticket_fields", "ticket_text", "history", "attachments")


def _keys(words: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, value in words.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{before}{key}.")
        else:
            assert isinstance(value, str), key
            yield f"{before}{key}: {sorted(re.findall(r'{[a-z0-9]*}', value))}"


def test_both_languages_say_the_same_things() -> None:
    assert set(_keys(catalogue("nb"))) == set(_keys(catalogue("en")))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_words_for_whatever_a_form_offers(lang: str) -> None:
    words = Words(lang)
    for file in FILES:
        for action in actions_of(file):
            assert words("actions." + action)
        for field in fields_of(file):
            assert words("fields." + field.name)
            assert set(field.choices) <= set(catalogue(lang)["choices"])


def _findings() -> set[str]:
    """The findings of tickets, as the code has them."""
    said = set()
    for name in TICKETS:
        tree = ast.parse((TRANSFORM / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
                _, found, list_of = text.partition("Findings")
                if found:
                    said |= set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", list_of))
    return said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_words_for_every_loss(lang: str) -> None:
    found = _findings()
    assert len(found) > 20
    known = set(catalogue(lang)["losses"])
    assert found - known == set()
    assert {losses.NO_PLACE, losses.LEFT_EMPTY, losses.OVERRULED} <= known


@pytest.mark.parametrize(
    ("chosen", "accepted", "lang"),
    [
        ("", "nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        ("", "nn-NO", "nb"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de-DE,en;q=0.5", "en"),
        ("", "", "nb"),
        ("en", "nb-NO", "en"),
        ("<script>", "en", "en"),
    ],
)
def test_the_language(chosen: str, accepted: str, lang: str) -> None:
    assert language(chosen, accepted) == lang


def test_what_is_not_all_is_not_said_to_be_all() -> None:
    assert Words("en").share(0.999) == "99%"
    assert Words("nb").share(1.0) == "100\u00a0%"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("file", FILES)
def test_each_choice_says_what_it_does(lang: str, file: str) -> None:
    assert all(Words(lang).meaning(file, action) for action in actions_of(file))
