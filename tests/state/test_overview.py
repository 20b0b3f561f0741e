"""Every planned record is in exactly one bucket, whatever the journal says of its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import Places, in_folder

from migrate.records import Chain, Member, OpKey, State, Step, Verdict
from migrate.state.buckets import bucket
from migrate.state.journal import Journal, Record
from migrate.state.overview import Overview
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore

STEPS = ("create", "call_date", "close")


@dataclass
class Desk:
    places: Places

    def __post_init__(self) -> None:
        self.journal = Journal(self.places("journal"), "hpsm")
        self.store = PlanStore(self.places("plan"))
        self.overview = Overview(self.store.path, self.journal.path, "hpsm")

    def close(self) -> None:
        for store in (self.overview, self.store, self.journal):
            store.close()

    def plan(self, verdicts: dict[str, Verdict | None], digest: str = "d") -> None:
        self.store.clear("ub", "tickets")
        planned = [
            NewPlanned(
                Chain(
                    "incident",
                    number,
                    (Member("incidents", number), Member("interactions", f"SD-{number}")),
                    "ub",
                    steps=tuple(Step(name, {}) for name in STEPS) if verdict is None else (),
                    source_digest=digest,
                    activities=3,
                ),
                verdict,
            )
            for number, verdict in verdicts.items()
        ]
        self.store.add("ub", "tickets", planned)
        self.store.finish(PlanHead("ub", "tickets", "pilot", "", "", 0.0))

    def did(self, number: str, *states: State, whole: bool = False) -> None:
        self.journal.begin(Record("incident", number, "ub", "pilot", "", "", "d"), [])
        for position, state in enumerate(states):
            key = OpKey("hpsm", "incident", number, STEPS[position], 0)
            self.journal.intend(key, position, "", "[]", False, "{}", 1, 1.0)
            self.journal.note(key, state, 2.0, code=f"code-{state}")
        if whole:
            self.journal.completed("incident", number, "ub", "d")
        self.journal.commit()

    def buckets(self) -> dict[State, int]:
        return {line.bucket: line.records for line in self.overview.lines("ub")}


@pytest.fixture
def desk(places: Places) -> Iterator[Desk]:
    made = Desk(places)
    yield made
    made.close()


D, P = State.DONE, State.PLANNED
HELD = Verdict(State.HELD, "group-restricted", "restricted")
LOADED = Verdict(State.DONE, "loaded", "loaded before")


@pytest.mark.parametrize(
    ("verdict", "states", "whole", "expected"),
    [
        (None, [], False, P),
        (HELD, [], False, State.HELD),
        (None, [D], False, P),
        (None, [D, D, D], False, P),
        (None, [D, D, D], True, D),
        (None, [State.VERIFIED] * 3, True, State.VERIFIED),
        (None, [D, State.IN_DOUBT], False, State.IN_DOUBT),
        (None, [D, State.FAILED], False, State.FAILED),
        (LOADED, [D, D, D], True, D),
        (LOADED, [D, State.MISMATCH, D], True, State.MISMATCH),
        (LOADED, [D], False, P),
        (HELD, [D], False, State.HELD),
        (HELD, [P], False, State.HELD),
        (HELD, [State.IN_DOUBT], False, State.IN_DOUBT),
        (Verdict(State.CONFLICT, "members-of-two-records", ""), [D, D, D], True, State.CONFLICT),
        (Verdict(State.SKIPPED, "already-there", ""), [State.SKIPPED], True, State.SKIPPED),
        (Verdict(State.FAILED, "refused", ""), [D, P], False, P),
    ],
)
def test_a_record_is_in_this_bucket(
    desk: Desk, verdict: Verdict | None, states: list[State], whole: bool, expected: State
) -> None:
    desk.plan({"IM1": verdict})
    if states:
        desk.did("IM1", *states, whole=whole)
    assert desk.buckets() == {expected: 1}


def test_a_loaded_record_with_a_change_to_send_is_planned(desk: Desk) -> None:
    desk.did("IM1", D, D, D, whole=True)
    desk.plan({"IM1": None}, digest="new")
    assert desk.buckets() == {P: 1}


def test_sources_and_activities_are_counted_beside_the_records(desk: Desk) -> None:
    desk.plan({"IM1": None, "IM2": HELD})
    desk.did("IM1", D, D, D, whole=True)
    lines = {line.bucket: line for line in desk.overview.lines("ub")}
    assert [(line.sources, line.activities) for line in lines.values()] == [(2, 3), (2, 3)]
    assert desk.overview.units() == ["ub"]


def test_a_reason_is_the_journals_where_the_record_was_begun_else_the_plans(desk: Desk) -> None:
    desk.plan({"IM1": None, "IM2": HELD, "IM3": None})
    desk.did("IM1", D, State.FAILED)
    reasons = {(r.bucket, r.code): (r.records, r.example) for r in desk.overview.reasons("ub")}
    assert reasons == {
        (State.FAILED, "code-failed"): (1, "IM1"),
        (State.HELD, "group-restricted"): (1, "IM2"),
    }


_RECORD = st.tuples(
    st.sampled_from([None, HELD, LOADED]),
    st.lists(st.sampled_from(list(State)), max_size=3),
    st.booleans(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_RECORD, min_size=1, max_size=6))
def test_buckets_add_up_and_are_never_better_than_the_worst_step(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[Verdict | None, list[State], bool]],
) -> None:
    desk = Desk(in_folder(tmp_path_factory.mktemp("desk")))
    try:
        desk.plan({f"IM{n}": verdict for n, (verdict, _, _) in enumerate(records)})
        for n, (_, states, whole) in enumerate(records):
            if states:
                desk.did(f"IM{n}", *states, whole=whole)
        buckets = desk.buckets()
        assert sum(buckets.values()) == len(records)
        trouble = (State.CONFLICT, State.MISMATCH, State.FAILED, State.IN_DOUBT, State.SENDING)
        for state in trouble:
            worst = sum(bool(states) and bucket(states) is state for _, states, _ in records)
            assert buckets.get(state, 0) == worst
    finally:
        desk.close()
