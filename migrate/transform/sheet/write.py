"""Writes a unit's workbook: a sheet for each file, and what the reading back needs, hidden."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from migrate.transform.approve import FILES
from migrate.transform.sheet.base import sealed
from migrate.transform.sheet.columns import Column, Line, columns_of, row_id
from migrate.transform.sheet.neutral import escaped, guarded, tidied
from migrate.transform.sheet.wording import Words

MARK = "migrate:"
"""How the hidden first cell of each sheet of ours begins; the file's name follows."""

HEAD, FIRST = 2, 3
"""The rows of the headings and of the first entry; row 1 holds the columns' own names, hidden."""

AUTHOR = "author"

_GREY = PatternFill("solid", fgColor="EDEDED")
_YELLOW = PatternFill("solid", fgColor="FFF2A8")
_DARK = PatternFill("solid", fgColor="1F3A5F")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_SPARE = 50
"""Rows below the last one that are checked too, for what somebody pastes there."""

_WIDTHS = {
    "source": 34,
    "name": 24,
    "proposal": 34,
    "why": 36,
    "left": 60,
    "action": 22,
    "target": 32,
    "open_tickets_to": 30,
    "reason": 30,
    "folder": 34,
    "note": 44,
}


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into a workbook. `legal` is (file, field) → the values that TOPdesk has; `day` is
    when it was made, YYYY-MM-DD. With `leftover` it is what came back of another one, and `named`
    are the cells of that one that could not be read as answers."""

    unit: str
    title: str
    lines: Sequence[Line]
    legal: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    day: str = ""
    leftover: bool = False
    named: Sequence[str] = ()


def written(export: Export, key: bytes, lang: str) -> bytes:
    """The workbook as the bytes of an .xlsx file; its base is signed with `key`."""
    words = Words(lang)
    book = Workbook()
    front = book.active
    assert isinstance(front, Worksheet)  # noqa: S101 - a new workbook has one sheet
    texts = _front(front, export, words)
    lists = _Lists(book.create_sheet(words("sheets.lists")))
    for file in FILES:
        lines = [line for line in export.lines if line.file == file]
        if lines:
            _Sheet(book.create_sheet(words.named("sheets", file)), export, file, words, lists).fill(
                lines
            )
    base = book.create_sheet(words("sheets.base"))
    _put(base["A1"], f"{MARK}base")
    for at, chunk in enumerate(sealed(key, export.unit, export.day, export.lines, texts)):
        base.cell(at + 2, 1, at + 1)
        _put(base.cell(at + 2, 2), chunk)
    base.sheet_state = "veryHidden"
    book.move_sheet(lists.sheet, len(book.sheetnames))
    book.properties.creator = "migrate"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _front(sheet: Worksheet, export: Export, words: Words) -> dict[str, str]:
    """Fill the first sheet; returns what stands in it, by cell."""
    sheet.title = words("sheets.front")
    title = "front.title_left" if export.leftover else "front.title"
    says = ["lead_left"] if export.leftover else ["lead", "known", "sort", "rows", "copies"]
    rows = [("", words(title, unit=export.title)), ("", "")]
    rows += [("", words(f"front.{name}")) for name in (*says, "approve")]
    rows += [("", ""), (AUTHOR, words("front.author")), ("", "")]
    rows += [("", words("front.made", day=export.day))]
    if export.named:
        rows += [("", ""), ("", words("front.named")), *(("", place) for place in export.named)]
    _put(sheet["A1"], f"{MARK}front")
    texts = {}
    for at, (name, text) in enumerate(rows, 1):
        if name:
            _put(sheet.cell(at, 1), name)
            sheet.cell(at, 3).protection = Protection(locked=False)
            sheet.cell(at, 3).number_format = "@"
            sheet.cell(at, 3).fill = _YELLOW
        if text:
            _put(sheet.cell(at, 2), text, wrap=True)
            texts[f"B{at}"] = text
    sheet["B1"].font = Font(bold=True, size=16)
    sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions["B"].width = 70
    sheet.column_dimensions["C"].width = 40
    sheet.sheet_view.showGridLines = False
    sheet.protection.enable()
    return texts


class _Lists:
    """The hidden sheet of legal answers: a column for each list, made when it is first needed."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        sheet.sheet_state = "hidden"
        _put(sheet["A1"], f"{MARK}lists")
        self._made: dict[tuple[str, ...], str] = {}

    def range_of(self, values: Sequence[str]) -> str:
        key = tuple(values)
        if key not in self._made:
            column = len(self._made) + 2
            for at, value in enumerate(values, 1):
                _put(self.sheet.cell(at, column), value)
            letter = get_column_letter(column)
            self._made[key] = f"'{self.sheet.title}'!${letter}$1:${letter}${len(values)}"
        return self._made[key]


