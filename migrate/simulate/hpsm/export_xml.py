"""Lists as XML: people and groups as HPSM's own exporter writes them, the rest as plain lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy.engine import Connection

from migrate.simulate.hpsm import reading
from migrate.simulate.hpsm.cells import gmt, printable
from migrate.simulate.hpsm.exported import Export, Exported, Progress
from migrate.simulate.hpsm.files import CLASSIC, Field, File, Kind
from migrate.simulate.hpsm.listings import LISTINGS, Listing, Shown

PEOPLE = 20_000
"""Contacts and operators in one file of the exporter: it writes usersAndContacts1.xml, 2 …"""

_DATES = "%m/%d/%Y %H:%M:%S"

LOST = (
    "attachments: no list holds them",
    "control characters: XML cannot hold them",
    "the difference between a text that is empty, or of blank lines, and none",
    "as HPSM stores it, the text of a time that is none (4000-01-01): it is in the file's form",
    "where an element of an array ends that has lines of its own, but for people and groups",
)


def export_xml(connection: Connection, folder: Path, progress: Progress) -> Export:
    """`migrationdoc` files of contacts, operators and groups; a plain list of everything else."""
    exported = [
        *_people(connection, folder, progress),
        *_groups(connection, folder, progress),
        *(
            _plain(connection, folder, listing, progress)
            for listing in LISTINGS
            if listing.name not in ("contacts", "operators", "groups", "members")
        ),
    ]
    return Export("xml", tuple(exported), LOST)


def _people(connection: Connection, folder: Path, progress: Progress) -> Iterator[Exported]:
    """Operators come behind the contacts, in the last file or in more of them."""
    part = there = 0
    counts: dict[tuple[str, int], int] = {}
    people = _records(connection, ("CONTCTSM1", "OPERATORM1"))
    ahead = next(people, None)
    while ahead is not None:
        part, there = part + 1, 0
        with _document(folder / f"usersAndContacts{part}.xml", "migrationdoc") as document:
            while ahead is not None and there < PEOPLE:
                file, record = ahead
                _typed(document, file, record)
                there += 1
                counts[file.name, part] = counts.get((file.name, part), 0) + 1
                progress(file.name, there)
                ahead = next(people, None)
    for name, listing in (("contacts", "contacts"), ("operator", "operators")):
        parts = [part for file, part in counts if file == name]
        for place, part in enumerate(parts, 1):
            path = f"usersAndContacts{part}.xml"
            yield _exported(listing, place, path, name, counts[name, part], _DATES)


def _groups(connection: Connection, folder: Path, progress: Progress) -> Iterator[Exported]:
    """A group's members are an array in it, so both are read from one file."""
    groups = members = 0
    with _document(folder / "groups.xml", "migrationdoc") as document:
        for file, record in _records(connection, ("ASSIGNMENTM1",)):
            _typed(document, file, record)
            groups += 1
            operators = record[[field.name for field in file.fields].index("operators")]
            members += len(operators.split("\n")) if operators else 0
            progress(file.name, groups)
    yield _exported("groups", 1, "groups.xml", "assignment", groups, _DATES)
    operator = {"column": "operators", "type": "array"}
    fields: dict[str, str | Mapping[str, str]] = {"group": "name", "operator": operator}
    form = {"path": "groups.xml", "format": "xml", "record": "assignment", "dates": _DATES}
    yield Exported("members", "members", fields, form, members)


def _records(connection: Connection, tables: tuple[str, ...]) -> Iterator[tuple[File, list[Any]]]:
    for table in tables:
        for record in reading.records(connection, CLASSIC[table]):
            yield CLASSIC[table], record


def _typed(document: Any, file: File, record: list[Any]) -> None:
    """One record: an element for each field that has a value, which says of which type it is."""
    with document.element(file.name):
        for field, stored in zip(file.fields, record, strict=True):
            if stored is None:
                continue
            element = etree.Element(field.name, _type=_TYPES.get(field.kind, "Text"))
            if field.kind is Kind.ARRAY:
                for line in stored.split("\n"):
                    part = etree.SubElement(element, field.name, _type="Text")
                    _fill(part, line)
            else:
                _fill(element, _migrated(field, stored))
            document.write(element)


_TYPES = {Kind.LOGICAL: "Boolean", Kind.NUMBER: "Decimal", Kind.ARRAY: "Array"}


def _migrated(field: Field, stored: Any) -> str:
    match field.kind:
        case Kind.TIME:
            when = gmt(_bare(field), stored)
            return when.strftime(_DATES) if when else ""
        case Kind.LOGICAL:
            return "true" if stored == "t" else "false"
        case Kind.NUMBER:
            return f"{float(stored):g}"
    return str(stored)


def _bare(field: Field) -> Shown:
    return Shown(field.source, "", field.name, "", field.kind, duration=False)


def _plain(connection: Connection, folder: Path, listing: Listing, progress: Progress) -> Exported:
    rows = 0
    with _document(folder / f"{listing.name}.xml", "list", file=listing.file) as document:
        for row in listing.rows(connection):
            record = etree.Element(listing.file)
            for shown, stored in zip(listing.columns, row, strict=True):
                if stored is not None:
                    _fill(etree.SubElement(record, shown.field), _iso(shown, stored))
            document.write(record)
            rows += 1
            progress(listing.name, rows)
    return _exported(listing.name, 1, f"{listing.name}.xml", listing.file, rows, "iso")


def _iso(shown: Shown, stored: Any) -> str:
    match shown.kind:
        case Kind.TIME:
            when = gmt(shown, stored)
            return when.isoformat() if when else ""
        case Kind.LOGICAL:
            return "true" if stored == "t" else "false"
        case Kind.NUMBER:
            return f"{float(stored):g}"
    return str(stored)


def _fill(element: Any, text: str) -> None:
    """CDATA where there is markup, unless the text has the end of it."""
    text = printable(text)
    markup = ("<" in text or "&" in text) and "]]>" not in text
    element.text = etree.CDATA(text) if markup else text


@contextmanager
def _document(path: Path, root: str, **attributes: str) -> Iterator[Any]:
    with etree.xmlfile(path, encoding="utf-8") as document:
        document.write_declaration()
        with document.element(root, attributes):
            yield document


def _exported(name: str, part: int, path: str, record: str, rows: int, dates: str) -> Exported:
    listing = next(listing for listing in LISTINGS if listing.name == name)
    return Exported(
        name if part == 1 else f"{name}_{part}",
        name,
        {shown.ours: shown.field for shown in listing.columns if shown.ours},
        {"path": path, "format": "xml", "record": record, "dates": dates},
        rows,
    )
