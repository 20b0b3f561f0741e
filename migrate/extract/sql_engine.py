"""HPSM's database as a connection that can only read, and rows as its driver gives them.

Every reading opens connections of its own, so that none is open when a process forks. What each
database does to keep us from writing:

- SQLite opens the file `mode=ro` and sets `query_only`: it refuses.
- PostgreSQL sets `default_transaction_read_only`: it refuses. `repeatable read` gives a table and
  the row tables beside it as of one moment.
- Oracle begins every transaction with `SET TRANSACTION READ ONLY`: it refuses, and all is as of one
  moment.
- SQL Server is told `ApplicationIntent=ReadOnly` where the driver can (pymssql, pyodbc). That
  routes us to a readable replica where there is one; it forbids nothing, so give an account with
  `db_datareader` alone. `DEADLOCK_PRIORITY LOW` lets HPSM win where both want the same rows.

Nothing is ever committed anywhere. PostgreSQL and Oracle sessions are set to GMT.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.sql_tolerance import MIXED, tolerate, undecodable

Rows = Sequence[Sequence[Any]]

ON_CONNECT = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": (
        "SET default_transaction_read_only = on",
        "SET default_transaction_isolation = 'repeatable read'",
        "SET TIME ZONE 'UTC'",
    ),
    "oracle": (
        "ALTER SESSION SET TIME_ZONE = '+00:00'",
        "ALTER SESSION SET NLS_SORT = BINARY",  # so that sorting and comparing agree
        "ALTER SESSION SET NLS_COMP = BINARY",
    ),
    "mssql": ("SET DEADLOCK_PRIORITY LOW",),
}
"""What a new connection says first, by database."""

ON_BEGIN = {"oracle": ("SET TRANSACTION READ ONLY",)}
"""What a transaction begins with, by database."""

TWO_RESULTS = frozenset({"sqlite", "postgresql", "oracle"})
"""Whose driver can read one result while another one is open on the same connection."""

_URL = "migrate.yaml: source.url"
_DRIVERS = {"postgresql": "psycopg", "oracle": "oracledb", "mssql": "pymssql"}
_INSTALL = {"oracledb": "oracledb>=3", "pymssql": "pymssql>=2.3"}
_READ_ONLY_INTENT: dict[str, dict[str, Any]] = {
    "pymssql": {"read_only": True},
    "pyodbc": {"ApplicationIntent": "ReadOnly"},
}
_SQLITE_REFUSES = frozenset({"SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_PERM"})


class Database:
    """The database that the configuration names. Relative SQLite paths start in `folder`.

    Raises ConfigurationError where the address cannot be used, or its driver is not installed.
    """

    def __init__(self, config: SourceConfig, folder: Path) -> None:
        self.name = config.name
        self.schema = config.db_schema
        self.batch = config.batch
        self.engine = _engine(config, folder)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection of its own. Raises ConfigurationError where there is none to be had."""
        try:
            connection = self.engine.connect()
        except (SQLAlchemyError, OSError) as error:
            raise _unreachable(self.engine.url, cause(error)) from None
        with connection:
            yield connection

    @contextmanager
    def beside(self, connection: Connection) -> Iterator[Connection]:
        """A connection to ask while `connection` streams: the same one, which then sees the same
        moment, where its driver can have two results open."""
        if self.engine.dialect.name in TWO_RESULTS:
            yield connection
        else:
            with self.connected() as other:
                yield other

    def stream(
        self, connection: Connection, select: sa.Select[Any], place: str, name: str
    ) -> Iterator[Rows]:
        """The rows in batches, as plain as the driver gives them.

        `place` is the line of migrate.yaml that made the SELECT, `name` what it reads. Raises
        ConfigurationError when the database refuses it, and StoppedError when it goes away while it
        is read.
        """
        given = 0
        try:
            for rows in self._batches(connection, select, place, name):
                yield rows
                given += len(rows)
        except _errors(connection) as error:
            self._tolerate(connection, error)
        else:
            return
        again = chain.from_iterable(self._batches(connection, select, place, name))
        rest = islice(again, given, None)
        while rows := self._kept(connection, rest):
            yield rows

    def fetch(self, connection: Connection, select: sa.Select[Any], place: str, name: str) -> Rows:
        """All rows of a small answer. Raises as `stream` does."""
        try:
            result: Any = connection.execute(select)
            return list(result.cursor.fetchall())  # plain tuples
        except _errors(connection) as error:
            if not undecodable(error) and _refused(error):
                raise _unreadable(place, name, error) from None
            self._tolerate(connection, error)
        return self.fetch(connection, select, place, name)

    def count(self, connection: Connection, select: sa.Select[Any]) -> int | None:
        """The one number that `select` gives; None where the database does not: whoever reads the
        table is told why."""
        try:
            return int(connection.execute(select).scalar_one())
        except _errors(connection):
            connection.rollback()
            return None

    def _tolerate(self, connection: Connection, error: Exception) -> None:
        """From now on give what the driver gives up a whole batch over, if that is what was wrong.
        Raises StoppedError where something else was."""
        driver: Any = connection.connection.driver_connection if undecodable(error) else None
        if driver is None or not tolerate(driver):
            raise self._lost(error) from None

    def _kept(self, connection: Connection, rows: Iterator[Sequence[Any]]) -> Rows:
        try:
            return list(islice(rows, self.batch))
        except _errors(connection) as error:
            raise self._lost(error) from None

    def _batches(
        self, connection: Connection, select: sa.Select[Any], place: str, name: str
    ) -> Iterator[Rows]:
        held_back = connection.dialect.supports_server_side_cursors
        options: Any = {"yield_per": self.batch} if held_back else {}
        try:
            result: Any = connection.execute(select, execution_options=options)
        except SQLAlchemyError as error:
            if undecodable(error) or not _refused(error):
                raise
            raise _unreadable(place, name, error) from None
        # a driver that streams by itself is asked directly: plain tuples are cheaper than rows
        yield from result.partitions() if held_back else _fetched(result.cursor, self.batch)

    def _lost(self, error: Exception) -> StoppedError:
        return StoppedError(Problem("source-lost", self.name, f"reading stopped: {cause(error)}"))


