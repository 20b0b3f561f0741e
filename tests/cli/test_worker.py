"""Units loaded by workers from a queue: the state on PostgreSQL, TOPdesk beside it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from proxy import proxied
from service_desk import Desk, copy_of, document
from stores import in_database

from migrate.errors import Exit
from migrate.state.leases import Leases

pytestmark = pytest.mark.postgres

SLOW = 0.2
"""Seconds that TOPdesk takes, so that a load is caught in its middle."""


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts commands in processes of their own, none of which outlives its test."""
    started: list[subprocess.Popen[str]] = []

    def begin(desk: Desk, *arguments: str) -> subprocess.Popen[str]:
        started.append(desk.start(*arguments))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], seconds: float = 300.0) -> tuple[int, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out + err


def test_two_workers_load_what_was_queued_one_of_them_elsewhere(
    shared: Desk, start: Start, tmp_path: Path
) -> None:
    assert shared.run("queue", "--sprint", "pilot") == Exit.OK
    elsewhere = Desk(tmp_path / "elsewhere", shared.topdesk)
    elsewhere.folder.mkdir()
    shutil.copy(shared.folder / "migrate.yaml", elsewhere.folder)
    code, text = ended(start(elsewhere, "worker"))
    assert (code, "files-elsewhere" in text) == (Exit.USAGE, True), text
    elsewhere.edit("migrate.yaml", "state:", f"state:\n  folder: {shared.folder}/state")
    workers = [start(desk, "worker", "--until-empty", "--json") for desk in (shared, elsewhere)]
    said = [ended(worker) for worker in workers]
    assert [code for code, _ in said] == [0, 0], said
    loaded = [unit["unit"] for _, text in said for unit in document(text)["loaded"]]
    assert sorted(loaded) == ["it", "kommunikasjon"]
    assert shared.run("load", "--sprint", "pilot") == Exit.OK
    assert shared.run("verify", "--sprint", "pilot") == Exit.OK
    assert doubles(shared) == []
    # What else reads the state, reads it there.
    found = shared.ask("GET", "incidents", all="true")
    number = next(i["externalNumber"] for i in found if i["externalNumber"].startswith("IM"))
    for command in ("explain", "lookup"):
        assert shared.run(command, number) == Exit.OK
    for arguments in (
        ("status", "--reasons"),
        ("failures", "--unit", "it"),
        ("undo", "--unit", "it", "--dry-run"),
        ("concierge",),
    ):
        assert shared.run(*arguments) == Exit.OK, arguments


def test_links_between_units_are_written_whoever_came_last(shared: Desk, start: Start) -> None:
    for unit, category in (("it", "IT"), ("kommunikasjon", "Bygg og campus")):
        shared.edit(
            f"mappings/units/{unit}/unit.yaml", "groups:", f"knowledge: [{category}]\ngroups:"
        )
        decided = f"- source: {category}\n  decision: {{action: map, folder: {category}}}\n"
        (shared.folder / f"mappings/units/{unit}/knowledge.yaml").write_text(
            f"{decided}  restricted: false\n", encoding="utf-8"
        )
    shared.edit("mappings/units/kommunikasjon/unit.yaml", "knowledge: [Kommunikasjon]\n", "")
    assert shared.run("map", "approve", "--by", "eier@example.no") == Exit.OK
    assert shared.run("queue", "--sprint", "pilot") == Exit.OK
    workers = [start(shared, "worker", "--until-empty") for _ in range(2)]
    assert [code for code, _ in map(ended, workers)] == [0, 0]
    code, text = ended(start(shared, "load", "--sprint", "pilot", "--json"))
    assert (code, document(text)["requests"]) == (Exit.OK, 0)


def begun(desk: Desk, worker: subprocess.Popen[str], incidents: int) -> None:
    """Wait until TOPdesk has this many incidents, and more are to come."""
    last = time.monotonic() + 180
    while desk.incidents() < incidents:
        assert worker.poll() is None, ended(worker)
        assert time.monotonic() < last
        time.sleep(0.02)


def doubles(desk: Desk) -> list[str]:
    found = desk.ask("GET", "incidents", all="true", pageSize="10000")
    numbers = [incident["externalNumber"] for incident in found]
    return [number for number in numbers if numbers.count(number) > 1]


def all_is_loaded(desk: Desk, unit: str) -> None:
    assert desk.run("load", "--unit", unit) == Exit.OK
    assert desk.run("verify", "--unit", unit) == Exit.OK
    assert doubles(desk) == []


def test_a_killed_workers_unit_is_taken_over(shared: Desk, start: Start) -> None:
    assert shared.run("queue", "--unit", "kommunikasjon") == Exit.OK
    shared.topdesk.misbehave(latency=SLOW)
    first = start(shared, "worker")
    begun(shared, first, 4)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    shared.topdesk.misbehave()
    code, text = ended(start(shared, "worker", "--until-empty"))
    assert code == Exit.OK, text
    assert "no sign of life" in text
    all_is_loaded(shared, "kommunikasjon")


def test_a_worker_that_is_told_to_stop_puts_its_unit_back(
    shared: Desk, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shared.run("queue", "--unit", "kommunikasjon") == Exit.OK
    shared.topdesk.misbehave(latency=SLOW)
    worker = start(shared, "worker")
    begun(shared, worker, 4)
    worker.send_signal(signal.SIGTERM)
    code, text = ended(worker)
    assert (code, "stopped by hand" in text) == (Exit.STOPPED, True), text
    shared.topdesk.misbehave()
    capsys.readouterr()
    assert shared.run("status", "--json") == Exit.OK
    report = document(capsys.readouterr().out)
    assert [job["job"] for job in report["queue"]] == ["waiting"]
    assert not {line["bucket"] for line in report["units"]} & {"sending", "in_doubt"}
    assert ended(start(shared, "worker", "--until-empty"))[0] == Exit.OK
    all_is_loaded(shared, "kommunikasjon")


def test_a_unit_at_work_is_not_loaded_by_hand_nor_queued_nor_by_a_worker(
    shared: Desk, start: Start, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shared.run("queue", "--unit", "kommunikasjon") == Exit.OK
    somewhere_else = Leases(in_database(postgres_url), 3.0)
    with somewhere_else.hold("kommunikasjon"):
        for command in ("load", "queue"):
            capsys.readouterr()
            assert shared.run(command, "--unit", "kommunikasjon", "--json") == Exit.STOPPED
            told = document(capsys.readouterr().out)["problems"]
            codes = [problem["code"] for problem in told if not problem["warning"]]
            assert codes == ["unit-locked"]
        worker = start(shared, "worker", "--until-empty")
        assert worker.stdout is not None
        assert any("unit-locked" in line for line in worker.stdout)
    somewhere_else.close()
    assert shared.incidents() == 1  # the sprint's probe ticket
    assert shared.run("load", "--unit", "kommunikasjon") == Exit.OK
    assert doubles(shared) == []


@pytest.mark.slow
def test_a_worker_that_was_cut_off_goes_on_when_the_database_is_back(
    prepared: Path, tmp_path: Path, postgres_url: str, start: Start
) -> None:
    place = in_database(postgres_url)
    with copy_of(prepared, tmp_path / "desk") as desk, proxied(place) as (far, proxy):
        desk.share(far.url)
        assert desk.run("queue", "--unit", "kommunikasjon") == Exit.OK
        desk.topdesk.misbehave(latency=SLOW)
        worker = start(desk, "worker", "--until-empty")
        begun(desk, worker, 4)
        proxy.cut()
        time.sleep(1.0)
        known = desk.incidents()
        time.sleep(3.0)
        assert desk.incidents() == known
        desk.topdesk.misbehave()
        proxy.mend()
        code, text = ended(worker)
        assert code == Exit.OK, text
        assert "The database answers again." in text
        all_is_loaded(desk, "kommunikasjon")


@pytest.mark.slow
def test_a_plan_that_changed_after_it_was_queued_is_not_loaded(shared: Desk, start: Start) -> None:
    assert shared.run("queue", "--unit", "kommunikasjon") == Exit.OK
    scope = "closed_since: 2017-01-01"
    shared.edit("mappings/sprints.yaml", scope, "closed_since: 2019-01-01")
    assert shared.run("plan", "--unit", "kommunikasjon") == Exit.OK
    before = shared.incidents()
    code, text = ended(start(shared, "worker", "--until-empty"))
    assert (code, "plan-outdated" in text) == (Exit.OK, True), text
    assert shared.incidents() == before
    assert shared.run("queue", "--unit", "kommunikasjon") == Exit.OK
    assert ended(start(shared, "worker", "--until-empty"))[0] == Exit.OK
    assert shared.incidents() > before


def test_without_a_database_there_are_no_workers(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (("worker",), ("queue", "--sprint", "pilot")):
        capsys.readouterr()
        assert desk.run(*arguments, "--json") == Exit.USAGE
        [problem] = document(capsys.readouterr().out)["problems"]
        assert problem["code"] == "state-not-shared"


def test_a_database_that_is_away_or_unknown_is_told(
    desk: Desk, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = in_database(postgres_url).url
    answers = [
        ("postgresql://nobody@127.0.0.1:1/nothing", Exit.STOPPED, "state-unreachable"),
        (good.replace("/test_", "/no_such_"), Exit.USAGE, "state-refused"),
    ]
    for url, code, problem in answers:
        desk.share(url)
        capsys.readouterr()
        assert desk.run("status", "--json") == code
        [told] = document(capsys.readouterr().out)["problems"]
        assert told["code"] == problem
        desk.edit("migrate.yaml", f'state:\n  url: "{url}"\n  lease: 3.0\n', "")
