from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import hpsm_tables as hpsm
import pytest
import sqlalchemy as sa
from sql_source import rows, source

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError
from migrate.extract.sql import SqlSource


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hpsm.db"
    hpsm.create(path)
    return path


def test_records_come_in_batches_with_typed_values(database: Path) -> None:
    hpsm.insert(
        database,
        "INCIDENTSM1",
        {
            "INCIDENT_ID": "SD1",
            "TITLE": "Får ikke åpnet døra",
            "OPEN_TIME": "2019-01-01 10:00:00",
            "FIRST_CALL": "t",
            "HANDLE_TIME": "4000-01-01 00:05:00",
            "DESCRIPTION": "en\nto",
        },
        {"INCIDENT_ID": "SD2", "FIRST_CALL": "f"},
        {"INCIDENT_ID": "SD3"},
    )
    batches = list(source(database, batch=2).read("interactions"))
    assert [len(batch.rows) for batch in batches] == [2, 1]
    first, second, third = rows(batches)
    assert first["title"] == "Får ikke åpnet døra"
    assert first["handle_time"] == 300
    assert [row["first_call"] for row in (first, second, third)] == [True, False, None]
    assert batches[0].columns[batches[0].key] == "number"
    assert batches[0].types[batches[0].columns.index("open_time")] == "time"


def test_a_value_that_cannot_be_read_keeps_its_text_and_is_told(database: Path) -> None:
    hpsm.insert(
        database,
        "PROBSUMMARYM1",
        {"NUMBER": "IM1"},
        {"NUMBER": "IM2", "OPEN_TIME": "4000-01-01 00:00:00"},
    )
    hp = source(database)
    [batch] = hp.read("incidents")
    assert batch.raw == {1: {"open_time": "4000-01-01 00:00:00"}}
    [problem] = hp.problems()
    assert (problem.code, problem.place) == ("value-unreadable", "incidents IM2")
    assert problem.warning


def test_many_problems_of_one_sort_are_counted(database: Path) -> None:
    hpsm.insert(
        database,
        "PROBSUMMARYM1",
        *({"NUMBER": f"IM{n}", "OPEN_TIME": "i går"} for n in range(20)),
    )
    hp = source(database)
    list(hp.read("incidents"))
    assert [p.message for p in hp.problems()][-1] == "and 15 more of the same"
    assert len(hp.problems()) == 6


def test_a_record_without_a_key_is_left_out_counted_and_told(database: Path) -> None:
    hpsm.insert(database, "PROBSUMMARYM1", {"NUMBER": "IM1"}, {"NUMBER": "  "}, {"NUMBER": None})
    hp = source(database)
    [batch] = hp.read("incidents")
    assert (len(batch.rows), batch.skipped) == (1, 2)
    assert [p.place for p in hp.problems()] == ["PROBSUMMARYM1 row 1", "PROBSUMMARYM1 row 2"]


def test_composite_keys_are_joined_and_stand_first(database: Path) -> None:
    hpsm.insert(database, "SCRELATIONM1", {"SOURCE": "SD1", "DEPEND": "IM1", "TYPE": "Caused By"})
    [batch] = source(database).read("relations")
    assert batch.columns[0] == "key"
    assert batch.rows[0][:2] == ("SD1|IM1|Caused By", "SD1")


def test_an_array_in_the_key_is_one_record_an_element(database: Path) -> None:
    hpsm.execute(database, 'ALTER TABLE ASSIGNMENTM1 ADD COLUMN "OPERATORS" CLOB')
    hpsm.insert(
        database,
        "ASSIGNMENTM1",
        {"NAME": "UB", "OPERATORS": "kari\nola\n"},
        {"NAME": "TOM", "OPERATORS": None},
    )
    fields = {"operator": {"column": "OPERATORS", "type": "array"}}
    hp = source(database, tables={"members": {"table": "ASSIGNMENTM1", "fields": fields}})
    [batch] = hp.read("members")
    assert batch.rows == [("UB|kari", "UB", "kari"), ("UB|ola", "UB", "ola")]
    assert hp.problems() == []


