from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mapping_world import FACTS, FILES, TARGET, approved, checked

from migrate.records import State
from migrate.transform.effects import Effect, effects
from migrate.transform.facts import TargetGroup
from migrate.transform.groups import Staff, group_chains
from migrate.transform.mapping import Mappings
from migrate.transform.mapping_files import read_mappings
from migrate.transform.people import build_people
from migrate.transform.routing import route

SPLIT = """\
- source: UB-UTLÅN-GLØS
  decision:
    action: split
    target: UB Utlån
    line: first
    parts:
      - {target: UB Fjernlån, category: [Utlån/Fjernlån], members: [Oda]}
      - {target: UB Dragvoll, location: ["Dragvoll*"], line: second}
      - {target: UB Strøm, service: [Strømming], location: [Gløshaugen]}
  restricted: false
- source: UB-UTLÅN-DRAG
  decision: {action: merge, target: UB Dragvoll}
  restricted: false
- source: UB-LISENSER
  decision: {action: leave, reason: flyttes senere}
  restricted: false
"""
GROUP = "UB-UTLÅN-GLØS"
MEMBERS = [
    {"group": GROUP, "operator": "kari"},
    {"group": GROUP, "operator": "ODA"},
    {"group": "UB-UTLÅN-DRAG", "operator": "kari"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return approved(tmp_path / "mappings", {**FILES, "units/ub/groups.yaml": SPLIT})


@pytest.fixture
def mappings(folder: Path) -> Mappings:
    found, problems = read_mappings(folder)
    assert problems == []
    return found


@pytest.mark.parametrize(
    ("ticket", "target", "line"),
    [
        ({"category": "Utlån", "subcategory": "fjernlån"}, "UB Fjernlån", None),
        ({"category": "Utlån", "location": "DRAGVOLL bygg 2"}, "UB Dragvoll", "second"),
        ({"service": "Strømming", "location": "Gløshaugen"}, "UB Strøm", None),
        ({"service": "Strømming", "location": "Øya"}, "UB Utlån", "first"),
        ({}, "UB Utlån", "first"),
    ],
)
def test_a_ticket_goes_to_the_first_part_that_names_all_of_it_and_else_to_the_rest(
    mappings: Mappings, ticket: dict[str, str], target: str, line: str | None
) -> None:
    way = route(GROUP, True, mappings, [{}, ticket])
    assert (way.target, way.line, way.verdict) == (target, line, None)


def test_a_split_that_is_whole_is_no_problem(folder: Path) -> None:
    assert [p for p in checked(folder) if p.code == "decision-incomplete"] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("target: UB Utlån\n", "target: null\n", "says nothing about the rest"),
        ('location: ["Dragvoll*"], ', "", 'the part "UB Dragvoll" takes no ticket'),
        ("members: [Oda]", "members: [Odd]", '"Odd" is not a member'),
        ("UB Strøm", "UB Strømming av alt mulig rart og mer", "has 37 characters"),
    ],
)
def test_a_split_says_where_every_ticket_and_member_goes(
    folder: Path, old: str, new: str, said: str
) -> None:
    file = folder / "units/ub/groups.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert any(said in problem.message for problem in checked(folder))


def test_members_come_into_every_part_but_those_that_name_others(mappings: Mappings) -> None:
    people = build_people([], [{"name": login} for login in ("kari", "oda")])
    staff = Staff.of(mappings, MEMBERS, people)
    chains = list(group_chains(mappings.units["ub"], mappings, MEMBERS, staff.operators))
    inside = {c.identity for c in chains if c.kind == "membership" and c.verdict is None}
    assert inside == {
        "UB Dragvoll|kari",
        "UB Dragvoll|oda",
        "UB Fjernlån|oda",
        "UB Strøm|kari",
        "UB Strøm|oda",
        "UB Utlån|kari",
    }
    assert {target for target, _ in staff.members} == {name.split("|")[0] for name in inside}


def test_every_record_of_a_split_group_is_in_one_chain(mappings: Mappings) -> None:
    people = build_people([], [{"name": login} for login in ("kari", "oda")])
    operators = Staff.of(mappings, MEMBERS, people).operators
    chains = list(group_chains(mappings.units["ub"], mappings, MEMBERS, operators))
    members = [(m.kind, m.key) for c in chains for m in c.members]
    assert len(members) == len(set(members))
    assert {key for kind, key in members if kind == "groups"} == set(mappings.units["ub"].groups)
    made = {c.identity: c for c in chains if c.kind == "operator_group" and c.verdict is None}
    assert set(made) == {"UB Utlån", "UB Fjernlån", "UB Dragvoll", "UB Strøm"}
    assert made["UB Dragvoll"].steps[1].body["secondLineCallOperator"] is True
    skipped = [c.verdict.state for c in chains if c.verdict]
    assert skipped == [State.SKIPPED]


def test_what_comes_to_each_group_is_counted_part_by_part(mappings: Mappings) -> None:
    kinds = {
        GROUP: {
            ("Utlån", "Fjernlån", "", ""): 300,
            ("Utlån", "", "", "Dragvoll"): 10,
            ("Utlån", "", "", ""): 2000,
        }
    }
    about = {"UB Utlån": TargetGroup("1", "UB", frozenset({"Kari", "Nils"}))}
    target = replace(TARGET, about=about, groups=frozenset(about))
    found = {each.target: each for each in effects(mappings, "ub", FACTS, kinds, target)}
    assert found["UB Utlån"] == Effect("UB Utlån", {GROUP: 2000}, ("kari",), ("borte",), ("Nils",))
    assert found["UB Fjernlån"].members == ("oda",)
    assert found["UB Fjernlån"].tickets == 300
    assert found["UB Dragvoll"].sources == {GROUP: 10, "UB-UTLÅN-DRAG": 400}
    assert found["UB Dragvoll"].stay is None
