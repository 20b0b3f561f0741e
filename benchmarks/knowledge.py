"""A knowledge base of 2,000 articles into both forms of TOPdesk's API.

    python -m benchmarks.knowledge [--articles 2000] [--seed N] [--folder DIR]

The invented articles have tables, pictures, files, links to each other, to tickets and to the
intranet, working copies and external documents, and every way in which editors went wrong. After
the load it is counted in the target, apart from `verify`, whether every picture that a text shows
was uploaded, and every link to an item leads to one. What was simplified is listed per article.
"""

from __future__ import annotations

import argparse
import html
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.cli.main import run
from migrate.simulate.hpsm import make_database
from migrate.simulate.topdesk.seed import seed_from_world
from migrate.simulate.topdesk.server import PASSWORD, Settings, TopdeskServer
from migrate.simulate.world import knowledge
from migrate.simulate.world.services import SERVICES
from migrate.simulate.world.world import World
from migrate.state.plan_store import PlanStore

_CONFIG = """\
source:
  type: sql
  url: sqlite:///{folder}/hpsm.db
  kinds: [departments, contacts, operators, groups, members, interactions, incidents, relations,
    activities, attachments, knowledge]
target:
  url: {url}
  timeout: 20
  settle_window: 5
"""
_UNIT = "kunnskap"
_HREF = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
_SRC = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"')
_ITEM = re.compile(r"knowledgeitem\?unid=([0-9a-f]{32})")


@dataclass
class Counted:
    """What one load came to, counted in the target."""

    form: str
    articles: int
    loaded: int = 0
    requests: int = 0
    seconds: float = 0.0
    pictures: int = 0
    attachments: int = 0
    links: int = 0
    dead: int = 0
    missing: int = 0
    unwritten: int = 0
    doubles: int = 0
    differences: int = 0
    buckets: Counter[str] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        return not (self.dead or self.missing or self.unwritten or self.doubles or self.differences)


def prepare(folder: Path, articles: int, seed: int) -> World:
    """A HPSM with so many articles (working copies come on top) and a workspace for them."""
    world = World(seed, "test")
    before = knowledge.ARTICLES["test"]
    knowledge.ARTICLES["test"] = articles
    try:
        make_database(f"sqlite:///{folder}/hpsm.db", world)
    finally:
        knowledge.ARTICLES["test"] = before
    # The first articles are about the first services.
    named = dict.fromkeys(service.category for service in [*SERVICES.values()][:articles])
    tops = "".join(
        f"- source: {top}\n"
        f"  decision: {{action: map, folder: Kunnskap/{top}, audience: portal}}\n"
        "  restricted: false\n"
        for top in named
    )
    files = {
        "policy.yaml": "knowledge: {drafts: operators, statuses: {external: Publisert}}\n",
        "sprints.yaml": (
            f"- name: alt\n  units: [{_UNIT}]\n"
            "  scope: {kinds: [foundation, knowledge]}\n"
            "  notifications_off: {by: drift@example.no, at: 2019-09-27}\n"
        ),
        "values/status.yaml": '"*": {state: open}\n',
        "values/service.yaml": '"*": {}\n',
        **{
            f"values/{name}.yaml": '"*": null\n'
            for name in ("priority", "impact", "urgency", "category", "closure_code", "entry_type")
        },
        f"units/{_UNIT}/unit.yaml": (
            f"name: Kunnskap\nbranch: IT-avdelingen\ngroups: []\nknowledge: [{', '.join(named)}]\n"
        ),
        f"units/{_UNIT}/knowledge.yaml": tops,
    }
    for name, text in files.items():
        path = folder / "mappings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return world


def load(folder: Path, world: World, articles: int, migrated: bool) -> Counted:
    """Everything from extract to verify, into an empty TOPdesk of one form."""
    form = "folders" if migrated else "items"
    counted = Counted(form, articles)
    database = folder / f"topdesk-{form}.db"
    settings = Settings(database, seed_from_world(world), migrated=migrated)
    with TopdeskServer(settings) as topdesk:
        config = _CONFIG.format(folder=folder, url=topdesk.url)
        config += f"state:\n  folder: state-{form}\n"
        (folder / "migrate.yaml").write_text(config, encoding="utf-8")
        _type(folder, {0, 3}, "extract")
        _type(folder, {0}, "map", "approve", "--unit", _UNIT, "--by", "eier@example.no")
        began = time.monotonic()
        _type(folder, {0, 3}, "load", "--sprint", "alt", "--probe-silent")
        counted.seconds = time.monotonic() - began
        counted.requests = topdesk.stats()["writes"]
        counted.differences = _type(folder, {0, 6}, "verify", "--sprint", "alt")
        _count(counted, topdesk)
    store = PlanStore(folder / f"state-{form}" / "plan.db")
    try:
        for kind, verdict, code, records, _ in store.summary(_UNIT, "knowledge"):
            counted.buckets[f"{kind} {verdict or 'loaded'} {code}".strip()] += records
    finally:
        store.close()
    return counted


