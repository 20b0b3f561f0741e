"""A workspace of three units, made from the simulated HPSM as a project would make it: everything
proposed by the tool, decided as proposed (where it abstains, a name of its own), approved; people,
groups and branches all to be created.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import yaml

from migrate.simulate.hpsm import make_database
from migrate.simulate.topdesk.server import PASSWORD
from migrate.simulate.world.organisation import GROUPS, PILOT_UNITS, UNITS
from migrate.simulate.world.world import World
from migrate.transform.mapping import GroupDecision
from migrate.transform.mapping_edit import set_decision
from migrate.transform.names import tidy
from migrate.workspace import Workspace

ROOT = Path(__file__).parents[2]
OWNER = "eier@example.no"
ENVIRONMENT = {
    **os.environ,
    "TOPDESK_PASSWORD": PASSWORD,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(ROOT),
}

_CONFIG = """\
source:
  type: sql
  url: sqlite:///{folder}/hpsm.db
  tables: {tables}
target:
  url: {url}
  user: migrate
  connections: {connections}
  timeout: {timeout}
  connect_timeout: 1
  settle_window: {window}
  patience: {patience}
error_budget: 0.9
mappings: mappings
"""

_MINUTES = "{activities: {fields: {rb_minutes: RB_MINUTES}}}"

_POLICY = """\
time_zone: Europe/Oslo
history: {style: folded, part_chars: 600}
people:
  create_persons: true
  create_operators: true
  create_departments: true
  create_branches: true
tickets:
  call_type: Hendelse
  further_numbers: optionalFields1.text1
  tasks: partial
"""

_EVERY_KIND = """\
  time_spent: {activity: rb_minutes}
  archive: {closed_before: 2018-09-01, reason: Avsluttet}
knowledge:
  language: nb
  drafts: leave
  expired: operators
  statuses: {external: Publisert, internal: Publisert}
services:
  create: true
  confirmed: {by: eier@example.no, at: 2019-09-26}
"""

_SELLER = "vakt-service"
"""The unit whose items of HPSM's catalogue become services."""
_JOINED = 2
_READER, _SHELF = "kommunikasjon", "IT"
_KNOWLEDGE = f"""\
- source: {_SHELF}
  decision: {{action: map, folder: Kunnskap/{_SHELF}, audience: portal}}
  restricted: false
"""
_TRANSLATION = f"""\
- source: {{article}}
  decision:
    action: map
    folder: Kunnskap/{_SHELF}
    audience: portal
    language: en
    translation_of: {{original}}
  restricted: false
"""
_TRANSLATED = 6
_RIGHTS = "rights: {permission_groups: [Saksbehandler]}\n"

_SPRINTS = """\
- name: pilot
  units: [{units}]
  scope: {{open: true, closed_since: 2000-01-01}}
  freeze: 2019-09-27T16:00:00+02:00
  notifications_off: {{by: eier@example.no, at: 2019-09-26}}
"""


def configure(folder: Path, url: str, **settings: float) -> None:
    """Write migrate.yaml; times in seconds."""
    values = {"connections": 8, "timeout": 0.5, "window": 2.0, "patience": 30, **settings}
    tables = _MINUTES if _counts_minutes(folder / "hpsm.db") else "{}"
    text = _CONFIG.format(folder=folder, url=url, tables=tables, **values)
    (folder / "migrate.yaml").write_text(text, encoding="utf-8")


