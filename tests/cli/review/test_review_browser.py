"""The page in a real browser: with the mouse, with the keyboard alone, in both languages, by two at
once, on a telephone, on paper; and looked through by axe for what keeps people out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import IN_A_BROWSER
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Page as Tab
from review_world import DEPUTY, HIDDEN, OWNER, SHOWN, UNDECIDED, Page, entry

from migrate.transform.mapping import GroupEntry

WORDS = {
    "nb": {
        "merge": "Slås sammen med",
        "name": "Navn i TOPdesk",
        "approve": "Lagre og godkjenn",
        "save": "Lagre",
        "approved": "Godkjent",
        "take_back": "Ta tilbake godkjenningen",
        "undo": "Angre siste endring",
        "open": "Nei. Alle operatører kan få se sakene.",
        "map": "Blir",
    },
    "en": {
        "merge": "Is merged with",
        "name": "Name in TOPdesk",
        "approve": "Save and approve",
        "save": "Save",
        "approved": "Approved",
        "take_back": "Take the approval back",
        "undo": "Undo the last change",
        "open": "No. All operators may come to see the tickets.",
        "map": "Becomes",
    },
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
SERIOUS = {"serious", "critical"}

pytestmark = [*IN_A_BROWSER]


class Seat:
    """Somebody before a browser, and everything that went wrong in it."""

    def __init__(self, context: BrowserContext, page: Page, who: str = OWNER) -> None:
        self.wrong: list[str] = []
        self.tab: Tab = context.new_page()
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("console", lambda line: self.wrong.append(line.text))
        self.base = page.address
        self.tab.goto(page.link(who))

    def go(self, path: str) -> Tab:
        self.tab.goto(self.base + path)
        return self.tab

    def state(self) -> str:
        return self.tab.locator(".title .state").inner_text()


@pytest.fixture(params=["nb-NO", "en-GB"])
def seat(browser: Browser, page: Page, request: pytest.FixtureRequest) -> Iterator[Seat]:
    with browser.new_context(locale=request.param) as context:
        made = Seat(context, page)
        yield made
        assert made.wrong == []


def _group(page: Page, name: str) -> GroupEntry:
    return page.mappings.units["it"].groups[name]


def test_with_the_mouse_an_owner_decides_approves_takes_back_and_undoes(
    seat: Seat, page: Page
) -> None:
    words = WORDS[seat.tab.locator("html").get_attribute("lang") or ""]
    before = _group(page, SHOWN)
    seat.go("/u/it/groups").get_by_role("link", name=SHOWN, exact=True).click()
    tab = seat.tab
    tab.get_by_label(words["map"], exact=True).check()
    tab.get_by_label(words["name"]).fill("IT Hjelp")
    tab.get_by_label(words["open"]).check()
    tab.get_by_role("button", name=words["approve"]).click()
    assert seat.state() == words["approved"]
    assert _group(page, SHOWN).review.status == "approved"
    tab.get_by_role("button", name=words["take_back"]).click()
    assert seat.state() != words["approved"]
    tab.get_by_role("button", name=words["undo"]).click()
    assert seat.state() == words["approved"]
    tab.get_by_role("button", name=words["take_back"]).click()
    decision = _group(page, SHOWN).decision
    assert decision is not None
    assert decision.target == "IT Hjelp"
    assert decision != before.decision


def _tab_to(tab: Tab, selector: str) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(60):
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_the_keyboard_alone_is_enough(seat: Seat, page: Page) -> None:
    words = WORDS[seat.tab.locator("html").get_attribute("lang") or ""]
    tab = seat.go("/u/it/groups")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    _tab_to(tab, "a.row")
    first = tab.evaluate("document.activeElement.textContent")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("document.activeElement.textContent") == first == SHOWN
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_have_text(SHOWN)
    _tab_to(tab, "input[type=radio][name=action]")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    assert (
        tab.evaluate("document.querySelector('input[type=radio][name=action]:checked').value")
        == "map"
    )
    _tab_to(tab, "#f-target")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("IT Hjelp")
    _tab_to(tab, "input[name=note]")
    tab.keyboard.type("Med tastaturet")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".note.good")).to_be_visible()
    assert seat.state() == words["approved"]
    found = _group(page, SHOWN)
    assert (found.note, found.review.by) == ("Med tastaturet", OWNER)
    for doing in ("take_back", "undo"):
        _tab_to(tab, f"button[value={doing}]")
        tab.keyboard.press("Enter")
        expect(tab.locator(".note.good")).to_be_visible()
    assert _group(page, SHOWN) == found
    _tab_to(tab, "details.ticket summary")
    tab.keyboard.press("Enter")
    assert tab.locator("details.ticket[open]").count() == 1


def test_two_browsers_collide_and_nothing_is_lost(browser: Browser, page: Page) -> None:
    with browser.new_context(locale="nb-NO") as one, browser.new_context(locale="en-GB") as two:
        seats = [Seat(one, page), Seat(two, page, DEPUTY)]
        for seat in seats:
            seat.go(entry(SHOWN))
        for seat, name in zip(seats, ("Fra den ene", "Fra den andre"), strict=True):
            seat.tab.locator("input[type=radio][value=map]").check()
            seat.tab.locator("#f-target").fill(name)
            seat.tab.locator(".decide button[value=save]").click()
        tab = seats[1].tab
        expect(tab.locator("h1")).to_contain_text("Somebody else was faster")
        for said in ("Fra den ene", "Fra den andre", OWNER):
            assert said in tab.locator("main").inner_text()
        found = Axe().run(tab, options=RULES).response["violations"]
        assert [each["id"] for each in found if each["impact"] in SERIOUS] == []
        assert "Fra den ene" in str(_group(page, SHOWN).decision)
        tab.locator("button[value=save]").click()
        assert "Fra den andre" in str(_group(page, SHOWN).decision)
        decided = [event for event in page.audit if event.what == "decided"]
        assert [event.who for event in decided] == [OWNER, DEPUTY]


PAGES = {
    360: {
        "list": "/u/it/groups",
        "entry": entry(SHOWN),
        "restricted": entry(HIDDEN),
        "nowhere": "/u/nowhere",
    },
    1280: {"operators": "/u/it/operators", "undecided": entry(UNDECIDED)},
}


@pytest.mark.parametrize("width", PAGES)
def test_axe_finds_nothing_serious_and_all_of_it_fits(
    browser: Browser, shown: Page, width: int
) -> None:
    with browser.new_context(locale="nb-NO", viewport={"width": width, "height": 740}) as context:
        seat = Seat(context, shown)
        for name, path in PAGES[width].items():
            tab = seat.go(path)
            if tab.locator("details.ticket").count():
                tab.locator("details.ticket > summary").first.click()
            found = Axe().run(tab, options=RULES).response["violations"]
            assert [each["id"] for each in found if each["impact"] in SERIOUS] == [], name
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
            for box in [
                b.bounding_box() for b in tab.get_by_role("button").all() if b.is_visible()
            ]:
                assert box
                assert box["height"] >= 24


@pytest.mark.parametrize("width", [360, 1280])
def test_a_split_shows_its_parts_and_nobody_else_sees_them(
    browser: Browser, page: Page, width: int
) -> None:
    with browser.new_context(locale="nb-NO", viewport={"width": width, "height": 740}) as context:
        seat = Seat(context, page)
        tab = seat.go(entry(UNDECIDED))
        expect(tab.locator("#f-part-1-target")).to_be_hidden()
        tab.get_by_label("Deles", exact=True).check()
        tab.locator("#f-target").fill("IT Resten")
        tab.locator("#f-part-1-target").fill("IT Klient")
        tab.locator("#f-part-1-category").fill("IT/Klient*; IT/Utskrift")
        found = Axe().run(tab, options=RULES).response["violations"]
        assert [each["id"] for each in found if each["impact"] in SERIOUS] == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.locator("form[data-decide] button[value=save]").click()
        decision = _group(page, UNDECIDED).decision
        assert decision is not None
        assert [(p.target, p.category) for p in decision.parts or ()] == [
            ("IT Klient", ["IT/Klient*", "IT/Utskrift"])
        ]


def test_without_our_script_it_works_too(browser: Browser, page: Page) -> None:
    with browser.new_context(locale="nb-NO", java_script_enabled=False) as context:
        seat = Seat(context, page)
        tab = seat.go(entry(SHOWN))
        tab.locator("#f-target").fill("Uten skript")
        tab.locator("button[value=approve]").click()
        assert seat.state() == "Godkjent"
        assert "Uten skript" in str(_group(page, SHOWN).decision)


def test_on_paper_stand_the_facts_and_the_tickets_and_no_buttons(
    browser: Browser, shown: Page
) -> None:
    with browser.new_context(locale="nb-NO") as context:
        tab = Seat(context, shown).go(entry(SHOWN))
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        tab.emulate_media(media="print")
        assert tab.locator("details.ticket .side").first.is_visible()
        assert not tab.locator("section.decide").is_visible()
        assert not tab.locator("header").is_visible()


def test_the_language_is_the_browsers_and_then_the_one_that_is_chosen(
    browser: Browser, shown: Page
) -> None:
    with browser.new_context(locale="en-GB") as context:
        tab = Seat(context, shown).go("/u/it/groups")
        assert tab.locator("html").get_attribute("lang") == "en"
        tab.get_by_role("button", name="Norsk").click()
        assert tab.locator("html").get_attribute("lang") == "nb"
        assert tab.url.endswith("/u/it/groups")
        tab.get_by_role("button", name="Avslutt").click()
        assert "Åpne lenken" in tab.locator("main").inner_text()
