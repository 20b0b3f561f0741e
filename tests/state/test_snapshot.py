from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import BugError, ConfigurationError
from migrate.records import Batch
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 9, 30, 8, tzinfo=UTC)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "state" / "snapshot.db") as opened:
        yield opened


def batch(*rows: tuple[Any, ...], columns: str = "number title", **more: Any) -> Batch:
    return Batch("incidents", tuple(columns.split()), 0, rows, **more)


def full_run(snapshot: Snapshot, *batches: Batch) -> tuple[list[Any], int]:
    run = snapshot.begin_run(["incidents"], True, NOW)
    written = [snapshot.write(run, each) for each in batches]
    return written, snapshot.finish(run, "incidents", True)


def test_reading_again_writes_only_what_changed(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "Ny mus"), ("IM2", "Ny skjerm")))
    [written], gone = full_run(
        snapshot, batch(("IM1", "Ny mus"), ("IM2", "Ny skjerm, stor"), ("IM3", "Nytt tastatur"))
    )
    assert written == (1, 1, 1, ())
    assert gone == 0
    assert snapshot.counts() == {"incidents": 3}
    assert snapshot.fetch("incidents", ["IM2", "IM9"]) == {
        "IM2": {"number": "IM2", "title": "Ny skjerm, stor"}
    }


def test_every_version_is_kept_by_run(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "før")))
    full_run(snapshot, batch(("IM1", "etter")))
    versions = snapshot.connection.execute(
        "SELECT title, since_run, until_run FROM incidents ORDER BY since_run"
    ).fetchall()
    assert versions == [("før", 1, 2), ("etter", 2, None)]


