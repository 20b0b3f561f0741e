from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mapping_world import FACTS, NOW, TARGET, approved, checked

from migrate.transform.approve import approve, standings
from migrate.transform.facts import TargetGroup
from migrate.transform.mapping_files import read_mappings
from migrate.transform.topdesk_seen import NAME, read_topdesk, write_topdesk

THERE = replace(
    TARGET,
    about={"UB Utlån Gløshaugen": TargetGroup("id-1", "UB")},
    groups=frozenset({"UB Utlån Gløshaugen"}),
)
GROUP = "units/ub/groups.yaml#UB-UTLÅN-GLØS"


def test_names_and_ids_are_read_as_they_were_written_and_no_check_minds_the_file(
    tmp_path: Path,
) -> None:
    folder = approved(tmp_path / "mappings")
    before = checked(folder)
    write_topdesk(folder, THERE)
    found = read_topdesk(folder)
    assert found is not None
    assert found.about["UB Utlån Gløshaugen"].id == "id-1"
    assert set(found.operators) == {"Kari"}
    assert checked(folder) == before


def test_a_file_that_is_missing_or_spoilt_is_no_trouble(tmp_path: Path) -> None:
    assert read_topdesk(tmp_path) is None
    for text in ("", "groups: [a]\n", "{", "groups: {}\n"):
        (tmp_path / NAME).write_text(text, "utf-8")
        assert read_topdesk(tmp_path) is None


def test_who_approves_without_topdesk_still_hears_of_a_new_name(tmp_path: Path) -> None:
    folder = approved(tmp_path / "mappings")
    write_topdesk(folder, THERE)
    file = folder / "units/ub/groups.yaml"
    file.write_text(
        file.read_text("utf-8").replace("status: approved", "status: proposed"), "utf-8"
    )
    mappings, _ = read_mappings(folder)
    approve(folder, mappings, "ub", None, "unni@example.no", NOW, FACTS, read_topdesk(folder))
    renamed = replace(THERE, about={"UB Lån": THERE.about["UB Utlån Gløshaugen"]})
    write_topdesk(folder, renamed)
    found = standings(read_mappings(folder)[0], FACTS, read_topdesk(folder))
    assert found[GROUP].changes == ("renamed in TOPdesk: now UB Lån",)
    assert [at for at, each in found.items() if not each.holds] == [GROUP]
