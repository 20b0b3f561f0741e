"""`migrate assess` from the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest
from service_desk import Desk, document

from migrate.cli.main import run


def test_it_writes_a_page_and_the_same_figures_as_data(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert loaded.run("assess", "--out", str(tmp_path / "out")) == 0
    said = capsys.readouterr().out.replace("\n", "")  # a long path is folded
    html, data = tmp_path / "out" / "assess.html", tmp_path / "out" / "assess.json"
    assert str(html) in said
    assert f"Next: migrate --workspace {loaded.folder} map propose" in said
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert orjson.loads(data.read_bytes())["baseline"]["tickets"] > 100
    for file in (html, data):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_units_report_stands_in_the_workspace_under_the_units_key(desk: Desk) -> None:
    assert desk.run("assess", "--unit", "it") == 0
    assert desk.run("--lang", "nb", "assess", "--unit", "kommunikasjon") == 0
    folder = desk.folder / "assess"
    assert sorted(file.name for file in folder.iterdir()) == [
        "assess-it.html",
        "assess-it.json",
        "assess-kommunikasjon.html",
        "assess-kommunikasjon.json",
    ]
    assert '<html lang="en">' in (folder / "assess-it.html").read_text(encoding="utf-8")
    assert '<html lang="nb">' in (folder / "assess-kommunikasjon.html").read_text(encoding="utf-8")


def test_with_json_it_answers_with_one_document(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert loaded.run("assess", "--unit", "it", "--out", str(tmp_path), "--json") == 0
    answer = document(capsys.readouterr().out)
    assert answer["assess"]["unit"] == "it"
    assert answer["assess"]["findings"]["knowledge_no_audience"] is None
    assert answer["assess"]["findings"]["groups_long"] == 0
    assert answer["next"].endswith("map propose --unit it")
    assert [Path(file).name for file in answer["files"]] == ["assess-it.html", "assess-it.json"]


def test_ages_can_count_to_another_day(loaded: Desk, tmp_path: Path) -> None:
    assert loaded.run("assess", "--as-of", "2021-01-01", "--out", str(tmp_path)) == 0
    found = orjson.loads((tmp_path / "assess.json").read_bytes())
    assert found["present"] == "2021-01-01 00:00:00"
    dormant = [each for each in found["findings"] if each["family"] == "groups_dormant"]
    assert dormant[0]["count"] > 300


def test_a_unit_that_is_not_there_is_told_with_what_is(
    loaded: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert loaded.run("assess", "--unit", "itt", "--json") == 2
    [problem] = document(capsys.readouterr().out)["problems"]
    assert problem["code"] == "usage"
    assert "it" in problem["near"]


def test_before_anything_was_read_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(tmp_path / "new")]) == 0
    capsys.readouterr()
    assert run(["--workspace", str(tmp_path / "new"), "assess", "--json"]) == 2
    [problem] = document(capsys.readouterr().out)["problems"]
    assert problem["code"] == "snapshot-empty"


def test_a_folder_that_cannot_be_written_stops_it_safely(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert loaded.run("assess", "--out", str(tmp_path / "file" / "below"), "--json") == 5
    assert document(capsys.readouterr().out)["problems"][0]["code"] == "state-unwritable"


def test_the_snapshot_is_not_changed(desk: Desk, tmp_path: Path) -> None:
    before = (desk.folder / "state" / "snapshot.db").read_bytes()
    assert desk.run("assess", "--out", str(tmp_path)) == 0
    assert (desk.folder / "state" / "snapshot.db").read_bytes() == before
