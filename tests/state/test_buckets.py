from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrate.records import State
from migrate.state.buckets import TROUBLE, UNFINISHED, WORST_FIRST, bucket

STATES = st.lists(st.sampled_from(list(State)), min_size=1)


def test_every_state_has_its_place_in_the_order() -> None:
    assert sorted(WORST_FIRST) == sorted(State)


def test_a_record_of_which_nothing_is_known_is_planned() -> None:
    assert bucket([]) is State.PLANNED


@given(STATES)
def test_the_bucket_is_the_worst_state_whatever_their_order(states: list[State]) -> None:
    worst = bucket(states)
    assert worst in states
    assert bucket(reversed(states)) is worst
    assert all(WORST_FIRST.index(worst) <= WORST_FIRST.index(state) for state in states)


@given(STATES, st.sampled_from(sorted(TROUBLE | UNFINISHED)))
def test_a_record_with_trouble_or_something_left_is_never_among_the_good(
    states: list[State], bad: State
) -> None:
    good = {State.DONE, State.VERIFIED, State.SKIPPED, State.KEPT, State.UNDONE}
    assert bucket([*states, bad]) not in good
