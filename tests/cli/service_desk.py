"""A whole service desk for the command line: a HPSM, a TOPdesk and a workspace between them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from probed import probed

from migrate.cli.main import run
from migrate.simulate.hpsm import make_database
from migrate.simulate.topdesk.seed import seed_from_world
from migrate.simulate.topdesk.server import PASSWORD, USER, Settings, TopdeskServer
from migrate.simulate.world.world import World

WORLD = World(1, "test")
ENVIRONMENT = os.environ | {"TOPDESK_PASSWORD": PASSWORD, "COLUMNS": "200"}

CONFIG = """\
source:
  type: sql
  url: sqlite:///{folder}/hpsm.db
target:
  url: {url}
  timeout: 5
  settle_window: 4
"""

MAPPINGS = {
    "policy.yaml": """\
people: {create_persons: true, create_operators: true, create_departments: true}
""",
    "sprints.yaml": """\
- name: pilot
  units: [it, kommunikasjon]
  scope: {closed_since: 2017-01-01}
  notifications_off: {by: drift@example.no, at: 2019-09-27}
  probe: {silent: {by: drift@example.no, at: 2019-09-27}}
""",
    "values/status.yaml": """\
Closed: {state: closed}
Resolved: {state: completed}
Pending Customer: {state: on_hold, target: Venter på innmelder}
"*": {state: open}
""",
    "values/service.yaml": '"*": {}\n',
    **{
        f"values/{name}.yaml": '"*": null\n'
        for name in ("priority", "impact", "urgency", "category", "closure_code", "entry_type")
    },
    "units/it/unit.yaml": """\
name: IT-avdelingen
branch: IT-avdelingen
groups: [IT-BRUKERSTØTTE, IT-KLIENTDRIFT, IT-NETT]
""",
    "units/kommunikasjon/unit.yaml": """\
name: Kommunikasjon
branch: Kommunikasjonsavdelingen
groups: [KOM-ARRANGEMENT, KOM-WEB OG INNSIDA]
knowledge: [Kommunikasjon]
""",
    "units/kommunikasjon/knowledge.yaml": """\
- source: Kommunikasjon
  decision: {action: map, folder: Kunnskap/Kommunikasjon, audience: portal}
  restricted: false
""",
}


@dataclass(frozen=True)
class Desk:
    """A workspace in `folder`, and the TOPdesk that runs beside it."""

    folder: Path
    topdesk: TopdeskServer

    def run(self, *arguments: str) -> int:
        """One command in this process; returns its exit code."""
        return run(["--workspace", str(self.folder), *arguments])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """One command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "migrate", "--workspace", str(self.folder), *arguments],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """What TOPdesk answers, as JSON; as a person with its API in hand would ask."""
        url = f"{self.topdesk.url}/tas/api/{path}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, url, json=body, params=query, auth=(USER, PASSWORD), timeout=10
            )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def incidents(self) -> int:
        """How many incidents TOPdesk holds."""
        count: int = self.topdesk.census()["counts"]["incident"]
        return count

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the workspace."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def share(self, url: str, lease: float = 3.0) -> None:
        """Put journal and plan into this database from now on."""
        config = self.folder / "migrate.yaml"
        text = config.read_text(encoding="utf-8")
        config.write_text(f'{text}state:\n  url: "{url}"\n  lease: {lease}\n', encoding="utf-8")


def prepare(folder: Path) -> None:
    """A workspace whose mappings are proposed, completed and approved; nothing is loaded."""
    folder.mkdir()
    make_database(f"sqlite:///{folder}/hpsm.db", WORLD)
    for name, text in MAPPINGS.items():
        file = folder / "mappings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with topdesk_of(folder) as topdesk:
        desk = Desk(folder, topdesk)
        assert desk.run("extract") == 3  # some of its attachments are broken
        assert desk.run("map", "propose") == 0
        for unit in ("it", "kommunikasjon"):
            desk.edit(
                f"mappings/units/{unit}/groups.yaml", "restricted: unknown", "restricted: false"
            )
        assert desk.run("map", "approve", "--by", "eier@example.no") == 0
        probed(folder)


@contextmanager
def copy_of(prepared: Path, folder: Path) -> Iterator[Desk]:
    """A desk of its own, copied from a prepared one."""
    shutil.copytree(prepared, folder)
    with topdesk_of(folder) as topdesk:
        yield Desk(folder, topdesk)


@contextmanager
def topdesk_of(folder: Path) -> Iterator[TopdeskServer]:
    """The TOPdesk of a workspace, on a free port that its configuration then names."""
    with TopdeskServer(Settings(folder / "topdesk.db", seed_from_world(WORLD))) as topdesk:
        text = CONFIG.format(folder=folder, url=topdesk.url)
        (folder / "migrate.yaml").write_text(text, encoding="utf-8")
        yield topdesk


def document(text: str) -> dict[str, Any]:
    """The one JSON document that a command wrote to stdout."""
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
