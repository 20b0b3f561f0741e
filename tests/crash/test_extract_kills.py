"""A bounded part of `make crash`: `migrate extract` is killed at random moments."""

from __future__ import annotations

import random
import secrets
import sys
from pathlib import Path

import pytest
from extracting import Extracting
from hpsm_ways import WAYS, Hpsm, make

KILLS = {"rest": 1}
"""By way, where it is not two: REST asks once for every ticket, and an extract takes long."""


@pytest.fixture(scope="module")
def hpsm(tmp_path_factory: pytest.TempPathFactory) -> Hpsm:
    return make(tmp_path_factory.mktemp("hpsm"))


@pytest.mark.crash
@pytest.mark.parametrize("way", ["sql", "unload", "rest", "soap", "csv", "xml"])
def test_an_extract_that_is_killed_and_typed_again_gives_the_same_snapshot(
    hpsm: Hpsm, way: str, tmp_path: Path
) -> None:
    seed = secrets.randbelow(2**32)
    sys.stdout.write(f"\n{way}: seed {seed}\n")
    (files := tmp_path / "files").mkdir()
    with WAYS[way](hpsm, files) as opened:
        run = Extracting(tmp_path, way, opened.source, opened.folder, random.Random(seed))
        run.undisturbed()
        while run.kills < KILLS.get(way, 2):
            run.disturbed()
