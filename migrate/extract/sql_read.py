"""Reads one table of HPSM's database: its rows in order, with what belongs to them, as batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.engine import Connection

from migrate.errors import Problem
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Shaper
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import Database, Rows
from migrate.extract.sql_layout import SqlTable
from migrate.records import Batch


class TableReader:
    """Reads tables over connections of their own; what is wrong with a record goes to `log`.

    Rows come in the order of the record's key, so that reading can go on behind one. The arrays of
    a batch are read after its main rows. SQLite, PostgreSQL and Oracle show one moment throughout;
    with SQL Server a record that changes in between has its new arrays beside its old fields. Such
    a record was modified after the reading began, and whoever reads again what was modified since
    then has it whole.
    """

    def __init__(self, database: Database, catalog: Catalog, log: ProblemLog) -> None:
        self._database = database
        self._catalog = catalog
        self._log = log

    def read(
        self, table: SqlTable, since: datetime | None = None, behind: Sequence[Any] = ()
    ) -> Iterator[Batch]:
        """The records of one table; those `behind` a record alone, where its key is given."""
        layout = table.layout
        kind, name = layout.table.kind, layout.table.table
        shaper = Shaper(layout.table, table.fields, self._log)
        done = 0

        def place(row: int, key: str) -> str:
            return f"{kind} {key}" if key else f"{name} row {done + row + 1}"

        select = table.since(since) if since else table.select
        assert select is not None  # noqa: S101 - only readable tables come here
        columns = [column for _, column in table.ordered]
        if behind:
            select = select.where(self._catalog.behind(columns, behind))
        line = f"source.tables.{layout.name}" + (".where" if layout.table.where else "")
        with ExitStack() as stack:
            connection = stack.enter_context(self._database.connected())
            complete = self._completing(table, stack, connection, line)
            batches = self._database.stream(connection, select.order_by(*columns), line, name)
            for rows in batches:
                batch = shaper.batch(complete(rows) if complete else rows, place)
                yield replace(batch, position=_position(table, rows[-1]))
                done += len(rows)

    def _completing(
        self, table: SqlTable, stack: ExitStack, connection: Connection, line: str
    ) -> Callable[[Rows], Rows] | None:
        """What puts rows together that have more than their own cells; None for all others."""
        if (parts := table.parts) is None:
            return None
        beside = stack.enter_context(self._database.beside(connection))
        name = f"a row table of {table.layout.table.table}"

        def complete(rows: Rows) -> Rows:
            return parts.complete(
                rows,
                self._catalog,
                lambda select: self._database.fetch(beside, select, line, name),
                lambda blob, values: self._misfit(table, blob, values),
            )

        return complete

    def _misfit(self, table: SqlTable, blob: str, values: int) -> None:
        name = table.layout.table.table
        self._log.add(
            Problem(
                "rc-blob-form",
                f"{name}.{blob}",
                f"a blob holds {values} values, which is not what its dbdict or `member` says",
            ),
            f"{name}.{blob}",
        )


def _position(table: SqlTable, row: Sequence[Any]) -> str:
    """Where reading goes on behind `row`: its table and its key; empty where it has no order."""
    key = [_plain(row[cell]) for cell, _ in table.ordered]
    if not key or not all(part is None or isinstance(part, str | int | float) for part in key):
        return ""
    return orjson.dumps([table.layout.name, *key]).decode()


def _plain(part: Any) -> Any:
    """A decimal number as one that JSON has, where it has it exactly."""
    if not isinstance(part, Decimal):
        return part
    number = int(part) if part == part.to_integral_value() else float(part)
    return number if Decimal(str(number)) == part else part