def make_workspace(
    folder: Path, url: str, *, seed: int = 1, scale: str = "test", every_kind: bool = False
) -> None:
    """A workspace with the pilot's three units, extracted, decided and approved; with `every_kind`
    also time spent, archiving, rights and knowledge."""
    folder.mkdir(parents=True, exist_ok=True)
    make_database(f"sqlite:///{folder}/hpsm.db", World(seed, scale))
    if every_kind:
        _count_minutes(folder / "hpsm.db")
    configure(folder, url)
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings" / "values", mappings / "values")
    policy = _POLICY + (_EVERY_KIND if every_kind else "")
    (mappings / "policy.yaml").write_text(policy, encoding="utf-8")
    sprints = _SPRINTS.format(units=", ".join(PILOT_UNITS))
    (mappings / "sprints.yaml").write_text(sprints, encoding="utf-8")
    for key in PILOT_UNITS:
        unit = UNITS[key]
        groups = [group.name for group in GROUPS.values() if group.unit == key]
        shelf = f"knowledge: [{_SHELF}]\n" if every_kind and key == _READER else ""
        more = _RIGHTS + shelf if every_kind else ""
        text = f'name: "{unit.name}"\nbranch: "{unit.name}"\n{more}groups:\n'
        text += "".join(f'  - "{group}"\n' for group in groups)
        place = mappings / "units" / key
        place.mkdir(parents=True)
        (place / "unit.yaml").write_text(text, encoding="utf-8")
    extract(folder)
    if every_kind:
        _write(mappings / "units" / _READER / "knowledge.yaml", _articles(folder))
        _write(mappings / "units" / _SELLER / "services.yaml", _services(folder))
    migrate(folder, "map", "propose").check_returncode()
    for file in mappings.glob("units/*/groups.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("restricted: unknown", "restricted: false"), "utf-8")
        for entry in yaml.safe_load(text):
            if not entry.get("decision"):  # the tool leaves it to people
                named = f"{tidy(entry['source'], 26)} egen"
                set_decision(file, entry["source"], GroupDecision(action="map", target=named))
        if every_kind:
            _leave_groups(file)
    migrate(folder, "map", "approve", "--by", OWNER).check_returncode()
    with Workspace(folder) as workspace:
        workspace.remember_probe("pilot", "seen before")


def _leave_groups(file: Path) -> None:
    """The last groups of a unit stay behind, and the first ones work in the second line only."""
    decided = yaml.safe_load(file.read_text(encoding="utf-8"))
    for entry in decided[-_JOINED:]:
        set_decision(file, entry["source"], GroupDecision(action="leave", reason="venter"))
    for entry in decided[:_JOINED]:
        second = {**entry["decision"], "line": "second"}
        set_decision(file, entry["source"], GroupDecision.model_validate(second))


def join_groups(folder: Path) -> None:
    """What stayed behind goes into the first groups, which so come to work in all lines."""
    for file in folder.glob("mappings/units/*/groups.yaml"):
        decided = yaml.safe_load(file.read_text(encoding="utf-8"))
        for entry, first in zip(decided[-_JOINED:], decided, strict=False):
            target = first["decision"]["target"]
            set_decision(file, entry["source"], GroupDecision(action="merge", target=target))


def _articles(folder: Path) -> str:
    """The decision on the shelf, and some of its articles as translations of others."""
    there = _asked(
        folder / "state" / "snapshot.db",
        "SELECT id FROM knowledge WHERE status = 'external' AND answer <> '' AND categories LIKE ?"
        f" ORDER BY id LIMIT {2 * _TRANSLATED}",
        f"{_SHELF}/%",
    )
    pairs = zip(there[::2], there[1::2], strict=False)
    told = [_TRANSLATION.format(article=b, original=a) for a, b in pairs]
    return _KNOWLEDGE + "".join(told)


def _services(folder: Path) -> str:
    """The unit's items, each a service of its own."""
    groups = [group.name for group in GROUPS.values() if group.unit == _SELLER]
    items = _asked(
        folder / "state" / "snapshot.db",
        "SELECT name FROM catalogue WHERE type <> 'category'"
        f" AND assignment IN ({', '.join('?' * len(groups))}) ORDER BY name",
        *groups,
    )
    return "".join(f'- source: "{item}"\n  decision: {{action: create}}\n' for item in items)


def _asked(database: Path, query: str, *values: str) -> list[str]:
    connection = sqlite3.connect(database)
    rows = connection.execute(query, values).fetchall()
    connection.close()
    return [str(value) for (value,) in rows]


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _count_minutes(database: Path) -> None:
    """HPSM has no field for time spent: this installation added one."""
    hpsm = sqlite3.connect(database)
    with hpsm:
        hpsm.execute("ALTER TABLE ACTIVITYM1 ADD COLUMN RB_MINUTES INTEGER")
        hpsm.execute("UPDATE ACTIVITYM1 SET RB_MINUTES = 15 WHERE rowid % 9 = 0")
    hpsm.close()


def _counts_minutes(database: Path) -> bool:
    if not database.exists():
        return False
    hpsm = sqlite3.connect(database)
    columns = [row[1] for row in hpsm.execute("PRAGMA table_info(ACTIVITYM1)")]
    hpsm.close()
    return "RB_MINUTES" in columns


def extract(folder: Path) -> None:
    """What HPSM has, with a part of its attachments broken: extract says so, and is done."""
    if (done := migrate(folder, "extract")).returncode != 3:
        done.check_returncode()


def migrate(
    folder: Path, *arguments: str, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "migrate", "--workspace", str(folder), *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
