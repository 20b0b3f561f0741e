from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from migrate.simulate.hpsm import make_database
from migrate.simulate.world import (
    CATEGORIES,
    GROUPS,
    PILOT_UNITS,
    SCALES,
    SERVICES,
    UNITS,
    Dirt,
    World,
    directory,
)
from migrate.simulate.world.dirt import Tally
from migrate.simulate.world.matter import Incident, Matter
from migrate.simulate.world.organisation import Shape
from migrate.simulate.world.people import SHARED
from migrate.simulate.world.scale import PRESENT
from migrate.simulate.world.spoil import JUNK_TIME, national_id
from migrate.simulate.world.tickets import DORMANT_SINCE


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=7, scale="test")


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="module")
def matters(world: World, tally: Tally) -> list[Matter]:
    return list(world.matters(tally))


def test_there_are_forty_units_and_326_groups() -> None:
    assert len(UNITS) == 40
    assert len(GROUPS) == 326
    assert {group.unit for group in GROUPS.values()} == set(UNITS)


def test_the_pilot_units_have_a_handful_of_groups_each_and_a_security_group() -> None:
    for unit in PILOT_UNITS:
        assert 6 <= sum(group.unit == unit for group in GROUPS.values()) <= 10
    security = GROUPS["VS-SIKKERHET"]
    assert security.unit == "vakt-service"
    assert security.restricted


def test_units_share_all_tickets_between_them() -> None:
    assert sum(unit.share for unit in UNITS.values()) == pytest.approx(1)


def test_every_service_has_a_category_and_a_group_that_exist() -> None:
    for service in SERVICES.values():
        assert service.subcategory in CATEGORIES[service.category]
        assert service.group in GROUPS


def test_group_shapes_show_in_the_memberships(world: World) -> None:
    for name, members in world.members.items():
        if GROUPS[name].shape is Shape.EMPTY:
            assert members == ()
        elif GROUPS[name].shape is Shape.ONE_PERSON:
            assert len(members) == 1
        else:
            assert len(members) >= 3


def test_some_group_names_are_one_name_when_cut_to_30_characters(world: World) -> None:
    agreeing = world.tally.examples[Dirt.GROUP_NAMES_AGREE]
    assert len({name[:30] for name in agreeing}) == len(agreeing) // 2
    assert any(GROUPS[name].unit in PILOT_UNITS for name in agreeing)


def test_contact_keys_are_upper_case_and_unique(world: World) -> None:
    keys = [person.contact for person in world.people.all]
    keys += [person.second_contact for person in world.people.all if person.second_contact]
    assert len(set(keys)) == len(keys)
    assert all(key == key.upper() and ", " in key for key in keys)


def test_logins_are_unique_and_plain(world: World) -> None:
    logins = [person.login for person in world.people.all]
    assert len(set(logins)) == len(logins)
    assert all(login.isascii() and login.isalnum() and login.islower() for login in logins)


def test_somebody_works_in_three_units(world: World) -> None:
    for unit, groups in SHARED.items():
        person = world.people.pools[unit][0]
        assert all(person.login in world.members[group] for group in groups)
        assert len({GROUPS[group].unit for group in groups}) == 3


def test_operators_are_the_same_at_every_scale(world: World) -> None:
    assert World(seed=7, scale="small").people.operators == world.people.operators


def test_the_directory_knows_nobody_who_left(world: World) -> None:
    left = {person.login for person in world.people.all if person.left}
    there = {person["networkLoginName"] for person in directory(world).persons}
    assert left
    assert not left & there


def test_the_directory_fits_topdesks_fields(world: World) -> None:
    found = directory(world)
    assert len(found.branches) == 40
    assert all(len(name) <= 60 for name in found.branches)
    assert len(set(found.departments)) == len(found.departments)
    for person in found.persons:
        assert len(person["firstName"]) <= 30
        assert len(person["networkLoginName"]) <= 20
        assert person["branch"] in found.branches
        assert person["department"] in found.departments
    logins = {person["networkLoginName"] for person in found.persons}
    assert {operator["loginName"] for operator in found.operators} <= logins


