"""Which of the alias tables a database has, and the SELECT that reads each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.elements import quoted_name

from migrate.errors import Problem
from migrate.extract.aliases import Table
from migrate.extract.layout import Layout, lay_out, near, same_name
from migrate.extract.shape import Field, converter
from migrate.extract.values import char, gmt_text

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class SqlTable:
    """One alias table in this database; `select` is None where it cannot be read.

    `modified` is the column that a delta can go by.
    """

    layout: Layout
    select: sa.Select[Any] | None = None
    fields: tuple[Field, ...] = ()
    modified: Column | None = None

    def since(self, time: datetime) -> sa.Select[Any] | None:
        """The SELECT, narrowed to what was modified at or after `time` (GMT), or does not say."""
        if self.select is None or self.modified is None:
            return self.select
        has_type = isinstance(self.modified.type, sa.DateTime | sa.Date)
        value = sa.literal(time.replace(tzinfo=None) if has_type else gmt_text(time))
        return self.select.where(sa.or_(self.modified.is_(None), self.modified >= value))


def find_tables(
    connection: Connection, tables: Mapping[str, Table], schema: str | None
) -> dict[str, SqlTable]:
    """Look every alias table up in the database; names match in any letters' case."""
    database = _Database(connection, schema)
    return {name: database.find(name, table) for name, table in tables.items()}


class _Database:
    def __init__(self, connection: Connection, schema: str | None) -> None:
        self._dialect: Dialect = connection.dialect
        self._inspector = sa.inspect(connection)
        self._schema = schema
        self._names = [
            *self._inspector.get_table_names(schema),
            *self._inspector.get_view_names(schema),
        ]

    def find(self, name: str, table: Table) -> SqlTable:
        asked = [table.table, *(joined for joined, _ in table.join)]
        there = {ours: real for ours in asked if (real := same_name(ours, self._names))}
        absent = tuple(self._absent(name, ours) for ours in asked if ours not in there)
        if table.table not in there:
            problems = () if table.optional else absent
            return SqlTable(Layout(name, table, problems=problems, readable=False))
        clauses = {ours: self._clause(real) for ours, real in there.items()}
        found: dict[str, Column] = {}

        def find(column: str) -> str | None:
            if (clause := _column(column, clauses)) is None:
                return None
            found[column] = clause
            return column

        has = [column.name for clause in clauses.values() for column in clause.c]
        layout = lay_out(name, table, find, has, table.table)
        layout = replace(layout, problems=absent + layout.problems)
        return self._readable(layout, clauses, found) if layout.readable else SqlTable(layout)

    def _readable(
        self, layout: Layout, clauses: Mapping[str, sa.TableClause], found: Mapping[str, Column]
    ) -> SqlTable:
        table = layout.table
        columns = {ours: found[asked] for ours, asked in layout.columns.items()}
        main = clauses[table.table]
        source: sa.FromClause = main
        for joined, on in table.join:
            if joined in clauses and (other := _column(on, {joined: clauses[joined]})) is not None:
                source = source.outerjoin(clauses[joined], columns[table.key[0]] == other)
        as_stored = (sa.type_coerce(column, sa.types.NULLTYPE) for column in columns.values())
        select: Any = sa.select(*as_stored).select_from(source)
        if table.where:
            select = select.where(sa.text(f"({table.where})".replace(":", r"\:")))
        fields = tuple(
            Field(
                ours,
                table.fields[ours].type,
                char
                if isinstance(column.type, sa.CHAR) and table.fields[ours].type == "text"
                else converter(table, ours, table.fields[ours].type),
            )
            for ours, column in columns.items()
        )
        modified = columns.get(table.modified or "")
        if modified is not None and self._dialect.name == "sqlite":
            modified = sa.type_coerce(modified, sa.Text())  # whatever the declared type
        return SqlTable(layout, select, fields, modified)

    def _clause(self, real: str) -> sa.TableClause:
        columns = self._inspector.get_columns(real, self._schema)
        return sa.table(
            self._quoted(real),
            *(sa.column(self._quoted(c["name"]), c["type"]) for c in columns),
            schema=self._quoted(self._schema) if self._schema else None,
        )

    def _quoted(self, name: str) -> quoted_name:
        """HPSM names columns NUMBER, GROUP, DESC: every name is quoted, in the case it has."""
        if self._dialect.requires_name_normalize:
            name = self._dialect.denormalize_name(name) or name
        return quoted_name(name, True)

    def _absent(self, name: str, table: str) -> Problem:
        candidates = near(table, self._names)
        line = f"`table: {candidates[0] if candidates else 'NAME OF THE TABLE'}`"
        return Problem(
            "source-table-missing",
            f"source.tables.{name}",
            f"there is no table {table}",
            remedy=f"Under source.tables.{name} in migrate.yaml add {line}, "
            "or leave the kind out of source.kinds.",
            near=candidates,
        )


def _column(asked: str, clauses: Mapping[str, sa.TableClause]) -> Column | None:
    """`COLUMN` of the first table that has it, or `TABLE.COLUMN`."""
    prefix, _, bare = asked.rpartition(".")
    if prefix and (table := same_name(prefix, clauses)):
        return _in(bare, clauses[table])
    return next((found for c in clauses.values() if (found := _in(asked, c)) is not None), None)


def _in(name: str, clause: sa.TableClause) -> Column | None:
    real = same_name(name, [column.name for column in clause.c])
    return clause.c[real] if real else None