def test_what_disappeared_is_noticed_by_a_full_run(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a"), ("IM2", "b")))
    _, gone = full_run(snapshot, batch(("IM2", "b")))
    assert gone == 1
    assert [row["number"] for row in snapshot.scan("incidents")] == ["IM2"]


def test_a_source_that_is_empty_now_lets_everything_disappear(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a")))
    assert full_run(snapshot)[1] == 1


def test_a_delta_ends_nothing(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a"), ("IM2", "b")))
    run = snapshot.begin_run(["incidents"], False, NOW)
    snapshot.write(run, batch(("IM2", "c")))
    assert snapshot.finish(run, "incidents", False, "2019-09-30 07:00:00") == 0
    assert snapshot.counts() == {"incidents": 2}
    assert snapshot.watermark("incidents") == "2019-09-30 07:00:00"


def test_a_run_that_was_interrupted_ends_nothing_and_is_no_watermark(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.db"
    with Snapshot(path) as first:
        full_run(first, batch(("IM1", "a"), ("IM2", "b")))
        run = first.begin_run(["incidents"], True, NOW)
        first.write(run, batch(("IM1", "a2")))
    with Snapshot(path) as again:
        assert again.counts() == {"incidents": 2}
        assert [row.finished for row in again.runs()] == [True, False]
        with pytest.raises(BugError):
            again.finish(run, "incidents", True)
        [written], gone = full_run(again, batch(("IM1", "a2"), ("IM2", "b")))
        assert (written, gone) == ((0, 0, 2, ()), 0)


@pytest.mark.parametrize("known_before", [False, True])
def test_a_key_that_comes_twice_in_a_run_is_told_and_the_first_is_kept(
    snapshot: Snapshot, known_before: bool
) -> None:
    if known_before:
        full_run(snapshot, batch(("IM1", "første"), ("IM2", "b")))
    written, gone = full_run(
        snapshot,
        batch(("IM1", "første"), ("IM2", "b"), ("IM1", "andre")),
        batch(("IM2", "tredje"), ("IM3", "c")),
    )
    assert [w.repeated for w in written] == [("IM1",), ("IM2",)]
    assert gone == 0
    assert [row["title"] for row in snapshot.scan("incidents")] == ["første", "b", "c"]


@pytest.mark.parametrize("known_before", [False, True])
@pytest.mark.parametrize("apart", [False, True])
def test_of_a_key_that_comes_twice_the_record_that_was_modified_last_is_kept(
    snapshot: Snapshot, known_before: bool, apart: bool
) -> None:
    columns = ("number", "title", "sysmodtime")
    old, new = ("IM1", "i IT", "2018-05-01 08:00:00"), ("IM1", "hos HR", "2019-05-01 08:00:00")
    other = ("IM2", "b", "2019-01-01 08:00:00")

    def of(*rows: tuple[str, str, str]) -> Batch:
        return Batch("incidents", columns, 0, rows, types=("text", "text", "time"))

    if known_before:
        full_run(snapshot, of(old, other))
    for first, second in ((old, new), (new, old)):
        batches = (of(first, other), of(second)) if apart else (of(first, other, second),)
        written, gone = full_run(snapshot, *batches)
        assert sum(w.new + w.changed + w.unchanged + len(w.repeated) for w in written) == 3
        assert [key for w in written for key in w.repeated] == ["IM1"]
        assert gone == 0
        assert [row["title"] for row in snapshot.scan("incidents")] == ["hos HR", "b"]


def test_a_column_that_appears_later_changes_only_rows_that_have_it(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a"), ("IM2", None)))
    [written], _ = full_run(
        snapshot,
        batch(
            ("IM1", None, "a", None),
            ("IM2", "t", None, None),
            columns="number first_call title dept",
            types=("text", "logical", "text", "text"),
        ),
    )
    assert written[:3] == (0, 1, 1)
    assert snapshot.fetch("incidents", ["IM1"])["IM1"] == {
        "number": "IM1",
        "title": "a",
        "first_call": None,
        "dept": None,
    }


def test_a_column_that_is_gone_changes_only_rows_that_had_it(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "x", "a"), ("IM2", None, "b"), columns="number dept title"))
    [written], _ = full_run(snapshot, batch(("IM1", "a"), ("IM2", "b")))
    assert written[:3] == (0, 1, 1)


def test_columns_in_another_order_are_the_same_record(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a")))
    other = Batch("incidents", ("title", "number"), 1, [("a", "IM1")])
    assert full_run(snapshot, other)[0][0].unchanged == 1


def test_types_come_back_as_they_went_in(snapshot: Snapshot) -> None:
    types = ("text", "logical", "number", "duration", "time", "array")
    row = ("IM1", False, 1.5, 600, "2019-01-01 00:00:00", "en\nto")
    columns = "number visible cost spent open_time description"
    full_run(snapshot, batch(row, columns=columns, types=types))
    [stored] = snapshot.scan("incidents")
    assert tuple(stored.values()) == row
    assert stored["visible"] is False


def test_a_key_that_the_source_made_up_is_no_field(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("a|b", "a", "b"), columns="key source depend"))
    assert snapshot.fetch("incidents", ["a|b"]) == {"a|b": {"source": "a", "depend": "b"}}


def test_unreadable_text_is_kept_and_counts_as_content(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", None), raw={0: {"title": "i går"}}))
    [(raw,)] = snapshot.connection.execute("SELECT _raw FROM incidents").fetchall()
    assert raw == '{"title":"i går"}'
    assert full_run(snapshot, batch(("IM1", None), raw={0: {"title": "i går"}}))[0][0].unchanged
    assert full_run(snapshot, batch(("IM1", None), raw={0: {"title": "nå"}}))[0][0].changed


def test_a_field_that_changes_its_type_is_refused_and_nothing_ends(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "t"), columns="number visible"))
    run = snapshot.begin_run(["incidents"], True, NOW)
    with pytest.raises(ConfigurationError) as refused:
        snapshot.write(
            run, batch(("IM1", True), columns="number visible", types=("text", "logical"))
        )
    assert refused.value.problems[0].code == "snapshot-column-type"
    with pytest.raises(BugError):
        snapshot.finish(run, "incidents", True)
    assert snapshot.counts() == {"incidents": 1}


def test_runs_tell_what_each_did(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a"), ("IM2", "b")))
    full_run(snapshot, batch(("IM1", "x")))
    last = snapshot.runs()[-1]
    assert (last.run, last.started) == (2, "2019-09-30 08:00:00")
    assert (last.new, last.changed, last.unchanged, last.disappeared) == (0, 1, 0, 1)


def test_values_are_tallied(snapshot: Snapshot) -> None:
    full_run(snapshot, batch(("IM1", "a"), ("IM2", "a"), ("IM3", None)))
    assert snapshot.tally("incidents", "title") == {(None,): 1, ("a",): 2}
    assert snapshot.tally("incidents", "title", "not_there")[("a", None)] == 2
    assert snapshot.tally("contacts", "email") == {}


def test_a_kind_that_was_never_read_is_empty(snapshot: Snapshot) -> None:
    assert snapshot.fetch("contacts", ["A, B"]) == {}
    assert list(snapshot.scan("contacts")) == []


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state" / "snapshot.db"
    Snapshot(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
