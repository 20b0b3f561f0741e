"""The web services of the one simulated HPSM that tests read, and a client for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulated_hpsm import Hpsm
from web_client import Web, client

from migrate.simulate.hpsm.web.server import HpsmServer, Settings


@pytest.fixture(scope="session")
def shared_server(hpsm: Hpsm) -> Iterator[HpsmServer]:
    with HpsmServer(Settings(hpsm.path)) as running:
        yield running


@pytest.fixture
def web(shared_server: HpsmServer) -> Iterator[Web]:
    """For tests that only read, and leave the server as it is."""
    with client(shared_server) as session:
        yield Web(shared_server, session)


@pytest.fixture
def server(hpsm: Hpsm) -> Iterator[HpsmServer]:
    """A server of the test's own, to be told to misbehave."""
    with HpsmServer(Settings(hpsm.path)) as running:
        yield running


@pytest.fixture
def moody(server: HpsmServer) -> Iterator[Web]:
    with client(server) as session:
        yield Web(server, session)
