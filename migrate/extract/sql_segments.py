"""The segments of attachments where they lie in a database, read one at a time.

Rows are listed without their contents, since a database that sorts contents, or a driver that
fetches rows by the hundred, would hold many of them at once. Each content is then asked for by
where its row lies; by its key, where the database cannot say that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.sql.visitors import iterate

from migrate.errors import Problem, StoppedError
from migrate.extract.segments import BrokenFile, Segment
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import cause

Columns = Mapping[str, sa.ColumnElement[Any]]

GONE = "segment missing"
TWICE = "segment twice"
_UNREADABLE = "unreadable in the database"

_DAMAGED = (DBAPIError, sqlite3.Error)
_LOST = (OperationalError, InterfaceError, sqlite3.OperationalError, sqlite3.InterfaceError)
_LARGE = 1 << 20  # bytes

_PLACES = {"sqlite": "rowid", "postgresql": "ctid", "oracle": "ROWID"}


class Contents(Protocol):
    """Gives the content of a row. `places` are the columns that tell where it is."""

    @property
    def places(self) -> Sequence[sa.ColumnElement[Any]]: ...

    def of_one_file(self) -> AbstractContextManager[None]:
        """Within it the contents of one file are opened: one that is broken harms no other."""
        ...

    def open(self, at: Sequence[Any]) -> Segment:
        """The content of the row whose `places` these are, empty where there is none. Raises
        BrokenFile where the database cannot give it, and StoppedError when that is gone."""
        ...


def contents(
    connection: Connection, source: str, catalog: Catalog, columns: Columns, select: sa.Select[Any]
) -> Contents:
    """How the contents of the table that `select` reads are got over `connection`. `columns` are
    its key, the segment's number, and `data`, by our names."""
    table = select.get_final_froms()[0]
    place = _PLACES.get(connection.dialect.name, "")
    if not isinstance(table, sa.TableClause) or not _tells(connection, table, place):
        return _ByKey(connection, source, catalog, columns, select)
    by_place = _Sqlite if connection.dialect.name == "sqlite" else _ByPlace
    return by_place(connection, source, columns["data"], table, place)


def by_place(
    data: sa.ColumnElement[Any], table: sa.TableClause, place: str
) -> sa.Select[tuple[Any]]:
    """The content of the row at `:at`."""
    here: sa.ColumnElement[Any] = sa.literal_column(place)
    at: Any = sa.bindparam("at", type_=sa.types.NULLTYPE)
    return sa.select(data).select_from(table).where(here == at)


def by_key(
    catalog: Catalog,
    select: sa.Select[Any],
    key: Sequence[sa.ColumnElement[Any]],
    at: Sequence[Any],
) -> sa.Select[Any]:
    """`select`, narrowed to the rows of which the key is `at`, so that an index finds them."""
    for column, value in zip(key, at, strict=True):
        select = select.where(catalog.same(as_declared(column), value))
    return select


def as_declared(column: sa.ColumnElement[Any]) -> sa.ColumnClause[Any]:
    """The column as the database has it, of its own type, whatever it was wrapped in."""
    return next(part for part in iterate(column) if isinstance(part, sa.ColumnClause))


