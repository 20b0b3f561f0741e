"""How the stores are opened: SQLite files that only their owner can read."""

from __future__ import annotations

import errno
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext

from migrate.errors import ConfigurationError, MigrateError, Problem, StoppedError
from migrate.state.place import Postgres

if TYPE_CHECKING:
    from migrate.state.postgres import Driver

_UNWRITABLE = {
    sqlite3.SQLITE_BUSY: "another process holds it",
    sqlite3.SQLITE_LOCKED: "another process holds it",
    sqlite3.SQLITE_PERM: "it may not be written",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk refuses",
    sqlite3.SQLITE_FULL: "the disk is full",
}

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_AGAIN = {
    "plan.db": "Delete it: the next `migrate plan` makes it again.",
    "snapshot.db": "Delete it, and run `migrate extract --full`.",
}
"""Stores that can be made again. What a journal knew, nothing else does."""

_BUSY_SECONDS = 30.0

Place = Path | Postgres
"""Where a store lies: a file, or a schema of a database."""

Synchronous = Literal["FULL", "NORMAL", "OFF"]


def open_database(
    place: Place,
    *,
    synchronous: Synchronous = "FULL",
    cache_kib: int = 8_192,
    page: int = 4096,
    begin: str | None = "BEGIN",
) -> Engine:
    """An engine over the SQLite file or the PostgreSQL schema `place`, made if it is not there.

    The folder is 0700 and the file 0600. Write-ahead log; a transaction begins where SQLAlchemy
    begins it (with `begin`; None is autocommit) and holds schema changes too. `synchronous` FULL:
    a commit is on the disk when it returns; NORMAL: a power cut may lose the last commits, never
    the file. `page` is the size in bytes of a new file's pages: large suits large rows that are
    written by the thousand, small suits single commits. Whatever is done with the engine raises
    StoppedError (`state-unwritable`) where the disk is full or refuses, ConfigurationError
    (`state-damaged`) where the file is no whole database. On PostgreSQL, `begin` None is autocommit
    too, and the rest is its own affair.
    """
    if isinstance(place, Postgres):
        from migrate.state.postgres import open_postgres  # takes a tenth of a second to import

        return open_postgres(place, begin=begin)
    path = place
    _private(path)
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # sqlite3 would begin late, and never for a DDL statement
        for pragma in (
            "busy_timeout = 30000",
            f"page_size = {page}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            f"cache_size = -{cache_kib}",
            "foreign_keys = ON",
        ):
            try:
                _patiently(connection, f"PRAGMA {pragma}")
            except sqlite3.Error as error:
                raise _told(path, error) or error from None

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        if begin:
            connection.exec_driver_sql(begin)

    @event.listens_for(engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        if told := _told(path, context.original_exception):
            raise told

    return engine


def raw(place: Place, connection: Connection) -> sqlite3.Connection | Driver:
    """The driver under a connection, for statements that SQLAlchemy would make too slow."""
    if isinstance(place, Postgres):
        from migrate.state.postgres import Driver

        return Driver(place, connection)
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def one_by_one(connection: Connection) -> None:
    """Have this transaction wait for those of other processes that say so too. On SQLite a
    transaction that writes does so in any case."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()))")


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """SQLite does not wait where two processes turn a new file to its write-ahead log at once."""
    last = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                raise
            time.sleep(0.02)
        else:
            return


def _told(path: Path, error: BaseException) -> MigrateError | None:
    """What a database error means where it is the file's or the disk's."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
        message = "the file is damaged, or is no database"
        remedy = _AGAIN.get(path.name, "")
        return ConfigurationError(Problem("state-damaged", str(path), message, remedy=remedy))
    return unwritable(path, error)


def unwritable(path: Place, error: BaseException) -> StoppedError | None:
    """What a database error means where it is the disk's, and nobody's mistake."""
    what = _UNWRITABLE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return StoppedError(Problem("state-unwritable", str(path), what)) if what else None


def quoted(name: str) -> str:
    """`name` as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def unwritable_path(path: Path, error: OSError) -> StoppedError:
    """What an error of the file system means for a store below `path`."""
    if error.errno == errno.ENOSPC:
        what = "the disk is full"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = f"it may not be written ({_name(error)})"
    else:
        what = f"the disk refuses ({_name(error)})"
    return StoppedError(Problem("state-unwritable", str(path), what))


def private_folder(folder: Path) -> None:
    """Make `folder` where it is not there; only its owner may look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def _private(path: Path) -> None:
    private_folder(path.parent)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
