"""A state folder before a simulated TOPdesk, for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loading import Desk

from migrate.simulate.topdesk.server import Settings, TopdeskServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TopdeskServer]:
    with TopdeskServer(Settings(tmp_path / "topdesk.db")) as running:
        yield running


@pytest.fixture
def open_desk(tmp_path: Path, server: TopdeskServer) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def make(**settings: object) -> Desk:
        opened.append(Desk(tmp_path, server, **settings))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
