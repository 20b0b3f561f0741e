"""The files of a unit's tickets, counted in HPSM's snapshot and in TOPdesk, and in no log."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict

import pytest
from service_desk import Desk, copy_of, document

from migrate.simulate.topdesk.faults import Fault

_FILES = """
    SELECT m.identity, a.filename, a.sha256, a.content_size
    FROM attachments a JOIN journal.members m ON m.key = a.topic AND m.kind IN
        ('incidents', 'interactions') AND m.record = 'incident'
    WHERE a.until_run IS NULL
"""


def files_of(desk: Desk) -> list[tuple[str, str, str | None, float | None]]:
    """Every file of a loaded ticket: identity, name, digest (None: broken) and bytes."""
    snapshot = sqlite3.connect(desk.folder / "state" / "snapshot.db")
    try:
        snapshot.execute("ATTACH ? AS journal", (str(desk.folder / "state" / "journal.db"),))
        return snapshot.execute(_FILES).fetchall()
    finally:
        snapshot.close()


def whole(desk: Desk) -> Counter[str]:
    """What TOPdesk should hold: of each ticket's files, every name and content once."""
    found = {(ticket, name, sha) for ticket, name, sha, size in files_of(desk) if sha and size}
    return Counter(sha for _, _, sha in found)


def test_every_whole_file_of_a_loaded_ticket_is_in_topdesk_once(loaded: Desk) -> None:
    census = loaded.topdesk.census()
    assert len(census["contents"]) > 10
    assert census["contents"] == whole(loaded)
    assert census["duplicates"]["attachment"] == {}


def test_no_caller_sees_a_file_and_every_broken_one_is_named_to_operators(loaded: Desk) -> None:
    broken: dict[str, list[str]] = defaultdict(list)
    whole_of: set[str] = set()
    for ticket, name, sha, size in files_of(loaded):
        if sha and size:
            whole_of.add(ticket)
        else:
            broken[ticket].append(name)
    assert broken
    ids = {
        row["externalNumber"]: row["id"]
        for row in loaded.ask("GET", "incidents", all="true", pageSize="10000")
    }
    for ticket in sorted(whole_of)[:20]:
        files = loaded.ask("GET", f"incidents/id/{ids[ticket]}/attachments", page_size="100")
        assert all(file["invisibleForCaller"] for file in files)
    for ticket in broken:
        entries = loaded.ask("GET", f"incidents/id/{ids[ticket]}/actions") or []
        (note,) = [e for e in entries if "Vedlegg som ikke er overført" in e["plainText"]]
        assert note["invisibleForCaller"]
        assert note["plainText"].count("\n- ") == len(broken[ticket])


def test_verify_says_how_many_files_it_compared_and_read_back(
    loaded: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert loaded.run("verify", "--sprint", "pilot", "--json") == 0
    units = document(capsys.readouterr().out)["verify"]
    of_articles = loaded.topdesk.census()["counts"]["knowledge_file"]
    assert sum(unit["files"] for unit in units) == whole(loaded).total() + of_articles
    assert all(0 < unit["downloaded"] <= unit["files"] for unit in units if unit["files"])


def test_lost_answers_make_no_second_file_and_no_name_of_one_is_logged(
    prepared: object, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("files") / "desk"
    with copy_of(prepared, folder) as desk:  # type: ignore[arg-type]
        desk.topdesk.misbehave(
            Fault("answer-lost", rate=0.3, method="POST", path="attachments"), seed=1
        )
        capsys.readouterr()
        assert desk.run("load", "--unit", "kommunikasjon") == 0
        said = "".join(capsys.readouterr())
        assert desk.topdesk.stats()["injected"]["answer-lost"] > 0
        assert desk.topdesk.census()["contents"] == whole(desk)
        assert desk.topdesk.census()["duplicates"]["attachment"] == {}
        names = {name for _, name, *_ in files_of(desk)}
        assert names
        assert not [name for name in names if len(name) > 5 and name in said]
