"""Snapshots to look at: one filled by hand, and the invented university's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hand_made import look
from invented_university import University, read_into

from migrate.state.snapshot import Snapshot


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "state" / "snapshot.db") as opened:
        yield opened


@pytest.fixture(scope="session")
def university(tmp_path_factory: pytest.TempPathFactory) -> University:
    folder = tmp_path_factory.mktemp("university")
    counts = read_into(folder)
    with Snapshot(folder / "state" / "snapshot.db") as opened:
        return University(folder, counts, look(opened))
