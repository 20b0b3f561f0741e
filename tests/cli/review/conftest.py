"""The page of a workspace that each test may change as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from review_world import Page, copy_of, served


@pytest.fixture(scope="session")
def undecided(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(prepared, tmp_path_factory.mktemp("review") / "desk")


@pytest.fixture
def page(prepared: Path, tmp_path: Path) -> Iterator[Page]:
    with served(copy_of(prepared, tmp_path / "desk")) as made:
        yield made


@pytest.fixture(scope="session")
def shown(undecided: Path) -> Iterator[Page]:
    """A page to look at and to attack, which nobody may change."""
    with served(undecided) as made:
        yield made