def test_some_people_stand_in_the_directory_twice_with_one_address(world: World) -> None:
    addresses = Counter(person["email"] for person in directory(world).persons)
    assert sum(count > 1 for count in addresses.values()) == 3


def test_a_world_has_as_many_tickets_as_its_scale_says(matters: list[Matter]) -> None:
    count = sum(len(matter.tickets) for matter in matters)
    assert SCALES["test"] <= count <= SCALES["test"] + 5


def test_the_same_seed_gives_the_same_world(world: World, matters: list[Matter]) -> None:
    again = World(seed=7, scale="test")
    assert again.people.all == world.people.all
    assert list(again.matters()) == matters
    assert list(World(seed=8, scale="test").matters()) != matters


def test_every_kind_of_dirt_is_counted_by_its_key_at_every_seed(tmp_path: Path) -> None:
    for seed in (2, 3):
        counts = make_database(f"sqlite:///{tmp_path / str(seed)}.db", World(seed, "test"))
        assert [kind for kind in Dirt if not counts.dirt.get(kind)] == []
        assert set(counts.examples) == set(counts.dirt)
        assert all(counts.examples[kind] for kind in counts.dirt)


def test_a_clean_ticket_ends_after_it_began_and_never_tomorrow(
    matters: list[Matter], tally: Tally
) -> None:
    tickets = [ticket for matter in matters for ticket in matter.tickets]
    reversed_ = [t.number for t in tickets if t.closed is not None and t.closed < t.opened]
    assert reversed_ == tally.examples[Dirt.END_BEFORE_START]
    assert all(ticket.opened < PRESENT for ticket in tickets)
    assert all(t.updated < PRESENT or t.updated == JUNK_TIME for t in tickets)


def test_history_is_in_order_of_time(matters: list[Matter]) -> None:
    for matter in matters:
        for ticket in matter.tickets:
            times = [activity.time for activity in ticket.history]
            assert times == sorted(times)
            assert {activity.number for activity in ticket.history} == {ticket.number}


def test_on_hold_has_reason_and_date_unless_counted(matters: list[Matter], tally: Tally) -> None:
    incidents = [i for matter in matters for i in matter.incidents]
    held = [i for i in incidents if i.status.startswith(("Pending", "Suspended"))]
    no_reason = [i.number for i in held if i.pending_code is None]
    no_date = [i.number for i in held if i.pending_until is None]
    assert no_reason == tally.examples[Dirt.ON_HOLD_WITHOUT_REASON]
    assert no_date == tally.examples[Dirt.ON_HOLD_WITHOUT_DATE]
    assert len(held) > len(no_reason) + len(no_date)


def test_open_tickets_of_people_who_left_are_counted(
    world: World, matters: list[Matter], tally: Tally
) -> None:
    left = {person.login for person in world.people.operators if person.left}
    found = [
        incident.number
        for matter in matters
        for incident in matter.incidents
        if isinstance(incident, Incident) and incident.closed is None and incident.assignee in left
    ]
    assert found == tally.examples[Dirt.ASSIGNEE_LEFT]


def test_the_pilot_owns_enough_in_the_small_world() -> None:
    tickets = activities = 0
    dormant = {name for name, group in GROUPS.items() if group.shape is Shape.DORMANT}
    for matter in World(scale="small").matters():
        group = GROUPS.get(matter.main.group or "")
        if group and group.unit in PILOT_UNITS and not group.restricted:
            tickets += 1
            activities += sum(len(ticket.history) for ticket in matter.tickets)
        assert matter.main.opened < DORMANT_SINCE or matter.main.group not in dormant
    assert tickets >= 1_800
    assert activities >= 7_000


def test_a_large_world_is_made_as_it_is_read() -> None:
    first = list(islice(World(scale="year").matters(), 50))
    assert len({matter.main.number for matter in first}) == 50


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="huge"):
        World(scale="huge")


def test_national_identity_numbers_have_valid_check_digits_and_belong_to_nobody_alive() -> None:
    for n in range(500):
        number = national_id(n)
        digits = [int(digit) for digit in number]
        for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)):
            assert sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 == 0
        assert 54 <= int(number[4:6]) <= 99
        assert 500 <= int(number[6:9]) <= 749
