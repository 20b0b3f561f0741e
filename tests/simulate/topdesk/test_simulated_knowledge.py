"""The simulated knowledge base in both its forms, and services, over plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from simulated_desk import NOBODY, seed

from migrate.simulate.topdesk.server import Settings, TopdeskServer

HIDDEN = {
    "sspVisibility": "NOT_VISIBLE",
    "sspVisibilityFilteredOnBranches": False,
    "operatorVisibilityFilteredOnBranches": False,
}
VISIBLE = {**HIDDEN, "sspVisibility": "VISIBLE"}


@dataclass
class Base:
    """Plain requests below the knowledge base's path."""

    server: TopdeskServer
    session: requests.Session
    migrated: bool

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        url = f"{self.server.url}/services/knowledge-base-v1/{path}"
        return self.session.request(method, url, json=json, timeout=10, **more)

    def make(self, title: str = "Slik gjør du", **more: Any) -> str:
        """An item in a folder (or below an item) of its own; returns its id."""
        above = "folders" if self.migrated else "knowledgeItems"
        parent = self.done("POST", above, {"translation": text("Kunnskap")}, 201)["id"]
        body = {"parent": {"id": parent}, "translation": text(title), **more}
        return str(self.done("POST", "knowledgeItems", body, 201)["id"])

    def done(self, method: str, path: str, json: Any = None, status: int = 204, **more: Any) -> Any:
        response = self(method, path, json, **more)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def code(self, method: str, path: str, json: Any = None, status: int = 400) -> str:
        return str(self.done(method, path, json, status)["errors"][0]["errorCode"])

    @property
    def change(self) -> str:
        return "PATCH" if self.migrated else "POST"

    def item(self, id: str, fields: str, language: str = "nb") -> Any:
        found = self("GET", f"knowledgeItems/{id}", params={"fields": fields, "language": language})
        return found.json() if found.status_code == 200 else None


def text(title: str, content: str | None = None) -> dict[str, Any]:
    told = {"title": title, **({"content": content} if content is not None else {})}
    return {"language": "nb", "content": told}


@pytest.fixture(params=[True, False], ids=["after", "before"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Base]:
    settings = Settings(tmp_path / "topdesk.db", seed(), migrated=request.param)
    with TopdeskServer(settings) as server, requests.Session() as session:
        session.trust_env = False
        session.auth = server.auth
        yield Base(server, session, request.param)


def test_it_says_which_form_it_has(base: Base):
    found = base.done("GET", "explorer/migrated", status=200)
    assert found == {"migrated": base.migrated}
    assert base("GET", "folders").status_code == (200 if base.migrated else 404)


def test_an_answer_has_id_and_number_and_what_was_asked_for(base: Base):
    id = base.make()
    assert set(base.item(id, "")) == {"id", "number"}
    found = base.item(id, "title,visibility,urls")
    assert found["translation"] == {"language": "nb", "content": {"title": "Slik gjør du"}}
    assert found["visibility"]["sspVisibility"] == "NOT_VISIBLE"
    assert set(found["urls"]) == {"operator", "ssp"}


def test_what_has_no_content_in_a_language_is_not_there_in_it(base: Base):
    id = base.make()
    assert base.item(id, "title", "en") is None
    listed = base.done("GET", "knowledgeItems", status=200)
    assert listed["item"] == []
    listed = base.done("GET", "knowledgeItems", status=200, params={"language": "nb"})
    assert id in [row["id"] for row in listed["item"]]


def test_items_are_found_by_their_external_link(base: Base):
    id = base.make(externalLink={"id": "KM0257", "type": "4711"})
    base.make(externalLink={"id": "KM0258", "type": "4711"})
    query = "externalLink.id=in=(KM0257,KM9)"
    found = base.done(
        "GET", "knowledgeItems", status=200, params={"query": query, "language": "nb"}
    )
    assert [row["id"] for row in found["item"]] == [id]
    base.done("POST", f"knowledgeItems/{id}/archive")
    for asked, ids in ((query, []), (f"({query});archived==true", [id])):
        params = {"query": asked, "language": "nb"}
        found = base.done("GET", "knowledgeItems", status=200, params=params)
        assert [row["id"] for row in found["item"]] == ids


def test_a_visibility_needs_all_its_fields_and_a_period_both_its_ends(base: Base):
    id = base.make()
    path = f"knowledgeItems/{id}"
    half = {"visibility": {"sspVisibility": "VISIBLE"}}
    assert base.code(base.change, path, half) == "value_mandatory"
    period = {"visibility": {**HIDDEN, "sspVisibility": "VISIBLE_IN_PERIOD"}}
    assert base.code(base.change, path, period) == "value_mandatory"
    base.done(base.change, path, {"visibility": HIDDEN})


def test_a_picture_is_there_before_the_text_that_shows_it(base: Base):
    id = base.make()
    path = f"knowledgeItems/{id}"
    shown = {"content": '<img src="a.png" width="1" height="2">'}
    there = f"{path}/translations/nb"
    assert base.code(base.change, there, shown) == "image_not_found"
    first = base("POST", f"{path}/images", files={"file": ("a.png", b"png")})
    assert (first.status_code, first.content) == (201, b"")
    again = base("POST", f"{path}/images", files={"file": ("a.png", b"png")})
    assert again.status_code == 409
    assert base.done("GET", f"{path}/images", status=200) == {"results": ["a.png"]}
    base.done(base.change, there, shown)
    assert base.item(id, "content")["translation"]["content"]["content"] == shown["content"]
    no_size = {"content": '<img src="a.png">'}
    assert base.code(base.change, there, no_size) == "image_size_missing"


def test_attachments_answer_without_a_body_and_are_listed(base: Base):
    id = base.make()
    path = f"knowledgeItems/{id}/attachments"
    for _ in range(2):
        sent = base(
            "POST", path, files={"file": ("x.doc", b"ord")}, data={"description": "[KM1/a/0a]"}
        )
        assert (sent.status_code, sent.content) == (201, b"")
    found = base.done("GET", path, status=200)["results"]
    assert [(row["filename"], row["size"]) for row in found] == [("x.doc", 3), ("x.doc", 3)]
    assert base.server.census()["duplicates"]["knowledge_file"] == {id: 2}
    assert base("GET", f"{path}/{found[0]['id']}/download").content == b"ord"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>a</p><h2>b</h2>", "<p>a</p><br>b"),
        ('<script>x</script><a href="/q" onclick="y">z</a>', 'x<a href="/q">z</a>'),
        ("<b>a</b><br/>", "<b>a</b><br>"),
    ],
)
def test_only_a_few_tags_are_kept(base: Base, given: str, kept: str):
    id = base.make()
    base.done(base.change, f"knowledgeItems/{id}/translations/nb", {"content": given})
    assert base.item(id, "content")["translation"]["content"]["content"] == kept


