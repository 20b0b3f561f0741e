"""How the stores are opened: SQLite files that only their owner can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

Synchronous = Literal["FULL", "NORMAL", "OFF"]


def open_database(
    path: Path,
    *,
    synchronous: Synchronous = "FULL",
    cache_kib: int = 16_384,
    page: int = 4096,
    begin: str | None = "BEGIN",
) -> Engine:
    """An engine over the SQLite file `path`, made if it is not there.

    The folder is 0700 and the file 0600. Write-ahead log; a transaction begins where SQLAlchemy
    begins it (with `begin`; None is autocommit) and holds schema changes too. `synchronous` FULL:
    a commit is on the disk when it returns; NORMAL: a power cut may lose the last commits, never
    the file. `page` is the size in bytes of a new file's pages: large suits large rows that are
    written by the thousand, small suits single commits.
    """
    _private(path)
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # sqlite3 would begin late, and never for a DDL statement
        for pragma in (
            f"page_size = {page}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            f"cache_size = -{cache_kib}",
            "busy_timeout = 30000",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        if begin:
            connection.exec_driver_sql(begin)

    return engine


def quoted(name: str) -> str:
    """`name` as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
