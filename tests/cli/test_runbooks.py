"""The runbooks of the night, followed to the letter: every command of them runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from service_desk import ENVIRONMENT, Desk, document

from migrate.errors import Exit

RUNBOOKS = Path(__file__).parents[2] / "runbooks"
TICKET = "IM10001"


def _commands(runbook: str) -> list[str]:
    text = (RUNBOOKS / runbook).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def _type(desk: Desk, command: str, ticket: str = "") -> tuple[int, str]:
    """Type one command in the workspace; returns its exit code and what it said."""
    programs = Path(sys.executable).parent
    result = subprocess.run(
        ["bash", "-c", command.replace(TICKET, ticket)],
        cwd=desk.folder,
        env=ENVIRONMENT | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


def _follow(desk: Desk, command: str, ticket: str = "") -> tuple[int, str]:
    """Type one command, and again where the plan was out of date, as the runbooks say."""
    code, text = _type(desk, command, ticket)
    if code == Exit.STOPPED and "the plan was out of date" in text:
        code, text = _type(desk, command, ticket)
    return code, text


def _follow_all(desk: Desk, commands: list[str], ticket: str) -> list[str]:
    """Follow commands that are all to end well; returns what each said."""
    said = []
    for command in commands:
        code, text = _follow(desk, command, ticket)
        assert code == Exit.OK, f"{command}: exit {code}\n{text}"
        said.append(text)
    return said


def _doubles(desk: Desk) -> list[str]:
    numbers = [i["externalNumber"] for i in _incidents(desk)]
    return [number for number in numbers if numbers.count(number) > 1]


def _incidents(desk: Desk) -> list[dict[str, str]]:
    incidents: list[dict[str, str]] = desk.ask("GET", "incidents", all="true", pageSize="10000")
    return incidents


def test_a_load_that_died_is_typed_again(desk: Desk) -> None:
    desk.topdesk.misbehave(latency=0.05)
    load = desk.start("load", "--sprint", "pilot")
    while desk.incidents() < 8:
        assert load.poll() is None, load.communicate()
        time.sleep(0.02)
    load.kill()
    load.communicate()
    desk.topdesk.misbehave()
    ticket = _incidents(desk)[0]["externalNumber"]
    said = _follow_all(desk, _commands("load-died.md"), ticket)
    assert "0 writes" in said[4]
    assert "in_doubt" not in said[5]
    assert desk.incidents() > 50
    assert _doubles(desk) == []


def test_what_failed_is_run_again_and_only_that(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    scope = "closed_since: 2017-01-01"
    desk.edit("mappings/sprints.yaml", scope, f"{scope}, kinds: [foundation, people, groups]")
    assert desk.run("load", "--sprint", "pilot") == 0
    desk.edit("mappings/sprints.yaml", ", kinds: [foundation, people, groups]", "")
    [group] = [g for g in desk.ask("GET", "operatorgroups") if g["groupName"] == "IT NETT"]
    desk.ask("PATCH", f"operatorgroups/id/{group['id']}/archive", {})
    assert _follow(desk, "migrate load --sprint pilot")[0] == Exit.SOME_FAILED
    good = {i["id"]: i["modificationDate"] for i in _incidents(desk)}

    capsys.readouterr()
    assert desk.run("--json", "status", "--reasons") == 0
    reasons = document(capsys.readouterr().out)["reasons"]
    [failed] = [reason for reason in reasons if reason["bucket"] == "failed"]
    assert failed["code"] == "target-value-not-found"

    commands = _commands("rerun-failed.md")
    retry = next(n for n, line in enumerate(commands) if "retry" in line)
    _follow_all(desk, commands[:retry], failed["example"])
    code, _ = _follow(desk, commands[retry])
    assert code == Exit.SOME_FAILED  # nobody has mended anything yet
    desk.ask("PATCH", f"operatorgroups/id/{group['id']}/unarchive", {})
    _follow_all(desk, commands[retry:], failed["example"])
    after = {i["id"]: i["modificationDate"] for i in _incidents(desk)}
    assert good.items() <= after.items()
    assert len(after) == len(good) + failed["records"]
    assert _doubles(desk) == []


@pytest.mark.postgres
def test_several_machines_load_at_once(shared: Desk) -> None:
    said = _follow_all(shared, _commands("workers.md"), "")
    assert "Journal, plan and queue in postgresql://" in said[0]
    assert "done" in said[3]
    assert "0 writes" in said[4]
    assert _doubles(shared) == []


def test_old_numbers_are_answered(loaded: Desk) -> None:
    ticket = _incidents(loaded)[0]["externalNumber"]
    links = f"page,link\nhttps://intranet.example.no/,https://hpsm.example.no/?query={ticket}\n"
    (loaded.folder / "intranet-links.csv").write_text(links, encoding="utf-8")
    *_, life = _follow_all(loaded, _commands("old-numbers.md"), ticket)
    assert ticket in life
    assert (loaded.folder / "concierge" / "index.html").exists()
