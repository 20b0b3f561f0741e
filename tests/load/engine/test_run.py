"""Whatever fails, nothing is twice in the target and nothing is lost: counted there.

The journal is written as a process leaves it that died at each point, then the real engine goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from loading import WINDOW, Desk, did, group, incident, person, stopped, whole

from migrate.errors import BugError, ConfigurationError, StoppedError
from migrate.load.topdesk.client import TopdeskTarget
from migrate.records import Answer, Chain, Operation, Outcome, Ref, State, Step
from migrate.simulate.topdesk.faults import Fault

DONE, SENDING, IN_DOUBT, PLANNED = State.DONE, State.SENDING, State.IN_DOUBT, State.PLANNED
STEPS = len(incident("IM1").steps)


# Crash points: one ticket for each step at which a process can die.

CHAINS = [incident(f"IM{n}") for n in range(1, 6)]


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


def test_a_clock_that_was_wrong_does_not_shorten_the_settle_window(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, IN_DOUBT, age=3 * 3600)
    late = threading.Timer(WINDOW / 2, did, (desk, chain, 1))
    late.start()
    desk.load()
    late.join()
    whole(desk, chain)


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
        Fault("503-after", method="POST|PATCH", after=7, count=5),
        Fault("503-before", method="POST|PATCH", after=7, count=5),
        Fault("429", method="POST|PATCH", count=5),
        Fault("429", method="POST|PATCH", count=20, rate=0.5, retry_after=1),
        Fault("garbage", rate=0.4, method="POST|PATCH", count=20),
        Fault("wrong-length", rate=0.4, method="POST|PATCH", count=20),
        Fault("slow-drip", rate=0.5, method="POST|PATCH", count=16, delay=WINDOW * 0.7),
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
    desk.target = Broken(desk.target)  # type: ignore[assignment]
    loader = desk.loader()
    assert broken.identity == planned.identity
    error = stopped(lambda: loader.load("it", "pilot", "tickets", "incident"))
    assert error is None or isinstance(error, BugError)
    assert desk.states("IM1")["create"] is not DONE


def test_what_a_redirect_leads_on_from_may_be_done_and_is_looked_for(desk: Desk) -> None:
    whole_target, chain = desk.target, incident("IM1")
    desk.plan(chain)
    desk.target = LeadsOn(whole_target)  # type: ignore[assignment]
    assert isinstance(stopped(desk.load), ConfigurationError)
    assert desk.states("IM1") == {"create": IN_DOUBT}
    desk.target = whole_target
    desk.load()
    whole(desk, chain)


def test_a_ticket_that_the_target_does_not_know_yet_is_gone_on_with(desk: Desk) -> None:
    desk.window, ours = 0.2, desk.target
    chain = incident("IM1")
    desk.plan(chain)
    desk.target = NotYet(ours, times=1)  # type: ignore[assignment]
    desk.load()
    whole(desk, chain)


def test_a_ticket_that_is_gone_after_the_window_is_not_waited_for(desk: Desk) -> None:
    desk.window = 0.2
    chain = incident("IM1")
    desk.plan(chain)
    desk.target = NotYet(desk.target, times=1000)  # type: ignore[assignment]
    desk.load()
    assert State.FAILED in desk.states("IM1").values()


class NotYet:
    """A target that does not know at first what it has made: `times` changes are refused."""

    def __init__(self, target: TopdeskTarget, times: int) -> None:
        self._target, self._times = target, times

    def write(self, operation: Operation) -> Outcome:
        if not operation.parent_id or self._times == 0:
            return self._target.write(operation)
        self._times -= 1
        return Outcome(operation.key, Answer.REFUSED, code="target-record-missing", status=404)

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


class LeadsOn:
    """A target that leads on to another page after it has worked."""

    def __init__(self, target: TopdeskTarget) -> None:
        self._target = target

    def write(self, operation: Operation) -> Outcome:
        done = self._target.write(operation)
        return Outcome(done.key, Answer.STOP, code="target-address", status=302)

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


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


def test_a_long_history_of_which_many_requests_are_lost_once_is_loaded_whole(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(connections=1, window=0.1)
    chain = incident("IM1", parts=8)
    desk.plan(chain)
    # Each fault counts only the requests that those before it let pass: every other one is cut.
    faults = [Fault("cut-before", method="PATCH", after=n, count=1) for n in range(7)]
    desk.server.misbehave(*faults)
    tally = desk.load()
    desk.server.misbehave()
    assert (tally.resent, tally.failed) == (7, 0)
    whole(desk, chain)


# Work that comes after it was believed lost.


def branch(name: str) -> Chain:
    step = Step("create", {"name": name, "branchType": "independentBranch"})
    return Chain("branch", name, (), "it", steps=(step,), find=(("name", name),), source_digest="1")


def test_a_double_that_the_target_refuses_after_a_doubt_is_our_own(desk: Desk) -> None:
    chain = branch("Lageret")
    desk.plan(chain)
    made = {"method": "POST", "path": "/branches$", "count": 1}
    desk.server.misbehave(
        Fault("severed", delay=WINDOW + 0.25, **made),  # type: ignore[arg-type]
        Fault("late", delay=0.35, **made),  # type: ignore[arg-type]
    )
    desk.load("branch")
    assert desk.states("Lageret", "branch") == {"create": DONE}
    assert [f.name for f in desk.target.index("branch")].count("Lageret") == 1
    assert desk.verify().differences == []


def test_who_waits_for_a_branch_that_failed_waits_until_it_is_tried_again(desk: Desk) -> None:
    create = person("kari").steps[0]
    body = {**create.body, "branch": {"id": Ref("branch", "Lageret")}}
    waiting = replace(person("kari"), steps=(replace(create, body=body),))
    desk.plan(branch("Lageret"), waiting)
    desk.load("person", "operator")
    pages = desk.store.records("it", "people", "person", steps=False)
    (planned,) = [planned for page in pages for planned in page]
    assert planned.verdict is not None
    assert planned.verdict.code == "parent-missing"
    desk.load("branch")
    desk.load("person")
    assert desk.states("kari", "person") == {"create": DONE}
