from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mapping_world import FACTS, FILES, TARGET, approved, write

from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts, TargetFacts
from migrate.transform.mapping import GroupDecision, OperatorDecision, ServiceValue, Value
from migrate.transform.mapping_files import read_mappings
from migrate.transform.names import GROUP_NAME, distinct, folded, near, similar, tidy
from migrate.transform.proposal_files import write_proposals
from migrate.transform.propose import Proposal, propose

GROUPS = ("UB-UTLÅN-GLØS", "UB UTLÅN DRAGVOLL", "LISENSER (SEKS) UB", "UB-ARKIV", "UB-TOM")
UNIT = "name: UB\nbranch: UB\ngroups: [{}]\n".format(", ".join(GROUPS))

SOURCE = SourceFacts(
    values={
        "priority": {"1 - Critical": 2, "3": 9},
        "impact": {"4": 9},
        "status": {"Pending Customer": 3, "registrert": 1},
        "category": {"Nettverk/trådløst  NETT": 5, "Ukjent": 2},
    },
    services={"Trådløst nett": 5, "Noe": 1},
    groups={
        "UB-UTLÅN-GLØS": GroupFacts(3, 1, 10),
        "UB UTLÅN DRAGVOLL": GroupFacts(2, 1, 10),
        "LISENSER (SEKS) UB": GroupFacts(1, 1, 10),
        "UB-ARKIV": GroupFacts(1, 1, 10),
        "UB-TOM": GroupFacts(0, 0, 0),
    },
    operators={
        "kari": OperatorFacts("Kari Moe", "kari@example.no", True),
        "odal": OperatorFacts("Oda Lie", "ODA@example.no", True),
        "ane": OperatorFacts("Aase, Ane", "", True),
        "borte": OperatorFacts("Bo Vekk", "bo@example.no", False),
        "ny": OperatorFacts("Nils Ny", "ny@example.no", None),
    },
    members={"UB-ARKIV": frozenset({"kari", "odal", "ane", "borte", "ny", "spøkelse"})},
)
THERE = replace(
    TARGET,
    groups=frozenset({"Ub Utlån Gløs", "UB Utlån Dragvol", "UB Seksjon Lisenser"}),
    operators={
        "KARI": OperatorFacts("Kari Moe", "", True),
        "oda": OperatorFacts("Oda Lie", "oda@example.no", True),
        "aneaas": OperatorFacts("Ane Aase", "ane@example.no", True),
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "mappings", {"units/ub/unit.yaml": UNIT})


def proposed(
    folder: Path, source: SourceFacts = SOURCE, target: TargetFacts = THERE
) -> dict[str, Proposal]:
    mappings, problems = read_mappings(folder)
    assert problems == []
    return {proposal.source: proposal for proposal in propose(mappings, source, target)}


def test_groups_find_their_names_in_topdesk_or_get_one_that_fits(folder: Path) -> None:
    found = {name: proposal.decision for name, proposal in proposed(folder).items()}
    assert [found[name] for name in GROUPS] == [
        GroupDecision(action="map", target="Ub Utlån Gløs"),
        GroupDecision(action="map", target="UB Utlån Dragvol"),
        GroupDecision(action="map", target="UB Seksjon Lisenser"),
        GroupDecision(action="map", target="UB Arkiv"),
        GroupDecision(
            action="retire", reason="ingen av medlemmene er her lenger og den har ingen saker"
        ),
    ]


def test_groups_that_agree_in_thirty_characters_get_different_names(folder: Path) -> None:
    names = [f"IT-APPLIKASJONSDRIFT OG FORVALTNING {end}" for end in ("STUDIE", "ØKONOMI")]
    text = f"name: UB\nbranch: UB\ngroups: [{', '.join([*names, 'IT-X', 'IT X'])}]\n"
    write(folder, {"units/ub/unit.yaml": text})
    found = proposed(folder, SourceFacts(), TargetFacts())
    targets = [found[name].decision for name in (*names, "IT-X", "IT X")]
    made = [decision.target for decision in targets if isinstance(decision, GroupDecision)]
    assert len(set(made)) == 4
    assert all(name and len(name) <= GROUP_NAME for name in made)
    assert made[2:] == ["IT X", "IT X 2"]


def test_two_groups_of_one_topdesk_name_are_proposed_as_a_merge(folder: Path) -> None:
    text = "name: UB\nbranch: UB\ngroups: [UB-Arkiv, UB arkiv]\n"
    write(folder, {"units/ub/unit.yaml": text})
    found = proposed(folder, target=replace(THERE, groups=frozenset({"UB Arkiv"})))
    assert found["UB-Arkiv"].decision == GroupDecision(action="map", target="UB Arkiv")
    assert found["UB arkiv"].decision == GroupDecision(action="merge", target="UB Arkiv")


def test_operators_are_found_by_login_then_email_then_name(folder: Path) -> None:
    found = proposed(folder)
    assert found["kari"].decision == OperatorDecision(action="map", target="KARI")
    assert found["odal"].decision == OperatorDecision(action="map", target="oda")
    assert found["odal"].reason.startswith("TOPdesk has this e-mail address")
    assert found["ane"].decision == OperatorDecision(action="map", target="aneaas")
    assert "borte" not in found
    assert found["ny"].decision is None
    assert "spøkelse" not in found
    write(folder, {"policy.yaml": "people: {create_operators: true}\n"})
    assert proposed(folder)["ny"].decision == OperatorDecision(action="create", target="ny")


def test_an_address_or_a_name_of_two_operators_is_nobodys(folder: Path) -> None:
    twice = {"a": THERE.operators["oda"], "b": THERE.operators["oda"]}
    found = proposed(folder, target=replace(THERE, operators=twice))
    assert found["odal"].decision is None


def test_a_namesake_with_another_address_is_somebody_else(folder: Path) -> None:
    other = OperatorFacts("Ane Aase", "ane.aase@example.no", True)
    found = proposed(folder, replace(SOURCE, operators={**SOURCE.operators, "ane": other}))
    assert found["ane"].decision is None
    assert found["ane"].near == ("aneaas",)


def test_values_are_proposed_by_name_and_level(folder: Path) -> None:
    found = proposed(folder)
    assert found["1 - Critical"].decision == Value(target="P1")
    assert found["1 - Critical"].sure
    assert found["4"].decision == Value(target="Person")
    assert not found["4"].sure
    assert found["registrert"].decision == Value(target="Registrert", state="open")
    assert found["Pending Customer"].decision == Value(target=None, state="on_hold")
    assert found["Nettverk/trådløst  NETT"].decision == Value(target="Nettverk/Trådløst nett")
    assert found["Ukjent"].decision is None
    assert found["Trådløst nett"].decision == ServiceValue(
        category="Nettverk", subcategory="Trådløst nett"
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Avsluttet", "closed"),
        ("Lukket (auto)", "closed"),
        ("Løst", "completed"),
        ("Ikke løst", "open"),
        ("Venter på bruker", "on_hold"),
        ("Løst, venter på bruker", "on_hold"),
        ("På vent", "on_hold"),
        ("Under arbeid", "open"),
        ("Work in prgress", "open"),
        ("Canceled", "closed"),
    ],
)
def test_the_state_of_a_status_is_told_by_its_words(folder: Path, status: str, state: str) -> None:
    source = replace(SOURCE, values={"status": {status: 5}})
    there = replace(THERE, lists={**THERE.lists, "processing_status": {status: "1"}})
    [found] = [p for p in propose(read_mappings(folder)[0], source, there) if p.source == status]
    assert found.decision == Value(target=status, state=state)


