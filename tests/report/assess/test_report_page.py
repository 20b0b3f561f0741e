"""The report in a real browser: offline, on a desk, on a telephone and on paper.

With `MIGRATE_SCREENSHOT` set to a path, the picture that stands in the README is taken anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from chromium import IN_A_BROWSER
from invented_university import University, read_into, write_units
from playwright.sync_api import Browser, Page

from migrate.report.assess.assess import assess
from migrate.report.assess.files import write_report
from migrate.simulate.world.world import World
from migrate.workspace import Workspace

PICTURE = Path(__file__).parents[3] / "docs" / "assess.png"

pytestmark = [*IN_A_BROWSER]


@pytest.fixture(scope="module")
def report(university: University, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Norwegian report of a unit."""
    folder = tmp_path_factory.mktemp("browser") / "desk"
    copytree(university.folder, folder)
    write_units(folder)
    with Workspace(folder) as workspace:
        found = assess(workspace.snapshot, workspace.question("it", None))
    return write_report(found, folder / "assess", "nb")[0]


class Opened:
    """A page as it was opened, with every address that it asked for and all that went wrong."""

    def __init__(self, browser: Browser, report: Path, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.goto(report.as_uri())


@pytest.fixture(params=[1280, 360], ids=["desk", "telephone"])
def opened(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    found = Opened(browser, report, request.param)
    yield found
    found.context.close()


def test_it_opens_without_a_network_and_asks_for_nothing_else(opened: Opened, report: Path) -> None:
    assert opened.page.title().endswith("Enhet it")
    assert opened.asked == [report.as_uri()]
    assert opened.wrong == []


def test_nothing_is_wider_than_the_window(opened: Opened) -> None:
    width = opened.page.evaluate("window.innerWidth")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    outside = opened.page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(e => !e.closest('.wide') && !e.closest('svg') && !e.closest('.unseen, thead'))
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => e.tagName + '.' + e.className)"""
    )
    assert outside == []


def test_charts_and_findings_can_be_seen(opened: Opened) -> None:
    for selector in (".tiles li", ".card", "figure svg", "table.findings tbody tr"):
        found = opened.page.locator(selector)
        assert found.count() >= 3, selector
        assert found.first.is_visible()
    letters = opened.page.evaluate(
        "() => getComputedStyle(document.querySelector('.means')).fontSize"
    )
    assert float(letters.removesuffix("px")) >= 13


def test_it_can_be_read_with_the_keyboard_alone(opened: Opened) -> None:
    opened.page.keyboard.press("Tab")
    focused = opened.page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == "#urgent"
    opened.page.keyboard.press("Enter")
    assert opened.page.url.endswith("#urgent")


def test_words_stand_out_from_what_is_behind_them(opened: Opened) -> None:
    faint = opened.page.evaluate(_CONTRAST)
    assert faint == []


def test_on_paper_it_is_a4_and_nothing_is_cut(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    found = Opened(browser, report, 1280)
    paper = tmp_path / "report.pdf"
    found.page.pdf(path=paper, prefer_css_page_size=True)
    data = paper.read_bytes()
    boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[([^\]]*)\]", data)}
    assert len(boxes) == 1
    _, _, width, height = boxes.pop()
    assert (round(width), round(height)) == (595, 842)
    assert 3 <= len(re.findall(rb"/Type /Page\b", data)) <= 25
    found.page.emulate_media(media="print")
    found.page.set_viewport_size({"width": 688, "height": 1000})  # 182 mm between the margins
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 688
    found.context.close()


def test_the_picture_of_the_readme_is_small() -> None:
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
    assert 10_000 < PICTURE.stat().st_size < 300_000


@pytest.mark.skipif("MIGRATE_SCREENSHOT" not in os.environ, reason="only where it is asked for")
def test_the_picture_of_the_readme_is_taken(browser: Browser, tmp_path: Path) -> None:
    read_into(tmp_path, World(1, "small"))
    copytree(PICTURE.parents[1] / "mappings", tmp_path / "mappings")
    with Workspace(tmp_path) as workspace:
        found = assess(workspace.snapshot, workspace.question("it", None))
    opened = Opened(browser, write_report(found, tmp_path, "nb")[0], 1180)
    end = opened.page.locator("figure").nth(2).bounding_box()
    assert end is not None
    opened.page.set_viewport_size({"width": 1180, "height": int(end["y"]) - 8})
    opened.page.screenshot(path=os.environ["MIGRATE_SCREENSHOT"])
    opened.context.close()


_CONTRAST = """() => {
  const part = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const light = rgb => 0.2126 * part(rgb[0]) + 0.7152 * part(rgb[1]) + 0.0722 * part(rgb[2]);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll('p, span, th, td, h1, h2, h3, b, code, a, li')) {
    if (!e.textContent.trim() || e.closest('svg')) continue;
    const [one, two] = [light(colour(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) faint.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...new Set(faint)];
}"""
