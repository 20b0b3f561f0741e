"""Whatever fails, nothing is twice in the target and nothing is lost: counted there.

The journal is written as a process leaves it that died at each point, then the real engine goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from loading import WINDOW, Desk, group, incident, person, stopped

from migrate.errors import BugError, StoppedError
from migrate.records import Chain, Member, Ref, State, Step, Verdict
from migrate.simulate.topdesk.faults import Fault
from migrate.simulate.topdesk.server import Settings, TopdeskServer

DONE, SENDING, IN_DOUBT, PLANNED = State.DONE, State.SENDING, State.IN_DOUBT, State.PLANNED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TopdeskServer]:
    with TopdeskServer(Settings(tmp_path / "topdesk.db")) as running:
        yield running


@pytest.fixture
def open_desk(tmp_path: Path, server: TopdeskServer) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def make(**settings: object) -> Desk:
        opened.append(Desk(tmp_path, server, **settings))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()


def whole(desk: Desk, *chains: Chain) -> None:
    """Each chain is in the target once and entirely, and the journal says so."""
    assert desk.count("incident") == len(chains)
    assert desk.doubles() == {}
    for chain in chains:
        assert set(desk.states(chain.identity).values()) == {DONE}, chain.identity
        assert list(desk.states(chain.identity)) == [step.name for step in chain.steps]
        markers = [step.marker for step in chain.steps if step.marker]
        target_id = desk.journal.records("incident", [chain.identity])[chain.identity].target_id
        trail = desk.trail(target_id)
        assert [m for text in trail for m in markers if m in text] == markers
    verified = desk.verify()
    assert (verified.compared["incident"], verified.differences) == (len(chains), [])


# Crash points: one ticket for each step at which a process can die.

CHAINS = [incident(f"IM{n}") for n in range(1, 6)]
STEPS = len(CHAINS[0].steps)


def did(desk: Desk, chain: Chain, steps: int) -> str:
    """Do the first steps of a chain in the target; returns the incident's id."""
    target_id = ""
    for step in chain.steps[:steps]:
        target_id = desk.send(chain, step.name, target_id)
    return target_id


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
@pytest.mark.parametrize(
    ("state", "age"),
    [(SENDING, 0.0), (IN_DOUBT, 0.0), (IN_DOUBT, 10 * WINDOW)],
    ids=["killed without an answer", "in doubt, window open", "in doubt, window over"],
)
def test_a_load_that_died_at_any_step_goes_on_there(
    desk: Desk, state: State, age: float, done: bool
) -> None:
    desk.plan(*CHAINS)
    for at, chain in enumerate(CHAINS):
        target_id = did(desk, chain, at + done)
        known = target_id if at else ""
        desk.wrote(chain, *[DONE] * at, state, target_id=known, age=age)
    desk.load()
    whole(desk, *CHAINS)


def test_a_load_that_died_between_two_steps_sends_the_next_one(desk: Desk) -> None:
    desk.plan(*CHAINS)
    for at, chain in enumerate(CHAINS):
        desk.wrote(chain, *[DONE] * (at + 1), target_id=did(desk, chain, at + 1))
    desk.load()
    whole(desk, *CHAINS)


def test_an_intent_that_was_taken_back_is_sent_once(desk: Desk) -> None:
    desk.plan(*CHAINS)
    for chain in CHAINS:
        desk.wrote(chain, PLANNED)
    desk.load()
    whole(desk, *CHAINS)


def test_loading_again_writes_nothing(desk: Desk) -> None:
    desk.plan(*CHAINS)
    desk.load()
    writes = desk.server.stats()["writes"]
    assert desk.load().requests == 0
    desk.plan(*CHAINS)
    assert desk.load().requests == 0
    assert desk.server.stats()["writes"] == writes
    whole(desk, *CHAINS)


