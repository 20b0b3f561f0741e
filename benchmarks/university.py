"""A workspace that moves the whole invented university in one sprint: every group, every ticket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.simulator import PASSWORD
from migrate.simulate.hpsm import make_database
from migrate.simulate.world import GROUPS, SERVICES, UNITS, World
from migrate.transform.names import distinct, tidy

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "out"
SPRINT = "all"
CONNECTIONS = 16

Units = Mapping[str, tuple[str, list[str]]]
"""Unit → its branch in TOPdesk, and its HPSM groups."""


def source(scale: str) -> Path:
    """The invented HPSM of that scale, made once."""
    database = OUT / f"hpsm-{scale}.db"
    if not database.exists():
        OUT.mkdir(exist_ok=True)
        making = database.with_suffix(".making")
        making.unlink(missing_ok=True)
        make_database(f"sqlite:///{making}", World(1, scale))
        making.rename(database)
    return database


def units() -> Units:
    """The university's own forty."""
    return {
        key: (unit.name, [name for name, group in GROUPS.items() if group.unit == key])
        for key, unit in UNITS.items()
    }


def prepare(folder: Path, database: Path, url: str, units: Units) -> None:
    """Write the workspace, extract, and decide everything, as far as `plan`."""
    configure(folder, database, url, units)
    # The source is dirty on purpose: extract says so and ends with 3.
    migrate(folder, "extract", good=(0, 3))
    decide(folder)


def configure(folder: Path, database: Path, url: str, units: Units) -> None:
    """Write `migrate.yaml` and the mappings, without operators and approvals."""
    for name, content in _files(database, url, units):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        file.write_text(text, encoding="utf-8")


def decide(folder: Path) -> None:
    """Have operators proposed, and approve everything."""
    migrate(folder, "map", "propose")
    migrate(folder, "map", "approve", "--by", "bench@example.org")


def migrate(folder: Path, *arguments: str, good: tuple[int, ...] = (0,)) -> None:
    """One command in a process of its own. Leaves this program where it does not end well."""
    ended = subprocess.run(
        [sys.executable, "-m", "migrate", "--workspace", str(folder), *arguments],
        env={**os.environ, "TOPDESK_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode not in good:
        sys.exit(f"migrate {' '.join(arguments)}: {ended.returncode}\n{ended.stdout[-3000:]}")


def _files(database: Path, url: str, units: Units) -> Iterator[tuple[str, Any]]:
    yield (
        "migrate.yaml",
        {
            "source": {"type": "sql", "url": f"sqlite:///{database.resolve()}"},
            "target": {"url": url, "connections": CONNECTIONS},
            "error_budget": 1.0,
        },
    )
    yield (
        "mappings/policy.yaml",
        {
            "time_zone": "Europe/Oslo",
            "people": {"create_operators": True},
            "tickets": {"call_type": "Hendelse"},
        },
    )
    for file in sorted((ROOT / "mappings" / "values").glob("*.yaml")):
        values = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        if file.stem == "status":
            values["*"] = {"state": "open", "target": "Registrert"}
        elif file.stem == "service":
            values = {
                service.name: {
                    "category": service.category,
                    "subcategory": service.subcategory,
                    "default_group": service.group,
                }
                for service in SERVICES.values()
            }
        else:
            values["*"] = None
        yield f"mappings/values/{file.name}", values
    yield (
        "mappings/sprints.yaml",
        [
            {
                "name": SPRINT,
                "units": list(units),
                "scope": {"open": True, "closed_since": date(2000, 1, 1)},
                "notifications_off": {"by": "bench@example.org", "at": date(2019, 9, 27)},
                "probe": {"silent": {"by": "bench@example.org", "at": date(2019, 9, 27)}},
            }
        ],
    )
    taken: set[str] = set()
    for key, (branch, groups) in units.items():
        yield (
            f"mappings/units/{key}/unit.yaml",
            {"name": branch, "branch": branch, "groups": groups},
        )
        entries = []
        for group in groups:
            target = distinct(tidy(group), lambda name: name.casefold() in taken)
            taken.add(target.casefold())
            decision = {"action": "map", "target": target}
            entries.append({"source": group, "decision": decision, "restricted": False})
        yield f"mappings/units/{key}/groups.yaml", entries