def simplified(folder: Path, form: str = "folders") -> dict[str, str]:
    """Article → what of it was simplified, as the plan has it."""
    store = PlanStore(folder / f"state-{form}" / "plan.db")
    try:
        told = store.findings_in(_UNIT, "knowledge")
        return {each.key: each.detail for each in told if each.code == "article-simplified"}
    finally:
        store.close()


def _count(counted: Counted, topdesk: TopdeskServer) -> None:
    """Looks into every text that the target has; nothing of the client is asked."""
    census = topdesk.census()
    duplicates = census["duplicates"]
    names = ("knowledge_item.externalLinkId", "knowledge_folder.externalLinkId", "knowledge_file")
    counted.doubles = sum(len(duplicates[name]) for name in names)

    def look() -> None:
        tenant = topdesk.front.api.tenant
        ids = {card["id"].replace("-", "") for card in tenant.cards["knowledge_item"]}
        for card in tenant.cards["knowledge_item"]:
            images = set(tenant.store.knowledge.images(card["id"]))
            counted.pictures += len(images)
            counted.attachments += len(tenant.store.knowledge.files(card["id"], "attachment"))
            counted.loaded += not str(card.get("externalLinkId") or "").startswith("folder:")
            for text in card["translations"].values():
                _text(counted, str(text.get("content") or ""), images, ids)

    topdesk.ask(look)


def _text(counted: Counted, content: str, images: set[str], ids: set[str]) -> None:
    counted.missing += sum(html.unescape(name) not in images for name in _SRC.findall(content))
    for address in map(html.unescape, _HREF.findall(content)):
        counted.links += 1
        counted.unwritten += "migrate-" in address
        if led := _ITEM.search(address):
            counted.dead += led[1] not in ids


def _type(folder: Path, expected: set[int], *arguments: str) -> int:
    code = run(["--workspace", str(folder), *arguments])
    if code not in expected:
        raise SystemExit(f"migrate {' '.join(arguments)} ended with {code}")
    return int(code)


def table(results: list[Counted]) -> str:
    """The figures of both loads, side by side."""
    rows: list[tuple[str, Any]] = [
        ("articles, without working copies", "articles"),
        ("items in the target", "loaded"),
        ("requests that write", "requests"),
        ("seconds, against a target without latency", "seconds"),
        ("pictures", "pictures"),
        ("attachments", "attachments"),
        ("links", "links"),
        ("… of which lead to no item", "dead"),
        ("… of which were never written", "unwritten"),
        ("pictures shown that are not there", "missing"),
        ("doubles", "doubles"),
        ("differences that verify found", "differences"),
    ]
    lines = [f"{'':<44}" + "".join(f"{each.form:>12}" for each in results)]
    for words, name in rows:
        values = (getattr(each, name) for each in results)
        figures = (f"{v:.1f}" if isinstance(v, float) else str(v) for v in values)
        lines.append(f"{words:<44}" + "".join(f"{figure:>12}" for figure in figures))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 10_000))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    os.environ["TOPDESK_PASSWORD"] = PASSWORD
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"seed {given.seed}")
        world = prepare(folder, given.articles, given.seed)
        results = [load(folder, world, given.articles, migrated) for migrated in (True, False)]
        told = simplified(folder)
        (folder / "simplified.txt").write_text(
            "".join(f"{key}: {detail}\n" for key, detail in sorted(told.items())), encoding="utf-8"
        )
        print(table(results))
        for bucket, number in sorted(results[0].buckets.items()):
            print(f"  {bucket:<50} {number:>6}")
        print(f"simplified: {len(told)} articles, for example")
        for key in sorted(told)[:5]:
            print(f"  {key}: {told[key]}")
    sys.exit(0 if all(each.sound for each in results) else 1)


if __name__ == "__main__":
    main()