class _Sheet:
    """One file's sheet while it is filled."""

    def __init__(
        self, sheet: Worksheet, export: Export, file: str, words: Words, lists: _Lists
    ) -> None:
        self.sheet, self.export, self.file, self.words, self.lists = (
            sheet,
            export,
            file,
            words,
            lists,
        )
        columns = list(columns_of(file))
        if export.leftover:
            columns.insert(1, Column("left", "shown"))
        self.columns = columns

    def fill(self, lines: Sequence[Line]) -> None:
        sheet, last = self.sheet, FIRST + len(lines) - 1
        _put(sheet["A1"], f"{MARK}{self.file}")
        for at, column in enumerate(self.columns, 2):
            _put(sheet.cell(1, at), column.name)
            head = sheet.cell(HEAD, at)
            _put(head, self.words.heading(column.name), wrap=True)
            head.font, head.fill = Font(bold=True, color="FFFFFF"), _DARK
            letter = get_column_letter(at)
            sheet.column_dimensions[letter].width = _WIDTHS.get(column.name, 15)
        for row, line in enumerate(lines, FIRST):
            self._line(row, line)
        for at, column in enumerate(self.columns, 2):
            if column.role == "answer":
                self._rules(at, column, last + _SPARE)
        end = get_column_letter(len(self.columns) + 1)
        sheet.auto_filter.ref = f"A{HEAD}:{end}{last}"
        sheet.freeze_panes = f"C{FIRST}"
        sheet.row_dimensions[1].hidden = True
        sheet.column_dimensions["A"].hidden = True
        sheet.protection.enable()
        for allowed in ("sort", "autoFilter", "formatColumns", "formatRows"):
            setattr(sheet.protection, allowed, False)  # False: it is not kept from them
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = f"{HEAD}:{HEAD}"

    def _line(self, row: int, line: Line) -> None:
        _put(self.sheet.cell(row, 1), row_id(self.export.unit, self.file, line.source))
        for at, column in enumerate(self.columns, 2):
            cell = self.sheet.cell(row, at)
            match column.role:
                case "source":
                    _put(cell, line.source, wrap=True)
                    cell.font = Font(bold=True)
                case "shown":
                    value = line.left if column.name == "left" else line.shown.get(column.name, "")
                    _put(cell, value, wrap=True)
                case "answer":
                    _put(cell, self.words.shown(column, line.answers[column.name]), wrap=True)
                    cell.protection = Protection(locked=False)
                    if column.name in line.marked:
                        cell.fill = _YELLOW
            if column.role != "answer":
                cell.fill = _GREY

    def _rules(self, at: int, column: Column, last: int) -> None:
        """What may be said in a column, and that what is typed there stays a text."""
        letter = get_column_letter(at)
        everywhere = self.sheet.column_dimensions[letter]
        everywhere.number_format, everywhere.protection = "@", Protection(locked=False)
        legal = list(self.export.legal.get((self.file, column.name), ()))
        if column.choices:
            legal = [self.words.answer(column.name, choice) for choice in column.choices]
        if not legal:
            return
        rule = DataValidation(
            type="list",
            formula1=self.lists.range_of(legal),
            allow_blank=True,
            showErrorMessage=True,
            showInputMessage=True,
            errorStyle="stop" if column.choices else "warning",
            errorTitle=self.words("prompt.title"),
            error=self.words("prompt.legal" if column.choices else "prompt.suggestion"),
            promptTitle=self.words("prompt.title"),
            prompt=self.words("prompt.list"),
        )
        rule.add(f"{letter}{FIRST}:{letter}{last}")
        self.sheet.add_data_validation(rule)


def _put(cell: Any, value: str | int, *, wrap: bool = False) -> None:
    """A value as a number or a plain text, never as a formula."""
    assert isinstance(cell, Cell)  # noqa: S101 - no merged cells here
    if isinstance(value, int):
        cell.value = value
    else:
        cell.value = escaped(guarded(tidied(value)))
        cell.data_type = "s"
        cell.number_format = "@"
        if not value:
            cell.value = None
    if wrap:
        cell.alignment = _WRAPPED
