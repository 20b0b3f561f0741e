"""One record that the account may not read (TOPdesk's filters apply to each record) stops nothing
but itself, and is never taken for one that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from loading import Desk, incident
from refusing import Refuser
from undoing import seen, told, undo

from migrate.errors import StoppedError
from migrate.records import Chain, State
from migrate.simulate.topdesk.server import TopdeskServer

NUMBERS = ("IM1", "IM2", "IM3")


@pytest.fixture
def before(server: TopdeskServer) -> Iterator[Refuser]:
    with Refuser(server.url, {}).serving() as proxy:
        yield proxy


@pytest.fixture
def loaded(tmp_path: Path, server: TopdeskServer, before: Refuser) -> Iterator[Desk]:
    desk = Desk(tmp_path, server, beside=before.url)
    desk.plan(*map(incident, NUMBERS))
    desk.load()
    yield desk
    desk.close()


def hide(desk: Desk, before: Refuser, number: str) -> str:
    id = desk.journal.records("incident", [number])[number].target_id
    before.unseen.add(id)
    return id


def changed(number: str) -> Chain:
    create, *others = incident(number).steps
    steps = (replace(create, body={**create.body, "briefDescription": "Nå"}), *others)
    return incident(number, steps=steps, source_digest="another")


def test_a_change_goes_to_all_others(loaded: Desk, before: Refuser) -> None:
    hide(loaded, before, "IM2")
    loaded.plan(*map(changed, NUMBERS))
    tally = loaded.load()
    assert (tally.done, tally.failed) == (2, 1)
    (failed,) = loaded.journal.troubled("it", [State.FAILED])
    assert (failed.key.identity, failed.code) == ("IM2", "target-forbidden")
    before.unseen.clear()
    loaded.journal.reopen("it", (State.FAILED,), None, 0.0)
    assert loaded.load().done == 1
    assert loaded.verify().differences == []


def test_where_none_may_be_read_the_budget_stops_the_load(loaded: Desk, before: Refuser) -> None:
    for number in NUMBERS:
        hide(loaded, before, number)
    loaded.budget, loaded.budget_after = 0.2, 2
    loaded.plan(*map(changed, NUMBERS))
    with pytest.raises(StoppedError) as error:
        loaded.load()
    assert error.value.problems[0].code == "error-budget"


def test_what_is_in_doubt_stays_so_while_it_may_not_be_read(loaded: Desk, before: Refuser) -> None:
    chain = incident("IM4")
    loaded.plan(*map(incident, NUMBERS), chain)
    id = loaded.send(chain, "create")
    loaded.wrote(chain, State.DONE, State.SENDING, target_id=id)
    before.unseen.add(id)
    assert loaded.load().failed == 1
    assert loaded.states("IM4")["call_date"] is State.IN_DOUBT
    before.unseen.clear()
    loaded.load()
    assert loaded.verify().differences == []
    assert loaded.doubles() == {}


def test_verify_compares_all_others_and_names_it(loaded: Desk, before: Refuser) -> None:
    hide(loaded, before, "IM2")
    (difference,) = loaded.verify().differences
    assert (difference.identity, difference.code) == ("IM2", "target-forbidden")
    assert set(loaded.states("IM2").values()) == {State.DONE}
    assert set(loaded.states("IM3").values()) == {State.VERIFIED}


def test_an_undo_keeps_it_and_takes_back_all_others(loaded: Desk, before: Refuser) -> None:
    hide(loaded, before, "IM2")
    wanted = {"IM1": ("archive", ""), "IM2": ("keep", "target-forbidden"), "IM3": ("archive", "")}
    assert told(seen(loaded)) == wanted
    assert told(undo(loaded)) == wanted
    before.unseen.clear()
    assert told(undo(loaded)) == {"IM2": ("archive", "")}
