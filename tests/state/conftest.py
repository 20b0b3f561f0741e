"""The stores of each test, once as files and once on a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores import Places, emptied, in_folder


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    if request.param == "sqlite":
        return in_folder(tmp_path)
    return emptied(request.getfixturevalue("postgres_database"))
