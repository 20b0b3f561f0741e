"""Operators whom a load makes get the permission groups and filters of their unit, and nobody else
does."""

from __future__ import annotations

from typing import Any

import pytest
from service_desk import Desk, document

RIGHTS = """\
rights:
  permission_groups: [Saksbehandler]
  filters: {branch: [Bare egen enhet]}
"""
PATHS = {"Saksbehandler": "permissiongroups", "Bare egen enhet": "filters/branch"}


def _operators(desk: Desk) -> dict[str, str]:
    return {row["loginName"]: row["id"] for row in desk.ask("GET", "operators", page_size="100")}


def _held(desk: Desk, operator: str) -> list[dict[str, Any]]:
    return [
        row
        for path in PATHS.values()
        for row in desk.ask("GET", f"operators/id/{operator}/{path}") or ()
    ]


def test_who_is_made_gets_them_and_who_was_there_does_not(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for unit in ("it", "kommunikasjon"):
        desk.edit(f"mappings/units/{unit}/unit.yaml", "groups:", f"{RIGHTS}groups:")
    before = _operators(desk)
    assert desk.run("load", "--sprint", "pilot") == 0
    made = {login: id for login, id in _operators(desk).items() if login not in before}
    assert made
    for id in made.values():
        assert [row["name"] for row in _held(desk, id)] == list(PATHS)
    assert all(_held(desk, id) == [] for id in before.values())
    assert desk.run("verify", "--sprint", "pilot") == 0
    capsys.readouterr()
    assert desk.run("load", "--sprint", "pilot", "--json") == 0
    assert document(capsys.readouterr().out)["requests"] == 0

    operator = next(iter(made.values()))
    [group] = desk.ask("GET", f"operators/id/{operator}/permissiongroups")
    body = [{"id": group["id"]}]
    desk.ask("DELETE", f"operators/id/{operator}/permissiongroups", body)
    capsys.readouterr()
    assert desk.run("verify", "--sprint", "pilot") == 6
    assert "permission_group: Saksbehandler" in "".join(capsys.readouterr())


def test_a_right_that_topdesk_does_not_have_is_told_before_anything_is_loaded(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RIGHTS.replace("Bare egen enhet", "Bare egen enhed")
    desk.edit("mappings/units/it/unit.yaml", "groups:", f"{text}groups:")
    capsys.readouterr()
    assert desk.run("load", "--unit", "it") == 4
    assert "right-unknown" in "".join(capsys.readouterr())
    assert desk.incidents() == 0
