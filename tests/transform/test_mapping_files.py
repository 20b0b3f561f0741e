from __future__ import annotations

import unicodedata
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_world import FILES, write

from migrate.errors import MappingError
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    OperatorEntry,
    Review,
    ServiceValue,
    Value,
)
from migrate.transform.mapping_edit import (
    add_entries,
    add_values,
    change_entries,
    set_decision,
    set_restricted,
    set_review,
)
from migrate.transform.mapping_files import read_mappings

OWNER_FILE = """\
# Grupper i UB – gjennomgått med Unni
- source: UB-UTLÅN-GLØS                      # HPSM assignment group
  decision: {action: map, target: "UB Utlån Gløshaugen", line: first}  # map | merge | retire
  restricted: false                          # true | false | unknown
  review:
    {status: approved, by: owner@example.no, at: 2019-10-02, digest: 5f0c,
     saw: {members: 7, open: 12, tickets: 2310}}

# --- Dragvoll ---
- source: 'UB-UTLÅN-DRAG'
  decision:     # ikke bestemt
  note: |
    # ikke en kommentar
    Spør Unni

- {source: UB-LISENSER, decision: null}   # kort
# slutt
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "mappings", FILES)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "groups.yaml"
    path.write_bytes(OWNER_FILE.encode())
    return path


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_the_whole_tree_is_read_with_the_line_of_every_entry(folder: Path) -> None:
    mappings, problems = read_mappings(folder)
    assert problems == []
    assert mappings.value("status", "Pending Customer") == Value(
        target="Venter på innmelder", state="on_hold"
    )
    assert mappings.value("category", "IT/Klient") == Value(target="Arbeidsplass/PC")
    assert mappings.value("category", "IT/Annet") == Value(target="Nettverk")
    assert mappings.value("priority", "1 - Critical") == Value(target="P1")
    assert mappings.value("impact", "4") == Value(target=None)
    assert mappings.value("status", "Ukjent") is None
    assert mappings.services["Utlån"] == ServiceValue(category="Bibliotek")
    unit = mappings.unit_of_group("UB-LISENSER")
    assert unit is not None
    assert unit.key == "ub"
    assert unit.groups["UB-LISENSER"].note == "Slås sammen fra nyttår"
    assert mappings.sprints["pilot"].freeze == datetime.fromisoformat("2019-09-27 16:00")
    assert mappings.policy.people.create_operators
    assert mappings.places["units/ub/groups.yaml#UB-LISENSER"] == "mappings/units/ub/groups.yaml:10"
    assert mappings.places["units/ub/unit.yaml#UB-LISENSER"] == "mappings/units/ub/unit.yaml:7"
    assert mappings.places["values/status.yaml#Closed"] == "mappings/values/status.yaml:5"


def test_the_sprints_may_stand_beside_the_folder(folder: Path) -> None:
    (folder / "sprints.yaml").rename(folder.parent / "sprints.yaml")
    mappings, problems = read_mappings(folder)
    assert problems == []
    assert list(mappings.sprints) == ["pilot", "evaluering"]
    assert mappings.places["sprints.yaml#evaluering"] == "sprints.yaml:5"
    write(folder, {"sprints.yaml": "[]\n"})
    assert [p.code for p in read_mappings(folder)[1]] == ["mapping-form"]


def test_only_true_and_false_are_logicals(folder: Path) -> None:
    text = "- source: NO\n  restricted: true\n- source: on\n  note: yes\n- source: '123'\n"
    write(folder, {"units/ub/groups.yaml": text})
    groups = read_mappings(folder)[0].units["ub"].groups
    assert list(groups) == ["NO", "on", "123"]
    assert groups["NO"].restricted is True
    assert groups["on"].note == "yes"


def test_one_bad_file_hides_nothing_of_the_others(folder: Path) -> None:
    write(
        folder,
        {
            "policy.yaml": "time_zone: [\n",
            "values/status.yaml": "Open: Registrert\nOpen: Løst\nClosed: 4\nOn: {stat: open}\n",
            "values/impact.yaml": "- en liste\n",
            "values/prioritet.yaml": "",
            "units/ub/groups.yaml": "- source: A\n  decision: {action: mapp, target: x}\n"
            "- source: A\n- decison: null\n- bare tekst\n",
            "units/ub/operators.yaml": "kari: map\n",
            "units/it/groups.yaml": "- source: B\n  review: {status: approved, at: i går}\n",
            "units/tom/groups.yaml": "[]\n",
            "sprints.yaml": "- name: pilot\n  units: [ub]\n  scope: {kinds: [groups, tikets]}\n",
        },
    )
    (folder / "units/it/unit.yaml").write_bytes("name: IT-avdelingen på Gløs\n".encode("latin-1"))
    (folder / "values/status.seen.yaml").write_text("generated: [", encoding="utf-8")
    (folder / "LESMEG.txt").write_text("notat", encoding="utf-8")
    mappings, problems = read_mappings(folder)
    assert [(p.code, p.place.removeprefix("mappings/")) for p in problems] == [
        ("mapping-yaml", "policy.yaml:2"),
        ("mapping-form", "sprints.yaml:3"),
        ("mapping-form", "units/it/groups.yaml:2"),
        ("mapping-yaml", "units/it/unit.yaml:1"),
        ("mapping-missing", "units/tom/unit.yaml:1"),
        ("mapping-form", "units/ub/groups.yaml:2"),
        ("mapping-twice", "units/ub/groups.yaml:3"),
        ("mapping-form", "units/ub/groups.yaml:4"),
        ("mapping-form", "units/ub/groups.yaml:4"),
        ("mapping-form", "units/ub/groups.yaml:5"),
        ("mapping-form", "units/ub/operators.yaml:1"),
        ("mapping-form", "values/impact.yaml:1"),
        ("mapping-file-unknown", "values/prioritet.yaml:1"),
        ("mapping-twice", "values/status.yaml:2"),
        ("mapping-form", "values/status.yaml:3"),
        ("mapping-form", "values/status.yaml:4"),
    ]
    near = {p.place.removeprefix("mappings/"): p.near for p in problems}
    assert near["values/prioritet.yaml:1"][0] == "priority.yaml"
    assert near["units/ub/groups.yaml:2"][0] == "map"
    assert near["values/status.yaml:4"][0] == "state"
    assert mappings.values["status"] == {"Open": Value(target="Registrert")}


def test_letters_written_as_two_characters_are_the_same_letters(folder: Path) -> None:
    text = unicodedata.normalize("NFD", FILES["units/ub/groups.yaml"])
    write(folder, {"units/ub/groups.yaml": text})
    mappings, problems = read_mappings(folder)
    assert problems == []
    assert "UB-UTLÅN-GLØS" in mappings.units["ub"].groups
    set_restricted(folder / "units/ub/groups.yaml", "UB-UTLÅN-GLØS", True)
    assert read_mappings(folder)[0].units["ub"].groups["UB-UTLÅN-GLØS"].restricted is True


def test_aliases_and_tags_are_not_used(folder: Path) -> None:
    write(folder, {"values/status.yaml": "A: &x {state: open}\nB: *x\nC: !!python/none\n"})
    assert [p.place for p in read_mappings(folder)[1] if "not used" in p.message] == [
        "mappings/values/status.yaml:1",
        "mappings/values/status.yaml:3",
    ]


def test_a_folder_that_is_not_there_is_empty_mappings(tmp_path: Path) -> None:
    mappings, problems = read_mappings(tmp_path / "mappings")
    assert (mappings.units, problems) == ({}, [])


def test_an_edit_leaves_every_other_line_as_it_was(file: Path) -> None:
    set_decision(file, "UB-UTLÅN-GLØS", GroupDecision(action="merge", target="no: x"))
    gone, new = changed_lines(OWNER_FILE, file.read_text("utf-8"))
    assert (len(gone), len(new)) == (1, 1)
    assert new[0].startswith('  decision: {action: merge, target: "no: x"}')
    assert new[0].endswith("# map | merge | retire")


def test_a_review_is_written_where_it_belongs_and_keeps_what_stands_around_it(file: Path) -> None:
    review = Review(
        status="approved",
        by="unni@example.no",
        at=date(2019, 10, 2),
        digest="1234567812345678",
        saw={"members": 2},
    )
    for source in ("UB-UTLÅN-DRAG", "UB-LISENSER"):
        set_review(file, source, review)
    set_decision(file, "UB-UTLÅN-DRAG", GroupDecision(action="map", target="UB Utlån, Dragvoll"))
    gone, new = changed_lines(OWNER_FILE, file.read_text("utf-8"))
    assert len(gone) == 2
    assert len(new) == 3
    drag = file.read_text("utf-8").split("# --- Dragvoll ---")[1].splitlines()
    assert drag[3].startswith("  review: {status: approved, by: unni@example.no, at: 2019-10-02,")
    assert drag[2].endswith("# ikke bestemt")
    assert file.read_text("utf-8").endswith("   # kort\n# slutt\n")
    entries = [GroupEntry.model_validate(data) for data in yaml.safe_load(file.read_text("utf-8"))]
    assert entries[1].review == review
    assert entries[2].review == review
    assert entries[1].note == "# ikke en kommentar\nSpør Unni\n"


def test_writing_what_stands_there_changes_no_byte(file: Path) -> None:
    change_entries(file, {"UB-UTLÅN-GLØS": {"restricted": False}})
    set_decision(
        file,
        "UB-UTLÅN-GLØS",
        GroupDecision(action="map", target="UB Utlån Gløshaugen", line="first"),
    )
    assert file.read_bytes() == OWNER_FILE.encode()


def test_line_ends_and_byte_order_mark_of_windows_stay(file: Path) -> None:
    windows = b"\xef\xbb\xbf" + OWNER_FILE.replace("\n", "\r\n").encode()
    file.write_bytes(windows)
    set_restricted(file, "UB-UTLÅN-GLØS", True)
    assert file.read_bytes() == windows.replace(b"restricted: false", b"restricted: true ")


def test_entries_are_added_at_the_end(file: Path) -> None:
    new = GroupEntry(source="UB-NY", decision=GroupDecision(action="map", target="UB Ny"))
    add_entries(file, [new])
    assert file.read_text("utf-8") == OWNER_FILE + (
        "- source: UB-NY\n"
        "  decision: {action: map, target: UB Ny}\n"
        "  restricted: unknown\n"
        "  review: {status: proposed}\n"
    )


@pytest.mark.parametrize("before", [None, "", "[]\n", "# Operatører\n", "# Operatører\n[]"])
def test_a_file_without_entries_gets_its_first(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "ny" / "operators.yaml"
    if before is not None:
        write(file.parent, {file.name: before})
    add_entries(file, [OperatorEntry(source="kari")])
    assert file.read_text("utf-8").startswith("# Op" if before and "#" in before else "- source")
    (entry,) = yaml.safe_load(file.read_text("utf-8"))
    assert entry == {"source": "kari", "decision": None, "review": {"status": "proposed"}}


def test_values_are_added_as_lines(tmp_path: Path) -> None:
    file = tmp_path / "status.yaml"
    file.write_text("# HPSM -> TOPdesk\nOpen: Registrert  # ny", encoding="utf-8")
    add_values(
        file,
        {
            "Closed": Value(target="Løst", state="closed"),
            "1 - X": Value(),
            "no": Value(target="P1"),
        },
    )
    add_values(file, {"VPN": ServiceValue(category="Nettverk", subcategory="VPN")})
    assert file.read_text("utf-8").splitlines() == [
        "# HPSM -> TOPdesk",
        "Open: Registrert  # ny",
        '"Closed": {target: Løst, state: closed}',
        '"1 - X": null',
        '"no": P1',
        '"VPN": {category: Nettverk, subcategory: VPN}',
    ]


@pytest.mark.parametrize(
    "text", ["- source: [\n", "- source: A\n- source: A\n", "- source: B\n", "en: tabell\n"]
)
def test_what_cannot_be_edited_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"groups.yaml": text})
    with pytest.raises(MappingError):
        set_restricted(tmp_path / "groups.yaml", "A", True)
    assert (tmp_path / "groups.yaml").read_text("utf-8") == text
    assert [path.name for path in tmp_path.iterdir()] == ["groups.yaml"]


SOURCES = st.text("ABÆØÅ-_ :#'\"{}[],&*!|>%@`0129.~", min_size=1, max_size=12).map(str.strip)


@settings(max_examples=40, deadline=None)
@given(
    sources=st.lists(SOURCES.filter(bool), min_size=1, max_size=4, unique=True),
    target=SOURCES.filter(bool),
    data=st.data(),
)
def test_what_is_written_is_read_back_and_an_untouched_file_stays_as_it_is(
    tmp_path_factory: pytest.TempPathFactory,
    sources: list[str],
    target: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("tree") / "mappings"
    write(folder, {"units/a/unit.yaml": "name: A\nbranch: A\ngroups: []\n"})
    file = folder / "units/a/groups.yaml"
    decision = GroupDecision(action="map", target=target)
    add_entries(file, [GroupEntry(source=source, decision=decision) for source in sources])
    before = file.read_bytes()
    chosen = data.draw(st.sampled_from(sources))
    set_decision(file, chosen, decision)
    assert file.read_bytes() == before
    set_restricted(file, chosen, True)
    mappings, problems = read_mappings(folder)
    assert problems == []
    groups = mappings.units["a"].groups
    assert list(groups) == sources
    assert all(entry.decision == decision for entry in groups.values())
    assert {name for name, entry in groups.items() if entry.restricted is True} == {chosen}
