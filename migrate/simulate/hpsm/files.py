"""HPSM's own files (probsummary, incidents …) over the tables: what a field is called, of which
type it is, and in which table and form a layout keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from migrate.simulate.hpsm import tables

ELEMENT_WIDTH = 60
"""Characters of an array's element that one row holds; a longer one goes on in the next."""


class Kind(StrEnum):
    """Of which type a field is. A `text` is long, an `array` one of characters."""

    CHAR = "char"
    TEXT = "text"
    ARRAY = "array"
    TIME = "time"
    LOGICAL = "logical"
    NUMBER = "number"
    DATA = "data"


class Storage(StrEnum):
    """How a layout keeps a field: in a column (an array with an element a line), an array with an
    element a row of a table of its own or as RC in a BLOB, or not at all but in DESCRIPTOR."""

    COLUMN = "column"
    ROWS = "rows"
    RC = "rc"
    DESCRIPTOR = "descriptor"


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is HPSM's; `source` the column of the classic table that the value comes from; `alias`
    and `column` are where the layout has it. With `long`, characters stand in a CLOB."""

    name: str
    source: str
    kind: Kind
    alias: str
    column: str
    storage: Storage = Storage.COLUMN
    long: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """One HPSM file in one layout. `key` are the columns of the classic table that identify a
    record; `tables` is alias → name, m1 first; `elements` are classic tables that hold an array of
    it, by column."""

    name: str
    main: sa.Table
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    tables: Mapping[str, str]
    elements: Mapping[str, sa.Table] = field(default_factory=dict)

    @property
    def descriptor(self) -> bool:
        """Whether records have fields without a column."""
        return any(field.storage is Storage.DESCRIPTOR for field in self.fields)


_NAMES = {
    # the classic main table → the HPSM file, where both differ by more than M1 and case
    "CONTCTSM1": "contacts",
    "ACTSVCMGTM1": "activityservicemgt",
    "SYSATTACHMEM1": "SYSATTACHMENTS",
    "SVCCATALOGM1": "svcCatalog",
    "IMTASKM1": "imTask",
}
_TEXTS = {("KMDOCUMENTM1", "ANSWER"), ("SVCCATALOGM1", "OPTIONS"), ("SCRELATIONM1", "DESC")}
_FIELDS = {"DOCUMENTOWNER": "documentOwner", "WDMANAGERNAME": "wdManagerName"}
_ELEMENTS = {
    # table of an array's elements → the main table, the array's column, its alias
    "ASSIGNMENTA1": ("ASSIGNMENTM1", "OPERATORS", "a1"),
    "OPERATORA5": ("OPERATORM1", "SECURITY_GROUP", "a5"),
}


def named(column: str) -> str:
    """HPSM's name of the field that a column of the classic tables holds."""
    return _FIELDS.get(column, column.lower().replace("_", "."))


def _field(table: sa.Table, column: sa.Column[object]) -> Field:
    kinds = {sa.DateTime: Kind.TIME, sa.CHAR: Kind.LOGICAL, sa.Float: Kind.NUMBER}
    kinds |= {sa.LargeBinary: Kind.DATA, sa.Text: Kind.ARRAY, sa.String: Kind.CHAR}
    kind = next(kind for type_, kind in kinds.items() if isinstance(column.type, type_))
    if (table.name, column.name) in _TEXTS:
        kind = Kind.TEXT
    source = str(column.name)  # and not a subclass of it
    return Field(named(source), source, kind, "m1", source)


def _classic() -> Iterator[File]:
    for table in tables.METADATA.sorted_tables:
        if table.name in _ELEMENTS:
            continue
        parts = {
            part: (column, alias)
            for part, (main, column, alias) in _ELEMENTS.items()
            if main == table.name
        }
        arrays = (
            Field(named(column), column, Kind.ARRAY, alias, column, Storage.ROWS)
            for column, alias in parts.values()
        )
        unique = next(index for index in table.indexes if index.unique)
        yield File(
            name=_NAMES.get(table.name, str(table.name).removesuffix("M1").lower()),
            main=table,
            key=tuple(str(column.name) for column in unique.columns),
            fields=(*(_field(table, column) for column in table.columns), *arrays),
            tables={"m1": str(table.name), **{alias: part for part, (_, alias) in parts.items()}},
            elements={column: tables.METADATA.tables[part] for part, (column, _) in parts.items()},
        )


CLASSIC: dict[str, File] = {file.main.name: file for file in _classic()}
"""Classic main table → its HPSM file in the layout that the tables show."""
