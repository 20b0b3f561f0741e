"""Knowledge, loaded by a process that is killed again and again while answers are lost: everything
is there once, in both forms of the API."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from desk import Topdesk
from world import ENVIRONMENT, ROOT, configure, migrate

sys.path.insert(0, str(ROOT))

from benchmarks.knowledge import prepare

pytestmark = pytest.mark.crash

ARTICLES = 14
KILLS = 4
LOST = {"kind": "answer-lost", "rate": 0.08, "method": "POST|PATCH"}
CUT = {"kind": "cut-before", "rate": 0.04, "method": "POST|PATCH"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge")
    prepare(folder, ARTICLES, seed=7)
    unit = folder / "mappings" / "units" / "kunnskap" / "unit.yaml"
    unit.write_text(unit.read_text("utf-8").replace("IT-avdelingen", "Hovedkontoret"), "utf-8")
    with Topdesk(folder) as topdesk:
        configure(folder, topdesk.url)
        assert migrate(folder, "extract").returncode in (0, 3)
        approved = migrate(folder, "map", "approve", "--unit", "kunnskap", "--by", "e@example.no")
        assert approved.returncode == 0, approved.stderr
    return folder


@pytest.mark.parametrize("form", ["folders", pytest.param("items", marks=pytest.mark.slow)])
def test_kills_and_lost_answers_make_no_double_and_lose_nothing(
    prepared: Path, tmp_path: Path, form: str
) -> None:
    with Topdesk(tmp_path, "--knowledge", form) as topdesk:
        _load(_workspace(prepared, tmp_path / "calm", topdesk))
        calm = _counted(topdesk)
        topdesk.reset()
        folder = _workspace(prepared, tmp_path / "storm", topdesk)
        dice = random.Random(11)
        topdesk.misbehave(LOST, CUT, latency_ms=5, seed=3)
        killed = 0
        for attempt in range(4 * KILLS):
            if attempt >= KILLS and killed >= 2:
                break  # a kill may come when a load is done already
            killed += _killed(folder, topdesk, dice.randrange(2, 12))
        topdesk.misbehave()
        _load(folder)
        assert killed >= 2
        assert _counted(topdesk) == calm
        doubles = topdesk.census()["duplicates"]
        assert {name: found for name, found in doubles.items() if found} == {}
        verified = migrate(folder, "verify", "--sprint", "alt")
        assert verified.returncode == 0, verified.stdout[-2000:]


def _workspace(prepared: Path, folder: Path, topdesk: Topdesk) -> Path:
    shutil.copytree(prepared, folder, ignore=shutil.ignore_patterns("journal.db*", "plan.db*"))
    configure(folder, topdesk.url, window=1.0)
    return folder


def _killed(folder: Path, topdesk: Topdesk, writes: int) -> bool:
    """Load, and kill it after so many requests; False where it ended before."""
    from_here = topdesk.stats()["writes"]
    process = subprocess.Popen(
        [*_command(folder)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and topdesk.stats()["writes"] - from_here < writes:
        time.sleep(0.01)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    return not ended


def _load(folder: Path) -> None:
    for _ in range(4):
        done = subprocess.run(
            _command(folder), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        if done.returncode != 5:
            break
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def _command(folder: Path) -> list[str]:
    load = ["load", "--sprint", "alt", "--probe-silent"]
    return [sys.executable, "-m", "migrate", "--workspace", str(folder), *load]


def _counted(topdesk: Topdesk) -> dict[str, Any]:
    counts: dict[str, Any] = topdesk.census()["counts"]
    return {name: number for name, number in counts.items() if name.startswith("knowledge")}
