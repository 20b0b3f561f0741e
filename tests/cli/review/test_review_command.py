"""`migrate review`: it serves until Ctrl-C, and makes links that open one unit to one person."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from review_world import OWNER, SHOWN, Session, copy_of, served
from service_desk import ENVIRONMENT, document

from migrate.cli.main import run
from migrate.errors import Exit


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _link(
    folder: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["--workspace", str(folder), "review", "link", *more, "--json"])
    return code, document(capsys.readouterr().out)


def test_it_serves_until_ctrl_c_and_then_says_what_is_next(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = _free_port()
    folder = copy_of(prepared, tmp_path / "desk", f"review: {{port: {port}}}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "migrate", "--workspace", str(folder), "review", "--json"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        code, answer = _link(folder, capsys, "--unit", "it", "--for", OWNER)
        assert code == Exit.OK
        link = _only(answer)["address"]
        base, _, token = link.partition("/enter?token=")
        assert base == f"http://127.0.0.1:{port}"
        session = Session(base)
        for _ in range(600):
            try:
                session.enter(token)
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                time.sleep(0.1)
        assert "IT-avdelingen" in session.get("/u/it/groups").text
        assert run(["--workspace", str(folder), "review", "--port", str(port)]) == Exit.USAGE
    finally:
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == Exit.OK
    assert json.loads(out)["next"].endswith("map check")
    assert err.startswith("Stopping in a safe place")
    assert len(err.splitlines()) == 1


def _only(answer: dict[str, Any]) -> dict[str, Any]:
    [link] = answer["links"]
    assert isinstance(link, dict)
    return link


def test_a_person_has_one_link_to_all_their_units_and_a_unit_one_for_each_owner(
    undecided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, answer = _link(undecided, capsys, "--for", OWNER)
    assert _only(answer)["units"] == ["it", "kommunikasjon"]
    _, answer = _link(undecided, capsys, "--unit", "it")
    assert (_only(answer)["who"], _only(answer)["units"]) == (OWNER, ["it"])


def test_a_link_says_whether_its_owner_may_approve(
    undecided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for who, owner in ((OWNER, True), (OWNER.upper(), True), ("ny@example.no", False)):
        code, answer = _link(undecided, capsys, "--unit", "it", "--for", who)
        assert code == Exit.OK
        assert _only(answer)["owner"] is owner


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], Exit.USAGE),
        (["--for", "ny@example.no"], Exit.USAGE),
        (["--unit", "it", "--for", OWNER, "--days", "0"], Exit.USAGE),
        (["--unit", "itt", "--for", OWNER], Exit.MAPPING),
    ],
    ids=str,
)
def test_a_link_needs_a_unit_a_person_and_time(
    undecided: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    assert _link(undecided, capsys, *arguments)[0] == code


@pytest.mark.parametrize(
    "review",
    [
        "review: {url: 'javascript:alert(1)'}\n",
        "review: {url: https://desk.example.no/flytting}\n",
        "review: {address: 0.0.0.0}\n",
        "review: {proxy: {header: 'X-User: x'}}\n",
        "review: {link_days: -1}\n",
    ],
)
def test_a_configuration_that_would_open_it_further_is_refused(
    undecided: Path, tmp_path: Path, review: str
) -> None:
    text = (undecided / "migrate.yaml").read_text("utf-8") + review
    (tmp_path / "migrate.yaml").write_text(text, encoding="utf-8")
    arguments = ["review", "link", "--unit", "it", "--for", OWNER]
    assert run(["--workspace", str(tmp_path), *arguments]) == Exit.USAGE


def test_a_workspace_that_never_read_hpsm_has_nothing_to_show(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "new")]) == Exit.OK
    assert run(["--workspace", str(tmp_path / "new"), "review", "--port", "0"]) == Exit.USAGE


def test_every_command_of_the_page_on_it_runs(prepared: Path, tmp_path: Path) -> None:
    folder = copy_of(prepared, tmp_path / "desk")
    text = (Path(__file__).parents[3] / "docs" / "review.md").read_text("utf-8")
    typed = re.findall(r"^migrate (.+)$", text, re.MULTILINE)
    assert len(typed) == 6
    with served(folder) as page:
        number = page.tickets(SHOWN)[0]
    ran = []
    for line in typed:
        if line in ("extract", "map propose", "review"):
            continue  # as other tests run them: with a HPSM, with a TOPdesk, until Ctrl-C
        arguments = shlex.split(line.replace("IM10001", number))
        assert run(["--workspace", str(folder), *arguments]) == Exit.OK, line
        ran.append(line)
    assert len(ran) == 3
