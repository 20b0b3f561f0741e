from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from migrate.extract.journal_form import Journal, form_of, profile
from migrate.extract.journal_text import JournalForm
from migrate.records import Batch
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 9, 30, 8, tzinfo=UTC)
SHAPE = "99/99/99 99:99:99 ZONE (OPERATOR):"


def journals(
    form: str, count: int = 40, *, seed: int = 1, early: bool = False, life: bool = True
) -> Iterable[Journal]:
    """Tickets of a few days, each with some entries, the newest first. `early`: all of them on days
    that could be months as well."""
    draw = Random(seed)
    for _ in range(count):
        day = draw.randrange(1, 10) if early else draw.randrange(1, 29)
        opened = datetime(2019, draw.randrange(1, 13), day, 9)  # noqa: DTZ001 - GMT
        times = sorted(
            (opened + timedelta(hours=draw.randrange(60)) for _ in range(4)), reverse=True
        )
        text = "\n".join(f"{t.strftime(form)} {t:%H:%M:%S} MET (karih):\nHei" for t in times)
        yield Journal(text, *((opened, times[0] + timedelta(hours=2)) if life else (None, None)))


@pytest.mark.parametrize(
    ("form", "order"), [("%m/%d/%y", "mdy"), ("%d/%m/%y", "dmy"), ("%y/%m/%d", "ymd")]
)
@pytest.mark.parametrize("early", [False, True])
def test_the_order_of_dates_is_what_all_headers_bear_out(
    form: str, order: str, early: bool
) -> None:
    assert form_of(journals(form, early=early)).shapes == {SHAPE: order}


def test_days_above_twelve_are_enough_where_nothing_is_known_of_the_records() -> None:
    form = form_of(journals("%d/%m/%Y", life=False))
    assert form.shapes == {SHAPE.replace("99 99:", "9999 99:", 1): "dmy"}
    undecided = form_of(journals("%d/%m/%y", life=False))  # 05/12/19 may be of 2005
    assert undecided.shapes == {SHAPE: None}


@pytest.mark.parametrize(
    "read",
    [
        [Journal("05/04/19 10:00:00 MET (karih):\nHei")],
        [Journal("05/05/19 10:00:00 MET (karih):\nHei", datetime(2019, 5, 5))] * 50,  # noqa: DTZ001
        [*journals("%d/%m/%y"), *journals("%m/%d/%y", seed=2)],
    ],
    ids=["one journal", "day and month alike", "two orders"],
)
def test_without_clear_evidence_no_order_is_chosen(read: list[Journal]) -> None:
    form = form_of(read)
    assert form.shapes == {SHAPE: None}
    assert "cannot be told" in form.said[1]


def test_a_few_dates_that_were_mistyped_change_nothing() -> None:
    wrong = [Journal("31/31/19 10:00:00 MET (karih):\nHei")] * 2
    assert form_of([*journals("%d/%m/%y"), *wrong]).shapes == {SHAPE: "dmy"}


def test_the_policy_decides_where_it_says_so() -> None:
    form = form_of(journals("%d/%m/%y"), "mdy")
    assert form.shapes == {SHAPE: "mdy"}
    assert "as the policy says" in form.said[1]


def test_a_year_of_four_digits_in_front_needs_no_decision() -> None:
    form = form_of(journals("%Y-%m-%d", count=1), "mdy")
    assert form.shapes == {"9999-99-99 99:99:99 ZONE (OPERATOR):": "ymd"}


def test_two_shapes_are_decided_each_by_itself() -> None:
    form = form_of([*journals("%d/%m/%y"), *journals("%d/%m/%Y", seed=2)])
    assert form.shapes == {SHAPE: "dmy", SHAPE.replace("99 99:", "9999 99:", 1): "dmy"}


def test_lines_that_only_look_like_headers_are_none() -> None:
    typed = [
        Journal(
            journal.text.replace("Hei", "12/09/19 ringte\n01.02.2019 10:00 igjen"), *journal[1:]
        )
        for journal in journals("%d/%m/%y")
    ]
    form = form_of([*typed, Journal("12/09/19 ringte bruker"), Journal("Uten hode")])
    assert form.shapes == {SHAPE: "dmy"}
    assert form.said[0] == "42 journals, of which 41 begin with a header."


def test_what_was_found_is_said_with_its_counts() -> None:
    first, shape, neighbours = form_of(journals("%d/%m/%y")).said
    assert first == "40 journals, of which 40 begin with a header."
    assert shape.startswith(f"160 headers `{SHAPE}`: read as day-month-year (month-day-year: ")
    assert (
        "day-month-year: 0 cannot be dates, 0 lie outside the life of their record, 0 out" in shape
    )
    assert neighbours.startswith("The newest entry stands first: ")


def test_entries_may_stand_the_oldest_first() -> None:
    turned = [
        Journal("\n".join(reversed(j.text.replace("\nHei", "").split("\n"))), *j[1:])
        for j in journals("%d/%m/%y")
    ]
    form = form_of(turned)
    assert (form.shapes, form.newest_first) == ({SHAPE: "dmy"}, False)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterable[Snapshot]:
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        yield snapshot


def holds(snapshot: Snapshot, told: Iterable[str]) -> None:
    """Incidents with a journal each, of which `told` have activities."""
    incidents = [
        (f"IM{n}", j.text, str(j.since), str(j.until), "4000-01-01 00:00:00")
        for n, j in enumerate(journals("%d/%m/%y"))
    ]
    columns = ("number", "journal", "open_time", "update_time", "close_time")
    run = snapshot.begin_run(["incidents", "activities"], True, NOW)
    snapshot.write(run, Batch("incidents", columns, 0, incidents))
    activities = [(f"A{number}", number) for number in told]
    snapshot.write(run, Batch("activities", ("activity_id", "number"), 0, activities))


def test_a_snapshot_is_profiled_by_its_own_journals(snapshot: Snapshot) -> None:
    holds(snapshot, ["IM1"])
    form = profile(snapshot)
    assert isinstance(form, JournalForm)
    assert form.shapes == {SHAPE: "dmy"}


def test_nothing_is_asked_where_every_record_has_activities(snapshot: Snapshot) -> None:
    holds(snapshot, [f"IM{number}" for number in range(40)])
    assert profile(snapshot) is None


def test_a_snapshot_without_tickets_has_no_journals(snapshot: Snapshot) -> None:
    assert profile(snapshot) is None
