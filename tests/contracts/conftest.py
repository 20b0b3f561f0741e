"""The targets that every promise of a target is held against."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from target_world import WORLDS, World


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as made:
        yield made
