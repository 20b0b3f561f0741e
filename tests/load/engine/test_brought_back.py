"""A card that an undo archived is brought back as it was: what had not arrived by then, and what
HPSM changed since, is planned on that and sent."""

from __future__ import annotations

from dataclasses import replace

from loading import Desk, group, person
from undoing import PERSON, ask, id_of, load, undo

from migrate.records import Chain, State, Step


def test_a_step_that_had_failed_before_the_undo_is_sent(desk: Desk) -> None:
    chain = group("IT NETT")
    desk.plan(chain)
    made = desk.send(chain, "create")
    desk.wrote(chain, State.DONE, State.FAILED, target_id=made)
    undo(desk)
    load(desk, chain)
    assert desk.states("IT NETT", "operator_group")["tasks"] is State.PLANNED
    load(desk, chain)
    here = desk.target.get("operator_group", made)
    assert here is not None
    assert not here.archived
    assert here.fields["secondLineCallOperator"] is True
    _nothing_is_left(desk, chain)


def test_what_hpsm_changed_since_is_sent(desk: Desk) -> None:
    before = person("kari")
    load(desk, before)
    undo(desk)
    body = {**before.steps[0].body, "surName": "Nilsen"}
    after = replace(before, steps=(Step("create", body),), source_digest="kari is Nilsen now")
    load(desk, after)
    load(desk, after)
    record = desk.journal.records("person", ["kari"])["kari"]
    here = desk.target.get("person", record.target_id)
    assert here is not None
    assert (here.archived, here.fields["surName"]) == (False, "Nilsen")
    assert desk.count("person") == 1
    _nothing_is_left(desk, after)


def test_what_was_whole_and_has_not_changed_is_back_after_one_load(desk: Desk) -> None:
    chains = (person("kari"), group("IT NETT"))
    load(desk, *chains)
    undo(desk)
    load(desk, *chains)
    for chain in chains:
        _nothing_is_left(desk, chain)


def test_a_group_in_a_branch_that_somebody_renamed_is_back(desk: Desk) -> None:
    branch = Chain(
        "branch",
        "Hovedkontoret",
        (),
        "it",
        steps=(Step("create", {"name": "Hovedkontoret"}),),
        find=(("name", "Hovedkontoret"),),
        source_digest="branch",
    )
    desk.plan(branch, group("IT NETT"))
    desk.load("branch", "operator_group")
    undo(desk)
    ask(desk, "PUT", f"branches/id/{id_of(desk, 'Hovedkontoret', 'branch')}", {"name": "Hoved"})
    desk.plan(branch, group("IT NETT"))
    desk.load("branch", "operator_group")
    assert desk.states("IT NETT", "operator_group")["restore"] is State.DONE
    assert desk.count("operator_group") == 1


def test_what_a_person_brought_back_is_found_and_known(desk: Desk) -> None:
    chains = (person("kari"), group("IT NETT"))
    load(desk, *chains)
    ids = {chain.kind: id_of(desk, chain.identity, chain.kind) for chain in chains}
    undo(desk)
    ask(desk, "PUT", f"persons/id/{ids['person']}/unarchive", **PERSON)
    ask(desk, "PUT", f"operatorgroups/id/{ids['operator_group']}/unarchive")
    for _ in range(2):
        load(desk, *chains)
        for chain in chains:
            assert id_of(desk, chain.identity, chain.kind) == ids[chain.kind]
            last = desk.journal.entries(chain.kind, [chain.identity])[chain.identity][-1]
            assert (last.key.revision, last.state) == (1, State.SKIPPED)
            _nothing_is_left(desk, chain)
    assert undo(desk).lines == []  # it is theirs by now


def test_what_a_person_brought_back_after_the_plan_is_theirs_too(desk: Desk) -> None:
    load(desk, person("kari"))
    id = id_of(desk, "kari", "person")
    undo(desk)
    desk.plan(person("kari"))
    ask(desk, "PUT", f"persons/id/{id}/unarchive", **PERSON)
    assert desk.load("person").requests == 0
    assert id_of(desk, "kari", "person") == id
    assert undo(desk).lines == []


def _nothing_is_left(desk: Desk, chain: Chain) -> None:
    """The journal has all of it, and loading once more writes nothing."""
    record = desk.journal.records(chain.kind, [chain.identity])[chain.identity]
    assert (record.whole, record.digest) == (True, chain.source_digest)
    writes = desk.server.stats()["writes"]
    load(desk, chain)
    assert desk.server.stats()["writes"] == writes
    assert State.PLANNED not in desk.states(chain.identity, chain.kind).values()