def test_people_and_groups_that_a_dead_load_had_sent_are_not_made_again(desk: Desk) -> None:
    chains = [person("kari"), person("ola"), group("Nett"), group("Drift"), group("Lager")]
    desk.plan(*chains)
    for chain in (chains[0], chains[2]):
        desk.send(chain, "create")
        desk.wrote(chain, SENDING)
    for chain in (chains[1], chains[3]):
        desk.wrote(chain, SENDING)
    made = desk.send(chains[4], "create")
    desk.wrote(chains[4], DONE, SENDING, target_id=made)
    desk.load("person", "operator_group")
    assert desk.doubles() == {}
    counts = desk.census()["counts"]
    assert counts["operator_group"] == 3
    assert {f.name for f in desk.target.index("operator_group")} == {"Nett", "Drift", "Lager"}
    logins = [f.fields.get("networkLoginName") for f in desk.target.index("person")]
    assert sorted(login for login in logins if login in ("kari", "ola")) == ["kari", "ola"]
    assert all(f.fields["firstLineCallOperator"] for f in desk.target.index("operator_group"))


# A target that misbehaves.


@pytest.mark.parametrize(
    "fault",
    [
        Fault("answer-lost", rate=0.4, method="POST|PATCH", count=40),
        Fault("late", rate=0.4, method="POST|PATCH", count=20, delay=WINDOW * 0.8),
        Fault("severed", rate=0.4, method="POST|PATCH", count=20, delay=WINDOW * 0.8),
        Fault("500-after", rate=0.4, method="POST|PATCH", count=20),
        Fault("500-before", rate=0.4, method="POST|PATCH", count=20),
        Fault("503-after", rate=0.3, method="POST|PATCH", count=20, retry_after=0),
        Fault("503-before", rate=0.3, method="POST|PATCH", count=20),
        Fault("429", method="POST|PATCH", count=8),
        Fault("429", method="POST|PATCH", count=20, rate=0.5, retry_after=1),
        Fault("garbage", rate=0.4, method="POST|PATCH", count=20),
        Fault("wrong-length", rate=0.4, method="POST|PATCH", count=20),
        Fault("slow-drip", rate=0.2, method="POST|PATCH", count=10, delay=WINDOW * 0.7),
        Fault("cut-before", rate=0.4, method="POST|PATCH", count=20),
    ],
    ids=lambda fault: f"{fault.kind} {fault.retry_after or ''}".strip(),
)
def test_a_misbehaving_target_gets_everything_once(desk: Desk, fault: Fault) -> None:
    chains = [incident(f"IM{n}", parts=1) for n in range(1, 13)]
    desk.plan(*chains)
    desk.server.misbehave(fault)
    desk.load()
    desk.server.misbehave()
    assert desk.server.stats()["injected"]
    whole(desk, *chains)


def test_work_done_after_the_window_is_found_by_verify(desk: Desk) -> None:
    chains = [incident(f"IM{n}", parts=1) for n in range(1, 9)]
    desk.plan(*chains)
    late = Fault("severed", method="POST", path="/incidents$", count=2, delay=WINDOW * 2)
    entry = Fault("severed", method="PATCH", after=9, count=3, delay=WINDOW * 2)
    desk.server.misbehave(late, entry)
    desk.load()
    _idle(desk.server)
    doubled = {n for names in desk.doubles().values() for n in names}
    assert doubled
    shown = {d.identity for d in desk.verify().differences if d.code == "doubles-in-target"}
    census = desk.census()["duplicates"]
    truly = set(census["incident"]) | {m[1:].split("/")[0] for m in census["marker"]}  # type: ignore[union-attr]
    assert shown == truly
    assert all(desk.states(identity)["create"] is State.MISMATCH for identity in shown)


def test_a_person_made_twice_by_late_work_is_found_by_verify(desk: Desk) -> None:
    chains = [person(f"kari{n}") for n in range(4)]
    desk.plan(*chains)
    desk.server.misbehave(
        Fault("severed", method="POST", path="/persons", count=1, delay=WINDOW * 2)
    )
    desk.load("person")
    _idle(desk.server)
    (double,) = desk.census()["duplicates"]["person.networkLoginName"]  # type: ignore[misc]
    assert [(d.code, d.identity) for d in desk.verify().differences] == [
        ("doubles-in-target", double)
    ]


