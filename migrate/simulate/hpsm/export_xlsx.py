"""Lists as workbooks, with cells that are dates, numbers and logicals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy.engine import Connection

from migrate.simulate.hpsm.cells import ZONE, native
from migrate.simulate.hpsm.exported import Export, Exported, Progress
from migrate.simulate.hpsm.listings import LISTINGS, Listing

MOST_ROWS = 1_000_000
"""Rows of one sheet; Excel takes 1,048,576."""

CELL = 32_767
"""Characters of one cell; Excel takes no more."""

TOGETHER = ("departments", "locations", "contacts", "operators", "groups", "members")
"""These lists are sheets of one workbook."""

_ORGANISATION = "organisation.xlsx"

LOST = (
    "attachments: no list holds them",
    f"what a text has behind its first {CELL:,} characters: a cell holds no more",
    "control characters: a workbook cannot hold them",
    "the difference between an empty text and none",
    "where an element of an array ends that has lines of its own: an element a line",
    "which of the two hours a time in the last night of October is of",
    "as HPSM stores it, the text of a time that is none (4000-01-01): it is in the zone, too",
)


def export_xlsx(
    connection: Connection, folder: Path, progress: Progress, most_rows: int = MOST_ROWS
) -> Export:
    """One workbook for the organisation, and one for each other list; one with more than
    `most_rows` rows becomes several."""
    exported = []
    together = Workbook(write_only=True)
    for listing in LISTINGS:
        if listing.name in TOGETHER:
            rows = listing.rows(connection)
            count = _sheet(together, listing, rows, progress)
            exported.append(_exported(listing, 1, _ORGANISATION, count))
        else:
            exported += _workbooks(connection, folder, listing, progress, most_rows)
    together.save(folder / _ORGANISATION)
    return Export("xlsx", tuple(exported), LOST)


def _workbooks(
    connection: Connection, folder: Path, listing: Listing, progress: Progress, most_rows: int
) -> Iterator[Exported]:
    rows = listing.rows(connection)
    first = list(islice(rows, 1))
    part = 0
    while first or not part:
        part += 1
        name = listing.name if part == 1 else f"{listing.name}_{part}"
        book = Workbook(write_only=True)
        count = _sheet(book, listing, chain(first, islice(rows, most_rows - 1)), progress)
        book.save(folder / f"{name}.xlsx")
        yield _exported(listing, part, f"{name}.xlsx", count)
        first = list(islice(rows, 1))


def _sheet(book: Workbook, listing: Listing, rows: Iterator[Any], progress: Progress) -> int:
    sheet = book.create_sheet(listing.name)
    sheet.append([shown.heading for shown in listing.columns])
    count = 0
    for row in rows:
        cells = map(native, listing.columns, row)
        sheet.append([_cell(sheet, cell) if isinstance(cell, str) else cell for cell in cells])
        count += 1
        progress(listing.name, count)
    return count


def _cell(sheet: Any, text: str) -> Any:
    """A text that begins as a formula does is told to be none."""
    if not text.startswith("="):
        return text[:CELL]
    cell = WriteOnlyCell(sheet, value=text[:CELL])
    cell.data_type = "s"
    return cell


def _exported(listing: Listing, part: int, path: str, rows: int) -> Exported:
    return Exported(
        listing.name if part == 1 else f"{listing.name}_{part}",
        listing.name,
        {shown.ours: shown.heading for shown in listing.columns if shown.ours},
        {
            "path": path,
            "format": "xlsx",
            "sheet": listing.name,
            "dates": "%d-%m-%Y %H:%M:%S",
            "time_zone": ZONE,
        },
        rows,
    )
