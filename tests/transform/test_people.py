from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_world import CONTACTS, OPERATORS, everybody, mappings, operator, unit

from migrate.records import Chain, Member, Ref, Row
from migrate.transform.foundation import branch_chains, department_chains
from migrate.transform.mapping import Rights
from migrate.transform.operators import Operators, operator_chains
from migrate.transform.people import build_people
from migrate.transform.person_chains import person_chains


def contact(key: str = "HOLM, KARI", **fields: Any) -> Row:
    return {"contact_name": key, **fields}


def login(name: str, **fields: Any) -> Row:
    return {"name": name, **fields}


def test_a_ticket_may_name_a_person_by_mail_or_with_other_blanks() -> None:
    people = build_people(
        [
            contact(email="kari@example.no"),
            contact("BERG, PER", email="post@example.no"),
            contact("LIE, ANNE", email="Post@example.no"),
        ],
        [],
    )
    for text in ("KARI@example.no ", "HOLM,  Kari", "holm, kari"):
        person = people.named(text)
        assert person is not None
        assert person.email == "kari@example.no"
    assert people.named("post@example.no") is None


def test_a_key_that_several_people_have_names_none_of_them() -> None:
    anne, kari = contact("LIE, ANNE", user_id="anne1"), contact(user_id="karih")
    people = build_people([anne, kari], [], {"LIE, ANNE"})
    assert people.named("LIE, ANNE") is None
    assert people.named("lie, anne ") is None
    assert people.named("anne1") is not None
    assert people.named("HOLM, KARI") is not None


@pytest.mark.parametrize(
    ("who", "account", "rule"),
    [
        (contact(user_id="KariH"), login("karih "), "user_id"),
        (contact(operator_id="karih"), login("karih"), "user_id"),
        (contact(email="Kari@example.no"), login("kh", email="kari@example.no"), "email"),
        (contact(), login("kh", contact_name="Holm, Kari"), "contact_name"),
        (contact(full_name="Kari Holm"), login("kh", full_name="KARI HOLM"), "name"),
    ],
)
def test_contact_and_operator_are_one_person_by_the_first_rule_that_fits(
    who: Row, account: Row, rule: str
) -> None:
    people = build_people([who], [account])

    (person,) = people.persons.values()
    assert person.rule == rule
    assert person.members == (
        Member("contacts", "HOLM, KARI"),
        Member("operators", account["name"]),
    )
    assert people.by_contact("holm, kari ") is people.by_login(account["name"].upper()) is person


def test_a_stronger_rule_goes_before_a_weaker_one() -> None:
    people = build_people(
        [contact("HOLM, KARI", user_id="karih"), contact("HOLM, K", email="k@example.no")],
        [login("karih", email="k@example.no")],
    )

    person = people.by_login("karih")
    assert person is not None
    assert person.rule == "user_id"
    assert person is people.by_contact("HOLM, KARI")


@pytest.mark.parametrize(
    ("contacts", "operators"),
    [
        (
            [contact("A, B", email="x@example.no"), contact("C, D", email="x@example.no")],
            [login("op", email="x@example.no")],
        ),
        (
            [contact("A, B", email="x@example.no")],
            [login("op", email="x@example.no"), login("po", email="x@example.no")],
        ),
    ],
)
def test_many_candidates_are_a_finding_and_never_a_guess(
    contacts: list[Row], operators: list[Row]
) -> None:
    people = build_people(contacts, operators)

    assert len(people.persons) == len(contacts) + len(operators)
    assert {f.code for f in people.findings} == {"person-ambiguous"}
    assert {f.key for f in people.findings} == {row["name"] for row in operators}


def test_of_several_candidates_the_one_is_taken_that_the_operator_names_itself() -> None:
    twice = {"user_id": "magnma", "email": "magnma@example.no", "last_name": "Martinsen"}
    people = build_people(
        [
            contact("MARTINSEN, MAGNUS B", first_name="Magnus", **twice),
            contact("MARTINSEN, MAGNUS M", first_name="Magnus", employee_id="17", **twice),
        ],
        [login("magnma", email="magnma@example.no", contact_name="Martinsen, Magnus M")],
    )

    assert people.findings == ()
    assert people.by_login("magnma") is people.by_contact("MARTINSEN, MAGNUS M")


def test_one_who_stands_there_twice_with_an_initial_more_is_looked_for_by_what_both_have() -> None:
    people = build_people(
        [
            contact("HOLM, KARI", user_id="karih", full_name="Kari Holm"),
            contact("HOLM, KARI B.", user_id="karih", full_name="Kari B. Holm"),
        ],
        [],
    )

    assert [person.shared for person in people.persons.values()] == [frozenset(), frozenset()]


def test_a_user_id_that_two_people_claim_finds_nobody() -> None:
    people = build_people([contact("A, B", user_id="x"), contact("C, D", user_id="x")], [])

    assert people.by_user("x") is None
    assert list(people.persons) == ["a, b", "c, d"]


