from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from migrate.config import SourceConfig
from migrate.errors import StoppedError
from migrate.extract.ahead import Asked, ReadAhead
from migrate.extract.sql import SqlSource
from migrate.state.prepared import Preparer

pytestmark = pytest.mark.postgres

TABLE = """
CREATE TABLE hpsm."PROBSUMMARYM1" (
    "NUMBER" char(12), "ASSIGNMENT" varchar(60), "OPEN_TIME" timestamp, "CLOSE_TIME" timestamptz,
    "ACTION" text, "PRIORITY_CODE" numeric, "SLA_REMAINING" timestamp, "SYSMODTIME" timestamp,
    "AFFECTED_ITEM" text)
"""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """A schema `hpsm` with 1,000 incidents."""
    writing = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with writing.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS hpsm CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA hpsm")
        connection.exec_driver_sql(TABLE)
        connection.exec_driver_sql(
            """INSERT INTO hpsm."PROBSUMMARYM1"
            SELECT 'IM' || n, 'UB-UTLÅN', '2019-01-01 10:00', '2019-01-01 12:00+02',
                   E'en\\nto', n %% 4 + 1, '4000-01-01 00:10',
                   timestamp '2019-01-01' + n * interval '1 hour', '100 %% :epost'
            FROM generate_series(1, 1000) n"""
        )
    yield postgres_url
    writing.dispose()


def source(url: str, **more: object) -> SqlSource:
    config = {"type": "sql", "url": url, "schema": "hpsm", "kinds": ["incidents"], "batch": 300}
    return SqlSource(SourceConfig.model_validate({**config, **more}), Path())


def test_values_of_a_real_server_take_our_forms(url: str) -> None:
    batches = list(source(url).read("incidents"))
    assert [len(batch.rows) for batch in batches] == [300, 300, 300, 100]
    first = dict(zip(batches[0].columns, batches[0].rows[0], strict=True))
    assert first == {
        "number": "IM1",
        "priority": "2",
        "assignment": "UB-UTLÅN",
        "open_time": "2019-01-01 10:00:00",
        "close_time": "2019-01-01 10:00:00",
        "description": "en\nto",
        "service": "100 % :epost",
        "sla_remaining": 600,
        "sysmodtime": "2019-01-01 01:00:00",
    }


def test_rows_are_counted_and_narrowed_on_the_server(url: str) -> None:
    where = '"AFFECTED_ITEM" LIKE \'100 \\% :%\' AND "PRIORITY_CODE" = 1'
    narrowed = source(url, tables={"incidents": {"where": where}})
    [info] = narrowed.describe()
    assert (info.rows, info.modified) == (250, "sysmodtime")
    assert sum(len(batch.rows) for batch in narrowed.read("incidents")) == 250


def test_a_delta_compares_times_on_the_server(url: str) -> None:
    since = datetime(2019, 1, 1, tzinfo=UTC).replace(day=31)
    changed = sum(len(batch.rows) for batch in source(url).read("incidents", since))
    assert changed == 1000 - 30 * 24 + 1


def test_the_server_refuses_to_write_for_us(url: str) -> None:
    with (
        source(url)._database.engine.connect() as connection,
        pytest.raises(DBAPIError, match="read-only"),
    ):
        connection.execute(sa.text('DELETE FROM hpsm."PROBSUMMARYM1"'))


def test_a_process_of_its_own_has_a_connection_of_its_own(url: str) -> None:
    here = source(url)
    assert here.check()
    with ReadAhead(here) as ahead:
        ahead.ask(Asked("incidents", None, "", Preparer(())))
        assert sum(len(batch.rows) for batch in ahead.batches()) == 1000
    assert sum(len(batch.rows) for batch in here.read("incidents")) == 1000


def test_a_server_that_goes_away_while_reading_can_be_waited_for(url: str) -> None:
    reading = source(url, batch=10)
    batches = reading.read("incidents")
    next(batches)
    killer = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with killer.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    killer.dispose()
    with pytest.raises(StoppedError):
        list(batches)


def test_times_that_no_calendar_has_stop_nothing(url: str) -> None:
    odd = {"IM500": "infinity", "IM501": "-infinity", "IM502": "0044-03-15 12:00 BC"}
    writing = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with writing.begin() as connection:
        for number, time in odd.items():
            connection.exec_driver_sql(
                'UPDATE hpsm."PROBSUMMARYM1" SET "OPEN_TIME" = %s, "CLOSE_TIME" = %s'
                ' WHERE "NUMBER" = %s',
                (time, time, number),
            )
    writing.dispose()
    opened = source(url)
    rows = {}
    for batch in opened.read("incidents"):
        rows |= {dict(zip(batch.columns, row, strict=True))["number"]: row for row in batch.rows}
        times = [batch.columns.index(name) for name in ("open_time", "close_time")]
    assert len(rows) == 1000
    assert {number for number, row in rows.items() if row[times[0]] is None} == odd.keys()
    others = {tuple(row[time] for time in times) for n, row in rows.items() if n not in odd}
    assert others == {("2019-01-01 10:00:00", "2019-01-01 10:00:00")}
    assert {problem.code for problem in opened.problems()} == {"value-unreadable"}


def test_tables_that_are_somebody_else_s_are_told_with_where_to_name_them(url: str) -> None:
    [problem] = [p for p in source(url, schema=None).check() if not p.warning]
    assert "this user of the database has no tables at all" in problem.message
    assert "name in source.schema whose tables they are" in problem.what_to_do
    [problem] = [p for p in source(url, schema="sm9").check() if not p.warning]
    assert "(the schema sm9 has no tables at all)" in problem.message
