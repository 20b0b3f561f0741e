"""Deciding at the command line: yes, no, and what comes of it; nothing loads under a lapsed yes."""

from __future__ import annotations

import pytest
from service_desk import Desk, document

from migrate.errors import Exit
from migrate.transform.mapping_files import read_mappings

OWNER = "eier@example.no"


def test_nothing_is_loaded_under_an_approval_that_lapsed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mappings, _ = read_mappings(desk.folder / "mappings")
    source, entry = next(iter(mappings.units["it"].groups.items()))
    assert entry.decision is not None
    desk.edit("mappings/units/it/groups.yaml", f"target: {entry.decision.target}", "target: Annet")
    before = desk.topdesk.census()["counts"]
    assert desk.run("load", "--unit", "it") == Exit.MAPPING
    said = "".join(capsys.readouterr())
    assert "approval-edited" in said
    assert desk.topdesk.census()["counts"] == before
    assert source in said


def test_a_no_is_remembered_and_audited_and_never_proposed_again(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mappings, _ = read_mappings(desk.folder / "mappings")
    source, entry = next(iter(mappings.units["it"].groups.items()))
    assert entry.decision is not None
    target = entry.decision.target
    assert desk.run("map", "reject", "--unit", "it", "--source", source, "--by", OWNER) == 0
    assert desk.run("map", "propose", "--unit", "it") == 0
    after = read_mappings(desk.folder / "mappings")[0].units["it"].groups[source]
    assert after.review.status == "rejected"
    assert after.refused == [target]
    assert desk.run("audit", "verify") == 0
    capsys.readouterr()
    assert desk.run("map", "reject", "--unit", "it", "--source", "IT-FINNES-IKKE") == Exit.MAPPING
    assert desk.run("map", "reject", "--unit", "itt", "--source", source) == Exit.MAPPING


def test_only_those_in_unit_yaml_say_yes_or_no(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk.folder / "mappings/units/it/unit.yaml"
    file.write_text(f"owners: [ida@example.no]\n{file.read_text('utf-8')}", "utf-8")
    source = next(iter(read_mappings(desk.folder / "mappings")[0].units["it"].groups))
    assert desk.run("map", "check", "--unit", "it") == Exit.MAPPING
    assert "approval-not-entitled" in "".join(capsys.readouterr())
    said_no = ("map", "reject", "--unit", "it", "--source", source, "--by")
    assert desk.run(*said_no, OWNER) == Exit.MAPPING
    assert desk.run(*said_no, "Ida@example.no") == 0


def test_an_owner_can_say_yes_to_what_somebody_else_had_approved(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk.folder / "mappings/units/it/unit.yaml"
    file.write_text(f"owners: [ida@example.no]\n{file.read_text('utf-8')}", "utf-8")
    capsys.readouterr()
    assert desk.run("load", "--unit", "it", "--probe-silent") == Exit.MAPPING
    said = capsys.readouterr().out
    assert "nothing was left" not in said
    assert "Next: migrate --workspace" in said
    assert said.rstrip().endswith("map check --unit it")
    assert desk.run("map", "check", "--unit", "it", "--json") == Exit.MAPPING
    assert document(capsys.readouterr().out)["next"].endswith("map approve --unit it --by ADDRESS")
    assert desk.run("map", "approve", "--unit", "it", "--by", "ida@example.no") == 0
    capsys.readouterr()
    assert desk.run("map", "check", "--unit", "it", "--json") == 0
    assert document(capsys.readouterr().out)["next"].endswith("plan --unit it")
    assert "ida@example.no" in (desk.folder / "mappings/units/it/groups.yaml").read_text("utf-8")


def test_map_effect_shows_who_and_what_comes_to_each_group(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert desk.run("map", "effect", "--unit", "it", "--json") == 0
    found = document(capsys.readouterr().out)["effects"]
    assert {each["target"] for each in found} == {
        entry.decision.target
        for entry in read_mappings(desk.folder / "mappings")[0].units["it"].groups.values()
        if entry.decision and entry.decision.target
    }
    assert any(each["members"] for each in found)
    assert sum(sum(each["sources"].values()) for each in found) > 0
    assert desk.run("map", "effect", "--unit", "itt") == Exit.MAPPING


def test_map_governance_shows_members_and_what_is_odd(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit(
        "mappings/policy.yaml", "people:", "governance: {second_factor: to-faktor.txt}\npeople:"
    )
    assert desk.run("map", "governance", "--unit", "it") == Exit.USAGE
    assert "second-factor-unreadable" in "".join(capsys.readouterr())
    (desk.folder / "mappings/to-faktor.txt").write_text("noen\n", "utf-8")
    assert desk.run("map", "governance", "--unit", "it", "--json") == 0
    found = document(capsys.readouterr().out)["groups"]
    assert [each["source"] for each in found] == list(
        read_mappings(desk.folder / "mappings")[0].units["it"].file.groups
    )
    assert all("no-owner" in each["odd"] for each in found)
    assert any(each["last"] for group in found for each in group["members"])
    assert {each["second_factor"] for group in found for each in group["members"]} == {False}
    assert desk.run("map", "governance", "--unit", "itt") == Exit.MAPPING


def test_propose_says_how_many_a_person_must_write(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("map", "propose") == 0
    capsys.readouterr()
    file = desk.folder / "mappings/values/priority.yaml"
    file.write_text("", "utf-8")
    assert desk.run("map", "propose") == 0
    assert "left to a person" in capsys.readouterr().out
