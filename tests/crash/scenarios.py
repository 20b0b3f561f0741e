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
from world import OWNER, configure, extract, join_groups, make_workspace, migrate

from migrate.simulate.hpsm import escalate, note

_LINED = "vakt-service"
_NEWS = (
    ("CONTCTSM1", "CONTACT_NAME", "CONTACT_PHONE", "73 50 {:04}"),
    ("CONTCTSM1", "CONTACT_NAME", "EMAIL", "ny{}@example.no"),
    ("IMTASKM1", "ID", "BRIEF_DESCRIPTION", "Ny oppgave nummer {}, som noen skal gjøre"),
)
"""Tables, their keys, and what half of their rows have anew; operators have the address of their
contact."""


@dataclass
class Scenario:
    """`workspace` and the target's database as a round begins with them; `counted` and `trails` are
    what a load that nothing disturbs makes of them, `sends` how often it sends each cell, and
    `since` the last run of the journal as a round begins."""

    name: str
    workspace: Path
    target: Path | None = None
    counted: dict[str, Any] = field(default_factory=dict)
    trails: dict[str, Any] = field(default_factory=dict)
    sends: Counter[str] = field(default_factory=Counter)
    since: int = 0

    def left(self, folder: Path) -> Counter[str]:
        """What a round still has to send."""
        return self.sends - done(folder, self.since)

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
    that now works in the first line only, people with new telephones, tasks with new titles, groups
    that join others. `folder` is where the load was done."""
    made = Scenario("a delta", folder / "delta", folder / "delta.db")
    fresh.begin(made.workspace, topdesk)
    _well(migrate(made.workspace, "load", "--sprint", "pilot"))
    _live_on(made.workspace, dice)
    _keep(topdesk, folder / "delta.db")
    return made


def make_undone(folder: Path, topdesk: Topdesk, fresh: Scenario) -> Scenario:
    """The same three units, loaded and taken back: what was archived is brought back, tickets are
    made anew."""
    made = Scenario("after an undo", folder / "undone", folder / "undone.db")
    fresh.begin(made.workspace, topdesk)
    _well(migrate(made.workspace, "load", "--sprint", "pilot"))
    _well(migrate(made.workspace, "undo", "--sprint", "pilot"))
    _well(migrate(made.workspace, "plan", "--sprint", "pilot"))
    _keep(topdesk, folder / "undone.db")
    return made


def _keep(topdesk: Topdesk, copy: Path) -> None:
    """The target's database as it is now, in one file."""
    topdesk.kill()
    shutil.copy(topdesk.database, copy)
    for log in topdesk.database.parent.glob(f"{topdesk.database.name}-*"):
        shutil.copy(log, f"{copy}{log.name.removeprefix(topdesk.database.name)}")
    whole = sqlite3.connect(copy)
    whole.execute("PRAGMA journal_mode = DELETE")
    whole.close()
    topdesk.start()


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
    _people_change(workspace, dice)
    extract(workspace)
    groups = workspace / "mappings" / "units" / _LINED / "groups.yaml"
    text = groups.read_text(encoding="utf-8").replace(", line: second", "")
    groups.write_text(text.replace("action: map,", "action: map, line: first,"), "utf-8")
    join_groups(workspace)
    _well(migrate(workspace, "map", "approve", "--by", OWNER), 4)
    _well(migrate(workspace, "plan", "--sprint", "pilot"))


def _people_change(workspace: Path, dice: random.Random) -> None:
    """People have new telephones and addresses, tasks new titles."""
    hpsm = sqlite3.connect(workspace / "hpsm.db")
    with hpsm:
        for table, key, column, value in _NEWS:
            keys = [str(key) for (key,) in hpsm.execute(f"SELECT {key} FROM {table} ORDER BY 1")]
            for number, each in enumerate(dice.sample(keys, len(keys) // 2)):
                hpsm.execute(
                    f"UPDATE {table} SET {column} = ?, SYSMODTIME = '2019-12-01 10:00:00'"
                    f" WHERE {key} = ?",
                    (value.format(number), each),
                )
    hpsm.close()


def _alone(workspace: Path, calls: list[str]) -> list[str]:
    snapshot = sqlite3.connect(workspace / "state" / "snapshot.db")
    paired = {number for (number,) in snapshot.execute("SELECT interaction FROM pairs")}
    snapshot.close()
    return [number for number in calls if number not in paired]


def done(workspace: Path, since: int) -> Counter[str]:
    """How many of each cell are done, by runs after `since`; none where there is no journal yet."""
    rows = _read(
        workspace,
        f"SELECT kind, step FROM operations WHERE state IN ('done', 'verified') AND run > {since}",
    )
    return Counter(cell for kind, step in rows if (cell := cell_of(kind, step)) in REQUESTS)


def last_run(workspace: Path) -> int:
    """The number of the newest run; 0 where there was none."""
    rows = _read(workspace, "SELECT max(id) FROM runs")
    return int(rows[0][0] or 0) if rows else 0


def _read(workspace: Path, query: str) -> list[Any]:
    file = workspace / "state" / "journal.db"
    if not file.exists():
        return []
    journal = sqlite3.connect(file)
    try:
        return journal.execute(query).fetchall()
    except sqlite3.OperationalError:  # killed while it was made
        return []
    finally:
        journal.close()


def _well(ended: Any, *also: int) -> None:
    """4 is said of a group that the tool leaves to people; its tickets stay behind."""
    if ended.returncode not in (0, 3, *also):
        raise AssertionError(ended.stdout[-2000:] + ended.stderr[-2000:])
