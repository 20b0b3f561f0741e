"""`undo` and `conflicts` as they are typed, and the runbooks that are about them."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from service_desk import Desk, copy_of, document
from test_runbooks import _commands

from migrate.errors import Exit
from migrate.simulate.hpsm import living, tables


@pytest.fixture(scope="module")
def once_loaded(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken") / "desk"
    with copy_of(prepared, folder) as made:
        assert made.run("load", "--sprint", "pilot") == 0
    return folder


@pytest.fixture
def pilot(once_loaded: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk of its own whose pilot is loaded."""
    with copy_of(once_loaded, tmp_path / "desk") as made:
        # The state is bound to the address of the TOPdesk that it was loaded into.
        journal = sqlite3.connect(made.folder / "state" / "journal.db")
        with journal:
            journal.execute(
                "UPDATE meta SET value = ? WHERE name = 'fingerprint'", (made.topdesk.url,)
            )
        journal.close()
        yield made


def _said(desk: Desk, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    desk.run("--json", *arguments)
    return document(capsys.readouterr().out)


Typed = Callable[[str], tuple[int, str]]


@pytest.fixture
def type_(pilot: Desk, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type one command of a runbook, and again where the plan was out of date, as they say; returns
    its exit code and what it said."""

    def typed(command: str) -> tuple[int, str]:
        program, *arguments = shlex.split(command)
        assert program == "migrate"
        capsys.readouterr()
        code = pilot.run(*arguments)
        said = "".join(capsys.readouterr())
        if code == Exit.STOPPED and "the plan was out of date" in said:
            return typed(command)
        return code, said

    return typed


def _incidents(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.ask("GET", "incidents", all="true", pageSize="10000")
    return found


def _open_ticket(desk: Desk) -> dict[str, Any]:
    """An incident of the unit `it` that nobody has closed."""
    return next(
        each
        for each in _incidents(desk)
        if each["externalNumber"].startswith("IM")
        and not each["completed"]
        and (each["operatorGroup"] or {}).get("name", "").startswith("IT ")
    )


def _retitled(desk: Desk, number: str, title: str) -> None:
    """The ticket gets another title in HPSM."""
    url = f"sqlite:///{desk.folder}/hpsm.db"
    living.note(url, number, "Tittelen er rettet")
    hpsm = sqlite3.connect(desk.folder / "hpsm.db")
    with hpsm:
        table = tables.INCIDENTS.name
        hpsm.execute(
            f'UPDATE "{table}" SET BRIEF_DESCRIPTION = ? WHERE NUMBER = ?', (title, number)
        )
    hpsm.close()


def test_after_an_undo_that_died_a_load_says_what_to_type(pilot: Desk, type_: Typed) -> None:
    journal = sqlite3.connect(pilot.folder / "state" / "journal.db")
    journal.row_factory = sqlite3.Row
    with journal:
        made = journal.execute(
            "SELECT * FROM operations"
            " WHERE kind = 'incident' AND step = 'create' AND state = 'done'"
        ).fetchone()
        begun = {**made, "step": "undo", "state": "sending", "marker": "an-id"}
        marks = ", ".join("?" * len(begun))
        journal.execute(f"INSERT INTO operations VALUES ({marks})", tuple(begun.values()))
    journal.close()
    code, said = type_("migrate load --sprint pilot")
    assert code == Exit.STOPPED
    assert "failures --sprint pilot" in said
    code, said = type_("migrate failures --sprint pilot")
    assert "undo --runs" in said
    type_("migrate undo --sprint pilot")
    assert type_("migrate failures --sprint pilot")[1].count("undo --runs") == 0


def test_a_sprint_is_taken_back_but_for_what_people_worked_on(
    pilot: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = _open_ticket(pilot)
    pilot.ask("PATCH", f"incidents/id/{mine['id']}", {"action": "Ringt innmelder"})
    before = pilot.topdesk.stats()["writes"]
    dry = _said(pilot, capsys, "undo", "--sprint", "pilot", "--dry-run")
    assert pilot.topdesk.stats()["writes"] == before
    real = _said(pilot, capsys, "undo", "--sprint", "pilot")
    key = lambda line: (line["kind"], line["identity"])  # noqa: E731 - a sort key
    assert sorted(real["undo"], key=key) == sorted(dry["undo"], key=key)
    kept = {line["identity"]: line for line in real["undo"] if line["what"] == "keep"}
    assert kept[mine["externalNumber"]]["code"] == "edited-since"
    codes = {line["code"] for line in kept.values()}
    assert codes <= {"edited-since", "undo-still-used", "undo-impossible"}
    assert {i["id"] for i in _incidents(pilot) if "rchived" not in str(i["status"])} == {mine["id"]}
    again = _said(pilot, capsys, "undo", "--sprint", "pilot")
    assert again["requests"] == 0
    assert {line["what"] for line in again["undo"]} == {"keep"}
    assert pilot.run("lookup", mine["externalNumber"]) == 0
    gone = next(i for i in _incidents(pilot) if i["id"] != mine["id"] and i["externalNumber"])
    found = _said(pilot, capsys, "lookup", gone["externalNumber"])["lookup"]
    assert found["standing"] == "was in TOPdesk and has been taken back by an undo"


def test_one_run_is_taken_back_alone(pilot: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    [number, command, _, ended], *_ = _said(pilot, capsys, "undo", "--runs")["runs"]
    assert (number, command, ended) == (1, "load", "ok")
    assert pilot.run("undo", "--run", "99", "--dry-run") == Exit.USAGE
    assert "99 is no run" in capsys.readouterr().err
    assert _said(pilot, capsys, "undo", "--run", "1", "--dry-run")["undo"]
    assert pilot.run("undo", "--run", "1", "--unit", "it") == Exit.USAGE


def test_a_reason_for_archiving_that_topdesk_does_not_have_is_told_before_anything(
    pilot: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    pilot.edit("migrate.yaml", "target:\n", "target:\n  archiving_reason: Feil\n")
    writes = pilot.topdesk.stats()["writes"]
    said = _said(pilot, capsys, "undo", "--unit", "it")
    assert [problem["code"] for problem in said["problems"]] == ["archiving-reason-missing"]
    assert pilot.topdesk.stats()["writes"] == writes
    pilot.edit("migrate.yaml", "Feil", "Ikke lenger i bruk")
    assert pilot.run("undo", "--unit", "kommunikasjon") == 0


def test_a_conflict_is_shown_with_both_texts_and_decided_by_a_person(
    pilot: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = _open_ticket(pilot)
    number, id = mine["externalNumber"], mine["id"]
    assert pilot.run("conflicts", "--unit", "it") == 0
    pilot.ask("PATCH", f"incidents/id/{id}", {"briefDescription": "Skrevet i TOPdesk"})
    _retitled(pilot, number, "Skrevet i HPSM")
    assert pilot.run("extract") in (0, 3)
    while pilot.run("load", "--unit", "it") == Exit.STOPPED:
        pass
    said = _said(pilot, capsys, "conflicts", "--unit", "it")
    [conflict] = said["conflicts"]
    assert {name: conflict[name] for name in ("identity", "field", "hpsm", "topdesk")} == {
        "identity": number,
        "field": "briefDescription",
        "hpsm": "Skrevet i HPSM",
        "topdesk": "Skrevet i TOPdesk",
    }
    assert pilot.run("conflicts", "--unit", "it") == Exit.DIFFERENCES
    assert pilot.run("conflicts", number, "--keep", "hpsm") == Exit.USAGE
    decision = ("conflicts", number, "--keep", "hpsm", "--by", "eier@example.no")
    assert pilot.run(*decision) == 0
    while pilot.run("load", "--unit", "it") == Exit.STOPPED:
        pass
    assert pilot.ask("GET", f"incidents/id/{id}")["briefDescription"] == "Skrevet i HPSM"
    assert pilot.run("conflicts", "--unit", "it") == 0
    assert pilot.run("audit", "verify") == 0
    for file in (pilot.folder / "state").glob("*.log"):
        assert "Skrevet" not in file.read_text(encoding="utf-8")


def test_taking_a_unit_back(pilot: Desk, type_: Typed) -> None:
    mine = _open_ticket(pilot)
    pilot.ask("PATCH", f"incidents/id/{mine['id']}", {"action": "Ringt innmelder"})
    said = []
    for command in _commands("taking-a-unit-back.md"):
        code, text = type_(command)
        assert code == 0, f"{command}: exit {code}\n{text}"
        said.append(text)
    assert mine["externalNumber"] in said[0]
    assert "0 writes" in said[2]
    assert "undone" in said[3]
    there = [i for i in _incidents(pilot) if "rchived" not in str(i["status"])]
    numbers = [i["externalNumber"] for i in there]
    assert len(numbers) == len(set(numbers)) > 50


def test_a_wrong_mapping_is_mended_by_taking_back_and_loading_anew(
    pilot: Desk, type_: Typed
) -> None:
    status = "mappings/values/status.yaml"
    commands = _commands("wrong-mapping.md")
    ticket = _open_ticket(pilot)
    code, said = type_(commands[0].replace("IM10001", ticket["externalNumber"]))
    assert code == 0
    assert "values/status.yaml#" in said
    pilot.edit(status, '"*": {state: open}', '"*": {state: open, target: Under behandling}')
    loads = [n for n, line in enumerate(commands) if line.startswith("migrate load")]
    for n, command in enumerate(commands[1:], 1):
        code, said = type_(command.replace("ADDRESS", "eier@example.no"))
        assert code == 0, f"{command}: exit {code}\n{said}"
        if n == loads[0]:
            assert "0 writes" not in said
    there = [i for i in _incidents(pilot) if i["externalNumber"] == ticket["externalNumber"]]
    [new] = [i for i in there if "rchived" not in str(i["status"])]
    assert new["processingStatus"]["name"] == "Under behandling"
    assert new["id"] != ticket["id"]


def test_a_double_is_found_archived_and_gone(pilot: Desk, type_: Typed) -> None:
    ours = _open_ticket(pilot)
    body = {"externalNumber": ours["externalNumber"], "briefDescription": "Den samme"}
    double = pilot.ask("POST", "incidents", {**body, "status": "firstLine"})
    commands = _commands("duplicates-suspected.md")
    look, explain, verify, *after = (c.replace("IM10001", ours["externalNumber"]) for c in commands)
    assert ours["number"] in type_(look)[1]
    assert type_(explain)[0] == 0
    # It was never in doubt, and is found all the same: the key says so.
    code, text = type_(verify)
    assert code == Exit.DIFFERENCES
    assert "doubles-in-target" in text
    assert double["number"] in text
    pilot.ask("PUT", f"incidents/id/{double['id']}/archive", {})
    ends = [type_(command) for command in after]
    assert [code for code, _ in ends] == [0, 0]
    assert "0 writes" in ends[-1][1]
