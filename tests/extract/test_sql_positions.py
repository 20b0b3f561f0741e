"""Reading goes on behind any batch, whatever the keys are and wherever the database sorts NULL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.config import SourceConfig
from migrate.extract.sql import SqlSource
from migrate.extract.sql_catalog import Catalog

RELATIONS = [
    ("SD1", "IM1", "Caused By"),
    ("SD1", "IM1", None),
    ("SD1", "IM2", "Caused By"),
    ("sd1", "IM2", ""),
    ("Ærlig", "IM2", "x"),
    ("SD2", "IM1", None),
    ("SD 2", "IM1", None),
]
ACTIVITIES = [("SD1", 2.0), ("SD1", 10.0), ("SD2", 1.0), ("SD2", 1.5), (None, 3.0)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/hpsm.db"
    else:
        postgres = sa.make_url(request.getfixturevalue("postgres_url"))
        address = postgres.set(drivername="postgresql+psycopg").render_as_string(
            hide_password=False
        )
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            'CREATE TABLE "SCRELATIONM1" ("SOURCE" varchar(20), "DEPEND" char(20), "TYPE" text)'
        )
        connection.exec_driver_sql(
            'CREATE TABLE "ACTSVCMGTM1" ("NUMBER" varchar(20), "THENUMBER" numeric(20, 4))'
        )
        for table, rows in (("SCRELATIONM1", RELATIONS), ("ACTSVCMGTM1", ACTIVITIES)):
            width = range(len(rows[0]))
            names = ", ".join(f":v{i}" for i in width)
            connection.execute(
                sa.text(f'INSERT INTO "{table}" VALUES ({names})'),
                [{f"v{i}": row[i] for i in width} for row in rows],
            )
    engine.dispose()
    return address


@pytest.mark.parametrize(("kind", "records"), [("relations", 7), ("activities", 5)])
def test_reading_goes_on_behind_every_batch(
    url: str, tmp_path: Path, kind: str, records: int
) -> None:
    config = SourceConfig(type="sql", url=url, kinds=[kind], batch=1)

    def keys(after: str = "") -> list[tuple[str, str]]:
        batches = SqlSource(config, tmp_path).read(kind, after=after)
        return [(b.rows[0][b.key] if b.rows else "", b.position) for b in batches]

    everything = keys()
    assert len(everything) == records
    assert len({position for _, position in everything}) == records
    for place, (_, position) in enumerate(everything, start=1):
        assert keys(position) == everything[place:]


def test_several_tables_of_a_kind_go_on_in_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "hpsm.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in ("ACTIVITYM1", "ACTSVCMGTM1"):
            connection.exec_driver_sql(f'CREATE TABLE "{table}" ("NUMBER" TEXT, "THENUMBER" TEXT)')
            connection.exec_driver_sql(
                f"""INSERT INTO "{table}" VALUES ('X1', '1'), ('X1', '2'), ('X2', '3')"""
            )
    engine.dispose()
    config = SourceConfig(type="sql", url=f"sqlite:///{path}", kinds=["activities"], batch=2)
    batches = list(SqlSource(config, tmp_path).read("activities"))
    assert [len(batch.rows) for batch in batches] == [2, 1, 2, 1]
    for place, batch in enumerate(batches, start=1):
        rest = SqlSource(config, tmp_path).read("activities", after=batch.position)
        assert [b.rows for b in rest] == [b.rows for b in batches[place:]]


_PART = st.none() | st.sampled_from(["", "a", "A", "aa", "b", "ø", "z "])


@settings(max_examples=60, deadline=None)
@given(rows=st.sets(st.tuples(_PART, _PART, _PART), min_size=1, max_size=12))
def test_what_comes_behind_a_row_is_what_the_database_sorts_behind_it(rows: set[Any]) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE T (A TEXT, B TEXT, C TEXT)")
        connection.exec_driver_sql("INSERT INTO T VALUES (?, ?, ?)", list(rows))
        catalog = Catalog.of(connection, None)
        table = catalog.table("t")
        assert table is not None
        select = sa.select(table).order_by(*table.c)
        ordered = connection.execute(select).fetchall()
        for place, row in enumerate(ordered, start=1):
            rest = connection.execute(select.where(catalog.behind(table.c, row))).fetchall()
            assert rest == ordered[place:]
    engine.dispose()
