from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_world import FACTS, FILES, NOW, approved, write

from migrate.errors import MappingError
from migrate.transform.approve import approve, facts_of, standing, standings
from migrate.transform.digest import digest_of
from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts
from migrate.transform.mapping import GroupEntry
from migrate.transform.mapping_edit import set_decision, set_restricted
from migrate.transform.mapping_files import read_mappings
from migrate.transform.policy import Policy, Tolerance

GROUP = "units/ub/groups.yaml#UB-UTLÅN-GLØS"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return approved(tmp_path / "mappings")


def facts_with(members: int, open: int = 12, tickets: int = 2310) -> SourceFacts:
    groups = {**FACTS.groups, "UB-UTLÅN-GLØS": GroupFacts(members, open, tickets)}
    return replace(FACTS, groups=groups)


def states(folder: Path, facts: SourceFacts = FACTS) -> dict[str, str]:
    return {at: found.state for at, found in standings(read_mappings(folder)[0], facts).items()}


def test_an_approval_records_who_when_and_what_was_seen(folder: Path) -> None:
    review = read_mappings(folder)[0].units["ub"].groups["UB-UTLÅN-GLØS"].review
    assert (review.status, review.by, review.at) == (
        "approved",
        "unni@example.no",
        date(2019, 9, 20),
    )
    assert review.saw == {"members": 7, "open": 12, "tickets": 2310, "who": ["kari", "oda"]}
    assert review.digest is not None
    assert len(review.digest) == 16


def test_a_login_is_the_same_operator_however_hpsm_writes_it(folder: Path) -> None:
    facts = replace(
        FACTS,
        operators={name.upper(): seen for name, seen in FACTS.operators.items()},
        members={group: frozenset(f"{n} " for n in m) for group, m in FACTS.members.items()},
    )
    assert set(states(folder, facts).values()) == {"approved"}


def test_one_entry_lapses_and_says_what_changed(folder: Path) -> None:
    found = standings(read_mappings(folder)[0], facts_with(9))
    assert found[GROUP].state == "lapsed"
    assert found[GROUP].changes == ("members: 7 → 9",)
    assert {at for at, each in found.items() if not each.holds} == {GROUP}


def test_a_fact_may_move_within_the_policys_tolerance(folder: Path) -> None:
    assert states(folder, facts_with(7, open=17, tickets=2500))[GROUP] == "approved"
    assert states(folder, facts_with(7, open=18))[GROUP] == "lapsed"
    write(folder, {"policy.yaml": "tolerance: {members: {absolute: 2}}\n"})
    assert states(folder, facts_with(9, open=17))[GROUP] == "approved"


def test_what_hpsm_no_longer_has_lapses(folder: Path) -> None:
    facts = replace(FACTS, groups={}, operators={"per": OperatorFacts(active=False)})
    found = standings(read_mappings(folder)[0], facts)
    assert found[GROUP].changes == ("HPSM no longer has it",)
    assert found["units/it/operators.yaml#per"].changes == ("active: yes → no",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("UB Utlån Gløshaugen", "UB Utlån Gløs"),
        ("restricted: false", "restricted: true"),
        ("members: 7", "members: 9"),
        ("by: unni@example.no", "by: null"),
    ],
)
def test_an_approved_entry_that_was_edited_is_not_approved(
    folder: Path, before: str, after: str
) -> None:
    file = folder / "units/ub/groups.yaml"
    file.write_text(file.read_text("utf-8").replace(before, after, 1), "utf-8")
    found = states(folder)
    assert found[GROUP] == "edited"
    assert set(found.values()) == {"edited", "approved"}


def test_comments_notes_and_layout_do_not_touch_an_approval(folder: Path) -> None:
    file = folder / "units/ub/groups.yaml"
    text = file.read_text("utf-8").replace("restricted: false", "restricted:   false  # nei", 1)
    file.write_text(f"# ny\n{text}".replace("nyttår", "januar"), "utf-8")
    assert set(states(folder).values()) == {"approved"}


def test_a_rejected_entry_and_one_nobody_looked_at_do_not_hold(folder: Path) -> None:
    file = folder / "units/ub/groups.yaml"
    text = file.read_text("utf-8").replace("status: approved", "status: rejected", 1)
    file.write_text(text.replace("status: approved", "status: proposed", 1), "utf-8")
    found = states(folder)
    assert found[GROUP] == "rejected"
    assert found["units/ub/groups.yaml#UB-UTLÅN-DRAG"] == "missing"


def test_approving_again_writes_nothing(folder: Path) -> None:
    before = (folder / "units/ub/groups.yaml").read_bytes()
    mappings, _ = read_mappings(folder)
    done = approve(folder, mappings, "ub", None, "unni@example.no", NOW, FACTS)
    assert done.sealed == ()
    assert len(done.standing) == 5
    assert (folder / "units/ub/groups.yaml").read_bytes() == before


def test_a_lapsed_entry_is_approved_anew_for_what_is_seen_now(folder: Path) -> None:
    mappings, _ = read_mappings(folder)
    done = approve(folder, mappings, "ub", ["UB-UTLÅN-GLØS"], "Unni@example.no", NOW, facts_with(9))
    assert done.sealed == (GROUP,)
    assert states(folder, facts_with(9))[GROUP] == "approved"


