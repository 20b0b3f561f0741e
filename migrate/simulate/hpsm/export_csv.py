"""Lists as delimited text, as a Norwegian Windows writes them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from migrate.simulate.hpsm.cells import ZONE, moment
from migrate.simulate.hpsm.exported import Export, Exported, Progress
from migrate.simulate.hpsm.files import Kind
from migrate.simulate.hpsm.listings import LISTINGS, Listing, Shown

_ENCODING = "latin-1"

LOST = (
    "attachments: no list holds them",
    "characters that are not in latin-1 (a dash, a curly quote): they became ?",
    "the difference between an empty text and none",
    "where an element of an array ends that has lines of its own: an element a line",
    "which of the two hours a time in the last night of October is of",
    "as HPSM stores it, the text of a time that is none (4000-01-01): it is in the zone, too",
)


def export_csv(connection: Connection, folder: Path, progress: Progress) -> Export:
    """A file for each list: `;`, latin-1, decimal comma, day first, in the zone of the exporter."""
    exported = [_write(connection, folder, listing, progress) for listing in LISTINGS]
    return Export("csv", tuple(exported), LOST)


def _write(connection: Connection, folder: Path, listing: Listing, progress: Progress) -> Exported:
    path = folder / f"{listing.name}.csv"
    rows = 0
    with path.open("w", encoding=_ENCODING, errors="replace", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([shown.heading for shown in listing.columns])
        for row in listing.rows(connection):
            writer.writerow(map(_text, listing.columns, row))
            rows += 1
            progress(listing.name, rows)
    return Exported(
        listing.name,
        listing.name,
        {shown.ours: shown.heading for shown in listing.columns if shown.ours},
        {
            "path": path.name,
            "format": "csv",
            "separator": ";",
            "encoding": _ENCODING,
            "dates": "%d-%m-%Y %H:%M:%S",
            "time_zone": ZONE,
            "decimal": ",",
            "true": ["true"],
            "false": ["false"],
        },
        rows,
    )


def _text(shown: Shown, stored: Any) -> str:
    if stored is None:
        return ""
    if shown.kind is Kind.CHAR:
        return str(stored)
    match shown.kind:
        case Kind.TIME:
            when = moment(shown, stored)
            return f"{when:%d-%m}-{when.year:04d} {when:%H:%M:%S}" if when else ""
        case Kind.LOGICAL:
            return "true" if stored == "t" else "false"
        case Kind.NUMBER:
            return f"{float(stored):.1f}".replace(".", ",")
    return str(stored)
