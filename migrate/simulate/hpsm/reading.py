"""Reads a made database back as HPSM's own files, streamed: records whole, arrays with their
elements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from migrate.errors import ConfigurationError, Problem
from migrate.simulate.hpsm.bulk import engine
from migrate.simulate.hpsm.files import CLASSIC, File, Storage

_BATCH = 1_000


@contextmanager
def made(url: str) -> Iterator[Connection]:
    """A connection to a database of the classic layout.

    Raises ConfigurationError where there is no such database.
    """
    target = engine(url)
    file = target.url.database if target.dialect.name == "sqlite" else None
    try:
        there = set[str]()
        if file is None or Path(file).is_file():  # SQLite would make one
            there.update(sa.inspect(target).get_table_names())
        if missing := {file.main.name for file in CLASSIC.values()} - there:
            raise ConfigurationError(
                Problem(
                    "usage",
                    target.url.render_as_string(hide_password=True),
                    f"there is no table {min(missing)}: it is no simulated HPSM of the classic "
                    "layout",
                )
            )
        with target.connect() as connection:
            yield connection
    finally:
        target.dispose()


def count(connection: Connection, file: File) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(file.main)).scalar_one()


def records(connection: Connection, file: File) -> Iterator[list[Any]]:
    """The records of a classic file, each with the values of its fields in their order, as the
    driver gives them; an array of another table has its elements joined by newlines, as in a CLOB.
    """
    held = [field for field in file.fields if field.storage is Storage.COLUMN]
    arrays = [_elements(connection, file, column) for column in file.elements]
    key = [held.index(field) for field in held if field.source in file.key]
    columns = [sa.type_coerce(file.main.c[field.source], sa.types.NULLTYPE) for field in held]
    found = connection.execution_options(yield_per=_BATCH).execute(sa.select(*columns))
    for part in found.partitions():
        for row in part:
            keys = tuple(row[at] for at in key)
            yield [*row, *("\n".join(lines[keys]) if keys in lines else None for lines in arrays)]


def _elements(
    connection: Connection, file: File, column: str
) -> defaultdict[tuple[Any, ...], list[str]]:
    """Key of the record → its elements. As many as groups or operators have: they fit in memory."""
    part = file.elements[column]
    keys = [part.c[name] for name in file.key]
    select = sa.select(*keys, part.c[column]).order_by(*keys, part.c["RECORD_NUMBER"])
    found: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for *key, element in connection.execute(select):
        found[tuple(key)].append(element)
    return found
