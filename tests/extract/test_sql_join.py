"""Keys that are padded in one of a file's tables and not in the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from migrate.config import SourceConfig
from migrate.extract.sql import SqlSource

PADDED = [("IM1   ", "IM1"), ("IM1", "IM1   "), ("IM1   ", "IM1 "), ("IM1", "IM1")]
JOIN = {
    "incidents": {
        "join": {"PROBSUMMARYM2": "NUMBER"},
        "fields": {"assignment": "PROBSUMMARYM2.ASSIGNMENT"},
    }
}


def made(url: str, main: str, further: str, types: tuple[str, str]) -> None:
    """Three incidents; the second one's key is never padded, and the third has nothing in M2."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run('DROP TABLE IF EXISTS "PROBSUMMARYM1"')
        run('DROP TABLE IF EXISTS "PROBSUMMARYM2"')
        run(f'CREATE TABLE "PROBSUMMARYM1" ("NUMBER" {types[0]})')
        run(f'CREATE TABLE "PROBSUMMARYM2" ("NUMBER" {types[1]}, "ASSIGNMENT" VARCHAR(60))')
        run(f"INSERT INTO \"PROBSUMMARYM1\" VALUES ('{main}'), ('IM2'), ('IM3')")
        run(f"INSERT INTO \"PROBSUMMARYM2\" VALUES ('{further}', 'UB'), ('IM2', 'IT'), (NULL, 'X')")
    engine.dispose()


def groups(url: str, **more: Any) -> dict[str, Any]:
    config = {"type": "sql", "url": url, "kinds": ["incidents"], "tables": JOIN, **more}
    source = SqlSource(SourceConfig.model_validate(config), Path())
    [batch] = source.read("incidents")
    rows = [dict(zip(batch.columns, row, strict=True)) for row in batch.rows]
    return {row["number"]: row["assignment"] for row in rows}


@pytest.mark.parametrize(("main", "further"), PADDED)
def test_what_stands_in_a_further_table_is_found(tmp_path: Path, main: str, further: str) -> None:
    url = f"sqlite:///{tmp_path / 'hpsm.db'}"
    made(url, main, further, ("VARCHAR(60)", "VARCHAR(60)"))
    assert groups(url) == {"IM1": "UB", "IM2": "IT", "IM3": None}


@pytest.mark.postgres
@pytest.mark.parametrize("types", [("CHAR(12)", "VARCHAR(60)"), ("VARCHAR(60)", "CHAR(12)")])
@pytest.mark.parametrize(("main", "further"), PADDED)
def test_a_server_finds_it_too(
    postgres_url: str, main: str, further: str, types: tuple[str, str]
) -> None:
    url = str(
        sa.make_url(postgres_url).set(drivername="postgresql+psycopg").render_as_string(False)
    )
    made(url, main, further, types)
    assert groups(url) == {"IM1": "UB", "IM2": "IT", "IM3": None}


@pytest.mark.parametrize(
    ("main", "further"), [("IM1", "IM1   "), ("IM1   ", "IM1"), ("IM1", "IM1")]
)
def test_the_rows_of_an_array_are_found_too(tmp_path: Path, main: str, further: str) -> None:
    url = f"sqlite:///{tmp_path / 'hpsm.db'}"
    made(url, main, further, ("VARCHAR(60)", "CHAR(6)"))
    rows = {"table": "PROBSUMMARYM2", "column": "ASSIGNMENT", "type": "array"}
    tables = {"incidents": {"fields": {"assignment": rows}}}
    assert groups(url, tables=tables) == {"IM1": "UB", "IM2": "IT", "IM3": None}
