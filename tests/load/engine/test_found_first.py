"""People, groups and branches are found first: also what came between the plan and the load."""

from __future__ import annotations

from dataclasses import replace

from loading import Desk, group, person

from migrate.records import Chain, Member, State


def again(login: str, identity: str) -> Chain:
    """The same person under another source record."""
    return replace(person(login), identity=identity, members=(Member("operators", identity),))


def logins(desk: Desk) -> list[str]:
    found = [f.fields.get("networkLoginName") for f in desk.target.index("person")]
    return sorted(login for login in found if login)


def test_what_the_directory_made_since_the_plan_is_found_and_not_made_again(desk: Desk) -> None:
    desk.plan(person("kari"), person("ola"), group("Nett"), group("Drift"))
    before = logins(desk)
    for chain in (person("kari"), group("Nett")):
        desk.send(chain, "create")
    desk.load("person", "operator_group")
    assert logins(desk) == sorted([*before, "kari", "ola"])
    assert desk.count("operator_group") == 2
    assert desk.states("kari", "person") == {"create": State.SKIPPED}
    assert all(f.fields["firstLineCallOperator"] for f in desk.target.index("operator_group"))


def test_units_that_were_planned_before_either_was_loaded_share_their_people(desk: Desk) -> None:
    desk.plan(person("kari"), unit="it")
    desk.plan(again("kari", "operators:kari"), unit="ub")
    before = logins(desk)
    desk.load("person", unit="it")
    desk.load("person", unit="ub")
    assert logins(desk) == sorted([*before, "kari"])
    ids = {id for _, _, id in desk.journal.targets(["person"])}
    assert len(ids) == 1


def test_two_source_records_of_one_person_become_one_person(desk: Desk) -> None:
    before = logins(desk)
    chains = [person("kari"), again("KARI", "operators:kari"), person("ola")]
    desk.plan(*chains)
    desk.load("person")
    assert logins(desk) == sorted([*before, "kari", "ola"])
    ids = {identity: id for _, identity, id in desk.journal.targets(["person"])}
    assert ids["kari"] == ids["operators:kari"] != ids["ola"]
    desk.plan(*chains)
    assert desk.load("person").requests == 0
    assert desk.verify().differences == []


def test_the_second_record_of_a_person_who_was_refused_waits_for_the_first(desk: Desk) -> None:
    body = {**person("kari").steps[0].body, "firstName": "x" * 500}
    bad = replace(person("kari"), steps=(replace(person("kari").steps[0], body=body),))
    before = logins(desk)
    desk.plan(bad, again("kari", "operators:kari"))
    desk.load("person")
    assert logins(desk) == before
    desk.plan(person("kari"), again("kari", "operators:kari"))
    desk.journal.reopen("it", (State.FAILED,), None, 0.0)
    desk.plan(person("kari"), again("kari", "operators:kari"))
    desk.load("person")
    assert logins(desk) == sorted([*before, "kari"])
    assert len(set(desk.journal.targets(["person"]))) == 2


def test_what_fits_two_by_the_time_it_is_loaded_is_a_conflict(desk: Desk) -> None:
    desk.plan(person("kari"))
    for _ in range(2):
        desk.send(person("kari"), "create")
    assert desk.load("person").requests == 0
    assert desk.bucket("kari") is State.CONFLICT


def test_who_shares_a_mailbox_but_not_an_employee_number_is_somebody_else(desk: Desk) -> None:
    def of(number: str) -> Chain:
        chain = person(f"ansatt{number}")
        body = {**chain.steps[0].body, "email": "resepsjon@example.no", "employeeNumber": number}
        find = (("employeeNumber", number), ("email", "resepsjon@example.no"))
        return replace(chain, find=find, steps=(replace(chain.steps[0], body=body),))

    desk.send(of("1001"), "create")
    desk.plan(of("1002"))
    desk.load("person")
    assert desk.states("ansatt1002", "person")["create"] is State.DONE
    desk.plan(replace(of("1001"), identity="ansatt1001 igjen"))
    assert desk.load("person").requests == 0
