"""What the journal says of what is taken back, and of fields that two people changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stores import Places

from migrate.records import Member, OpKey, State
from migrate.state.journal import Journal, Record
from migrate.state.journal_aside import UNDO, Scope
from migrate.state.plan_store import PlanStore


@pytest.fixture
def journal(places: Places) -> Iterator[Journal]:
    opened = Journal(places("journal"), "hpsm")
    yield opened
    opened.close()


def put(
    journal: Journal,
    identity: str,
    step: str = "create",
    state: State = State.DONE,
    *,
    kind: str = "incident",
    run: int = 1,
    at: float = 1.0,
    unit: str = "it",
    sprint: str = "pilot",
    revision: int = 0,
) -> OpKey:
    key = OpKey("hpsm", kind, identity, step, revision)
    record = Record(kind, identity, unit, sprint, "", "", "digest")
    journal.begin(record, [Member("incidents", identity)])
    journal.identify(kind, identity, f"id of {identity}", f"I {identity}")
    journal.intend(key, 0, "", "[]", False, "{}", run, at)
    journal.note(key, state, at)
    journal.commit()
    return key


def test_what_we_made_is_listed_the_newest_first(journal: Journal) -> None:
    put(journal, "IM1", at=1.0)
    put(journal, "IM2", at=3.0)
    put(journal, "IM3", at=2.0)
    put(journal, "IM4", state=State.IN_DOUBT, at=4.0)
    scope = Scope(units=("it", "ub"))
    assert journal.made("incident", scope) == ["IM4", "IM2", "IM3", "IM1"]
    assert journal.made("person", scope) == []
    assert journal.units_of(scope) == ["it"]


def test_what_was_found_or_refused_is_never_listed(journal: Journal) -> None:
    for identity, state in (("IM1", State.SKIPPED), ("IM2", State.FAILED), ("IM3", State.PLANNED)):
        put(journal, identity, state=state)
    assert journal.made("incident", Scope(units=("it",))) == []


def test_a_scope_is_units_a_sprint_or_a_run(journal: Journal) -> None:
    put(journal, "IM1", unit="it", sprint="pilot", run=1)
    put(journal, "IM2", unit="ub", sprint="pilot", run=2)
    put(journal, "IM3", unit="ub", sprint="second", run=3)
    assert journal.made("incident", Scope(units=("it",))) == ["IM1"]
    assert set(journal.made("incident", Scope(sprint="pilot"))) == {"IM1", "IM2"}
    assert journal.made("incident", Scope(run=3)) == ["IM3"]
    assert journal.units_of(Scope(run=3)) == ["ub"]


def test_what_is_taken_back_is_undone_and_known_by_its_id(journal: Journal) -> None:
    put(journal, "IM1")
    history = put(journal, "IM1", "history/v/1")
    key = OpKey("hpsm", "incident", "IM1", UNDO, 0)
    journal.set_aside(
        key, State.UNDONE, 7, 5.0, code="", detail="I IM1", marker="id of IM1", fields=None
    )
    journal.took_back("incident", "IM1", 5.0)
    journal.commit()
    states = {e.key.step: e.state for e in journal.entries("incident", ["IM1"])["IM1"]}
    assert set(states.values()) == {State.UNDONE}
    assert history.step in states
    assert journal.taken_back("incident", ["IM1", "IM2"]) == {"IM1": {"id of IM1"}}
    record = journal.records("incident", ["IM1"])["IM1"]
    assert (record.target_id, record.number, record.whole) == ("", "", False)
    assert journal.made("incident", Scope(units=("it",))) == []
    assert journal.told("IM1", "another") is None


def test_what_is_brought_back_is_as_it_was(journal: Journal) -> None:
    put(journal, "kari", kind="person")
    key = OpKey("hpsm", "person", "kari", UNDO, 0)
    journal.set_aside(key, State.UNDONE, 7, 5.0, code="", detail="", marker="id of kari")
    journal.took_back("person", "kari", 5.0)
    put(journal, "kari", "restore", kind="person", revision=1)
    journal.brought_back("person", "kari", 6.0)
    journal.commit()
    states = {e.key.step: e.state for e in journal.entries("person", ["kari"])["kari"]}
    assert states == {"create": State.DONE, UNDO: State.UNDONE, "restore": State.DONE}
    assert journal.made("person", Scope(units=("it",))) == ["kari"]


def test_an_undo_that_nobody_heard_the_end_of_is_found(journal: Journal) -> None:
    put(journal, "IM1")
    put(journal, "IM2")
    journal.intend(
        OpKey("hpsm", "incident", "IM2", UNDO, 0), 0, "id of IM2", "[]", False, "", 9, 2.0
    )
    journal.commit()
    scope = Scope(units=("it",))
    assert journal.undoing("incident", scope) == ["IM2"]
    assert journal.recover("it", 3.0) == 1
    assert journal.undoing("incident", scope) == ["IM2"]


def test_changes_that_stay_are_counted(journal: Journal) -> None:
    put(journal, "Nett", state=State.SKIPPED, kind="operator_group")
    put(journal, "Nett", "tasks", kind="operator_group")
    put(journal, "IM1", run=1)
    put(journal, "IM1", "update", run=2, revision=1)
    assert journal.changed(Scope(units=("it",))) == [("operator_group", "tasks", 1)]
    assert ("incident", "update", 1) in journal.changed(Scope(run=2))


def test_a_conflict_waits_until_it_is_decided(journal: Journal) -> None:
    put(journal, "IM1")
    key = OpKey("hpsm", "incident", "IM1", "conflict/priority", 1)
    for state in (State.CONFLICT, State.CONFLICT, State.KEPT):
        journal.set_aside(key, state, 1, 1.0, code="x", detail="priority", fields="{}")
        journal.commit()
        waits = [entry.key for entry in journal.conflicts("it")]
        assert waits == ([key] if state is State.CONFLICT else [])
    assert journal.conflicts("ub") == []
    journal.look_again("incident", "IM1")
    journal.commit()
    assert journal.records("incident", ["IM1"])["IM1"].digest == ""


def test_a_plan_keeps_the_fields_that_stay_as_a_person_wrote_them(places: Places) -> None:
    from migrate.records import Step
    from migrate.state.plan_store import dump_steps, load_steps

    store = PlanStore(places("plan"))
    step = Step("update", {"impact": {"name": "Person"}}, revision=2, keeps=("priority",))
    assert load_steps(dump_steps([step])) == (step,)
    store.close()
