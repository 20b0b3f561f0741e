"""Knowledge taken back: what nobody has touched is archived, what people edited stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from knowledge_chains import CHAINS, found, knowledge_base, load, prepared
from loading import Desk

from migrate.load.look import Look
from migrate.load.pacer import Pacer
from migrate.load.undo import Undo, Undone, dry
from migrate.records import Chain, Member, State, Step
from migrate.simulate.topdesk.faults import Fault
from migrate.simulate.topdesk.server import TopdeskServer
from migrate.state.journal_aside import Scope

IT = Scope(units=("it",))


@pytest.fixture(params=[True, False], ids=["after", "before"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TopdeskServer]:
    with knowledge_base(tmp_path, request.param) as running:
        yield running


@pytest.fixture
def loaded(desk: Desk) -> Desk:
    load(prepared(desk))
    return desk


def undo(desk: Desk) -> dict[str, tuple[str, str]]:
    run = desk.journal.begin_run("undo", time.time())
    done = Undo(
        desk.journal, desk.target, Pacer(desk.connections), run, window=desk.window, threads=4
    )
    return told(done.undo(IT))


def told(result: Undone) -> dict[str, tuple[str, str]]:
    return {line.identity: (line.what, line.code) for line in result.lines}


def person(desk: Desk, path: str, method: str, body: object = None, **more: object) -> None:
    id = found(desk, "KM1").id
    url = f"{desk.server.url}/services/knowledge-base-v1/knowledgeItems/{id}/{path}"
    answer = requests.request(method, url, json=body, auth=desk.server.auth, timeout=5, **more)  # type: ignore[arg-type]
    assert answer.ok, answer.text


ALL = {
    "KM1": ("archive", ""),
    "KM2": ("archive", ""),
    "Kunnskap/IT": ("archive", ""),
    "Kunnskap": ("archive", ""),
}


def test_what_nobody_touched_is_archived_folders_last(loaded: Desk) -> None:
    seen = told(dry(Look(loaded.journal, loaded.target, loaded.window, 4), IT))
    assert seen == ALL
    assert undo(loaded) == ALL
    assert all(f.archived for f in loaded.target.find("knowledge_item", "externalLink.id", ["KM1"]))
    assert undo(loaded) == {}
    assert loaded.verify().differences == []  # the links went with their items


def test_lost_answers_are_settled(loaded: Desk) -> None:
    loaded.server.misbehave(Fault("answer-lost", method="POST", path="/archive$", count=3))
    assert undo(loaded) == ALL


@pytest.mark.parametrize("what", ["text", "file", "picture"])
def test_an_article_that_somebody_worked_on_stays_and_so_does_its_folder(
    loaded: Desk, what: str
) -> None:
    if what == "text":
        method = "PATCH" if loaded.server.settings.migrated else "POST"
        person(loaded, "translations/nb", method, {"content": "Skrevet om"})
    elif what == "file":
        person(loaded, "attachments", "POST", files={"file": ("y.doc", b"y")})
    else:
        person(loaded, "images", "POST", files={"file": ("y.png", b"y")})
    done = undo(loaded)
    assert done["KM1"] == ("keep", "edited-since")
    assert done["KM2"] == ("archive", "")
    assert done["Kunnskap"] == ("keep", "undo-still-used")
    assert not found(loaded, "KM1").archived


def test_what_was_taken_back_comes_back_when_it_is_loaded_again(loaded: Desk) -> None:
    undo(loaded)
    loaded.plan(*CHAINS)
    load(loaded, "knowledge_folder")
    load(loaded)
    for id in ("KM1", "KM2"):
        (there,) = list(loaded.target.find("knowledge_item", "externalLink.id", [id]))
        assert not there.archived
    assert loaded.doubles() == {}
    assert loaded.verify().differences == []


def test_a_service_cannot_be_taken_back_and_that_is_said(loaded: Desk) -> None:
    chain = Chain(
        "service",
        "VPN",
        (Member("catalogue", "VPN"),),
        "it",
        steps=(Step("create", {"name": "VPN"}),),
        find=(("name", "VPN"),),
        source_digest="VPN",
    )
    loaded.plan(*CHAINS, chain)
    loaded.load("service")
    assert loaded.states("VPN", "service") == {"create": State.DONE}
    assert undo(loaded)["VPN"] == ("keep", "undo-impossible")