def test_both_activity_tables_are_one_kind_with_keys_of_their_own(database: Path) -> None:
    hpsm.insert(database, "ACTIVITYM1", {"THENUMBER": "A1", "NUMBER": "IM1"})
    hpsm.insert(database, "ACTSVCMGTM1", {"THENUMBER": "A1", "NUMBER": "SD1"})
    keys = [batch.rows[0][batch.key] for batch in source(database).read("activities")]
    assert keys == ["A1", "SD1|A1"]


def test_second_tables_are_joined_on_the_key(database: Path) -> None:
    hpsm.execute(database, 'CREATE TABLE PROBSUMMARYM2 ("number" TEXT, "FNL_ROOM" TEXT)')
    hpsm.insert(database, "PROBSUMMARYM1", {"NUMBER": "IM1"}, {"NUMBER": "IM2"})
    hpsm.insert(database, "PROBSUMMARYM2", {"number": "IM2", "FNL_ROOM": "A-101"})
    hp = source(
        database,
        tables={
            "incidents": {
                "join": {"PROBSUMMARYM2": "NUMBER"},
                "fields": {"room": "PROBSUMMARYM2.FNL_ROOM"},
            }
        },
    )
    assert [p for p in hp.check() if not p.warning] == []
    assert [row["room"] for row in rows(list(hp.read("incidents")))] == [None, "A-101"]


def test_a_condition_in_the_sources_own_sql_narrows_a_table(database: Path) -> None:
    hpsm.insert(database, "PROBSUMMARYM1", {"NUMBER": "IM1", "CATEGORY": "a:b"}, {"NUMBER": "IM2"})
    hp = source(database, tables={"incidents": {"where": "CATEGORY LIKE 'a:%' OR 1 = 0"}})
    assert [row["number"] for row in rows(list(hp.read("incidents")))] == ["IM1"]


def test_a_condition_that_is_not_sql_is_one_problem(database: Path) -> None:
    hp = source(database, tables={"incidents": {"where": "CATEGORY LIKE"}})
    with pytest.raises(ConfigurationError) as refused:
        list(hp.read("incidents"))
    assert refused.value.problems[0].place == "source.tables.incidents.where"


def test_a_delta_reads_what_was_modified_since_or_does_not_say(database: Path) -> None:
    hpsm.insert(
        database,
        "PROBSUMMARYM1",
        {"NUMBER": "IM1", "SYSMODTIME": "2019-01-01 00:00:00"},
        {"NUMBER": "IM2", "SYSMODTIME": "2019-02-01 00:00:00"},
        {"NUMBER": "IM3"},
    )
    since = datetime(2019, 2, 1, tzinfo=UTC)
    changed = rows(list(source(database).read("incidents", since)))
    assert [row["number"] for row in changed] == ["IM2", "IM3"]


def test_the_source_cannot_be_written_to(database: Path) -> None:
    with (
        source(database)._database.engine.connect() as connection,
        pytest.raises(sa.exc.OperationalError, match="readonly"),
    ):
        connection.execute(sa.text("DELETE FROM OPERATORM1"))


def test_a_database_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    [problem] = source(tmp_path / "nowhere.db").check()
    assert problem.code == "source-unreachable"
    assert (problem.place, problem.message) == (
        str(tmp_path / "nowhere.db"),
        "there is no such file",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["postgresql://hpsm:hemmelig@127.0.0.1:1/hpsm", "nosuch://hpsm:hemmelig@h/d", "hemmelig"]
)
def test_no_password_is_shown_when_an_address_does_not_work(tmp_path: Path, url: str) -> None:
    try:
        problems = SqlSource(SourceConfig(type="sql", url=url), tmp_path).check()
    except ConfigurationError as error:
        problems = list(error.problems)
    assert [problem.code for problem in problems] == ["source-unreachable"]
    assert "hemmelig" not in repr(problems)