def test_keys_that_differ_in_case_alone_are_two_people_and_other_spellings_nobodys() -> None:
    people = build_people(
        [contact("HOLM, KARI", user_id="kari"), contact("Holm, Kari", user_id="kari2")],
        [login("ola", email="a@example.no"), login("OLA", email="b@example.no"), login("Per")],
    )
    upper, lower = people.by_contact("HOLM, KARI "), people.by_contact("Holm, Kari")
    assert (upper and upper.login, lower and lower.login) == ("kari", "kari2")
    assert people.by_contact("holm, kari") is None
    first, second = people.by_login("ola"), people.by_login("OLA")
    assert (first and first.email, second and second.email) == ("a@example.no", "b@example.no")
    assert people.by_login("Ola") is None
    assert people.by_login("PER") is not None


def test_names_come_from_the_key_when_the_fields_are_empty() -> None:
    person = build_people([contact("ÅS-HOLM, KARI ANNE")], []).by_contact("ås-holm, kari anne")

    assert person is not None
    assert (person.first_name, person.last_name) == ("Kari Anne", "Ås-Holm")


def test_what_cannot_be_a_mail_address_is_left_out_with_a_finding() -> None:
    people = build_people([contact(user_id="kh", email="kari at example")], [])

    assert people.persons["kh"].email == ""
    assert [(f.code, f.key) for f in people.findings] == [("email-invalid", "HOLM, KARI")]


def test_someone_inactive_on_either_side_has_left() -> None:
    assert everybody().persons["oddb"].left
    assert everybody().persons["annes"].left
    assert not everybody().persons["karih"].left


_keys = st.sampled_from(["a", "b", "c", "d"])
_contacts = st.lists(
    st.fixed_dictionaries(
        {"contact_name": st.sampled_from(["A, A", "B, B", "C, C", "D, D", "a"])},
        optional={"user_id": _keys, "email": _keys.map(lambda k: f"{k}@x.no"), "full_name": _keys},
    ),
    unique_by=lambda row: row["contact_name"],
)
_operators = st.lists(
    st.fixed_dictionaries(
        {"name": _keys},
        optional={"email": _keys.map(lambda k: f"{k}@x.no"), "full_name": _keys},
    ),
    unique_by=lambda row: row["name"],
)


@given(_contacts, _operators, st.randoms())
def test_every_row_is_in_exactly_one_person_whatever_the_order(
    contacts: list[Row], operators: list[Row], random: Any
) -> None:
    people = build_people(contacts, operators)
    members = [member for person in people.persons.values() for member in person.members]

    assert sorted(members) == sorted(
        [Member("contacts", row["contact_name"]) for row in contacts]
        + [Member("operators", row["name"]) for row in operators]
    )
    random.shuffle(contacts)
    random.shuffle(operators)
    assert build_people(contacts, operators) == people


def person(identity: str, policy: dict[str, Any] | None = None, *rows: Row) -> Chain:
    people = build_people(rows or CONTACTS, OPERATORS)
    (chain,) = person_chains(people, [identity], mappings({"people": policy or {}}), "Trondheim")
    return chain


def test_a_person_is_looked_for_by_the_keys_of_the_policy_in_their_order() -> None:
    rows = [contact(user_id="kh", employee_id="1007", email="k@example.no", dept_name="IT")]

    chain = person("kh", None, *rows)
    assert chain.find == (
        ("employeeNumber", "1007"),
        ("networkLoginName", "kh"),
        ("email", "k@example.no"),
    )
    assert not chain.create
    assert person("kh", {"keys": ["email"], "create_persons": True}, *rows).create
    assert chain.steps[0].body == {
        "surName": "Holm",
        "firstName": "Kari",
        "email": "k@example.no",
        "employeeNumber": "1007",
        "networkLoginName": "kh",
        "isCaller": True,
        "branch": {"id": Ref("branch", "Trondheim")},
        "department": {"id": Ref("department", "IT")},
    }


def test_nobody_is_looked_for_by_a_key_that_somebody_of_another_name_has_too() -> None:
    office = {"email": "Felles@example.no"}
    people = build_people(
        [
            contact("LIE, ODA", user_id="oda", email="felles@example.no"),
            contact("MOE, KARI", **office),
            contact("VIK, PER", user_id="per", email="per@example.no"),
            contact("VIK, PER 2", user_id="per2", last_name="Vik", first_name="Per")
            | {"email": "PER@example.no"},
        ],
        [],
    )
    chains = {c.members[0].key: c for c in person_chains(people, people.persons, mappings())}
    assert chains["LIE, ODA"].find == (("networkLoginName", "oda"),)
    assert [f.code for f in chains["LIE, ODA"].findings] == ["person-key-shared"]
    verdict = chains["MOE, KARI"].verdict
    assert verdict
    assert verdict.code == "person-without-key"
    assert ("email", "per@example.no") in chains["VIK, PER"].find  # one who stands there twice
    assert not chains["VIK, PER 2"].findings


def test_who_left_is_not_created_and_who_has_no_key_cannot_be() -> None:
    left, keyless = person("oddb"), person("gjest, nn")

    assert left.verdict is not None
    assert keyless.verdict is not None
    assert (left.verdict.state, left.verdict.code) == ("skipped", "person-left")
    assert (keyless.verdict.state, keyless.verdict.code) == ("rejected", "person-without-key")


