"""An article that changed in HPSM after it was loaded: only the change is sent, never over a
person's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from knowledge_chains import CHAINS, found, item, knowledge_base, links, load, prepared
from loading import Desk

from migrate.load.verify_knowledge import addresses
from migrate.records import Chain, State, Step
from migrate.simulate.topdesk.server import TopdeskServer


@pytest.fixture(params=[True, False], ids=["after", "before"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TopdeskServer]:
    with knowledge_base(tmp_path, request.param) as running:
        yield running


@pytest.fixture
def loaded(desk: Desk) -> Desk:
    load(prepared(desk))
    return desk


def changed(chain: Chain, **more: object) -> Chain:
    return replace(chain, source_digest="another", **more)  # type: ignore[arg-type]


def again(desk: Desk, *mine: Chain) -> int:
    """Plan these in place of the first article's, and load; returns the requests that wrote."""
    before = desk.server.stats()["writes"]
    desk.plan(*(c for c in CHAINS if c.identity != "KM1"), *mine)
    load(desk)
    return int(desk.server.stats()["writes"]) - before


def wrote(desk: Desk, content: str) -> None:
    """What somebody writes in TOPdesk."""
    method = "PATCH" if desk.server.settings.migrated else "POST"
    path = f"knowledgeItems/{found(desk, 'KM1').id}/translations/nb"
    url = f"{desk.server.url}/services/knowledge-base-v1/{path}"
    requests.request(
        method, url, json={"content": content}, auth=desk.server.auth, timeout=5
    ).raise_for_status()


def test_only_the_text_that_changed_is_sent_and_its_links_again(loaded: Desk) -> None:
    new = "Slik gjør du nå"
    assert again(loaded, changed(item(text=new)), changed(links(text=new))) == 2
    content = str(found(loaded, "KM1").fields["content"])
    assert content.endswith(f">{new}</a>")
    assert len(addresses(content)) == 1
    assert loaded.verify().differences == []
    assert again(loaded, changed(item(text=new)), changed(links(text=new))) == 0


def test_what_a_person_wrote_stays_and_is_a_conflict(loaded: Desk) -> None:
    wrote(loaded, "Skrevet om av en person")
    new = "Slik gjør du nå"
    assert again(loaded, changed(item(text=new)), changed(links(text=new))) == 0
    assert found(loaded, "KM1").fields["content"] == "Skrevet om av en person"
    (planned,) = [p for p in _planned(loaded) if p.identity == "KM1" and p.kind == "knowledge_item"]
    assert planned.verdict is not None
    assert (planned.verdict.state, planned.verdict.code) == (State.CONFLICT, "edited-in-target")


def test_an_article_that_is_not_for_everybody_any_more_is_hidden(loaded: Desk) -> None:
    chain = item()
    hidden = changed(chain, steps=chain.steps[:-1])
    assert again(loaded, hidden, changed(links())) == 2
    assert found(loaded, "KM1").fields["sspVisibility"] == "NOT_VISIBLE"


def test_a_new_file_is_added_and_the_old_one_is_not_sent_again(loaded: Desk) -> None:
    chain = item()
    old = chain.steps[3]
    mark = "[KM1/a/0b]"
    new = Step("attachment/0b", {**old.body, "description": mark}, mark)
    more = changed(chain, steps=(*chain.steps[:4], new, *chain.steps[4:]))
    assert again(loaded, more, changed(links())) == 2
    files = loaded.target.knowledge.files(found(loaded, "KM1").id)
    assert [file.description for file in files] == [old.marker, mark]


def test_a_translation_that_came_later_is_added(desk: Desk) -> None:
    chain = item()
    without = replace(chain, steps=tuple(s for s in chain.steps if "translation" not in s.name))
    desk.plan(*(c for c in CHAINS if c.identity != "KM1"), without)
    for kind in ("knowledge_folder", "knowledge_folder", "knowledge_item"):
        load(desk, kind)
    assert again(desk, changed(chain)) == 1
    assert found(desk, "KM1", "en").fields["title"] == "Title KM1"


def test_nothing_changes_where_only_the_row_did(loaded: Desk) -> None:
    assert again(loaded, changed(item()), links()) == 0


def _planned(desk: Desk) -> list:
    return [
        planned
        for kind in ("knowledge_item", "knowledge_links")
        for page in desk.store.records("it", "knowledge", kind, steps=False)
        for planned in page
    ]
