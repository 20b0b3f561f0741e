"""A workbook that LibreOffice has opened and saved comes back like any other."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sheet_world import EVIL, Filled, entries_of, exported, mappings_of, returned, text_of, world

from migrate.transform.sheet.columns import answers_of

PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs LibreOffice (soffice) on the path"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return world(tmp_path / "mappings")


def _saved_by_libreoffice(path: Path, form: str = "xlsx") -> Path:
    """The workbook as LibreOffice writes it after opening it, in a folder of its own."""
    assert PROGRAM is not None
    out = path.parent / f"saved-{form}"
    subprocess.run(
        [
            *(PROGRAM, f"-env:UserInstallation=file://{path.parent}/profile", "--headless"),
            *("--convert-to", form, "--outdir", out, path),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return out / f"{path.stem}.{form}"


def test_opened_and_saved_it_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = text_of(folder), text_of(folder, "operators")
    saved = _saved_by_libreoffice(exported(folder, tmp_path / "ub.xlsx"))
    found, merged = returned(folder, saved)
    assert found.base is not None
    assert (merged.changes, merged.left, merged.problems) == ([], [], [])
    assert (text_of(folder), text_of(folder, "operators")) == before


def test_answers_and_conflicts_come_through_it(folder: Path, tmp_path: Path) -> None:
    filled = Filled(exported(folder, tmp_path / "ub.xlsx"))
    filled.put("UB-UTLÅN-DRAG", "restricted", "nei")
    filled.put("UB-LISENSER", "note", EVIL)
    filled.put("UB-UTLÅN-GLØS", "line", "tredjelinje")
    _, merged = returned(folder, _saved_by_libreoffice(filled.saved()))
    assert [(left.source, left.why) for left in merged.left] == [("UB-UTLÅN-GLØS", "answer")]
    groups = entries_of(mappings_of(folder))["groups"]
    assert answers_of("groups", groups["UB-UTLÅN-DRAG"])["restricted"] == "false"
    assert answers_of("groups", groups["UB-LISENSER"])["note"] == EVIL


def test_what_an_owner_sees_survives_it(folder: Path, tmp_path: Path) -> None:
    book = load_workbook(_saved_by_libreoffice(exported(folder, tmp_path / "ub.xlsx")))
    sheet = book["Grupper"]
    assert sheet.protection.sheet
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["A"].hidden
    assert sheet.data_validations.dataValidation


def test_as_csv_no_cell_begins_like_a_formula(folder: Path, tmp_path: Path) -> None:
    book = load_workbook(exported(folder, tmp_path / "ub.xlsx"))
    for name in [name for name in book.sheetnames if name != "Operatører"]:
        del book[name]
    book.save(tmp_path / "operators.xlsx")
    text = _saved_by_libreoffice(tmp_path / "operators.xlsx", "csv").read_text(encoding="utf-8")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
