"""Units loaded by workers from a queue: the state on PostgreSQL, TOPdesk beside it."""

from __future__ import annotations

import subprocess

import pytest
from service_desk import Desk, document

from migrate.errors import Exit

pytestmark = pytest.mark.postgres


def ended(process: subprocess.Popen[str], seconds: float = 60.0) -> tuple[int, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out + err


def test_two_workers_load_what_was_queued(shared: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert shared.run("queue", "--sprint", "pilot") == Exit.OK
    workers = [shared.start("worker", "--until-empty", "--json") for _ in range(2)]
    said = [ended(worker) for worker in workers]
    assert [code for code, _ in said] == [0, 0], said
    loaded = [unit["unit"] for _, text in said for unit in document(text)["loaded"]]
    assert sorted(loaded) == ["it", "kommunikasjon"]
    assert shared.run("load", "--sprint", "pilot", "--json") == Exit.OK
    assert shared.run("verify", "--sprint", "pilot") == Exit.OK
    capsys.readouterr()
