"""`map diff`: decisions in words, between commits, the files as they are, and workbooks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from service_desk import Desk, document

from migrate.errors import Exit

GROUPS = "mappings/units/it/groups.yaml"
MAP = "{action: map, target: IT Klientdrift}"
MERGE = "{action: merge, target: IT NETT}"


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Unni", "-c", "user.email=unni@example.no"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk whose mappings are under version control."""
    _git(desk.folder, "init", "--initial-branch", "main")
    _git(desk.folder, "add", "mappings")
    _git(desk.folder, "commit", "--message", "Proposed")
    return desk


def test_the_working_tree_is_held_against_the_last_commit(
    kept: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert kept.run("map", "diff") == Exit.OK
    assert "Nothing is decided otherwise." in capsys.readouterr().out
    kept.edit(GROUPS, MAP, MERGE)
    kept.edit(GROUPS, "- source: IT-NETT", "- source: IT-NETT   # Per vet mer")
    kept.edit("mappings/values/status.yaml", "Resolved: {state: completed}", "Løst: {}")
    assert kept.run("map", "diff") == Exit.OK
    said = capsys.readouterr().out
    assert "IT-KLIENTDRIFT: map → merge into IT NETT (was IT Klientdrift)" in said
    assert "Resolved: state: completed → –" in said
    assert "IT-NETT:" not in said
    assert kept.run("--lang", "nb", "map", "diff", "--unit", "it") == Exit.OK
    said = capsys.readouterr().out
    assert "IT-KLIENTDRIFT: blir → slås sammen med IT NETT (var IT Klientdrift)" in said
    assert "Resolved" not in said


def test_two_commits_are_held_against_each_other(
    kept: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.edit(GROUPS, MAP, MERGE)
    _git(kept.folder, "commit", "--all", "--message", "Merged")
    kept.edit(GROUPS, MERGE, "{action: leave, reason: avvikles}")
    for arguments in (["HEAD~1", "HEAD"], ["HEAD~1..HEAD"], ["main^..main"]):
        capsys.readouterr()
        assert kept.run("map", "diff", *arguments, "--json") == Exit.OK
        answer = document(capsys.readouterr().out)
        assert [each["said"] for each in answer["differences"]] == [
            "map → merge into IT NETT (was IT Klientdrift)"
        ]
        assert answer["differences"][0]["approval"]


def test_a_comment_for_a_pull_request_holds_no_more_than_text(
    kept: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.edit(GROUPS, MAP, '{action: map, target: "a|b <img> @unni"}')
    kept.edit("mappings/units/it/operators.yaml", "- source:", "- sauce:")
    capsys.readouterr()
    assert kept.run("map", "diff", "HEAD", "--format", "markdown") == Exit.MAPPING
    said = capsys.readouterr().out
    assert "a\\|b \\<img\\> @\u200bunni" in said
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    assert all(line.replace("\\|", "").count("|") in (4, 5) for line in rows)
    assert "(mapping-form)" in said


def test_a_workbook_is_told_before_it_is_taken_in(
    kept: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = kept.folder / "it.xlsx"
    assert kept.run("map", "export", "--unit", "it", str(path)) == Exit.OK
    book = load_workbook(path)
    sheet = book["Grupper"]
    names = [cell.value for cell in sheet[1]]
    sheet.cell(4, names.index("action") + 1).value = "Slås sammen med"
    sheet.cell(4, names.index("target") + 1).value = "IT NETT"
    book.save(path)
    before = (kept.folder / GROUPS).read_bytes()
    capsys.readouterr()
    assert kept.run("map", "diff", str(path)) == Exit.OK
    assert "IT-KLIENTDRIFT: map → merge into IT NETT" in capsys.readouterr().out
    sheet.cell(5, names.index("line") + 1).value = "tredjelinje"
    book.save(path)
    assert kept.run("map", "diff", str(path)) == Exit.MAPPING
    assert "Grupper!K5" in capsys.readouterr().out
    assert (kept.folder / GROUPS).read_bytes() == before


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD:mappings"])
def test_a_version_that_git_does_not_have_is_named(
    kept: Desk, capsys: pytest.CaptureFixture[str], revision: str
) -> None:
    assert kept.run("map", "diff", "--", revision) == Exit.USAGE
    assert "revision-unknown" in capsys.readouterr().err


def test_without_a_repository_the_command_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("map", "diff") == Exit.USAGE
    assert "revision-unknown" in capsys.readouterr().err
