"""A simulated HPSM in a file, and questions to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from migrate.simulate.hpsm import Counts, make_database
from migrate.simulate.world import World


class Hpsm(NamedTuple):
    path: Path
    counts: Counts

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        return self.ask(query, *values)[0][0]


def made(path: Path, seed: int = 7, layout: str = "classic") -> Hpsm:
    return Hpsm(path, make_database(f"sqlite:///{path}", World(seed, "test"), layout=layout))
