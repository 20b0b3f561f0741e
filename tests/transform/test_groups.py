from __future__ import annotations

from typing import Any

from ticket_world import IT, MEMBERS, everybody, group, mappings, operator, unit

from migrate.records import Chain, Member, Ref
from migrate.transform.groups import Staff, group_chains
from migrate.transform.operators import Operators


def chains(it: Any = IT, rows: Any = MEMBERS) -> dict[str, Chain]:
    given = mappings(units={"it": it})
    operators = Operators.of(given, everybody())
    made = list(group_chains(it, given, rows, operators))
    assert len({(chain.kind, chain.identity) for chain in made}) == len(made)
    return {chain.identity: chain for chain in made}


def reasons(made: dict[str, Chain]) -> dict[str, str]:
    return {key: chain.verdict.code for key, chain in made.items() if chain.verdict}


def test_a_group_is_made_in_two_steps_since_its_tasks_come_after() -> None:
    made = chains(unit("it", (group("IT-X", target="IT X", line="first"),)))["IT X"]

    named = {"groupName": "IT X", "branch": {"id": Ref("branch", "Trondheim")}}
    assert [(step.name, dict(step.body)) for step in made.steps] == [
        ("create", named),
        ("tasks", {**named, "firstLineCallOperator": True, "secondLineCallOperator": False}),
    ]
    assert made.find == (("groupName", "IT X"),)
    assert made.uses == ("units/it/groups.yaml#IT-X",)


def test_groups_that_are_merged_are_members_of_one_chain_with_all_their_lines() -> None:
    it = unit(
        "it",
        (
            group("IT-B", "merge", target="IT", line="first"),
            group("IT-A", "merge", target="IT", line="second"),
        ),
        (operator("karih"),),
    )
    made = chains(it, [{"group": g, "operator": "karih"} for g in ("IT-B", "IT-A")])

    assert made["IT"].members == (Member("groups", "IT-A"), Member("groups", "IT-B"))
    assert made["IT"].steps[1].body["firstLineCallOperator"] is True
    assert made["IT"].steps[1].body["secondLineCallOperator"] is True
    assert made["IT|karih"].members == (
        Member("members", "IT-A|karih"),
        Member("members", "IT-B|karih"),
    )


def test_groups_that_are_not_moved_have_a_reason() -> None:
    assert {key: code for key, code in reasons(chains()).items() if key.startswith("groups:")} == {
        "groups:IT-BORTE": "group-left-behind",
        "groups:IT-GAMMEL": "group-retired",
        "groups:IT-UBESTEMT": "group-undecided",
    }


def test_a_name_that_does_not_fit_topdesk_is_rejected() -> None:
    assert reasons(chains(unit("it", (group("IT-X", target="x" * 31),)))) == {
        "groups:IT-X": "name-too-long"
    }


def test_members_are_those_whom_their_unit_takes_along() -> None:
    made = chains()

    assert made["IT Hjelp|kari.holm"].steps[0].body == {
        "group": Ref("operator_group", "IT Hjelp"),
        "operator": Ref("operator", "kari.holm"),
    }
    assert {k: c for k, c in reasons(made).items() if k.startswith("members:")} == {
        "members:IT-DRIFT|perd": "operator-left-behind",
        "members:IT-GAMMEL|karih": "group-retired",
        "members:IT-HJELP|annes": "person-left",
    }


def test_staff_are_the_memberships_that_are_moved() -> None:
    staff = Staff.of(mappings(), MEMBERS, everybody())

    assert staff.members == {("IT Hjelp", "kari.holm"), ("IT Drift", "kari.holm")}
