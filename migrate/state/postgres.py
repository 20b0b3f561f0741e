"""How a store on PostgreSQL is opened, for several machines that load at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors, sql
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.state.place import Postgres
from migrate.state.sql_words import postgres

_REFUSED = re.compile(r"authentication|password|pg_hba|does not exist|not permitted|certificate")


def connect(place: Postgres) -> psycopg.Connection[Any]:
    """A connection of one's own that commits each statement.

    Raises StoppedError (`state-unreachable`), ConfigurationError (`state-refused`).
    """
    dialect = place.address.get_dialect()()
    _, arguments = dialect.create_connect_args(place.address)
    try:
        return psycopg.connect(autocommit=True, **{**arguments, **place.options})
    except psycopg.OperationalError as error:
        # A refused connection has no code, only what the server said.
        if _REFUSED.search(str(error)):
            raise ConfigurationError(
                Problem("state-refused", str(place), "it does not let us in, or has no such name")
            ) from None
        raise meant(place, error) from None


def open_postgres(place: Postgres, *, begin: str | None) -> Engine:
    """An engine over a schema, made where it is not there; `begin` None commits each statement.

    Statements are the stores' own, see `sql_words`. Whatever is done with the engine raises
    StoppedError (`state-unreachable`, `state-unwritable`) where the database is away or refuses,
    ConfigurationError (`state-refused`) where it does not let us in.
    """
    if begin is not None:
        make_schema(place)
    engine = sa.create_engine(
        place.address,
        connect_args={**place.options, "cursor_factory": psycopg.ClientCursor},
        isolation_level="AUTOCOMMIT" if begin is None else "READ COMMITTED",
        pool_size=1,
    )

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _translated(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return postgres(statement), parameters

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if begin is not None and place.guard is not None:
            driver = connection.connection.driver_connection
            try:
                place.guard.check(driver)
            except psycopg.Error as error:
                raise meant(place, error) from None

    @event.listens_for(engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, psycopg.Error):
            raise meant(place, context.original_exception)

    return engine


def make_schema(place: Postgres) -> None:
    """Make the schema where it is not there; several processes may do so at once. A user who may
    make none can use one that is there."""
    with connect(place) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('migrate'))")
        there = connection.execute("SELECT to_regnamespace(%s)", (place.schema,)).fetchone()
        if there == (None,):
            name = sql.Identifier(place.schema)
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))


class Driver:
    """Executes the stores' statements on a connection's own cursor, as sqlite3's does."""

    def __init__(self, place: Postgres, connection: Connection) -> None:
        self._place = place
        self._connection: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Raises StoppedError where the database is away or refuses."""
        try:
            return self._connection.execute(postgres(statement).encode(), parameters)
        except psycopg.Error as error:
            raise meant(self._place, error) from None


def meant(place: Postgres, error: psycopg.Error) -> StoppedError | ConfigurationError | Exception:
    """What an error of the database means; a mistake in our own SQL stays what it is."""
    if isinstance(error, errors.InsufficientPrivilege):
        return ConfigurationError(
            Problem("state-refused", str(place), "the user may not make or change tables there")
        )
    if isinstance(error, errors.DiskFull):
        return StoppedError(Problem("state-unwritable", str(place), "its disk is full"))
    if isinstance(error, errors.DeadlockDetected | errors.LockNotAvailable):
        return StoppedError(Problem("state-unwritable", str(place), "another process holds it"))
    cut = (psycopg.OperationalError, psycopg.InterfaceError, errors.IdleInTransactionSessionTimeout)
    if isinstance(error, cut):
        return StoppedError(
            Problem("state-unreachable", str(place), f"it does not answer ({type(error).__name__})")
        )
    return error
