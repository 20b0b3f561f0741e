"""HPSM's own database, or a copy of it, over any SQLAlchemy URL. Reads only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.aliases import tables
from migrate.extract.layout import fingerprint
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Shaper
from migrate.extract.source import KindInfo
from migrate.extract.sql_layout import SqlTable, find_tables
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.blobs import BlobStore


class SqlSource:
    """Implements `Source` over the database that the configuration names.

    Relative SQLite paths start in `folder`. Raises ConfigurationError where the address or the
    alias tables cannot be used at all.
    """

    def __init__(self, config: SourceConfig, folder: Path, blobs: BlobStore | None = None) -> None:
        self.name = config.name
        self._blobs = blobs
        self._batch = config.batch
        self._schema = config.db_schema
        self._tables = {n: t for n, t in tables(config).items() if t.kind != "attachments"}
        self._engine = _engine(config, folder)
        self._log = ProblemLog()

    def check(self) -> list[Problem]:
        """Connects, and looks every table and column up once."""
        try:
            return [problem for found in self._found.values() for problem in found.layout.problems]
        except ConfigurationError as error:
            return list(error.problems)

    def describe(self) -> list[KindInfo]:
        kinds = [kind for kind in SOURCE_KINDS if self._of(kind)]
        with self._connected() as connection:
            return [self._info(connection, kind) for kind in kinds]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """See `Source.read`. Raises StoppedError when the database goes away while reading."""
        found = self._of(kind)
        readable = [table for table in found if table.select is not None]
        if not readable:
            raise ConfigurationError(
                [p for table in found for p in table.layout.problems if not p.warning]
                or Problem("source-table-missing", kind, "the source has no table for it")
            )
        for table in readable:
            yield from self._read(table, since)

    def problems(self) -> list[Problem]:
        return self._log.all()

    def close(self) -> None:
        self._engine.dispose()

    def _read(self, table: SqlTable, since: datetime | None) -> Iterator[Batch]:
        name = table.layout.table.table
        shaper = Shaper(table.layout.table, table.fields, self._log)
        kind = table.layout.table.kind
        done = 0

        def place(row: int, key: str) -> str:
            return f"{kind} {key}" if key else f"{name} row {done + row + 1}"

        with self._connected() as connection:
            for rows in self._partitions(connection, table, since):
                yield shaper.batch(rows, place)
                done += len(rows)

    def _partitions(
        self, connection: Connection, table: SqlTable, since: datetime | None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        select = table.since(since) if since else table.select
        assert select is not None  # noqa: S101 - only readable tables come here
        dialect = self._engine.dialect
        held_back = {"yield_per": self._batch} if dialect.supports_server_side_cursors else {}
        try:
            result: Any = connection.execution_options(**held_back).execute(select)
        except SQLAlchemyError as error:
            place = f"source.tables.{table.layout.name}"
            name = table.layout.table.table
            raise ConfigurationError(
                Problem(
                    "source-unreadable",
                    f"{place}.where" if table.layout.table.where else place,
                    f"{name} cannot be read: {_cause(error)}",
                )
            ) from None
        # a driver that streams by itself is asked directly: plain tuples are cheaper than rows
        rows = result.partitions() if held_back else self._fetched(result.cursor)
        try:
            yield from rows
        except (SQLAlchemyError, dialect.loaded_dbapi.Error) as error:
            raise StoppedError(
                Problem("source-lost", self.name, f"reading stopped: {_cause(error)}")
            ) from None

    def _fetched(self, cursor: Any) -> Iterator[Sequence[Sequence[Any]]]:
        while rows := cursor.fetchmany(self._batch):
            yield rows

    @cached_property
    def _found(self) -> dict[str, SqlTable]:
        with self._connected() as connection:
            return find_tables(connection, self._tables, self._schema)

    def _of(self, kind: str) -> list[SqlTable]:
        return [found for found in self._found.values() if found.layout.table.kind == kind]

    def _info(self, connection: Connection, kind: str) -> KindInfo:
        found = self._of(kind)
        readable = [table for table in found if table.select is not None]
        if not readable and all(table.layout.table.optional for table in found):
            names = ", ".join(dict.fromkeys(table.layout.table.table for table in found))
            return KindInfo(kind, 0, (), absent=f"there is no table {names}")
        fields = dict.fromkeys(name for table in readable for name in table.layout.columns)
        missing = {
            name: f"{table.layout.table.table} has no column {column}"
            for table in found
            for name, column in table.layout.missing.items()
        }
        return KindInfo(
            kind,
            sum(_rows(connection, table) for table in readable) if readable else None,
            tuple(fields),
            tuple(missing.items()),
            next((t.layout.table.modified for t in readable if t.modified is not None), None),
            fingerprint(table.layout for table in readable),
        )

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self._engine.connect()
        except (SQLAlchemyError, OSError) as error:
            raise _unreachable(self._engine.url, _cause(error)) from None
        with connection:
            yield connection


def _rows(connection: Connection, table: SqlTable) -> int:
    assert table.select is not None  # noqa: S101 - only readable tables come here
    counted = connection.execute(sa.select(sa.func.count()).select_from(table.select.subquery()))
    return int(counted.scalar_one())


def _engine(config: SourceConfig, folder: Path) -> sa.Engine:
    text = config.url or (os.environ.get(config.url_env) if config.url_env else None)
    if not text:
        named = f"the variable {config.url_env} is not set" if config.url_env else "there is no url"
        raise ConfigurationError(Problem("source-unreachable", "migrate.yaml: source.url", named))
    try:
        url = make_url(text)
        if url.get_backend_name() == "sqlite":
            return sa.create_engine(
                "sqlite://", creator=_sqlite(url, folder), poolclass=sa.NullPool
            )
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, poolclass=sa.NullPool)  # none is open when we fork
    except (ArgumentError, ImportError, ValueError) as error:
        raise ConfigurationError(
            Problem(
                "source-unreachable",
                "migrate.yaml: source.url",
                f"the address cannot be used ({type(error).__name__})",
                expected="a SQLAlchemy URL such as postgresql://user@host/database",
            )
        ) from None
    if url.get_backend_name() == "postgresql":
        sa.event.listen(engine, "connect", _postgres_session)
    return engine


def _postgres_session(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _sqlite(url: URL, folder: Path) -> Callable[[], sqlite3.Connection]:
    path = (folder / (url.database or "")).resolve()

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    return connect


def _unreachable(url: URL, cause: str) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "source-unreachable",
            url.render_as_string(hide_password=True),
            f"no connection: {cause}",
        )
    )


def _cause(error: Exception) -> str:
    """What the driver calls it. Its message may hold the password or data: not shown."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return type(original).__name__ + (f" {state}" if state else "")
