from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import Places

from migrate.records import Chain, Finding, Member, Ref, State, Step, Verdict
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore, dump_steps, load_steps


@pytest.fixture
def store(places: Places) -> Iterator[PlanStore]:
    made = PlanStore(places("plan"))
    yield made
    made.close()


def chain(number: str, *steps: Step, **more: Any) -> Chain:
    made = Chain("incident", number, (Member("incidents", number),), "ub", steps=steps)
    return replace(made, **more)


def planned(number: str, verdict: Verdict | None = None, **more: Any) -> NewPlanned:
    return NewPlanned(chain(number, Step("create", {"externalNumber": number}), **more), verdict)


def fill(store: PlanStore, *items: NewPlanned, unit: str = "ub", phase: str = "tickets") -> None:
    store.clear(unit, phase)
    store.add(unit, phase, items)
    store.finish(PlanHead(unit, phase, "pilot", "digest", "basis", 1.0))


def identities(store: PlanStore, unit: str = "ub", **more: Any) -> list[str]:
    pages = store.records(unit, "tickets", "incident", steps=False, **more)
    return [record.identity for page in pages for record in page]


def test_a_plan_is_read_in_its_order_page_by_page(store: PlanStore) -> None:
    numbers = [f"IM{n}" for n in (5, 3, 9, 1, 7)]
    fill(store, *map(planned, numbers))
    assert identities(store, size=2) == numbers


def test_a_phase_that_is_planned_anew_has_nothing_of_the_old_plan(store: PlanStore) -> None:
    fill(store, planned("IM1", findings=(Finding("title-missing", "IM1"),)), planned("IM2"))
    fill(store, planned("IM3"), unit="it")
    fill(store, planned("IM2"))
    assert identities(store) == ["IM2"]
    assert identities(store, "it") == ["IM3"]
    assert store.of_source("IM1") == []
    assert store.findings("ub") == []


def test_a_plan_without_its_head_does_not_count(store: PlanStore) -> None:
    fill(store, planned("IM1"))
    store.clear("ub", "tickets")
    store.add("ub", "tickets", [planned("IM1")])
    assert store.head("ub", "tickets") is None


def test_two_units_can_be_planned_at_once(places: Places, store: PlanStore) -> None:
    other = PlanStore(places("plan"))
    store.clear("ub", "tickets")
    thread = threading.Thread(
        target=lambda: fill(other, *[planned(f"SD{n}") for n in range(40)], unit="it")
    )
    thread.start()
    for n in range(40):
        store.add("ub", "tickets", [planned(f"IM{n}")])
    thread.join()
    other.close()
    assert identities(store) == [f"IM{n}" for n in range(40)]
    assert identities(store, "it") == [f"SD{n}" for n in range(40)]


def test_what_waits_for_a_parent_is_tried_again_and_other_verdicts_stand(
    store: PlanStore,
) -> None:
    held = Verdict(State.HELD, "group-restricted", "restricted")
    fill(store, planned("IM1"), planned("IM2", held))
    first = next(store.records("ub", "tickets", "incident", steps=False))[0]
    store.set_aside(first.id, State.WAITING, "parent-missing", "waits for: operator_group")
    assert store.sendable("ub", "tickets", "incident") == 0
    store.unwait("ub", "tickets", "incident")
    page = next(store.records("ub", "tickets", "incident", steps=False))
    assert [record.verdict for record in page] == [None, held]
    assert store.sendable("ub", "tickets", "incident") == 1


def test_a_plan_that_is_outdated_is_no_longer_fresh(store: PlanStore) -> None:
    fill(store, planned("IM1"))
    store.outdate("ub", "tickets")
    head = store.head("ub", "tickets")
    assert head is not None
    assert (head.basis, head.digest) == ("", "digest")


def test_which_of_some_identities_a_plan_has(store: PlanStore) -> None:
    fill(store, planned("IM1"), planned("IM2"))
    fill(store, planned("IM3"), unit="it")
    wanted = ["IM1", "IM3", *map(str, range(1200))]
    assert store.planned("ub", "tickets", "incident", wanted) == {"IM1"}
    assert store.planned("ub", "tickets", "incident", []) == frozenset()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_STEPS = st.builds(
    Step,
    st.text(min_size=1, max_size=8),
    st.dictionaries(st.text(max_size=8), _VALUES, max_size=4),
    st.text(max_size=8),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.integers(0, 9),
)


@given(st.lists(_STEPS, max_size=4))
def test_steps_come_back_as_they_were_stored(steps: list[Step]) -> None:
    assert load_steps(dump_steps(steps)) == tuple(steps)


def test_a_reference_is_kept_by_kind_and_key() -> None:
    (step,) = load_steps(dump_steps([Step("create", {"branch": {"id": Ref("branch", "UB Ø")}})]))
    assert step.body == {"branch": {"id": {"$ref": ["branch", "UB Ø"]}}}


@given(st.permutations(["a", "ø", "b", "c"]))
def test_the_same_steps_have_the_same_bytes(names: list[str]) -> None:
    body = dict.fromkeys(names, 1)
    assert dump_steps([Step("x", body)]) == dump_steps([Step("x", dict(sorted(body.items())))])
