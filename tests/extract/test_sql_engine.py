from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hpsm_tables as hpsm
import pytest
import sqlalchemy as sa

from migrate.errors import StoppedError
from migrate.extract.sql import SqlSource
from migrate.extract.sql_engine import Database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Twenty incidents, of which the seventh has a title in cp1252."""
    path = tmp_path / "hpsm.db"
    hpsm.create(path)
    hpsm.insert(path, "PROBSUMMARYM1", *({"NUMBER": f"IM{n}"} for n in range(10, 30)))
    hpsm.execute(
        path,
        "UPDATE PROBSUMMARYM1 SET BRIEF_DESCRIPTION = CAST(x'626ce562e672' AS TEXT) "
        "WHERE NUMBER = 'IM17'",
    )
    return path


def titles(path: Path, **more: Any) -> Iterator[tuple[str, str | None]]:
    for batch in SqlSource(hpsm.config(path, **more), path.parent).read("incidents"):
        title = batch.columns.index("title")
        yield from ((row[batch.key], row[title]) for row in batch.rows)


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_a_text_that_is_not_utf8_is_read_as_rc_reads_it_and_stops_nothing(
    database: Path, batch: int
) -> None:
    found = list(titles(database, batch=batch))
    assert [number for number, _ in found] == [f"IM{n}" for n in range(10, 30)]
    assert dict(found)["IM17"] == "blåbær"


def test_a_row_table_with_such_a_text_is_read_too(database: Path) -> None:
    hpsm.execute(
        database,
        'CREATE TABLE LINES ("NUMBER" TEXT, "RECORD_NUMBER" FLOAT, "LINE" TEXT)',
        "INSERT INTO LINES VALUES ('IM11', 2, CAST(x'e5' AS TEXT)), ('IM11', 1, 'ø')",
    )
    tables = {"incidents": {"fields": {"title": {"table": "LINES", "column": "LINE"}}}}
    assert dict(titles(database, tables=tables))["IM11"] == "ø\nå"


def test_the_database_refuses_to_be_written_to(database: Path) -> None:
    with Database(hpsm.config(database), database.parent).connected() as connection:
        assert connection.execute(sa.text("PRAGMA query_only")).scalar() == 1
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            connection.execute(sa.text("DELETE FROM OPERATORM1"))


def test_a_file_that_is_damaged_in_the_middle_can_be_waited_for(database: Path) -> None:
    many = [{"NUMBER": f"IM{n}", "BRIEF_DESCRIPTION": "x" * 400} for n in range(1000, 6000)]
    hpsm.insert(database, "PROBSUMMARYM1", *many)
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size - 200_000)
        file.write(b"\xff" * 150_000)
    with pytest.raises(StoppedError):
        list(titles(database, batch=100))


def test_relative_addresses_start_in_the_folder_of_the_configuration(database: Path) -> None:
    sqlite3.connect(database).close()
    config = hpsm.config(Path("hpsm.db")).model_copy(update={"url": "sqlite:///hpsm.db"})
    assert SqlSource(config, database.parent).check() == []
