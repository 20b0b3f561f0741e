"""The tables and columns that a database has, under names that can be asked for in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.elements import quoted_name

from migrate.extract.layout import same_name

Column = sa.ColumnElement[Any]

NULLS_LAST = frozenset({"postgresql", "oracle"})
"""The databases that sort NULL behind everything; the others sort it before."""

_NO_SORTING_OF_LOBS = frozenset({"oracle", "mssql"})


class Catalog:
    """The tables of `names` in a database of this dialect, in `schema` (None: where the user is).
    `columns` gives those of a table, as SQLAlchemy's inspector does; it is asked once for each."""

    def __init__(
        self,
        dialect: Dialect,
        names: Sequence[str],
        columns: Callable[[str], Iterable[Mapping[str, Any]]],
        schema: str | None = None,
    ) -> None:
        self.dialect = dialect
        self.names = names
        self._columns = columns
        self._schema = schema
        self._clauses: dict[str, sa.TableClause] = {}

    @classmethod
    def of(cls, connection: Connection, schema: str | None) -> Catalog:
        """What the user of `connection` sees. Tables are looked up while it is open."""
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        return cls(
            connection.dialect, names, lambda name: inspector.get_columns(name, schema), schema
        )

    def table(self, name: str) -> sa.TableClause | None:
        """The table of this name, None where there is none."""
        if (real := same_name(name, self.names)) is None:
            return None
        if real not in self._clauses:
            self._clauses[real] = self._clause(real)
        return self._clauses[real]

    def bound(self, value: Any, column: Column) -> Column:
        """A value to compare with `column`. SQL Server's driver sends every text as NVARCHAR, and a
        VARCHAR column compared with one cannot be found by its index: there it is cast."""
        if self.dialect.name == "sqlite":
            return sa.literal(value)  # a type that is declared there binds nobody
        type_ = column.type
        bound = sa.literal(value, type_)
        if self.dialect.name != "mssql" or isinstance(type_, sa.Unicode | sa.UnicodeText):
            return bound
        return sa.cast(bound, sa.VARCHAR(type_.length)) if isinstance(type_, sa.String) else bound

    def sortable(self, column: Column) -> bool:
        """Whether the database can sort by it."""
        lob = isinstance(column.type, sa.LargeBinary | sa.Text | sa.types.NullType)
        return not (lob and self.dialect.name in _NO_SORTING_OF_LOBS)

    def same(self, column: Column, value: Any) -> Column:
        return column.is_(None) if value is None else column == self.bound(value, column)

    def among(self, column: Column, values: Sequence[Any]) -> Column:
        """Whether `column` is one of `values`."""
        if self.dialect.name == "mssql":
            return column.in_([self.bound(value, column) for value in values])
        plain = sa.types.NULLTYPE if self.dialect.name == "sqlite" else column.type
        return sa.type_coerce(column, plain).in_(values)

    def behind(self, columns: Iterable[Column], values: Iterable[Any]) -> Column:
        """What comes after a row with these values, where rows are in the order of `columns`."""
        pairs = list(zip(columns, values, strict=True))
        either = [
            sa.and_(*(self.same(*before) for before in pairs[:place]), self._greater(*pair))
            for place, pair in enumerate(pairs)
        ]
        return sa.or_(*either)

    def _greater(self, column: Column, value: Any) -> Column:
        last = self.dialect.name in NULLS_LAST
        if value is None:
            return sa.false() if last else column.is_not(None)
        greater = column > self.bound(value, column)
        return sa.or_(greater, column.is_(None)) if last else greater

    def _clause(self, real: str) -> sa.TableClause:
        return sa.table(
            self._quoted(real),
            *(sa.column(self._quoted(c["name"]), c["type"]) for c in self._columns(real)),
            schema=self._quoted(self._schema) if self._schema else None,
        )

    def _quoted(self, name: str) -> quoted_name:
        """HPSM names columns NUMBER, GROUP, DESC: every name is quoted, in the case it has."""
        if self.dialect.requires_name_normalize:
            name = self.dialect.denormalize_name(name) or name
        return quoted_name(name, True)


def column_of(clause: sa.TableClause | None, name: str) -> Column | None:
    """The column of this name, in any letters' case."""
    if clause is None:
        return None
    real = same_name(name, [column.name for column in clause.c])
    return clause.c[real] if real else None


def column_among(clauses: Mapping[str, sa.TableClause], asked: str) -> Column | None:
    """`COLUMN` of the first table that has it, or `TABLE.COLUMN`."""
    prefix, _, bare = asked.rpartition(".")
    if prefix and (table := same_name(prefix, clauses)):
        return column_of(clauses[table], bare)
    found = (column_of(clause, asked) for clause in clauses.values())
    return next((column for column in found if column is not None), None)
