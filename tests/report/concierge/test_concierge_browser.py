"""The concierge in a real browser, opened from a file: typed at, read, printed."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from chromium import IN_A_BROWSER
from old_numbers import OldNumbers
from playwright.sync_api import Browser, BrowserContext, Page, expect

from migrate.records import State, Verdict

ASK = {"nb": "Spør vakthavende i enheten.", "en": "Ask the officer on duty in the unit."}
LINK = "http://hpsm.example.no:8080/sm/index.do?ctx=docEngine&file=probsummary&query=number%3D%22"

pytestmark = [*IN_A_BROWSER]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = OldNumbers(tmp_path_factory.mktemp("concierge"), ask=ASK)
    numbers = ("IM10001", "IM10002", "SD10001", "SD10002", "SD10003", "C10001/2", "C10001", "RF9")
    desk.hpsm_has(
        dict.fromkeys(numbers, "IT") | {"SD10666": "SIKKERHET", "KM0001": None},
        [("SD10001", "IM10001")],
    )
    desk.planned(
        {
            "IM10002": None,
            "SD10002": Verdict(State.SKIPPED, "outside-scope", ""),
            "SD10003": Verdict(State.HELD, "group-restriction-unknown", ""),
        }
    )
    desk.loaded("IM10001", "SD10001", number="I 1909 001", target="0b3c-1")
    desk.loaded("C10001/2", number="I 1909 002", target="0b3c-2")
    desk.loaded("RB-4711.X", number="I 1909 003", target="0b3c-3")
    desk.loaded("KM0001", number="KI 0042", kind="knowledge_item")
    desk.build()
    desk.close()
    return desk.out


class Opened:
    """The page as somebody has it open, with everything that it asked for and that went wrong."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.goto(address)

    def ask(self, text: str) -> str:
        """Type it, press Enter, and read the answer."""
        self.page.get_by_role("textbox").fill(text)
        self.page.get_by_role("textbox").press("Enter")
        return self.answer()

    def answer(self) -> str:
        answer = self.page.locator("#answers > *").first
        answer.wait_for()
        expect(self.page.locator("#answers")).not_to_have_text(re.compile("…$"))
        return self.page.locator("#answers").inner_text()

    def links(self) -> list[str | None]:
        links = self.page.locator("#answers a").all()
        return [link.get_attribute("href") for link in links]


@pytest.fixture(params=["nb-NO", "en-GB"])
def spoken(browser: Browser, built: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with browser.new_context(locale=request.param, offline=True) as context:
        yield Opened(context, (built / "index.html").as_uri())


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Opened]:
    with browser.new_context(locale="en-GB", offline=True) as context:
        yield Opened(context, (built / "index.html").as_uri())


def test_it_speaks_the_language_of_the_browser_and_the_one_that_is_chosen(spoken: Opened) -> None:
    first = spoken.page.locator("html").get_attribute("lang")
    titles = {"nb": "Finn saken igjen", "en": "Find your ticket"}
    assert first
    assert spoken.page.title() == titles[first]
    said = spoken.ask("SD10002")
    for name, lang, words in (
        ("Norsk", "nb", "for gammel til å bli flyttet"),
        ("English", "en", "too old to be moved"),
    ):
        spoken.page.get_by_role("button", name=name).click()
        assert spoken.page.locator("html").get_attribute("lang") == lang
        assert words in spoken.answer()
        pressed = spoken.page.get_by_role("button", name=name).get_attribute("aria-pressed")
        assert pressed == "true"
    assert said
    assert spoken.wrong == []


def test_a_number_that_moved_has_its_new_number_and_a_link_for_each_reader(page: Opened) -> None:
    assert "new number: I 1909 001" in page.ask("SD10001")
    assert page.links() == [
        "https://desk.example.no/tas/public/ssp/content/detail/incident?unid=0b3c-1",
        "https://desk.example.no/tas/secure/incident?unid=0b3c-1",
    ]
    said = page.ask("km0001")
    assert "KI 0042" in said
    assert "The article is in TOPdesk." in said
    assert page.links() == ["https://desk.example.no/knowledge/KI%200042"]


@pytest.mark.parametrize(
    "written",
    [
        "sd10001",
        "  Sd 100 01 ",
        "SD-10001",
        "sd/10001",
        "Gjelder sak SD10001, takk!",
        LINK + "SD10001%22",
        LINK.replace("%", "%25") + "SD10001%2522",
        "https://hpsm.example.no/SM/9/rest/interactions/SD10001",
        "number=SD10001&lang=nb",
        "100 % sikker på SD10001",
    ],
)
def test_however_it_is_written_it_is_found(page: Opened, written: str) -> None:
    assert "I 1909 001" in page.ask(written)
    assert page.page.locator("#answers article").count() == 1


