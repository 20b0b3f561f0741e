"""What a load is held against: its stop-line, the probe ticket of a sprint, and quiet hours."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from service_desk import ENVIRONMENT, Desk, document

from migrate.errors import Exit
from migrate.simulate.topdesk.faults import Fault
from migrate.workspace import Workspace

SILENT = "  probe: {silent: {by: drift@example.no, at: 2019-09-27}}\n"


@pytest.fixture
def unprobed(desk: Desk) -> Desk:
    """A desk whose sprint has not begun."""
    desk.edit("mappings/sprints.yaml", SILENT, "")
    with Workspace(desk.folder) as workspace:
        workspace.journal.remember("probe/pilot", "")
    return desk


def _codes(text: str) -> set[str]:
    return {problem["code"] for problem in document(text)["problems"]}


def _probes(desk: Desk) -> list[dict[str, object]]:
    incidents = desk.ask("GET", "incidents", all="true", pageSize="10000")
    return [i for i in incidents or [] if i["externalNumber"].startswith("PROBE")]


# The probe ticket.


def test_a_sprint_does_not_begin_where_nobody_can_be_asked(
    unprobed: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unprobed.run("--json", "load", "--unit", "kommunikasjon") == Exit.USAGE
    assert _codes(capsys.readouterr().out) == {"probe-unconfirmed"}
    assert unprobed.topdesk.census()["writes"] == 0


def test_a_probe_ticket_that_was_confirmed_beforehand_is_made_once_and_archived(
    unprobed: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    unprobed.topdesk.misbehave(
        Fault("answer-lost", method="POST", path="/incidents$", count=1),
        Fault("answer-lost", method="PUT", path="/archive$", count=1),
    )
    load = ("load", "--unit", "kommunikasjon")
    capsys.readouterr()
    assert unprobed.run("--json", *load, "--probe-silent") == Exit.OK
    probe = document(capsys.readouterr().out)["probe"]
    [ticket] = _probes(unprobed)
    assert ticket["number"] == probe["number"]
    assert "archived" in str(ticket["status"]).lower()
    assert unprobed.run(*load) == Exit.OK
    assert unprobed.run("load", "--unit", "it") == Exit.OK  # the same sprint
    assert len(_probes(unprobed)) == 1
    assert unprobed.run("audit", "verify") == Exit.OK


def test_a_probe_ticket_that_was_refused_is_made_when_that_is_mended(
    unprobed: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = f"  probe: {{mailbox: {'a' * 100}@example.no}}\n"
    sprints = unprobed.folder / "mappings/sprints.yaml"
    sprints.write_text(sprints.read_text(encoding="utf-8").rstrip() + "\n" + mailbox, "utf-8")
    load = ("--json", "load", "--unit", "kommunikasjon", "--probe-silent")
    for _ in range(2):
        capsys.readouterr()
        assert unprobed.run(*load) == Exit.USAGE
        assert _codes(capsys.readouterr().out) == {"target-value-too-long"}
    unprobed.edit("mappings/sprints.yaml", mailbox, "")
    assert unprobed.run(*load) == Exit.OK
    assert len(_probes(unprobed)) == 1


def _at_a_terminal(desk: Desk, answer: str) -> tuple[int, str]:
    """Load where a person sits, who answers the question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "migrate", "--workspace", str(desk.folder)),
            *("load", "--unit", "kommunikasjon"),
        ],
        env=ENVIRONMENT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.write(ours, f"{answer}\n".encode())
    said, _ = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    return process.returncode, said


def test_whoever_watches_the_mailbox_is_asked(unprobed: Desk) -> None:
    code, said = _at_a_terminal(unprobed, "y")
    assert code == Exit.DIFFERENCES
    assert "probe-mailed" in said
    assert unprobed.incidents() == len(_probes(unprobed)) == 1
    code, said = _at_a_terminal(unprobed, "n")
    assert code == Exit.OK, said
    assert sorted(str(p["externalNumber"]) for p in _probes(unprobed)) == [
        "PROBE-1-pilot",
        "PROBE-2-pilot",
    ]
    assert unprobed.incidents() > 10


# The stop-line.


