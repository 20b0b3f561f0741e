"""What plan and journal know of the numbers that people quote, in whichever store they lie."""

from __future__ import annotations

from stores import Places

from migrate.records import Chain, Member, OpKey, State, Step
from migrate.state.journal import Journal, Record
from migrate.state.numbers import Loaded, Numbers, Planned
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore


def test_a_number_is_known_as_planned_and_as_loaded(places: Places) -> None:
    members = (Member("incidents", "IM1"), Member("interactions", "SD1"))
    store = PlanStore(places("plan"))
    chain = Chain("incident", "IM1", members, "ub", steps=(Step("create", {}),))
    store.add("ub", "tickets", [NewPlanned(chain, None)])
    store.finish(PlanHead("ub", "tickets", "pilot", "digest", "basis", 1.0))
    journal = Journal(places("journal"), "hpsm")
    journal.begin(Record("incident", "IM1", "ub", "pilot", "", "", "d"), members)
    key = OpKey("hpsm", "incident", "IM1", "create", 0)
    journal.intend(key, 0, "", "[]", False, "{}", 1, 1.0)
    journal.note(key, State.DONE, 2.0)
    journal.identify("incident", "IM1", "an-id", "I 1")
    journal.commit()
    numbers = Numbers(places("plan"), places("journal"), "hpsm")
    try:
        assert sorted(numbers.planned()) == [
            Planned("IM1", "incident", "", "", "", ""),
            Planned("SD1", "incident", "", "", "", ""),
        ]
        assert sorted(numbers.loaded()) == [
            Loaded("IM1", "incident", "IM1", "I 1", "an-id", "done"),
            Loaded("SD1", "incident", "IM1", "I 1", "an-id", "done"),
        ]
    finally:
        for opened in (numbers, store, journal):
            opened.close()
