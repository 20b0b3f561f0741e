"""Imports go one way, and the stand-ins share no code with the client (contracts in pyproject)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_rule_holds() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_the_import_rule_finds_what_breaks_it(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "migrate", tmp_path / "migrate")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, breach in BREACHES:
        with (tmp_path / module).open("a", encoding="utf-8") as file:
            file.write(f"\nfrom {breach} import *\n")
    result = _lint(tmp_path)
    assert result.returncode == 1
    for module, breach in BREACHES:
        importer = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert f"{importer} -> {breach} " in result.stdout


BREACHES = [
    ("migrate/extract/values.py", "migrate.load.policy"),
    ("migrate/load/line.py", "migrate.transform.text"),
    ("migrate/transform/names.py", "migrate.state.buckets"),
    ("migrate/transform/text.py", "migrate.config"),
    ("migrate/state/locks.py", "migrate.report.totals"),
    ("migrate/simulate/topdesk/fiql.py", "migrate.load.fiql"),
    ("migrate/workspace/__init__.py", "migrate.simulate.world.scale"),
]
