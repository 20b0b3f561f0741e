"""A customised HPSM in SQLite and in PostgreSQL, with its dbdict and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import customised_hpsm as hpsm
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from migrate.config import FieldAlias, SourceConfig
from migrate.extract import sql_engine
from migrate.extract.dbdict import DbdictTable
from migrate.extract.sql import SqlSource
from migrate.records import Batch

Open = Callable[..., SqlSource]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hpsm.db"
    address = sa.make_url(request.getfixturevalue("postgres_url"))
    return address.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: sa.Engine, tmp_path: Path) -> sa.Engine:
    hpsm.make(engine)
    hpsm.write_dbdicts(tmp_path / "dbdict.unl")
    return engine


@pytest.fixture
def by_dbdict(url: str, tmp_path: Path) -> Open:
    def opened(**more: Any) -> SqlSource:
        tables = {"incidents": {"fields": hpsm.OWN_FIELDS}}
        asked = {"dbdict": ["dbdict.unl"], "tables": tables, "kinds": ["incidents", "members"]}
        return source(url, tmp_path, **(asked | more))

    return opened


@pytest.fixture
def by_hand(url: str, tmp_path: Path) -> Open:
    def opened(**more: Any) -> SqlSource:
        asked = {"tables": hpsm.BY_HAND, "kinds": ["incidents", "members"]}
        return source(url, tmp_path, **(asked | more))

    return opened


def source(url: str, folder: Path, **more: Any) -> SqlSource:
    return SqlSource(SourceConfig.model_validate({"type": "sql", "url": url, **more}), folder)


def rows(batches: Iterator[Batch]) -> dict[str, dict[str, Any]]:
    return {
        row[batch.key]: dict(zip(batch.columns, row, strict=True))
        for batch in batches
        for row in batch.rows
    }


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("batch", [1, 2000])
def test_the_dbdict_finds_every_field_wherever_it_lies(by_dbdict: Open, batch: int) -> None:
    assert rows(by_dbdict(batch=batch).read("incidents")) == hpsm.EXPECTED


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("batch", [1, 2000])
def test_the_same_can_be_said_by_hand(by_hand: Open, batch: int) -> None:
    assert rows(by_hand(batch=batch).read("incidents")) == hpsm.EXPECTED


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("batch", [1, 2000])
def test_arrays_are_asked_for_over_a_second_connection_where_the_driver_needs_one(
    monkeypatch: pytest.MonkeyPatch, by_dbdict: Open, batch: int
) -> None:
    monkeypatch.setattr(sql_engine, "TWO_RESULTS", frozenset())
    assert rows(by_dbdict(batch=batch).read("incidents")) == hpsm.EXPECTED


@pytest.mark.usefixtures("database")
def test_an_array_that_identifies_records_is_one_record_an_element(
    by_dbdict: Open, by_hand: Open
) -> None:
    for hp in (by_dbdict(), by_hand()):
        assert list(rows(hp.read("members"))) == ["UB|kari", "UB|ola"]


@pytest.mark.usefixtures("database")
def test_a_blob_that_cannot_be_read_is_told_with_its_record(by_dbdict: Open) -> None:
    hp = by_dbdict()
    [batch] = hp.read("incidents")
    [raw] = [raw for row, raw in batch.raw.items() if batch.rows[row][batch.key] == "IM2"]
    assert list(raw) == ["journal"]
    assert raw["journal"].startswith(b"_RCFM*=".hex())
    [problem] = hp.problems()
    assert (problem.code, problem.place) == ("value-unreadable", "incidents IM2")


@pytest.mark.usefixtures("database")
def test_what_is_reachable_is_told_with_the_way_to_it(by_dbdict: Open) -> None:
    members, info = by_dbdict().describe()
    ways = dict(info.ways)
    assert ways["title"] == "RB_PROBSUMMARYM1.ACTION_DESC"
    assert ways["resolved_time"] == "RB_PROBSUMMARYM2.RB_SOLVED"
    assert ways["description"] == "rows of RB_PROBSUMMARYA1.ACTION by NUMBERPRGN"
    assert ways["journal"] == "RB_PROBSUMMARYM1.UPDATE_ACTION (RC)"
    assert ways["approvers"] == "RB_PROBSUMMARYM1.RB_APPROVALS (RC) at 1"
    assert ways["contact_name"] == "RB_PROBSUMMARYM1.DESCRIPTOR (RC) at 6 or 1"
    assert (info.rows, info.modified) == (3, "sysmodtime")
    assert dict(info.missing)["urgency"] == "RB_PROBSUMMARYM1 has no column SEVERITY"
    assert (members.rows, members.modified) == (None, None)


@pytest.mark.usefixtures("database")
def test_a_delta_reads_what_was_modified_with_its_arrays(by_dbdict: Open) -> None:
    changed = rows(by_dbdict().read("incidents", hpsm.day(5).replace(tzinfo=UTC)))
    assert changed == {key: hpsm.EXPECTED[key] for key in ("IM1", "IM3")}


@pytest.mark.usefixtures("database")
def test_reading_goes_on_behind_a_batch(by_dbdict: Open) -> None:
    batches = list(by_dbdict(batch=1).read("incidents"))
    for place, batch in enumerate(batches, start=1):
        rest = list(by_dbdict(batch=1).read("incidents", after=batch.position))
        assert [b.rows for b in rest] == [b.rows for b in batches[place:]]


@pytest.mark.parametrize("descriptor", ["auto", "unmapped"])
def test_the_fields_of_a_descriptor_may_lie_by_themselves(
    engine: sa.Engine, by_dbdict: Open, tmp_path: Path, descriptor: str
) -> None:
    hpsm.make(engine, only_unmapped=True)
    hpsm.write_dbdicts(tmp_path / "dbdict.unl")
    assert rows(by_dbdict(descriptor=descriptor).read("incidents")) == hpsm.EXPECTED


@pytest.mark.usefixtures("database")
def test_a_descriptor_of_another_form_is_told_and_never_read_as_another_field(
    by_dbdict: Open,
) -> None:
    hp = by_dbdict(descriptor="unmapped")
    found = rows(hp.read("incidents"))
    assert found["IM1"]["contact_name"] is None
    assert found["IM1"]["description"] == hpsm.EXPECTED["IM1"]["description"]
    problem = next(p for p in hp.problems() if p.code == "rc-blob-form")
    assert problem.place == "RB_PROBSUMMARYM1.DESCRIPTOR"
    assert "18 values" in problem.message
    assert not problem.warning


@pytest.mark.usefixtures("database")
def test_a_dbdict_of_another_installation_gives_way_to_the_names_that_are_there(
    by_hand: Open, url: str, tmp_path: Path
) -> None:
    other = replace(hpsm.GROUP, tables=(DbdictTable("XX_ASSIGNMENTM1", "m1", "oracle9"),))
    hpsm.write_dbdicts(tmp_path / "dbdict.unl", other)
    hp = source(url, tmp_path, dbdict=["dbdict.unl"], kinds=["groups"])
    assert list(rows(hp.read("groups"))) == ["TOM", "UB"]
    problem = next(p for p in hp.check() if p.code == "source-table-missing")
    assert (problem.warning, problem.near[0]) == (True, "ASSIGNMENTM1")


@pytest.mark.usefixtures("database")
def test_a_row_table_that_is_not_there_is_one_problem(by_hand: Open) -> None:
    tables = {
        "incidents": {
            **hpsm.BY_HAND["incidents"],
            "fields": {
                "description": {"table": "RB_PROBSUMMARYA9", "column": "ACTION"},
                "steps": {"table": "RB_PROBSUMMARYA2", "column": "RB_STEPS"},
            },
        }
    }
    hp = by_hand(tables=tables, kinds=["incidents"])
    told = {p.message: p for p in hp.check() if p.code == "source-column-missing"}
    assert "has no column RB_PROBSUMMARYA9.ACTION for incidents.description" in told
    steps = told["has no column RB_PROBSUMMARYA2.RB_STEPS for incidents.steps"]
    assert steps.near[0] == "RB_STEP"
    assert "steps" not in rows(hp.read("incidents"))["IM1"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("spill", "begins"),
    [(False, "Hei\nSkriveren i \n2. etasje"), (4, "Hei\nSkriveren i 2. etasje")],
)
def test_how_long_elements_go_on_can_be_said(by_hand: Open, spill: bool | int, begins: str) -> None:
    description = {"table": "RB_PROBSUMMARYA1", "column": "ACTION", "spill": spill}
    tables = {"incidents": {"table": "RB_PROBSUMMARYM1", "fields": {"description": description}}}
    found = rows(by_hand(tables=tables, kinds=["incidents"]).read("incidents"))
    assert found["IM1"]["description"].startswith(begins)


@pytest.mark.parametrize(
    "alias",
    [
        {"column": "A", "key": "NUMBER"},
        {"column": "A", "order": "LINE"},
        {"column": "A", "spill": False},
        {"column": "A", "table": "T", "member": 1},
        {"column": "A", "member": 0},
    ],
)
def test_an_alias_that_says_half_a_place_is_refused(alias: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldAlias.model_validate(alias)


@pytest.mark.usefixtures("database")
def test_a_joined_table_without_its_key_is_told_and_joins_nothing(by_hand: Open) -> None:
    wrong = {**hpsm.BY_HAND["incidents"], "join": {"RB_PROBSUMMARYM2": "ID"}}
    hp = by_hand(tables={"incidents": wrong}, kinds=["incidents"])
    assert any(p.place == "RB_PROBSUMMARYM2" and not p.warning for p in hp.check())
    assert sum(len(batch.rows) for batch in hp.read("incidents")) == 3


@pytest.mark.postgres
def test_a_record_that_changes_while_it_is_read_is_not_torn(
    postgres_url: str, tmp_path: Path
) -> None:
    """PostgreSQL shows one moment: the fields and the arrays as they were when reading began."""
    url = sa.make_url(postgres_url).set(drivername="postgresql+psycopg")
    writing = sa.create_engine(url)
    hpsm.make(writing)
    hp = source(postgres_url, tmp_path, tables=hpsm.BY_HAND, kinds=["incidents"], batch=1)
    reading = hp.read("incidents")
    found = rows(iter([next(reading)]))
    with writing.begin() as connection:
        connection.exec_driver_sql("""UPDATE "RB_PROBSUMMARYM1" SET "ACTION_DESC" = 'nytt'""")
        connection.exec_driver_sql("""UPDATE "RB_PROBSUMMARYA2" SET "RB_STEP" = 'nytt'""")
    writing.dispose()
    assert {**found, **rows(reading)} == hpsm.EXPECTED


@pytest.mark.usefixtures("database")
def test_a_dbdict_that_cannot_be_found_or_read_is_told_by_a_reading_too(
    by_dbdict: Open, tmp_path: Path
) -> None:
    (tmp_path / "damaged.unl").write_bytes(b"\x00\x02\x19\xff\x00\x10nothing of the kind")
    hp = by_dbdict(dbdict=["damaged.unl", "nowhere.unl"], kinds=["members"])
    told = hp.problems()
    assert {problem.place.partition(" ")[0] for problem in told} >= {str(tmp_path / "damaged.unl")}
    assert any("nowhere.unl" in problem.place + problem.message for problem in told)
