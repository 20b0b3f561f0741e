"""Whole lives of a unit, drawn at random: whatever failed, died, was taken back and changed on
either side, loads end, nothing is there twice, nothing is missing, and nobody's work is lost.

The long run is `make walks`; this is a bounded part of it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from walk_checks import check
from walked import Act, Walk, WalkedDesk, drawn, tally

from migrate.simulate.topdesk.server import Settings, TopdeskServer

WALKS = int(os.environ.get("WALKS", "200"))
LENGTH = 16


def walk(acts: Sequence[Act], connections: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with TopdeskServer(Settings(folder / "topdesk.db")) as server:
            desk = WalkedDesk(folder, server, connections=connections, window=0.5, patience=5.0)
            try:
                life = Walk(desk)
                for act in acts:
                    life.do(act)
                check(life)
            finally:
                desk.close()


def broken(acts: Sequence[Act], connections: int) -> str:
    """What is wrong after these acts; empty where nothing is."""
    try:
        walk(acts, connections)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shorter(acts: list[Act], connections: int) -> list[Act]:
    """The acts without those that the fault does not need."""
    size = max(1, len(acts) // 2)
    while size:
        at = 0
        while at < len(acts):
            less = acts[:at] + acts[at + size :]
            if broken(less, connections):
                acts = less
            else:
                at += size
        size //= 2
    return acts


@pytest.mark.parametrize("seed", [106, 114, 1024, 2001, 3010])
def test_a_walk_ends_well(seed: int) -> None:
    walk(drawn(seed, 12), connections=4)


@pytest.mark.slow
def test_long_walks(capsys: pytest.CaptureFixture[str]) -> None:
    tally.clear()
    first = random.randrange(10**6)
    for seed in range(first, first + WALKS):
        acts, connections = drawn(seed, LENGTH), 1 + 3 * (seed % 2)
        if why := broken(acts, connections):
            told = "\n".join(f"    {act}," for act in shorter(acts, connections))
            pytest.fail(f"seed {seed}, {connections} connections: {why}\n{told}")
    rows = [("walks", WALKS), ("the first seed", first), *sorted(tally.items())]
    table = "\n".join(f"  {what:<34} {number}" for what, number in rows)
    with capsys.disabled():
        sys.stdout.write(f"\n{table}\n")
