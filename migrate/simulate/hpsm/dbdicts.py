"""HPSM's definitions of its own files (dbdict), as an installation of some layout has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    LOGICAL,
    NUMBER,
    STRUCTURE,
    TIME,
    UNIQUE,
    Dbdict,
    DbdictField,
    DbdictKey,
    DbdictTable,
)
from migrate.simulate.hpsm.files import ELEMENT_WIDTH, Field, File, Kind, Storage

_CHANGED = datetime(2017, 3, 14, 9, 26, 53)  # noqa: DTZ001 - GMT, as stored
_TYPES = {
    Kind.CHAR: CHARACTER,
    Kind.TEXT: CHARACTER,
    Kind.DATA: CHARACTER,
    Kind.ARRAY: ARRAY,
    Kind.TIME: TIME,
    Kind.LOGICAL: LOGICAL,
    Kind.NUMBER: NUMBER,
}
_ORACLE = {
    Kind.CHAR: "VARCHAR2(400)",
    Kind.TEXT: "CLOB",
    Kind.ARRAY: "CLOB",
    Kind.DATA: "BLOB",
    Kind.TIME: "DATE",
    Kind.LOGICAL: "CHAR(1)",
    Kind.NUMBER: "FLOAT",
}
_SQL_SERVER = {
    **_ORACLE,
    Kind.CHAR: "VARCHAR(400)",
    Kind.TEXT: "TEXT",
    Kind.ARRAY: "TEXT",
    Kind.DATA: "IMAGE",
    Kind.TIME: "DATETIME",
}
_DIALECTS = {"oracle9": _ORACLE, "sqlserver": _SQL_SERVER}


def definition(file: File, database: str = "oracle9") -> Dbdict:
    """The dbdict of `file` in its layout. `database` is the sort of database that the types are
    of: oracle9 or sqlserver."""
    types = _DIALECTS[database]
    blob = types[Kind.DATA]
    record = DbdictField("descriptor", 0, 1, STRUCTURE)
    if file.descriptor:
        record = DbdictField("descriptor", 0, 1, STRUCTURE, "m1", "DESCRIPTOR", blob, rc=True)
    entries = [record]
    for index, field in enumerate(file.fields, 1):
        entries += _entries(field, index, types)
    names = {field.source: field.name for field in file.fields}
    return Dbdict(
        file.name,
        tuple(entries),
        tuple(DbdictTable(name, alias, database) for alias, name in file.tables.items()),
        (DbdictKey(UNIQUE, tuple(names[column] for column in file.key)),),
        _CHANGED,
    )


def _entries(field: Field, index: int, types: dict[Kind, str]) -> Iterator[DbdictField]:
    """One entry, or an array's two: the elements of an array have its column, but for RC."""
    kept: tuple[str, str, str, bool] | tuple[()] = ()
    if field.storage is Storage.RC or field.kind is Kind.DATA:
        kept = (field.alias, field.column, types[Kind.DATA], True)
    elif field.storage is Storage.ROWS:
        width = f"({ELEMENT_WIDTH})"
        kept = (field.alias, field.column, types[Kind.CHAR].partition("(")[0] + width, False)
    elif field.storage is Storage.COLUMN:
        long = field.kind is Kind.CHAR and field.long
        kept = (field.alias, field.column, types[Kind.TEXT if long else field.kind], False)
    if field.kind is not Kind.ARRAY:
        yield DbdictField(field.name, 1, index, _TYPES[field.kind], *kept)
        return
    outer = field.storage is Storage.RC
    yield DbdictField(field.name, 1, index, ARRAY, *(kept if outer else ()))
    yield DbdictField(field.name, 2, 1, CHARACTER, *(() if outer else kept))
