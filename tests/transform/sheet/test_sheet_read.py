"""Workbooks as people return them: sorted, filtered, renamed, pasted, inserted, deleted, broken."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from sheet_world import (
    EVIL,
    KEY,
    Filled,
    entries_of,
    exported,
    mappings_of,
    returned,
    text_of,
    world,
)

from migrate.errors import ConfigurationError
from migrate.transform.sheet.columns import answers_of
from migrate.transform.sheet.read import read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return world(tmp_path / "mappings")


@pytest.fixture
def book(folder: Path, tmp_path: Path) -> Filled:
    return Filled(exported(folder, tmp_path / "ub.xlsx"))


def _restricted(folder: Path, source: str) -> str:
    return answers_of("groups", entries_of(mappings_of(folder))["groups"][source])["restricted"]


def _problems(merged: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in merged.problems]


def test_rows_in_another_order_and_hidden_ones_are_found(folder: Path, book: Filled) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    sheet = book.sheet()
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=7)]
    for at, row in enumerate(reversed(rows), 3):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column).value = value
        sheet.row_dimensions[at].hidden = at % 2 == 0
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-DRAG") == "false"


def test_sheets_and_headings_may_be_renamed_and_columns_moved(folder: Path, book: Filled) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    sheet = book.sheet()
    sheet.title = "Våre grupper"
    for cell in sheet[2]:
        cell.value = f"{cell.value}?" if cell.value else None
    sheet.insert_cols(3)
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-DRAG") == "false"


def test_without_the_hidden_row_the_headings_say_what_a_column_is(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    book.sheet().delete_rows(1)
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-DRAG") == "false"


def test_without_the_headings_the_hidden_row_does(folder: Path, book: Filled) -> None:
    book.put("UB-UTLÅN-GLØS", "restricted", "ja")
    book.sheet().delete_rows(2)
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-GLØS") == "true"


def test_without_the_hidden_ids_the_names_do(folder: Path, book: Filled) -> None:
    book.put("-UB-FJERN", "restricted", "nei")
    book.sheet().delete_cols(1)
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "-UB-FJERN") == "false"


def test_a_deleted_row_column_and_sheet_change_nothing_and_are_named(
    folder: Path, book: Filled
) -> None:
    before = text_of(folder)
    sheet = book.sheet()
    sheet.delete_rows(book.row("UB-LISENSER"))
    sheet.delete_cols(book.column("note"))
    del book.book["Lenker"]
    _, merged = returned(folder, book.saved())
    assert text_of(folder) == before
    assert [problem.message for problem in merged.problems] == [
        'the row of "UB-LISENSER" is gone; its entry stays as it is',
        "the column note is gone; nothing of it changes",
        "its sheet is gone; nothing of it is changed",
    ]


def test_an_inserted_row_is_named_with_each_of_its_cells(folder: Path, book: Filled) -> None:
    sheet = book.sheet()
    sheet.insert_rows(4)
    for name, value in (("source", "UB-UTLAN-DRAG"), ("action", "Blir"), ("target", "UB Ny")):
        sheet.cell(4, book.column(name)).value = value
    _, merged = returned(folder, book.saved())
    assert _problems(merged) == [("sheet-row", "ub.xlsx: Grupper!4 (B4, I4, J4)")]
    assert "UB-UTLÅN-DRAG" in merged.problems[0].near


def test_a_row_pasted_again_is_the_same_and_two_answers_of_it_are_a_conflict(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-DRAG", "note", "Den ene")
    sheet = book.sheet()
    row = book.row("UB-UTLÅN-DRAG")
    for cell in list(sheet[row]):
        sheet.cell(20, cell.column).value = cell.value
    sheet.cell(20, book.column("restricted")).value = "nei"
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-DRAG") == "false"

    again = Filled(exported(folder, book.path))
    sheet = again.sheet()
    for at, note in ((row, "Den andre"), (20, "Den tredje")):
        for cell in list(sheet[row]):
            sheet.cell(at, cell.column).value = cell.value
        sheet.cell(at, again.column("note")).value = note
    _, merged = returned(folder, again.saved())
    assert [(left.why, left.place) for left in merged.left] == [
        ("two_rows", f"Grupper!O{row}"),
        ("two_rows", "Grupper!O20"),
    ]
    assert "note: Den ene" in text_of(folder)


def test_rows_whose_name_and_hidden_id_disagree_are_refused(folder: Path, book: Filled) -> None:
    before = text_of(folder)
    sheet = book.sheet()
    for column in range(2, sheet.max_column + 1):
        upper, lower = sheet.cell(3, column), sheet.cell(4, column)
        upper.value, lower.value = lower.value, upper.value
    _, merged = returned(folder, book.saved())
    assert [code for code, _ in _problems(merged)] == ["sheet-row", "sheet-row"] + [
        "sheet-ignored"
    ] * 2
    assert text_of(folder) == before


def test_what_is_no_answer_is_named_by_cell(folder: Path, book: Filled) -> None:
    places = [
        book.put("UB-UTLÅN-GLØS", "members", 8),
        book.put("UB-UTLÅN-GLØS", "source", "UB-UTLÅN GLØS"),
    ]
    book.sheet()["Q3"] = "spør Kari"
    book.cell("UB-LISENSER", "line").comment = Comment("Hva betyr dette?", "Kari")
    extra = book.book.create_sheet("Ark1")
    extra["B2"] = "husk"
    book.sheet("Les meg")["B20"] = "Vi er uenige"
    _, merged = returned(folder, book.saved())
    assert {place for _, place in _problems(merged)} == {
        *(f"ub.xlsx: {place}" for place in places),
        "ub.xlsx: Grupper!Q3",
        "ub.xlsx: Grupper!K5",
        "ub.xlsx: Ark1!B2",
        "ub.xlsx: Les meg!B20",
    }
    assert {code for code, _ in _problems(merged)} == {"sheet-ignored"}


def test_who_filled_it_in_stands_on_the_first_sheet(book: Filled) -> None:
    book.sheet("Les meg")["C10"] = "unni@example.no"
    assert read(book.saved(), KEY).author == "unni@example.no"


def test_a_base_that_was_edited_or_is_another_workspace_s_makes_every_difference_a_conflict(
    folder: Path, book: Filled
) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    path = book.saved()
    assert read(path, b"another workspace's key").base is None
    hidden = book.sheet("Grunnlag")["B2"]
    hidden.value = hidden.value.replace("a", "b", 1)
    before = text_of(folder)
    _, merged = returned(folder, book.saved())
    assert _problems(merged) == [("sheet-base", "ub.xlsx")]
    assert [(left.source, left.why) for left in merged.left] == [("UB-UTLÅN-DRAG", "no_base")]
    assert text_of(folder) == before


def test_a_large_base_is_whole_in_any_order_of_its_parts(folder: Path, tmp_path: Path) -> None:
    reason = " ".join(f"{n:x}" for n in range(1 << 15, (1 << 15) + 90))
    entries = "".join(f'- source: s{n}\n  note: "{n} {reason}"\n' for n in range(400))
    (folder / "units/ub/services.yaml").write_text(entries, encoding="utf-8")
    book = Filled(exported(folder, tmp_path / "ub.xlsx"))
    hidden = book.sheet("Grunnlag")
    parts = [[cell.value for cell in row] for row in hidden.iter_rows(min_row=2)]
    for at, part in enumerate(reversed(parts), 2):
        hidden.cell(at, 1).value, hidden.cell(at, 2).value = part
    found, merged = returned(folder, book.saved())
    assert found.base is not None
    assert (merged.left, merged.problems) == ([], [])


@pytest.mark.parametrize("content", [b"", b"name;answer\n", b"PK\x03\x04nonsense"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ub.xlsx"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        read(path, KEY)
    assert error.value.problems[0].code == "sheet-unreadable"


def test_a_workbook_of_somebody_else_and_one_that_explodes_are_refused(tmp_path: Path) -> None:
    foreign, bomb = tmp_path / "foreign.xlsx", tmp_path / "bomb.xlsx"
    Workbook().save(foreign)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (21 << 20))
    for path in (foreign, bomb, tmp_path / "nowhere.xlsx"):
        with pytest.raises(ConfigurationError) as error:
            read(path, KEY)
        assert error.value.problems[0].code == "sheet-unreadable"


def test_a_last_row_of_a_million_is_not_walked_to(folder: Path, book: Filled) -> None:
    book.put("UB-UTLÅN-DRAG", "restricted", "nei")
    for sheet in book.book.worksheets:
        sheet.cell(1_048_576, 3).number_format = "@"
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert _restricted(folder, "UB-UTLÅN-DRAG") == "false"


def test_names_that_begin_like_formulas_come_back_as_they_were(folder: Path, book: Filled) -> None:
    book.put(EVIL, "action", "Blir igjen i HPSM", "Operatører")
    book.put(EVIL, "reason", "+ avsluttet", "Operatører")
    _, merged = returned(folder, book.saved())
    assert (merged.left, merged.problems) == ([], [])
    assert 'reason: "+ avsluttet"' in text_of(folder, "operators")