def test_a_status_whose_words_say_nothing_is_left_to_people(folder: Path) -> None:
    source = replace(SOURCE, values={"status": {"Kø 7": 5}})
    there = replace(THERE, lists={**THERE.lists, "processing_status": {"Kø 7": "1"}})
    [found] = [p for p in propose(read_mappings(folder)[0], source, there) if p.source == "Kø 7"]
    assert found.decision is None
    assert found.near == ("Kø 7",)


def test_what_is_written_waits_for_review_and_tells_its_reasons_beside(folder: Path) -> None:
    mappings, _ = read_mappings(folder)
    changed = write_proposals(folder, mappings, propose(mappings, SOURCE, THERE))
    assert {path.relative_to(folder).as_posix() for path in changed} == {
        "values/status.yaml",
        "values/priority.yaml",
        "values/category.yaml",
        "values/service.yaml",
        "units/ub/groups.yaml",
        "units/ub/operators.yaml",
    }
    mappings, problems = read_mappings(folder)
    assert problems == []
    unit = mappings.units["ub"]
    assert set(unit.groups) == set(GROUPS)
    assert {entry.restricted for entry in unit.groups.values()} == {"unknown"}
    assert {entry.review.status for entry in unit.groups.values()} == {"proposed"}
    assert unit.operators["ny"].decision is None
    assert mappings.values["impact"] == {}
    seen = yaml.safe_load((folder / "units/ub/groups.seen.yaml").read_text("utf-8"))
    assert seen["UB-ARKIV"]["saw"] == {
        "members": 1,
        "open": 1,
        "tickets": 10,
        "who": ["ane", "kari", "ny", "odal", "spøkelse"],
    }
    assert seen["UB-ARKIV"]["proposal"] == {"action": "map", "target": "UB Arkiv"}
    assert seen["UB-ARKIV"]["reason"].startswith("TOPdesk has no group near enough, so a new one")
    first, *others = seen["UB-ARKIV"]["candidates"]
    assert (first["action"], first["target"]) == ("map", "UB Arkiv")
    assert first["confidence"] > max(each["confidence"] for each in others)
    assert first["reasons"]["nb"] == [
        "TOPdesk har ingen gruppe som ligner nok, så en ny får navnet fra HPSM"
    ]
    levels = yaml.safe_load((folder / "values/impact.seen.yaml").read_text("utf-8"))
    assert levels["4"]["proposal"] == {"target": "Person"}


