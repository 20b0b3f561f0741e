"""The simulator as a server: what outlives it, and how it starts and ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from simulated_desk import Client, seed

from migrate.simulate.topdesk.seed import seed_from_world
from migrate.simulate.topdesk.server import PASSWORD, USER, Settings, TopdeskServer
from migrate.simulate.world import World

PROGRAM = """
import sys
from pathlib import Path
from migrate.simulate.topdesk.server import Settings, run
run(Settings(Path(sys.argv[1])))
"""


@contextmanager
def _process(database: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(database)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        with _process(tmp_path / "topdesk.db") as (process, url):
            for _ in range(20):
                response = requests.post(
                    f"{url}/tas/api/incidents",
                    json={"action": "notat"},
                    auth=(USER, PASSWORD),
                    timeout=10,
                )
                numbers.append(response.json()["number"])
            process.send_signal(signal.SIGKILL)
            process.wait()
    with TopdeskServer(Settings(tmp_path / "topdesk.db")) as topdesk:
        counts = topdesk.census()["counts"]
    assert (counts["incident"], counts["entry"]) == (40, 40)
    assert len(set(numbers)) == 40


def test_a_terminated_process_ends_by_itself(tmp_path: Path) -> None:
    with _process(tmp_path / "topdesk.db") as (process, url):
        assert requests.get(f"{url}/tas/api/version", timeout=10).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_restart_keeps_address_and_records(topdesk: Client) -> None:
    url = topdesk.server.url
    made = topdesk.incident(externalNumber="IM1")
    person = topdesk("GET", "persons", params={"query": "employeeNumber==1001"}).json()
    topdesk.server.restart()
    assert topdesk.server.url == url
    assert topdesk("GET", f"incidents/id/{made['id']}").json() == made
    assert topdesk("GET", "persons", params={"query": "employeeNumber==1001"}).json() == person
    assert topdesk.incident()["number"] != made["number"]


def test_numbers_start_again_each_month(tmp_path: Path) -> None:
    moment = datetime(2019, 9, 30, 23, 59, tzinfo=UTC)

    def clock() -> datetime:
        return moment

    with TopdeskServer(Settings(tmp_path / "t.db", seed(), clock=clock)) as server:
        client = Client(server, requests.Session())
        client.session.auth = server.auth
        numbers = [client.incident()["number"] for _ in range(2)]
        moment = datetime(2019, 10, 1, tzinfo=UTC)
        numbers.append(client.incident()["number"])
        client.session.close()
    assert numbers == ["I 1909 001", "I 1909 002", "I 1910 001"]


def test_a_port_that_is_taken_is_said_at_once(topdesk: Client, tmp_path: Path) -> None:
    port = topdesk.server.settings.port
    with pytest.raises(OSError, match="address already in use"):
        TopdeskServer(Settings(tmp_path / "other.db", port=port)).start()


def test_long_logins_can_be_cut_when_they_are_read(tmp_path: Path) -> None:
    with TopdeskServer(Settings(tmp_path / "t.db", seed(), login_read_length=5)) as server:
        query = {"query": "networkLoginName==karin*", "fields": "networkLoginName"}
        response = requests.get(
            f"{server.url}/tas/api/persons", params=query, auth=server.auth, timeout=10
        )
    assert response.json()["item"] == [{"networkLoginName": "karin"}]


def test_the_invented_university_is_there_before_it_moves(tmp_path: Path) -> None:
    planted = seed_from_world(World(scale="test"))
    with TopdeskServer(Settings(tmp_path / "t.db", planted)) as server:
        counts = server.census()["counts"]
    assert counts["branch"] == len(planted.branches) > 30
    assert counts["person"] == len(planted.persons) > 300
    assert counts["operator"] == len(planted.operators) + 1
    assert "operator_group" not in counts
    persons = {card["id"] for card in planted.persons}
    assert all(operator["linkedPerson"] in persons for operator in planted.operators)
