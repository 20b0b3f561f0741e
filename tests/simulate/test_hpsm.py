from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from simulated_hpsm import Hpsm, made

from migrate.errors import ConfigurationError
from migrate.extract.aliases import DEFAULTS
from migrate.simulate.hpsm import bulk, escalate, make_database, note, reassign
from migrate.simulate.hpsm.tables import METADATA
from migrate.simulate.world import Dirt, World
from migrate.simulate.world.spoil import DELETED_GROUPS, UNKNOWN_CALLERS, UNKNOWN_STATUSES


@pytest.fixture
def running(hpsm: Hpsm, tmp_path: Path) -> Hpsm:
    """A copy that a test may change."""
    copy = tmp_path / "running.db"
    copy.write_bytes(hpsm.path.read_bytes())
    return hpsm._replace(path=copy)


def digest(hpsm: Hpsm) -> str:
    with closing(sqlite3.connect(hpsm.path)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


def test_the_columns_that_extract_asks_for_by_default_exist(hpsm: Hpsm) -> None:
    for table in DEFAULTS.values():
        there = {row[1] for row in hpsm.ask(f"PRAGMA table_info({table.table})")}
        assert {column.column for column in table.fields.values()} <= there


def test_the_counts_are_those_of_the_tables(hpsm: Hpsm) -> None:
    for table, rows in hpsm.counts.rows.items():
        assert hpsm.one(f"SELECT count(*) FROM {table}") == rows > 0
    tickets = hpsm.counts.rows["INCIDENTSM1"] + hpsm.counts.rows["PROBSUMMARYM1"]
    assert hpsm.counts.tickets == tickets


def test_the_same_seed_gives_the_same_rows(hpsm: Hpsm, tmp_path: Path) -> None:
    assert digest(made(tmp_path / "again.db")) == digest(hpsm)
    assert digest(made(tmp_path / "other.db", seed=8)) != digest(hpsm)


def _in(values: tuple[str, ...]) -> str:
    return f"({', '.join(repr(value) for value in values)})"


TICKETS = """(
    SELECT INCIDENT_ID AS N, TITLE AS T, DESCRIPTION AS D, ASSIGNMENT AS G, CONTACT_NAME AS C,
           OPEN_TIME AS O, CLOSE_TIME AS E, OPEN AS S, PRIORITY_CODE AS P FROM INCIDENTSM1
    UNION ALL
    SELECT NUMBER, BRIEF_DESCRIPTION, ACTION, ASSIGNMENT, CONTACT_NAME, OPEN_TIME, CLOSE_TIME,
           PROBLEM_STATUS, PRIORITY_CODE FROM PROBSUMMARYM1)"""
HOLD = "(PROBLEM_STATUS LIKE 'Pending%' OR PROBLEM_STATUS = 'Suspended')"
INCIDENT_ON = """(
    SELECT SOURCE AS I, DEPEND AS S FROM SCRELATIONM1 WHERE SOURCE_FILENAME = 'problem'
    UNION SELECT DEPEND, SOURCE FROM SCRELATIONM1 WHERE DEPEND_FILENAME = 'problem')"""
EVERY_KEY = "(SELECT NUMBER FROM PROBSUMMARYM1 UNION SELECT INCIDENT_ID FROM INCIDENTSM1)"

QUERIES = {
    Dirt.UNKNOWN_STATUS: f"SELECT N FROM {TICKETS} WHERE S IN {_in(UNKNOWN_STATUSES)}",
    Dirt.ON_HOLD_WITHOUT_REASON: f"""SELECT NUMBER FROM PROBSUMMARYM1
        WHERE {HOLD} AND PENDING_CODE IS NULL""",
    Dirt.ON_HOLD_WITHOUT_DATE: f"""SELECT NUMBER FROM PROBSUMMARYM1
        WHERE {HOLD} AND PENDING_UNTIL IS NULL""",
    Dirt.END_BEFORE_START: f"SELECT N FROM {TICKETS} WHERE E < O",
    Dirt.TIME_4000: """SELECT NUMBER FROM PROBSUMMARYM1
        WHERE '4000-01-01 00:00:00' IN (UPDATE_TIME, REOPEN_TIME)""",
    Dirt.NUMBER_WITH_SLASH: f"SELECT N FROM {TICKETS} WHERE N LIKE '%/1802-%'",
    Dirt.PRIORITY_WITH_TEXT: f"SELECT N FROM {TICKETS} WHERE P LIKE '_ - %'",
    Dirt.RELATION_TO_GONE: f"""SELECT SOURCE FROM SCRELATIONM1
        WHERE SOURCE NOT IN {EVERY_KEY} OR DEPEND NOT IN {EVERY_KEY}""",
    Dirt.RELATION_TWICE: """SELECT a.SOURCE FROM SCRELATIONM1 a JOIN SCRELATIONM1 b
        ON a.SOURCE = b.DEPEND AND a.DEPEND = b.SOURCE WHERE a.SOURCE_FILENAME = 'incidents'""",
    Dirt.SEVERAL_INTERACTIONS: f"SELECT I FROM {INCIDENT_ON} WHERE S IN {EVERY_KEY} "
    f"AND I IN {EVERY_KEY} GROUP BY I HAVING count(*) > 1",
    Dirt.TWO_INCIDENTS: f"SELECT S FROM {INCIDENT_ON} WHERE I IN {EVERY_KEY} "
    f"AND S IN {EVERY_KEY} GROUP BY S HAVING count(*) > 1",
    Dirt.ACTIVITY_OF_NO_TICKET: f"SELECT THENUMBER FROM ACTIVITYM1 WHERE NUMBER NOT IN {EVERY_KEY}",
    Dirt.GROUP_EMPTY: """SELECT NAME FROM ASSIGNMENTM1
        WHERE NAME NOT IN (SELECT NAME FROM ASSIGNMENTA1)""",
    Dirt.GROUP_ONE_PERSON: "SELECT NAME FROM ASSIGNMENTA1 GROUP BY NAME HAVING count(*) = 1",
    Dirt.GROUP_NAME_LONG: "SELECT NAME FROM ASSIGNMENTM1 WHERE length(NAME) > 30",
    Dirt.LOGIN_CASE: """SELECT OPERATORS FROM ASSIGNMENTA1
        WHERE OPERATORS NOT IN (SELECT NAME FROM OPERATORM1)""",
}
# one matter may be two records; the kind is counted once
PER_MATTER = {
    Dirt.MOJIBAKE: "T LIKE '%pÃ¥ rommet%'",
    Dirt.CONTROL_CHARACTERS: "D LIKE '%' || char(27) || '%'",
    Dirt.TITLE_LONG: "length(T) > 80",
    Dirt.TITLE_EMPTY: "T = ''",
    Dirt.NATIONAL_ID: "D LIKE '%Fødselsnummer: ___________%'",
    Dirt.TEXT_200_KB: "length(CAST(D AS BLOB)) > 200 * 1024",
    Dirt.WITHOUT_GROUP: "G IS NULL",
    Dirt.UNKNOWN_GROUP: f"G IN {_in(DELETED_GROUPS)}",
    Dirt.CALLER_UNKNOWN: f"C IN {_in(UNKNOWN_CALLERS)}",
    Dirt.KEY_TRAILING_BLANKS: "C LIKE '%  ' AND G LIKE '% '",
}


@pytest.mark.parametrize("kind", QUERIES)
def test_dirt_is_counted_exactly(hpsm: Hpsm, kind: Dirt) -> None:
    assert len(hpsm.ask(QUERIES[kind])) == hpsm.counts.dirt[kind] > 0


@pytest.mark.parametrize("kind", PER_MATTER)
def test_dirt_is_where_its_examples_say(hpsm: Hpsm, kind: Dirt) -> None:
    found = {row[0] for row in hpsm.ask(f"SELECT N FROM {TICKETS} WHERE {PER_MATTER[kind]}")}
    examples = hpsm.counts.examples[kind]
    assert len(examples) == hpsm.counts.dirt[kind] > 0
    assert set(examples) <= found
    assert len(found) <= 2 * len(examples)


def test_activities_without_visibility_are_those_of_the_examples(hpsm: Hpsm) -> None:
    unknown = "SELECT NUMBER FROM ACTIVITYM1 WHERE CUST_VISIBLE IS NULL"
    unknown += " UNION SELECT NUMBER FROM ACTSVCMGTM1 WHERE CUST_VISIBLE IS NULL"
    found = {row[0] for row in hpsm.ask(unknown)}
    assert set(hpsm.counts.examples[Dirt.VISIBILITY_UNKNOWN]) <= found


def test_times_are_text_in_gmt_and_durations_count_from_the_year_4000(hpsm: Hpsm) -> None:
    moment = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    for opened, handled in hpsm.ask("SELECT OPEN_TIME, HANDLE_TIME FROM INCIDENTSM1"):
        assert moment.fullmatch(opened)
        assert moment.fullmatch(handled)
        assert handled.startswith("4000-01-01 00:")


def test_the_newest_activity_sorts_first_by_its_negative_datestamp(hpsm: Hpsm) -> None:
    rows = hpsm.ask("SELECT DATESTAMP FROM ACTIVITYM1 ORDER BY NEGDATESTAMP")
    assert rows == sorted(rows, reverse=True)


def test_the_journal_has_the_newest_block_first(hpsm: Hpsm) -> None:
    header = re.compile(r"^(\d\d/\d\d/\d\d \d\d:\d\d:\d\d) MET \(\w+\):$", re.MULTILINE)
    journals = hpsm.ask("SELECT UPDATE_ACTION FROM PROBSUMMARYM1 WHERE UPDATE_ACTION IS NOT NULL")
    assert journals
    for (journal,) in journals:
        times = [
            datetime.strptime(text, "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)
            for text in header.findall(journal)
        ]
        assert times == sorted(times, reverse=True)
        assert times


def test_activity_ids_are_unique_over_both_history_tables(hpsm: Hpsm) -> None:
    union = "SELECT THENUMBER FROM ACTIVITYM1 UNION SELECT THENUMBER FROM ACTSVCMGTM1"
    rows = hpsm.counts.rows
    assert len(hpsm.ask(union)) == rows["ACTIVITYM1"] + rows["ACTSVCMGTM1"]


def test_a_database_that_holds_an_hpsm_is_not_written_over(hpsm: Hpsm) -> None:
    before = digest(hpsm)
    with pytest.raises(ConfigurationError) as refused:
        make_database(hpsm.url, World(1, "test"))
    assert refused.value.problems[0].code == "simulate-exists"
    assert digest(hpsm) == before


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        make_database("mysql://localhost/hpsm", World(1, "test"))


def test_progress_goes_up_to_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_database(
        f"sqlite:///{tmp_path / 'h.db'}",
        World(1, "small"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert len(seen) > 4
    assert seen[-1] == (5_000, 5_000)


def lonely_interaction(hpsm: Hpsm) -> str:
    return str(
        hpsm.one(
            """SELECT INCIDENT_ID FROM INCIDENTSM1 WHERE ASSIGNMENT = 'IT-BRUKERSTØTTE'
            AND INCIDENT_ID LIKE 'SD%' AND INCIDENT_ID NOT IN
            (SELECT SOURCE FROM SCRELATIONM1 UNION SELECT DEPEND FROM SCRELATIONM1)"""
        )
    )


def test_an_escalated_interaction_has_an_incident_related_to_it(running: Hpsm) -> None:
    call = lonely_interaction(running)
    newest = running.one("SELECT max(SYSMODTIME) FROM INCIDENTSM1")
    number = escalate(running.url, call)
    assert running.ask("SELECT SOURCE FROM SCRELATIONM1 WHERE DEPEND = ?", call) == [(number,)]
    title = running.one("SELECT TITLE FROM INCIDENTSM1 WHERE INCIDENT_ID = ?", call)
    assert running.ask(
        "SELECT BRIEF_DESCRIPTION, ASSIGNMENT, PROBLEM_STATUS FROM PROBSUMMARYM1 WHERE NUMBER = ?",
        number,
    ) == [(title, "IT-BRUKERSTØTTE", "Open")]
    changed = running.ask(
        "SELECT OPEN, SYSMODTIME > ? FROM INCIDENTSM1 WHERE INCIDENT_ID = ?", newest, call
    )
    assert changed == [("Dispatched", 1)]
    assert running.one("SELECT count(*) FROM ACTIVITYM1 WHERE NUMBER = ?", number) == 1


def test_a_ticket_that_is_passed_on_has_another_group_and_nobody_on_it(running: Hpsm) -> None:
    number = running.one("SELECT NUMBER FROM PROBSUMMARYM1 WHERE ASSIGNEE_NAME IS NOT NULL")
    reassign(running.url, number, "IT-NETT")
    found = "SELECT ASSIGNMENT, ASSIGNEE_NAME FROM PROBSUMMARYM1 WHERE NUMBER = ?"
    assert running.ask(found, number) == [("IT-NETT", None)]
    newest = "SELECT TYPE FROM ACTIVITYM1 WHERE NUMBER = ? ORDER BY NEGDATESTAMP"
    assert running.one(newest, number) == "Assignment Group Change"


def test_a_note_bears_the_time_it_was_given(running: Hpsm) -> None:
    call = lonely_interaction(running)
    at = datetime(2019, 10, 1, 9, 30, tzinfo=UTC)
    activity = note(running.url, call, "Ringt innmelder", visible=False, at=at)
    found = "SELECT DATESTAMP, CUST_VISIBLE, DESCRIPTION FROM ACTSVCMGTM1 WHERE THENUMBER = ?"
    assert running.ask(found, activity) == [("2019-10-01 09:30:00", "f", "Ringt innmelder")]
    modified = "SELECT SYSMODTIME FROM INCIDENTSM1 WHERE INCIDENT_ID = ?"
    assert running.one(modified, call) == "2019-10-01 09:30:00"


def test_a_ticket_that_is_not_there_cannot_be_passed_on(running: Hpsm) -> None:
    with pytest.raises(KeyError, match="IM99999999"):
        reassign(running.url, "IM99999999", "IT-NETT")


def everything(engine: sa.Engine) -> dict[str, set[str]]:
    """Table → its rows as text."""
    with engine.connect() as connection:
        return {
            table.name: {repr(tuple(row)) for row in connection.execute(sa.select(table))}
            for table in METADATA.sorted_tables
        }


@pytest.mark.postgres
def test_postgresql_gets_the_same_rows_and_lives_on(hpsm: Hpsm, postgres_url: str) -> None:
    assert make_database(postgres_url, World(7, "test")) == hpsm.counts
    theirs, ours = bulk.engine(postgres_url), sa.create_engine(hpsm.url)
    assert everything(theirs) == everything(ours)
    number = escalate(postgres_url, lonely_interaction(hpsm))
    reassign(postgres_url, number, "IT-NETT")
    with theirs.connect() as connection:
        found = connection.execute(
            sa.text('SELECT "ASSIGNMENT" FROM "PROBSUMMARYM1" WHERE "NUMBER" = :number'),
            {"number": number},
        ).scalar_one()
    theirs.dispose()
    ours.dispose()
    assert found == "IT-NETT"
