"""The runbooks of a sprint, followed to the letter: before, during and after it, a TOPdesk that
refuses, credentials that expired, and switching HPSM off."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from service_desk import ENVIRONMENT, Desk, document
from test_runbooks import _commands, _doubles, _follow, _follow_all, _incidents

from migrate.errors import Exit


@dataclass(frozen=True)
class Refused:
    """A desk whose tickets are refused in part, since somebody archived the group `group`."""

    desk: Desk
    group: str

    def mend(self) -> None:
        self.desk.ask("PATCH", f"operatorgroups/id/{self.group}/unarchive", {})


@pytest.fixture
def refused(desk: Desk) -> Refused:
    scope = "closed_since: 2017-01-01"
    desk.edit("mappings/sprints.yaml", scope, f"{scope}, kinds: [foundation, people, groups]")
    assert desk.run("load", "--sprint", "pilot") == Exit.OK
    desk.edit("mappings/sprints.yaml", ", kinds: [foundation, people, groups]", "")
    groups = desk.ask("GET", "operatorgroups")
    [group] = [each["id"] for each in groups if each["groupName"] == "IT NETT"]
    desk.ask("PATCH", f"operatorgroups/id/{group}/archive", {})
    return Refused(desk, group)


def test_before_a_sprint_everything_is_looked_at_and_nothing_is_written(desk: Desk) -> None:
    *_, planned = _follow_all(desk, _commands("before-a-sprint.md"), "")
    assert "people are archived" in planned
    assert desk.topdesk.census()["writes"] == 0


def test_during_a_sprint_what_fails_is_told_mended_and_run_again(refused: Refused) -> None:
    desk = refused.desk
    load, silent, failures, norwegian, retry, looked, status = _commands("during-a-sprint.md")
    assert _follow(desk, load)[0] == Exit.SOME_FAILED
    assert _follow(desk, silent)[0] == Exit.SOME_FAILED
    code, said = _follow(desk, failures)
    assert code == Exit.SOME_FAILED
    assert "TOPdesk's administrator" in said
    code, said = _follow(desk, norwegian)
    assert "TOPdesk-administratoren" in said
    refused.mend()
    good = {i["id"]: i["modificationDate"] for i in _incidents(desk)}
    assert _follow(desk, retry)[0] == Exit.OK
    after = {i["id"]: i["modificationDate"] for i in _incidents(desk)}
    assert good.items() <= after.items()
    assert len(after) > len(good)
    assert _follow(desk, looked)[0] == Exit.OK
    assert _follow(desk, status)[0] == Exit.OK
    assert _doubles(desk) == []


def test_a_topdesk_that_refuses(refused: Refused) -> None:
    desk = refused.desk
    check, failures, retry, load, looked = _commands("target-refuses.md")
    assert _follow(desk, "migrate load --unit it")[0] == Exit.SOME_FAILED
    assert _follow(desk, check)[0] in (Exit.OK, Exit.MAPPING)
    assert _follow(desk, failures)[0] == Exit.SOME_FAILED
    refused.mend()
    for command in (retry, load, looked, failures):
        code, said = _follow(desk, command)
        assert code == Exit.OK, f"{command}: {said}"


def test_after_a_sprint_and_switching_hpsm_off(loaded: Desk) -> None:
    said = _follow_all(loaded, _commands("after-a-sprint.md"), "")
    assert "0 writes" in said[0]
    writes = loaded.topdesk.census()["writes"]
    said = _follow_all(loaded, _commands("switching-hpsm-off.md"), "")
    assert "Nothing failed" in said[5]
    assert loaded.topdesk.census()["writes"] == writes


def test_an_application_password_that_expired(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    expired = subprocess.run(
        [sys.executable, "-m", "migrate", "--json", "load", "--sprint", "pilot"],
        cwd=desk.folder,
        env={**os.environ, **ENVIRONMENT, "TOPDESK_PASSWORD": "gammelt"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert expired.returncode == Exit.USAGE
    [problem] = document(expired.stdout)["problems"]
    assert problem["code"] == "credentials-refused"
    *_, failures = _follow_all(desk, _commands("credentials-expired.md"), "")
    assert "Nothing failed" in failures
