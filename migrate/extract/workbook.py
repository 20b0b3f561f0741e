"""Workbooks (.xlsx): a sheet with a header, its cells typed by Excel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from openpyxl.utils import range_boundaries

from migrate.errors import ConfigurationError, Problem
from migrate.extract.export_reader import Asked, Block, Tell, named
from migrate.extract.handed import Broken, Handed
from migrate.extract.values import Converter
from migrate.extract.workbook_parts import opened
from migrate.extract.workbook_sheet import Cells, Sheet, Stored, Value
from migrate.extract.workbook_values import adapted, shown

_BEGINNING = 40
_LISTED = 5


class Workbook:
    """A `Reader` of one sheet of a workbook; see `config.ExportFile` for its form."""

    sparse = False

    def __init__(self, file: Handed) -> None:
        self._file = file
        self._header = file.form.skip_lines + 1
        self.place = file.at(self._header)

    def names(self) -> list[str]:
        with opened(self._file) as parts:
            sheet = Sheet(parts)
            try:
                names = named(self._names(sheet, sheet.rows()))
            except Broken as error:
                raise self._file.broken(self._header, str(error)) from None
        if not any(names):
            message = "there is no header in this row"
            wrong = self._file.wrong(message, "skip_lines", line=self._header)
            raise ConfigurationError(wrong)
        return names

    def check(self) -> list[Problem]:
        """Whether there are sheets that nobody has spoken of; those with the same columns may hold
        the rest of the records."""
        with opened(self._file) as parts:
            if self._file.form.sheet is not None or not parts.others:
                return []
            title, others = parts.title, parts.others[:_LISTED]
        if alike := [name for name in others if self._has_header(name)]:
            message = f"only its sheet {title} is read, and {', '.join(alike)} has the same columns"
            name = self._file.name
            remedy = (
                f"Set source.files.{name}.sheet in migrate.yaml to {title} if the others do not "
                f"matter; else name each in an entry of its own, with `kind` and `like: {name}` "
                "under source.tables."
            )
            return [self._file.wrong(message, remedy=remedy)]
        message = f"only its sheet {title} is read, and not {', '.join(others)}"
        return [self._file.wrong(message, "sheet", warning=True)]

    def _has_header(self, sheet: str) -> bool:
        """Whether another sheet of the workbook has the columns of the one that is read."""
        form = self._file.form.model_copy(update={"sheet": sheet})
        try:
            return Workbook(replace(self._file, form=form)).names() == self.names()
        except ConfigurationError:
            return False

    def beginning(self) -> list[list[str]]:
        found: list[list[str]] = []
        with opened(self._file) as parts:
            sheet = Sheet(parts)
            try:
                for number, row in sheet.rows():
                    if number > _BEGINNING:
                        break
                    found += [[]] * (number - 1 - len(found))
                    found.append(_texts(sheet.cells(row)))
            except Broken:
                pass
        return found

    def blocks(self, asked: Sequence[Asked], size: int, after: int, tell: Tell) -> Iterator[Block]:
        broken: ConfigurationError | None = None
        rows: list[list[Value]] = []
        numbers: list[int] = []
        number = met = 0

        def block() -> Block:
            place = partial(_place, self._file, numbers)
            return Block(list(zip(*rows, strict=True)), len(rows), place, met)

        with opened(self._file) as parts:
            sheet = Sheet(parts)
            stored = sheet.rows()
            try:
                cells_of_header = self._names(sheet, stored)
                names = named(cells_of_header)
                places = [names.index(column) for column, _ in asked]
                wanted, header = frozenset(places), [cells_of_header[place] for place in places]
                for number, row in stored:
                    met += 1
                    if met <= after:
                        continue
                    cells = sheet.cells(row, wanted)
                    values = [cells.get(place) for place in places]
                    if not cells and not sheet.cells(row):
                        continue
                    if values == header:
                        tell(self._again(number), str(self._file.path))
                        continue
                    rows.append(values)
                    numbers.append(number)
                    if len(rows) == size:
                        yield block()
                        rows, numbers = [], []
            except Broken as error:
                broken = self._file.broken(number + 1, str(error))
            if rows:
                yield block()
        if broken:
            raise broken
        for problem in self._merged(sheet):
            tell(problem, str(self._file.path))

    def converter(
        self, asked: Asked, identifies: bool, convert: Converter, tell: Tell
    ) -> Converter:
        form = self._file.form
        said: set[str] = set()

        def changed(what: str) -> None:
            if what not in said:
                said.add(what)
                place = self._file.column(asked.column)
                message = f"{asked.column} {what}"
                tell(Problem("excel-changed", place, message, warning=True), place)

        return adapted(asked.type, form.decimal, frozenset(form.null), convert, changed)

    def _names(self, sheet: Sheet, rows: Stored) -> list[str]:
        """The cells of the header, which is taken from `rows`."""
        for number, row in rows:
            if number >= self._header:
                cells = sheet.cells(row) if number == self._header else {}
                return _texts(cells)
        return []

    def _again(self, number: int) -> Problem:
        message = "the header stands here again: it is no record"
        return self._file.wrong(message, line=number, warning=True)

    def _merged(self, sheet: Sheet) -> Iterator[Problem]:
        """Excel shows one value over all of the cells, and has it in the first one only."""
        for cells in sheet.merged:
            try:
                _, _, _, last = range_boundaries(cells)
            except ValueError:
                continue
            if last is not None and last > self._header:
                message = f"the cells {cells} are merged: only the first of them has a value"
                yield Problem("excel-changed", self._file.at(last), message)


def _texts(cells: Cells) -> list[str]:
    """The cells of a row from its first column on."""
    return [shown(cells.get(column)) for column in range(max(cells, default=-1) + 1)]


def _place(file: Handed, numbers: list[int], index: int) -> str:
    return file.at(numbers[index])