def test_a_record_that_came_late_although_its_second_try_was_refused_is_shown(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, State.FAILED)
    desk.journal.note(desk.key(chain, "create"), IN_DOUBT, time.time())
    desk.journal.note(desk.key(chain, "create"), State.FAILED, time.time(), code="value-refused")
    desk.journal.commit()
    desk.send(chain, "create")
    assert [(d.code, d.identity) for d in desk.verify().differences] == [
        ("unexpected-in-target", "IM1")
    ]


def test_retrying_what_was_ever_in_doubt_asks_before_it_sends(desk: Desk) -> None:
    chain = group("Nett")
    desk.plan(chain)
    desk.server.misbehave(
        Fault("severed", method="POST", path="operatorgroups", count=1, delay=WINDOW * 1.06)
    )
    desk.load("operator_group")
    _idle(desk.server)
    if desk.states("Nett", "operator_group")["create"] is State.FAILED:
        desk.journal.reopen("it", (State.FAILED,), None, time.time())
        desk.load("operator_group")
    assert set(desk.states("Nett", "operator_group").values()) == {DONE}
    assert desk.doubles() == {}


# What changed between two loads.


def changed(chain: Chain) -> Chain:
    steps = (*chain.steps[:-1], Step("history/v/3", {"action": "Mer [IM/v/3]"}, "[IM/v/3]"))
    return replace(chain, steps=(*steps, chain.steps[-1]), source_digest="another")


def test_a_ticket_that_changed_after_it_was_half_loaded_is_finished(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, DONE, DONE, target_id=did(desk, chain, 2))
    assert desk.bucket("IM1") is PLANNED
    desk.plan(changed(chain))
    assert desk.bucket("IM1") is PLANNED
    desk.load()
    assert desk.bucket("IM1") is DONE
    whole(desk, changed(chain))
    desk.plan(changed(chain))
    assert [code for code, *_ in desk.store.findings("it")] == ["source-changed"]


