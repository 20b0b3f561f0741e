"""The page: in two languages, by itself, with everything in it escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hand_made import fill, look, ticket
from invented_university import University
from lxml import html

from migrate.records import SOURCE_KINDS
from migrate.report.assess.findings import FAMILIES
from migrate.report.assess.found import Mender, Section
from migrate.report.assess.page import page
from migrate.report.assess.wording import LANGUAGES, Words, catalogue
from migrate.state.snapshot import Snapshot


def leaves(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def test_both_languages_say_the_same_things_with_the_same_figures() -> None:
    english, norwegian = (dict(leaves(catalogue(lang))) for lang in LANGUAGES)
    assert list(english) == list(norwegian)
    for key, text in english.items():
        assert isinstance(text, str)
        assert isinstance(norwegian[key], str)
        fields = [set(re.findall(r"{(\w+)}", said)) for said in (text, norwegian[key])]
        assert fields[0] == fields[1], key
        assert "  " not in text + norwegian[key]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_can_be_found_has_words(lang: str) -> None:
    words = Words(lang)
    for family in FAMILIES:
        for part in ("title", "means", "do"):
            assert words(f"finding.{family.id}.{part}")
        assert words(f"noun.{family.counts}")
    for kind in SOURCE_KINDS:
        assert words(f"kind.{kind}")
    assert [words(f"mender.{mender}") for mender in Mender]
    assert [words(f"section.{section}") for section in Section]
    assert len({family.id for family in FAMILIES}) == len(FAMILIES)


def test_no_words_are_left_over() -> None:
    said = {key.split(".")[1] for key, _ in leaves(catalogue("en")) if key.startswith("finding.")}
    assert said == {family.id for family in FAMILIES}


@pytest.mark.parametrize(
    ("lang", "shown"),
    [
        (
            "nb",
            [
                "12 345",
                "65 %",
                "6,5 %",
                "23. september 2019",
                "september 2019",
                "1,2 MB",
                "a, b og c",
            ],
        ),
        (
            "en",
            [
                "12,345",
                "65%",
                "6.5%",
                "23 September 2019",
                "September 2019",
                "1.2 MB",
                "a, b and c",
            ],
        ),
    ],
)
def test_figures_are_written_as_the_language_does(lang: str, shown: list[str]) -> None:
    words = Words(lang)
    said = [
        words.number(12_345),
        words.share(0.65),
        words.share(0.065, 1),
        words.date("2019-09-23 06:00:00"),
        words.month("2019-09"),
        words.size(1_234_567),
        words.several(["a", "b", "c"]),
    ]
    assert [text.replace("\u00a0", " ") for text in said] == shown


@pytest.mark.parametrize(
    ("seconds", "nb", "en"),
    [
        (None, "–", "–"),
        (0, "0 s", "0 s"),
        (45, "45 s", "45 s"),
        (300, "5 min", "5 min"),
        (3_600, "1 t", "1 h"),
        (5_400, "1,5 t", "1.5 h"),
        (90_000, "25 t", "25 h"),
        (86_400, "1 døgn", "1 day"),
        (302_400, "3,5 døgn", "3.5 days"),
        (30 * 86_400, "30 døgn", "30 days"),
    ],
)
def test_a_length_of_time_is_said_in_one_unit(seconds: float | None, nb: str, en: str) -> None:
    for lang, said in (("nb", nb), ("en", en)):
        assert Words(lang).duration(seconds).replace("\u00a0", " ") == said


class _References(HTMLParser):
    """Every address that a browser would ask for, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "srcset", "data", "action") and value:
                self.addresses.append(value)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_needs_no_script_and_no_other_file(university: University, lang: str) -> None:
    text = page(university.found, lang)
    found = _References()
    found.feed(text)
    assert [address for address in found.addresses if not address.startswith("#")] == []
    assert {"script", "link", "iframe", "img", "object"} & set(found.tags) == set()
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_one_for_everybody(university: University, lang: str) -> None:
    tree = html.fromstring(page(university.found, lang))
    assert tree.get("lang") == lang
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(tree.xpath("//a/@href")) == {
        f"#{name}"
        for name in ("urgent", "baseline", "inventory", "findings", "missing", "definitions")
    }
    levels = [int(tag[1]) for tag in (e.tag for e in tree.iter("h1", "h2", "h3"))]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for figure in tree.iter("svg"):
        named = figure.get("aria-labelledby").split()
        assert figure.get("role") == "img"
        assert all(tree.get_element_by_id(name).text.strip() for name in named)
    assert len(list(tree.iter("svg"))) == 6
    for row in tree.xpath("//table//tr"):
        assert row.xpath("./th[@scope]")


def test_the_same_assessment_gives_the_same_page(university: University) -> None:
    assert page(university.found, "nb") == page(university.found, "nb")


def test_every_finding_is_on_the_page_with_its_count(university: University) -> None:
    words = Words("nb")
    text = html.fromstring(page(university.found, "nb")).text_content()
    for finding in university.found.findings:
        assert words(f"finding.{finding.family.id}.title") in text
        for key in finding.hits.examples:
            assert key in text


def test_names_from_hpsm_are_text_and_nothing_else(snapshot: Snapshot) -> None:
    names = ["<script>alert(1)</script>", "KOST$ADER & $LØNN$", "€ \U0001f600 {title}", '"><svg>']
    fill(
        snapshot,
        groups=[{"name": name} for name in names],
        members=[{"group": name, "operator": "<b>ola</b>"} for name in names],
        incidents=[
            ticket(f"IM{n}", assignment=name, status="<i>Ny</i>") for n, name in enumerate(names)
        ],
    )
    text = page(look(snapshot), "en")
    assert "<script" not in text
    assert "<b>ola" not in text
    assert "<i>Ny" not in text
    shown = html.fromstring(text).text_content()
    assert all(name in shown for name in names)


def test_a_page_of_next_to_nothing_can_be_made(snapshot: Snapshot) -> None:
    fill(snapshot, groups=[])
    for lang in LANGUAGES:
        text = page(look(snapshot), lang)
        assert Words(lang)("page.nothing_urgent") in text
        assert "<svg" not in text
        assert "nan" not in html.fromstring(text).text_content().split()
