"""People who edit workbooks at random, and what they wrote."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from sheet_world import EVIL, exported, world

TITLES = {"Grupper": "groups", "Operatører": "operators", "Lenker": "links"}


VALUES: dict[str, tuple[Any, ...]] = {
    "action": ("Blir", "Slås sammen med", "Legges ned", "Blir igjen i HPSM", "vet ikke", "map"),
    "target": ("UB Utlån", "UB Skranken", "UB Utlån Gløshaugen", "kari", "vet ikke", EVIL, 12.0),
    "line": ("førstelinje", "second line", "vet ikke"),
    "open_tickets_to": ("UB Utlån", "UB Skranken", "vet ikke"),
    "reason": ("avvikles", "+ slutter", "Vet ikke"),
    "restricted": ("ja", "no", "vet ikke", True, False),
    "note": ("Spør Kari", "-1", "vet ikke", "=SUM(A1)", " to  linjer\nav noe "),
}


JUNK = (None, "xyzzy", "n/a", 7, 0.5, "x" * 501, "=1+1")


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and which exported cell it is: an entry and a column, or none."""

    value: Any = None
    source: str | None = None
    name: str | None = None


Grid = list[list[Cell]]


@cache
def original() -> dict[str, list[list[Any]]]:
    """The workbook that everybody begins with: what stands in each sheet."""
    with tempfile.TemporaryDirectory(prefix="two-editors-") as temporary:
        folder = world(Path(temporary) / "mappings")
        book = load_workbook(exported(folder, Path(temporary) / "ub.xlsx"))
        return {
            sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
            for sheet in book
        }


def _grid(rows: list[list[Any]]) -> Grid:
    names = rows[0]
    return [
        [
            Cell(
                value,
                plain(row[1]) if at > 1 else None,
                "id" if column == 0 else names[column],
            )
            for column, value in enumerate(row)
        ]
        for at, row in enumerate(rows)
        if any(value is not None for value in row)
    ]


def plain(text: str) -> str:
    return text[1:] if text.startswith("'") else text


