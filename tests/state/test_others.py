from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from migrate.records import Batch, Member
from migrate.state.figures import astray, source_tickets
from migrate.state.others import OTHERS, count_others, others, request_bundles
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 10, 1, tzinfo=UTC)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "snapshot.db") as opened:
        run = opened.begin_run([*OTHERS, "activities", "attachments"], True, NOW)
        columns = ("number", "title", "assignment")
        for kind, rows in {
            "requests": [("RF2", "Ny skjerm", "UB"), ("RF1", "Ny mus", " UB "), ("RF3", "", "IT")],
            "changes": [("C1", "Nytt nett", "IT")],
            "problems": [("PM1", "Treg pålogging", None)],
        }.items():
            opened.write(run, Batch(kind, columns, 0, rows))
        opened.write(run, Batch("tasks", ("number", "parent"), 0, [("T1", "C1")]))
        opened.write(
            run,
            Batch(
                "activities",
                ("activity_id", "number", "time"),
                0,
                [("2", "RF1", "2019-02-01 00:00:00"), ("1", "RF1", "2019-03-01 00:00:00")],
            ),
        )
        opened.write(run, Batch("attachments", ("key", "topic"), 0, [("f1", "RF1")]))
        for kind in (*OTHERS, "activities", "attachments"):
            opened.finish(run, kind, True)
        yield opened


def test_a_group_has_its_records_of_a_kind_in_key_order(snapshot: Snapshot) -> None:
    assert [other.row["number"] for other in others(snapshot, "requests", ["UB"])] == ["RF1", "RF2"]
    assert list(others(snapshot, "problems", ["UB"])) == []


def test_a_kind_without_groups_belongs_to_nobody(snapshot: Snapshot) -> None:
    assert list(others(snapshot, "tasks", ["UB", "IT"])) == []


def test_a_request_is_a_ticket_of_its_own_with_its_history_in_order(snapshot: Snapshot) -> None:
    first, second = request_bundles(
        snapshot, ["UB"], lambda members: {Member("requests", "RF2"): "RF2"} if members else {}
    )
    assert (first.key, first.kind, first.interactions) == ("RF1", "requests", ())
    assert [activity["activity_id"] for activity in first.activities] == ["2", "1"]
    assert [[row["topic"] for row in b.attachments] for b in (first, second)] == [["RF1"], []]
    assert (first.bound, second.bound) == ((), ("RF2",))
    assert first.digest != second.digest


def test_every_record_is_counted_once(snapshot: Snapshot) -> None:
    assert count_others(snapshot, ["UB"]) + count_others(snapshot, ["IT"]) == 4
    assert count_others(snapshot, None) == 6
    assert source_tickets(snapshot, ["UB"]) == 2


def test_history_and_files_that_name_no_record_are_counted(snapshot: Snapshot) -> None:
    assert astray(snapshot) == {"activities": (2, 0), "attachments": (1, 0)}
    run = snapshot.begin_run(["activities", "attachments"], False, NOW)
    columns = ("activity_id", "number", "time")
    rows = [("3", "IM404", None), ("4", None, None), ("5", "C1", None)]
    snapshot.write(run, Batch("activities", columns, 0, rows))
    snapshot.write(run, Batch("attachments", ("key", "topic"), 0, [("f2", "rf1")]))
    assert astray(snapshot) == {"activities": (5, 2), "attachments": (2, 1)}
