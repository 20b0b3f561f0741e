"""Two people edit copies of one workbook while the files change under them: whatever they do, no
cell that differs from the export is lost in silence, and what the files say is not overwritten.

A sheet is a grid of cells here, each of which knows from where it came; the edits move and change
those, and only then is a workbook made of it. So what must be accounted for is known without the
code that reads it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from sheet_world import (
    EVIL,
    entries_of,
    exported,
    lines_of,
    mappings_of,
    returned,
    world,
)

from migrate.transform.deciding import write_entries
from migrate.transform.mapping import GroupDecision, Mappings, Part, Review
from migrate.transform.sheet.columns import answer_names, answers_of, columns_of
from migrate.transform.sheet.lines import left_lines
from migrate.transform.sheet.merge import Merged
from migrate.transform.sheet.neutral import tidied
from migrate.transform.sheet.wording import Words, meaning

SEQUENCES = int(os.environ.get("SHEET_SEQUENCES", "2000"))
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


def _grid(rows: list[list[Any]]) -> Grid:
    names = rows[0]
    return [
        [
            Cell(
                value,
                _plain(row[1]) if at > 1 else None,
                "id" if column == 0 else names[column],
            )
            for column, value in enumerate(row)
        ]
        for at, row in enumerate(rows)
        if any(value is not None for value in row)
    ]


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") else text


class Editor:
    """Somebody with a copy of the workbook. `edits` draws what they do."""

    def __init__(self, path: Path, draw: random.Random) -> None:
        self.path, self.draw = path, draw
        self.before = {title: _grid(_original()[title]) for title in TITLES}
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
        for title, rows in _original().items():
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
                    row = [replace(c, source=_plain(str(named.value))) for c in row]
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


def _shown(merged: Merged, place: str) -> bool:
    """Whether a cell is named: by itself, or with the whole row that was refused."""
    sheet, _, cell = place.partition("!")
    row = f"{sheet}!{''.join(filter(str.isdigit, cell))}"
    if any(place in left.place.split(", ") for left in merged.left):
        return True
    named = [problem.place.partition(": ")[2] for problem in merged.problems]
    return place in named or row in named or any(each.startswith(f"{row} (") for each in named)


def _answers(mappings: Mappings) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (file, source): answers_of(file, entry)
        for file, table in entries_of(mappings).items()
        for source, entry in table.items()
    }


def _said(file: str, cell: Cell) -> str | None:
    column = next(column for column in columns_of(file) if column.name == cell.name)
    value = cell.value
    if isinstance(value, bool):
        return meaning(column, str(value).lower())
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "")
    return meaning(column, tidied(_plain(text)))


def _accounted(editor: Editor, merged: Merged, exported_answers: Any, after: Any) -> None:
    """Every cell that differs is in the files, or means what was exported, or is shown."""
    for file, cell, place in editor.differing():
        if _shown(merged, place):
            continue
        if cell.name is None or cell.source is None:  # of a row that somebody made
            known = {source for named, source in after if named == file}
            taken = [each.cells.values() for each in merged.changes]
            assert str(cell.value) in known or any(place in str(each) for each in taken), place
            continue
        assert cell.name in answer_names(file), (place, cell)
        said = _said(file, cell)
        base = exported_answers[file, cell.source][cell.name]
        now = after[file, cell.source]
        if said in (base, now[cell.name]):
            continue
        if not said and base in ("", "unknown"):
            continue  # nothing instead of "don't know"
        unknown = said == "unknown" and now["action"] == "unknown"
        emptied = said == "unknown" and now[cell.name] == ""
        assert unknown or emptied, (place, cell, said, base, now)


def _not_overwritten(base: Any, before: Any, after: Any) -> None:
    """What the files said otherwise than the export, they still say."""
    for key, answers in before.items():
        for name, answer in answers.items():
            if key in base and answer != base[key][name]:
                assert after[key][name] == answer, (key, name)


def _meanwhile(folder: Path, draw: random.Random) -> None:
    """Somebody decides in the files."""
    groups = mappings_of(folder).units["ub"].groups
    entry = groups[draw.choice(list(groups))]
    decision = draw.choice(
        [
            GroupDecision(action="map", target="UB Bak disken", line="second"),
            GroupDecision(action="leave", reason="ny ordning"),
            GroupDecision(action="split", target="UB Rest", parts=[Part(target="UB Del")]),
            None,
        ]
    )
    update = draw.choice(
        [{"decision": decision, "review": Review()}, {"restricted": True}, {"note": "I fila"}]
    )
    file = folder / "units/ub/groups.yaml"
    write_entries(file, [(entry, entry.model_copy(update=update))])


@cache
def _original() -> dict[str, list[list[Any]]]:
    """The workbook that everybody begins with: what stands in each sheet."""
    with tempfile.TemporaryDirectory(prefix="two-editors-") as temporary:
        folder = world(Path(temporary) / "mappings")
        book = load_workbook(exported(folder, Path(temporary) / "ub.xlsx"))
        return {
            sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
            for sheet in book
        }


@dataclass
class Tally:
    """What was seen of so many sequences."""

    edits: int = 0
    changes: int = 0
    left: int = 0
    named: int = 0


def _one_sequence(seed: int, tally: Tally) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="two-editors-") as temporary:
        folder = world(Path(temporary) / "mappings")
        editors = []
        for name in ("kari", "ola"):
            editor = Editor(Path(temporary) / f"{name}.xlsx", draw)
            for _ in range(draw.randint(1, 8)):
                editor.edit()
            editors.append(editor)
        try:
            _come_back(folder, editors, draw, tally)
        except Exception as error:
            error.add_note("\n".join(move for editor in editors for move in editor.did))
            raise


def _come_back(folder: Path, editors: list[Editor], draw: random.Random, tally: Tally) -> None:
    """One copy after the other, while somebody decides in the files."""
    base = _answers(mappings_of(folder))
    comments = _comments(folder)
    for editor in editors:
        if draw.random() < 0.6:
            _meanwhile(folder, draw)
        before = _answers(mappings_of(folder))
        _, merged = returned(folder, editor.save(), by=f"{editor.path.stem}@example.no")
        after = _answers(mappings_of(folder))
        _accounted(editor, merged, base, after)
        _not_overwritten(base, before, after)
        _conflicts_come_back(folder, merged)
        tally.edits += len(editor.did)
        tally.changes += sum(len(change.cells) for change in merged.changes)
        tally.left += len(merged.left)
        tally.named += len(merged.problems)
    assert comments <= _comments(folder)


def _comments(folder: Path) -> set[str]:
    text = (folder / "units/ub/groups.yaml").read_text(encoding="utf-8")
    wanted = ("# Utlån", "# den største", "# som i dag", "# fra nyttår", "# Resten")
    return {comment for comment in wanted if comment in text}


def _conflicts_come_back(folder: Path, merged: Merged) -> None:
    """Everything left has its line in the small workbook, with what the person said."""
    entries = entries_of(mappings_of(folder))
    lines = {
        (line.file, line.source): line
        for line in left_lines(merged.left, lines_of(entries), Words("nb"))
    }
    for left in merged.left:
        line = lines[left.file, left.source]
        column = next(c for c in columns_of(left.file) if c.name == left.field)
        assert left.field in line.marked
        if not column.choices and left.why != "too_long":
            assert left.theirs in line.left


@given(st.integers(0, 2**63))
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_nothing_that_two_editors_do_is_lost_in_silence(seed: int) -> None:
    _one_sequence(seed, Tally())


@pytest.mark.slow
def test_nothing_is_lost_over_thousands_of_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    start = random.SystemRandom().randrange(2**62)
    tally = Tally()
    for seed in range(start, start + SEQUENCES):
        try:
            _one_sequence(seed, tally)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    with capsys.disabled():
        sys.stdout.write(
            f"\n{SEQUENCES} sequences of edits by two editors, seeds from {start}:"
            f" {tally.edits} edits, {tally.changes} answers taken in, {tally.left} came back,"
            f" {tally.named} things named; 0 silent losses, every conflict shown\n"
        )
