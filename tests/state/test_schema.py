"""A store that this version cannot read is refused, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import ConfigurationError, Problem
from migrate.state.database import open_database
from migrate.state.schema import upgrade

SCRIPTS = ["CREATE TABLE one (a INTEGER);\n", "CREATE TABLE two (a INTEGER);\n"]


def opened(file: Path, scripts: list[str] = SCRIPTS) -> None:
    engine = open_database(file)
    try:
        with engine.connect() as connection:
            upgrade(connection, scripts)
    finally:
        engine.dispose()


def refused(file: Path) -> Problem:
    before = file.read_bytes()
    with pytest.raises(ConfigurationError) as error:
        opened(file)
    assert file.read_bytes() == before
    [problem] = error.value.problems
    assert problem.place == str(file)
    return problem


def test_what_a_newer_version_wrote_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "state" / "journal.db"
    opened(file, [*SCRIPTS, "CREATE TABLE three (a INTEGER);\n"])
    problem = refused(file)
    assert problem.code == "state-newer"
    assert "schema 3" in problem.message


@pytest.mark.parametrize(
    ("name", "remedy"), [("journal.db", "delete nothing"), ("plan.db", "Delete it")]
)
def test_a_file_that_is_no_database_is_told(tmp_path: Path, name: str, remedy: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"\xff" * 8192)
    problem = refused(file)
    assert problem.code == "state-damaged"
    assert remedy in problem.what_to_do


def test_a_file_that_breaks_behind_its_head_is_told(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    opened(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    engine = open_database(file)
    with pytest.raises(ConfigurationError) as error, engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM two").all()
    assert [problem.code for problem in error.value.problems] == ["state-damaged"]
    engine.dispose()
