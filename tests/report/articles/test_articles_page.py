"""The page of what was simplified: by article, in both languages, the gravest first."""

from __future__ import annotations

import re

import pytest

from migrate.records import Finding
from migrate.report.articles.build import LANGUAGES, articles, page, words
from migrate.transform.article_html import ORDER
from migrate.transform.knowledge import _CODES

FINDINGS = [
    Finding("article-simplified", "KM1", "heading 2, table 1"),
    Finding("article-link-dead", "KM1", "3"),
    Finding("article-simplified", "KM2", "list 1"),
    Finding("article-title-long", "KM3", "1"),
]


def test_each_article_is_told_with_its_numbers_and_the_most_to_look_at_comes_first() -> None:
    told = articles(FINDINGS, {"KM1": "KI 0007"}, "nb")
    assert [(each.key, each.number) for each in told] == [
        ("KM1", "KI 0007"),
        ("KM2", ""),
        ("KM3", ""),
    ]
    assert told[0].lines == (
        "Lenker til noe som ikke finnes: 3",
        "Forenklet: overskrift 2, tabell 1",
    )
    assert told[2].lines == ("Tittelen er forkortet; hele står først i teksten",)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_may_be_found_can_be_said(lang: str) -> None:
    said = words(lang)
    codes = {*_CODES.values(), "article-simplified", "article-expired-kept"}
    assert set(said["findings"]) == codes
    assert set(said["parts"]) == set(ORDER)
    assert words("nb").keys() == words("en").keys()


def test_the_page_stands_alone_and_escapes_what_it_shows() -> None:
    told = articles([Finding("article-simplified", "KM<1>", "list 1")], {}, "en")
    html = page("A & B", told, [("article-simplified", 1)], "en")
    assert "KM&lt;1&gt;" in html
    assert "A &amp; B" in html
    assert re.findall(r"""(?:src|href)\s*=""", html) == []
    assert html == page("A & B", told, [("article-simplified", 1)], "en")


def test_a_unit_whose_articles_all_arrived_as_they_were_is_told_so() -> None:
    assert words("nb")["none"] in page("IT", [], [], "nb")
