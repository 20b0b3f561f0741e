"""A small knowledge base of every shape into both forms of the API, counted in the target."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

sys.path.insert(0, str(ROOT))

from benchmarks.knowledge import load, prepare, simplified  # noqa: E402
from migrate.simulate.topdesk.server import PASSWORD  # noqa: E402

ARTICLES = 30


def test_every_link_and_picture_resolves_and_what_was_simplified_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPDESK_PASSWORD", PASSWORD)
    world = prepare(tmp_path, ARTICLES, seed=5)
    found = [load(tmp_path, world, ARTICLES, migrated) for migrated in (True, False)]
    for counted in found:
        assert counted.sound, counted
        assert min(counted.loaded, counted.pictures, counted.attachments, counted.links) > 5
    after, before = found
    assert (after.loaded, after.pictures, after.links) == (
        before.loaded,
        before.pictures,
        before.links,
    )
    told = simplified(tmp_path)
    assert len(told) > 20
    assert all(detail for detail in told.values())
