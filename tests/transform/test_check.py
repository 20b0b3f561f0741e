from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mapping_world import FACTS, FILES, TARGET, approved, checked, write

from migrate.errors import Problem
from migrate.transform.facts import GroupFacts, MarkFacts, OperatorFacts

TWENTY_FAULTS = [
    # file; what stood there; what stands there now; code; on which line (a number, or by its text)
    ("policy.yaml", "Europe/Oslo", "Europe/Olso", "policy-value-unknown", "time_zone"),
    ("policy.yaml", ".text1", ".text9", "policy-value-unknown", "further_numbers"),
    ("values/status.yaml", "Pending Cust", "Pending Cost", "value-unmapped", 1),
    ("values/status.yaml", "Registrert,", "Registrerte,", "value-target-unknown", "Registrerte"),
    ("values/category.yaml", "splass/PC", "splass/Utlån", "category-pair-unknown", "Utlån"),
    ("values/closure_code.yaml", ": Løst", ": [Løst", "mapping-yaml", 2),
    ("values/service.yaml", "IT-NETT}", "IT-NET}", "group-unknown", "IT-NET}"),
    ("values/entry_type.yaml", "Phone:", "Phone: E-post\nPhone:", "mapping-twice", 2),
    ("units/ub/unit.yaml", "branch: UB", "branch: UBB", "branch-unknown", "branch"),
    ("units/ub/unit.yaml", "- UB-LISENSER", "- UB-LISENS", "group-unknown", "- UB-LISENS"),
    ("units/ub/groups.yaml", "haugen", "haugen hovedbygget", "group-name-too-long", "-GLØS"),
    ("units/it/groups.yaml", "ed: true", "ed: yes", "mapping-form", "restricted: yes"),
    ("units/ub/operators.yaml", "target: oda", "target: kari", "operator-twice", "source: oda"),
    ("units/ub/groups.yaml", "UB Utlån Dragvoll", "it  nett", "group-names-collide", "-DRAG"),
    ("units/it/groups.yaml", "to: IT Nett", "to: IT Net", "group-target-unknown", "IT-GAMMEL"),
    ("units/it/operators.yaml", "slutter i oktober", "''", "decision-incomplete", "source: per"),
    ("sprints.yaml", "it]", "itt]", "unit-unknown", "name: pilot"),
    ("sprints.yaml", "2019-11-08 16:00", "fredag kl. 16", "mapping-form", "freeze: fredag"),
]
"""Two more are planted in the facts: a lapsed approval and an operator without an entry."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return approved(tmp_path / "mappings")


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def one(problems: list[Problem], code: str) -> Problem:
    (found,) = [problem for problem in problems if problem.code == code]
    return found


def test_sound_mappings_have_no_problems(folder: Path) -> None:
    assert checked(folder) == []
    assert checked(folder, sprint="pilot") == []


def test_a_reason_for_archiving_is_one_of_topdesks(folder: Path) -> None:
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    archive = "  archive: {closed_before: 2017-01-01, reason: Avslutet}\n  call_type"
    write(folder, {"policy.yaml": text.replace("  call_type", archive, 1)})
    problem = one(checked(folder), "policy-value-unknown")
    assert "tickets.archive.reason" in problem.message
    assert "Avsluttet" in problem.near


@pytest.mark.parametrize("of", ["activity", "ticket"])
def test_a_field_for_time_spent_that_was_not_extracted_is_told(folder: Path, of: str) -> None:
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    spent = f"  time_spent: {{{of}: rb_minutes}}\n  call_type"
    write(folder, {"policy.yaml": text.replace("  call_type", spent, 1)})
    read = replace(FACTS, fields=frozenset({"number"}), activity_fields=frozenset({"number"}))
    problem = one(checked(folder, facts=read), "policy-value-unknown")
    assert f"tickets.time_spent.{of}" in problem.message
    there = frozenset({"rb_minutes"})
    assert checked(folder, facts=replace(read, fields=there, activity_fields=there)) == []


@pytest.mark.parametrize(
    ("seen", "code", "told"),
    [
        (MarkFacts(0, (("Ja", 3), ("Nei", 90))), "confidential-marks-nothing", '"Ja" (3)'),
        (MarkFacts(2, (), (("JA!", 1),)), "confidential-value-near", '"JA!" (1)'),
    ],
)
def test_a_mark_that_hpsm_writes_otherwise_is_a_warning(
    folder: Path, seen: MarkFacts, code: str, told: str
) -> None:
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    marks = "  confidential: {rb_secret: [Ja]}\n  call_type"
    write(folder, {"policy.yaml": text.replace("  call_type", marks, 1)})
    read = replace(FACTS, fields=frozenset({"number", "rb_secret"}))
    problem = one(checked(folder, facts=replace(read, marks={"rb_secret": seen})), code)
    assert problem.warning
    assert told in problem.message
    good = replace(read, marks={"rb_secret": MarkFacts(3, (("Nei", 90),))})
    assert checked(folder, facts=good) == []


def test_one_check_shows_twenty_faults_with_file_line_and_remedy(folder: Path) -> None:
    expected = set()
    for file, before, now, code, where in TWENTY_FAULTS:
        text = (folder / file).read_text(encoding="utf-8")
        assert before in text
        write(folder, {file: text.replace(before, now, 1)})
        expected.add((code, file, where))
    facts = replace(
        FACTS,
        groups={**FACTS.groups, "IT-NETT": GroupFacts(2, 8, 700)},
        operators={**FACTS.operators, "ny": OperatorFacts("Ny Lie", "ny@example.no", True)},
        members={**FACTS.members, "IT-NETT": frozenset({"ny"})},
    )
    expected |= {
        ("approval-lapsed", "units/it/groups.yaml", "source: IT-NETT"),
        ("entry-missing", "units/it/operators.yaml", 1),
    }
    assert len(expected) == 20

    problems = checked(folder, facts)

    places = {
        (code, f"mappings/{file}:{line_of(folder / file, where)}") for code, file, where in expected
    }
    assert places <= {(problem.code, problem.place) for problem in problems}
    assert all(problem.what_to_do for problem in problems)
    # What else it says follows from these: decisions that were edited are no longer approved.
    others = {p.code for p in problems} - {code for code, _, _ in expected}
    assert others == {"approval-edited", "group-outside-unit", "group-in-no-unit"}


def line_of(file: Path, text: str | int) -> int:
    if isinstance(text, int):
        return text
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_levels_go_by_their_leading_digit_and_categories_by_their_parent(folder: Path) -> None:
    facts = replace(FACTS, values={"priority": {"2 - High": 1}, "category": {"IT/Nytt/Sub": 3}})
    assert checked(folder, facts) == []


def test_a_written_fallback_stands_for_every_unmapped_value(folder: Path) -> None:
    facts = replace(FACTS, values={"impact": {"whatever": 3}, "closure_code": {"Odd": 4}})
    problem = one(checked(folder, facts), "value-unmapped")
    assert problem.place == "mappings/values/closure_code.yaml:1"
    assert '"Odd" (4 tickets)' in problem.message


def test_a_status_must_say_what_a_ticket_in_it_is(folder: Path) -> None:
    write(folder, {"values/status.yaml": FILES["values/status.yaml"] + "Ny: Registrert\n"})
    assert one(checked(folder), "decision-incomplete").place == "mappings/values/status.yaml:6"


def test_an_unmapped_service_is_shown_with_its_tickets(folder: Path) -> None:
    problem = one(checked(folder, replace(FACTS, services={"VPN": 17})), "value-unmapped")
    assert 'service "VPN" (17 tickets)' in problem.message


def test_an_unmapped_status_is_told_with_the_line_that_it_needs(folder: Path) -> None:
    facts = replace(FACTS, values={"status": {"Odd": 1}})
    problem = one(checked(folder, facts), "value-unmapped")
    assert 'status "Odd" (1 ticket) has' in problem.message
    assert '"Odd": {state: …}' in problem.expected
    assert "null" not in problem.expected


def test_a_group_in_two_units_is_shown_to_both(folder: Path) -> None:
    write(folder, {"units/it/unit.yaml": FILES["units/it/unit.yaml"] + "  - UB-LISENSER\n"})
    found = [p.place for p in checked(folder) if p.code == "group-in-two-units"]
    assert found == ["mappings/units/it/unit.yaml:7", "mappings/units/ub/unit.yaml:7"]


def test_a_unit_whose_file_cannot_be_read_is_not_reported_as_missing(folder: Path) -> None:
    write(folder, {"units/it/unit.yaml": "name: [IT\n", "units/ub/groups.yaml": "- source: [\n"})
    assert set(codes(checked(folder))) == {"mapping-yaml"}


def test_whether_a_group_is_restricted_not_known_is_a_warning_with_its_tickets(
    tmp_path: Path,
) -> None:
    text = FILES["units/it/groups.yaml"].replace("restricted: true", "restricted: unknown")
    folder = approved(tmp_path / "mappings", {**FILES, "units/it/groups.yaml": text})
    (problem,) = checked(folder)
    assert (problem.code, problem.warning) == ("restricted-unknown", True)
    assert "20 tickets" in problem.message


def test_filters_are_confirmed_for_restricted_groups_alone(tmp_path: Path) -> None:
    confirmed = (
        "restricted: false\n  confirmed: {by: a@example.no, at: 2019-10-02, filters: [HR alene]}"
    )
    text = FILES["units/it/groups.yaml"].replace("restricted: true", confirmed)
    folder = approved(tmp_path / "mappings", {**FILES, "units/it/groups.yaml": text})
    assert codes(checked(folder)) == ["confirmed-not-restricted"]


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        ("{action: map}", "map without a target"),
        ("{action: merge, target: ' '}", "merge without a target"),
        ("{action: retire}", '"IT-GAMMEL" is retired with 4 open tickets'),
        ("{action: leave}", "leave without a reason"),
        ("{action: split}", "a split says nothing about where each ticket goes"),
    ],
)
def test_a_decision_on_a_group_says_all_that_it_needs(
    tmp_path: Path, decision: str, message: str
) -> None:
    text = FILES["units/it/groups.yaml"].replace(
        "{action: retire, open_tickets_to: IT Nett}", decision
    )
    folder = approved(tmp_path / "mappings", {**FILES, "units/it/groups.yaml": text})
    assert one(checked(folder), "decision-incomplete").message == message


def test_an_operator_must_be_in_topdesk_unless_it_is_created(tmp_path: Path) -> None:
    text = FILES["units/ub/operators.yaml"].replace("create, target: oda", "map, target: odda")
    policy = FILES["policy.yaml"].replace("create_operators: true", "create_operators: false")
    files = {**FILES, "units/ub/operators.yaml": text}
    problem = one(checked(approved(tmp_path / "a" / "mappings", files)), "operator-unknown")
    assert problem.place == "mappings/units/ub/operators.yaml:4"
    folder = approved(tmp_path / "b" / "mappings", {**FILES, "policy.yaml": policy})
    assert "creates no operators" in one(checked(folder), "decision-incomplete").message


def test_two_units_may_not_take_one_operator_under_two_logins(tmp_path: Path) -> None:
    more = "- source: Kari\n  decision: {action: create, target: kari2}\n"
    text = FILES["units/it/operators.yaml"] + more
    folder = approved(tmp_path / "mappings", {**FILES, "units/it/operators.yaml": text})
    problem = one(checked(folder), "decision-conflict")
    assert "mappings/units/it/operators.yaml:4" in (problem.place, problem.message.split()[-1])


def test_members_who_have_left_need_no_entry(folder: Path) -> None:
    assert "borte" in FACTS.members["UB-UTLÅN-GLØS"]
    assert checked(folder) == []


def test_mails_still_on_stop_only_the_sprint_that_is_loaded(folder: Path) -> None:
    text = FILES["sprints.yaml"].replace(
        "notifications_off: {by: unni@example.no, at: 2019-09", "#"
    )
    write(folder, {"sprints.yaml": text})
    assert one(checked(folder), "notifications-on").warning
    assert one(checked(folder, sprint="evaluering"), "notifications-on").warning
    assert not one(checked(folder, sprint="pilot"), "notifications-on").warning


def test_a_snapshot_of_before_the_freeze_is_told_of_the_sprint_that_is_loaded(folder: Path) -> None:
    early = replace(FACTS, read=datetime(2019, 9, 27, 13, 59, tzinfo=UTC))
    problem = one(checked(folder, early, sprint="pilot"), "read-before-freeze")
    assert problem.warning
    assert problem.place == "mappings/sprints.yaml:1"
    assert "read at 2019-09-27 15:59" in problem.message
    assert "is at 2019-09-27 16:00" in problem.message
    assert checked(folder, early) == []
    in_time = replace(FACTS, read=datetime(2019, 9, 27, 14, 0, tzinfo=UTC))
    assert checked(folder, in_time, sprint="pilot") == []


def test_a_unit_is_in_one_sprint_only(folder: Path) -> None:
    write(folder, {"sprints.yaml": FILES["sprints.yaml"].replace("units: []", "units: [it]")})
    assert one(checked(folder), "unit-in-two-sprints").place == "mappings/sprints.yaml:5"


def test_a_sprint_or_unit_asked_for_must_exist(folder: Path) -> None:
    assert one(checked(folder, sprint="piolt"), "sprint-unknown").near == ("pilot",)
    assert one(checked(folder, units=["itt"]), "unit-unknown").near == ("it",)


def test_other_units_do_not_matter_to_the_unit_that_is_asked_for(folder: Path) -> None:
    write(folder, {"units/ub/unit.yaml": "name: [\n", "units/ub/extra.yaml": ""})
    assert checked(folder, units=["it"]) == []
    assert {"mapping-yaml", "mapping-file-unknown"} <= set(codes(checked(folder)))


def test_groups_in_no_unit_are_one_warning(folder: Path) -> None:
    facts = replace(FACTS, groups={**FACTS.groups, "X": GroupFacts(1, 1, 5), "Y": GroupFacts()})
    problem = one(checked(folder, facts), "group-in-no-unit")
    assert problem.warning
    assert "2 HPSM groups with 5 tickets" in problem.message


def test_operators_of_hpsm_who_differ_in_case_alone_are_told(folder: Path) -> None:
    name = next(iter(FACTS.operators))
    twice = {**FACTS.operators, name.upper(): FACTS.operators[name]}
    facts = replace(FACTS, operators=twice)
    problem = one(checked(folder, facts), "operator-twice")
    assert problem.warning
    assert name.upper() in problem.message


def test_a_group_that_is_written_otherwise_than_one_that_moves_is_named(folder: Path) -> None:
    name = next(iter(FACTS.groups))
    facts = replace(FACTS, groups={**FACTS.groups, name.lower(): GroupFacts(1, 1, 5)})
    found = [p for p in checked(folder, facts) if p.code == "group-in-no-unit"]
    assert [p.near for p in found if p.near] == [(name,)]
    assert all(p.warning for p in found)


def test_without_hpsm_and_topdesk_the_form_alone_is_checked(folder: Path) -> None:
    write(folder, {"units/it/unit.yaml": FILES["units/it/unit.yaml"] + "  - IT-NY\n"})
    assert codes(checked(folder, None, None)) == ["entry-missing"]


def test_rights_that_topdesk_does_not_have_are_told(folder: Path) -> None:
    text = FILES["units/ub/unit.yaml"] + "rights: {permission_groups: [Sakbehandler]}\n"
    write(folder, {"units/ub/unit.yaml": text})
    lists = {**TARGET.lists, "permission_group": {"Saksbehandler": "id"}}
    [problem] = checked(folder, target=replace(TARGET, lists=lists))
    assert (problem.code, problem.near) == ("right-unknown", ("Saksbehandler",))


def test_a_unit_that_goes_into_a_branch_that_is_made_needs_none(folder: Path) -> None:
    target = replace(TARGET, branches=frozenset({"IT"}))
    assert codes(checked(folder, target=target)) == ["branch-unknown"]
    policy = FILES["policy.yaml"].replace("people: {", "people: {create_branches: true, ")
    write(folder, {"policy.yaml": policy})
    assert checked(folder, target=target) == []
