"""Reads a workbook back as people return it: sorted, filtered, renamed, with rows and columns
moved, pasted, inserted or gone. What it cannot place it names by cell."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from migrate.errors import ConfigurationError, Problem
from migrate.transform.approve import FILES
from migrate.transform.sheet.base import Base, opened
from migrate.transform.sheet.columns import columns_of
from migrate.transform.sheet.neutral import tidied, unescaped, unguarded
from migrate.transform.sheet.wording import headings, titles
from migrate.transform.sheet.write import AUTHOR, MARK

LARGEST = 20 << 20
"""Bytes that a workbook may have when it is unpacked; ours have a few hundred thousand."""

_DEPTH = 25
"""How many rows from the top the headings are looked for."""

_ENOUGH = 3
"""How many headings of ours make a row the one of the headings."""


@dataclass(frozen=True, slots=True)
class Said:
    """One cell: where, what it says, and whether it is a formula or an error instead."""

    place: str
    text: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its hidden id, and what stands in the columns that we know."""

    file: str
    place: str
    id: str
    cells: dict[str, Said]


@dataclass
class Found:
    """A workbook as it came back. `base` is None where it is not there, or is not ours. `columns`
    is file → the columns that its sheets have; `problems` are what cannot be placed."""

    name: str
    base: Base | None = None
    author: str = ""
    rows: list[Row] = field(default_factory=list)
    columns: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(path: Path, key: bytes) -> Found:
    """Everything that a workbook says. Raises ConfigurationError (`sheet-unreadable`) where it is
    none, or none of ours."""
    book = _load(path)
    found = Found(path.name)
    reader = _Reader(found)
    ours = [(sheet, *_mark(sheet)) for sheet in book.worksheets]
    for sheet, kind, _ in ours:
        if kind == "base":
            found.base = opened(key, _chunks(sheet))
    for sheet, kind, top in ours:
        if kind == "front":
            reader.front(sheet)
        elif kind in FILES:
            reader.entries(sheet, kind, top)
        elif not kind:
            reader.foreign(sheet)
    if not found.columns:
        raise _unreadable(path, "no sheet of it is one that `migrate map export` made")
    return found


class _Reader:
    def __init__(self, found: Found) -> None:
        self.found = found

    def front(self, sheet: Worksheet) -> None:
        """The author, and whatever somebody wrote beside what we wrote."""
        told = self.found.base.front if self.found.base else None
        author_rows = {cell.row for cell in _filled(sheet) if _text(cell.value) == AUTHOR}
        for cell in _filled(sheet):
            if cell.column == 1:
                continue
            if cell.row in author_rows and cell.column > 2:
                self.found.author = self.found.author or _said(sheet, cell).text
            elif told is not None and tidied(told.get(cell.coordinate, "")) != _text(cell.value):
                self._ignored(sheet, cell.coordinate, "this is not a place for an answer")

    def entries(self, sheet: Worksheet, file: str, top: int) -> None:
        """The rows of one file's sheet; `top` is the row of the columns' own names, 0 where it is
        gone."""
        places, head = self._columns(sheet, file, top)
        self.found.columns.setdefault(file, set()).update(places.values())
        for number, cells in _rows(sheet).items():
            if number in (top, head):
                continue
            for cell in cells.values():
                if cell.comment is not None:
                    self._ignored(sheet, cell.coordinate, "a remark on a cell is not read")
                if _text(cell.value) and (number <= head or cell.column not in places):
                    self._ignored(
                        sheet, cell.coordinate, "neither the row nor the column of an answer"
                    )
            row = {
                name: _said(sheet, cells[at])
                if at in cells
                else Said(f"{sheet.title}!{get_column_letter(at)}{number}", "")
                for at, name in places.items()
            }
            identity = row.pop("id", None)
            if number > head and any(said.text or said.broken for said in row.values()):
                place = f"{sheet.title}!{number}"
                self.found.rows.append(Row(file, place, identity.text if identity else "", row))

    def foreign(self, sheet: Worksheet) -> None:
        """A sheet that somebody made: what stands in it is named, cell by cell."""
        for cell in _filled(sheet):
            self._ignored(sheet, cell.coordinate, "the sheet is none of ours")

    def _columns(self, sheet: Worksheet, file: str, top: int) -> tuple[dict[int, str], int]:
        """Column number → its name, and the row of the headings (0: there is none)."""
        names = {column.name for column in columns_of(file)} | {"left"}
        places: dict[int, str] = {}
        for cell in sheet[top] if top else ():
            text = _text(cell.value)
            if text.startswith(MARK):
                places[int(cell.column or 0)] = "id"
            elif text in names and text not in places.values():
                places[int(cell.column or 0)] = text
        for row in range(top + 1, min(_DEPTH, sheet.max_row) + 1):
            known: dict[int, str] = {}
            for cell in sheet[row]:
                name = headings().get(_text(cell.value).casefold(), "")
                if name in names and name not in known.values():
                    known[int(cell.column or 0)] = name
            if len(known) >= _ENOUGH:
                return (places if top else {1: "id"} | known), row
        if not top:
            return {}, 0
        ids = [at for at, name in places.items() if name == "id"]
        # Without ids the row below could be an entry: as such it is named where it is none.
        headed = bool(ids) and not _text(sheet.cell(top + 1, ids[0]).value)
        return places, top + headed

    def _ignored(self, sheet: Worksheet, place: str, message: str) -> None:
        where = f"{self.found.name}: {sheet.title}!{place}"
        self.found.problems.append(Problem("sheet-ignored", where, message, warning=True))


