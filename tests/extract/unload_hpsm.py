"""Unload files of a customised HPSM, written for a test. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from migrate.config import SourceConfig
from migrate.extract.dbdict import Dbdict, DbdictField, DbdictKey, DbdictTable
from migrate.extract.source import Source
from migrate.extract.unload import UnloadSource
from migrate.extract.unload_file import UnloadWriter
from migrate.records import Batch
from migrate.state.blobs import BlobStore


class F(NamedTuple):
    """A field of a dbdict: its name, type, and `alias.COLUMN` (empty: none); `within` are the
    fields of a structure, of an array of them too."""

    name: str
    type: str = "text"
    column: str = ""
    within: tuple[F, ...] = ()


TYPES = {"number": 1, "text": 2, "time": 3, "logical": 4, "array": 8, "structure": 9, "code": 11}


def dbdict(file: str, *fields: F, tables: Sequence[str] = (), key: Sequence[str] = ()) -> Dbdict:
    """`tables` are `alias.NAME`."""
    entries = [DbdictField("descriptor", 0, 1, 9, "m1", "DESCRIPTOR", "BLOB", True)]
    for place, field in enumerate(fields, start=1):
        entries += _entries(field, 1, place)
    named = (name.split(".") for name in tables)
    return Dbdict(
        file,
        tuple(entries),
        tuple(DbdictTable(name, alias, "oracle9") for alias, name in named),
        (DbdictKey(12, tuple(key)),) if key else (),
    )


def _entries(field: F, level: int, place: int) -> list[DbdictField]:
    alias, _, column = field.column.partition(".")
    if field.type == "array":
        own = ("", "") if alias and not field.within else (alias, column)
        outer = DbdictField(
            field.name, level, place, 8, *own, "BLOB" if own[0] else "", bool(own[0])
        )
        if field.within:
            inner = _entries(F(field.name, "structure", "", field.within), level + 1, 1)
        else:
            inner = [DbdictField(field.name, level + 1, 1, 2, alias, column, "CLOB")]
        return [outer, *inner]
    entries = [DbdictField(field.name, level, place, TYPES[field.type], alias, column, "X")]
    for number, each in enumerate(field.within, start=1):
        entries += _entries(each, level + 1, number)
    return entries


def write(path: Path, *parts: tuple[Dbdict, Sequence[Sequence[Any]]], repeat: bool = False) -> Path:
    """A file with these records. `repeat`: the dbdict stands before each of them."""
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        for definition, rows in parts:
            writer.define(definition)
            for number, row in enumerate(rows):
                if repeat and number:
                    writer.define(definition)
                writer.write(row)
    return path


def source(folder: Path, *files: str, blobs: Path | None = None, **more: Any) -> Source:
    config = SourceConfig.model_validate(
        {"type": "unload", "unload": list(files) or ["*.unl"], **more}
    )
    return UnloadSource(config, folder, BlobStore(blobs) if blobs else None)


def rows(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    return [dict(zip(batch.columns, row, strict=True)) for batch in batches for row in batch.rows]


def read(opened: Source, kind: str, **how: Any) -> list[dict[str, Any]]:
    return rows(list(opened.read(kind, **how)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


INCIDENT = (
    F("number", "text", "m1.NUMBER"),
    F("category", "text", "m1.CATEGORY"),
    F("open.time", "time", "m1.OPEN_TIME"),
    F("brief.description", "text", "m1.DU_TITTEL"),
    F("action", "array", "m1.ACTION_TXT"),
    F("problem.status", "text", "m1.PROBLEM_STATUS"),
    F("assignment", "text", "m1.ASSIGNMENT"),
    F("contact.name", "text", "m2.CONTACT_NAME"),
    F("du.sla", "time", "m1.SLA_REMAINING"),
    F("du.note", "text"),
    F("du.vip", "logical", "m1.DU_VIP"),
    F("du.log", "array", "m1.DU_LOG", (F("what"), F("when", "time"), F("ok", "logical"))),
    F("sysmodtime", "time", "m1.SYSMODTIME"),
)
"""A customised probsummary: columns of its own, M2, a field without a column, an RC column."""

PROBSUMMARY = dbdict(
    "probsummary", *INCIDENT, tables=["m1.PROBSUMMARYM1", "m2.PROBSUMMARYM2"], key=["number"]
)


def incident(number: str, **values: Any) -> list[Any]:
    """A record of `PROBSUMMARY`; dots of the names as underscores."""
    given: Mapping[str, Any] = {"number": number, **values}
    names = [field.name.replace(".", "_") for field in INCIDENT]
    assert given.keys() <= set(names)
    return [given.get(name) for name in names]


ASSIGNMENT = dbdict(
    "assignment",
    F("name", "text", "m1.NAME"),
    F("operators", "array", "a1.OPERATORS"),
    F("sysmodtime", "time", "m1.SYSMODTIME"),
    tables=["m1.ASSIGNMENTM1", "a1.ASSIGNMENTA1"],
    key=["name"],
)

CHANGED = at("2019-03-01 12:00:00")
FIELDS = {"note": "du.note", "vip": {"column": "DU_VIP", "type": "logical"}, "log": "DU_LOG"}
"""Fields of `PROBSUMMARY` beside those that every installation has."""


def only(folder: Path, *files: str, **fields: Any) -> Source:
    """A source of incidents, with further fields."""
    tables = {"incidents": {"fields": {**FIELDS, **fields}}}
    return source(folder, *files, kinds=["incidents"], tables=tables)


def codes(opened: Source) -> list[str]:
    return [problem.code for problem in opened.problems()]
