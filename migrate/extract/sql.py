"""HPSM's own database, or a copy of it, over any SQLAlchemy URL. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import tables
from migrate.extract.attachments import Files
from migrate.extract.layout import fingerprint
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Shaper
from migrate.extract.source import KindInfo
from migrate.extract.sql_attachments import (
    ATTACHMENTS,
    count_files,
    read_attachments,
    shown,
    with_segments,
)
from migrate.extract.sql_engine import Database, Rows
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
        self._files = Files(blobs)
        self._database = Database(config, folder)
        self._tables = {name: with_segments(table) for name, table in tables(config).items()}
        self._log = ProblemLog()

    def check(self) -> list[Problem]:
        """Connects, and looks every table and column up once."""
        try:
            return [problem for found in self._found.values() for problem in found.layout.problems]
        except ConfigurationError as error:
            return list(error.problems)

    def describe(self) -> list[KindInfo]:
        kinds = [kind for kind in SOURCE_KINDS if self._of(kind)]
        with self._database.connected() as connection:
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
        if kind == ATTACHMENTS:
            yield from read_attachments(
                self._database, readable, self._files, self._log, since, after
            )
            return
        for table in readable:
            yield from self._read(table, since)

    def problems(self) -> list[Problem]:
        return self._log.all()

    def close(self) -> None:
        self._database.engine.dispose()

    def _read(self, table: SqlTable, since: datetime | None) -> Iterator[Batch]:
        name = table.layout.table.table
        shaper = Shaper(table.layout.table, table.fields, self._log)
        kind = table.layout.table.kind
        done = 0

        def place(row: int, key: str) -> str:
            return f"{kind} {key}" if key else f"{name} row {done + row + 1}"

        with self._database.connected() as connection:
            for rows in self._rows(connection, table, since):
                yield shaper.batch(rows, place)
                done += len(rows)

    def _rows(
        self, connection: Connection, table: SqlTable, since: datetime | None
    ) -> Iterator[Rows]:
        select = table.since(since) if since else table.select
        assert select is not None  # noqa: S101 - only readable tables come here
        place = f"source.tables.{table.layout.name}"
        place += ".where" if table.layout.table.where else ""
        return self._database.stream(connection, select, place, table.layout.table.table)

    @cached_property
    def _found(self) -> dict[str, SqlTable]:
        with self._database.connected() as connection:
            return find_tables(connection, self._tables, self._database.schema)

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
        count = count_files if kind == ATTACHMENTS else _rows
        return KindInfo(
            kind,
            sum(count(connection, table) for table in readable) if readable else None,
            shown(kind, fields),
            tuple(missing.items()),
            next((t.layout.table.modified for t in readable if t.modified is not None), None),
            fingerprint(table.layout for table in readable),
        )


def _rows(connection: Connection, table: SqlTable) -> int:
    assert table.select is not None  # noqa: S101 - only readable tables come here
    counted = connection.execute(sa.select(sa.func.count()).select_from(table.select.subquery()))
    return int(counted.scalar_one())
