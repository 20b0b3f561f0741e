"""A run that was cut, in the middle of a kind or between two, and typed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.run import Report, extract
from migrate.extract.source import KindInfo
from migrate.records import Batch
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
EARLIER = "2019-09-01 00:00:00"
COLUMNS = ("number", "title", "sysmodtime")
TYPES = ("text", "text", "time")


class Hpsm:
    """A HPSM that keeps its records, is read three at a time, and goes away when it is told to.

    `positions` says whether it can go on in the middle. `cut_after` counts batches over all kinds.
    """

    name = "hpsm"

    def __init__(self, *, positions: bool, kinds: tuple[str, ...] = ("incidents",)) -> None:
        self.records: dict[str, dict[str, tuple[str, str]]] = {
            kind: {f"{kind[:2].upper()}{n:02d}": (f"sak {n}", EARLIER) for n in range(10)}
            for kind in kinds
        }
        self.positions = positions
        self.cut_after: int | None = None
        self.refused: set[str] = set()
        self.read_batches: list[tuple[str, str]] = []
        self.layout = "as it was"
        self.while_read: dict[str, tuple[str, str]] = {}

    def check(self) -> list[Problem]:
        return []

    def problems(self) -> list[Problem]:
        return []

    def describe(self) -> list[KindInfo]:
        return [
            KindInfo(kind, len(rows), COLUMNS, modified="sysmodtime", layout=self.layout)
            for kind, rows in self.records.items()
        ]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        if kind in self.refused:
            raise ConfigurationError(Problem("source-unreadable", kind, "may not be read"))
        asked = since.strftime("%Y-%m-%d %H:%M:%S") if since else ""
        rows: list[Any] = [
            (key, *values)
            for key, values in sorted(self.records[kind].items())
            if key > after and values[1] >= asked
        ]
        for start in range(0, len(rows), 3):
            if self.cut_after is not None and len(self.read_batches) >= self.cut_after:
                raise StoppedError(Problem("source-lost", kind, "gone"))
            batch = rows[start : start + 3]
            self.read_batches.append((kind, batch[0][0]))
            yield Batch(
                kind, COLUMNS, 0, batch, types=TYPES, position=batch[-1][0] * self.positions
            )
            self.records[kind].update(self.while_read)
            self.while_read = {}


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "snapshot.db") as opened:
        yield opened


def run(hpsm: Hpsm, snapshot: Snapshot, *, full: bool = False, **more: Any) -> Report:
    return extract(hpsm, snapshot, full=full, clock=lambda: NOW, **{"now": NOW, **more})


def cut(hpsm: Hpsm, snapshot: Snapshot, after: int, *, full: bool = False) -> None:
    hpsm.cut_after = len(hpsm.read_batches) + after
    with pytest.raises(StoppedError):
        run(hpsm, snapshot, full=full)
    hpsm.cut_after = None


def table(snapshot: Snapshot, kind: str = "incidents") -> list[tuple[Any, ...]]:
    return snapshot.connection.execute(
        f"SELECT _key, _hash, since_run, until_run, title FROM {kind} ORDER BY _key, since_run"
    ).fetchall()


@pytest.mark.parametrize("positions", [True, False])
@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_the_snapshot_is_the_same_as_if_nothing_had_been_cut(
    tmp_path: Path, snapshot: Snapshot, positions: bool, batches: int
) -> None:
    with Snapshot(tmp_path / "undisturbed.db") as undisturbed:
        run(Hpsm(positions=positions), undisturbed)
        hpsm = Hpsm(positions=positions)
        cut(hpsm, snapshot, batches)
        report = run(hpsm, snapshot)
        assert table(snapshot) == table(undisturbed)
    assert report.kinds[0].finished
    assert report.kinds[0].repeated == 0


def test_a_source_that_can_goes_on_behind_the_last_batch(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, 2)
    hpsm.read_batches.clear()
    report = run(hpsm, snapshot)
    assert hpsm.read_batches == [("incidents", "IN06"), ("incidents", "IN09")]
    assert report.kinds[0].went_on


@pytest.mark.parametrize("first", [0, 1])
def test_a_run_that_is_cut_again_and_again_loses_nothing(snapshot: Snapshot, first: int) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, first)
    for _ in range(2):
        cut(hpsm, snapshot, 1)
    run(hpsm, snapshot)
    assert [row[0] for row in table(snapshot)] == sorted(hpsm.records["incidents"])


def test_what_was_finished_is_not_read_again(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True, kinds=("interactions", "incidents"))
    cut(hpsm, snapshot, 5)
    hpsm.read_batches.clear()
    report = run(hpsm, snapshot)
    assert {kind for kind, _ in hpsm.read_batches} == {"incidents"}
    assert [kind.finished for kind in report.kinds] == [True, True]
    assert {r.run for r in snapshot.runs()} == {1}


def test_the_next_run_after_that_is_a_delta(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, 1)
    run(hpsm, snapshot)
    hpsm.records["incidents"]["IN03"] = ("endret", "2019-09-30 00:00:00")
    report = run(hpsm, snapshot)
    assert (report.run, report.kinds[0].full, report.kinds[0].changed) == (2, False, 1)


def test_a_run_that_was_cut_long_ago_is_begun_anew(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, 1)
    assert run(hpsm, snapshot, now=NOW + timedelta(days=2)).run == 2
    assert snapshot.counts() == {"incidents": 10}


def test_another_request_is_a_run_of_its_own(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, 1)
    assert run(hpsm, snapshot, full=True).run == 2


def test_other_columns_begin_the_kind_again(tmp_path: Path, snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    cut(hpsm, snapshot, 2)
    hpsm.layout = "another column"
    hpsm.read_batches.clear()
    run(hpsm, snapshot)
    assert hpsm.read_batches[0] == ("incidents", "IN00")
    assert snapshot.counts() == {"incidents": 10}


def test_a_kind_that_cannot_be_read_does_not_keep_the_run_open(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True, kinds=("interactions", "incidents"))
    hpsm.refused = {"interactions"}
    report = run(hpsm, snapshot)
    assert [kind.finished for kind in report.kinds] == [False, True]
    assert run(hpsm, snapshot).run == 2


@pytest.mark.parametrize("positions", [True, False])
def test_what_disappears_between_the_attempts_is_gone(snapshot: Snapshot, positions: bool) -> None:
    hpsm = Hpsm(positions=positions)
    run(hpsm, snapshot)
    del hpsm.records["incidents"]["IN05"]
    hpsm.records["incidents"]["IN95"] = ("kom og gikk", EARLIER)
    cut(hpsm, snapshot, 2, full=True)
    report = run(hpsm, snapshot, full=True)
    assert report.kinds[0].disappeared == 1
    assert [row["number"] for row in snapshot.scan("incidents")] == sorted(
        hpsm.records["incidents"]
    )


def test_what_an_earlier_attempt_wrote_and_is_gone_now_leaves_no_trace(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=False)
    cut(hpsm, snapshot, 2)
    del hpsm.records["incidents"]["IN01"]
    hpsm.records["incidents"]["IN02"] = ("endret imens", EARLIER)
    run(hpsm, snapshot)
    assert [row[0] for row in table(snapshot)] == sorted(hpsm.records["incidents"])
    assert snapshot.fetch("incidents", ["IN02"])["IN02"]["title"] == "endret imens"
    assert all(row[2:4] == (1, None) for row in table(snapshot))


def test_what_changes_while_it_is_read_is_read_again(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    hpsm.while_read = {
        "IN00": ("endret bak oss", "2019-10-01 12:00:01"),
        "IN99": ("ny", "2019-10-01 12:00:02"),
    }
    report = run(hpsm, snapshot, later_after=-1.0)
    titles = {row["number"]: row["title"] for row in snapshot.scan("incidents")}
    assert titles["IN00"] == "endret bak oss"
    assert titles["IN99"] == "ny"
    assert report.kinds[0].repeated == 0
    assert [row[2:4] for row in table(snapshot)] == [(1, None)] * 11


def test_what_changed_while_it_was_read_is_asked_for_again_after_a_cut(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    hpsm.while_read = {"IN00": ("endret bak oss", "2019-10-01 12:00:01")}
    hpsm.cut_after = 4
    with pytest.raises(StoppedError):
        run(hpsm, snapshot, later_after=-1.0)
    hpsm.cut_after = None
    run(hpsm, snapshot, later_after=-1.0)
    assert snapshot.fetch("incidents", ["IN00"])["IN00"]["title"] == "endret bak oss"


def test_a_change_during_a_long_reading_is_not_hidden_by_the_watermark(snapshot: Snapshot) -> None:
    hpsm = Hpsm(positions=True)
    hpsm.records["incidents"]["IN09"] = ("sist", "2019-10-01 15:00:00")
    hpsm.while_read = {"IN00": ("endret bak oss", "2019-10-01 12:30:00")}
    run(hpsm, snapshot)
    assert snapshot.fetch("incidents", ["IN00"])["IN00"]["title"] == "sak 0"
    run(hpsm, snapshot)
    assert snapshot.fetch("incidents", ["IN00"])["IN00"]["title"] == "endret bak oss"
