"""The real browser of the tests: Debian's chromium, which speaks to nobody of its own accord."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

IN_A_BROWSER = (
    pytest.mark.browser,
    pytest.mark.skipif(not Path(_CHROMIUM).exists(), reason=f"needs a browser, {_CHROMIUM}"),
)
"""What marks a module whose tests need the browser."""


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_ARGUMENTS))
        yield opened
        opened.close()
