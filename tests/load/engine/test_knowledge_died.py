"""A load of knowledge that died at any step goes on, in both forms of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from knowledge_chains import (
    HIDDEN,
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
from loading import Desk, did
from undoing import undo

from migrate.records import State
from migrate.simulate.topdesk.server import TopdeskServer


@pytest.fixture(params=[True, False], ids=["after", "before"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TopdeskServer]:
    with knowledge_base(tmp_path, request.param) as running:
        yield running


STEPS = [step.name for step in item().steps]


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
def test_a_load_that_died_at_any_step_goes_on(
    open_desk: Callable[..., Desk], at: int, arrived: bool
) -> None:
    desk = prepared(open_desk(window=0.15))
    chain = item()
    done = at + (1 if arrived else 0)
    target_id = did(desk, chain, done)
    journal_id = target_id if at else ""
    before = [State.DONE] * at
    desk.wrote(chain, *before, State.SENDING, target_id=journal_id)
    load(desk)
    once(desk, "KM1", "KM2")


@pytest.mark.parametrize("at", range(1, len(STEPS) + 1), ids=STEPS)
def test_an_article_that_changed_while_its_load_was_cut_is_brought_up_to_date(
    desk: Desk, at: int
) -> None:
    prepared(desk)
    new = "Slik gjør du nå"
    after = replace(item(text=new), source_digest="another")
    linked = replace(links(text=new), source_digest="another")
    desk.wrote(item(), *[State.DONE] * at, target_id=did(desk, item(), at))
    for _ in range(3):
        desk.plan(folder(), after, item("KM2"), linked)
        load(desk)
    assert new in str(found(desk, "KM1").fields["content"])
    assert desk.journal.records("knowledge_item", ["KM1"])["KM1"].digest == "another"
    once(desk, "KM1", "KM2")


@pytest.mark.parametrize("taken_back", [False, True], ids=["there", "taken back"])
def test_links_without_an_answer_are_settled_when_their_article_changed_again(
    open_desk: Callable[..., Desk], taken_back: bool
) -> None:
    desk = prepared(open_desk(window=0.15))
    for again, text in enumerate(["Slik gjør du", "Slik gjør du nå", "Slik gjør vi"]):
        digest = f"as of {text}"
        chain = replace(item(text=text), source_digest=digest)
        linked = replace(links(text=text), source_digest=digest)
        desk.plan(folder(), chain, item("KM2"), linked)
        if again == 0:
            load(desk)
        if again == 1:
            load(desk, "knowledge_item")
            desk.wrote(linked, State.IN_DOUBT, revision=1)
            if taken_back:
                undo(desk)
    for _ in range(3):
        load(desk)
        desk.journal.reopen("it", (State.FAILED,), None, 0.0)
        desk.plan(folder(), chain, item("KM2"), linked)
    assert {state for state in states(desk).values() if state is not State.UNDONE} <= {
        State.DONE,
        State.SKIPPED,
    }
    assert f">{text}</a>" in str(found(desk, "KM1").fields["content"])
    assert desk.doubles() == {}


def test_a_text_that_a_person_wrote_in_place_of_a_refused_one_stays(desk: Desk) -> None:
    prepared(desk)
    at = STEPS.index("content/nb")
    id = did(desk, item(), at)
    desk.wrote(item(), *[State.DONE] * at, State.FAILED, target_id=id)
    method = "PATCH" if desk.server.settings.migrated else "POST"
    url = f"{desk.server.url}/services/knowledge-base-v1/knowledgeItems/{id}/translations/nb"
    requests.request(
        method, url, json={"content": "Min tekst"}, auth=desk.server.auth, timeout=5
    ).raise_for_status()
    desk.journal.reopen("it", (State.FAILED,), None, 0.0)
    desk.plan(folder(), item(), item("KM2"))
    load(desk)
    assert found(desk, "KM1").fields["content"] == "Min tekst"
    (refused,) = desk.journal.troubled("it", [State.FAILED])
    assert (refused.key.step, refused.code, refused.detail) == (
        "content/nb",
        "article-edited",
        "content",
    )


def test_an_article_that_a_person_hid_while_its_load_lay_still_is_not_shown(desk: Desk) -> None:
    prepared(desk)
    at = STEPS.index("publish")
    id = did(desk, item(), at)
    desk.wrote(item(), *[State.DONE] * at, target_id=id)
    method = "PATCH" if desk.server.settings.migrated else "POST"
    url = f"{desk.server.url}/services/knowledge-base-v1/knowledgeItems/{id}"
    only_here = {**HIDDEN, "sspVisibilityFilteredOnBranches": True}
    requests.request(
        method, url, json={"visibility": only_here}, auth=desk.server.auth, timeout=5
    ).raise_for_status()
    desk.plan(folder(), item(), item("KM2"))
    load(desk)
    fields = found(desk, "KM1").fields
    assert fields["sspVisibility"] == "NOT_VISIBLE"
    assert fields["sspVisibilityFilteredOnBranches"] is True
    (refused,) = desk.journal.troubled("it", [State.FAILED])
    assert (refused.key.step, refused.code) == ("publish", "article-edited")
    assert found(desk, "KM2").fields["sspVisibility"] == "VISIBLE"
