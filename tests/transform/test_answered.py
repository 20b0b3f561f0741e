"""An answer in a form, whatever was typed, becomes an entry that says it and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapping_world import FACTS, FILES, write

from migrate.transform.approve import FILES as REVIEWED
from migrate.transform.approve import facts_of, standing
from migrate.transform.deciding import (
    ENTRIES,
    actions_of,
    answered,
    decision_model,
    fields_of,
    rejected,
    sealed,
    version_of,
    write_entries,
    wrong_with,
)
from migrate.transform.mapping import GroupEntry, OperatorEntry
from migrate.transform.mapping_files import read_mappings

GROUP = "UB-UTLÅN-GLØS"
ON = date(2019, 9, 20)

_TYPED = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "=cmd|' /C calc'!A0",
            "}, restricted: false",
            "- x",
            "yes",
            "null",
            "2019-09-20",
            "a: b # c",
        ]
    ),
)
_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["map", "merge", "retire", "leave", "split", "nonsense", ""]),
        "line": st.sampled_from(["first", "second", "third", ""]),
        "restricted": st.sampled_from(["true", "false", "unknown", "maybe"]),
        **dict.fromkeys(
            ("target", "open_tickets_to", "reason", "note", "source", "review"), _TYPED
        ),
    },
)


def test_there_is_a_form_for_every_file_that_is_reviewed() -> None:
    assert set(ENTRIES) == set(REVIEWED)


@pytest.mark.parametrize("file", ENTRIES)
def test_a_form_offers_what_the_model_knows(file: str) -> None:
    known = set(decision_model(file).model_fields) - {"action"}
    assert {field.name for field in fields_of(file)} <= known
    assert {action for field in fields_of(file) for action in field.actions} <= set(
        actions_of(file)
    )


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(answer=_ANSWERS)
def test_what_was_typed_is_read_back_and_nothing_else_changes(
    tmp_path: Path, answer: dict[str, str]
) -> None:
    folder = write(tmp_path, FILES)
    before, _ = read_mappings(folder)
    entry = before.units["ub"].groups[GROUP]
    after = answered("groups", GROUP, entry, answer)
    write_entries(folder / "units/ub/groups.yaml", [(entry, after)])
    found, problems = read_mappings(folder)
    assert problems == []
    assert found.units["ub"].groups.pop(GROUP) == after
    assert before.units["ub"].groups.pop(GROUP) == entry
    assert found.units == before.units


@given(answer=_ANSWERS)
def test_an_answer_gives_no_approval_and_names_no_other_entry(answer: dict[str, str]) -> None:
    for before in (None, GroupEntry(source=GROUP)):
        after = answered("groups", GROUP, before, answer)
        assert (after.source, after.review.status) == (GROUP, "proposed")


def test_only_what_is_decided_takes_an_approval_back() -> None:
    entry = answered("groups", GROUP, None, {"action": "map", "target": "A", "restricted": "false"})
    entry = sealed(entry, facts_of(entry, FACTS), "unni@example.no", ON)
    assert answered("groups", GROUP, entry, {"note": "x"}).review == entry.review
    assert answered("groups", GROUP, entry, {"action": "map", "target": "B"}).review.digest is None
    assert answered("groups", GROUP, entry, {"restricted": "true"}).review.digest is None


def test_a_seal_holds_as_one_of_the_command_line_does() -> None:
    before = GroupEntry(source=GROUP)
    entry = answered("groups", GROUP, before, {"action": "map", "target": "A"})
    saw = facts_of(entry, FACTS)
    mappings, _ = read_mappings(Path("nowhere"))
    assert standing(sealed(entry, saw, "unni@example.no", ON), saw, mappings.policy).holds


def test_a_version_is_of_the_entry_and_of_its_facts() -> None:
    entry = GroupEntry(source=GROUP)
    versions = [
        version_of(None, {}),
        version_of(entry, {}),
        version_of(entry, {"members": 7}),
        version_of(entry.model_copy(update={"note": "x"}), {"members": 7}),
        version_of(entry.model_copy(update={"restricted": True}), {"members": 7}),
    ]
    assert len(set(versions)) == 5
    assert version_of(GroupEntry(source=GROUP), {"members": 7}) == versions[2]


def test_a_no_is_remembered() -> None:
    entry = answered("operators", "kari", None, {"action": "map", "target": "kari"})
    said = rejected(entry, "unni@example.no", ON)
    assert isinstance(said, OperatorEntry)
    assert (said.review.status, said.refused) == ("rejected", ["kari"])


def test_many_answers_are_looked_at_together(tmp_path: Path) -> None:
    """Two groups that would take one name: the second is told, the others stand."""
    mappings, _ = read_mappings(write(tmp_path, FILES))
    groups = mappings.units["ub"].groups
    answers = {GROUP: "Samme navn", "UB-UTLÅN-DRAG": "Samme navn", "UB-LISENSER": "Et annet"}
    entries = [
        answered("groups", source, groups[source], {"action": "map", "target": target})
        for source, target in answers.items()
    ]
    found = wrong_with(mappings, "ub", "groups", entries, FACTS)
    assert [problem.code for problems in found.values() for problem in problems] == [
        "group-names-collide"
    ]
    assert set(found) <= {GROUP, "UB-UTLÅN-DRAG"}
