"""The tables and columns that a database has, under names that can be asked for in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import quoted_name

from migrate.extract.layout import same_name

Column = sa.ColumnElement[Any]

NULLS_LAST = frozenset({"postgresql", "oracle"})
"""The databases that sort NULL behind everything; the others sort it before."""

_NO_SORTING_OF_LOBS = frozenset({"oracle", "mssql"})


Columns = Sequence[Mapping[str, Any]]
"""The columns of a table as SQLAlchemy's inspector gives them: name, type and more."""


class Catalog:
    """The tables of `names` in a database of this dialect, in `schema` (None: where the user is).
    `columns` gives the columns of those that are asked for, as far as it can; each is asked for
    once. `taken` is the name of a table → the alias tables that are read from it. `finds` says
    whether a SELECT gives any row; it may be asked while the tables are looked up."""

    def __init__(
        self,
        dialect: Dialect,
        names: Sequence[str],
        columns: Callable[[Sequence[str]], Mapping[str, Columns]],
        schema: str | None = None,
        finds: Callable[[sa.Select[Any]], bool] = lambda select: False,
    ) -> None:
        self.dialect = dialect
        self.finds = finds
        self.names = names
        self.taken: dict[str, set[str]] = {}
        self._columns = columns
        self._schema = schema
        self._clauses: dict[str, sa.TableClause | None] = {}

    @property
    def whose(self) -> str:
        """Whose tables these are, in words."""
        return f"the schema {self._schema}" if self._schema else "this user of the database"

    @classmethod
    def of(cls, connection: Connection, schema: str | None) -> Catalog:
        """What the user of `connection` sees. Tables are looked up while it is open."""
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]

        def columns(asked: Sequence[str]) -> Mapping[str, Columns]:
            try:
                found = inspector.get_multi_columns(schema, asked, kind=ObjectKind.ANY)
            except SQLAlchemyError:  # a view over a table that is gone spoils it for all
                connection.rollback()
                parts = (columns([name]) for name in asked if len(asked) > 1)
                return {name: each for part in parts for name, each in part.items()}
            return {name: each for (_, name), each in found.items()}

        def finds(select: sa.Select[Any]) -> bool:
            try:
                return connection.execute(select.limit(1)).first() is not None
            except SQLAlchemyError:
                connection.rollback()
                return False

        return cls(connection.dialect, names, columns, schema, finds)

    def load(self, names: Iterable[str]) -> None:
        """Look up the columns of these tables at once, as far as they are there."""
        there = (same_name(name, self.names) for name in names)
        if asked := [name for name in dict.fromkeys(there) if name and name not in self._clauses]:
            found = self._columns(asked)
            for name in asked:
                self._clauses[name] = self._clause(name, found[name]) if name in found else None

    def table(self, name: str) -> sa.TableClause | None:
        """The table of this name, None where there is none."""
        if (real := same_name(name, self.names)) is None:
            return None
        self.load([real])
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

    def _clause(self, real: str, columns: Columns) -> sa.TableClause:
        return sa.table(
            self._quoted(real),
            *(sa.column(self._quoted(c["name"]), c["type"]) for c in columns),
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
