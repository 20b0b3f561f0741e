"""The figures that benefits are measured against, on tickets that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand_made import fill, look, ticket

from migrate.report.assess.assess import document
from migrate.report.assess.page import page
from migrate.report.assess.times import LONGEST, QUANTILES, Quantiles
from migrate.report.assess.titles import normalised
from migrate.state.snapshot import Snapshot


def day(number: int, hour: int = 8) -> str:
    return f"2019-09-{number:02} {hour:02}:00:00"


def measured(found: Any, id: str, of: str) -> Quantiles:
    [one] = [each for each in found.baseline.times if (each.id, each.of) == (id, of)]
    return one  # type: ignore[no-any-return]


def test_first_line_is_what_was_closed_without_an_incident(snapshot: Snapshot) -> None:
    calls = [
        {"number": f"SD{n}", "open_time": day(n), "close_time": closed, "first_call": first}
        for n, closed, first in [
            (1, day(1, 9), True),
            (2, day(2, 9), False),
            (3, day(3, 9), None),
            (4, None, True),
            (5, day(5, 9), False),
        ]
    ]
    fill(
        snapshot,
        interactions=calls,
        incidents=[ticket("IM1", close_time=day(6)), ticket("IM2", close_time=day(6))],
        relations=[{"source": "SD5", "depend": "IM1"}],
    )
    baseline = look(snapshot).baseline
    assert (baseline.first_line.part, baseline.first_line.whole) == (3, 4)
    assert baseline.first_line.definition == "without_incident"
    assert (baseline.first_call.part, baseline.first_call.whole) == (1, 3)


def test_without_relations_no_call_is_taken_for_solved(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        interactions=[{"number": "SD1", "open_time": day(1), "close_time": day(2)}],
        incidents=[ticket("IM1")],
    )
    baseline = look(snapshot).baseline
    assert baseline.first_line.value is None
    assert baseline.first_line.missing
    assert baseline.solved_at_once[0] == "first_line"


def test_the_mark_for_the_first_call_stands_in_under_its_own_name(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        interactions=[
            {"number": f"SD{n}", "open_time": day(1), "close_time": day(2), "first_call": n > 1}
            for n in range(4)
        ],
    )
    found = look(snapshot)
    name, share = found.baseline.solved_at_once
    assert (name, share.value) == ("first_call", 0.5)
    assert "Solved at the first contact, by year" in page(found, "en")


def test_handling_time_is_to_solved_else_to_closed_and_junk_is_counted_apart(
    snapshot: Snapshot,
) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", open_time=day(1), resolved_time=day(2), close_time=day(7)),
            ticket("IM2", open_time=day(1), resolved_time=None, close_time=day(3)),
            ticket("IM3", open_time=day(1), resolved_time=day(4), close_time=None),
            ticket("IM4", open_time=day(5), resolved_time=day(4)),
            ticket("IM5", open_time="1999-01-01 08:00:00", resolved_time=day(4)),
            ticket("IM6", open_time=day(5)),
            ticket("IM7", open_time=None, resolved_time=day(4)),
        ],
    )
    found = measured(look(snapshot), "handling", "incidents")
    assert found.tickets == 3
    assert found.median == 2 * 86_400
    assert dict(zip(QUANTILES, found.values, strict=True))[0.25] == 1.5 * 86_400
    assert found.junk == {"no_end": 2, "negative": 1, "too_long": 1}
    assert LONGEST == 10 * 365 * 86_400


def test_an_interaction_and_its_incident_are_one_ticket_from_the_first_call(
    snapshot: Snapshot,
) -> None:
    fill(
        snapshot,
        interactions=[{"number": "SD1", "open_time": day(1), "close_time": day(9)}],
        incidents=[ticket("IM1", open_time=day(2), resolved_time=day(4), close_time=day(9))],
        relations=[{"source": "IM1", "depend": "SD1"}],
        activities=[
            {"activity_id": "1", "number": "SD1", "time": day(1), "type": "Open"},
            {"activity_id": "2", "number": "SD1", "time": day(1, 9), "type": "related-change"},
            {"activity_id": "3", "number": "IM1", "time": day(1, 20), "type": "Update "},
            {"activity_id": "4", "number": "IM1", "time": day(3), "type": "Update"},
        ],
    )
    found = look(snapshot)
    assert found.baseline.tickets == 1
    assert measured(found, "handling", "incidents").median == 3 * 86_400
    assert measured(found, "response", "incidents").median == 12 * 3_600


def test_hpsms_own_clock_leaves_out_zero_and_days(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        interactions=[
            {"number": f"SD{n}", "handle_time": seconds}
            for n, seconds in enumerate([300, 600, 900, 0, 90_000, -5, None])
        ],
    )
    found = measured(look(snapshot), "call", "calls")
    assert (found.tickets, found.median) == (3, 600)
    assert found.junk == {"no_end": 1, "negative": 1, "zero": 1, "too_long": 1}


def test_reassignments_and_reopenings_are_told_by_the_history(snapshot: Snapshot) -> None:
    history = [
        ("IM1", "Initial Assignment Group"),
        ("IM1", "Assignment Group Change"),
        ("IM1", "REASSIGNED "),
        ("IM2", "Reassignment"),
        ("IM2", "Reopened"),
        ("IM3", "Update"),
    ]
    fill(
        snapshot,
        incidents=[
            ticket("IM1"),
            ticket("IM2"),
            ticket("IM3"),
            ticket("IM4", reopen_time=day(5)),
        ],
        activities=[
            {"activity_id": str(n), "number": number, "type": kind, "time": day(3)}
            for n, (number, kind) in enumerate(history)
        ],
    )
    baseline = look(snapshot).baseline
    counts = dict(baseline.reassignments.itertuples(index=False))
    assert counts == {0: 2, 1: 1, 2: 1}
    assert (baseline.reassigned.part, baseline.reassigned.whole) == (2, 4)
    assert (baseline.reopened.part, baseline.reopened.whole) == (2, 4)


def test_volumes_are_by_current_group_and_month_of_opening(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", assignment="IT ", open_time="2019-08-31 23:59:59"),
            ticket("IM2", assignment="IT", open_time="2019-09-01 00:00:00"),
            ticket("IM3", assignment=None, open_time=day(3)),
            ticket("IM4", assignment="IT", open_time=None),
            ticket("IM5", assignment="IT", open_time="1900-01-01 00:00:00"),
            ticket("IM6", assignment="IT", update_time=day(29)),
        ],
    )
    baseline = look(snapshot).baseline
    months = [tuple(row) for row in baseline.months.itertuples(index=False)]
    assert months == [
        ("", "2019-09", 1, 1),
        ("IT", "2019-08", 1, 1),
        ("IT", "2019-09", 2, 2),
    ]
    assert baseline.undated == 2
    assert sum(row[2] for row in months) + baseline.undated == baseline.tickets


def test_on_hold_is_counted_among_the_open(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", status="Pending Customer", close_time=None),
            ticket("IM2", status="Suspended", close_time=day(9)),
            ticket("IM3", close_time=None),
        ],
    )
    on_hold = look(snapshot).baseline.on_hold
    assert (on_hold.part, on_hold.whole) == (1, 2)


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Bestille ny PC", "bestille ny pc"),
        ("SV: VS: Bestille ny PC!", "bestille ny pc"),
        ("Bestille ny PC (Gløshaugen, rom 214)", "bestille ny pc"),
        ("  bestille  NY pc  2019/1234 ", "bestille ny pc"),
        ("Bestille ny PC til ola.nes@example.no", "bestille ny pc til"),
        ("Re: 12345", ""),
    ],
)
def test_titles_are_compared_without_what_is_of_one_ticket_alone(title: str, same: str) -> None:
    assert normalised(title) == same


def test_a_title_is_shown_when_many_tickets_of_many_callers_have_it(snapshot: Snapshot) -> None:
    def tickets(title: str, callers: int, times: int, start: int) -> list[dict[str, Any]]:
        return [
            ticket(f"IM{start + n}", title=title.format(n), contact_name=f"P{n % callers}")
            for n in range(times)
        ]

    fill(
        snapshot,
        incidents=[
            *tickets("Ny skjerm (rom {})", 6, 9, 100),
            *tickets("PÃ¥logging virker ikke", 5, 5, 200),
            *tickets("Kari Nes ringer igjen", 2, 30, 300),
            *tickets("Sjelden", 4, 4, 400),
        ],
    )
    shown = [(each.title, each.tickets) for each in look(snapshot).baseline.titles]
    assert shown == [("ny skjerm", 9), ("pålogging virker ikke", 5)]


def test_the_present_is_the_newest_change_that_was_read(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", update_time=day(20)),
            ticket("IM2", update_time="2091-01-01 00:00:00"),
        ],
    )
    assert look(snapshot).present == day(20)
    assert document(look(snapshot))["read"] == "2019-09-30 08:00:00"


def test_a_reading_that_was_cut_off_is_told_and_what_there_is_is_counted(
    snapshot: Snapshot,
) -> None:
    fill(snapshot, incidents=[ticket("IM1")], interactions=[])
    fill(snapshot, finished=False, incidents=[ticket("IM1"), ticket("IM2")])
    found = look(snapshot)
    assert found.cut_off
    assert found.baseline.tickets == 2
