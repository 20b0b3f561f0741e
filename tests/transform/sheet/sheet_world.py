"""A small unit, its workbook, and the way of a workbook back into the files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from migrate.transform.approve import FILES, Approval, ReviewedEntry
from migrate.transform.deciding import write_entries
from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts
from migrate.transform.mapping import Mappings, Review
from migrate.transform.mapping_edit import stamp
from migrate.transform.mapping_files import read_mappings
from migrate.transform.sheet.checked import checked
from migrate.transform.sheet.columns import Line
from migrate.transform.sheet.legal import legal_values
from migrate.transform.sheet.lines import left_lines, line_of
from migrate.transform.sheet.merge import Entries, Merged, merge
from migrate.transform.sheet.read import Found, read
from migrate.transform.sheet.wording import Words
from migrate.transform.sheet.write import Export, written

KEY = b"a key of this workspace"
DAY = date(2019, 10, 2)
EVIL = "=cmd|' /C calc'!A0"

FILES_OF_UB = {
    "units/ub/unit.yaml": """\
name: Universitetsbiblioteket
branch: UB
groups: [UB-UTLÅN-GLØS, UB-UTLÅN-DRAG, UB-LISENSER, -UB-FJERN, UB-NY]
""",
    "units/ub/groups.yaml": """\
# Utlån
- source: UB-UTLÅN-GLØS                      # den største
  decision: {action: map, target: "UB Utlån Gløshaugen", line: first}   # som i dag
  restricted: false
- source: UB-UTLÅN-DRAG
  decision:
    action: merge      # fra nyttår
    target: UB Utlån Gløshaugen
  restricted: unknown

# Resten
- source: UB-LISENSER
  decision: {action: retire, open_tickets_to: UB Utlån Gløshaugen}
  restricted: false
  review: {status: proposed}
  note: Slås sammen fra nyttår
- {source: "-UB-FJERN", decision: null, restricted: true}
""",
    "units/ub/operators.yaml": f"""\
- source: kari
  decision: {{action: map, target: kari}}
- source: "{EVIL}"
  note: "+47 73 59 00 00, =1+1"
- source: oda
  decision: {{action: leave, reason: slutter}}
""",
    "units/ub/links.yaml": """\
- source: https://gammel.example.no/*
  decision: {action: replace, target: "https://ny.example.no/*"}
""",
}

FACTS = SourceFacts(
    groups={
        "UB-UTLÅN-GLØS": GroupFacts(7, 12, 2310),
        "UB-UTLÅN-DRAG": GroupFacts(2, 1, 400),
        "UB-LISENSER": GroupFacts(1, 0, 31),
        "-UB-FJERN": GroupFacts(1, 0, 3),
        "UB-NY": GroupFacts(1, 0, 1),
    },
    operators={name: OperatorFacts("Ola Normann", "", True) for name in ("kari", EVIL, "oda")},
)


def world(folder: Path) -> Path:
    for name, text in FILES_OF_UB.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def mappings_of(folder: Path) -> Mappings:
    mappings, problems = read_mappings(folder)
    assert problems == []
    return mappings


def entries_of(mappings: Mappings) -> dict[str, dict[str, ReviewedEntry | None]]:
    unit = mappings.units["ub"]
    entries: dict[str, dict[str, ReviewedEntry | None]] = {
        file: dict(getattr(unit, file)) for file in FILES
    }
    for group in unit.file.groups:
        entries["groups"].setdefault(group, None)
    return entries


def lines_of(entries: Entries, lang: str = "nb") -> list[Line]:
    told = {"proposal": {"action": "map", "target": EVIL}, "reason": "@SUM(A1)"}
    return [
        line_of(
            file,
            source,
            entry,
            {"members": 7, "open": 1, "tickets": 9, "active": True, "name": EVIL},
            Approval("missing"),
            told,
            Words(lang),
        )
        for file, table in entries.items()
        for source, entry in table.items()
    ]


def exported(folder: Path, path: Path, lang: str = "nb") -> Path:
    """The unit's workbook in the file `path`."""
    mappings = mappings_of(folder)
    lines = lines_of(entries_of(mappings), lang)
    legal = legal_values(mappings, lines, None)
    export = Export("ub", mappings.units["ub"].file.name, lines, legal, DAY.isoformat())
    path.write_bytes(written(export, KEY, lang))
    return path


def returned(
    folder: Path, path: Path, by: str = "unni@example.no", may_open: Collection[str] = FILES
) -> tuple[Found, Merged]:
    """Take a workbook in: into the files, as the command line does."""
    found = read(path, KEY)
    mappings = mappings_of(folder)
    merged = merge(found, "ub", entries_of(mappings), Review(by=by, at=DAY), may_open)
    merged.changes, refused = checked(mappings, "ub", merged.changes, FACTS)
    merged.left += refused
    for file in FILES:
        pairs = [(each.before, each.after) for each in merged.changes if each.file == file]
        if pairs:
            write_entries(folder / f"units/ub/{file}.yaml", pairs, stamp(by, DAY))
    return found, merged


def left_over(folder: Path, merged: Merged, path: Path) -> Path:
    """The small workbook of what was left."""
    mappings = mappings_of(folder)
    lines = left_lines(merged.left, lines_of(entries_of(mappings)), Words("nb"))
    export = Export("ub", "UB", lines, {}, DAY.isoformat(), leftover=True)
    path.write_bytes(written(export, KEY, "nb"))
    return path


def text_of(folder: Path, file: str = "groups") -> str:
    return (folder / f"units/ub/{file}.yaml").read_text(encoding="utf-8")


class Filled:
    """A workbook in somebody's hands: `put` writes into the cell of an entry and a column."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = load_workbook(path)

    def sheet(self, title: str = "Grupper") -> Any:
        return self.book[title]

    def column(self, name: str, title: str = "Grupper") -> int:
        return next(int(c.column) for c in self.sheet(title)[1] if c.value == name)

    def row(self, source: str, title: str = "Grupper") -> int:
        names = (source, f"'{source}")
        return next(int(r[1].row) for r in self.sheet(title).iter_rows() if r[1].value in names)

    def cell(self, source: str, name: str, title: str = "Grupper") -> Any:
        return self.sheet(title).cell(self.row(source, title), self.column(name, title))

    def put(self, source: str, name: str, value: Any, title: str = "Grupper") -> str:
        """Returns where that is: `Grupper!J4`."""
        cell = self.cell(source, name, title)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
        return f"{title}!{cell.coordinate}"

    def saved(self, path: Path | None = None) -> Path:
        self.book.save(path or self.path)
        return path or self.path
