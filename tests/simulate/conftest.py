"""One simulated HPSM for all tests that only read it."""

from __future__ import annotations

import pytest
from simulated_hpsm import Hpsm, made


@pytest.fixture(scope="session")
def hpsm(tmp_path_factory: pytest.TempPathFactory) -> Hpsm:
    return made(tmp_path_factory.mktemp("hpsm") / "hpsm.db")
