from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hpsm_tables as hpsm
import pytest

from migrate.config import TableAlias
from migrate.extract.run import Report, extract
from migrate.extract.sql import SqlSource
from migrate.records import SOURCE_KINDS
from migrate.state.bundles import bundles
from migrate.state.namesakes import namesakes
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 10, 1, tzinfo=UTC)


class Desk:
    """A HPSM database and the snapshot that is read from it."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "hpsm.db"
        hpsm.create(self.database)
        self.snapshot = Snapshot(folder / "state" / "snapshot.db")
        self.told: list[tuple[str, int, int | None]] = []

    def watermark(self, kind: str) -> str | None:
        return [run for run in self.snapshot.runs() if run.kind == kind][-1].watermark

    def extract(
        self, *kinds: str, full: bool = False, tables: dict[str, TableAlias] | None = None
    ) -> Report:
        config = hpsm.config(self.database).model_copy(update={"tables": tables or {}})
        return extract(
            SqlSource(config, self.database.parent),
            self.snapshot,
            kinds or None,
            full=full,
            now=NOW,
            progress=lambda *said: self.told.append(said),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    hpsm.insert(
        desk.database,
        "PROBSUMMARYM1",
        {"NUMBER": "IM1", "ASSIGNMENT": "UB", "SYSMODTIME": "2019-09-01 00:00:00"},
        {"NUMBER": "IM2", "ASSIGNMENT": "UB", "SYSMODTIME": "2019-09-02 00:00:00"},
    )
    hpsm.insert(desk.database, "INCIDENTSM1", {"INCIDENT_ID": "SD1"})
    hpsm.insert(desk.database, "SCRELATIONM1", {"SOURCE": "SD1", "DEPEND": "IM1"})
    yield desk
    desk.snapshot.close()


def counts(report: Report, kind: str) -> tuple[int, int, int, int]:
    [found] = [each for each in report.kinds if each.kind == kind]
    return found.new, found.changed, found.unchanged, found.disappeared


def test_every_kind_is_read_and_calls_are_joined(desk: Desk) -> None:
    report = desk.extract()
    assert all(kind.finished for kind in report.kinds)
    order = [kind.kind for kind in report.kinds]
    assert order == [kind for kind in SOURCE_KINDS if kind in order]
    assert {"incidents", "activities", "knowledge", "tasks"} <= set(order)
    assert desk.snapshot.counts()["incidents"] == 2
    assert [len(b.interactions) for b in bundles(desk.snapshot, ["UB"], [], lambda _: {})] == [1, 0]
    assert ("incidents", 2, 2) in desk.told


def test_only_the_kinds_that_were_asked_for_are_read(desk: Desk) -> None:
    assert [kind.kind for kind in desk.extract("incidents").kinds] == ["incidents"]
    assert desk.snapshot.counts() == {"incidents": 2}


def test_the_second_time_only_what_was_modified_is_read(desk: Desk) -> None:
    desk.extract()
    hpsm.execute(
        desk.database,
        "UPDATE PROBSUMMARYM1 SET ASSIGNMENT = 'IT', SYSMODTIME = '2019-09-03 00:00:00' "
        "WHERE NUMBER = 'IM1'",
    )
    report = desk.extract()
    assert counts(report, "incidents") == (0, 1, 1, 0)
    assert desk.watermark("incidents") == "2019-09-03 00:00:00"
    assert counts(desk.extract(), "incidents") == (0, 0, 1, 0)


def test_a_column_that_is_mapped_later_is_read_for_every_record(desk: Desk) -> None:
    hpsm.execute(desk.database, "ALTER TABLE PROBSUMMARYM1 ADD COLUMN DU_TEAM TEXT")
    hpsm.execute(desk.database, "UPDATE PROBSUMMARYM1 SET DU_TEAM = 'drift'")
    desk.extract()
    report = desk.extract(tables={"incidents": TableAlias(fields={"team": "DU_TEAM"})})
    assert counts(report, "incidents") == (0, 2, 0, 0)
    assert [row["team"] for row in desk.snapshot.scan("incidents")] == ["drift", "drift"]


def test_a_record_modified_within_the_overlap_is_not_missed(desk: Desk) -> None:
    desk.extract()
    hpsm.insert(
        desk.database, "PROBSUMMARYM1", {"NUMBER": "IM3", "SYSMODTIME": "2019-09-01 23:30:00"}
    )
    assert counts(desk.extract(), "incidents")[0] == 1


def test_a_time_of_modification_in_the_future_is_no_watermark(desk: Desk) -> None:
    hpsm.insert(
        desk.database, "PROBSUMMARYM1", {"NUMBER": "IM3", "SYSMODTIME": "2031-01-01 00:00:00"}
    )
    desk.extract()
    assert desk.watermark("incidents") == "2019-09-02 00:00:00"


def test_only_a_full_run_notices_what_disappeared(desk: Desk) -> None:
    desk.extract()
    hpsm.execute(desk.database, "DELETE FROM PROBSUMMARYM1 WHERE NUMBER = 'IM1'")
    assert counts(desk.extract(), "incidents")[3] == 0
    assert counts(desk.extract(full=True), "incidents")[3] == 1


def test_kinds_without_a_time_of_modification_are_always_compared_whole(desk: Desk) -> None:
    hpsm.insert(desk.database, "ASSIGNMENTA1", {"NAME": "UB", "OPERATORS": "kari"})
    desk.extract()
    hpsm.execute(desk.database, "DELETE FROM ASSIGNMENTA1")
    assert counts(desk.extract(), "members")[3] == 1


def test_what_was_read_adds_up(desk: Desk) -> None:
    hpsm.insert(desk.database, "PROBSUMMARYM1", {"NUMBER": "IM2"}, {"NUMBER": None})
    [kind] = desk.extract("incidents").kinds
    assert kind.read == kind.new + kind.changed + kind.unchanged + kind.repeated == 3
    assert (kind.repeated, kind.skipped) == (1, 1)


def test_repeated_and_unreadable_records_are_told_by_key(desk: Desk) -> None:
    hpsm.insert(desk.database, "PROBSUMMARYM1", {"NUMBER": "IM2", "OPEN_TIME": "i går"})
    problems = desk.extract("incidents").problems
    assert {(p.code, p.place) for p in problems} == {
        ("record-repeated", "incidents IM2"),
        ("value-unreadable", "incidents IM2"),
    }


def test_a_contact_s_key_that_another_person_has_too_is_remembered(desk: Desk) -> None:
    def again(key: str, *users: str | None) -> list[dict[str, Any]]:
        return [{"CONTACT_NAME": key, "USER_ID": user, "FULL_NAME": key} for user in users]

    hpsm.execute(desk.database, "DELETE FROM CONTCTSM1")
    rows = [*again("LIE, ANNE", "anne1", "anne2"), *again("BERG, PER", "per", "PER", None)]
    hpsm.insert(desk.database, "CONTCTSM1", *rows)
    desk.extract("contacts")
    assert namesakes(desk.snapshot, "contacts") == {"LIE, ANNE"}
    hpsm.execute(desk.database, "DELETE FROM CONTCTSM1 WHERE USER_ID = 'anne2'")
    desk.extract("contacts", full=True)
    assert namesakes(desk.snapshot, "contacts") == set()


def test_two_tickets_of_one_number_are_told_from_two_copies_of_one(desk: Desk) -> None:
    opened, copy = "2019-05-01 08:00:00", {"NUMBER": "IM4", "OPEN_TIME": "2019-05-02 08:00:00"}
    hpsm.insert(
        desk.database,
        "PROBSUMMARYM1",
        {"NUMBER": "IM3", "OPEN_TIME": opened, "ASSIGNMENT": "UB"},
        {"NUMBER": "IM3", "OPEN_TIME": "2019-06-01 08:00:00", "ASSIGNMENT": "HR"},
        copy | {"ASSIGNMENT": "UB"},
        copy | {"ASSIGNMENT": "UB", "SYSMODTIME": "2019-05-03 08:00:00"},
    )
    desk.extract()
    made = {each.key: each.shared for each in bundles(desk.snapshot, ["UB"], [], lambda _: {})}
    assert (made["IM3"], made["IM4"]) == (("IM3",), ())


def test_a_record_whose_key_no_database_finds_is_left_out_and_told(desk: Desk) -> None:
    hpsm.insert(desk.database, "PROBSUMMARYM1", {"NUMBER": "IM\x003", "ASSIGNMENT": "UB"})
    report = desk.extract("incidents")
    assert [(k.read, k.skipped) for k in report.kinds] == [(2, 1)]
    assert [problem.code for problem in report.problems] == ["record-key-unusable"]


def test_a_kind_that_cannot_be_read_does_not_stop_the_others(desk: Desk) -> None:
    desk.extract()
    hpsm.execute(desk.database, "ALTER TABLE PROBSUMMARYM1 RENAME COLUMN NUMBER TO NR")
    report = desk.extract(full=True)
    assert [kind.kind for kind in report.kinds if not kind.finished] == ["incidents"]
    assert "source-column-missing" in {problem.code for problem in report.problems}
    assert desk.snapshot.counts()["incidents"] == 2


def test_gaps_and_repeats_in_the_members_of_a_group_are_no_failure(desk: Desk) -> None:
    elements = ["kari", None, "", "ola", "kari"]
    rows = [{"NAME": "UB", "OPERATORS": element} for element in elements]
    hpsm.insert(desk.database, "ASSIGNMENTA1", *rows, {"NAME": None, "OPERATORS": "per"})
    report = desk.extract("members")
    assert [(k.read, k.repeated, k.skipped) for k in report.kinds] == [(3, 1, 3)]
    told = [(p.code, p.warning) for p in report.problems if p.code.startswith("record-")]
    assert sorted(told) == [("record-key-empty", False), ("record-repeated", True)]
