"""A large unit from extract to fully approved, by the hand of an owner who reads and clicks; every
click is written down, and the owner's guide follows that list."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from chromium import IN_A_BROWSER, launched
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from review_world import OWNER, served
from service_desk import MAPPINGS, Desk

from migrate.simulate.hpsm import make_database
from migrate.simulate.topdesk.seed import seed_from_world
from migrate.simulate.topdesk.server import Settings, TopdeskServer
from migrate.simulate.world.world import World

GROUPS, TICKETS = 61, 2_300
LARGE = World(1, "small")

pytestmark = [pytest.mark.slow, *IN_A_BROWSER]

CONFIG = """\
source: {{type: sql, url: "sqlite:///{folder}/hpsm.db"}}
target: {{url: "{url}", timeout: 5, settle_window: 4}}
"""


def _chosen(folder: Path) -> list[str]:
    """Groups that hold about so many tickets together: the largest that still fit, one by one."""
    with sqlite3.connect(folder / "state" / "snapshot.db") as snapshot:
        rows = snapshot.execute(
            "SELECT assignment, count(*) FROM tickets WHERE assignment <> ''"
            " AND assignment IN (SELECT name FROM groups WHERE until_run IS NULL)"
            " GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    chosen: list[str] = []
    left = TICKETS
    for at, (group, tickets) in enumerate(rows):
        needed = GROUPS - len(chosen)
        least = sum(count for _, count in rows[len(rows) - needed + 1 :]) if needed > 1 else 0
        if needed and (tickets <= left - least or len(rows) - at == needed):
            chosen.append(group)
            left -= tickets
    return chosen


def _workspace(folder: Path, url: str) -> int:
    """A workspace with one unit of many groups, proposed and nothing else; returns its tickets."""
    make_database(f"sqlite:///{folder}/hpsm.db", LARGE)
    (folder / "migrate.yaml").write_text(CONFIG.format(folder=folder, url=url), encoding="utf-8")
    for name, text in MAPPINGS.items():
        if not name.startswith(("units/", "sprints")):
            file = folder / "mappings" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    desk = Desk(folder, None)  # type: ignore[arg-type]
    assert desk.run("extract") in (0, 3)
    groups = _chosen(folder)
    unit = folder / "mappings" / "units" / "stor" / "unit.yaml"
    unit.parent.mkdir(parents=True)
    names = "".join(f'  - "{group}"\n' for group in groups)
    unit.write_text(
        f"name: Stor enhet\nbranch: IT-avdelingen\nowners: [{OWNER}]\ngroups:\n{names}", "utf-8"
    )
    assert desk.run("map", "propose", "--unit", "stor") == 0
    with sqlite3.connect(folder / "state" / "snapshot.db") as snapshot:
        marks = ",".join("?" * len(groups))
        count: tuple[int] = snapshot.execute(
            f"SELECT count(*) FROM tickets WHERE assignment IN ({marks})", groups
        ).fetchone()
    assert len(groups) == GROUPS
    return count[0]


class Owner:
    """Somebody who clicks, and a list of it."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.log: Counter[str] = Counter()

    def click(self, what: str, selector: str) -> None:
        self.tab.locator(selector).first.click()
        self.log[what] += 1

    def decide(self, name: str) -> None:
        """Open an entry from the list, look, say that it is not restricted, approve."""
        self.tab.locator("a.row", has_text=name).first.click()
        self.log["open an entry"] += 1
        if self.tab.locator("input[name=restricted]").count():
            self.click("say whether it is restricted", "input[name=restricted][value=false]")
        self.click("save and approve", "section.decide button[value=approve]")
        if self.tab.locator("#problems").count():
            # Another group has the name already: they become one.
            self.click("choose what happens", "input[type=radio][value=merge]")
            self.click("save and approve", "section.decide button[value=approve]")
        expect(self.tab.locator(".title .state")).to_have_text("Godkjent")
        self.click("back to the list", "main > p.small a")


def test_a_unit_of_61_groups_is_approved_in_an_afternoon(tmp_path: Path) -> None:
    with TopdeskServer(Settings(tmp_path / "topdesk.db", seed_from_world(LARGE))) as topdesk:
        tickets = _workspace(tmp_path, topdesk.url)
        with served(tmp_path) as page, launched() as browser:
            began = time.monotonic()
            owner = Owner(browser.new_context(locale="nb-NO").new_page())
            tab = owner.tab
            tab.goto(page.link(OWNER, "stor"))
            owner.log["open the link"] += 1
            line = tab.locator(".reach .big").inner_text()
            first = int(line.split()[0])
            names = tab.locator("a.row").all_inner_texts()
            for name in names[:first]:
                owner.decide(name)
            if tab.locator("input[name=open_to_all]").count():
                owner.click("none of the rest is restricted", "input[name=open_to_all]")
            owner.click("approve the rest", "section.rest button.first")
            for name in tab.locator(".note.bad").all_inner_texts():
                sys.stdout.write(f"{name}\n")
            while (open_ones := tab.locator("tr:has(.state:not(.approved)) a.row")).count():
                owner.decide(open_ones.first.inner_text())
            owner.click("the operators", "nav.tabs a:nth-of-type(2)")
            owner.click("approve the rest", "section.rest button.first")
            while (open_ones := tab.locator("tr:has(.state:not(.approved)) a.row")).count():
                owner.decide(open_ones.first.inner_text())
            seconds = time.monotonic() - began
            clicks = sum(owner.log.values())
            sys.stdout.write(
                f"\n{len(names)} groups, {tickets} tickets: {line}\n"
                f"{clicks} clicks, {seconds:.0f} s: {dict(owner.log)}\n"
            )
            unit = page.mappings.units["stor"]
            entries = [*unit.groups.values(), *unit.operators.values()]
            assert {entry.review.status for entry in entries} == {"approved"}
        assert Desk(tmp_path, topdesk).run("map", "check", "--unit", "stor") == 0
    assert abs(tickets - TICKETS) < 100
    assert clicks < 6 * GROUPS
