"""HPSM's own database, or a copy of it, over any SQLAlchemy URL. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.engine import Connection

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import tables
from migrate.extract.attachments import Files
from migrate.extract.definitions import read_definitions
from migrate.extract.layout import fingerprint
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo
from migrate.extract.sql_alike import alike
from migrate.extract.sql_attachments import (
    ATTACHMENTS,
    count_files,
    read_attachments,
    shown,
    with_segments,
)
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import Database
from migrate.extract.sql_layout import SqlTable, find_tables
from migrate.extract.sql_read import TableReader
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
        self._definitions = read_definitions(folder, config.dbdict)
        self._descriptor = config.descriptor
        self._log = ProblemLog()

    def check(self) -> list[Problem]:
        """Connects, and looks every table and column up once."""
        try:
            found = self._found.values()
            problems = [problem for table in found for problem in table.layout.problems]
            return [*self._definitions.problems, *problems]
        except ConfigurationError as error:
            return list(error.problems)

    def describe(self) -> list[KindInfo]:
        kinds = [kind for kind in SOURCE_KINDS if self._of(kind)]
        with self._database.connected() as connection:
            infos = [self._info(connection, kind) for kind in kinds]
        return [replace(info, alike=self._alike.get(info.kind, ())) for info in infos]

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
                *(self._database, self._looked_up[0], readable, self._files, self._log),
                since,
                after,
            )
            return
        name, *behind = orjson.loads(after) if after else ("",)
        names = [table.layout.name for table in readable]
        for table in readable[names.index(name) if name in names else 0 :]:
            its: Sequence[Any] = behind if table.layout.name == name else ()
            yield from self._reader.read(table, since, its)

    def problems(self) -> list[Problem]:
        return [*self._definitions.problems, *self._log.all()]

    def close(self) -> None:
        self._database.engine.dispose()

    @cached_property
    def _reader(self) -> TableReader:
        return TableReader(self._database, self._looked_up[0], self._log)

    @cached_property
    def _looked_up(self) -> tuple[Catalog, dict[str, SqlTable]]:
        with self._database.connected() as connection:
            catalog = Catalog.of(connection, self._database.schema)
            dbdicts = self._definitions.dbdicts
            return catalog, find_tables(catalog, self._tables, dbdicts, self._descriptor)

    @cached_property
    def _alike(self) -> dict[str, tuple[str, ...]]:
        tables = [*self._tables.values(), *(found.layout.table for found in self._found.values())]
        with self._database.connected() as connection:
            return alike(Catalog.of(connection, self._database.schema), tables)

    @property
    def _found(self) -> dict[str, SqlTable]:
        return self._looked_up[1]

    def _of(self, kind: str) -> list[SqlTable]:
        return [found for found in self._found.values() if found.layout.table.kind == kind]

    def _info(self, connection: Connection, kind: str) -> KindInfo:
        found = self._of(kind)
        readable = [table for table in found if table.select is not None]
        if not readable and all(table.layout.table.optional for table in found):
            names = ", ".join(dict.fromkeys(table.layout.table.table for table in found))
            return KindInfo(kind, 0, (), absent=f"there is no table {names}")
        ways: dict[str, dict[str, None]] = {}
        missing: dict[str, dict[str, None]] = {}
        for table in found:
            for name, way in table.ways.items():
                ways.setdefault(name, {})[way] = None
            for name, column in table.layout.missing.items():
                missing.setdefault(name, {})[_reason(table, column)] = None
        return KindInfo(
            kind,
            _sum([self._count(connection, table) for table in readable]),
            shown(kind, ways),
            tuple((name, "; ".join(reasons)) for name, reasons in missing.items()),
            next((t.layout.table.modified for t in readable if t.modified is not None), None),
            fingerprint(table.layout for table in readable),
            ways=tuple((name, "; ".join(ways[name])) for name in shown(kind, ways) if name in ways),
            unread=() if kind == ATTACHMENTS else self._unread(readable),
        )

    def _unread(self, tables: Sequence[SqlTable]) -> tuple[str, ...]:
        """What these tables have and no kind reads: groups and their members may lie in one."""
        read = " ".join(way for table in self._found.values() for way in table.ways.values())
        names = dict.fromkeys(name for table in tables for name in table.layout.unread)
        return tuple(name for name in names if f"{name} " not in f"{read} ")

    def _count(self, connection: Connection, table: SqlTable) -> int | None:
        of_files = table.layout.table.kind == ATTACHMENTS
        count = count_files(table) if of_files else table.count
        return None if count is None else self._database.count(connection, count)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _reason(table: SqlTable, column: str) -> str:
    other = "." in column
    return (
        f"there is no {column}" if other else f"{table.layout.table.table} has no column {column}"
    )
