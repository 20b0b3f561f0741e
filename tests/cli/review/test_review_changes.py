"""What people decide on the page stands in the files as if the command line had written it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from review_world import (
    DEPUTY,
    ELSEWHERE,
    HIDDEN,
    OWNER,
    SHOWN,
    UNDECIDED,
    Page,
    Session,
    copy_of,
    entry,
    served,
)

from migrate.cli.main import run
from migrate.transform.approve import standing
from migrate.transform.mapping import GroupEntry
from migrate.workspace import Workspace


def _group(page: Page, name: str) -> GroupEntry:
    return page.mappings.units["it"].groups[name]


def _send(person: Session, group: str, doing: str, **answer: str) -> int:
    form = person.form(entry(group))
    sent = {"restricted": "false", **form, **answer, "do": doing}
    return person.post(entry(group), sent).status_code


def test_an_answer_changes_its_entry_and_no_other_byte(page: Page) -> None:
    file = page.folder / "mappings" / "units" / "it" / "groups.yaml"
    file.write_text("# Gjennomgått i september.\n" + file.read_text("utf-8"), encoding="utf-8")
    before = file.read_text("utf-8").splitlines()
    answer = {"action": "map", "target": "IT Hjelp", "line": "first", "note": "Avtalt med Ida"}
    assert _send(page.person(), SHOWN, "save", **answer) == 303
    after = file.read_text("utf-8").splitlines()
    changed = [line for line in after if line not in before]
    assert changed == [
        "  decision: {action: map, target: IT Hjelp, line: first}",
        "  review: {status: proposed}",
        "  note: Avtalt med Ida",
    ] or changed == [changed[0], "  note: Avtalt med Ida"]
    assert after[0] == "# Gjennomgått i september."
    assert [line for line in before if line not in after] == [
        "  decision: {action: map, target: IT Brukerstøtte}"
    ]


def test_an_approval_on_the_page_holds_for_a_load(page: Page) -> None:
    assert _send(page.person(), SHOWN, "approve", action="map", target="IT Hjelp") == 303
    found = _group(page, SHOWN)
    assert (found.review.status, found.review.by) == ("approved", OWNER)
    with Workspace(page.folder) as workspace:
        seen = workspace.source_facts().groups[SHOWN]
        now = {"members": seen.members, "open": seen.open, "tickets": seen.tickets}
        assert standing(found, now, workspace.mappings.policy).holds


def test_an_approval_is_taken_back_and_a_change_undone(page: Page) -> None:
    person, before = page.person(), _group(page, SHOWN)
    assert _send(person, SHOWN, "approve", action="map", target="IT Hjelp") == 303
    approved = _group(page, SHOWN)
    assert _send(person, SHOWN, "take_back") == 303
    assert _group(page, SHOWN).review.status == "proposed"
    assert _group(page, SHOWN).decision == approved.decision
    assert _send(person, SHOWN, "undo") == 303
    assert _group(page, SHOWN) == approved
    assert _send(person, SHOWN, "take_back") == 303
    assert _send(person, SHOWN, "save", action="retire", open_tickets_to="IT Nett") == 303
    assert _send(person, SHOWN, "undo") == 303
    assert _group(page, SHOWN).decision == approved.decision
    assert before.decision != approved.decision
    assert [event.what for event in page.audit if event.about.get("source") == SHOWN] == [
        *("approved", "took back", "undid", "took back", "decided", "undid"),
    ]


def test_a_change_lapses_the_approval_that_it_concerns(page: Page) -> None:
    person = page.person()
    assert _send(person, SHOWN, "approve", action="map", target="IT Hjelp") == 303
    assert _send(person, SHOWN, "save", action="map", target="IT Hjelp", note="en merknad") == 303
    assert _group(page, SHOWN).review.status == "approved"
    assert _send(person, SHOWN, "save", action="map", target="IT Service") == 303
    assert _group(page, SHOWN).review.status == "proposed"


def test_what_was_rejected_is_not_proposed_again_unless_that_is_undone(page: Page) -> None:
    before = _group(page, SHOWN)
    assert _send(page.person(), SHOWN, "reject") == 303
    found = _group(page, SHOWN)
    assert (found.review.status, found.refused) == ("rejected", ["IT Brukerstøtte"])
    assert "Avvist" in page.person().get(entry(SHOWN)).text
    assert _send(page.person(), SHOWN, "undo") == 303
    assert _group(page, SHOWN) == before


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"action": "map", "target": ""}, "Et felt mangler"),
        ({"action": "map", "target": "x" * 31}, "Navnet er for langt"),
        ({"action": "map", "target": "IT NETT"}, "En annen gruppe har allerede fått dette navnet"),
        ({"action": "leave", "reason": ""}, "Et felt mangler"),
    ],
    ids=str,
)
def test_an_answer_that_cannot_stand_is_said_and_not_saved(
    shown: Page, answer: dict[str, str], said: str
) -> None:
    person = shown.person()
    before = _group(shown, SHOWN)
    form = person.form(entry(SHOWN))
    found = person.post(entry(SHOWN), {**form, "restricted": "false", **answer, "do": "approve"})
    assert found.status_code == 422
    assert said in unescape(found.text)
    assert _group(shown, SHOWN) == before


def test_an_answer_with_values_that_no_form_offers_changes_nothing(shown: Page) -> None:
    before = _group(shown, SHOWN)
    person = shown.person()
    for answer in (
        {"action": "split", "restricted": "maybe"},
        {"action": "map", "target": "IT Brukerstøtte", "line": "third"},
        {"do": "sudo"},
    ):
        form = person.form(entry(SHOWN))
        person.post(entry(SHOWN), {**form, "do": "save", **answer})
    assert _group(shown, SHOWN) == before


def test_two_people_at_once_do_not_overwrite_each_other(page: Page) -> None:
    first, second = page.person(), page.person(DEPUTY)
    form = second.form(entry(SHOWN))
    assert _send(first, SHOWN, "save", action="map", target="Navnet til den ene") == 303
    mine = {**form, "restricted": "false", "action": "map", "target": "Navnet til den andre"}
    answer = second.post(entry(SHOWN), {**mine, "do": "save"})
    assert answer.status_code == 409
    assert "Navnet til den ene" in answer.text
    assert "Navnet til den andre" in answer.text
    assert OWNER in answer.text
    decision = _group(page, SHOWN).decision
    assert decision is not None
    assert decision.target == "Navnet til den ene"
    version = re.findall(r'name="version" value="([0-9a-f]{16})"', answer.text)[0]
    assert second.post(entry(SHOWN), {**mine, "version": version, "do": "save"}).status_code == 303
    decision = _group(page, SHOWN).decision
    assert decision is not None
    assert decision.target == "Navnet til den andre"


def test_an_edit_of_the_file_meanwhile_is_a_conflict_too(page: Page) -> None:
    person = page.person()
    form = person.form(entry(SHOWN))
    file = page.folder / "mappings" / "units" / "it" / "groups.yaml"
    file.write_text(
        file.read_text("utf-8").replace("IT Brukerstøtte", "IT Hjelp"), encoding="utf-8"
    )
    answer = {**form, "restricted": "false", "action": "map", "target": "IT Service", "do": "save"}
    assert person.post(entry(SHOWN), answer).status_code == 409
    assert "IT Hjelp" in file.read_text("utf-8")


def test_of_many_answers_at_once_exactly_one_is_taken(page: Page) -> None:
    people = [page.person() for _ in range(6)]
    forms = [person.form(entry(SHOWN)) for person in people]

    def send(number: int) -> int:
        answer = {
            "restricted": "false",
            "action": "map",
            "target": f"Gruppe {number}",
            "do": "save",
        }
        return people[number].post(entry(SHOWN), {**forms[number], **answer}).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(send, range(6)))
    assert codes == [303, 409, 409, 409, 409, 409]


def test_the_rest_is_approved_together(page: Page) -> None:
    person = page.person()
    text = person.get("/u/it/operators").text
    chosen = [unescape(value) for value in re.findall(r'name="chosen" value="([^"]+)"', text)]
    form = re.findall(r'name="form" value="([^"]+)"', text)[0]
    assert len(chosen) > 5
    stale = chosen[0].replace(chosen[0][:16], "0" * 16)
    answer = person.post(
        "/u/it/operators/rest", [("form", form), *(("chosen", c) for c in [stale, *chosen[1:]])]
    )
    left = chosen[0].partition(" ")[2]
    assert left in answer.text
    operators = page.mappings.units["it"].operators
    states = {login: found.review.status for login, found in operators.items()}
    assert states.pop(left) == "proposed"
    assert set(states.values()) == {"approved"}


def test_the_rest_says_that_groups_are_open_only_where_somebody_ticks_it(page: Page) -> None:
    person = page.person()
    for ticked, answer in (("", "unknown"), ("yes", False)):
        form = person.form(entry(UNDECIDED))
        sent = {
            "form": form["form"],
            "chosen": f"{form['version']} {UNDECIDED}",
            "open_to_all": ticked,
        }
        assert person.post("/u/it/groups/rest", sent).status_code == 200
        assert _group(page, UNDECIDED).restricted == answer
        assert _group(page, UNDECIDED).review.status == "approved"
    assert _group(page, HIDDEN).restricted is True


def test_a_group_that_stands_in_no_file_is_decided_on_too(page: Page) -> None:
    file = page.folder / "mappings" / "units" / "it" / "groups.yaml"
    file.unlink()
    assert _send(page.person(), SHOWN, "approve", action="map", target="IT Hjelp") == 303
    assert _group(page, SHOWN).review.status == "approved"


def test_what_was_extracted_since_is_seen_before_it_is_approved(
    prepared: Path, tmp_path: Path
) -> None:
    """A colleague leaves the group while the page is open: the answer was to other figures."""
    folder = copy_of(prepared, tmp_path / "other")
    with served(folder) as page:
        person = page.person()
        form = person.form(entry(SHOWN))
        with sqlite3.connect(folder / "hpsm.db") as hpsm:
            hpsm.execute(
                "DELETE FROM ASSIGNMENTA1 WHERE rowid ="
                " (SELECT rowid FROM ASSIGNMENTA1 WHERE trim(NAME) = ? LIMIT 1)",
                (SHOWN,),
            )
        assert run(["--workspace", str(folder), "extract", "--kind", "members", "--full"]) == 0
        answer = {**form, "restricted": "false", "action": "map", "target": "IT Hjelp"}
        assert person.post(entry(SHOWN), {**answer, "do": "approve"}).status_code == 409


def test_the_running_line_counts_what_is_there(shown: Page) -> None:
    text = unescape(shown.person().get("/u/it/groups").text)
    first, total, tickets = re.findall(r"(\d+) av (\d+) avgjørelser dekker (\d+)", text)[0]
    assert int(total) == 3
    assert 1 <= int(first) <= 3
    assert int(tickets) >= 90


def test_the_page_of_another_unit_is_as_complete(shown: Page) -> None:
    person = shown.person(unit="kommunikasjon")
    assert ELSEWHERE in unescape(person.get("/u/kommunikasjon/groups").text)
    assert person.get(entry(ELSEWHERE, "kommunikasjon")).status_code == 200


def test_a_copy_of_the_workspace_has_a_key_of_its_own_when_it_is_removed(
    undecided: Path, tmp_path: Path
) -> None:
    """Removing the key makes every link void."""
    folder = tmp_path / "desk"
    shutil.copytree(undecided, folder)
    with served(folder) as page:
        token = page.token()
    (folder / "state" / "review.key").unlink()
    with served(folder) as page:
        assert page.visitor().get(f"/enter?token={token}").status_code == 403
    assert (folder / "state" / "review.key").stat().st_mode & 0o777 == 0o600


def test_who_may_approve_which_file_stands_in_unit_yaml(page: Page) -> None:
    file = page.folder / "mappings" / "units" / "it" / "unit.yaml"
    named = f"approvers: {{operators: [{DEPUTY}]}}\n"
    file.write_text(file.read_text("utf-8") + named, encoding="utf-8")
    login = next(iter(page.mappings.units["it"].operators))
    path = entry(login, file="operators")
    for who, allowed in ((OWNER, False), (DEPUTY, True)):
        person = page.person(who)
        sent = {**person.form(path), "action": "create", "target": login, "do": "approve"}
        assert person.post(path, sent).status_code == (303 if allowed else 403)
    assert page.mappings.units["it"].operators[login].review.by == DEPUTY
    assert _send(page.person(DEPUTY), SHOWN, "approve", action="map", target="IT Hjelp") == 403


def test_where_nobody_is_named_nobody_approves_here(page: Page) -> None:
    file = page.folder / "mappings" / "units" / "it" / "unit.yaml"
    file.write_text(file.read_text("utf-8").replace(f"owners: [{OWNER}]\n", ""), encoding="utf-8")
    assert _send(page.person(), SHOWN, "approve", action="map", target="IT Hjelp") == 403
