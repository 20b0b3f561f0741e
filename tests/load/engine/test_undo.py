"""Undo: what nobody has touched goes, what people edited stays, and a second undo does nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests
from loading import Desk, group, incident, person
from test_major_calls_loaded import major, under
from test_time_and_archive import long_ago
from undoing import CHAINS, PERSON, ask, id_of, load, seen, told, undo

from migrate.errors import ConfigurationError
from migrate.records import Chain, Member, OpKey, Ref, State, Step
from migrate.simulate.topdesk.faults import Fault
from migrate.state.journal_aside import UNDO, Scope

DEPARTMENT = Chain(
    "department",
    "IT drift",
    (Member("departments", "730100"),),
    "it",
    steps=(Step("create", {"name": "IT drift"}),),
    find=(("name", "IT drift"),),
)


def test_what_nobody_touched_is_archived_the_newest_first(desk: Desk) -> None:
    load(desk, *CHAINS)
    ids = [id_of(desk, chain.identity) for chain in CHAINS]
    result = undo(desk)
    assert told(result) == {chain.identity: ("archive", "") for chain in CHAINS}
    sent = [
        max(e.sent_at or 0.0 for e in desk.journal.entries("incident", [i])[i] if e.sent_at)
        for i in (line.identity for line in result.lines)
    ]
    assert len(sent) == 4
    for id in ids:
        found = desk.target.get("incident", id)
        assert found is not None
        assert found.archived
    assert desk.bucket("IM1") is State.UNDONE


def test_a_second_undo_does_nothing(desk: Desk) -> None:
    load(desk, *CHAINS)
    undo(desk)
    writes = desk.server.stats()["writes"]
    again = undo(desk)
    assert (again.lines, again.requests) == ([], 0)
    assert desk.server.stats()["writes"] == writes


def test_a_dry_run_says_the_same_and_changes_nothing(desk: Desk) -> None:
    load(desk, person("kari"), group("Nett"), *CHAINS)
    ask(desk, "PATCH", f"incidents/id/{id_of(desk, 'IM2')}", {"onHold": True})
    writes = desk.server.stats()["writes"]
    said = told(seen(desk))
    assert desk.server.stats()["writes"] == writes
    assert desk.states("IM1")["create"] is State.DONE
    assert told(undo(desk)) == said
    assert said["IM2"] == ("keep", "edited-since")
    assert said["kari"] == said["Nett"] == ("archive", "")


EDITS: dict[str, Callable[[Desk, str], object]] = {
    "a field": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"briefDescription": "Ny"}),
    "a field that we never sent": lambda d, i: ask(
        d, "PATCH", f"incidents/id/{i}", {"targetDate": "2019-09-01T10:00:00.000+0200"}
    ),
    "closed": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"closed": True}),
    "opened again": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"completed": False}),
    "passed down": lambda d, i: ask(d, "PUT", f"incidents/id/{i}/deescalate", {}),
    "an entry": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"action": "Ringt kunden"}),
    "a request": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"request": "Haster!"}),
    "another number": lambda d, i: ask(d, "PATCH", f"incidents/id/{i}", {"externalNumber": "X"}),
    "an optional field": lambda d, i: ask(
        d, "PATCH", f"incidents/id/{i}", {"optionalFields2": {"text1": "Rom 210"}}
    ),
    "one of our entries removed": lambda d, i: ask(
        d, "DELETE", f"incidents/id/{i}/actions/{d.target.trail(i)[0].id}"
    ),
    "a file": lambda d, i: requests.post(
        f"{d.server.url}/tas/api/incidents/id/{i}/attachments",
        files={"file": ("plan.txt", b"tekst")},
        auth=d.server.auth,
        timeout=5,
    ).raise_for_status(),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_person_did_stays_and_is_told(desk: Desk, edit: str) -> None:
    load(desk, *CHAINS[:2])
    id = id_of(desk, "IM1")
    EDITS[edit](desk, id)
    before = ask(desk, "GET", f"incidents/id/{id}")
    result = undo(desk)
    assert told(result) == {"IM1": ("keep", "edited-since"), "IM2": ("archive", "")}
    assert ask(desk, "GET", f"incidents/id/{id}") == before
    assert desk.states("IM1")[UNDO] is State.KEPT
    assert undo(desk).requests == 0


def test_what_a_person_archived_is_left_to_them(desk: Desk) -> None:
    load(desk, CHAINS[0])
    ask(desk, "PUT", f"incidents/id/{id_of(desk, 'IM1')}/archive", {})
    assert told(undo(desk)) == {"IM1": ("keep", "archived-in-target")}


def test_an_edit_that_a_later_load_of_ours_went_around_still_stays(desk: Desk) -> None:
    chain = replace(CHAINS[0], steps=CHAINS[0].steps[:-1])
    load(desk, chain)
    id = id_of(desk, "IM1")
    ask(desk, "PATCH", f"incidents/id/{id}", {"targetDate": "2019-09-01T10:00:00.000+0200"})
    create, *_ = chain.steps
    new = replace(create, body={**create.body, "briefDescription": "Ny tittel fra HPSM"})
    load(desk, replace(chain, steps=(new, chain.steps[1]), source_digest="another"))
    assert ask(desk, "GET", f"incidents/id/{id}")["briefDescription"] == "Ny tittel fra HPSM"
    assert told(undo(desk)) == {"IM1": ("keep", "edited-since")}


def test_what_was_found_is_never_touched(desk: Desk) -> None:
    load_before = [person("kari"), group("Nett"), CHAINS[0]]
    for chain in load_before:
        desk.send(chain, "create")
    load(desk, *load_before)
    writes = desk.server.stats()["writes"]
    result = undo(desk)
    assert (result.lines, result.requests) == ([], 0)
    assert desk.server.stats()["writes"] == writes
    assert result.stays == [("operator_group", "tasks", 1)]


def with_caller(number: str, login: str, *, unit: str = "it") -> Chain:
    chain = incident(number, parts=1, unit=unit)
    create, *rest = chain.steps
    body = {k: v for k, v in create.body.items() if k != "caller"}
    body["callerLookup"] = {"id": Ref("person", login)}
    return replace(chain, steps=(replace(create, body=body), *rest))


def test_a_person_goes_with_the_tickets_and_stays_where_another_unit_has_some(
    desk: Desk,
) -> None:
    load(desk, person("kari"), person("ola"), with_caller("IM1", "kari"), with_caller("IM2", "ola"))
    desk.plan(with_caller("IM9", "ola", unit="ub"), unit="ub")
    desk.load("incident", unit="ub")
    said = told(seen(desk))
    result = told(undo(desk))
    assert result == said
    assert result["kari"] == ("archive", "")
    assert result["ola"] == ("keep", "undo-still-used")


def test_a_membership_is_taken_back_before_its_group(desk: Desk) -> None:
    load(desk, person("kari"), group("Nett"))
    id = id_of(desk, "kari", "person")
    branch = next(desk.target.index("branch")).id
    body = {"surName": "Kari", "branch": {"id": branch}, "linkedPerson": {"id": id}}
    login = {"loginName": "kari", "secondLineCallOperator": True}
    operator = ask(desk, "POST", "operators", {**body, **login})["id"]
    key = OpKey("hpsm", "membership", "Nett|kari", "add", 0)
    from migrate.state.journal import Record

    desk.journal.begin(Record("operator", "kari", "it", "pilot", operator, "", "x"), [])
    desk.journal.begin(
        Record("membership", "Nett|kari", "it", "pilot", "", "", "x"), [Member("members", "m")]
    )
    desk.journal.intend(key, 0, "", "[]", False, "", 1, time.time())
    desk.journal.note(key, State.DONE, time.time())
    desk.journal.commit()
    nett = id_of(desk, "Nett", "operator_group")
    ask(desk, "POST", f"operators/id/{operator}/operatorgroups", [{"id": nett}])
    result = undo(desk)
    assert [(line.kind, line.what) for line in result.lines] == [
        ("membership", "unlink"),
        ("operator_group", "archive"),
        ("person", "keep"),  # its operator was there before us
    ]
    assert desk.target.members(nett) == frozenset()


def test_a_group_that_people_joined_stays(desk: Desk) -> None:
    load(desk, person("kari"), group("Nett"))
    branch = next(desk.target.index("branch")).id
    operator = ask(
        desk,
        "POST",
        "operators",
        {
            "surName": "Kari",
            "branch": {"id": branch},
            "linkedPerson": {"id": id_of(desk, "kari", "person")},
            "loginName": "kari",
        },
    )["id"]
    nett = id_of(desk, "Nett", "operator_group")
    ask(desk, "POST", f"operators/id/{operator}/operatorgroups", [{"id": nett}])
    result = told(undo(desk))
    assert result["Nett"] == result["kari"] == ("keep", "undo-still-used")


def test_a_person_whom_somebody_changed_stays(desk: Desk) -> None:
    load(desk, person("kari"), person("ola"))
    ask(desk, "PATCH", f"persons/{id_of(desk, 'kari', 'person')}", {"jobTitle": "Rektor"}, **PERSON)
    assert told(undo(desk)) == {"kari": ("keep", "edited-since"), "ola": ("archive", "")}


def test_loading_again_makes_tickets_anew_and_brings_cards_back(desk: Desk) -> None:
    chains = [person("kari"), group("Nett"), *CHAINS[:2]]
    load(desk, *chains)
    before = {chain.identity: id_of(desk, chain.identity, chain.kind) for chain in chains}
    undo(desk)
    load(desk, *chains)
    after = {chain.identity: id_of(desk, chain.identity, chain.kind) for chain in chains}
    assert [before[i] == after[i] for i in ("kari", "Nett", "IM1", "IM2")] == [
        True,
        True,
        False,
        False,
    ]
    assert desk.doubles() == {}
    assert len(desk.trail(after["IM1"])) == 1
    assert desk.verify().differences == []
    live = [e.state for e in desk.journal.entries("incident", ["IM1"])["IM1"] if e.key.revision]
    assert set(live) == {State.VERIFIED}
    result = undo(desk)
    assert {line.what for line in result.lines} == {"archive"}
    assert len(result.lines) == len(chains)


def test_a_ticket_that_a_person_brought_back_is_found_and_not_made_again(desk: Desk) -> None:
    load(desk, *CHAINS[:2])
    id = id_of(desk, "IM1")
    undo(desk)
    ask(desk, "PUT", f"incidents/id/{id}/unarchive")
    for _ in range(2):
        load(desk, *CHAINS[:2])
        assert id_of(desk, "IM1") == id
        assert desk.doubles() == {}
    assert told(undo(desk)) == {"IM2": ("archive", "")}


def test_only_what_one_run_made_is_taken_back(desk: Desk) -> None:
    load(desk, CHAINS[0])
    load(desk, *CHAINS[:2])
    run = 2
    assert told(undo(desk, Scope(run=run))) == {"IM2": ("archive", "")}
    assert desk.states("IM1")["create"] is State.DONE


def test_only_the_tickets_of_a_sprint_are_taken_back(desk: Desk) -> None:
    load(desk, CHAINS[0])
    assert told(undo(desk, Scope(sprint="another"))) == {}
    assert told(undo(desk, Scope(sprint="pilot"))) == {"IM1": ("archive", "")}


# Trouble.


def test_work_in_a_kind_that_cannot_be_taken_back_is_told(desk: Desk) -> None:
    from migrate.state.journal import Record

    desk.journal.begin(Record("service", "Print", "it", "pilot", "s", "", "x"), [])
    key = OpKey("hpsm", "service", "Print", "create", 0)
    desk.journal.intend(key, 0, "", "[]", False, "", 1, time.time())
    desk.journal.note(key, State.DONE, time.time())
    desk.journal.commit()
    assert told(undo(desk)) == {"Print": ("keep", "undo-impossible")}
    assert desk.states("Print", "service") == {"create": State.DONE}


def test_a_major_call_goes_with_its_calls_and_stays_where_people_put_others_under_it(
    desk: Desk,
) -> None:
    calls = [under("SD1"), under("SD2")]
    load(desk, major(), *calls)
    assert told(seen(desk)) == dict.fromkeys(("SD1", "SD2", "IM1"), ("archive", ""))
    other = {"briefDescription": "Jeg også", "majorCallObject": {"id": id_of(desk, "IM1")}}
    ask(desk, "POST", "incidents", other)
    assert told(undo(desk)) == {
        "SD1": ("archive", ""),
        "SD2": ("archive", ""),
        "IM1": ("keep", "undo-still-used"),
    }


def test_a_partial_incident_that_a_person_made_keeps_its_main_incident(desk: Desk) -> None:
    chain = replace(CHAINS[0], steps=CHAINS[0].steps[:-1])
    load(desk, chain)
    partial = {"status": "partial", "mainIncident": {"id": id_of(desk, "IM1")}}
    ask(desk, "POST", "incidents", {**partial, "briefDescription": "Del"})
    assert told(undo(desk)) == {"IM1": ("keep", "undo-still-used")}


def test_what_its_load_archived_needs_no_request_and_is_made_anew(desk: Desk) -> None:
    load(desk, long_ago())
    result = undo(desk)
    assert told(result) == {"IM1": ("gone", "gone")}
    assert result.requests == 0
    load(desk, long_ago())
    assert desk.count("incident") == 2
    assert desk.doubles() == {}


def test_time_that_a_person_registered_keeps_a_ticket(desk: Desk) -> None:
    chain = replace(long_ago(), steps=long_ago().steps[:-1])
    load(desk, chain, incident("IM2", parts=1))
    time_spent = {"timeSpent": 30, "notes": "Ringt innmelder"}
    ask(desk, "POST", f"incidents/id/{id_of(desk, 'IM1')}/timespent", time_spent)
    assert told(undo(desk)) == {"IM1": ("keep", "edited-since"), "IM2": ("archive", "")}


def test_a_department_which_no_list_shows_while_it_is_archived_is_brought_back(desk: Desk) -> None:
    load(desk, DEPARTMENT)
    [made] = desk.target.index("department")
    undo(desk)
    assert list(desk.target.index("department")) == []
    load(desk, DEPARTMENT)
    assert desk.states("IT drift", "department")["restore"] is State.DONE
    assert [found.id for found in desk.target.index("department")] == [made.id]
    undo(desk)
    load(desk, DEPARTMENT)
    assert [found.id for found in desk.target.index("department")] == [made.id]


def test_a_department_that_a_person_archived_stays_archived(desk: Desk) -> None:
    load(desk, DEPARTMENT)
    id = id_of(desk, "IT drift", "department")
    ask(desk, "PATCH", f"departments/id/{id}/archive", {})
    assert told(undo(desk)) == {"IT drift": ("keep", "archived-in-target")}
    load(desk, DEPARTMENT)
    assert list(desk.target.index("department")) == []
    assert desk.count("department") == 1


def test_what_is_loaded_again_and_stopped_goes_on_under_a_new_plan(desk: Desk) -> None:
    chain = incident("IM1", parts=2)
    load(desk, chain)
    undo(desk)
    desk.plan(chain)
    desk.server.misbehave(Fault("401", method="PATCH", count=1, after=1))
    with pytest.raises(ConfigurationError):
        desk.load("incident")
    desk.server.misbehave()
    load(desk, chain)
    record = desk.journal.records("incident", ["IM1"])["IM1"]
    assert record.whole
    assert len(desk.trail(record.target_id)) == 2
    assert desk.bucket("IM1") is State.DONE
