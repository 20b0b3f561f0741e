"""The guide to the spreadsheet, followed to the letter in both languages."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from service_desk import Desk

from migrate.errors import Exit

RUNBOOKS = Path(__file__).parents[2] / "runbooks"


def _commands(language: str) -> list[list[str]]:
    text = (RUNBOOKS / f"spreadsheet.{language}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk whose mappings are under version control, also on a server."""
    for command in (
        "init --initial-branch main",
        "add mappings",
        "-c user.name=Unni -c user.email=unni@example.no commit --message Proposed",
        "update-ref refs/remotes/origin/main HEAD",
    ):
        subprocess.run(["git", *command.split()], cwd=desk.folder, check=True, capture_output=True)
    return desk


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_command_of_the_guide_ends_well(
    kept: Desk, language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kept.folder)
    assert os.environ["TOPDESK_PASSWORD"]
    for arguments in _commands(language):
        capsys.readouterr()
        code = kept.run(*arguments)
        said = capsys.readouterr().out
        if arguments[:2] == ["map", "export"]:
            _answer(kept.folder / "it.xlsx")
        if arguments[:2] == ["map", "diff"] and "HEAD" not in arguments:
            assert "IT-NETT" in said
        # What was changed in an approved decision is checked before it is approved again.
        expected = Exit.MAPPING if arguments[:2] == ["map", "check"] else Exit.OK
        assert code == expected, (arguments, said)
    assert kept.run("map", "check", "--unit", "it") == Exit.OK


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_guide_says_what_the_workbook_says(language: str, desk: Desk) -> None:
    path = desk.folder / "it.xlsx"
    options = ["--lang", "en"] if language == "en" else []
    assert desk.run(*options, "map", "export", "--unit", "it", "--offline", str(path)) == Exit.OK
    book = load_workbook(path)
    guide = (RUNBOOKS / f"spreadsheet.{language}.md").read_text(encoding="utf-8")
    groups = book.worksheets[1]
    headings = [cell.value for cell in groups[2] if cell.value]
    for heading in (headings[7], headings[8], headings[-1]):
        assert heading.rstrip("?") in guide
    assert book.sheetnames[0] in guide


def _answer(path: Path) -> None:
    book = load_workbook(path)
    sheet = book["Grupper"]
    names = [cell.value for cell in sheet[1]]
    sheet.cell(5, names.index("line") + 1).value = "andrelinje"
    book.save(path)
