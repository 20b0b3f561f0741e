"""`preview` shows what a load then makes, in every field, and nothing that may not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from service_desk import Desk, document

from migrate.errors import Exit
from migrate.load.compare import canonical, plain, shown
from migrate.load.resolve import Resolver
from migrate.workspace import Workspace

SERVER_SETS = {
    *("id", "number", "creator", "creationDate", "modifier", "modificationDate"),
    *("action", "attachments", "requests"),  # lists of what is compared below, one by one
    *("callerBranch", "operator", "onHoldDate"),  # the caller's, the group's name, the moment
}
"""What TOPdesk fills by itself where a load says nothing of it."""


@pytest.fixture(scope="module")
def workspace(loaded: Desk) -> Iterator[Workspace]:
    with Workspace(loaded.folder) as opened:
        yield opened


def _previews(workspace: Workspace, incidents: list[dict[str, Any]]) -> Iterator[Any]:
    chains = workspace.chains()
    for incident in incidents:
        found = chains.preview(incident["externalNumber"], workspace.absent)
        assert found is not None
        yield incident, found


def test_what_is_shown_is_what_topdesk_has_after_the_load(
    loaded: Desk, workspace: Workspace
) -> None:
    incidents = loaded.ask("GET", "incidents", all="true", pageSize="10000")
    kinds = ("branch", "department", "person", "operator", "operator_group")
    ids = {(kind, identity): id for kind, identity, id in workspace.journal.targets(kinds)}
    resolver, compared, unsaid = Resolver(ids), Counter[str](), Counter[str]()
    for incident, found in _previews(workspace, incidents):
        assert found.verdict is None
        resolved = resolver.resolve("incident", _nested(found.raw))
        assert resolved.missing == ()
        expected = canonical(resolved.body)
        assert shown(expected, incident) == expected, found.key
        compared.update(expected.keys())
        said = {name.partition(".")[0].replace("callerLookup", "caller") for name in found.raw}
        unsaid.update(name for name, value in incident.items() if value and name not in said)
        trail = loaded.ask("GET", f"incidents/id/{incident['id']}/actions", page_size="100") or []
        assert Counter((plain(e["memoText"]), e["invisibleForCaller"]) for e in trail) == Counter(
            (plain(e.text.replace("<", "&lt;")), not e.visible) for e in found.trail
        )
        files = (
            loaded.ask("GET", f"incidents/id/{incident['id']}/attachments", page_size="100") or []
        )
        assert Counter(
            (f["fileName"], f["size"], f["invisibleForCaller"]) for f in files
        ) == Counter((f.name, f.size, not f.visible) for f in found.attachments)
    assert len(incidents) > 50
    assert compared["request"] > 50
    assert set(unsaid) <= SERVER_SETS


def _nested(raw: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in raw.items():
        outer, _, inner = name.partition(".")
        if inner:
            body.setdefault(outer, {})[inner] = value
        else:
            body[name] = value
    return body


def _one_of(desk: Desk, group: str) -> str:
    """A ticket that this group has now."""
    with Workspace(desk.folder) as workspace:
        found: tuple[str] = workspace.snapshot.connection.execute(
            "SELECT key FROM tickets WHERE assignment = ? AND incident IS NOT NULL", (group,)
        ).fetchone()
    return found[0]


def test_a_ticket_stands_on_both_sides(loaded: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    number = _one_of(loaded, "IT-NETT")
    capsys.readouterr()
    assert loaded.run("preview", number, "--json") == Exit.OK
    answer = document(capsys.readouterr().out)
    found = answer["preview"]
    [group] = [line["value"] for line in found["fields"] if line["name"] == "operatorGroup"]
    before = {line["name"]: line["value"] for line in found["records"][0]["lines"]}
    assert (before["assignment"], group) == ("IT-NETT", "IT NETT")
    assert found["lost"] > 0
    assert answer["next"].endswith(f"explain {number}")
    assert loaded.run("preview", number) == Exit.OK
    assert "← no-place" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["true", "unknown"])
def test_of_a_ticket_that_is_held_nothing_is_shown(
    desk: Desk, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    desk.edit("mappings/units/it/groups.yaml", "restricted: false", f"restricted: {answer}")
    number = _one_of(desk, "IT-NETT")
    capsys.readouterr()
    assert desk.run("preview", number, "--json") == Exit.SOME_FAILED
    found = document(capsys.readouterr().out)["preview"]
    assert found["verdict"]["state"] == "held"
    shown = {"key", "unit", "verdict", "lost"}
    assert {name for name, value in found.items() if value} <= shown


def test_nothing_is_shown_while_a_file_cannot_be_read(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    number = _one_of(desk, "IT-NETT")
    desk.edit("mappings/units/it/groups.yaml", "restricted: false", "restricted: nei")
    capsys.readouterr()
    assert desk.run("preview", number, "--json") == Exit.MAPPING
    assert "preview" not in document(capsys.readouterr().out)


@pytest.mark.parametrize("number", ["IM99999999", "", "'; DROP TABLE tickets --"])
def test_a_number_that_is_not_there(desk: Desk, number: str) -> None:
    assert desk.run("preview", number) == Exit.USAGE
