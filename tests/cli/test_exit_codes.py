"""Every exit code of the design, reached as a person would reach it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from service_desk import Desk, document

from migrate.errors import Exit
from migrate.simulate.topdesk.faults import Fault


def _wait_until_loading(desk: Desk, process: subprocess.Popen[str], incidents: int) -> None:
    """Until so many incidents are in TOPdesk, and the load still runs."""
    while desk.incidents() < incidents:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def _dripping(desk: Desk, seconds: float) -> None:
    """From the sixth incident on, each answer takes so long; the client has the time."""
    desk.edit("migrate.yaml", "timeout: 5", "timeout: 60")
    desk.topdesk.misbehave(
        Fault("slow-drip", method="POST", path="/incidents$", after=5, delay=seconds)
    )


def _codes(text: str) -> set[str]:
    return {problem["code"] for problem in document(text)["problems"]}


def test_0_a_load_and_its_verify_that_find_nothing_wrong(loaded: Desk) -> None:
    assert loaded.incidents() > 50
    assert loaded.run("verify", "--sprint", "pilot") == Exit.OK


def test_0_a_rehearsal_of_before_the_freeze_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit("mappings/sprints.yaml", "  scope:", "  freeze: 2999-09-27 16:00\n  scope:")
    capsys.readouterr()
    assert desk.run("plan", "--sprint", "pilot", "--json") == Exit.OK
    assert _codes(capsys.readouterr().out) == {"read-before-freeze"}


def test_2_what_was_never_extracted_is_not_said_to_be_gone(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (desk.folder / "state").glob("snapshot.db*"):
        file.unlink()
    capsys.readouterr()
    for command in (("check",), ("map", "check")):
        assert desk.run("--json", *command) == Exit.OK
        answer = document(capsys.readouterr().out)
        assert {problem["code"] for problem in answer["problems"]} == {"snapshot-empty"}
        assert answer["next"] == f"migrate --workspace {desk.folder} extract"
    assert desk.run("--json", "load", "--unit", "it") == Exit.USAGE
    assert _codes(capsys.readouterr().out) == {"snapshot-empty"}


def test_1_a_state_that_nobody_but_the_tool_should_have_touched(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("plan", "--unit", "it") == Exit.OK
    with sqlite3.connect(desk.folder / "state" / "plan.db") as plan:
        plan.execute("DROP TABLE findings")
    plan.close()
    capsys.readouterr()
    assert desk.run("--json", "plan", "--unit", "it") == Exit.BUG
    answer = document(capsys.readouterr().out)
    [bug] = answer["problems"]
    assert (bug["code"], answer["exit"]) == ("bug", 1)
    file, _, line = bug["place"].partition(":")
    assert file.endswith(".py")
    assert line.isdigit()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["frobnicate"], "usage"),
        (["load", "--nonsense"], "usage"),
        (["load"], "usage"),
        (["load", "--sprint", "pilott"], "usage"),
        (["lookup", "IM99999999"], "record-unknown"),
    ],
)
def test_2_a_command_that_cannot_be_meant(
    loaded: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert loaded.run(*arguments, "--json") == Exit.USAGE
    assert code in _codes(capsys.readouterr().out)


def test_2_a_command_that_is_mistyped_is_told_with_what_it_may_have_been(
    loaded: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loaded.run("laod", "--sprint", "pilot") == Exit.USAGE
    assert "Did you mean 'load'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("type: sql", "type: sqll", "config-invalid"),
        ("hpsm.db", "hpsm-of-nobody.db", "source-unreachable"),
        ("timeout: 5", "timeout: 5\n  user: somebody", "credentials-refused"),
        ("timeout: 5", "timeout: 5\n  password_env: NOT_SET_ANYWHERE", "secret-missing"),
    ],
)
def test_2_a_configuration_that_cannot_work(
    desk: Desk, capsys: pytest.CaptureFixture[str], old: str, new: str, code: str
) -> None:
    desk.edit("migrate.yaml", old, new)
    assert desk.run("--json", "check") == Exit.USAGE
    assert _codes(capsys.readouterr().out) >= {code}


def test_2_no_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Desk(tmp_path, None).run("--json", "status") == Exit.USAGE  # type: ignore[arg-type]
    assert _codes(capsys.readouterr().out) == {"config-missing"}


def test_3_a_record_that_is_rejected_does_not_stop_the_others(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "IM" + "1" * 60
    with sqlite3.connect(desk.folder / "hpsm.db") as hpsm:
        hpsm.execute(
            "UPDATE PROBSUMMARYM1 SET NUMBER = ?, SYSMODTIME = '2019-09-22 12:00:00' WHERE NUMBER ="
            " (SELECT min(NUMBER) FROM PROBSUMMARYM1 WHERE ASSIGNMENT = 'IT-NETT')",
            [long],
        )
    hpsm.close()
    assert desk.run("extract", "--full") == Exit.SOME_FAILED  # broken attachments
    assert desk.run("load", "--unit", "it") == Exit.SOME_FAILED
    assert desk.incidents() > 30
    capsys.readouterr()
    assert desk.run("--json", "lookup", long) == Exit.SOME_FAILED
    assert document(capsys.readouterr().out)["lookup"]["reasons"] == ["number-too-long"]


def test_3_a_ticket_of_a_group_in_no_unit_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(desk.folder / "state" / "snapshot.db") as snapshot:
        [number] = snapshot.execute("SELECT min(key) FROM tickets WHERE assignment = 'IT-NETT'")
        other = "UPDATE incidents SET assignment = 'it-nett' WHERE _key = ?"
        snapshot.execute(other, number)
    snapshot.close()
    capsys.readouterr()
    assert desk.run("--json", "lookup", *number) == Exit.SOME_FAILED
    said = document(capsys.readouterr().out)["lookup"]["unplanned"]
    assert said.startswith('its group "it-nett" is in no unit of the mappings (near: IT-NETT')
    assert desk.run("explain", *number) == Exit.OK
    assert said in " ".join(capsys.readouterr().out.split())


def test_4_a_broken_mapping_loads_nothing_of_its_unit_and_the_other_goes_on(desk: Desk) -> None:
    desk.edit("mappings/units/it/groups.yaml", "target: IT Klientdrift", "target: IT Klienter")
    assert desk.run("map", "check") == Exit.MAPPING
    assert desk.run("plan", "--sprint", "pilot") == Exit.MAPPING
    assert desk.run("load", "--unit", "it") == Exit.MAPPING
    assert desk.incidents() == 0
    assert desk.run("load", "--sprint", "pilot") == Exit.MAPPING
    assert desk.incidents() > 10


def test_5_one_ctrl_c_drains_and_the_same_command_goes_on(desk: Desk) -> None:
    _dripping(desk, 2)
    load = desk.start("load", "--sprint", "pilot", "--json")
    _wait_until_loading(desk, load, 6)
    load.send_signal(signal.SIGINT)
    out, _ = load.communicate(timeout=60)
    assert load.returncode == Exit.STOPPED
    assert _codes(out) == {"stopped"}
    desk.topdesk.misbehave()
    assert desk.run("load", "--sprint", "pilot") == Exit.OK
    census = desk.topdesk.census()
    assert desk.run("load", "--sprint", "pilot") == Exit.OK
    assert desk.topdesk.census() == census
    assert desk.run("verify", "--sprint", "pilot") == Exit.OK


def test_5_what_is_away_is_waited_for_and_no_fault_of_the_configuration(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit("migrate.yaml", desk.topdesk.url, "http://127.0.0.1:9")
    capsys.readouterr()
    assert desk.run("check", "--json") == Exit.STOPPED
    assert "target-unreachable" in _codes(capsys.readouterr().out)


def test_the_status_of_a_load_that_was_cut_leads_to_the_load(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("plan", "--sprint", "pilot") == Exit.OK
    capsys.readouterr()
    assert desk.run("--json", "status", "--sprint", "pilot") == Exit.OK
    assert document(capsys.readouterr().out)["next"].endswith("load --sprint pilot")


def test_6_verify_finds_what_a_person_changed_in_topdesk(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("load", "--unit", "kommunikasjon") == Exit.OK
    [incident, *_] = desk.ask("GET", "incidents", all="true")
    path = f"incidents/id/{incident['id']}"
    desk.ask("PATCH", path, {"briefDescription": "En annen tittel"})
    capsys.readouterr()
    assert desk.run("--json", "verify", "--unit", "kommunikasjon") == Exit.DIFFERENCES
    [unit] = document(capsys.readouterr().out)["verify"]
    [difference] = unit["differences"]
    assert difference["number"] == incident["number"]
    assert (difference["code"], difference["detail"]) == ("differs", "briefDescription")


def test_130_a_second_ctrl_c_leaves_at_once_and_nothing_is_doubled(desk: Desk) -> None:
    _dripping(desk, 50)
    load = desk.start("load", "--sprint", "pilot")
    assert load.stderr is not None
    _wait_until_loading(desk, load, 6)
    load.send_signal(signal.SIGINT)
    assert any("Ctrl-C again leaves at once" in line for line in load.stderr)
    load.send_signal(signal.SIGINT)
    load.communicate(timeout=60)
    assert load.returncode == Exit.INTERRUPTED
    desk.topdesk.misbehave()
    assert desk.run("load", "--sprint", "pilot") == Exit.OK
    assert desk.run("verify", "--sprint", "pilot") == Exit.OK
