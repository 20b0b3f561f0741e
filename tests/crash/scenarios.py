"""What is loaded again and again: into an empty TOPdesk, or what HPSM did since a first load."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cells import REQUESTS
from desk import Topdesk
from launch import cell_of
from world import OWNER, configure, extract, make_workspace, migrate

from migrate.simulate.hpsm import escalate, note

_LINED = "vakt-service"


@dataclass
class Scenario:
    """`workspace` and the target's database as a round begins with them; `counted` and `trails` are
    what a load that nothing disturbs makes of them, `sends` how often it sends each cell, and
    `before` what was done when a round begins."""

    name: str
    workspace: Path
    target: Path | None = None
    counted: dict[str, Any] = field(default_factory=dict)
    trails: dict[str, Any] = field(default_factory=dict)
    sends: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)

    def left(self, folder: Path) -> Counter[str]:
        """What a round still has to send."""
        return self.sends - (done(folder) - self.before)

    def begin(self, folder: Path, topdesk: Topdesk, **settings: float) -> None:
        """Put it where a round works on it."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.workspace, folder)
        configure(folder, topdesk.url, **settings)
        if self.target is None:
            topdesk.reset()
        else:
            topdesk.kill()
            for old in topdesk.database.parent.glob(f"{topdesk.database.name}*"):
                old.unlink()
            shutil.copy(self.target, topdesk.database)
            topdesk.start()


def make_fresh(folder: Path, topdesk: Topdesk, seed: int, *, every_kind: bool) -> Scenario:
    """Three units into an empty TOPdesk."""
    made = Scenario("a first load", folder / "fresh")
    make_workspace(made.workspace, topdesk.url, seed=seed, every_kind=every_kind)
    _well(migrate(made.workspace, "plan", "--sprint", "pilot"))
    return made


def make_delta(folder: Path, topdesk: Topdesk, fresh: Scenario, dice: random.Random) -> Scenario:
    """The same three units, loaded, and then: calls escalated, tickets noted on and changed, a unit
    that now works in the first line only. `folder` is where the load was done."""
    made = Scenario("a delta", folder / "delta", folder / "delta.db")
    fresh.begin(made.workspace, topdesk)
    _well(migrate(made.workspace, "load", "--sprint", "pilot"))
    _live_on(made.workspace, dice)
    topdesk.kill()
    shutil.copy(topdesk.database, folder / "delta.db")
    for log in topdesk.database.parent.glob(f"{topdesk.database.name}-*"):
        shutil.copy(log, folder / f"delta.db{log.name.removeprefix(topdesk.database.name)}")
    whole = sqlite3.connect(folder / "delta.db")
    whole.execute("PRAGMA journal_mode = DELETE")
    whole.close()
    topdesk.start()
    return made


def _live_on(workspace: Path, dice: random.Random) -> None:
    loaded = sqlite3.connect(workspace / "state" / "journal.db")
    tickets = [
        str(n)
        for (n,) in loaded.execute(
            "SELECT key FROM members WHERE record = 'incident' AND kind <> 'tasks'"
        )
    ]
    loaded.close()
    url = f"sqlite:///{workspace}/hpsm.db"
    calls = sorted(number for number in tickets if number.startswith("SD"))
    incidents = sorted(number for number in tickets if number.startswith("IM"))
    alone = _alone(workspace, calls)
    for number in dice.sample(alone, min(12, len(alone))):
        escalate(url, number)
    for number in dice.sample(incidents, min(40, len(incidents))):
        note(url, number, f"Ringte igjen om {number}", visible=dice.random() < 0.5)
    hpsm = sqlite3.connect(workspace / "hpsm.db")
    with hpsm:
        for number in dice.sample(incidents, min(40, len(incidents))):
            hpsm.execute(
                "UPDATE PROBSUMMARYM1 SET BRIEF_DESCRIPTION = ?, SYSMODTIME = '2019-12-01 10:00:00'"
                " WHERE NUMBER = ?",
                (f"Ny tittel på {number}", number),
            )
        hpsm.execute(
            "UPDATE PROBSUMMARYM1 SET PROBLEM_STATUS = 'Closed', STATUS = 'Closed',"
            " CLOSE_TIME = '2019-11-30 10:00:00', SYSMODTIME = '2019-12-01 10:00:00'"
            " WHERE CLOSE_TIME IS NULL"
        )
    hpsm.close()
    extract(workspace)
    groups = workspace / "mappings" / "units" / _LINED / "groups.yaml"
    text = groups.read_text(encoding="utf-8")
    groups.write_text(text.replace("action: map,", "action: map, line: first,"), "utf-8")
    _well(migrate(workspace, "map", "approve", "--by", OWNER), 4)
    _well(migrate(workspace, "plan", "--sprint", "pilot"))


def _alone(workspace: Path, calls: list[str]) -> list[str]:
    snapshot = sqlite3.connect(workspace / "state" / "snapshot.db")
    paired = {number for (number,) in snapshot.execute("SELECT interaction FROM pairs")}
    snapshot.close()
    return [number for number in calls if number not in paired]


def done(workspace: Path) -> Counter[str]:
    """How many of each cell are done; none where there is no journal yet."""
    file = workspace / "state" / "journal.db"
    if not file.exists():
        return Counter()
    journal = sqlite3.connect(file)
    try:
        rows = journal.execute(
            "SELECT kind, step FROM operations WHERE state IN ('done', 'verified')"
        ).fetchall()
    except sqlite3.OperationalError:  # killed while it was made
        rows = []
    finally:
        journal.close()
    return Counter(cell for kind, step in rows if (cell := cell_of(kind, step)) in REQUESTS)


def _well(ended: Any, *also: int) -> None:
    """4 is said of a group that the tool leaves to people; its tickets stay behind."""
    if ended.returncode not in (0, 3, *also):
        raise AssertionError(ended.stdout[-2000:] + ended.stderr[-2000:])
