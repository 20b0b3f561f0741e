"""Names and people that are one, and those that only look so."""

from __future__ import annotations

import time

import pytest

from migrate.report.assess.alike import Somebody, alike_names, one_person, perhaps_one
from migrate.simulate.world import GROUPS
from migrate.transform.names import folded, spelled_out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UB-UTLÅN-GLØS", "ub utlån gløs"),
        ("UB-UTLÅN-GLØSHAUGEN", "UB-UTLÅN-GLØS"),
        ("IT-BRUKERSTØTTE", "IT-BRUKERSTØTE"),
        ("STUDIE ADM", "ADMINISTRASJON STUDIE"),
        ("IT-NETT", "ITNETT"),
    ],
)
def test_names_that_people_take_for_one_are_alike(one: str, other: str) -> None:
    assert list(alike_names([one, "ØKONOMI", other], spelled_out)) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IE-IDI-ADMINISTRASJON", "IE-IIK-ADMINISTRASJON"),
        ("SA-STUDENTTORG GLØSHAUGEN", "SA-STUDENTTORG DRAGVOLL"),
        ("TS-REGISTRERING AV EKSTERNE I LØNN", "TS-REGISTRERING AV EKSTERNE I HR"),
        ("SERVICE 2018", "SERVICE 2019"),
        ("LAB", "LAB OG VERKSTED"),
    ],
)
def test_names_that_differ_in_a_code_a_number_or_a_word_are_not(one: str, other: str) -> None:
    assert list(alike_names([one, other], spelled_out)) == []


def test_no_two_groups_of_a_university_are_alike() -> None:
    assert list(alike_names(list(GROUPS), spelled_out)) == []


def somebody(
    name: str,
    login: str = "",
    email: str = "",
    phone: str = "",
    place: str = "IT",
    number: str = "",
) -> Somebody:
    own = {"login": login, "employee": number}
    shared = {"email": email, "phone": phone}
    return Somebody(
        name,
        folded(name),
        {field: value for field, value in own.items() if value},
        {field: value for field, value in shared.items() if value},
        place,
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (somebody("Kari Nes", login="kari"), somebody("Kari Berg", login="kari"), True),
        (somebody("Kari Nes", email="k@x.no"), somebody("Nes, Kari", email="k@x.no"), True),
        (somebody("Kari Nes", phone="735"), somebody("Kari Ness", phone="735"), True),
        (somebody("Kari Nes", email="post@x.no"), somebody("Ola Berg", email="post@x.no"), False),
        (somebody("Kari Nes"), somebody("Kari Nes"), False),
        (
            somebody("Per Nes", phone="735", number="1"),
            somebody("Per Nes", phone="735", number="2"),
            False,
        ),
    ],
)
def test_one_person_has_one_login_or_one_name_at_one_number(
    one: Somebody, other: Somebody, same: bool
) -> None:
    assert one_person([one, other]) == ([[0, 1]] if same else [])


def test_a_mailbox_that_many_share_makes_nobody_one() -> None:
    people = [somebody("Kari Nes", email="post@x.no") for _ in range(20)]
    assert one_person(people) == []


@pytest.mark.parametrize(
    ("one", "other", "perhaps"),
    [
        (somebody("Kari Nes"), somebody("Kari Ness", login="kari"), True),
        (somebody("Kari Nes"), somebody("Kari Nes"), True),
        (somebody("Kari Nes", login="kari"), somebody("Kari Nes", login="karine"), False),
        (somebody("Kari Nes"), somebody("Kari Nes", place="HR"), False),
        (somebody("Kari Nes", email="a@x.no"), somebody("Kari Nes", email="b@x.no"), False),
        (somebody("Kari Nes"), somebody("Ola Berg"), False),
    ],
)
def test_people_of_one_name_and_place_are_perhaps_one_unless_something_tells_them_apart(
    one: Somebody, other: Somebody, perhaps: bool
) -> None:
    assert list(perhaps_one([one, other])) == ([(0, 1)] if perhaps else [])


def test_twenty_thousand_people_take_seconds() -> None:
    names = [f"{first} {last}sen" for first in GROUPS for last in list(GROUPS)[:62]]
    people = [
        somebody(name, login=f"u{n}" if n % 50 else "", place=f"{n % 40}")
        for n, name in enumerate(names)
    ]
    assert len(people) > 20_000
    started = time.perf_counter()
    one_person(people)
    list(perhaps_one(people))
    assert time.perf_counter() - started < 20
