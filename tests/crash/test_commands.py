"""What the command line promises while it loads: stopping, several at once, and what HPSM changes
in between. Counted in the target."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import Topdesk
from world import ENVIRONMENT, ROOT, configure, extract, migrate

from migrate.simulate.hpsm import escalate, reassign

SMALL = "kommunikasjon"


def start(workspace: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "migrate", "--workspace", str(workspace), *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def load(workspace: Path, *chosen: str) -> None:
    """Load until nothing is left, as one does who types what the last run ends with."""
    for _ in range(4):
        ended = migrate(workspace, "load", *chosen)
        if ended.returncode != 5:
            break
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr


def once(topdesk: Topdesk, workspace: Path, *chosen: str) -> None:
    """Everything is there once, and verify says so."""
    numbers = topdesk.numbers()
    assert numbers
    assert len(numbers) == len(set(numbers))
    doubles = topdesk.census()["duplicates"]
    cards = {name: values for name, values in doubles.items() if "." in name and values}
    assert cards == {}
    verified = migrate(workspace, "verify", *chosen)
    assert verified.returncode == 0, verified.stdout[-2000:]


def until_writing(topdesk: Topdesk, writes: int) -> None:
    last = time.monotonic() + 120
    while topdesk.stats()["writes"] < writes:
        assert time.monotonic() < last
        time.sleep(0.01)


def rows(workspace: Path, sql: str) -> list[tuple[object, ...]]:
    journal = sqlite3.connect(workspace / "state" / "journal.db")
    try:
        return journal.execute(sql).fetchall()
    finally:
        journal.close()


def buckets(workspace: Path, *chosen: str) -> dict[str, int]:
    told = json.loads(migrate(workspace, "status", "--json", *chosen).stdout)
    found: dict[str, int] = {}
    for line in told["units"]:
        found[line["bucket"]] = found.get(line["bucket"], 0) + line["records"]
    return found


# Stopping.


def test_ctrl_c_drains_and_the_same_command_goes_on(workspace: Path, topdesk: Topdesk) -> None:
    topdesk.misbehave(latency_ms=100)
    process = start(workspace, "load", "--unit", SMALL)
    until_writing(topdesk, 30)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 5, told
    assert "[stopped]" in told
    states = {state for (state,) in rows(workspace, "SELECT DISTINCT state FROM operations")}
    assert states <= {"done", "planned", "skipped"}
    topdesk.misbehave()
    load(workspace, "--unit", SMALL)
    once(topdesk, workspace, "--unit", SMALL)


def test_a_second_ctrl_c_leaves_at_once_and_nothing_is_lost(
    workspace: Path, topdesk: Topdesk
) -> None:
    configure(workspace, topdesk.url, timeout=25, window=2)
    late = {"kind": "late", "method": "POST|PATCH|PUT", "after": 20, "count": 8, "delay": 20}
    topdesk.misbehave(late)
    process = start(workspace, "load", "--unit", SMALL)
    assert process.stdout is not None
    until_writing(topdesk, 20)
    process.send_signal(signal.SIGINT)
    assert any("Ctrl-C again leaves at once" in line for line in process.stdout)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130  # not one of a load that waited for its answers
    assert time.monotonic() - began < 15
    topdesk.restart()
    load(workspace, "--unit", SMALL)
    once(topdesk, workspace, "--unit", SMALL)


@pytest.mark.parametrize("room", [20_000, 400_000, 2_100_000], ids=lambda room: f"{room} bytes")
def test_a_full_disk_is_a_clean_stop(workspace: Path, topdesk: Topdesk, room: int) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    ended = subprocess.run(
        [
            *(sys.executable, "-m", "migrate"),
            *("--workspace", str(workspace), "load", "--sprint", "pilot"),
        ],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        preexec_fn=little_room,
        check=False,
    )
    assert ended.returncode == 5, ended.stdout + ended.stderr
    assert "state-unwritable" in ended.stderr
    load(workspace, "--unit", SMALL)
    once(topdesk, workspace, "--unit", SMALL)


# Several at once.


def test_of_two_loads_of_one_unit_one_refuses(workspace: Path, topdesk: Topdesk) -> None:
    configure(workspace, topdesk.url, timeout=60)
    topdesk.misbehave({"kind": "slow-drip", "method": "POST", "after": 5, "delay": 3})
    first = start(workspace, "load", "--unit", SMALL)
    until_writing(topdesk, 5)
    second = start(workspace, "load", "--unit", SMALL)
    told, _ = second.communicate(timeout=120)
    topdesk.misbehave()
    first.communicate(timeout=120)
    assert (first.returncode, second.returncode) == (0, 5), told
    assert "unit-locked" in told
    once(topdesk, workspace, "--unit", SMALL)


def test_two_loads_started_in_the_same_moment_double_nothing(
    workspace: Path, topdesk: Topdesk
) -> None:
    both = [start(workspace, "load", "--unit", SMALL) for _ in range(2)]
    told = [process.communicate(timeout=120)[0] for process in both]
    assert {process.returncode for process in both} <= {0, 5}, told
    load(workspace, "--unit", SMALL)
    once(topdesk, workspace, "--unit", SMALL)


def test_units_that_are_loaded_at_once_share_their_people(
    workspace: Path, topdesk: Topdesk
) -> None:
    units = ["it", SMALL, "vakt-service"]
    every = [start(workspace, "load", "--unit", unit) for unit in units]
    told = [process.communicate(timeout=240)[0] for process in every]
    assert [process.returncode for process in every] == [0, 0, 0], told
    once(topdesk, workspace, "--sprint", "pilot")
    plan = sqlite3.connect(workspace / "state" / "plan.db")
    shared = plan.execute(
        "SELECT identity FROM records WHERE kind = 'person' GROUP BY identity"
        " HAVING count(DISTINCT unit) = 3"
    ).fetchall()
    plan.close()
    assert shared
    made = rows(workspace, "SELECT identity FROM operations WHERE kind = 'person'")
    assert set(shared) <= set(made)
    assert topdesk.census()["counts"]["person"] == len(set(made))


def test_a_state_refuses_another_target(workspace: Path, topdesk: Topdesk) -> None:
    load(workspace, "--unit", SMALL)
    writes = topdesk.stats()["writes"]
    configure(workspace, topdesk.url.replace("127.0.0.1", "localhost"))
    for command in ("plan", "load", "verify"):
        ended = migrate(workspace, command, "--unit", SMALL)
        assert ended.returncode == 2, ended.stdout
        assert "state-other-target" in ended.stderr
    assert topdesk.stats()["writes"] == writes


# What HPSM does between two loads.


def test_a_ticket_that_is_escalated_between_two_loads_stays_one_incident(
    workspace: Path, topdesk: Topdesk
) -> None:
    load(workspace, "--sprint", "pilot")
    before = sorted(topdesk.numbers())
    hpsm = sqlite3.connect(workspace / "hpsm.db")
    calls = {number for (number,) in hpsm.execute("SELECT INCIDENT_ID FROM INCIDENTSM1")}
    hpsm.close()
    call = next(number for number in reversed(before) if number in calls)
    work = escalate(f"sqlite:///{workspace}/hpsm.db", call)
    extract(workspace)
    load(workspace, "--sprint", "pilot")
    assert sorted(topdesk.numbers()) == before
    found = [json.loads(migrate(workspace, "lookup", n, "--json").stdout) for n in (call, work)]
    old, new = [answer["lookup"]["found"] for answer in found]
    assert [r["number"] for r in old] == [r["number"] for r in new]
    assert new[0]["number"]
    once(topdesk, workspace, "--sprint", "pilot")


def test_a_ticket_that_changes_its_group_between_two_loads_stays_one_incident(
    workspace: Path, topdesk: Topdesk
) -> None:
    load(workspace, "--sprint", "pilot")
    before = sorted(topdesk.numbers())
    number = rows(
        workspace,
        "SELECT identity FROM records WHERE kind = 'incident' AND unit = 'kommunikasjon'"
        " AND identity LIKE 'IM%' ORDER BY identity DESC",
    )[0][0]
    reassign(f"sqlite:///{workspace}/hpsm.db", str(number), "IT-NETT")
    extract(workspace)
    load(workspace, "--sprint", "pilot")
    assert sorted(topdesk.numbers()) == before
    unit = rows(workspace, f"SELECT unit FROM records WHERE identity = '{number}'")
    assert unit == [("it",)]
    once(topdesk, workspace, "--sprint", "pilot")
    assert not set(buckets(workspace)) & {"planned", "in_doubt", "sending", "failed", "conflict"}
