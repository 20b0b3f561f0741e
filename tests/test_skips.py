"""A test that a machine cannot run is skipped aloud for a user, and fails in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = """
import pytest

@pytest.fixture
def server():
    pytest.skip("needs a server")

def test_by_fixture(server): ...

@pytest.mark.skipif(True, reason="needs a platform")
def test_by_mark(): ...

def test_by_choice():
    pytest.skip("not today")
"""


@pytest.mark.parametrize(
    ("ci", "said"), [("", "3 skipped"), ("true", "1 skipped, 2 errors")], ids=["user", "CI"]
)
def test_what_a_machine_lacks(tmp_path: Path, ci: str, said: str) -> None:
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(_TESTS, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path],
        env=os.environ
        | {
            "CI": ci,
            "PYTEST_ADDOPTS": "",
            "PYTHONPATH": str(Path(__file__).with_name("common")),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in result.stdout
