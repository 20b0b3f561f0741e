"""Schema upgrades: an ordered list of scripts, each run once, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from migrate.errors import ConfigurationError, Problem
from migrate.state.database import one_by_one

T = TypeVar("T")


def upgrade(connection: Connection, scripts: Sequence[str]) -> None:
    """Bring a store to its newest schema. The number of scripts already run is kept in the store
    itself (`user_version`); a statement ends with `;` at the end of a line.

    Raises ConfigurationError (`state-newer`) where more were run than there are: a newer version of
    this tool has written there, and what its schema means is not known here.
    """
    if connection.dialect.name == "postgresql":
        _upgrade_postgres(connection, scripts)
        return
    for version, script in enumerate(scripts, 1):
        # Asked in the transaction that upgrades: another process may be opening the store too.
        done = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        _known(connection, done, scripts)
        if done < version:
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        connection.commit()


def _upgrade_postgres(connection: Connection, scripts: Sequence[str]) -> None:
    """All in one transaction, which other processes wait for."""
    execute = connection.exec_driver_sql
    one_by_one(connection)
    execute("CREATE TABLE IF NOT EXISTS user_version (version INTEGER NOT NULL)")
    done = execute("SELECT max(version) FROM user_version").scalar() or 0
    _known(connection, done, scripts)
    for version, script in enumerate(scripts[done:], done + 1):
        for statement in script.split(";\n"):
            if statement.strip():
                execute(statement)
        execute("INSERT INTO user_version VALUES (?)", (version,))
    connection.commit()


def _known(connection: Connection, done: int, scripts: Sequence[str]) -> None:
    if done > len(scripts):
        url = connection.engine.url
        file = url.database if url.get_backend_name() == "sqlite" else None
        raise ConfigurationError(
            Problem(
                "state-newer",
                file or url.render_as_string(hide_password=True),
                f"has schema {done}, and this version of the tool knows up to {len(scripts)}",
            )
        )


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in parts of at most `size`, for `IN (…)` lists."""
    return (items[start : start + size] for start in range(0, len(items), size))
