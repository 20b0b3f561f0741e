"""The schema of what only several workers need: leases and the budget."""

from __future__ import annotations

from migrate.state.place import Postgres
from migrate.state.postgres import open_postgres
from migrate.state.schema import upgrade

SCHEMA = "workers"

_UPGRADES = [
    """
    CREATE TABLE leases (
        name TEXT PRIMARY KEY, token INTEGER NOT NULL, holder TEXT NOT NULL,
        expires TIMESTAMPTZ NOT NULL);
    CREATE TABLE budget (
        one INTEGER PRIMARY KEY, next TIMESTAMPTZ NOT NULL, paused TIMESTAMPTZ NOT NULL);
    INSERT INTO budget VALUES (1, 'epoch', 'epoch');
    """
]


def prepared(place: Postgres) -> Postgres:
    """The schema in the database of `place`, made or brought to its newest form."""
    here = place.at(SCHEMA)
    engine = open_postgres(here, begin="BEGIN")
    with engine.connect() as connection:
        upgrade(connection, _UPGRADES)
    engine.dispose()
    return here
