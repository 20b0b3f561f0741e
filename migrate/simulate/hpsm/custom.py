"""The layout of a customer who changed everything: the same records in other tables.

Tables and columns have the customer's prefix, further fields stand in M2 tables, arrays in row
tables or as RC in BLOBs, and some fields have no column: they live in the record's DESCRIPTOR, a
structure over all of the file's fields by place, in which those with a column are null. (That it is
so is inferred, not documented.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from migrate.extract import rc
from migrate.simulate.hpsm.bulk import Bulk
from migrate.simulate.hpsm.files import CLASSIC, ELEMENT_WIDTH, Field, File, Kind, Storage
from migrate.simulate.hpsm.forms import value
from migrate.simulate.hpsm.tables import TYPES

PREFIX = "HU"

_CHANGES = {
    # classic main table → what it has elsewhere, by classic column
    "LOCATIONM1": "rc: ADDRESS; renamed: LOCATION_NAME",
    "CONTCTSM1": "m2: MANAGER DEPT_NAME; descriptor: EMPLOYEE_ID PORTABLE_PHONE INACTIVE; "
    "renamed: USER_ID EMAIL",
    "OPERATORM1": "descriptor: LAST_LOGIN TIME_ZONE; renamed: EMAIL SECURITY_GROUP",
    "ASSIGNMENTM1": "descriptor: PARENT; renamed: GROUP_EMAIL OPERATORS",
    "INCIDENTSM1": "m2: COMPANY CONTACT_EMAIL FIRST_CALL HANDLE_TIME CLOSED_BY; rows: DESCRIPTION; "
    "descriptor: UPDATE_ACTION RESOLUTION_CODE; renamed: ASSIGNMENT OPEN; long: TITLE",
    "PROBSUMMARYM1": "m2: RESOLVED_TIME RESOLVED_BY REOPEN_TIME PENDING_CODE PENDING_UNTIL "
    "SLA_REMAINING; rows: ACTION; rc: UPDATE_ACTION; descriptor: RESOLUTION CAUSE_CODE "
    "ALTERNATE_CONTACT; renamed: ASSIGNMENT PROBLEM_STATUS ACTION; long: BRIEF_DESCRIPTION",
    "ACTIVITYM1": "rows: DESCRIPTION; descriptor: CUST_VISIBLE; renamed: OPERATOR",
    "ACTSVCMGTM1": "rc: DESCRIPTION; renamed: OPERATOR",
    "SCRELATIONM1": "renamed: DEPEND_FILENAME",
    "CLOCKSM1": "descriptor: CLOSED_TOTAL",
    "SYSATTACHMEM1": "renamed: MIME_TYPE",
    "KMDOCUMENTM1": "rows: CATEGORIES; descriptor: ANSWER EXPIRATION_DATE",
    "SVCCATALOGM1": "rc: OPTIONS; rows: DESCRIPTION; renamed: ASSIGNMENT",
    "STDTEXTM1": "descriptor: TEXT",
    "OCMQM1": "m2: REQUESTED_DATE; rc: DESCRIPTION; renamed: ASSIGNED_DEPT",
    "OCMLM1": "descriptor: DESCRIPTION; renamed: PART_NO",
    "CM3RM1": "m2: PLANNED_START PLANNED_END COMPLETION_CODE; rows: DESCRIPTION",
    "CM3TM1": "rows: DESCRIPTION; long: BRIEF_DESC",
    "ROOTCAUSEM1": "rows: DESCRIPTION; rc: ROOT_CAUSE; descriptor: WORKAROUND; renamed: RESOLUTION",
    "ROOTCAUSETASKM1": "rc: DESCRIPTION",
    "IMTASKM1": "descriptor: DESCRIPTION",
}


def _file(classic: File) -> File:
    words = (part.split(": ") for part in _CHANGES.get(classic.main.name, "").split("; ") if part)
    asked = {change: names.split() for change, names in words}
    stem = PREFIX + classic.main.name.removesuffix("M1")
    named = {"m1": f"{stem}M1"}
    fields = []
    for field in classic.fields:
        column = f"{PREFIX}_{field.column}" if field.source in asked.get("renamed", ()) else None
        field = replace(field, column=column or field.column, long=_is(field, asked, "long"))
        if _is(field, asked, "m2"):
            field = replace(field, alias="m2")
        elif _is(field, asked, "rows"):
            alias = f"a{1 + sum(alias.startswith('a') for alias in named)}"
            field = replace(field, alias=alias, storage=Storage.ROWS)
        elif _is(field, asked, "rc"):
            field = replace(field, storage=Storage.RC)
        elif _is(field, asked, "descriptor"):
            field = replace(field, alias="", column="", storage=Storage.DESCRIPTOR)
        if field.alias:
            named[field.alias] = stem + field.alias.upper()
        fields.append(field)
    return replace(classic, fields=tuple(fields), tables=named)


def _is(field: Field, asked: Mapping[str, Sequence[str]], change: str) -> bool:
    return field.source in asked.get(change, ())


CUSTOM: dict[str, File] = {name: _file(file) for name, file in CLASSIC.items()}
"""Classic main table → its HPSM file in this layout."""

METADATA = sa.MetaData()


class _Laid:
    """The tables of one file, and how a classic row goes into them."""

    def __init__(self, file: File) -> None:
        self.file = file
        by_source = {field.source: field for field in file.fields}
        self._key = [by_source[column] for column in file.key]
        self._at_home = {
            alias: [f for f in file.fields if f.alias == alias and f.storage is not Storage.ROWS]
            for alias in file.tables
            if alias.startswith("m")
        }
        self._rows = [field for field in file.fields if field.storage is Storage.ROWS]
        self.tables = {alias: self._table(alias) for alias in file.tables}
        self.elements = {
            part.name: next(field for field in self._rows if field.source == column)
            for column, part in file.elements.items()
        }

    def write(self, bulk: Bulk, columns: Sequence[str], rows: Sequence[Any]) -> Iterator[_Done]:
        """Writes classic rows; yields what was written where."""
        place = {column: at for at, column in enumerate(columns)}
        records = [{f.source: _at(row, place, f) for f in self.file.fields} for row in rows]
        for alias, fields in self._at_home.items():
            names = [field.column for field in fields]
            key = [] if alias == "m1" else [field.column for field in self._key]
            descriptor = ["DESCRIPTOR"] if alias == "m1" and self.file.descriptor else []
            made = [
                (
                    *(record[field.source] for field in self._key if key),
                    *(_kept(field, record[field.source]) for field in fields),
                    *(self._descriptor(record) for _ in descriptor),
                )
                for record in records
                if alias == "m1" or any(record[field.source] is not None for field in fields)
            ]
            bulk.write(self.tables[alias], [*key, *names, *descriptor], made)
            yield self.tables[alias].name, len(made)
        for field in self._rows:
            if field.source not in self.file.elements:
                lines = [row for record in records for row in self._elements(field, record)]
                bulk.write(self.tables[field.alias], self._row_columns(field), lines)
                yield self.tables[field.alias].name, len(lines)

    def write_elements(
        self, bulk: Bulk, part: str, columns: Sequence[str], rows: Sequence[Any]
    ) -> _Done:
        """Writes rows of a classic table that holds an array, an element each, already."""
        field = self.elements[part]
        renamed = {field.source: field.column}
        table = self.tables[field.alias]
        bulk.write(table, [renamed.get(column, column) for column in columns], rows)
        return table.name, len(rows)

    def _table(self, alias: str) -> sa.Table:
        if alias.startswith("m"):
            fields = self._at_home[alias]
            columns = [sa.Column(field.column, _type(field)) for field in fields]
            if alias == "m1":
                blob = sa.Column("DESCRIPTOR", TYPES["blob"])
                columns += [blob] if self.file.descriptor else []
            else:
                columns = [sa.Column(f.column, _type(f)) for f in self._key] + columns
        else:
            field = next(field for field in self._rows if field.alias == alias)
            types = [*(_type(f) for f in self._key), TYPES["number"], sa.String(ELEMENT_WIDTH)]
            pairs = zip(self._row_columns(field), types, strict=True)
            columns = [sa.Column(name, type_) for name, type_ in pairs]
        table = sa.Table(self.file.tables[alias], METADATA, *columns)
        key = [table.c[field.column] for field in self._key]
        numbered = [] if alias.startswith("m") else [table.c["RECORD_NUMBER"]]
        sa.Index(f"{table.name}001", *key, *numbered, unique=True)
        return table

    def _row_columns(self, field: Field) -> list[str]:
        return [*(key.column for key in self._key), "RECORD_NUMBER", field.column]

    def _elements(self, field: Field, record: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """An element longer than its column fills it and goes on in the next row; one that fills it
        to the last character is followed by an empty row, so that it can be told to end."""
        key = [record[column.source] for column in self._key]
        number = 0
        for element in value(Kind.ARRAY, record[field.source]) or ():
            for at in range(0, len(element) + 1, ELEMENT_WIDTH):
                number += 1
                yield (*key, float(number), element[at : at + ELEMENT_WIDTH])

    def _descriptor(self, record: Mapping[str, Any]) -> bytes:
        return rc.wrap(
            rc.Structure(
                _typed(field, record[field.source])
                if field.storage is Storage.DESCRIPTOR
                else _NULLS[field.kind]
                for field in self.file.fields
            )
        )


_Done = tuple[str, int]
_NULLS = {
    Kind.CHAR: rc.Null.TEXT,
    Kind.TEXT: rc.Null.TEXT,
    Kind.DATA: rc.Null.TEXT,
    Kind.ARRAY: [rc.Null.TEXT],
    Kind.TIME: rc.Null.TIME,
    Kind.LOGICAL: rc.Null.LOGICAL,
    Kind.NUMBER: rc.Null.NUMBER,
}


def _at(row: Sequence[Any], place: Mapping[str, int], field: Field) -> Any:
    at = place.get(field.source)
    return None if at is None else row[at]


def _type(field: Field) -> Any:
    if field.storage is Storage.RC:
        return TYPES["blob"]
    if field.long or field.kind in (Kind.TEXT, Kind.ARRAY):
        return TYPES["clob"]
    return TYPES["blob" if field.kind is Kind.DATA else field.kind.value]


def _typed(field: Field, stored: Any) -> Any:
    """The RC value of a field without a column; a logical that is neither is the third state."""
    found = value(field.kind, stored)
    if found is not None:
        return found
    return rc.UNKNOWN if field.kind is Kind.LOGICAL else _NULLS[field.kind]


def _kept(field: Field, stored: Any) -> Any:
    if field.storage is Storage.RC and stored is not None:
        return rc.wrap(value(field.kind, stored))
    return stored


_LAID = {name: _Laid(file) for name, file in CUSTOM.items()}
_ELEMENTS = {part: laid for laid in _LAID.values() for part in laid.elements}


class CustomBulk:
    """Writes the rows of the classic tables into those of this layout; `rows` counts them."""

    def __init__(self, bulk: Bulk) -> None:
        self.as_text = bulk.as_text
        self._bulk = bulk
        self.rows: dict[str, int] = dict.fromkeys(METADATA.tables, 0)

    def write(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        if laid := _ELEMENTS.get(table.name):
            name, count = laid.write_elements(self._bulk, table.name, columns, rows)
            self.rows[name] += count
            return
        for name, count in _LAID[table.name].write(self._bulk, columns, rows):
            self.rows[name] += count