def test_the_address_may_come_from_the_environment(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = SourceConfig(type="sql", url_env="HPSM_URL")
    with pytest.raises(ConfigurationError, match="HPSM_URL"):
        SqlSource(config, database.parent)
    monkeypatch.setenv("HPSM_URL", "sqlite:///hpsm.db")
    assert SqlSource(config, database.parent).check() == []


def test_a_database_that_goes_away_while_reading_is_no_crash(database: Path) -> None:
    hpsm.execute(database, "DROP TABLE OPERATORM1")
    sqlite3.connect(database).close()
    with pytest.raises(ConfigurationError):
        list(source(database).read("operators"))
    with pytest.raises(ConfigurationError):
        list(source(database).read("no_such_kind"))


@pytest.mark.parametrize("name", ["Number", "since_run", "key", "fnl.room"])
def test_a_name_that_no_field_can_have_is_refused(database: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        source(database, tables={"incidents": {"fields": {name: "FNL_ROOM"}}})
    assert refused.value.problems[0].place.endswith(f"incidents.fields.{name}")


def test_a_table_that_cannot_be_counted_is_described_and_told_when_it_is_read(
    database: Path,
) -> None:
    hp = source(database, tables={"incidents": {"where": "NO_SUCH_COLUMN = 1"}})
    infos = {info.kind: info for info in hp.describe()}
    assert infos["incidents"].rows is None
    assert infos["contacts"].rows == 0
    with pytest.raises(ConfigurationError) as refused:
        list(hp.read("incidents"))
    assert refused.value.problems[0].code == "source-unreadable"


def test_fields_and_reasons_of_several_tables_are_told_together(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database, leave_out=["CM3TM1.STATUS", "OCMLM1.STATUS", "CM3TM1.SYSMODTIME"])
    [tasks] = [info for info in source(database).describe() if info.kind == "tasks"]
    assert dict(tasks.missing) == {
        "status": "CM3TM1 has no column STATUS; OCMLM1 has no column STATUS",
        "sysmodtime": "CM3TM1 has no column SYSMODTIME",
    }
    assert dict(tasks.ways)["status"] == "ROOTCAUSETASKM1.STATUS; IMTASKM1.STATUS"
    assert tasks.modified == "sysmodtime"


def test_a_table_without_a_time_of_modification_is_read_whole(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database, leave_out=["OPERATORM1.SYSMODTIME"])
    hpsm.insert(database, "OPERATORM1", {"NAME": "kari"}, {"NAME": "ola"})
    hp = source(database)
    [info] = [info for info in hp.describe() if info.kind == "operators"]
    assert info.modified is None
    assert len(rows(list(hp.read("operators", datetime(2030, 1, 1, tzinfo=UTC))))) == 2


def test_activities_that_are_numbered_anew_have_a_key_of_several_fields(database: Path) -> None:
    hpsm.insert(
        database,
        "ACTIVITYM1",
        {"THENUMBER": "1", "NUMBER": "IM1", "DESCRIPTION": "en"},
        {"THENUMBER": "1", "NUMBER": "IM2", "DESCRIPTION": "to"},
    )
    tables = {"activities": {"key": ["number", "activity_id"]}}
    opened = source(database, tables=tables, kinds=["activities"])
    found = rows(list(opened.read("activities")))
    assert {row["key"]: row["description"] for row in found} == {"IM1|1": "en", "IM2|1": "to"}
    [info], [usual] = (s.describe() for s in (opened, source(database, kinds=["activities"])))
    assert info.layout != usual.layout  # so that everything is read again under its new keys


@pytest.mark.parametrize(
    ("kind", "key"), [("incidents", ["number", "title"]), ("activities", ["nummer"])]
)
def test_a_key_that_a_kind_cannot_have_is_refused(
    database: Path, kind: str, key: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        source(database, tables={kind: {"key": key}})
    [problem] = caught.value.problems
    assert (problem.code, problem.place) == (
        "config-invalid",
        f"migrate.yaml: source.tables.{kind}.key",
    )