@pytest.mark.parametrize(
    "written", ["C10001/2", "c 10001 / 2", "https://hpsm.example.no/SM/9/rest/changes/C10001%252F2"]
)
def test_a_slash_in_a_number_is_part_of_it(page: Opened, written: str) -> None:
    assert "I 1909 002" in page.ask(written)
    assert page.page.locator("#answers article").count() == 1
    assert "TOPdesk has no place" in page.ask("C10001")


def test_several_numbers_are_each_answered_and_unknown_ones_too(page: Opened) -> None:
    said = page.ask("SD10001, sd1000, IM10002 og SD10002; rom B12")
    headings = page.page.locator("#answers h2").all_inner_texts()
    assert headings == ["SD10001", "SD1000", "IM10002", "SD10002"]
    assert said.count("We do not know this number") == 1


def test_of_very_many_numbers_the_first_are_answered(page: Opened) -> None:
    said = page.ask(" ".join(f"SD{number}" for number in range(20_000, 20_100)))
    assert page.page.locator("#answers article").count() == 20
    assert "The first 20 are shown." in said


def test_a_number_of_a_form_of_its_own_is_found_in_a_link(page: Opened) -> None:
    link = "https://hpsm.example.no/SM/9/rest/incidents/"
    assert "I 1909 003" in page.ask(f"{link}RB-4711.X")
    assert "I 1909 003" in page.ask("rb-4711.x")


@pytest.mark.parametrize("number", ["SD10666", "SD10003"])
def test_what_is_held_says_whom_to_ask_and_has_no_link(page: Opened, number: str) -> None:
    assert page.ask(number) == f"{number}\n\n{ASK['en']}"
    assert page.links() == []
    page.page.get_by_role("button", name="Norsk").click()
    assert page.answer() == f"{number}\n\n{ASK['nb']}"


@pytest.mark.parametrize(
    "text", ["SD99999", "__proto__", "constructor", "<img src=x onerror=alert(1)>", "%E0%A4%A", "7"]
)
def test_what_is_unknown_is_said_to_be_and_nothing_of_it_runs(page: Opened, text: str) -> None:
    assert "We do not know this number" in page.ask(text)
    assert page.page.locator("#answers img").count() == 0
    assert page.wrong == []


def test_it_loads_only_files_beside_it(page: Opened, built: Path) -> None:
    page.ask("SD10001")
    page.ask("IM10002")
    folder = built.as_uri()
    assert len(page.asked) > 1
    assert [url for url in page.asked if not url.startswith((folder, "data:"))] == []


def test_the_address_can_ask_too(browser: Browser, built: Path) -> None:
    with browser.new_context(locale="nb-NO", offline=True) as context:
        address = (built / "index.html").as_uri()
        for asked in (f"?number={quote(LINK)}SD10001%2522", "#SD10001", "?lang=en&number=sd10001"):
            assert "I 1909 001" in Opened(context, address + asked).answer()


def test_the_keyboard_is_enough(page: Opened) -> None:
    for _ in range(3):
        page.page.keyboard.press("Tab")
    page.page.keyboard.type("SD10001")
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.answer()
    page.page.keyboard.press("Tab")
    focused = page.page.evaluate("document.activeElement.href")
    assert focused == page.links()[0]


def test_it_fits_a_telephone(browser: Browser, built: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="nb-NO")
    with context:
        opened = Opened(context, (built / "index.html").as_uri())
        opened.ask("SD10001 " + "X9" * 300)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360
        for control in opened.page.get_by_role("button").all():
            box = control.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            assert box["height"] >= 24


def test_on_paper_stand_the_answer_and_its_address(page: Opened) -> None:
    page.ask("SD10001")
    page.page.emulate_media(media="print")
    assert not page.page.locator("form").is_visible()
    assert page.page.locator("#answers h2").is_visible()
    after = page.page.evaluate(
        "getComputedStyle(document.querySelector('#answers a'), '::after').content"
    )
    assert "https" in after or "attr(href)" in after


def test_answers_that_are_missing_are_not_taken_for_unknown_numbers(
    browser: Browser, built: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "index.html"
    shutil.copy(built / "index.html", alone)
    with browser.new_context(locale="en-GB", offline=True) as context:
        assert "could not be read" in Opened(context, alone.as_uri()).ask("SD10001")


def test_any_web_server_can_hand_it_out(browser: Browser, built: Path) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(built))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with browser.new_context(locale="en-GB") as context:
            opened = Opened(context, f"http://127.0.0.1:{server.server_port}/")
            assert "I 1909 001" in opened.ask("IM10001")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
