"""The number concierge over a million numbers: time and memory to build, time to answer.

    python -m benchmarks.concierge [--quick] [--reuse]

Fills a snapshot, a plan and a journal with a million invented numbers, runs `migrate concierge`
in a process of its own, checks that each number has its one answer in the shard of its hash, and
opens the page from its file in Debian's chromium: numbers and old links are typed, and timed from
Enter to the answer. Exit code 1 when a bound is not met. Takes 1.5 GB of disk under benchmarks/out;
`--reuse` keeps what was filled before.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.university import OUT
from migrate.records import Batch, Chain, Member, OpKey, State, Verdict
from migrate.report.concierge.shards import hashed
from migrate.state.bundles import build_pairs
from migrate.state.journal import Journal, Record
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore
from migrate.state.snapshot import Snapshot

FOLDER = OUT / "concierge"
NUMBERS = 1_000_000
QUICK = 20_000
ASKED = 300
MOST_SECONDS = 2.0
MOST_SHARD = 200_000
MOST_MB = 300
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CONFIG = """\
source: {type: sql, url: "sqlite:///hpsm.db"}
target: {url: "https://desk.example.no"}
"""
UNIT = "name: Ub\nbranch: Ub\ngroups: [UB, UB-VARSLING]\n"
GROUPS = """\
- {source: UB, restricted: false}
- {source: UB-VARSLING, restricted: true}
"""
LINK = "https://hpsm.example.no/sm/index.do?ctx=docEngine&query=number%3D%22{}%22"

Rows = Iterable[Sequence[Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 thousand numbers, no bounds held")
    parser.add_argument("--reuse", action="store_true", help="keep what was filled before")
    options = parser.parse_args()
    count = QUICK if options.quick else NUMBERS
    folder = FOLDER / str(count)
    if not (options.reuse and (folder / "filled").exists()):
        fill(folder, count)
    seconds, megabytes = build(folder)
    out = folder / "concierge"
    answers = listed(out)
    shards, largest = held_against(out, answers)
    opened, times, wrong = ask(out / "index.html", answers)
    slowest = max(times)
    print(f"numbers                       {len(answers):>10,}")
    print(f"built in                      {seconds:>10.1f} s")
    print(f"memory while building         {megabytes:>10.0f} MB")
    print(f"shards                        {shards:>10,}")
    print(f"largest shard                 {largest / 1000:>10.1f} kB")
    print(f"page opened in                {opened * 1000:>10.0f} ms")
    print(f"answer, median of {len(times):<4}        {statistics.median(times) * 1000:>10.0f} ms")
    print(f"answer, slowest               {slowest * 1000:>10.0f} ms")
    print(f"wrong answers                 {wrong:>10,}")
    missed = len(answers) != count or wrong > 0
    if not options.quick:
        missed |= slowest > MOST_SECONDS or largest > MOST_SHARD or megabytes > MOST_MB
    return int(missed)


def fill(folder: Path, count: int) -> None:
    """A workspace whose stores hold `count` numbers: two fifths interactions, two fifths incidents,
    a tenth changes, the rest requests and articles. Three incidents in four have an interaction,
    nine tickets in ten are loaded, and one in fifty is of a restricted group."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in (
        ("migrate.yaml", CONFIG),
        ("mappings/units/ub/unit.yaml", UNIT),
        ("mappings/units/ub/groups.yaml", GROUPS),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    tickets, tenth = count * 2 // 5, count // 10
    with Snapshot(folder / "state" / "snapshot.db") as snapshot:
        _fill_snapshot(
            snapshot,
            {
                "interactions": ([f"SD{n + 10_000}", _group(n)] for n in range(tickets)),
                "incidents": ([f"IM{n + 10_000}", _group(n)] for n in range(tickets)),
                "changes": ([f"C{n + 10_000}", "UB"] for n in range(tenth)),
                "requests": ([f"RF{n + 10_000}", "UB"] for n in range(tenth // 2)),
                "knowledge": (
                    [f"KM{n:07}", None] for n in range(count - 2 * tickets - tenth - tenth // 2)
                ),
                "relations": (
                    [f"r{n}", f"SD{n + 10_000}", f"IM{n + 10_000}"] for n in range(tickets) if n % 4
                ),
            },
        )
    store = PlanStore(folder / "state" / "plan.db")
    for page in _pages(_planned(tickets), 5_000):
        store.add("ub", "tickets", page)
    store.finish(PlanHead("ub", "tickets", "pilot", "", "", 0.0))
    store.close()
    journal = Journal(folder / "state" / "journal.db", "hpsm")
    for number, (identity, members) in enumerate(_matters(tickets)):
        if number % 10 == 0:
            continue
        id = str(UUID(int=random.Random(number).getrandbits(128)))
        record = Record("incident", identity, "ub", "pilot", id, f"I 1909 {number:06}", "d")
        journal.begin(record, members)
        key = OpKey("hpsm", "incident", identity, "create", 0)
        journal.intend(key, 0, "", "[]", False, "{}", 1, 1.0)
        journal.note(key, State.VERIFIED, 2.0)
        if number % 5_000 == 0:
            journal.commit()
    journal.commit()
    journal.close()
    (folder / "filled").touch()


def _group(number: int) -> str:
    return "UB-VARSLING" if number % 50 == 7 else "UB"


def _fill_snapshot(snapshot: Snapshot, kinds: dict[str, Rows]) -> None:
    run = snapshot.begin_run(list(kinds), True, datetime.now(UTC))
    for kind, rows in kinds.items():
        columns = ("key", "source", "depend") if kind == "relations" else ("number", "assignment")
        for page in _pages(rows, 20_000):
            snapshot.write(run, Batch(kind, columns, 0, page))
        snapshot.finish(run, kind, True)
    build_pairs(snapshot)


def _matters(tickets: int) -> Iterator[tuple[str, list[Member]]]:
    """Identity and members of every ticket."""
    for number in range(tickets):
        call = Member("interactions", f"SD{number + 10_000}")
        work = Member("incidents", f"IM{number + 10_000}")
        if number % 4:
            yield work.key, [work, call]
        else:
            yield work.key, [work]
            yield call.key, [call]


def _planned(tickets: int) -> Iterator[NewPlanned]:
    outside = Verdict(State.SKIPPED, "outside-scope", "not in the sprint's scope")
    for number, (identity, members) in enumerate(_matters(tickets)):
        chain = Chain("incident", identity, tuple(members), "ub")
        yield NewPlanned(chain, outside if number % 10 == 0 else None)


def _pages(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while page := list(islice(iterator, size)):
        yield page


def build(folder: Path) -> tuple[float, float]:
    """Run the command; returns its seconds and its most megabytes."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "migrate", "--workspace", folder, "concierge", "--json"],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"migrate concierge ended with {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def listed(out: Path) -> dict[str, tuple[str, str]]:
    """Old number → new number and reason, as the list has them."""
    with (out / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return {row[0]: (row[1], row[3]) for row in islice(csv.reader(file), 1, None)}


def held_against(out: Path, answers: dict[str, tuple[str, str]]) -> tuple[int, int]:
    """Hold every line of every shard against the list; returns how many shards there are, and the
    bytes of the largest."""
    html = (out / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="page">(.*?)</script>', html, re.DOTALL)
    assert found
    page = json.loads(found[1])
    files = sorted((out / page["folder"]).glob("*.js"))
    assert len(files) == page["shards"]
    seen = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        inside = text.removeprefix("concierge(").removesuffix(");\n")
        name, lines = json.loads(f"[{inside}]")
        assert name == file.stem
        for line in lines.split("\n")[:-1]:
            key, place, *rest = line.split("\t")
            number, reason = answers[key]
            assert hashed(key) % page["shards"] == int(name, 16), key
            assert rest[:1] == ([number] if number else []), key
            assert number or page["codes"][int(place)] == reason, key
            seen += 1
    assert seen == len(answers)
    return len(files), max(file.stat().st_size for file in files)


def ask(page: Path, answers: dict[str, tuple[str, str]]) -> tuple[float, list[float], int]:
    """Type numbers and links; returns the seconds that opening took, those of each answer, and how
    many answers were not those of the list."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chosen = random.Random(seed).sample(sorted(answers), ASKED)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        tab = browser.new_context(locale="en-GB", offline=True).new_page()
        began = time.perf_counter()
        tab.goto(page.as_uri())
        opened = time.perf_counter() - began
        said = json.loads(tab.locator("#page").text_content() or "")["words"]["en"]["answers"]
        times, wrong = [], 0
        for turn, key in enumerate(chosen):
            typed = (key, key.lower(), f"{key[:2]} {key[2:]}", LINK.format(key))[turn % 4]
            text, seconds = _typed(tab, typed)
            times.append(seconds)
            number, reason = answers[key]
            wrong += (number or said[reason]) not in text
        text, seconds = _typed(tab, "SD9")
        wrong += "We do not know this number" not in text
        browser.close()
    return opened, [*times, seconds], wrong


def _typed(tab: Page, text: str) -> tuple[str, float]:
    tab.locator("#number").fill(text)
    began = time.perf_counter()
    tab.locator("#number").press("Enter")
    tab.locator("#answers article").first.wait_for()
    return tab.locator("#answers").inner_text(), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