class _Asked:
    """What is common to those that ask by SELECT."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source

    @contextmanager
    def of_one_file(self) -> Iterator[None]:
        """PostgreSQL gives nothing more after an error, unless it is told to go back before it."""
        before = (
            self._connection.begin_nested()
            if self._connection.dialect.name == "postgresql"
            else None
        )
        try:
            yield
        finally:
            if before is not None:
                before.rollback()

    def _fetch(
        self, select: sa.Select[Any], values: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        try:
            return self._connection.execute(select, dict(values or {})).fetchall()
        except SQLAlchemyError as error:
            raise self._wrong(error) from None

    def _wrong(self, error: Exception) -> Exception:
        """A damaged content is that file's trouble, a database that is gone everybody's."""
        gone = getattr(error, "connection_invalidated", False)
        if isinstance(error, _DAMAGED) and not isinstance(error, _LOST) and not gone:
            return BrokenFile(_UNREADABLE)
        problem = Problem("source-lost", self._source, f"reading stopped: {cause(error)}")
        return StoppedError(problem)


class _ByPlace(_Asked):
    def __init__(
        self,
        connection: Connection,
        source: str,
        data: sa.ColumnElement[Any],
        table: sa.TableClause,
        place: str,
    ) -> None:
        super().__init__(connection, source)
        here: sa.ColumnElement[Any] = sa.literal_column(place)
        self.places: tuple[sa.ColumnElement[Any], ...] = (here.label("place"),)
        self._select = by_place(data, table, place)

    def open(self, at: Sequence[Any]) -> Segment:
        return self._only(self._fetch(self._select, {"at": at[0]}))

    def _only(self, rows: Sequence[Sequence[Any]]) -> bytes:
        if not rows:
            raise BrokenFile(GONE)
        return _bytes(rows[0][0])


class _Sqlite(_ByPlace):
    """A large content is read within: SQLite and its driver would hold all of it, once each."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        data: sa.ColumnElement[Any],
        table: sa.TableClause,
        place: str,
    ) -> None:
        super().__init__(connection, source, data, table, place)
        self.places = (*self.places, sa.func.length(data).label("length"))
        as_bytes = sa.cast(data, sa.types.LargeBinary)  # a text may be no UTF-8
        select = by_place(as_bytes, table, place)
        self._sql = str(select.compile(dialect=connection.dialect))
        self._within = (table.name, str(as_declared(data).name))
        self._schema = table.schema or "main"

    def open(self, at: Sequence[Any]) -> Segment:
        place, size = at
        driver = cast(sqlite3.Connection, self._connection.connection.driver_connection)
        try:
            if size and size > _LARGE:  # a connection remembers each that was opened, so few
                return _Blob(
                    driver.blobopen(*self._within, place, readonly=True, name=self._schema)
                )
            rows = driver.execute(self._sql, (place,)).fetchall()
        except sqlite3.Error as error:
            raise self._wrong(error) from None
        return self._only(rows)


class _ByKey(_Asked):
    """Where the same key stands twice, both must hold the same."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        catalog: Catalog,
        columns: Columns,
        select: sa.Select[Any],
    ) -> None:
        super().__init__(connection, source)
        self._catalog = catalog
        self._key = [column for name, column in columns.items() if name != "data"]
        self.places = [column.label(f"place{i}") for i, column in enumerate(self._key)]
        self._select = select.with_only_columns(columns["data"], *self._key)

    def open(self, at: Sequence[Any]) -> Segment:
        rows = self._fetch(by_key(self._catalog, self._select, self._key, at))
        found = {_bytes(data) for data, *key in rows if tuple(key) == tuple(at)}
        if len(found) != 1:
            raise BrokenFile(TWICE if found else GONE)
        return found.pop()


class _Blob:
    """A content of SQLite's, as a `Segment`."""

    def __init__(self, blob: sqlite3.Blob) -> None:
        self._blob = blob
        self._size = len(blob)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: Any) -> Any:
        try:
            return self._blob[at]
        except sqlite3.Error:
            raise BrokenFile(_UNREADABLE) from None


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise BrokenFile("no bytes")


def _tells(connection: Connection, table: sa.TableClause, place: str) -> bool:
    """Whether a row of `table` has a place: a view has none, nor has a table WITHOUT ROWID."""
    if not place or table.name in sa.inspect(connection).get_view_names(table.schema):
        return False
    asked: sa.Select[Any] = sa.select(sa.literal_column(place)).select_from(table).limit(1)
    nested = connection.dialect.name == "postgresql"
    try:
        with connection.begin_nested() if nested else nullcontext():
            connection.execute(asked).fetchall()
    except SQLAlchemyError:
        return False
    return True
