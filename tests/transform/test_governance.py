from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mapping_world import FACTS, FILES, approved, checked, edit

from migrate.transform.approve import standings
from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts
from migrate.transform.governance import Group, beside, governance, second_factor_of
from migrate.transform.mapping_files import read_mappings

UNIT = "name: UB\nbranch: UB\ngroups: [UB-UTLÅN, UB UTLAAN, UB-UTLÅN 2, UB-TOM, UB-SOVER]\n"
GROUPS = """\
- source: UB-UTLÅN
  decision: {action: map, target: UB Utlån, line: first}
  restricted: false
  answers: {owner: kari, deputy: borte@example.no, purpose: Lån og fjernlån}
"""
SEEN = SourceFacts(
    groups={
        "UB-UTLÅN": GroupFacts(3, 1, 90, "2019-09-20", manager="kari"),
        "UB UTLAAN": GroupFacts(1, 0, 4, "2019-09-01"),
        "UB-UTLÅN 2": GroupFacts(2, 0, 4, "2019-09-01"),
        "UB-TOM": GroupFacts(1, 0, 0),
        "UB-SOVER": GroupFacts(2, 0, 8, "2017-02-01"),
    },
    operators={
        "kari": OperatorFacts("Kari Moe", "kari@example.no", True, last="2019-09-19"),
        "oda": OperatorFacts("Oda Lie", "oda@example.no", True, feide="odal", last="2019-03-01"),
        "borte": OperatorFacts("Bo Vekk", "borte@example.no", False, last="2016-01-01"),
    },
    members={
        "UB-UTLÅN": frozenset({"kari", "oda", "borte"}),
        "UB UTLAAN": frozenset({"kari"}),
        "UB-UTLÅN 2": frozenset({"kari", "oda"}),
        "UB-TOM": frozenset({"borte"}),
        "UB-SOVER": frozenset({"kari", "oda"}),
    },
)


@pytest.fixture
def groups(tmp_path: Path) -> dict[str, Group]:
    folder = tmp_path / "mappings/units/ub"
    folder.mkdir(parents=True)
    folder.joinpath("unit.yaml").write_text(UNIT, "utf-8")
    folder.joinpath("groups.yaml").write_text(GROUPS, "utf-8")
    mappings, problems = read_mappings(tmp_path / "mappings")
    assert problems == []
    has = second_factor_of(SEEN, frozenset({"kari@example.no"}))
    operators = {n: replace(seen, second_factor=has[n]) for n, seen in SEEN.operators.items()}
    found = governance(mappings, "ub", replace(SEEN, operators=operators))
    return {group.source: group for group in found}


def test_a_group_says_who_answers_for_it_and_who_is_in_it(groups: dict[str, Group]) -> None:
    group = groups["UB-UTLÅN"]
    assert (group.answers.owner, group.line, group.manager) == ("kari", "first", "kari")
    assert group.odd == ("deputy-left", "no-second-factor")
    assert group.without_second_factor == ("oda",)
    assert beside(group)["members"] == [
        {"login": "borte", "last": "2016-01-01", "left": True, "second_factor": False},
        {"login": "kari", "last": "2019-09-19", "second_factor": True},
        {"login": "oda", "last": "2019-03-01", "second_factor": False},
    ]


def test_groups_that_are_empty_dormant_or_of_one_person_are_told(groups: dict[str, Group]) -> None:
    nobody = ("no-owner", "no-deputy", "no-purpose")
    assert groups["UB-TOM"].odd == ("empty", *nobody)
    assert groups["UB UTLAAN"].odd == ("one-person", *nobody)
    assert groups["UB-SOVER"].odd == ("dormant", *nobody, "no-second-factor")


def test_names_that_differ_in_a_letter_are_alike_and_in_a_number_are_not(
    groups: dict[str, Group],
) -> None:
    assert groups["UB-UTLÅN"].alike == ("UB UTLAAN",)
    assert groups["UB-UTLÅN 2"].alike == ()


def test_a_list_knows_a_login_its_feide_name_and_its_address() -> None:
    has = second_factor_of(SEEN, frozenset({"odal", "kari@example.no", ""}))
    assert has == {"kari": True, "oda": True, "borte": False}


def test_the_policy_may_ask_for_answers_and_an_approval_covers_them(tmp_path: Path) -> None:
    text = FILES["units/ub/groups.yaml"].replace(
        "restricted: false", "restricted: false\n  answers: {owner: kari}", 1
    )
    policy = FILES["policy.yaml"] + "governance: {required: [owner]}\n"
    files = {**FILES, "units/ub/groups.yaml": text, "policy.yaml": policy}
    folder = approved(tmp_path / "mappings", files)
    found = [p for p in checked(folder) if p.code == "answers-missing"]
    assert len(found) == 4
    assert not any("UB-UTLÅN-GLØS" in problem.message for problem in found)
    edit(folder / "units/ub/groups.yaml", lambda text: text.replace("owner: kari", "owner: oda", 1))
    place = "units/ub/groups.yaml#UB-UTLÅN-GLØS"
    after = standings(read_mappings(folder)[0], FACTS)[place]
    assert (after.state, after.changes) == ("edited", ("owner: kari → oda",))
