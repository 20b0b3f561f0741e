from __future__ import annotations

from pathlib import Path

from migrate.transform.check import check
from migrate.transform.mapping_files import read_mappings

FOLDER = Path(__file__).parents[2] / "mappings"


def test_the_pilots_mappings_are_sound_and_every_seal_is_whole() -> None:
    mappings, problems = read_mappings(FOLDER)
    assert check(mappings, problems, None, None, sprint="pilot") == []
    assert list(mappings.units) == ["it", "kommunikasjon", "vakt-service"]


def test_the_pilots_security_group_is_the_only_restricted_one() -> None:
    mappings, _ = read_mappings(FOLDER)
    groups = [entry for unit in mappings.units.values() for entry in unit.groups.values()]
    assert [entry.source for entry in groups if entry.restricted is not False] == ["VS-SIKKERHET"]
    actions = {entry.decision.action for entry in groups if entry.decision}
    assert actions == {"map", "merge", "retire", "leave"}