def test_a_load_that_fails_too_often_stops_and_waits_for_somebody_to_look(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit("migrate.yaml", "source:", "stop_line: {after: 5}\nsource:")
    scope = "closed_since: 2017-01-01"
    desk.edit("mappings/sprints.yaml", scope, f"{scope}, kinds: [foundation, people, groups]")
    assert desk.run("load", "--unit", "it") == Exit.OK
    desk.edit("mappings/sprints.yaml", ", kinds: [foundation, people, groups]", "")
    groups = desk.ask("GET", "operatorgroups")
    for group in groups:
        desk.ask("PATCH", f"operatorgroups/id/{group['id']}/archive", {})
    capsys.readouterr()
    while (code := desk.run("--json", "load", "--unit", "it")) == Exit.STOPPED and (
        "problems" not in document(said := capsys.readouterr().out)
    ):
        pass  # the plan was out of date
    assert code == Exit.STOPPED
    assert _codes(said) == {"error-budget"}
    written = desk.topdesk.census()["writes"]
    assert desk.run("--json", "load", "--unit", "it") == Exit.STOPPED
    stopped = document(capsys.readouterr().out)
    assert _codes(json.dumps(stopped)) == {"stop-line"}
    assert stopped["next"] == f"migrate --workspace {desk.folder} failures --unit it"
    assert desk.topdesk.census()["writes"] == written
    for group in groups:
        desk.ask("PATCH", f"operatorgroups/id/{group['id']}/unarchive", {})
    assert desk.run("--json", "failures", "--unit", "it") == Exit.SOME_FAILED
    failed = document(capsys.readouterr().out)
    [family] = failed["families"]
    assert failed["next"].endswith(f"{family['family']} --looked NAME")
    assert family["mender"] == "topdesk"
    assert family["field"].startswith("operatorGroup")
    retry = ("retry", "--unit", "it", "--family", family["family"])
    assert desk.run(*retry) == Exit.STOPPED  # nobody has looked yet
    assert desk.run(*retry, "--looked", "ingrid@example.no") == Exit.OK
    assert desk.run("load", "--unit", "it") == Exit.OK
    audit = (desk.folder / "state" / "audit.jsonl").read_text(encoding="utf-8")
    assert '"looked"' in audit
    assert "ingrid@example.no" in audit


def test_the_plan_states_what_a_load_will_touch(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("--json", "plan", "--unit", "kommunikasjon") == Exit.OK
    stated = document(capsys.readouterr().out)["forecast"]["kommunikasjon"]
    assert desk.run("--json", "load", "--unit", "kommunikasjon") == Exit.OK
    done = document(capsys.readouterr().out)
    assert done["requests"] == sum(stated["writes"].values())
    assert stated["archived_people"] == 0


# Quiet hours.


def _hours(**after: float) -> str:
    """Quiet hours that begin so long after now and last an hour."""
    begins = datetime.now(ZoneInfo("Europe/Oslo")) + timedelta(**after)
    ends = begins + timedelta(hours=1)
    return f"quiet_hours: [{{from: '{begins:%H:%M}', to: '{ends:%H:%M}'}}]"


def test_outside_the_quiet_hours_a_load_stops_where_it_is_told_to(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = f"timeout: 5\n  outside_quiet_hours: stop\n  {_hours(hours=3)}"
    desk.edit("migrate.yaml", "timeout: 5", stop)
    assert desk.run("--json", "load", "--unit", "kommunikasjon") == Exit.STOPPED
    assert _codes(capsys.readouterr().out) == {"outside-quiet-hours"}
    assert desk.topdesk.census()["writes"] == 0


def test_outside_the_quiet_hours_a_load_waits_and_says_so(desk: Desk) -> None:
    desk.edit("migrate.yaml", "timeout: 5", f"timeout: 5\n  {_hours(hours=3)}")
    load = desk.start("load", "--unit", "kommunikasjon")
    assert load.stdout is not None
    assert "waits until" in load.stdout.readline()
    assert load.poll() is None
    load.terminate()
    load.communicate(timeout=30)
    assert load.returncode == Exit.STOPPED
    assert desk.topdesk.census()["writes"] == 0


def test_within_the_quiet_hours_a_load_runs(desk: Desk) -> None:
    desk.edit("migrate.yaml", "timeout: 5", f"timeout: 5\n  {_hours(minutes=-5)}")
    assert desk.run("load", "--unit", "kommunikasjon") == Exit.OK


def test_a_unit_that_another_load_is_planning_is_said_to_be_busy_and_not_to_miss_records(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("plan", "--unit", "kommunikasjon") == Exit.OK
    with Workspace(desk.folder) as other, other.hold("kommunikasjon", lambda name: None):
        other.store.clear("kommunikasjon", "knowledge")
        capsys.readouterr()
        assert desk.run("--json", "load", "--unit", "kommunikasjon") == Exit.STOPPED
    assert _codes(capsys.readouterr().out) == {"unit-locked"}
