"""What Oracle and SQL Server would be sent, read as text: no such server runs here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from customised_hpsm import INCIDENT, OWN_FIELDS
from sqlalchemy.dialects import mssql, oracle

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError
from migrate.extract.aliases import tables
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import ON_BEGIN, ON_CONNECT, Database
from migrate.extract.sql_layout import SqlTable, find_tables

ORACLE = "oracle://reader:secret@db.example.no/?service_name=HPSM"
SQL_SERVER = "mssql://reader:secret@db.example.no/HPSM"

_ORACLE_TYPES: Mapping[str, Any] = {
    "key": oracle.VARCHAR2(60),
    "text": oracle.VARCHAR2(60),
    "long": oracle.CLOB(),
    "time": oracle.DATE(),
    "number": oracle.FLOAT(),
    "blob": oracle.BLOB(),
}
_SQL_SERVER_TYPES: Mapping[str, Any] = {
    "key": mssql.VARCHAR(60, collation="Danish_Norwegian_CI_AS"),
    "text": mssql.NVARCHAR(60),
    "long": mssql.NTEXT(),
    "time": mssql.DATETIME(),
    "number": mssql.FLOAT(),
    "blob": mssql.IMAGE(),
}
_TABLES = {
    "RB_PROBSUMMARYM1": {
        "NUMBER": "key",
        "ACTION_DESC": "long",
        "DESC": "text",
        "GROUP": "text",
        "UPDATE_ACTION": "blob",
        "RESOLUTION": "long",
        "OPEN_TIME": "time",
        "RB_APPROVALS": "blob",
        "SYSMODTIME": "time",
        "DESCRIPTOR": "blob",
    },
    "RB_PROBSUMMARYM2": {"NUMBER": "key", "RB_SOLVED": "time", "SLA_REMAINING": "time"},
    "RB_PROBSUMMARYA1": {"NUMBER": "key", "RECORD_NUMBER": "number", "ACTION": "text"},
    "RB_PROBSUMMARYA2": {
        "NUMBER": "key",
        "RECORD_NUMBER": "number",
        "RB_STEP": "text",
        "RB_STEP_COUNT": "number",
    },
}


def config(url: str, **more: Any) -> SourceConfig:
    asked = {
        "kinds": ["incidents"],
        "tables": {"incidents": {"fields": OWN_FIELDS}},
        "schema": "SM9",
    }
    return SourceConfig.model_validate({"type": "sql", "url": url, "batch": 700, **asked, **more})


class Asked:
    """The incidents of the customised HPSM in one of the databases, and the SQL that reads them."""

    def __init__(self, url: str, types: Mapping[str, Any], **more: Any) -> None:
        made = config(url, **more)
        self.database = Database(made, Path())
        self.dialect = self.database.engine.dialect
        self.catalog = Catalog(
            self.dialect,
            [self._seen(name) for name in _TABLES],
            lambda names: {
                name: [
                    {"name": self._seen(column), "type": types[type_]}
                    for column, type_ in _TABLES[name.upper()].items()
                ]
                for name in names
            },
            made.db_schema,
        )
        self.table: SqlTable = find_tables(
            self.catalog, tables(made), {"probsummary": INCIDENT}, made.descriptor
        )["incidents"]

    def _seen(self, name: str) -> str:
        """A name as SQLAlchemy's inspector gives it: Oracle's in small letters, unless reserved."""
        return self.dialect.normalize_name(name) if self.dialect.requires_name_normalize else name

    def text(self, select: sa.Select[Any] | None) -> str:
        assert select is not None
        compiled = select.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        return " ".join(str(compiled).split())

    def rows(self, *keys: str) -> list[str]:
        assert self.table.parts is not None
        wanted = [(key,) for key in keys]
        return [
            self.text(select)
            for part in self.table.parts.tables
            for select in part.selects(self.catalog, wanted)
        ]


@pytest.fixture
def on_oracle() -> Asked:
    pytest.importorskip("oracledb", reason="needs oracledb")
    return Asked(ORACLE, _ORACLE_TYPES)


@pytest.fixture
def on_sql_server() -> Asked:
    pytest.importorskip("pymssql", reason="needs pymssql")
    return Asked(SQL_SERVER, _SQL_SERVER_TYPES)


def test_oracle_reads_quoted_names_of_the_schema_with_its_second_table(on_oracle: Asked) -> None:
    text = on_oracle.text(on_oracle.table.select)
    for column in ("NUMBER", "DESC", "GROUP", "ACTION_DESC", "DESCRIPTOR"):
        assert f'"SM9"."RB_PROBSUMMARYM1"."{column}"' in text
    assert (
        'FROM "SM9"."RB_PROBSUMMARYM1" LEFT OUTER JOIN "SM9"."RB_PROBSUMMARYM2" ON '
        '"SM9"."RB_PROBSUMMARYM1"."NUMBER" = "SM9"."RB_PROBSUMMARYM2"."NUMBER"'
    ) in text
    assert text.count("DESCRIPTOR") == 2  # the column and its label: three fields, read once


def test_oracle_compares_times_as_times_and_goes_on_behind_a_key(on_oracle: Asked) -> None:
    changed = on_oracle.table.since(datetime(2019, 1, 1, tzinfo=UTC))
    assert changed is not None
    [(_, key)] = on_oracle.table.ordered
    select = changed.where(on_oracle.catalog.behind([key], ["IM10"])).order_by(key)
    text = on_oracle.text(select)
    number, changed_at = ('"SM9"."RB_PROBSUMMARYM1"."' + c + '"' for c in ("NUMBER", "SYSMODTIME"))
    assert f"({changed_at} IS NULL OR {changed_at} >= :param_1)" in text
    assert f"({number} > :param_2 OR {number} IS NULL)" in text  # it sorts NULL last
    assert text.endswith(f"ORDER BY {number}")
    bound = select.compile(dialect=on_oracle.dialect).params
    assert bound == {"param_1": datetime(2019, 1, 1), "param_2": "IM10"}  # noqa: DTZ001 - GMT


def test_oracle_reads_the_arrays_of_a_batch_in_their_order(on_oracle: Asked) -> None:
    lines, steps = on_oracle.rows("IM1", "IM2")
    assert 'FROM "SM9"."RB_PROBSUMMARYA1" WHERE "SM9"."RB_PROBSUMMARYA1"."NUMBER" IN (' in lines
    assert lines.endswith(
        'ORDER BY "SM9"."RB_PROBSUMMARYA1"."NUMBER", "SM9"."RB_PROBSUMMARYA1"."RECORD_NUMBER"'
    )
    assert '"RB_STEP"' in steps
    assert '"RB_STEP_COUNT"' in steps  # both columns of a row table are read together


def test_no_statement_has_more_keys_than_a_database_takes(on_oracle: Asked) -> None:
    statements = on_oracle.rows(*(f"IM{n}" for n in range(1200)))
    assert [text.count(":param") for text in statements] == [500, 500, 200] * 2


def test_oracle_has_text_with_its_rows_and_as_many_a_round_trip_as_a_batch(
    on_oracle: Asked,
) -> None:
    dialect: Any = on_oracle.dialect
    assert dialect.driver == "oracledb"
    assert dialect.auto_convert_lobs
    assert dialect.arraysize == 700


def test_oracle_forbids_itself_to_write_and_sorts_as_it_compares() -> None:
    assert ON_BEGIN["oracle"] == ("SET TRANSACTION READ ONLY",)
    assert "ALTER SESSION SET NLS_SORT = BINARY" in ON_CONNECT["oracle"]
    assert "ALTER SESSION SET NLS_COMP = BINARY" in ON_CONNECT["oracle"]


def test_oracle_fills_a_column_by_bytes(on_oracle: Asked) -> None:
    assert on_oracle.table.parts is not None
    width = on_oracle.table.parts.tables[0].values[0].width
    assert width is not None
    assert width.filled("x" * 11, "ø")
    assert not width.filled("x" * 11, "o")
    assert not width.filled("ø" * 8, "x")  # more bytes than it could hold: it counts characters


def test_sql_server_reads_quoted_names_of_the_schema(on_sql_server: Asked) -> None:
    text = on_sql_server.text(on_sql_server.table.select)
    assert "[SM9].[RB_PROBSUMMARYM1].[GROUP]" in text
    assert "LEFT OUTER JOIN [SM9].[RB_PROBSUMMARYM2]" in text
    counted = on_sql_server.text(on_sql_server.table.count)
    assert counted.startswith("SELECT count(*)")
    assert "ORDER BY" not in counted


def test_sql_server_finds_keys_by_their_index(on_sql_server: Asked) -> None:
    lines, _ = on_sql_server.rows("IM1")
    assert "[NUMBER] IN (CAST(%(param_1)s AS VARCHAR(60)))" in lines
    assert lines.endswith(
        "ORDER BY [SM9].[RB_PROBSUMMARYA1].[NUMBER], [SM9].[RB_PROBSUMMARYA1].[RECORD_NUMBER]"
    )
    [(_, key)] = on_sql_server.table.ordered
    behind = on_sql_server.catalog.behind([key], ["IM10"])
    assert str(behind.compile(dialect=on_sql_server.dialect)) == (
        "[SM9].[RB_PROBSUMMARYM1].[NUMBER] > CAST(%(param_1)s AS VARCHAR(60))"
    )


def test_sql_server_is_told_that_we_only_read(on_sql_server: Asked) -> None:
    asked: dict[str, Any] = {}

    @sa.event.listens_for(on_sql_server.database.engine, "do_connect")
    def no_server(dialect: Any, record: Any, args: Any, parameters: dict[str, Any]) -> None:
        asked.update(parameters)
        raise OSError

    with pytest.raises(ConfigurationError), on_sql_server.database.connected():
        pass
    assert asked["read_only"] is True
    assert ON_CONNECT["mssql"] == ("SET DEADLOCK_PRIORITY LOW",)


def test_a_key_that_cannot_be_sorted_by_is_read_in_no_order(on_oracle: Asked) -> None:
    types = {**_ORACLE_TYPES, "key": oracle.CLOB()}
    asked = Asked(ORACLE, types)
    assert asked.table.ordered == ()


@pytest.mark.parametrize(
    ("url", "driver", "command"),
    [
        (ORACLE, "oracledb", "pip install 'oracledb>=3'"),
        (SQL_SERVER, "pymssql", "pip install 'pymssql>=2.3'"),
        ("mssql+pyodbc://reader:secret@h/d", "pyodbc", "pip install 'pyodbc'"),
    ],
)
def test_a_driver_that_is_not_installed_is_one_problem_with_the_command(
    monkeypatch: pytest.MonkeyPatch, url: str, driver: str, command: str
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(ConfigurationError) as refused:
        Database(config(url), Path())
    [problem] = refused.value.problems
    assert problem.code == "source-driver-missing"
    assert command in problem.what_to_do
    assert "secret" not in repr(problem)
