"""Facts and files changed one at a time: what was approved lapses exactly where it must. The long
run is `make approvals`."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from approval_changes import MEANING
from approved_world import GROUPS, OWNER, UNITS, scene
from change_approvals import many
from cosmetic_changes import COSMETIC

from migrate.transform.mapping_files import read_mappings


def test_what_was_approved_says_what_was_decided_and_seen(tmp_path: Path) -> None:
    unit = read_mappings(scene(tmp_path / "mappings").folder)[0].units[UNITS[0]]
    review = unit.groups[GROUPS[UNITS[0]][0]].review
    assert review.by == OWNER
    assert review.said == {
        "action": "map",
        "target": "UB Ny 0",
        "line": "second",
        "restricted": False,
    }
    assert review.saw["who"] == ["ub0", "ub1"]
    assert review.saw["topdesk"] == "id-ub-0"


def test_a_change_of_meaning_lapses_what_it_concerns_and_a_cosmetic_one_nothing(
    tmp_path: Path,
) -> None:
    seed = secrets.randbelow(2**32)
    outcome = many(4 * (len(MEANING) + len(COSMETIC)), seed, tmp_path)
    assert outcome.wrong == [], f"seed {seed}"
    assert outcome.lapsed


@pytest.mark.slow
def test_thousands_of_changes_lapse_exactly_what_they_concern(tmp_path: Path) -> None:
    seed = secrets.randbelow(2**32)
    outcome = many(2_500, seed, tmp_path)
    assert outcome.wrong == [], f"seed {seed}"
