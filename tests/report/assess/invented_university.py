"""The invented university, read into a snapshot and assessed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hand_made import of

from migrate.cli.main import run
from migrate.report.assess.assess import Assessment
from migrate.report.assess.view import Hits
from migrate.simulate.hpsm import Counts, make_database
from migrate.simulate.world import GROUPS
from migrate.simulate.world.world import World

CONFIG = """\
source: {{type: sql, url: "sqlite:///{folder}/hpsm.db"}}
target: {{url: "http://127.0.0.1:9"}}
"""

WORLD = World(1, "test")
UNITS = ("it", "vakt-service", "hr-hms")
RESTRICTED = ("VS-SIKKERHET", "VS-VAKTSENTRAL", "HR-PERSONALSAKER", "HR-VARSLING")
UNDECIDED = ("IT-NETT", "IT-KLIENTDRIFT")


@dataclass(frozen=True)
class University:
    """A workspace whose HPSM was read; what was planted there, and what was found."""

    folder: Path
    counts: Counts
    found: Assessment

    def hpsm(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What HPSM's own database says."""
        with closing(sqlite3.connect(self.folder / "hpsm.db")) as connection:
            return connection.execute(query, values).fetchall()

    def hits(self, family: str) -> Hits:
        finding = of(self.found, family)
        assert finding.missing == ()
        return finding.hits


def read_into(folder: Path, world: World = WORLD) -> Counts:
    """A workspace without mappings whose HPSM was read."""
    counts = make_database(f"sqlite:///{folder}/hpsm.db", world)
    (folder / "migrate.yaml").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    run(["--workspace", str(folder), "--json", "extract"])
    return counts


def write_units(folder: Path) -> None:
    """Mappings of three units, in which some groups are restricted and one is not decided on."""
    for key in UNITS:
        unit = folder / "mappings" / "units" / key
        unit.mkdir(parents=True)
        groups = [group.name for group in GROUPS.values() if group.unit == key]
        lines = "".join(f"  - {name}\n" for name in groups)
        unit.joinpath("unit.yaml").write_text(
            f"name: Enhet {key}\nbranch: {key}\ngroups:\n{lines}", encoding="utf-8"
        )
        entries = (f"- source: {name}\n  restricted: {_restricted(name)}\n" for name in groups)
        unit.joinpath("groups.yaml").write_text("".join(entries), encoding="utf-8")


def _restricted(group: str) -> str:
    return "true" if group in RESTRICTED else "unknown" if group in UNDECIDED else "false"