def _fetched(cursor: Any, batch: int) -> Iterator[Rows]:
    while rows := cursor.fetchmany(batch):
        yield rows


def _errors(connection: Connection) -> tuple[type[Exception], ...]:
    return SQLAlchemyError, connection.dialect.loaded_dbapi.Error


def cause(error: Exception) -> str:
    """What the driver calls it. Its message may hold the password or data: not shown."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return type(original).__name__ + (f" {state}" if state else "")


def _refused(error: Exception) -> bool:
    """Whether the database understood us, and says no; else it is in trouble itself."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        return original.sqlite_errorname in _SQLITE_REFUSES
    return not getattr(error, "connection_invalidated", False)


def _engine(config: SourceConfig, folder: Path) -> sa.Engine:
    text = config.url or (os.environ.get(config.url_env) if config.url_env else None)
    if not text:
        named = f"the variable {config.url_env} is not set" if config.url_env else "there is no url"
        raise ConfigurationError(Problem("source-unreachable", _URL, named))
    try:
        engine = _created(make_url(text), config, folder)
    except ModuleNotFoundError as error:
        package = error.name or "its driver"
        raise ConfigurationError(
            Problem(
                "source-driver-missing",
                _URL,
                f"the driver {package} of this database is not installed",
                remedy=f"Type `pip install '{_INSTALL.get(package, package)}'`.",
            )
        ) from None
    except (ArgumentError, ImportError, ValueError, TypeError) as error:
        raise ConfigurationError(
            Problem(
                "source-unreachable",
                _URL,
                f"the address cannot be used ({type(error).__name__})",
                expected="a SQLAlchemy URL such as postgresql://user@host/database",
            )
        ) from None
    sa.event.listen(engine, "connect", partial(_connect, ON_CONNECT.get(engine.dialect.name, ())))
    for statement in ON_BEGIN.get(engine.dialect.name, ()):
        sa.event.listen(engine, "begin", partial(_begin, statement))
    return engine


def _created(url: URL, config: SourceConfig, folder: Path) -> sa.Engine:
    options: dict[str, Any] = {"poolclass": sa.NullPool}  # none is open when we fork
    database = url.get_backend_name()
    if "+" not in url.drivername and database in _DRIVERS:
        url = url.set(drivername=f"{database}+{_DRIVERS[database]}")
    if database == "sqlite":
        return sa.create_engine("sqlite://", creator=_sqlite(url, folder), **options)
    if database == "oracle":
        # LOBs come as text with their rows, `arraysize` rows a round trip
        options |= {"arraysize": config.batch, "encoding_errors": MIXED}
    if database == "mssql":
        options["connect_args"] = _READ_ONLY_INTENT.get(url.get_driver_name(), {})
    return sa.create_engine(url, **options)


def _connect(statements: Sequence[str], connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def _begin(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)


def _sqlite(url: URL, folder: Path) -> Callable[[], sqlite3.Connection]:
    path = (folder / (url.database or "")).resolve()

    def connect() -> sqlite3.Connection:
        if not path.is_file():
            raise ConfigurationError(
                Problem("source-unreachable", str(path), "there is no such file")
            )
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    return connect


def _unreadable(place: str, name: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        Problem("source-unreadable", place, f"{name} cannot be read: {cause(error)}")
    )


def _unreachable(url: URL, cause: str) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "source-unreachable",
            url.render_as_string(hide_password=True),
            f"no connection: {cause}",
        )
    )
