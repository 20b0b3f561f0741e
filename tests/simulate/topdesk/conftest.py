"""A simulated TOPdesk that runs for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from simulated_desk import Client, seed

from migrate.simulate.topdesk.server import Settings, TopdeskServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TopdeskServer]:
    with TopdeskServer(Settings(tmp_path / "topdesk.db", seed())) as running:
        yield running


@pytest.fixture
def topdesk(server: TopdeskServer) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = server.auth
        yield Client(server, session)
