"""Tables and columns under names of the customer's own: what is told, and what may be meant."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import hpsm_tables as hpsm
import pytest
from sql_source import rows, source

from migrate.errors import ConfigurationError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hpsm.db"
    hpsm.create(path)
    return path


def test_a_renamed_column_is_one_problem_with_the_line_to_add(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database, leave_out=["PROBSUMMARYM1.ASSIGNMENT"])
    hpsm.execute(database, 'ALTER TABLE PROBSUMMARYM1 ADD COLUMN "DU_ASSIGNMENT_GRP" TEXT')
    hpsm.insert(database, "PROBSUMMARYM1", {"NUMBER": "IM1", "CATEGORY": "epost"})
    hp = source(database)
    [problem] = hp.check()
    assert problem.code == "source-column-missing"
    assert problem.near[0] == "DU_ASSIGNMENT_GRP"
    assert "source.tables.incidents.fields" in problem.what_to_do
    assert "`assignment: DU_ASSIGNMENT_GRP`" in problem.what_to_do
    assert not problem.warning
    [row] = rows(list(hp.read("incidents")))
    assert row["category"] == "epost"
    assert "assignment" not in row
    [info] = [info for info in hp.describe() if info.kind == "incidents"]
    assert info.missing == (("assignment", "PROBSUMMARYM1 has no column ASSIGNMENT"),)
    assert info.rows == 1


def test_a_kind_without_its_key_column_cannot_be_read_and_the_rest_can(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database, leave_out=["PROBSUMMARYM1.NUMBER"])
    hpsm.insert(database, "OPERATORM1", {"NAME": "kari"})
    hp = source(database)
    [problem] = hp.check()
    assert not problem.warning
    assert "null" not in problem.what_to_do
    with pytest.raises(ConfigurationError) as refused:
        list(hp.read("incidents"))
    assert list(refused.value.problems) == [problem]
    assert len(rows(list(hp.read("operators")))) == 1


def test_a_missing_table_is_told_with_similar_names_and_an_optional_one_is_not(
    tmp_path: Path,
) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database)
    hpsm.execute(database, "ALTER TABLE CONTCTSM1 RENAME TO CONTACTSM1", "DROP TABLE ACTSVCMGTM1")
    [problem] = source(database).check()
    assert problem.place == "source.tables.contacts"
    assert problem.near[0] == "CONTACTSM1"
    assert "`table: CONTACTSM1`" in problem.what_to_do


def test_names_match_in_any_case(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.execute(database, "CREATE TABLE operatorm1 (name TEXT, Email TEXT)")
    hpsm.insert(database, "operatorm1", {"name": "kari", "Email": "kari@example.no"})
    [row] = rows(list(source(database, kinds=["operators"]).read("operators")))
    assert row == {"name": "kari", "email": "kari@example.no"}


def test_a_missing_column_is_told_where_it_may_lie_instead(tmp_path: Path) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database, leave_out=["CM3RM1.DESCRIPTION", "CM3RM1.PRIORITY_CODE"])
    hpsm.execute(
        database,
        'CREATE TABLE CM3RA4 ("NUMBERPRGN" TEXT, "RECORD_NUMBER" FLOAT, "DESCRIPTION" TEXT)',
        'CREATE TABLE CM3RM2 ("NUMBER" TEXT, "PRIORITY_CODE" TEXT)',
        "CREATE VIEW CM3RA5 AS SELECT * FROM GONE",
        "INSERT INTO CM3RM1 (NUMBER) VALUES ('C1')",
        "INSERT INTO CM3RA4 VALUES ('C1', 2, 'to'), ('C1', 1, 'en')",
    )
    told = {problem.near[0]: problem.what_to_do for problem in source(database).check()}
    line = "description: {table: CM3RA4, column: DESCRIPTION}"
    assert line in told["CM3RA4.DESCRIPTION"]
    assert "CM3RM2: NAME OF ITS KEY" in told["CM3RM2.PRIORITY_CODE"]
    fields = {"description": {"table": "CM3RA4", "column": "DESCRIPTION"}}
    changes = {"join": {"CM3RM2": "NUMBER"}, "fields": fields}
    hp = source(database, tables={"changes": changes})
    assert hp.check() == []
    [row] = rows(list(hp.read("changes")))
    assert row["description"] == "en\nto"


@pytest.mark.parametrize(
    ("asked", "there"), [("NUMBER", "NUMBERPRGN"), ("ASSIGNMENT", "ASSIGNMENTPRGN")]
)
def test_a_name_as_servicecenter_spelled_it_is_the_nearest(
    tmp_path: Path, asked: str, there: str
) -> None:
    database = tmp_path / "hpsm.db"
    hpsm.create(database)
    hpsm.execute(database, f'ALTER TABLE PROBSUMMARYM1 RENAME COLUMN "{asked}" TO "{there}"')
    [problem] = source(database).check()
    assert problem.near[0] == there
    assert f": {there}`" in problem.what_to_do


def test_what_nothing_reads_is_named_with_the_files_other_tables(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE ASSIGNMENTM1 ADD RB_SECRET CHAR(1)")
        connection.execute("CREATE TABLE ASSIGNMENTM2 (NAME TEXT, RB_FLOOR TEXT)")
        connection.execute("CREATE TABLE ASSIGNMENTA7 (NAME TEXT, RECORD_NUMBER REAL, RB_TAG TEXT)")
    infos = {info.kind: info for info in source(database).describe()}
    of_customer = [name for name in infos["groups"].unread if ".RB_" in name]
    assert of_customer == ["ASSIGNMENTM1.RB_SECRET", "ASSIGNMENTA7.RB_TAG", "ASSIGNMENTM2.RB_FLOOR"]
    assert "ASSIGNMENTA1.OPERATORS" not in infos["groups"].unread  # the members are read from it


def test_a_column_that_is_read_already_is_not_proposed_for_another_field(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE PROBSUMMARYM1 DROP CLOSE_TIME")
    told = {p.message: p for p in source(database).check()}
    problem = next(p for message, p in told.items() if "incidents.close_time" in message)
    assert "OPEN_TIME" not in problem.near
    assert "`close_time: NAME OF THE COLUMN`" in problem.what_to_do


def test_an_optional_table_under_another_name_is_told(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE IF EXISTS ACTSVCMGTM1")
        connection.execute("CREATE TABLE RB_ACTSVCMGTM1 (THENUMBER TEXT, NUMBER TEXT)")
    [problem] = [p for p in source(database).check() if "interaction_activities" in p.place]
    assert problem.warning
    assert problem.near[0] == "RB_ACTSVCMGTM1"


def test_a_table_of_the_customers_own_that_looks_like_a_kind_is_named(database: Path) -> None:
    columns = "RB_BRIEF_DESCRIPTION, APPROVAL_STATUS, RB_ASSIGNED_DEPT, REQUESTOR_NAME, SUBMIT_DATE"
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TABLE RB_ORDERM1 (NUMBER, {columns}, REQUESTED_DATE)")
        connection.execute("CREATE TABLE RB_LOGM1 (NUMBER, STATUS, DESCRIPTION, SYSMODTIME)")
    infos = {info.kind: info.alike for info in source(database).describe() if info.alike}
    assert infos == {"requests": ("RB_ORDERM1",)}
    tables = {"rb_orders": {"kind": "requests", "table": "RB_ORDERM1"}}
    assert not any(info.alike for info in source(database, tables=tables).describe())
