"""Stores to build a concierge of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from old_numbers import OldNumbers


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OldNumbers]:
    made = OldNumbers(tmp_path)
    yield made
    made.close()