def test_a_loaded_ticket_that_changed_is_a_finding_and_not_sent_again(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.load()
    desk.plan(changed(chain))
    assert desk.load().requests == 0
    assert [code for code, *_ in desk.store.findings("it")] == ["source-changed"]
    assert desk.bucket("IM1") is DONE
    whole(desk, chain)


def test_a_record_that_joins_a_loaded_ticket_is_found_under_its_number(desk: Desk) -> None:
    call = replace(incident("SD1"), members=(Member("interactions", "SD1"),))
    desk.plan(call)
    desk.load()
    members = (Member("incidents", "IM7"), Member("interactions", "SD1"))
    desk.plan(replace(call, members=members, source_digest="escalated"))
    assert desk.load().requests == 0
    (now,), (before,) = desk.journal.lookup("IM7"), desk.journal.lookup("SD1")
    assert now == before
    assert now.number


def test_two_loaded_tickets_that_became_one_matter_are_a_conflict(desk: Desk) -> None:
    desk.plan(incident("IM1"), incident("IM2"))
    desk.load()
    verdict = Verdict(State.CONFLICT, "members-of-two-records", "IM1, IM2")
    desk.plan(
        replace(incident("IM1"), steps=(), verdict=verdict, source_digest="both"),
    )
    assert desk.bucket("IM1") is State.CONFLICT
    assert desk.load().requests == 0


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_ticket_that_is_held_by_now_is_settled_and_nothing_more_is_sent(
    desk: Desk, done: bool
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    did(desk, chain, int(done))
    desk.wrote(chain, SENDING)
    verdict = Verdict(State.HELD, "group-restricted", "restricted")
    desk.plan(replace(chain, steps=(), verdict=verdict, source_digest="moved"))
    assert desk.bucket("IM1") is State.SENDING
    tally = desk.load()
    assert tally.requests == 0
    assert desk.count("incident") == int(done)
    assert desk.states("IM1") == {"create": DONE if done else PLANNED}
    assert desk.bucket("IM1") is State.HELD


@pytest.mark.parametrize("done", [True, False], ids=["done in the target", "not done"])
def test_a_step_in_doubt_that_the_plan_no_longer_has_is_settled_and_not_sent(
    desk: Desk, done: bool
) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    target_id = did(desk, chain, 3 + done)
    desk.wrote(chain, DONE, DONE, DONE, SENDING, target_id=target_id)
    shorter = replace(chain, steps=(*chain.steps[:3], chain.steps[4]), source_digest="less")
    desk.plan(shorter)
    desk.load()
    assert len(desk.trail(target_id)) == 1 + done
    assert desk.states("IM1")["history/v/2"] is (DONE if done else State.SKIPPED)
    assert desk.states("IM1")["close"] is DONE
    assert desk.bucket("IM1") is DONE


def test_what_is_in_doubt_is_settled_also_when_no_plan_has_it_any_more(desk: Desk) -> None:
    chains = [incident("IM1"), incident("IM2")]
    desk.plan(*chains)
    desk.send(chains[0], "create")
    for chain in chains:
        desk.wrote(chain, SENDING)
    desk.plan()
    assert desk.load().requests == 0
    assert desk.states("IM1") == {"create": DONE}
    assert desk.states("IM2") == {"create": PLANNED}
    assert desk.journal.lookup("IM1")[0].number


def test_what_a_person_must_look_at_does_not_keep_a_doubt_from_being_settled(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, DONE, DONE, SENDING, target_id=did(desk, chain, 3))
    desk.journal.note(desk.key(chain, "create"), State.MISMATCH, time.time())
    desk.journal.commit()
    desk.load()
    assert desk.states("IM1")["history/v/1"] is DONE
    assert "history/v/2" not in desk.states("IM1")


# Several at once.


def test_a_ticket_in_the_plans_of_two_units_is_sent_by_one_of_two_loads(
    open_desk: Callable[..., Desk],
) -> None:
    here, there = open_desk(), open_desk()
    chains = [incident(f"IM{n}") for n in range(12)]
    here.plan(*chains)
    there.plan(*[replace(chain, unit="vakt") for chain in chains], unit="vakt")
    here.server.misbehave(Fault("answer-lost", rate=0.1, method="POST"))
    other = threading.Thread(target=lambda: there.load(unit="vakt"))
    other.start()
    here.load()
    other.join()
    here.server.misbehave()
    here.load()
    whole(here, *chains)


def test_an_identity_that_stands_twice_in_a_plan_is_sent_once(desk: Desk) -> None:
    desk.plan(incident("IM1"), incident("IM1"), *CHAINS[1:])
    desk.load()
    whole(desk, *CHAINS)


# Stopping.


def test_a_stopped_load_drains_and_the_next_one_goes_on(desk: Desk) -> None:
    chains = [incident(f"IM{n}") for n in range(1, 41)]
    desk.plan(*chains)
    desk.server.misbehave(latency=0.02)
    threading.Timer(0.25, desk.stop.set).start()
    error = stopped(desk.load)
    assert isinstance(error, StoppedError)
    assert error.problems[0].code == "stopped"
    made = desk.count("incident")
    assert 0 < made < len(chains)
    open_states = {s for c in chains for s in desk.states(c.identity).values()} - {DONE, PLANNED}
    assert open_states == set()
    desk.stop.clear()
    desk.server.misbehave()
    desk.load()
    whole(desk, *chains)


def test_a_load_stops_at_its_error_budget_and_what_failed_can_be_retried(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(budget=0.2, budget_after=10)
    good = [incident(f"IM{n}") for n in range(1, 31)]
    bad = [_spoiled(chain) for chain in good[:20]]
    desk.plan(*bad, *good[20:])
    error = stopped(desk.load)
    assert isinstance(error, StoppedError)
    assert error.problems[0].code == "error-budget"
    failed = [c.identity for c in bad if State.FAILED in desk.states(c.identity).values()]
    assert 3 <= len(failed) < 20
    desk.plan(*good)
    assert desk.load().requests > 0
    assert all(desk.states(identity) == {"create": State.FAILED} for identity in failed)
    count = desk.count("incident")
    assert count == len(good) - len(failed)
    assert desk.journal.reopen("it", (State.FAILED,), None, time.time()) == len(failed)
    assert desk.load().requests == len(failed) * STEPS
    whole(desk, *good)


def test_a_target_that_stays_away_stops_the_load(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(patience=0.6)
    desk.plan(*CHAINS)
    resolver = desk.resolver()
    desk.server.stop()
    error = stopped(lambda: desk.load(resolver=resolver))
    assert isinstance(error, StoppedError)
    assert error.problems[0].code == "target-unreachable"
    desk.server.start()
    desk.load()
    whole(desk, *CHAINS)


def test_a_restarted_target_is_waited_for(desk: Desk) -> None:
    chains = [incident(f"IM{n}") for n in range(1, 31)]
    desk.plan(*chains)
    desk.server.misbehave(latency=0.01)
    threading.Timer(0.3, desk.server.restart).start()
    desk.load()
    whole(desk, *chains)


def test_a_request_that_never_gets_an_answer_does_not_keep_a_load_for_ever(desk: Desk) -> None:
    desk.window = 0.1
    desk.plan(*CHAINS)
    desk.server.misbehave(Fault("cut-before", method="POST", path="/incidents$"))
    desk.load()
    desk.server.misbehave()
    assert desk.count("incident") == 0
    assert {desk.states(c.identity)["create"] for c in CHAINS} == {State.FAILED}
    desk.journal.reopen("it", (State.FAILED,), None, time.time())
    desk.load()
    whole(desk, *CHAINS)


def test_a_mistake_of_ours_is_no_endless_loop(desk: Desk) -> None:
    desk.window = 0.1
    chain = incident("IM1")
    broken = replace(chain, steps=(Step("create", {"briefDescription": {1, 2}}), *chain.steps[1:]))
    desk.plan(chain)
    planned = next(desk.store.records("it", "tickets", "incident", steps=True))[0]
    assert planned.steps
    loader = desk.loader()
    loader._target = Broken(desk.target)  # type: ignore[assignment]
    assert broken.identity == planned.identity
    error = stopped(lambda: loader.load("it", "pilot", "tickets", "incident"))
    assert error is None or isinstance(error, BugError)
    assert desk.states("IM1")["create"] is not DONE


class Broken:
    """A target whose writer has a mistake in it."""

    def __init__(self, target: object) -> None:
        self._target = target

    def write(self, operation: object) -> object:
        raise KeyError("step")

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


def test_a_ticket_whose_group_is_not_there_waits_and_goes_when_it_is(desk: Desk) -> None:
    chain = incident("IM1")
    body = {**chain.steps[0].body, "operatorGroup": {"id": Ref("operator_group", "Nett")}}
    chain = replace(chain, steps=(Step("create", body), *chain.steps[1:]))
    desk.plan(chain)
    assert desk.load().requests == 0
    assert desk.bucket("IM1") is State.WAITING
    desk.plan(chain, group("Nett"))
    desk.load("operator_group", "incident")
    assert desk.count("incident") == 1
    assert desk.states("IM1")["close"] is DONE


def _spoiled(chain: Chain) -> Chain:
    body = {**chain.steps[0].body, "briefDescription": "x" * 81}
    return replace(chain, steps=(Step("create", body), *chain.steps[1:]))


def _idle(server: TopdeskServer) -> None:
    """Wait until the work that was put off is done."""
    while server.stats()["pending"]:
        time.sleep(0.05)
