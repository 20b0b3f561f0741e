"""With `--json`, stdout holds one document and nothing else, whatever the command and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from service_desk import ENVIRONMENT, Desk, document

READING = [
    ["check"],
    ["source", "describe", "--fields"],
    ["map", "check", "--sprint", "pilot"],
    ["map", "check", "--offline"],
    ["plan", "--unit", "it"],
    ["load", "--sprint", "pilot"],
    ["retry", "--unit", "it"],
    ["verify", "--sprint", "pilot"],
    ["status", "--reasons"],
    ["explain", "IM10044"],
    ["preview", "IM10044"],
    ["lookup", "IM10044"],
    ["concierge"],
    ["articles"],
    ["forms"],
    ["audit", "verify"],
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_command_answers_with_one_document(
    loaded: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    capsys.readouterr()
    loaded.run(*arguments, "--json")
    answer = document(capsys.readouterr().out)
    assert answer["next"].startswith("migrate ")


def test_the_mapping_cycle_answers_with_documents(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for arguments in (["extract"], ["map", "propose"], ["map", "approve", "--unit", "it"]):
        assert desk.run("--json", *arguments) in (0, 3)  # 3: broken attachments
        assert document(capsys.readouterr().out)["next"].startswith("migrate ")


def test_init_and_the_simulated_hpsm_answer_with_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    new = Desk(tmp_path / "new", None)  # type: ignore[arg-type]
    assert new.run("init", str(new.folder), "--json") == 0
    assert "migrate.yaml" in document(capsys.readouterr().out)["files"]
    url = f"sqlite:///{new.folder}/hpsm.db"
    assert new.run("simulate", "hpsm", url, "--scale", "test", "--json") == 0
    answer = document(capsys.readouterr().out)
    assert answer["rows"]["INCIDENTSM1"] > 200
    assert new.run("simulate", "hpsm", url, "--scale", "test", "--json") == 2
    assert document(capsys.readouterr().out)["problems"][0]["code"] == "simulate-exists"


def test_the_simulated_topdesk_says_where_it_serves_and_ends_with_a_document(
    tmp_path: Path,
) -> None:
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "migrate", "simulate", "topdesk", "--empty", "--json"),
            *("--port", "0", "--database", tmp_path / "topdesk.db"),
        ],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    url = server.stderr.readline().split()[-1]
    server.send_signal(signal.SIGINT)
    out, _ = server.communicate(timeout=30)
    assert server.returncode == 0
    assert document(out)["url"] == url


def test_a_check_gives_programs_what_it_shows_people(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert desk.run("check", "--json") == 0
    found = {line["kind"]: line for line in document(capsys.readouterr().out)["source"]}
    assert found["incidents"]["rows"] > 50
    assert found["incidents"]["missing"] == []