def _mark(sheet: Worksheet) -> tuple[str, int]:
    """What a sheet is, and in which row its columns' own names are (0: they are gone); "" for none
    of ours."""
    named = titles().get(tidied(sheet.title).casefold(), "")
    for row in sheet.iter_rows(max_row=min(_DEPTH, sheet.max_row)):
        texts = [_text(cell.value) for cell in row]
        for text in texts:
            if text.startswith(MARK):
                return text.removeprefix(MARK), int(row[0].row or 0)
        if named and {"source", "action", "note"} <= set(texts):
            return named, int(row[0].row or 0)
    return named, 0


def _chunks(sheet: Worksheet) -> str:
    """The base's text, its parts in the order of their numbers."""
    parts = {
        int(_text(cells[1].value)): _text(cells[2].value)
        for cells in _rows(sheet).values()
        if 2 in cells and 1 in cells and _text(cells[1].value).isdigit()
    }
    return "".join(parts[number] for number in sorted(parts))


def _rows(sheet: Worksheet) -> dict[int, dict[int, Any]]:
    """Row → column → cell, of the cells that are there: some programs write a last row of a million
    for the sake of its looks, and walking there would make every cell on the way."""
    found: dict[int, dict[int, Any]] = {}
    for (row, column), cell in sorted(sheet._cells.items()):
        found.setdefault(row, {})[column] = cell
    return found


def _filled(sheet: Worksheet) -> Iterator[Any]:
    for cells in _rows(sheet).values():
        for cell in cells.values():
            if (text := _text(cell.value)) and not text.startswith(MARK):
                yield cell


def _said(sheet: Worksheet, cell: Any) -> Said:
    text = _text(cell.value)
    broken = cell.data_type in ("f", "e")
    return Said(f"{sheet.title}!{cell.coordinate}", "" if broken else text, broken)


def _text(value: Any) -> str:
    """A cell's value as text; what a spreadsheet made a number or a day of is written as such."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == datetime.min.time():
            return value.date().isoformat()
    return tidied(unguarded(unescaped(str(value))))


def _load(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                raise _unreadable(path, f"it is larger than {LARGEST >> 20} MB when unpacked")
        return load_workbook(path)
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file") from None
    except (ConfigurationError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever its XML meets
        raise _unreadable(path, f"it cannot be read ({type(error).__name__})") from None


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "sheet-unreadable", path.name, why, expected="an .xlsx file of `migrate map export`"
        )
    )