def test_what_is_too_long_for_a_person_is_a_finding() -> None:
    chain = person("kh", None, contact("X" * 60 + ", Y", user_id="kh", employee_id="9" * 21))

    assert [(f.code, f.detail) for f in chain.findings] == [
        ("name-shortened", "surName"),
        ("field-too-long", "employeeNumber"),
    ]
    assert len(chain.steps[0].body["surName"]) == 50
    assert "employeeNumber" not in chain.steps[0].body


def operators(*entries: Any, logins: tuple[str, ...] = ("karih",)) -> list[Chain]:
    it = unit("it", operators=entries)
    given = mappings({"people": {"create_operators": True}}, units={"it": it})
    return list(operator_chains(it, given, logins, Operators.of(given, everybody())))


def test_an_operator_is_linked_to_their_person() -> None:
    (chain,) = operators(operator("KariH", "create", target="Kari.Holm"))

    assert chain.identity == "kari.holm"
    assert chain.find == (("loginName", "Kari.Holm"),)
    assert chain.create
    assert chain.uses == ("units/it/operators.yaml#KariH",)
    assert chain.steps[0].body == {
        "surName": "Holm",
        "firstName": "Kari",
        "email": "kari.holm@example.no",
        "loginName": "Kari.Holm",
        "branch": {"id": Ref("branch", "Trondheim")},
        "linkedPerson": {"id": Ref("person", "karih")},
        "firstLineCallOperator": True,
        "secondLineCallOperator": True,
    }


def test_an_operator_gets_what_their_unit_may_do_and_see() -> None:
    it = unit("it", operators=(operator("karih", "create"),))
    rights = {
        "permission_groups": ["Saksbehandler"],
        "filters": {"branch": ["Bare IT", "Bare IT"], "operator": ["Egne saker"]},
    }
    it = replace(it, file=it.file.model_copy(update={"rights": Rights.model_validate(rights)}))
    given = mappings({"people": {"create_operators": True}}, units={"it": it})
    (chain,) = operator_chains(it, given, ["karih"], Operators.of(given, everybody()))
    assert [(step.name, step.marker) for step in chain.steps] == [
        ("create", ""),
        ("right/permission_group/1", "Saksbehandler"),
        ("right/branch_filter/1", "Bare IT"),
        ("right/operator_filter/1", "Egne saker"),
    ]


def test_logins_that_become_one_operator_are_members_of_one_chain() -> None:
    (chain,) = operators(
        operator("karih", target="kari"), operator("perd", target="kari"), logins=("karih", "perd")
    )

    assert chain.members == (Member("operators", "karih"), Member("operators", "perd"))


@pytest.mark.parametrize(
    ("login_name", "entries", "expected"),
    [
        ("karih", (), "rejected operator-undecided"),
        ("karih", (operator("karih", "leave"),), "skipped operator-left-behind"),
        ("annes", (operator("annes"),), "skipped person-left"),
        ("ukjent", (operator("ukjent"),), "skipped person-left"),
    ],
)
def test_an_operator_who_is_not_moved_has_a_reason(
    login_name: str, entries: tuple[Any, ...], expected: str
) -> None:
    (chain,) = operators(*entries, logins=(login_name,))

    assert chain.verdict is not None
    assert f"{chain.verdict.state} {chain.verdict.code}" == expected
    assert not chain.steps


def test_a_unit_that_takes_an_operator_goes_before_one_that_leaves_them() -> None:
    units = {
        "hr": unit("hr", operators=(operator("karih", "leave"),)),
        "it": unit("it", operators=(operator("karih", target="kari"),)),
        "ub": unit("ub", operators=(operator("karih", target="Kari"),)),
    }
    decided = Operators.of(mappings(units=units), everybody()).get("karih")

    assert decided.verdict is None
    assert decided.identity == "kari"


def test_units_that_name_different_logins_must_agree_first() -> None:
    units = {
        "it": unit("it", operators=(operator("karih", target="kari"),)),
        "ub": unit("ub", operators=(operator("karih", target="holm"),)),
    }
    decided = Operators.of(mappings(units=units), everybody()).get("karih")

    assert decided.verdict is not None
    assert decided.verdict.code == "operator-decided-twice"


def test_branches_and_departments_are_named_once() -> None:
    given = mappings({"people": {"branch": "Gjøvik", "create_branches": True}})
    branches = list(branch_chains(given.units["it"], given))
    people = build_people(
        [
            contact("A, B", user_id="ab", dept_name="Arkiv"),
            contact("C, D", user_id="cd", dept="Arkiv"),
            contact("E, F", user_id="ef", dept="Borte", inactive=True),
        ],
        [],
    )
    rows = [{"dept_id": "D1", "name": "Arkiv"}, {"dept_id": "D2", "name": "Annet"}]
    departments = list(department_chains(people, people.persons, given, rows))

    assert [(c.identity, c.create) for c in branches] == [("Gjøvik", True), ("Trondheim", True)]
    assert [(c.identity, c.members) for c in departments] == [
        ("Arkiv", (Member("departments", "D1"),))
    ]