def test_texts_and_titles_have_an_end(base: Base):
    id = base.make()
    path = f"knowledgeItems/{id}/translations/nb"
    base.done(base.change, path, {"content": f"<b>{'x' * 50_000}</b>"})
    assert base.code(base.change, path, {"content": "x" * 50_001}) == "value_too_long"
    assert base.code(base.change, path, {"title": "x" * 81}) == "value_too_long"


def test_a_second_translation_is_added_once(base: Base):
    id = base.make()
    path = f"knowledgeItems/{id}/translations"
    body = {"title": "How to", "content": "x"}
    if base.migrated:
        base.done("POST", f"{path}/en", body)
        assert base.code("POST", f"{path}/en", body) == "duplicate_value"
    else:
        told = {"language": "en", "content": body}
        base.done("POST", path, told)
        assert base.code("POST", path, told) == "duplicate_value"
    found = base.item(id, "availableTranslations", "en")
    assert found["availableTranslations"] == ["nb", "en"]


def test_what_is_not_there_is_refused(base: Base):
    body = {"parent": {"id": NOBODY}, "translation": text("x")}
    assert base.code("POST", "knowledgeItems", body) == "value_not_found"
    told = {"translation": {"language": "zz", "content": {"title": "x"}}}
    above = "folders" if base.migrated else "knowledgeItems"
    assert base.code("POST", above, told) == "value_not_found"
    id = base.make()
    status = {"status": {"id": NOBODY}}
    assert base.code(base.change, f"knowledgeItems/{id}", status) == "value_not_found"


def test_after_the_migration_an_item_has_no_visibility_of_its_own_at_first(tmp_path: Path):
    with TopdeskServer(Settings(tmp_path / "topdesk.db", seed())) as server:
        session = requests.Session()
        session.trust_env = False
        session.auth = server.auth
        base = Base(server, session, True)
        folder = base.done("POST", "folders", {"translation": text("Åpent")}, 201)["id"]
        base.done("PATCH", f"folders/{folder}", {"visibility": VISIBLE})
        body = {"parent": {"id": folder}, "translation": text("x"), "visibility": HIDDEN}
        assert base.code("POST", "knowledgeItems", body) == "field_does_not_exist"
        body.pop("visibility")
        id = base.done("POST", "knowledgeItems", body, 201)["id"]
        assert base.item(id, "visibility")["visibility"]["sspVisibility"] == "VISIBLE"
        session.close()


def test_before_it_an_item_is_never_more_visible_than_the_one_above(tmp_path: Path):
    with TopdeskServer(Settings(tmp_path / "topdesk.db", seed(), migrated=False)) as server:
        session = requests.Session()
        session.trust_env = False
        session.auth = server.auth
        base = Base(server, session, False)
        id = base.make()
        told = {"visibility": VISIBLE}
        assert base.code("POST", f"knowledgeItems/{id}", told) == "item_visibility_invalid"
        session.close()


def test_services_are_made_and_never_changed_and_their_names_may_repeat(base: Base):
    url = f"{base.server.url}/tas/api/services"
    for _ in range(2):
        made = base.session.post(url, json={"name": "VPN"}, timeout=10)
        assert made.status_code == 201
    listed = base.session.get(url, params={"$top": "10000"}, timeout=10).json()["results"]
    assert [row["name"] for row in listed] == ["VPN", "VPN"]
    assert base.server.census()["duplicates"]["service.name"] == {"vpn": 2}
    one = f"{url}/{listed[0]['id']}"
    assert base.session.get(one, timeout=10).json()["archived"] is False
    assert base.session.patch(one, json={"name": "x"}, timeout=10).status_code == 405
    assert base.session.delete(one, timeout=10).status_code == 405
