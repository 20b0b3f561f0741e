"""What the page tells: why no ticket is shown, what has been done, and what an answer lacks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from review_world import SHOWN, UNDECIDED, Page, entry

from migrate.cli.review.wording import Words


def _text(page: Page, path: str) -> str:
    return unescape(page.person().get(path).text)


def test_of_an_undecided_group_it_says_how_its_tickets_come_to_be_shown(shown: Page) -> None:
    assert "Er den ikke skjermet, svarer du nei over og lagrer." in _text(shown, entry(UNDECIDED))


def test_an_operator_of_undecided_groups_has_tickets_that_are_not_shown(page: Page) -> None:
    file = page.folder / "mappings" / "units" / "it" / "groups.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("restricted: false", "restricted: unknown"), encoding="utf-8")
    listed = _text(page, "/u/it/operators")
    busy = re.search(r'/u/it/operators/e/([^"]+)".*?<td class="n[^>]*>\s*([1-9]\d*)', listed, re.S)
    assert busy is not None
    said = _text(page, f"/u/it/operators/e/{busy[1]}")
    assert f"Ingen av de {busy[2]} sakene vises, fordi gruppene" in said
    assert "Ingen saker å vise." not in said


def test_what_was_done_tells_who_said_that_a_group_is_open_and_by_the_clock_at_home(
    page: Page,
) -> None:
    person = page.person()
    form = person.form(entry(UNDECIDED))
    answer = {"action": "map", "target": "IT Klienter", "restricted": "false", "do": "approve"}
    assert person.post(entry(UNDECIDED), {**form, **answer}).status_code == 303
    said = _text(page, entry(UNDECIDED))
    assert re.search(r"kl\. \d\d:\d\d: [^<]* godkjente", said)
    assert "Blir → IT Klienter, ikke skjermet" in said
    assert "GMT" not in said


@pytest.mark.parametrize(
    ("lang", "said"), [("nb", "1. juli 2019 kl. 00:30"), ("en", "1 July 2019 at 00:30")]
)
def test_a_moment_is_told_as_the_clocks_of_the_policys_zone_show_it(lang: str, said: str) -> None:
    told = Words(lang).moment("2019-06-30 22:30:05", "Europe/Oslo")
    assert told.replace("\u00a0", " ") == said


def test_what_is_as_good_as_ruled_out_is_not_offered(shown: Page) -> None:
    shares = re.findall(r"(\d+)\u00a0% sikkert", _text(shown, entry(SHOWN)))
    assert "0" not in shares[1:]


def test_a_form_that_becomes_a_link_needs_an_address(page: Page) -> None:
    form = next(iter(page.mappings.units["it"].forms))
    person, path = page.person(), entry(form, file="forms")
    sent = {**person.form(path), "action": "link", "target": "", "do": "approve"}
    refused = person.post(path, sent)
    assert refused.status_code == 422
    assert "https://" in unescape(refused.text)
    sent = {**person.form(path), "action": "link", "target": "https://dfo.no/", "do": "approve"}
    assert person.post(path, sent).status_code == 303


KNOWLEDGE = entry("Kommunikasjon", "kommunikasjon", "knowledge")


def _shelf(page: Page) -> tuple[set[str], str]:
    """The ids of the articles that are listed, and what stands about them."""
    text = unescape(page.person(unit="kommunikasjon").get(KNOWLEDGE).text)
    part = text.partition('<section aria-labelledby="articles">')[2].partition("</section>")[0]
    return set(re.findall(r"<small>([A-Z0-9]+)", part)), part


def _restrict(page: Page, answer: str) -> None:
    file = page.folder / "mappings" / "units" / "kommunikasjon" / "knowledge.yaml"
    text = re.sub(r"restricted: \w+", f"restricted: {answer}", file.read_text("utf-8"))
    assert f"restricted: {answer}" in text
    file.write_text(text, encoding="utf-8")


def test_of_a_category_the_articles_are_listed_and_what_becomes_of_each(page: Page) -> None:
    _restrict(page, "false")
    listed, said = _shelf(page)
    assert len(listed) > 3
    assert "Flyttes ikke: " in said
    assert not any(id_.endswith("R") for id_ in listed)
    titles = [title.strip() for title in re.findall(r"<li>([^<]*)", said)]
    assert all(titles)
    assert "vises ikke" not in said


@pytest.mark.parametrize("answer", ["true", "unknown"])
def test_articles_that_are_or_may_be_restricted_are_only_counted(page: Page, answer: str) -> None:
    _restrict(page, "false")
    listed, _ = _shelf(page)
    _restrict(page, answer)
    hidden, said = _shelf(page)
    assert hidden == set()
    assert f"{len(listed)} artikler vises ikke" in said
    assert "<li>" not in said
