"""A few hundred attachments of every shape through the command, and a count that notices loss."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

sys.path.insert(0, str(ROOT))

from benchmarks.attachment_world import BROKEN, ODD, Made, make  # noqa: E402
from benchmarks.attachments import MOST_MB, Extracted, extract, wrong  # noqa: E402

Moved = tuple[Path, list[Made], Extracted]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    folder = tmp_path_factory.mktemp("attachments")
    large = [20_000_000, 3_000_000, 70_000]
    made = list(make(folder / "hpsm.db", 340, large, segments=90))
    return folder, made, extract(folder, folder / "hpsm.db")


def test_every_shape_is_among_the_files(moved: Moved) -> None:
    _, made, _ = moved
    shapes = {file.shape.partition(": ")[2] for file in made}
    assert shapes == {"", *BROKEN, *ODD}
    assert min(file.size for file in made) == 0
    assert {file.segments for file in made} >= {1, 90}


def test_every_good_file_is_whole_and_every_broken_one_told(moved: Moved) -> None:
    folder, made, figures = moved
    assert wrong(made, folder) == {}
    assert figures.told == sum(file.sha256 is None for file in made)
    assert figures.peak_mb < MOST_MB


def test_the_count_notices_what_is_lost_or_changed(moved: Moved) -> None:
    folder, made, _ = moved
    good = next(file for file in made if file.sha256)
    other = Made(good.uid, "0" * 64, good.size, good.segments, "")
    assert wrong([other, *(f for f in made if f is not good)], folder).keys() == {
        "good files that are something else"
    }
    missing = Made("nobody", "0" * 64, 0, 1, "")
    assert wrong([missing, *made], folder) == {"files that are missing": 1}
    blobs = folder / "state" / "blobs"
    next(path for path in blobs.rglob("*") if path.is_file()).write_bytes(b"changed")
    assert wrong(made, folder) == {"contents that are not what they are called": 1}
