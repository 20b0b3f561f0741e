"""One simulated TOPdesk and one world for all; a workspace of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Topdesk
from made_once import made_once
from world import configure, make_workspace


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topdesk]:
    with Topdesk(tmp_path_factory.mktemp("topdesk")) as running:
        yield running


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, service: Topdesk) -> Path:
    return made_once(
        tmp_path_factory,
        "pristine-workspace",
        lambda folder: make_workspace(folder, service.url),
    )


@pytest.fixture
def topdesk(service: Topdesk) -> Topdesk:
    """Empty but for a branch and the lists, and well-behaved."""
    service.reset()
    return service


@pytest.fixture
def workspace(pristine: Path, topdesk: Topdesk, tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    shutil.copytree(pristine, folder)
    configure(folder, topdesk.url)
    return folder
