"""What the tests of the sources share."""

from __future__ import annotations

import pytest
from web_server import PASSWORD


@pytest.fixture
def hpsm_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of the web server in these tests, where the configuration looks for it."""
    monkeypatch.setenv("HPSM_PASSWORD", PASSWORD)
