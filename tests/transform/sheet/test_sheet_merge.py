"""A workbook that comes back: every answer is in the files, or named, or in the small workbook."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sheet_world import (
    EVIL,
    FACTS,
    Filled,
    entries_of,
    exported,
    left_over,
    mappings_of,
    returned,
    text_of,
    world,
)

from migrate.transform.approve import approve, facts_of_group, standing
from migrate.transform.mapping_edit import change_entries
from migrate.transform.sheet.columns import answers_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return world(tmp_path / "mappings")


@pytest.fixture
def book(folder: Path, tmp_path: Path) -> Filled:
    return Filled(exported(folder, tmp_path / "ub.xlsx"))


def _answers(folder: Path, source: str, file: str = "groups") -> dict[str, str]:
    return answers_of(file, entries_of(mappings_of(folder))[file][source])


def _left(merged: object) -> list[tuple[str, str, str]]:
    return [(each.source, each.field, each.why) for each in merged.left]  # type: ignore[attr-defined]


def test_a_workbook_that_nobody_touched_changes_nothing(folder: Path, book: Filled) -> None:
    before = text_of(folder), text_of(folder, "operators")
    found, merged = returned(folder, book.saved())
    assert (merged.changes, merged.left, merged.problems) == ([], [], [])
    assert found.base is not None
    assert before == (text_of(folder), text_of(folder, "operators"))


def test_a_change_is_one_line_with_its_author_and_all_else_stays(
    folder: Path, book: Filled
) -> None:
    before = text_of(folder).splitlines()
    book.put("UB-UTLÅN-GLØS", "target", "UB Utlån")
    book.put("UB-LISENSER", "note", "Avklart med Kari")
    _, merged = returned(folder, book.saved())
    after = text_of(folder).splitlines()
    changed = [now for was, now in zip(before, after, strict=True) if was != now]
    assert [" ".join(line.split()) for line in changed] == [
        'decision: {action: map, target: "UB Utlån", line: first} # som i dag'
        " # [unni@example.no 2019-10-02]",
        "note: Avklart med Kari # [unni@example.no 2019-10-02]",
    ]
    assert merged.left == []


def test_the_next_change_of_a_line_has_one_author(folder: Path, book: Filled) -> None:
    book.put("UB-LISENSER", "restricted", "ja")
    returned(folder, book.saved(), by="kari@example.no")
    again = Filled(exported(folder, book.path))
    again.put("UB-LISENSER", "restricted", "vet ikke")
    returned(folder, again.saved())
    assert "  restricted: unknown  # [unni@example.no 2019-10-02]\n" in text_of(folder)
    change_entries(folder / "units/ub/groups.yaml", {"UB-LISENSER": {"restricted": False}})
    assert "  restricted: false\n  review: {status: proposed}" in text_of(folder)


def test_answers_are_understood_in_both_languages_and_as_excel_makes_them(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-GLØS", "action", "is closed down")
    book.put("UB-UTLÅN-GLØS", "open_tickets_to", "UB Utlån Gløshaugen")
    book.put("UB-UTLÅN-DRAG", "restricted", True)
    book.put("UB-LISENSER", "open_tickets_to", 1234.0)
    returned(folder, book.saved())
    assert _answers(folder, "UB-UTLÅN-GLØS")["action"] == "retire"
    assert _answers(folder, "UB-UTLÅN-DRAG")["restricted"] == "true"


def test_who_does_not_know_says_so_and_it_is_kept(folder: Path, book: Filled) -> None:
    book.put("UB-UTLÅN-GLØS", "action", "vet ikke")
    book.put("-UB-FJERN", "target", "Vet ikke")
    _, merged = returned(folder, book.saved())
    assert merged.left == []
    for source in ("UB-UTLÅN-GLØS", "-UB-FJERN"):
        assert _answers(folder, source)["action"] == "unknown"
    assert "decision: null" in text_of(folder)
    assert "review: {status: proposed, by: unni@example.no, at: 2019-10-02}" in text_of(folder)


def test_who_does_not_know_is_still_known_when_something_else_is_answered(
    folder: Path, book: Filled, tmp_path: Path
) -> None:
    kari, ola = (Filled(book.saved(tmp_path / f"{name}.xlsx")) for name in ("kari", "ola"))
    kari.put("UB-UTLÅN-GLØS", "action", "vet ikke")
    ola.put("UB-UTLÅN-GLØS", "restricted", "ja")
    returned(folder, kari.saved(), by="kari@example.no")
    returned(folder, ola.saved(), by="ola@example.no")
    answers = _answers(folder, "UB-UTLÅN-GLØS")
    assert (answers["action"], answers["restricted"]) == ("unknown", "true")
    assert "by: kari@example.no" in text_of(folder)


def test_a_group_that_stood_in_no_file_gets_an_entry(folder: Path, book: Filled) -> None:
    book.put("UB-NY", "action", "Blir")
    book.put("UB-NY", "target", "UB Ny")
    book.put("UB-NY", "restricted", "nei")
    returned(folder, book.saved())
    assert "- source: UB-NY  # [unni@example.no 2019-10-02]\n" in text_of(folder)
    assert _answers(folder, "UB-NY")["target"] == "UB Ny"


def test_a_decision_made_in_the_files_meanwhile_is_not_overwritten(
    folder: Path, book: Filled, tmp_path: Path
) -> None:
    book.put("UB-UTLÅN-GLØS", "target", "UB Utlån")
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    path = book.saved()
    decision = {"action": "map", "target": "UB Skranken", "line": "first"}
    change_entries(folder / "units/ub/groups.yaml", {"UB-UTLÅN-GLØS": {"decision": decision}})
    _, merged = returned(folder, path)
    assert _left(merged) == [("UB-UTLÅN-GLØS", "target", "conflict")]
    assert _answers(folder, "UB-UTLÅN-GLØS")["target"] == "UB Skranken"
    assert _answers(folder, "UB-UTLÅN-DRAG")["restricted"] == "false"

    small = Filled(left_over(folder, merged, tmp_path / "left.xlsx"))
    said = small.cell("UB-UTLÅN-GLØS", "left").value
    assert "«UB Utlån Gløshaugen»" in said
    assert "«UB Skranken»" in said
    assert "«UB Utlån»" in said
    assert small.cell("UB-UTLÅN-GLØS", "target").value == "UB Skranken"
    untouched = returned(folder, small.saved())[1]
    assert (untouched.changes, untouched.left, untouched.problems) == ([], [], [])
    small.put("UB-UTLÅN-GLØS", "target", "UB Utlån")
    returned(folder, small.saved())
    assert _answers(folder, "UB-UTLÅN-GLØS")["target"] == "UB Utlån"


def test_half_of_one_decision_is_never_joined_with_half_of_another(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-GLØS", "action", "Slås sammen med")
    decision = {"action": "map", "target": "UB Skranken", "line": "first"}
    change_entries(folder / "units/ub/groups.yaml", {"UB-UTLÅN-GLØS": {"decision": decision}})
    _, merged = returned(folder, book.saved())
    assert _left(merged) == [("UB-UTLÅN-GLØS", "action", "conflict")]


def test_a_new_action_does_not_drop_what_was_said_of_the_old_one_meanwhile(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-GLØS", "action", "Blir igjen i HPSM")
    book.put("UB-UTLÅN-GLØS", "reason", "avvikles")
    decision = {"action": "map", "target": "UB Utlån Gløshaugen", "line": "second"}
    change_entries(folder / "units/ub/groups.yaml", {"UB-UTLÅN-GLØS": {"decision": decision}})
    _, merged = returned(folder, book.saved())
    assert _left(merged) == [
        ("UB-UTLÅN-GLØS", "action", "conflict"),
        ("UB-UTLÅN-GLØS", "reason", "conflict"),
    ]
    assert _answers(folder, "UB-UTLÅN-GLØS")["line"] == "second"


def test_the_rule_of_a_split_is_not_overwritten_though_no_sheet_shows_it(
    folder: Path, book: Filled
) -> None:
    def split(target: str) -> dict[str, object]:
        parts = [{"target": target, "category": ["Utlån"]}]
        return {"decision": {"action": "split", "target": "UB Utlån", "parts": parts}}

    change_entries(folder / "units/ub/groups.yaml", {"UB-LISENSER": split("UB Lisenser")})
    book = Filled(exported(folder, book.path))
    book.put("UB-LISENSER", "action", "Slås sammen med")
    path = book.saved()
    change_entries(folder / "units/ub/groups.yaml", {"UB-LISENSER": split("UB Avtaler")})
    before = text_of(folder)
    _, merged = returned(folder, path)
    assert _left(merged) == [("UB-LISENSER", "action", "conflict")]
    assert text_of(folder) == before


def test_two_copies_merge_and_where_they_disagree_both_are_shown(
    folder: Path, book: Filled, tmp_path: Path
) -> None:
    kari, ola = (Filled(book.saved(tmp_path / f"{name}.xlsx")) for name in ("kari", "ola"))
    kari.put("UB-UTLÅN-GLØS", "line", "andrelinje")
    ola.put("UB-UTLÅN-GLØS", "target", "UB Utlån")
    kari.put("UB-LISENSER", "note", "Spør Per")
    ola.put("UB-LISENSER", "note", "Spør Ida")
    assert returned(folder, kari.saved())[1].left == []
    _, merged = returned(folder, ola.saved())
    assert _left(merged) == [("UB-LISENSER", "note", "conflict")]
    assert _answers(folder, "UB-UTLÅN-GLØS") | {"line": "second", "target": "UB Utlån"} == (
        _answers(folder, "UB-UTLÅN-GLØS")
    )
    assert "Spør Per" in text_of(folder)
    small = Filled(left_over(folder, merged, tmp_path / "left.xlsx"))
    assert "Spør Ida" in small.cell("UB-LISENSER", "left").value


@pytest.mark.parametrize(
    ("source", "name", "value", "why"),
    [
        ("UB-UTLÅN-GLØS", "line", "tredjelinje", "answer"),
        ("UB-UTLÅN-GLØS", "action", "Deles", "answer"),
        ("UB-UTLÅN-GLØS", "action", None, "emptied"),
        ("UB-UTLÅN-GLØS", "restricted", None, "emptied"),
        ("UB-UTLÅN-GLØS", "open_tickets_to", "UB Lån", "unused"),
        ("-UB-FJERN", "target", "UB Fjern", "no_action"),
        ("UB-UTLÅN-GLØS", "note", "x" * 501, "too_long"),
        ("UB-UTLÅN-GLØS", "target", "x" * 31, "check"),
        ("UB-UTLÅN-GLØS", "target", None, "check"),
    ],
)
def test_what_cannot_be_an_answer_is_left_and_named(
    folder: Path, book: Filled, source: str, name: str, value: str | None, why: str
) -> None:
    before = text_of(folder)
    place = book.put(source, name, value)
    _, merged = returned(folder, book.saved())
    assert [(left.field, left.why, left.place) for left in merged.left] == [(name, why, place)]
    assert text_of(folder) == before


def test_a_formula_is_no_answer_and_a_text_that_looks_like_one_is(
    folder: Path, book: Filled
) -> None:
    book.sheet()["O3"] = "=1+1"
    book.put("UB-UTLÅN-DRAG", "note", EVIL)
    _, merged = returned(folder, book.saved())
    assert [left.why for left in merged.left] == ["formula"]
    assert _answers(folder, "UB-UTLÅN-DRAG")["note"] == EVIL
    assert f'note: "{EVIL}"' in text_of(folder)


def test_only_who_approves_may_say_that_a_group_is_not_restricted(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    book.put("UB-UTLÅN-GLØS", "restricted", "ja")
    _, merged = returned(folder, book.saved(), may_open=["operators"])
    assert _left(merged) == [("UB-UTLÅN-DRAG", "restricted", "not_owner")]
    assert _answers(folder, "UB-UTLÅN-GLØS")["restricted"] == "true"


def test_an_author_can_write_nothing_but_a_name(folder: Path, book: Filled) -> None:
    book.put("UB-LISENSER", "note", "'x'\n- source: UB-OND # [per@example.no 2019-10-01]")
    book.put("UB-NY", "action", "vet ikke")
    returned(folder, book.saved(), by="x]\n- source: UB-OND #: {")
    groups = mappings_of(folder).units["ub"].groups
    assert list(groups) == ["UB-UTLÅN-GLØS", "UB-UTLÅN-DRAG", "UB-LISENSER", "-UB-FJERN", "UB-NY"]
    assert groups["UB-LISENSER"].note == "'x' - source: UB-OND # [per@example.no 2019-10-01]"
    assert "# [x - source UB-OND 2019-10-02]\n" in text_of(folder)


def test_names_that_two_groups_exchange_do_not_collide_on_the_way(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-DRAG", "action", "Blir")
    book.put("UB-UTLÅN-DRAG", "target", "UB Utlån Gløshaugen")
    book.put("UB-UTLÅN-GLØS", "target", "UB Utlån Dragvoll")
    assert returned(folder, book.saved())[1].left == []


def test_a_name_that_another_entry_has_is_refused_and_the_rest_is_taken_in(
    folder: Path, book: Filled
) -> None:
    decision = {"action": "map", "target": "UB Lisenser"}
    change_entries(folder / "units/ub/groups.yaml", {"UB-LISENSER": {"decision": decision}})
    book.put("UB-UTLÅN-GLØS", "target", "UB Lisenser")
    book.put("UB-UTLÅN-DRAG", "note", "Spør Kari")
    _, merged = returned(folder, book.saved())
    assert _left(merged) == [("UB-UTLÅN-GLØS", "target", "check")]
    assert "note: Spør Kari" in text_of(folder)


def test_what_is_gone_from_the_files_is_named(folder: Path, book: Filled) -> None:
    book.put("oda", "reason", "permisjon", "Operatører")
    file = folder / "units/ub/operators.yaml"
    file.write_text(text_of(folder, "operators").partition("- source: oda")[0], encoding="utf-8")
    _, merged = returned(folder, book.saved())
    assert _left(merged) == [("oda", "reason", "gone")]


def test_an_approval_lapses_by_what_a_workbook_changes_and_by_nothing_else(
    folder: Path, book: Filled
) -> None:
    now = datetime(2019, 10, 1, tzinfo=UTC)
    sources = ["UB-UTLÅN-GLØS", "UB-LISENSER"]
    approve(folder, mappings_of(folder), "ub", sources, "unni@example.no", now, FACTS)
    book = Filled(exported(folder, book.path))
    book.put("UB-UTLÅN-GLØS", "line", "andrelinje")
    book.put("UB-LISENSER", "note", "Sjekket")
    returned(folder, book.saved())
    mappings = mappings_of(folder)
    found = {
        source: standing(
            mappings.units["ub"].groups[source], facts_of_group(source, FACTS), mappings.policy
        )
        for source in sources
    }
    assert found["UB-UTLÅN-GLØS"].state == "edited"
    assert found["UB-UTLÅN-GLØS"].changes
    assert found["UB-LISENSER"].holds
