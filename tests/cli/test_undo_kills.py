"""An undo that is killed again and again, through lost answers: each record is taken back once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_desk import Desk, copy_of
from test_runbooks import _incidents

from migrate.simulate.topdesk.faults import Fault

KILLS = 3


@pytest.fixture
def pilot(prepared: Path, tmp_path: Path) -> Iterator[Desk]:
    with copy_of(prepared, tmp_path / "desk") as made:
        assert made.run("load", "--sprint", "pilot") == 0
        yield made


def _archived(desk: Desk) -> int:
    by_status = desk.topdesk.census()["incidents_by_status"]
    return sum(number for status, number in by_status.items() if status.endswith("Archived"))


@pytest.mark.crash
def test_killed_in_the_middle_it_goes_on_and_no_edit_is_lost(pilot: Desk) -> None:
    dice = random.Random(time.time_ns())
    mine = dice.choice([i for i in _incidents(pilot) if i["externalNumber"]])
    pilot.ask("PATCH", f"incidents/id/{mine['id']}", {"action": "Ringt innmelder"})
    before = pilot.ask("GET", f"incidents/id/{mine['id']}")
    pilot.topdesk.misbehave(
        Fault("answer-lost", rate=0.1, method="PUT|DELETE"),
        Fault("500-after", rate=0.05, method="PUT|DELETE"),
        latency=0.05,
    )
    for _ in range(KILLS):
        here = _archived(pilot)
        process = pilot.start("undo", "--sprint", "pilot")
        until = time.monotonic() + 60
        while _archived(pilot) < here + dice.randrange(3, 15) and time.monotonic() < until:
            if process.poll() is not None:
                break
            time.sleep(dice.uniform(0.0, 0.05))
        process.kill()
        process.communicate()
    pilot.topdesk.misbehave()
    assert pilot.run("undo", "--sprint", "pilot") == 0
    there = [i for i in _incidents(pilot) if "rchived" not in str(i["status"])]
    assert [i["id"] for i in there] == [mine["id"]]
    assert pilot.ask("GET", f"incidents/id/{mine['id']}") == before
    writes = pilot.topdesk.stats()["writes"]
    assert pilot.run("undo", "--sprint", "pilot") == 0
    assert pilot.topdesk.stats()["writes"] == writes
