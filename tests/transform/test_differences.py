"""Two readings of the mappings, and what is decided otherwise in one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from mapping_world import FACTS, FILES, NOW, approved, write

from migrate.transform.approve import approve
from migrate.transform.deciding import ENTRIES, actions_of
from migrate.transform.differences import Difference, differences
from migrate.transform.mapping_files import read_mappings
from migrate.transform.saying import became, said

GROUPS = "units/ub/groups.yaml"


def _read(folder: Path) -> object:
    mappings, problems = read_mappings(folder)
    assert problems == []
    return mappings


def _found(tmp_path: Path, file: str, old: str, new: str, **options: object) -> list[Difference]:
    """What is otherwise after a change of one file of the sound mappings."""
    before, after = tmp_path / "before", tmp_path / "after"
    write(before, FILES)
    assert old in FILES[file]
    write(after, FILES | {file: FILES[file].replace(old, new)})
    return differences(_read(before), _read(after), **options)  # type: ignore[arg-type]


def test_the_same_is_no_difference(tmp_path: Path) -> None:
    assert _found(tmp_path, GROUPS, "# den største", "# den aller største") == []
    text = FILES[GROUPS]
    head, first, *rest = text.split("- source: ")
    assert _found(tmp_path, GROUPS, text, "- source: ".join([head, *rest, first])) == []


def test_a_decision_is_told_as_somebody_would_say_it(tmp_path: Path) -> None:
    [found] = _found(
        tmp_path,
        GROUPS,
        '{action: map, target: "UB Utlån Gløshaugen", line: first}',
        '{action: merge, target: "UB Utlån"}',
    )
    assert found.line == "UB-UTLÅN-GLØS: map → merge into UB Utlån (was UB Utlån Gløshaugen)"
    assert (found.file, found.field) == (GROUPS, "decision")


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (GROUPS, "line: first}\n  restricted: false\n\n", "line: second}\n  restricted: false\n\n",
         "UB-UTLÅN-DRAG: map to UB Utlån Dragvoll (line: first)"
         " → map to UB Utlån Dragvoll (line: second)"),
        ("units/it/groups.yaml", "restricted: true", "restricted: unknown",
         "IT-SIKKERHET: restricted: yes → unknown"),
        (GROUPS, "Slås sammen fra nyttår", "Avklart",
         "UB-LISENSER: note: Slås sammen fra nyttår → Avklart"),
        ("units/it/groups.yaml",
         "- source: IT-GAMMEL\n  decision: {action: retire, open_tickets_to: IT Nett}\n"
         "  restricted: false\n", "",
         "IT-GAMMEL: − retire (open tickets to: IT Nett)"),
        ("units/ub/unit.yaml", "  - UB-LISENSER\n", "  - UB-KART\n",
         "groups: + UB-KART, − UB-LISENSER"),
        ("values/priority.yaml", '"4": P4\n', "", "4: target: P4 → –"),
        ("values/service.yaml", "Utlån: {category: Bibliotek}", "Utlån: {category: Lån}",
         "Utlån: category: Bibliotek → category: Lån"),
        ("policy.yaml", "call_type: Hendelse", "call_type: Bestilling",
         "tickets.call_type: Hendelse → Bestilling"),
    ],
)  # fmt: skip
def test_every_kind_of_difference_is_one_line(
    tmp_path: Path, file: str, old: str, new: str, line: str
) -> None:
    assert [found.line for found in _found(tmp_path, file, old, new)] == [line]


def test_a_unit_alone_is_not_told_of_the_others(tmp_path: Path) -> None:
    assert _found(tmp_path, GROUPS, "restricted: false", "restricted: true", units=["it"]) == []
    assert _found(tmp_path, "policy.yaml", "Hendelse", "Bestilling", units=["it"]) == []


def test_an_approval_is_told_when_it_is_given_lapses_and_goes(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    approved(before)
    write(after, FILES)
    mappings = read_mappings(after)[0]
    given = [f.said for f in differences(mappings, _read(before), ["ub"])]  # type: ignore[arg-type]
    assert given == ["approved by unni@example.no"] * 5
    gone = [f.said for f in differences(_read(before), mappings, ["ub"])]  # type: ignore[arg-type]
    assert gone == ["the approval is gone"] * 5
    approve(after, mappings, "ub", None, "unni@example.no", NOW, FACTS)
    file = after / GROUPS
    text = file.read_text(encoding="utf-8").replace('"UB Utlån Gløshaugen", line', "UB, line")
    file.write_text(text, encoding="utf-8")
    [found] = differences(_read(before), _read(after), ["ub"])  # type: ignore[arg-type]
    assert found.line.endswith("→ map to UB (line: first); the approval lapses")


def test_who_does_not_know_is_told(tmp_path: Path) -> None:
    kari = "- source: kari\n  decision: {action: map, target: kari}\n"
    unsure = "- source: kari\n  review: {status: proposed, by: unni@example.no}\n"
    found = _found(tmp_path, "units/ub/operators.yaml", kari, unsure)
    assert [each.line for each in found] == [
        "kari: map to kari → not decided",
        "kari: not known, says unni@example.no",
    ]


def test_a_split_is_told_with_its_rule() -> None:
    parts = [{"target": "UB Lisenser", "category": ["Lisens/*", "Avtale"]}, {"target": "UB Kart"}]
    decision = {"action": "split", "target": "UB Utlån", "parts": parts}
    assert said(decision) == (
        "split, the rest to UB Utlån (parts: UB Lisenser, category: Lisens/*, Avtale; UB Kart)"
    )


def test_every_action_has_words_in_both_languages() -> None:
    for file in ENTRIES:
        for action in actions_of(file):
            for lang in ("en", "nb"):
                assert said({"action": action, "target": "X"}, lang).endswith("X")
    assert became(None, {"action": "leave", "reason": "ny"}, "nb") == (
        "ikke bestemt → blir igjen (begrunnelse: ny)"
    )
