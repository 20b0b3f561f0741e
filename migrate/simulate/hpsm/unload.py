"""Writes a made HPSM as unload files, as an administrator hands them over: each HPSM file with its
dbdict, all of them in one, and the definitions by themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy.engine import Connection

from migrate.extract import rc
from migrate.extract.unload_file import UnloadWriter
from migrate.simulate.hpsm import extaccess, reading
from migrate.simulate.hpsm.dbdicts import definition
from migrate.simulate.hpsm.files import CLASSIC, File, Kind
from migrate.simulate.hpsm.forms import value
from migrate.simulate.hpsm.workspace import write_configuration

Progress = Callable[[str, int, int], None]

FOLDER, ALL, DEFINITIONS = "files", "everything.unl", "definitions.unl"
_EVERY = 1_000
_ODD = tuple("13579")

_SOURCE = f"""\
source:
  type: unload
  # Each file of HPSM by itself. {ALL} holds the same records in one: name the one or the other.
  unload: ["{FOLDER}/*.unl"]
"""


def write_unload(url: str, folder: Path, *, progress: Progress | None = None) -> dict[str, int]:
    """Unload the classic database at `url` into `folder`, with the migrate.yaml that reads it.

    `progress` is called with a file's name, its records done and in all. Returns records by HPSM
    file. Raises ConfigurationError where the database is none that was made here.
    """
    parts = folder / FOLDER
    written = {}
    with reading.made(url) as connection:
        parts.mkdir(parents=True, exist_ok=True)
        for file in CLASSIC.values():
            written[file.name] = _unload(connection, file, parts / f"{file.name}.unl", progress)
    written["extaccess"] = _extaccess(parts / "extaccess.unl")
    with (folder / ALL).open("wb") as whole:
        for name in written:
            with (parts / f"{name}.unl").open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
    write_definitions(folder / DEFINITIONS, CLASSIC.values())
    write_configuration(folder, _SOURCE)
    return written


def write_definitions(path: Path, files: Iterable[File], database: str = "oracle9") -> None:
    """The dbdicts of `files` and the extaccess records, without data: what another source goes by.
    `database` is the sort of database that the types are of."""
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        for file in files:
            writer.define(definition(file, database))
        writer.define(extaccess.DEFINITION)
        for record in extaccess.records():
            writer.write(record)


def _unload(connection: Connection, file: File, path: Path, progress: Progress | None) -> int:
    kinds = [field.kind for field in file.fields]
    total = reading.count(connection, file)
    done = 0
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        writer.define(definition(file))
        for record in reading.records(connection, file):
            values = [value(kind, stored) for kind, stored in zip(kinds, record, strict=True)]
            if str(record[0])[-1:] in _ODD:  # what is not set is null there, or the third state
                values = [
                    rc.UNKNOWN if kind is Kind.LOGICAL and found is None else found
                    for kind, found in zip(kinds, values, strict=True)
                ]
            writer.write(values)
            done += 1
            if progress and done % _EVERY == 0:
                progress(file.name, done, total)
    if progress:
        progress(file.name, done, total)
    return done


def _extaccess(path: Path) -> int:
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        writer.define(extaccess.DEFINITION)
        return sum(1 for record in extaccess.records() if writer.write(record) >= 0)
