"""The order in which a unit is asked, and how far its first answers take it."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from migrate.transform.impact import ENOUGH, Weighed, by_impact, covered, first_ones, reach, weight

TODAY = date(2019, 9, 20)

_GROUPS = st.lists(
    st.builds(
        lambda tickets, part, days: Weighed(
            "", tickets, int(tickets * part), str(date.fromordinal(TODAY.toordinal() - days))
        ),
        st.integers(0, 5_000),
        st.floats(0, 1),
        st.integers(0, 4_000),
    ),
    max_size=80,
).map(lambda found: [Weighed(f"G{n}", w.tickets, w.open, w.last) for n, w in enumerate(found)])


def test_more_tickets_open_ones_and_recent_ones_come_first() -> None:
    busy = Weighed("busy", 100, 40, "2019-09-19")
    asleep = Weighed("asleep", 110, 0, "2014-01-01")
    large = Weighed("large", 900, 10, "2019-09-01")
    empty = Weighed("empty")
    assert [w.source for w in by_impact([empty, asleep, busy, large], TODAY)] == [
        *("large", "busy", "asleep", "empty")
    ]


@given(_GROUPS)
def test_the_order_is_total_and_the_same_however_it_is_asked(groups: list[Weighed]) -> None:
    ordered = by_impact(groups, TODAY)
    assert by_impact(reversed(groups), TODAY) == ordered
    assert sorted(w.source for w in ordered) == sorted(w.source for w in groups)


@given(_GROUPS)
def test_weight_stays_near_the_tickets(groups: list[Weighed]) -> None:
    """So that no small group is asked of long before a large one."""
    for group in groups:
        assert group.tickets / 2 <= weight(group, TODAY) <= group.tickets * 2


@given(_GROUPS)
def test_the_first_ones_cover_what_they_say(groups: list[Weighed]) -> None:
    ordered = by_impact(groups, TODAY)
    found = first_ones(ordered)
    assert found == reach(ordered, found.first)
    assert found.tickets >= ENOUGH
    assert found.open >= ENOUGH
    assert found.total == len(groups)
    if found.first:
        before = reach(ordered, found.first - 1)
        assert before.tickets < ENOUGH or before.open < 1


def test_a_unit_of_many_groups_is_told_how_few_matter() -> None:
    groups = [
        Weighed(f"G{n}", 2_000 // (n + 1) ** 2, 20 // (n + 1), "2019-09-01") for n in range(61)
    ]
    found = first_ones(by_impact(groups, TODAY))
    assert found.first < 21
    assert (found.open, found.total) == (1.0, 61)


def test_of_nothing_all_is_covered() -> None:
    assert covered([], set()).tickets == 1.0
    assert first_ones([]).first == 0
