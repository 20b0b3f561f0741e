"""Knowledge arrives once and whole, in both forms of the API, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from knowledge_chains import (
    CHAINS,
    folder,
    found,
    item,
    knowledge_base,
    links,
    load,
    once,
    prepared,
    states,
)
from loading import Desk, idle

from migrate.load.http import Http
from migrate.load.topdesk import knowledge
from migrate.load.topdesk.paging import Record
from migrate.load.verify_knowledge import addresses
from migrate.records import State
from migrate.simulate.topdesk.faults import Fault
from migrate.simulate.topdesk.server import TopdeskServer

WRITES = "POST|PATCH"


@pytest.fixture(params=[True, False], ids=["after", "before"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TopdeskServer]:
    with knowledge_base(tmp_path, request.param) as running:
        yield running


def test_folders_items_and_links_arrive_once(desk: Desk) -> None:
    load(prepared(desk))
    once(desk, "KM1", "KM2")
    (address,) = addresses(str(found(desk, "KM1").fields["content"]))
    assert address in desk.target.knowledge.addresses([found(desk, "KM2").id]).values()
    writes = desk.server.stats()["writes"]
    desk.plan(*CHAINS)
    load(desk)
    assert desk.server.stats()["writes"] == writes


def test_a_folder_that_is_there_is_taken_as_it_is(desk: Desk) -> None:
    load(prepared(desk))
    folders = desk.count("knowledge_folder") + desk.count("knowledge_item")
    desk.plan(folder(), folder("Kunnskap/IT"))
    load(desk, "knowledge_folder")
    assert desk.count("knowledge_folder") + desk.count("knowledge_item") == folders


@pytest.mark.parametrize("kind", ["answer-lost", "504-after", "wrong-length", "cut-before"])
def test_no_answer_to_any_step_makes_a_double_or_loses_one(desk: Desk, kind: str) -> None:
    prepared(desk)
    # Not by chance: a step that met four of them in a row would be left to a person.
    desk.server.misbehave(*(Fault(kind, method=WRITES, count=3, after=n) for n in (0, 9, 18)))
    load(desk)
    desk.server.misbehave()
    assert set(states(desk).values()) == {State.DONE}
    once(desk, "KM1", "KM2")


@pytest.mark.parametrize("kind", ["late", "severed"])
def test_work_that_is_done_after_its_time_out_is_found(desk: Desk, kind: str) -> None:
    prepared(desk)
    late = Fault(kind, rate=0.4, method=WRITES, delay=0.6, count=4)
    desk.server.misbehave(late, seed=2)
    load(desk)
    idle(desk.server)
    desk.server.misbehave()
    load(desk)
    once(desk, "KM1", "KM2")


def test_links_that_were_lost_are_settled_by_what_the_text_shows(desk: Desk) -> None:
    prepared(desk)
    load(desk, "knowledge_item")
    lost = Fault("answer-lost", method=WRITES, path="/translations/", count=1)
    desk.server.misbehave(lost)
    tally = load(desk, "knowledge_links")
    assert (tally.done, tally.settled) == (1, 1)
    once(desk, "KM1", "KM2")


def test_links_wait_for_what_they_lead_to(desk: Desk) -> None:
    desk.plan(folder(), item(), links())
    load(desk)
    assert states(desk) == {step.name: State.DONE for step in item().steps}
    assert addresses(str(found(desk, "KM1").fields["content"])) == []
    desk.plan(*CHAINS)
    load(desk, "knowledge_folder")
    load(desk)
    assert states(desk)["links/nb (2)"] is State.DONE
    once(desk, "KM1", "KM2")


def test_links_that_waited_go_when_what_they_lead_to_has_come_with_another_unit(
    desk: Desk,
) -> None:
    desk.plan(folder(), item(), links())
    load(desk)
    assert "links/nb (2)" not in states(desk)
    desk.plan(item("KM2"), unit="kommunikasjon")
    desk.load("knowledge_item", unit="kommunikasjon")
    load(desk, "knowledge_links")
    assert states(desk)["links/nb (2)"] is State.DONE
    assert len(addresses(str(found(desk, "KM1").fields["content"]))) == 1


def test_a_text_that_somebody_changed_before_the_links_came_stays(desk: Desk) -> None:
    load(prepared(desk), "knowledge_item")
    person(desk, found(desk, "KM1").id, {"content": "Skrevet om"})
    load(desk, "knowledge_links")
    assert found(desk, "KM1").fields["content"] == "Skrevet om"
    entries = desk.journal.entries("knowledge_links", ["KM1"])["KM1"]
    assert [(e.state, e.code) for e in entries] == [(State.FAILED, "article-edited")]


def test_an_item_that_was_there_before_us_is_not_touched(desk: Desk) -> None:
    load(prepared(desk), "knowledge_item")
    theirs = found(desk, "KM1").id
    person(desk, theirs, {"content": "Deres egen"})
    other = Desk(desk.folder / "other", desk.server)
    try:
        other.plan(*CHAINS)
        load(other)
        assert found(other, "KM1").fields["content"] == "Deres egen"
        assert other.doubles() == {}
    finally:
        other.close()


def test_verify_tells_what_somebody_removed_or_changed(desk: Desk) -> None:
    load(prepared(desk))
    id = found(desk, "KM1").id
    person(desk, id, {"title": "Et annet navn"})
    change(desk, "DELETE", f"attachments/{desk.target.knowledge.files(id)[0].id}", id)
    told = {(d.identity, d.code, d.detail) for d in desk.verify().differences}
    assert told == {
        ("KM1", "differs", "content/nb: title"),
        ("KM1", "gone", "attachment/0a (0 files)"),
    }


def test_an_item_found_by_a_link_that_is_not_shown_is_as_it_was_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(prepared(desk))
    asked = knowledge.get

    def shy(http: Http, *asks: str) -> Record | None:
        return {**record, "externalLink": None} if (record := asked(http, *asks)) else None

    monkeypatch.setattr(knowledge, "get", shy)
    asked_for = knowledge.search

    def shyly(*asks: Any, **more: Any) -> Iterator[Record]:
        for record in asked_for(*asks, **more):
            yield {**record, "externalLink": None}

    monkeypatch.setattr(knowledge, "search", shyly)
    assert not desk.verify().differences


def person(desk: Desk, id: str, content: dict[str, str]) -> None:
    """What somebody writes in TOPdesk."""
    method = "PATCH" if desk.server.settings.migrated else "POST"
    change(desk, method, "translations/nb", id, content)


def change(desk: Desk, method: str, path: str, id: str, body: object = None) -> None:
    url = f"{desk.server.url}/services/knowledge-base-v1/knowledgeItems/{id}/{path}"
    answer = requests.request(method, url, json=body, auth=desk.server.auth, timeout=5)
    assert answer.status_code == 204, answer.text