class Editor:
    """Somebody with a copy of the workbook. `edits` draws what they do."""

    def __init__(self, path: Path, draw: random.Random) -> None:
        self.path, self.draw = path, draw
        self.before = {title: _grid(original()[title]) for title in TITLES}
        self.grids = {title: [list(row) for row in grid] for title, grid in self.before.items()}
        self.titles = {title: title for title in TITLES}
        self.did: list[str] = []

    def edit(self) -> None:
        title = self.draw.choices(list(TITLES), [6, 3, 1])[0]
        grid = self.grids[title]
        moves = [
            *[self._answer] * 12,
            *[self._junk] * 3,
            *[self._row_sort, self._row_delete, self._row_insert, self._row_paste],
            *[self._column_insert, self._column_delete, self._column_swap],
            *[self._heading, self._rename, self._figure, self._half_sort],
        ]
        move = self.draw.choice(moves)
        if len(grid) > 2 and len(grid[0]) > 3:
            move(title, grid)
            self.did.append(f"{self.path.stem}: {move.__name__} {title}")

    def _rows(self, grid: Grid) -> range:
        return range(2, len(grid))

    def _columns(self, grid: Grid) -> list[int]:
        return [at for at, cell in enumerate(grid[0]) if cell.name in VALUES]

    def _answer(self, title: str, grid: Grid) -> None:
        if columns := self._columns(grid):
            row, at = self.draw.choice(self._rows(grid)), self.draw.choice(columns)
            value = self.draw.choice(VALUES[str(grid[0][at].name)])
            grid[row][at] = replace(grid[row][at], value=value)

    def _junk(self, title: str, grid: Grid) -> None:
        if columns := self._columns(grid):
            row, at = self.draw.choice(self._rows(grid)), self.draw.choice(columns)
            grid[row][at] = replace(grid[row][at], value=self.draw.choice(JUNK))

    def _row_sort(self, title: str, grid: Grid) -> None:
        rows = grid[2:]
        self.draw.shuffle(rows)
        grid[2:] = rows

    def _row_delete(self, title: str, grid: Grid) -> None:
        del grid[self.draw.choice(self._rows(grid))]

    def _row_insert(self, title: str, grid: Grid) -> None:
        row = [Cell() for _ in grid[0]]
        for at in range(1, len(row)):
            if self.draw.random() < 0.3:
                row[at] = Cell(self.draw.choice(["nytt", "UB-NY2", "Blir", EVIL]))
        grid.insert(self.draw.randint(2, len(grid)), row)

    def _row_paste(self, title: str, grid: Grid) -> None:
        row = list(grid[self.draw.choice(self._rows(grid))])
        if self.draw.random() < 0.3:
            row[0] = Cell()
        grid.insert(self.draw.randint(2, len(grid)), row)

    def _column_insert(self, title: str, grid: Grid) -> None:
        at = self.draw.randint(1, len(grid[0]))
        for number, row in enumerate(grid):
            value = "huskeliste" if number > 1 and self.draw.random() < 0.3 else None
            row.insert(at, Cell(value))

    def _column_delete(self, title: str, grid: Grid) -> None:
        at = self.draw.choice([0, *self._columns(grid)])
        for row in grid:
            del row[at]

    def _column_swap(self, title: str, grid: Grid) -> None:
        one, other = (self.draw.randrange(len(grid[0])) for _ in range(2))
        for row in grid:
            row[one], row[other] = row[other], row[one]

    def _heading(self, title: str, grid: Grid) -> None:
        at = self.draw.randrange(len(grid[1]))
        if grid[1][at].value is not None:
            grid[1][at] = replace(grid[1][at], value="Noe annet")

    def _rename(self, title: str, grid: Grid) -> None:
        self.titles[title] = f"Våre {len(self.did)} {title.lower()}"

    def _figure(self, title: str, grid: Grid) -> None:
        row, at = self.draw.choice(self._rows(grid)), self.draw.randrange(1, len(grid[0]))
        if grid[0][at].name not in VALUES:
            grid[row][at] = replace(grid[row][at], value="endret")

    def _half_sort(self, title: str, grid: Grid) -> None:
        """All columns but the first are sorted, as when somebody marked only what they see."""
        one, other = (self.draw.choice(self._rows(grid)) for _ in range(2))
        grid[one][1:], grid[other][1:] = grid[other][1:], grid[one][1:]

    def save(self) -> Path:
        """The workbook without its looks, which nobody reads back."""
        book = Workbook()
        for title, rows in original().items():
            sheet = book.create_sheet(self.titles.get(title, title))
            grid = self.grids.get(title)
            values = [[cell.value for cell in row] for row in grid] if grid is not None else rows
            for at, row in enumerate(values, 1):
                for column, value in enumerate(row, 1):
                    if value is not None:
                        made = sheet.cell(at, column)
                        made.value = value
                        if isinstance(value, str) and value != "=1+1":
                            made.data_type = "s"
        book.save(self.path)
        return self.path

    def differing(self) -> Iterator[tuple[str, Cell, str]]:
        """Every cell that says something else than what was exported there: the file, the cell,
        and its place in the workbook."""
        for title, grid in self.grids.items():
            was = {
                (cell.source, cell.name): cell.value for row in self.before[title] for cell in row
            }
            for number, row in enumerate(grid, 1):
                named = next((c for c in row if c.name == "source" and c.value), None)
                if named and number > 2 and not any(c.name == "id" and c.value for c in row):
                    # Without its id a row is whatever its name says, wherever its cells are from.
                    row = [replace(c, source=plain(str(named.value))) for c in row]
                elif own := next((c.source for c in row if c.name == "id" and c.value), None):
                    # What was made elsewhere and came here speaks of whatever this row is.
                    row = [
                        c if c.name else Cell(c.value, own, head.name)
                        for c, head in zip(row, grid[0], strict=True)
                    ]
                for column, cell in enumerate(row, 1):
                    exported_value = was.get((cell.source, cell.name)) if cell.name else None
                    if number > 2 and cell.name != "id" and cell.value != exported_value:
                        place = f"{self.titles[title]}!{get_column_letter(column)}{number}"
                        yield TITLES[title], cell, place