def test_a_decision_made_later_needs_its_own_approval(folder: Path) -> None:
    file = folder / "units/ub/groups.yaml"
    set_restricted(file, "UB-UTLÅN-GLØS", True)
    set_decision(file, "UB-UTLÅN-DRAG", None)
    mappings, _ = read_mappings(folder)
    done = approve(folder, mappings, "ub", None, "unni@example.no", NOW, FACTS)
    assert done.sealed == (GROUP,)


def test_what_cannot_be_approved_is_said_all_at_once_and_nothing_is_written(folder: Path) -> None:
    file = folder / "units/ub/groups.yaml"
    set_decision(file, "UB-LISENSER", None)
    before = file.read_bytes()
    mappings, _ = read_mappings(folder)
    with pytest.raises(MappingError) as error:
        approve(folder, mappings, "ub", ["UB-LISENSER", "UB-UTLAN-GLOS"], "x", NOW, facts_with(1))
    assert [(p.code, p.near) for p in error.value.problems] == [
        ("entry-missing", ("UB-UTLÅN-GLØS", "UB-UTLÅN-DRAG")),
        ("decision-missing", ()),
    ]
    with pytest.raises(MappingError, match='there is no unit "ubb"'):
        approve(folder, mappings, "ubb", None, "x", NOW, FACTS)
    assert file.read_bytes() == before


def test_a_yes_to_one_of_two_with_the_same_name_is_none_to_the_other(folder: Path) -> None:
    link = "- source: UB-UTLÅN-GLØS\n  decision: {action: keep}\n"
    (folder / "units/ub/links.yaml").write_text(link, "utf-8")
    mappings, _ = read_mappings(folder)
    named = ["UB-UTLÅN-GLØS"]
    with pytest.raises(MappingError) as error:
        approve(folder, mappings, "ub", named, "unni@example.no", NOW, facts_with(9))
    assert [(p.code, p.expected) for p in error.value.problems] == [
        ("entry-ambiguous", "--file with one of groups, links")
    ]
    done = approve(
        folder, mappings, "ub", named, "unni@example.no", NOW, facts_with(9), file="groups"
    )
    assert done.sealed == (GROUP,)
    assert states(folder, facts_with(9))["units/ub/links.yaml#UB-UTLÅN-GLØS"] == "missing"


def test_a_fact_without_a_tolerance_must_stay_as_it_was() -> None:
    entry = GroupEntry.model_validate(yaml.safe_load(FILES["units/ub/groups.yaml"])[0])
    saw = {"colour": 3}
    review = entry.review.model_copy(
        update={
            "status": "approved",
            "by": "x",
            "at": date(2019, 9, 1),
            "saw": saw,
            "digest": digest_of(entry, saw),
        }
    )
    sealed = entry.model_copy(update={"review": review})
    assert standing(sealed, {"colour": 4}, Policy()).changes == ("colour: 3 → 4",)
    loose = Policy(tolerance={"colour": Tolerance(absolute=1)})
    assert standing(sealed, {"colour": 4}, loose).holds
    assert standing(sealed, None, Policy()).holds
    assert facts_of(sealed, FACTS) == {
        "members": 7,
        "open": 12,
        "tickets": 2310,
        "who": ["kari", "oda"],
    }


NAMES = st.text("abcæøå :#'\"-,{}[]&*!|>%@`0123456789", min_size=1, max_size=20).map(str.strip)


@settings(max_examples=60)
@given(
    source=NAMES.filter(bool),
    target=NAMES.filter(bool),
    restricted=st.sampled_from([True, False, "unknown"]),
    saw=st.dictionaries(st.sampled_from(["members", "open", "tickets"]), st.integers(0, 9999)),
    seed=st.integers(0, 1000),
)
def test_the_digest_ignores_formatting_and_the_order_of_keys(
    source: str, target: str, restricted: object, saw: dict[str, int], seed: int
) -> None:
    data = {
        "source": source,
        "decision": {"action": "map", "target": target, "line": None},
        "restricted": restricted,
        "review": {"saw": saw},
        "note": None,
    }

    def shuffled(value: object) -> object:
        if not isinstance(value, dict):
            return value
        pairs = [(key, shuffled(item)) for key, item in value.items()]
        random.Random(seed).shuffle(pairs)
        return dict(pairs)

    block = yaml.safe_dump(shuffled(data), allow_unicode=True, default_flow_style=False)
    flow = yaml.safe_dump(data, default_flow_style=True, width=20)
    digests = set()
    for text in (block, flow, json.dumps(data)):
        entry = GroupEntry.model_validate(yaml.safe_load(text), strict=True)
        digests.add(digest_of(entry, entry.review.saw))
    noted = entry.model_copy(update={"note": "noe annet"})
    assert digests == {digest_of(noted, dict(reversed(saw.items())))}
    other = entry.model_copy(update={"source": source + "x"})
    assert digest_of(other, saw) not in digests
