"""The knowledge base as TOPdesks may answer that are not like the simulated one."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from migrate.config import TargetConfig
from migrate.errors import ConfigurationError
from migrate.facts import target_facts
from migrate.load.keys import look_for
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.topdesk.knowledge_base import with_addresses
from migrate.records import Answer, Operation, OpKey
from migrate.transform.content_mapping import ServiceEntry
from migrate.transform.mapping import Mappings, Unit, UnitFile

LINK = {"id": "KM1", "type": "4711"}


@pytest.fixture
def base(serve, connect) -> Callable[..., tuple[Any, TopdeskTarget]]:
    def make(answer, **settings):
        server = serve(answer)
        http = connect(server.url, **settings)
        config = TargetConfig(url=server.url, **settings)
        return server, TopdeskTarget(http, config, lambda digest: io.BytesIO())

    return make


def listing(request, items=()):
    """What most TOPdesks say: the form after the migration, two languages, these items."""
    if request.path.endswith("/explorer/migrated"):
        return 200, {"migrated": True}
    if request.path.endswith("/languages"):
        return 200, [{"languageCode": "nb"}, {"languageCode": "nl"}]
    return 200, {"item": list(items)}


def find(target, *ids):
    return [each.id for each in target.find("knowledge_item", "externalLink.id", list(ids))]


def test_only_languages_that_topdesk_has_are_asked_for(base):
    server, target = base(lambda request: listing(request, [{"id": "1", "externalLink": LINK}]))
    assert find(target, "KM1") == ["1"]
    asked = {r.query["language"] for r in server.requests if "knowledgeItems" in r.path}
    assert asked == {"nb"}


def test_where_the_question_about_the_form_is_gone_the_migration_is_over(base):
    def answer(request):
        return (404, None) if "migrated" in request.path else listing(request)

    _, target = base(answer)
    assert target.knowledge.info().folders
    assert find(target, "KM1") == []


def test_a_topdesk_that_takes_one_value_at_a_time_is_asked_for_each(base):
    def answer(request):
        if "=in=" in request.query.get("query", ""):
            return 400, {"errors": [{"errorCode": "x"}]}
        return listing(request, [{"id": "1", "externalLink": LINK}])

    _, target = base(answer)
    assert find(target, "KM1", "KM2") == ["1"]


def test_an_article_is_its_own_though_topdesk_does_not_show_its_link(base):
    def answer(request):
        there = "externalLink.id==KM1);archived==false" in request.query.get("query", "")
        return listing(request, [{"id": "1", "number": "KI 1"}] if there else [])

    _, target = base(answer)
    create = Operation(OpKey("hpsm", "knowledge_item", "KM1", "create", 0), {"externalLink": LINK})
    assert [each.id for each in look_for(target, create)] == ["1"]


def test_a_filter_that_finds_everything_is_not_believed(base):
    _, target = base(lambda request: listing(request, [{"id": "1", "number": "KI 1"}]))
    with pytest.raises(ConfigurationError) as error:
        find(target, "KM1")
    assert error.value.problems[0].code == "lookup-refused"


def test_a_refused_question_does_not_say_that_an_article_is_gone(base):
    _, target = base(
        lambda request: (400, None) if request.path.endswith("/1") else listing(request)
    )
    with pytest.raises(ConfigurationError):
        target.knowledge.item("1", "nb")


def test_where_no_external_link_is_shown_the_filter_is_believed(base):
    def answer(request):
        there = (
            "KM1" in request.query.get("query", "") and "archived==false" in request.query["query"]
        )
        return listing(request, [{"id": "1", "number": "KI 1"}] if there else [])

    _, target = base(answer)
    assert find(target, "KM1", "KM2") == ["1"]


def test_an_account_that_may_not_read_knowledge_is_told_so(base):
    _, target = base(lambda request: (403, None))
    with pytest.raises(ConfigurationError) as error:
        find(target, "KM1")
    assert error.value.problems[0].code == "permission-missing"


@pytest.mark.parametrize("heeds", [False, True])
def test_a_topdesk_that_knows_texts_by_the_translation_alone_is_asked_so(base, heeds):
    """One refuses the names of the texts, one leaves them out."""
    known = {"parent", "visibility", "manager", "externalLink", "availableTranslations"}
    whole = {"id": "1", "number": "FOLD-1", "externalLink": LINK, "parent": {"id": "0"}}
    whole["translation"] = {"language": "nb", "content": {"title": "Kunnskap"}}

    def answer(request):
        names = set(request.query.get("fields", "").split(","))
        if not request.path.endswith(("/folders", "/folders/1")):
            return listing(request)
        if heeds and not names <= known | {"translation"}:
            return 400, {"errors": [{"errorCode": "invalid_field"}]}
        record = {name: whole[name] for name in names & whole.keys() | {"id", "number"}}
        archived = "archived==true" in request.query.get("query", "")
        if request.path.endswith("/1"):
            return 200, record
        return 200, {"item": [] if archived else [record]}

    server, target = base(answer)
    assert [each.fields["path"] for each in target.index("knowledge_folder")] == ["Kunnskap"]
    asked = len(server.requests)
    assert target.knowledge.item("1", "nb", "knowledge_folder").name == "Kunnskap"
    assert len(server.requests) == asked + 1  # what was learned is asked at once


def test_a_topdesk_without_the_knowledge_base_is_not_said_to_lack_a_status(base):
    _, target = base(lambda request: (404, None) if "knowledge" in request.path else (200, []))
    with pytest.raises(ConfigurationError) as error:
        target.knowledge.info()
    assert error.value.problems[0].code == "interface-missing"


@pytest.mark.parametrize("decided", [False, True])
def test_services_that_may_not_be_read_matter_only_where_one_is_decided_on(base, decided):
    def answer(request):
        if request.path.endswith("/tas/api/services"):
            return 403, None
        listed = "knowledge" not in request.path and not request.path.endswith("/persons")
        return (200, []) if listed else listing(request)

    _, target = base(answer)
    file = UnitFile(name="IT", branch="IT", groups=[], knowledge=["IT"])
    entry = ServiceEntry(source="VPN", decision={"action": "leave", "reason": "nei"})
    unit = Unit("it", file, {}, {}, services={"VPN": entry} if decided else {})
    with pytest.raises(ConfigurationError) if decided else nullcontext():
        assert target_facts(target, Mappings(units={"it": unit})).services == frozenset()


def operation(step, body, marker=""):
    return Operation(OpKey("hpsm", "knowledge_item", "KM1", step, 0), body, "item", marker)


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (201, {}, Answer.DONE),
        (409, {}, Answer.DONE),
        (400, {}, Answer.REFUSED),
        (500, {}, Answer.IN_DOUBT),
    ],
)
def test_a_picture_that_is_there_already_is_ours(base, status, headers, answer):
    def told(request):
        if request.method == "POST":
            return status, None if status == 201 else {"errors": []}, headers
        return listing(request)

    _, target = base(told)
    image = operation("image/0a", {"name": "0a.png", "data": "eA==", "size": 1}, "0a.png")
    assert target.write(image).answer is answer


def test_a_create_is_sent_with_its_own_type_and_nothing_that_it_does_not_take(base):
    def told(request):
        if request.method == "POST":
            return 201, {"id": "item", "number": "KI 0001"}
        return listing(request)

    server, target = base(told)
    body = {"parent": {"id": "f"}, "language": "nb", "title": "T", "externalLink": LINK}
    outcome = target.write(operation("create", body))
    assert (outcome.answer, outcome.target_id, outcome.number) == (Answer.DONE, "item", "KI 0001")
    sent = server.requests[-1]
    assert sent.headers["content-type"] == "application/x.topdesk-kb-create-ki-v1+json"
    assert sent.json == {
        "parent": {"id": "f"},
        "externalLink": LINK,
        "translation": {"language": "nb", "content": {"title": "T"}},
    }


@pytest.mark.parametrize(
    ("addresses", "html"),
    [
        ({}, "Se mer."),
        ({0: "https://x.no/?a=1&b=2"}, 'Se <a href="https://x.no/?a=1&amp;b=2">mer</a>.'),
        ({1: "https://x.no/"}, "Se mer."),
    ],
)
def test_numbered_links_get_their_address_or_become_text(addresses, html):
    assert with_addresses('Se <a href="#migrate-0">mer</a>.', addresses) == html
