"""Fast writing of many rows: one transaction on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url


class Bulk(Protocol):
    """Writes rows of one table at a time. `as_text` says that times are to be text."""

    as_text: bool

    def write(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None: ...


def engine(url: str | URL) -> Engine:
    """An engine for SQLite or PostgreSQL (by psycopg). Raises ValueError for another database."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"not SQLite or PostgreSQL: {parsed.get_backend_name()}")
    return sa.create_engine(parsed)


@contextmanager
def bulk(target: Engine) -> Iterator[Bulk]:
    """A writer in one transaction, which is kept only if nothing goes wrong."""
    connection = target.raw_connection()
    try:
        driver: Any = connection.driver_connection
        if target.dialect.name == "sqlite":
            driver.execute("PRAGMA synchronous = OFF")
            yield _SqliteBulk(driver)
        else:
            yield _PostgresBulk(driver)
        driver.commit()
    finally:
        connection.close()


def _names(table: sa.Table, columns: Sequence[str]) -> tuple[str, str]:
    return f'"{table.name}"', ", ".join(f'"{column}"' for column in columns)


class _SqliteBulk:
    as_text = True

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def write(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        name, names = _names(table, columns)
        marks = ", ".join("?" * len(columns))
        self._driver.executemany(f"INSERT INTO {name} ({names}) VALUES ({marks})", rows)


class _PostgresBulk:
    as_text = False

    def __init__(self, driver: Any) -> None:
        self._cursor = driver.cursor()

    def write(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        name, names = _names(table, columns)
        with self._cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
