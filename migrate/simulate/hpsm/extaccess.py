"""HPSM's file `extaccess`, in which stands what its web services show: as this HPSM serves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    EXPRESSION,
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
from migrate.simulate.hpsm.files import CLASSIC, named
from migrate.simulate.hpsm.web.extaccess import EXTACCESS, Shown

_CHANGED = datetime(2014, 4, 10, 18, 29, 31)  # noqa: DTZ001 - GMT, as stored
_PAGE = 1_000
_TYPES = {
    "text": (CHARACTER, "VARCHAR2(180)"),
    "time": (TIME, "DATE"),
    "logical": (LOGICAL, "CHAR(1)"),
    "number": (NUMBER, "FLOAT"),
    "list": (ARRAY, "CLOB"),
    "expressions": (ARRAY, "BLOB"),
}
_FIELDS = """
name text
allowed.actions list
sysmodtime time
sysmodcount number
sysmoduser text
expressions expressions
service.name text
object.name text
action.names list
soafield list
soacaption list
soatype list
action.type list
soafile list
execute.actions list
deprecated logical
released logical
rest.enabled logical
rest.attachment.enabled logical
rest.resource.name text
rest.list.name text
rest.keys list
rest.query.rights text
max.records.page number
rest.double.encode.slash logical
"""


def _entries() -> Iterator[DbdictField]:
    yield DbdictField("descriptor", 0, 1, STRUCTURE)
    for index, line in enumerate(_FIELDS.split("\n")[1:-1], 1):
        name, word = line.split()
        type_, sql = _TYPES[word]
        column = name.upper().replace(".", "_")
        if word == "expressions":
            yield DbdictField(name, 1, index, ARRAY, "m1", column, sql, rc=True)
            yield DbdictField(name, 2, 1, EXPRESSION)
        elif word == "list":
            yield DbdictField(name, 1, index, ARRAY)
            yield DbdictField(name, 2, 1, CHARACTER, "m1", column, sql)
        else:
            yield DbdictField(name, 1, index, type_, "m1", column, sql)


DEFINITION = Dbdict(
    "extaccess",
    tuple(_entries()),
    (DbdictTable("EXTACCESSM1", "m1", "oracle9"),),
    (DbdictKey(UNIQUE, ("object.name", "service.name")),),
    _CHANGED,
)
"""Of an installation that has REST (from 9.33 on)."""


def records() -> Iterator[tuple[Any, ...]]:
    """One for each object that the web services show, its values in the order of the fields."""
    for shown in EXTACCESS:
        known = _record(shown)
        yield tuple(known.get(entry.name) for entry in DEFINITION.fields if entry.level == 1)


def _record(shown: Shown) -> dict[str, Any]:
    """A column that the file does not have is not shown, whatever stands in the list."""
    file = CLASSIC[shown.table]
    there = {field.source for field in file.fields}
    pairs = [(named(field.column), field) for field in shown.fields if field.column in there]
    return {
        "name": shown.file,
        "sysmodtime": _CHANGED,
        "sysmodcount": 3,
        "sysmoduser": "falcon",
        "service.name": shown.service,
        "object.name": shown.object,
        "soafield": [name for name, _ in pairs],
        "soacaption": [field.caption for _, field in pairs],
        "released": True,
        "rest.enabled": True,
        "rest.attachment.enabled": shown.attachments,
        "rest.resource.name": shown.object,
        "rest.list.name": shown.collection,
        "rest.keys": [name for name, field in pairs if field.key],
        "max.records.page": _PAGE,
        "rest.double.encode.slash": True,
    }