def test_proposing_again_changes_nothing(folder: Path) -> None:
    mappings, _ = read_mappings(folder)
    write_proposals(folder, mappings, propose(mappings, SOURCE, THERE))
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    mappings, _ = read_mappings(folder)
    assert write_proposals(folder, mappings, propose(mappings, SOURCE, THERE)) == []
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before


def test_a_decision_that_is_there_is_never_touched_and_an_empty_one_is_filled(
    tmp_path: Path,
) -> None:
    folder = approved(tmp_path / "mappings")
    file = folder / "units/it/groups.yaml"
    text = file.read_text("utf-8")
    file.write_text(text + "- source: IT-NY   # spør Per\n  decision: null\n", encoding="utf-8")
    write(folder, {"units/it/unit.yaml": FILES["units/it/unit.yaml"] + "  - IT-NY\n"})
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    mappings, _ = read_mappings(folder)
    target = replace(TARGET, groups=frozenset({"IT-NETT", "IT Ny"}))
    assert write_proposals(folder, mappings, propose(mappings, FACTS, target)) == [file]
    assert file.read_text("utf-8") == (
        text + "- source: IT-NY   # spør Per\n  decision: {action: map, target: IT Ny}\n"
    )
    assert all(path.read_bytes() == raw for path, raw in before.items() if path != file)


def test_an_entry_whose_form_is_wrong_is_left_to_a_person(folder: Path) -> None:
    text = "- source: UB-ARKIV\n  decision: {action: mapp}\n"
    write(folder, {"units/ub/groups.yaml": text})
    mappings, _ = read_mappings(folder)
    write_proposals(folder, mappings, propose(mappings, SOURCE, THERE))
    assert (folder / "units/ub/groups.yaml").read_text("utf-8").count("UB-ARKIV") == 1


def test_names_are_compared_without_case_dashes_and_norwegian_letters() -> None:
    assert folded("UB-UTLÅN  Gløs") == folded("ub_utlan glos") == "ub utlan glos"
    assert similar("Avd. Økonomi", ["Økonomi avdeling", "HR"], 90) == ("Økonomi avdeling", 100)
    assert similar("A B", ["B A", "A-B"], 90) is None
    assert near("IT-NET", ["IT-NETT", "UB-LÅN"])[0] == "IT-NETT"


def test_a_tidy_name_keeps_signs_and_small_words() -> None:
    assert tidy("UB_UTLÅN-GLØS") == "UB Utlån GLØS"
    assert tidy("IT-IDENTITET OG TILGANG") == "IT Identitet og Tilgang"
    assert tidy("VS-RENHOLD OG DRIFTSOPPFØLGING BYGG").endswith("BYGG")


@given(st.text("ABCÆØÅ -_/", max_size=80))
def test_a_tidy_name_always_fits(name: str) -> None:
    assert len(tidy(name)) <= GROUP_NAME


@given(st.lists(st.text("AB ", min_size=1, max_size=40), max_size=30))
def test_distinct_names_never_meet(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        made = distinct(name[:GROUP_NAME], taken.__contains__)
        assert made not in taken
        assert len(made) <= GROUP_NAME
        taken.add(made)
