"""Which entry a row of a workbook speaks of: by its hidden id and by its name, which must agree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from migrate.errors import Problem
from migrate.transform.names import near
from migrate.transform.sheet.base import BaseLine
from migrate.transform.sheet.columns import columns_of, row_id
from migrate.transform.sheet.neutral import tidied
from migrate.transform.sheet.read import Found, Row


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, and every row that speaks of it: one, or more where somebody pasted it again."""

    file: str
    source: str
    rows: tuple[Row, ...]


def sorted_out(
    found: Found, unit: str, known: Mapping[str, Collection[str]]
) -> tuple[list[Told], list[Problem]]:
    """The rows of a workbook by the entry that they speak of, and what cannot be placed: rows that
    are inserted, mixed up or gone, columns that are gone, figures that were changed. `known` is
    file → what there is of it in the files or was in the export."""
    told: list[Told] = []
    problems: list[Problem] = []
    for file, sources in known.items():
        rows: dict[str, list[Row]] = {}
        placing = _Placing(found, unit, file, sources)
        for row in (row for row in found.rows if row.file == file):
            if (source := placing.source_of(row)) is not None:
                rows.setdefault(source, []).append(row)
        problems += placing.problems
        told += [Told(file, source, tuple(group)) for source, group in rows.items()]
        problems += _gone(found, file, rows)
        for source, group in rows.items():
            problems += _figures(found, file, source, group)
    return told, problems


class _Placing:
    def __init__(self, found: Found, unit: str, file: str, sources: Collection[str]) -> None:
        self.found, self.file = found, file
        self.by_id = {row_id(unit, file, source): source for source in sources}
        self.by_name = {tidied(source): source for source in sources}
        self.problems: list[Problem] = []
        self.ids = [row.id for row in found.rows if row.file == file]
        self.names = [_name(row) for row in found.rows if row.file == file]

    def source_of(self, row: Row) -> str | None:
        """What the row is about; None, and a problem, where it cannot be told."""
        name = _name(row)
        by_id, by_name = self.by_id.get(row.id), self.by_name.get(name)
        if by_id is None and by_name is None:
            what = f'"{name}" is nothing of this unit' if name else "the row has no name"
            self._refuse(row, f"{what}: an inserted row adds nothing", near(name, self.by_name))
            return None
        if by_id is None or by_id == by_name or "source" not in row.cells:
            return by_name if by_id is None else by_id
        if by_name is not None:
            self._refuse(row, f'its name says "{name}", its hidden id "{by_id}"')
            return None
        if name and self.ids.count(row.id) > 1 and tidied(by_id) in self.names:
            self._refuse(row, f'"{name}" is nothing of this unit: a copied row adds nothing')
            return None
        self.problems.append(
            Problem(
                "sheet-ignored",
                f"{self.found.name}: {row.cells['source'].place}",
                f'the name was changed; the row still speaks of "{by_id}"',
                warning=True,
            )
        )
        return by_id

    def _refuse(self, row: Row, message: str, looks_like: tuple[str, ...] = ()) -> None:
        """Name the row, and each of its cells that says something."""
        said = [
            cell.place.rpartition("!")[2] for cell in row.cells.values() if cell.text or cell.broken
        ]
        where = f" ({', '.join(said)})" if said else ""
        self.problems.append(
            Problem("sheet-row", f"{self.found.name}: {row.place}{where}", message, near=looks_like)
        )


def _gone(found: Found, file: str, rows: Collection[str]) -> Iterator[Problem]:
    """What was exported and is not in the workbook any more: nothing is changed by that."""
    exported = found.base.rows.get(file, {}) if found.base else {}
    if exported and file not in found.columns:
        yield _note_of(found, file, "its sheet is gone; nothing of it is changed")
        return
    for source in exported:
        if source not in rows:
            yield _note_of(found, file, f'the row of "{source}" is gone; its entry stays as it is')
    for column in columns_of(file) if exported else ():
        if column.role == "answer" and column.name not in found.columns[file]:
            yield _note_of(found, file, f"the column {column.name} is gone; nothing of it changes")


def _figures(found: Found, file: str, source: str, rows: Collection[Row]) -> Iterator[Problem]:
    """Cells that are not answers, and were changed."""
    line = found.base.line(file, source) if found.base else None
    for row in rows if line is not None else ():
        for column in columns_of(file):
            said = row.cells.get(column.name)
            if column.role != "shown" or said is None:
                continue
            if said.broken or said.text != tidied(_was(line, column.name)):
                yield Problem(
                    "sheet-ignored",
                    f"{found.name}: {said.place}",
                    "this is not an answer; changing it changes nothing",
                    warning=True,
                )


def _was(line: BaseLine | None, name: str) -> str:
    return line.shown.get(name, "") if line else ""


def _name(row: Row) -> str:
    said = row.cells.get("source")
    return said.text if said else ""


def _note_of(found: Found, file: str, message: str) -> Problem:
    return Problem("sheet-ignored", f"{found.name}: {file}", message, warning=True)
