"""What verify must find: work that was done after it was believed lost."""

from __future__ import annotations

import time

from loading import WINDOW, Desk, did, group, idle, incident, person
from undoing import ask

from migrate.load.target import TrailEntry
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.verify import Verifier
from migrate.records import State
from migrate.simulate.topdesk.faults import Fault

DONE, SENDING, IN_DOUBT, PLANNED = State.DONE, State.SENDING, State.IN_DOUBT, State.PLANNED
STEPS = len(incident("IM1").steps)


def test_work_done_after_the_window_is_found_by_verify(desk: Desk) -> None:
    chains = [incident(f"IM{n}", parts=1) for n in range(1, 9)]
    desk.plan(*chains)
    late = Fault("severed", method="POST", path="/incidents$", count=2, delay=WINDOW * 2)
    entry = Fault("severed", method="PATCH", after=9, count=3, delay=WINDOW * 2)
    desk.server.misbehave(late, entry)
    desk.load()
    idle(desk.server)
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
    idle(desk.server)
    (double,) = desk.census()["duplicates"]["person.networkLoginName"]  # type: ignore[misc]
    assert [(d.code, d.identity) for d in desk.verify().differences] == [
        ("doubles-in-target", double)
    ]


def test_what_the_target_shows_late_is_looked_for_again_after_the_window(desk: Desk) -> None:
    desk.plan(incident("IM1", parts=1))
    desk.load()
    late = Late(desk.target)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        late.shows = True

    def verify() -> list[str]:
        looks = Verifier(
            desk.journal,
            late,  # type: ignore[arg-type]
            clock=time.time,
            window=60.0,
            sleep=sleep,
        )
        return [difference.code for difference in looks.verify("it").differences]

    assert verify() == []
    assert len(waits) == 1
    assert 50 < waits[0] <= 60
    assert set(desk.states("IM1").values()) == {State.VERIFIED}
    assert verify() == []
    assert len(waits) == 1


class Late:
    """A target that does not show yet what stands in the trail."""

    def __init__(self, target: TopdeskTarget) -> None:
        self._target, self.shows = target, False

    def trail(self, incident_id: str) -> list[TrailEntry]:
        return self._target.trail(incident_id) if self.shows else []

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


def test_a_record_that_came_late_although_its_second_try_was_refused_is_shown(desk: Desk) -> None:
    chain = incident("IM1")
    desk.plan(chain)
    desk.wrote(chain, State.FAILED)
    desk.journal.note(desk.key(chain, "create"), IN_DOUBT, time.time())
    desk.journal.note(desk.key(chain, "create"), State.FAILED, time.time(), code="value-refused")
    desk.journal.commit()
    desk.send(chain, "create")
    assert [(d.code, d.identity) for d in desk.verify().differences] == [("late-in-target", "IM1")]


def test_what_was_ever_in_doubt_is_looked_for_before_it_is_sent_again(desk: Desk) -> None:
    chains = [group("Nett"), group("Drift")]
    desk.plan(*chains)
    for chain, state in zip(chains, (State.FAILED, PLANNED), strict=True):
        desk.wrote(chain, IN_DOUBT)
        desk.journal.note(desk.key(chain, "create"), state, time.time())
        desk.journal.commit()
        desk.send(chain, "create")
    assert desk.journal.reopen("it", (State.FAILED,), None, time.time()) == 1
    desk.load("operator_group")
    assert desk.count("operator_group") == 2
    assert desk.doubles() == {}
    assert set(desk.states("Nett", "operator_group").values()) == {DONE}


def test_what_was_refused_is_sent_also_where_verify_found_an_edit(desk: Desk) -> None:
    chain = incident("IM1", parts=1)
    desk.plan(chain)
    id = did(desk, chain, 2)
    desk.wrote(chain, State.DONE, State.DONE, State.FAILED, target_id=id)
    ask(desk, "PATCH", f"incidents/id/{id}", {"briefDescription": "Skrevet av en saksbehandler"})
    (difference,) = desk.verify().differences
    assert (difference.code, difference.detail) == ("differs", "briefDescription")
    desk.journal.reopen("it", (State.FAILED,), None, 0.0)
    desk.plan(chain)
    assert desk.load().requests == 2
    assert desk.states("IM1")["history/v/1"] is State.DONE
    shown = desk.target.get("incident", id)
    assert shown is not None
    assert shown.fields["briefDescription"] == "Skrevet av en saksbehandler"
    assert len(desk.trail(id)) == 1
    desk.plan(chain)
    assert desk.load().requests == 0
