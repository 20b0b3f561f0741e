"""Where a store lies on PostgreSQL: a schema of a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

_IDLE = "15s"
"""A transaction that its process left open, cut off in its middle, is undone after this time: what
it locked is free before another one has waited for its lease for long."""
_LOCKED = "60s"


class Guard(Protocol):
    """What each transaction that writes is checked by, in that transaction."""

    def check(self, connection: Any) -> None:
        """Raises StoppedError where this process may not write any more."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A schema of a database. `url` is `postgresql://user@host:5432/database`, with libpq's options
    behind a question mark; it holds no password."""

    url: str
    schema: str
    password: SecretStr | None = None
    guard: Guard | None = None

    def __str__(self) -> str:
        at = make_url(self.url)
        return f"postgresql://{at.host or 'localhost'}/{at.database or ''} ({self.schema})"

    def at(self, schema: str) -> Postgres:
        """Another schema of the same database."""
        return replace(self, schema=schema)

    @property
    def address(self) -> URL:
        """The address as SQLAlchemy takes it, with the password."""
        at = make_url(self.url).set(drivername="postgresql+psycopg")
        return at.set(password=self.password.get_secret_value()) if self.password else at

    @property
    def options(self) -> dict[str, Any]:
        """How a connection behaves: it finds the store's tables without their schema's name, and
        neither end waits for the other for good."""
        settings = {
            "search_path": self.schema,
            "idle_in_transaction_session_timeout": _IDLE,
            "lock_timeout": _LOCKED,
            "tcp_keepalives_idle": 5,
            "tcp_keepalives_interval": 2,
            "tcp_keepalives_count": 3,
        }
        words = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return {
            "options": words,
            "connect_timeout": 10,
            "tcp_user_timeout": 10_000,
            "application_name": "migrate",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        }
