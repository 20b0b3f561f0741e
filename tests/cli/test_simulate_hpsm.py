"""`simulate hpsm`: what is made, what is handed over, and what cannot be asked for together."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.main import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def simulate(*arguments: str) -> int:
    return run(["simulate", "hpsm", *arguments])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_custom_layout_has_its_definitions_beside_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate("sqlite:///own.db", "--scale", "test", "--layout", "custom", "--json") == 0
    assert told(capsys)["dbdict"] == "own.dbdict.unl"
    assert {path.name for path in folder.iterdir()} == {"own.db", "own.dbdict.unl"}


def test_the_definitions_of_the_classic_layout_are_written_when_asked_for(folder: Path) -> None:
    assert simulate("sqlite:///h.db", "--scale", "test", "--dbdict", "definitions.unl") == 0
    assert {path.name for path in folder.iterdir()} == {"h.db", "definitions.unl"}


def test_one_world_is_handed_over_in_every_form(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--unload", "unl", "--exports", "lists", "--json"]
    assert simulate("sqlite:///h.db", "--scale", "test", *arguments) == 0
    answer = told(capsys)
    assert answer["unload"]["records"]["probsummary"] == answer["rows"]["PROBSUMMARYM1"]
    for form in ("csv", "xlsx", "xml"):
        assert answer["exports"][form]["rows"]["incidents"] == answer["rows"]["PROBSUMMARYM1"]
        assert (folder / "lists" / form / "migrate.yaml").is_file()
    assert (folder / "unl" / "migrate.yaml").is_file()
    assert answer["next"] == "migrate --workspace lists/csv source describe"
    assert run(["--workspace", "lists/csv", "source", "describe", "--json"]) == 0


def test_what_is_there_is_handed_over_as_it_has_become(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate("sqlite:///h.db", "--scale", "test", "--json") == 0
    rows = told(capsys)["rows"]["STDTEXTM1"]
    with sqlite3.connect(folder / "h.db") as hpsm:
        hpsm.execute("DELETE FROM STDTEXTM1 WHERE NAME = (SELECT min(NAME) FROM STDTEXTM1)")
    hpsm.close()
    given = ["--existing", "--exports", "lists", "--format", "csv", "--json"]
    assert simulate("sqlite:///h.db", *given) == 0
    answer = told(capsys)
    assert answer["exports"]["csv"]["rows"]["texts"] == rows - 1
    assert set(answer["exports"]) == {"folder", "csv"}


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["sqlite:///h.db", "--layout", "custom", "--unload", "unl"], "--unload"),
        (["sqlite:///h.db", "--layout", "custom", "--exports", "lists"], "--exports"),
        (["sqlite:///h.db", "--existing"], "--existing"),
        (["sqlite:///h.db", "--existing", "--unload", "unl"], "sqlite:///h.db"),
        (["mysql://localhost/hpsm"], "URL"),
        (["hpsm.db"], "URL"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], place: str
) -> None:
    assert simulate(*arguments, "--json") == 2
    [problem] = told(capsys)["problems"]
    assert (problem["code"], problem["place"]) == ("usage", place)
    assert list(folder.iterdir()) == []
