"""What a plan says of each record, and that making it changes nothing."""

from __future__ import annotations

from dataclasses import replace

from loading import Desk, did, group, incident, person, whole

from migrate.records import Chain, State, Verdict

STEPS = len(incident("IM1").steps)


def verdicts(desk: Desk, *chains: Chain) -> dict[str, tuple[str, str]]:
    """Identity → state and code; what is to be sent is `planned`."""
    return {
        p.identity: (p.verdict.state, p.verdict.code) if p.verdict else ("planned", "")
        for p in desk.plan(*chains)
    }


def test_planning_writes_nothing_to_the_target(desk: Desk) -> None:
    before = desk.server.stats()["writes"]
    desk.plan(incident("IM1"), person("kari"), group("Nett"))
    assert desk.server.stats()["writes"] == before
    assert desk.journal.records("incident", ["IM1"]) == {}


def test_what_the_target_has_is_found_first(desk: Desk) -> None:
    for chain in (person("kari"), group("Nett"), incident("IM1")):
        desk.send(chain, "create")
    found = verdicts(desk, person("kari"), person("ola"), incident("IM1"), incident("IM2"))
    assert found == {
        "kari": (State.SKIPPED, "already-there"),
        "ola": ("planned", ""),
        "IM1": (State.SKIPPED, "already-there"),
        "IM2": ("planned", ""),
    }
    desk.load("person", "incident")
    assert desk.doubles() == {}


def test_who_is_not_there_is_created_only_where_the_policy_allows(desk: Desk) -> None:
    assert verdicts(desk, person("ola", create=False)) == {
        "ola": (State.SKIPPED, "person-not-found")
    }


def test_two_that_fit_are_a_question_and_never_a_guess(desk: Desk) -> None:
    for _ in range(2):
        desk.send(person("kari"), "create")
        desk.send(incident("IM1"), "create")
    assert verdicts(desk, person("kari"), incident("IM1")) == {
        "kari": (State.CONFLICT, "several-in-target"),
        "IM1": (State.CONFLICT, "several-in-target"),
    }


def test_what_our_rules_set_aside_stays_aside(desk: Desk) -> None:
    held = Verdict(State.HELD, "group-restricted", "restricted")
    chain = replace(incident("IM1"), steps=(), verdict=held)
    assert verdicts(desk, chain) == {"IM1": (State.HELD, "group-restricted")}
    assert desk.load().requests == 0
    assert desk.count("incident") == 0


def test_what_is_left_of_a_begun_record_is_what_is_planned(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, State.DONE, State.DONE, target_id=did(desk, chain, 2))
    (planned,) = desk.plan(chain)
    assert (planned.verdict, planned.requests) == (None, STEPS - 2)


def test_the_same_facts_make_the_same_plan(desk: Desk) -> None:
    chains = [incident("IM1"), incident("IM2"), group("Nett")]
    desk.plan(*chains)
    before = {head.phase: head.digest for head in desk.store.heads()}
    desk.plan(*chains)
    assert {head.phase: head.digest for head in desk.store.heads()} == before
    desk.plan(*chains[:2])
    after = {head.phase: head.digest for head in desk.store.heads()}
    assert {phase for phase in before if before[phase] != after[phase]} == {"groups"}


def test_a_plan_that_is_lost_is_made_again_and_nothing_is_sent_twice(desk: Desk) -> None:
    chains = [incident(f"IM{n}") for n in range(1, 4)]
    desk.plan(*chains)
    desk.load()
    desk.close()
    for file in desk.folder.glob("plan.db*"):
        file.unlink()
    desk.open()
    desk.plan(*chains)
    assert desk.load().requests == 0
    whole(desk, *chains)
