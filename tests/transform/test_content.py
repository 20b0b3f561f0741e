"""Folders, standard texts and services, and what is checked and proposed of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from library_world import entry, mappings
from mapping_world import FACTS, FILES, TARGET, write

from migrate.records import Ref, State
from migrate.transform.approve import approve, standings
from migrate.transform.check import check
from migrate.transform.content_mapping import ServiceEntry, TextEntry
from migrate.transform.facts import ContentFacts
from migrate.transform.folders import folder_chains
from migrate.transform.mapping import (
    GroupEntry,
    Mappings,
    Unit,
    UnitFile,
)
from migrate.transform.mapping_files import read_mappings
from migrate.transform.policy import Policy
from migrate.transform.proposal_files import write_proposals
from migrate.transform.propose import propose
from migrate.transform.services import service_chains
from migrate.transform.standard_texts import text_chains, text_owner

NOW = datetime(2019, 9, 20, tzinfo=UTC)


def unit(restricted=False, **files):
    file = UnitFile(name="IT", branch="IT", groups=["IT-NETT"])
    groups = {"IT-NETT": GroupEntry(source="IT-NETT", restricted=restricted)}
    return Unit("it", file, groups, {}, **files)


def test_a_folder_comes_after_the_one_above_it_and_shows_where_what_is_in_it_does():
    decided = mappings(
        entry("IT", folder="Kunnskap/IT", audience="portal"),
        entry("IT/Nett", folder="Internt/Nett"),
    )
    found = list(folder_chains(decided, ["Kunnskap/IT", "Internt/Nett"]))
    assert [chain.identity for chain in found] == [
        "Internt",
        "Kunnskap",
        "Internt/Nett",
        "Kunnskap/IT",
    ]
    shown = {chain.identity: chain.steps[1].body["sspVisibility"] for chain in found}
    assert shown == {
        "Internt": "NOT_VISIBLE",
        "Kunnskap": "VISIBLE",
        "Internt/Nett": "NOT_VISIBLE",
        "Kunnskap/IT": "VISIBLE",
    }
    assert found[3].steps[0].body["parent"] == {"id": Ref("knowledge_folder", "Kunnskap")}
    assert found[3].find == (("externalLink.id", "folder:Kunnskap/IT"), ("path", "Kunnskap/IT"))


def text(name="NETT 001", group="IT-NETT", body="Hei,\n\nstart på nytt & vent."):
    return {"name": name, "title": "Purring", "text": body, "assignment": group}


def texts_of(row, entries, **more):
    its = unit(texts={each.source: each for each in entries}, **more)
    return list(text_chains([(row, "digest")], Mappings(units={"it": its}), its))


MAPPED = TextEntry.model_validate(
    {"source": "IT-NETT", "decision": {"action": "map", "folder": "Standardtekster/IT"}}
)


def test_a_standard_text_becomes_an_item_that_only_operators_see():
    (chain,) = texts_of(text(), [MAPPED])
    assert [step.name for step in chain.steps] == ["create", "hide", "content/nb"]
    assert chain.identity == "text:NETT 001"
    assert chain.steps[1].body["sspVisibility"] == "NOT_VISIBLE"
    assert chain.steps[2].body["content"] == "Hei,<br><br>start på nytt &amp; vent."


def test_a_decision_on_the_text_goes_before_that_on_its_group():
    own = TextEntry.model_validate({"source": "NETT 001", "decision": {"action": "retire"}})
    (chain,) = texts_of(text(), [MAPPED, own])
    assert chain.verdict is not None
    assert chain.verdict.code == "text-retired"


@pytest.mark.parametrize(
    ("row", "more", "state", "code"),
    [
        (text(group="IT-PC"), {}, State.HELD, "article-restriction-unknown"),
        (text(), {"restricted": True}, State.HELD, "article-restricted"),
        (text(), {"restricted": "unknown"}, State.HELD, "article-restriction-unknown"),
        (text(body=" \n"), {}, State.SKIPPED, "text-empty"),
        (text(group=""), {}, State.WAITING, "text-undecided"),
    ],
)
def test_a_text_that_does_not_move_says_why(row, more, state, code):
    (chain,) = texts_of(row, [MAPPED], **more)
    assert chain.verdict is not None
    assert (chain.verdict.state, chain.verdict.code) == (state, code)


def test_the_texts_of_no_group_go_to_the_unit_that_the_policy_names():
    its = unit()
    told = Mappings(units={"it": its})
    assert text_owner(text(), told) is its
    assert text_owner(text(group=""), told) is None
    policy = Policy.model_validate({"knowledge": {"common_texts": "it"}})
    assert text_owner(text(group=""), Mappings(policy=policy, units={"it": its})) is its


def services_of(decision, *, confirmed=False, **row):
    its = unit(
        services={"VPN": ServiceEntry.model_validate({"source": "VPN", "decision": decision})}
    )
    said = {"create": True, "confirmed": {"by": "p@example.no", "at": "2019-09-20"}}
    policy = Policy.model_validate({"services": said if confirmed else {}}, strict=False)
    rows = [({"name": "VPN", "type": "subitem", "assignment": "IT-NETT", **row}, "digest")]
    return list(service_chains(rows, Mappings(policy=policy, units={"it": its}), its))


def test_a_service_is_found_by_its_name_and_made_only_where_that_is_confirmed():
    decision = {"action": "create", "target": "VPN-tilgang"}
    for confirmed in (False, True):
        (chain,) = services_of(decision, confirmed=confirmed)
        assert chain.find == (("name", "VPN-tilgang"),)
        assert chain.create is confirmed
        assert [step.name for step in chain.steps] == ["create"]
    (chain,) = services_of({"action": "map"}, confirmed=True)
    assert (chain.identity, chain.create) == ("VPN", False)


@pytest.mark.parametrize(
    ("decision", "row", "code"),
    [
        ({"action": "retire"}, {}, "service-retired"),
        ({"action": "leave", "reason": "x"}, {}, "service-left-behind"),
        ({"action": "map"}, {"type": "category"}, "service-is-category"),
        (None, {}, "service-undecided"),
        ({"action": "map", "target": "x" * 101}, {}, "name-too-long"),
    ],
)
def test_a_catalogue_item_that_becomes_no_service_says_why(decision, row, code):
    (chain,) = services_of(decision, **row)
    assert chain.verdict is not None
    assert chain.verdict.code == code


# The mapping cycle: propose, check, approve, lapse.

CONTENT = ContentFacts(
    categories={"IT": 30, "IT/Nett": 12},
    articles=frozenset({"KM1"}),
    texts_of={"IT-NETT": 4},
    texts=frozenset({"NETT 001"}),
    items={"VPN": True, "Gammelt": False},
    item_groups={"VPN": "IT-NETT", "Gammelt": "IT-NETT"},
    links={"https://innsida.example.no/a": 7},
    links_of={"it": frozenset({"https://innsida.example.no/a"})},
)


def with_knowledge(folder: Path, **files: str) -> Path:
    unit_file = FILES["units/it/unit.yaml"] + "knowledge: [IT]\n"
    return write(folder, {**FILES, "units/it/unit.yaml": unit_file, **files})


def test_every_kind_of_content_is_proposed_and_none_of_it_for_everybody(tmp_path: Path):
    folder = with_knowledge(tmp_path / "mappings")
    told, _ = read_mappings(folder)
    facts = replace(FACTS, content=CONTENT)
    write_proposals(folder, told, propose(told, facts, TARGET, ["it"]))
    told, problems = read_mappings(folder)
    assert problems == []
    its = told.units["it"]
    assert its.knowledge["IT"].decision is not None
    assert its.knowledge["IT"].decision.audience is None
    assert its.knowledge["IT"].restricted == "unknown"
    assert set(its.services) == {"VPN", "Gammelt"}
    assert its.services["Gammelt"].decision is not None
    assert its.services["Gammelt"].decision.action == "retire"
    assert set(its.links) == {"https://innsida.example.no/*"}
    again = (folder / "units/it/knowledge.yaml").read_bytes()
    write_proposals(folder, told, propose(told, facts, TARGET, ["it"]))
    assert (folder / "units/it/knowledge.yaml").read_bytes() == again


def test_an_approval_of_a_category_lapses_when_it_grows(tmp_path: Path):
    decided = "- source: IT\n  decision: {action: map, folder: IT}\n  restricted: false\n"
    folder = with_knowledge(tmp_path / "mappings", **{"units/it/knowledge.yaml": decided})
    told, _ = read_mappings(folder)
    facts = replace(FACTS, content=CONTENT)
    approve(folder, told, "it", ["IT"], "eier@example.no", NOW, facts)
    told, _ = read_mappings(folder)
    place = "units/it/knowledge.yaml#IT"
    assert standings(told, facts)[place].holds
    grown = ContentFacts(categories={"IT": 40}, articles=frozenset())
    more = replace(FACTS, content=grown)
    assert standings(told, more)[place].changes == ("articles: 30 → 40",)


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("knowledge", "- source: IT\n  decision: {action: map}\n", "decision-incomplete"),
        ("knowledge", "- source: Finnes ikke\n  decision: {action: retire}\n", "entry-missing"),
        (
            "knowledge",
            "- source: Finnes ikke\n  decision: {action: retire}\n",
            "content-source-unknown",
        ),
        ("knowledge", "- source: IT\n  decision: {action: leave}\n", "decision-incomplete"),
        (
            "knowledge",
            "- source: IT\n  decision: {action: map, folder: IT, language: se}\n",
            "language-unknown",
        ),
        (
            "knowledge",
            "- source: IT\n  decision: {action: map, folder: IT, manager: Ingen}\n",
            "group-target-unknown",
        ),
        (
            "knowledge",
            f"- source: IT\n  decision: {{action: map, folder: {'x' * 81}}}\n",
            "folder-title-too-long",
        ),
        ("services", "- source: VPN\n  decision: {action: create}\n", "service-unconfirmed"),
        ("services", "- source: VPN\n  decision: {action: map}\n", "service-target-unknown"),
        ("texts", "- source: IT-NETT\n", "decision-missing"),
        ("links", '- source: "https://a/"\n  decision: {action: replace}\n', "decision-incomplete"),
    ],
)
def test_what_is_wrong_with_a_decision_is_told_before_a_load(tmp_path: Path, file, text, code):
    folder = with_knowledge(tmp_path / "mappings", **{f"units/it/{file}.yaml": text})
    told, problems = read_mappings(folder)
    facts = replace(FACTS, content=CONTENT)
    found = check(told, problems, facts, TARGET)
    assert code in {problem.code for problem in found}


def test_a_category_belongs_to_one_unit(tmp_path: Path):
    other = FILES["units/ub/unit.yaml"] + "knowledge: [IT]\n"
    folder = with_knowledge(tmp_path / "mappings", **{"units/ub/unit.yaml": other})
    told, problems = read_mappings(folder)
    assert "category-in-two-units" in {each.code for each in check(told, problems, None, None)}
