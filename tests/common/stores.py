"""Where the stores of a test lie: a folder, or schemas of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa
from pydantic import SecretStr

from migrate.state.database import Place
from migrate.state.place import Postgres

Places = Callable[[str], Place]
"""A store's name (`journal`, `plan`) → where it lies."""


def in_folder(folder: Path) -> Places:
    return lambda name: folder / f"{name}.db"


def in_database(url: str) -> Postgres:
    """The journal's place in the database behind a SQLAlchemy address."""
    address = sa.make_url(url)
    password = SecretStr(address.password) if address.password else None
    bare = sa.URL.create(
        "postgresql",
        address.username,
        host=address.host,
        port=address.port,
        database=address.database,
        query=address.query,
    )
    return Postgres(bare.render_as_string(), "journal", password)


def emptied(url: str) -> Places:
    """The stores in this database, without whatever lay there."""
    place = in_database(url)
    with psycopg.connect(sa.make_url(url).render_as_string(hide_password=False)) as connection:
        for schema in ("journal", "plan"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return place.at
