"""A small HPSM database with the real table and column names, as the tests need it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from migrate.config import SourceConfig
from migrate.extract.aliases import DEFAULTS, Table
from migrate.extract.sql_attachments import with_segments

_TYPES = {
    "text": "VARCHAR(200)",
    "array": "CLOB",
    "time": "DATETIME",
    "duration": "DATETIME",
    "logical": "CHAR(1)",
    "number": "FLOAT",
}


def create(
    path: Path, tables: Mapping[str, Table] = DEFAULTS, leave_out: Sequence[str] = ()
) -> None:
    """The tables of `tables`, empty; `leave_out` are `TABLE.COLUMN` names."""
    with sqlite3.connect(path) as database:
        for table in map(with_segments, tables.values()):
            columns = ", ".join(
                f'"{column.column}" {_TYPES[column.type]}'
                for column in table.fields.values()
                if f"{table.table}.{column.column}" not in leave_out
            )
            database.execute(f'CREATE TABLE "{table.table}" ({columns})')
    database.close()


def insert(path: Path, table: str, *rows: Mapping[str, Any]) -> None:
    with sqlite3.connect(path) as database:
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            database.execute(
                f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(row))})',
                list(row.values()),
            )
    database.close()


def execute(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def config(path: Path, **more: Any) -> SourceConfig:
    return SourceConfig(type="sql", url=f"sqlite:///{path}", **more)
