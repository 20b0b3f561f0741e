"""Knowledge items and folders (knowledge base API), after and before the explorer migration.

After it items lie in folders and are changed by PATCH; before it there are no folders, items lie
below items, and what changes one is a POST. `GET /explorer/migrated` says which of the two a
TOPdesk has, and is there until 31 December 2026: where it is no more, the migration is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from migrate.load.form import Form
from migrate.load.http import JSON, Http, Reply, query_string
from migrate.load.topdesk.paging import (
    Paging,
    Record,
    Refused,
    listed,
    one,
    pages,
    part,
    records,
    single,
)

BASE = "/services/knowledge-base-v1"
ITEMS = f"{BASE}/knowledgeItems"
FOLDERS = f"{BASE}/folders"

# What clients of a live TOPdesk send and accept; of plain JSON nobody says whether it is taken.
_NEW_ITEM = "application/x.topdesk-kb-create-ki-v1+json"
_NEW_TRANSLATION = "application/x.topdesk-kb-create-translation-v1+json"
_LIST = f"application/x.topdesk-kb-ki-list-v1+json, {JSON}"
_ONE = f"application/x.topdesk-kb-ki-v1+json, {JSON}"


class Variant(Enum):
    """Which of the two forms of the API a TOPdesk has."""

    FOLDERS = "folders"
    ITEMS = "items"


def form_of(http: Http) -> Variant:
    """Asks. Raises Refused where knowledge may not be read (403)."""
    path = f"{BASE}/explorer/migrated"
    reply = http.read(path)
    if reply.status in (400, 404, 410):
        return Variant.FOLDERS
    if reply.status >= 300:
        raise Refused(path, reply.status)
    return Variant.ITEMS if reply.record.get("migrated") is False else Variant.FOLDERS


def ask(http: Http) -> None:
    """Raises Refused where there are no items to be asked for: not every TOPdesk has the interface
    switched on."""
    records(http.read(ITEMS, query_string(page_size=1), _LIST), ITEMS)


def path_of(kind: str, form: Variant) -> str:
    """Where records of a kind lie: before the migration folders are items."""
    folders = kind == "knowledge_folder" and form is Variant.FOLDERS
    return FOLDERS if folders else ITEMS


def create(http: Http, path: str, body: Mapping[str, Any]) -> Reply:
    """201 with id and number. An item gets no visibility here, and may take over its folder's."""
    return http.send("POST", path, body, media=_NEW_ITEM if path == ITEMS else JSON)


def update(http: Http, path: str, form: Variant, id: str, body: Mapping[str, Any]) -> Reply:
    """204. What is not in the body stays; null empties a field."""
    return http.send(_CHANGE[form], f"{path}/{part(id)}", body)


def translate(
    http: Http, form: Variant, id: str, language: str, content: Mapping[str, Any]
) -> Reply:
    """Add a translation of an item: 204."""
    there = f"{ITEMS}/{part(id)}/translations"
    if form is Variant.ITEMS:
        body = {"language": language, "content": content}
        return http.send("POST", there, body, media=_NEW_TRANSLATION)
    return http.send("POST", f"{there}/{part(language)}", content, media=_NEW_TRANSLATION)


def retell(
    http: Http, path: str, form: Variant, id: str, language: str, content: Mapping[str, Any]
) -> Reply:
    """Change a translation that is there: 204."""
    return http.send(_CHANGE[form], f"{path}/{part(id)}/translations/{part(language)}", content)


_CHANGE = {Variant.FOLDERS: "PATCH", Variant.ITEMS: "POST"}


def archive(http: Http, path: str, id: str, *, back: bool) -> Reply:
    """204, also where there is nothing to do. A folder takes with it all that lies in it."""
    return http.send("POST", f"{path}/{part(id)}/{'unarchive' if back else 'archive'}")


def get(http: Http, path: str, id: str, fields: str, language: str) -> Record | None:
    """None too where it has no content in the language. A 400 is about `fields` or `language`: the
    knowledge base says 404 of what it does not have."""
    there = f"{path}/{part(id)}"
    reply = http.read(there, query_string(fields=fields, language=language), _ONE)
    return one(http, there, reply, missing=(404,))


def search(http: Http, path: str, query: str, fields: str, language: str) -> Iterator[Record]:
    """Those with content in the language; without `fields` an answer has id and number alone."""
    return pages(
        http, path, Paging.SNAKE, 1000, _LIST, query=query, fields=fields, language=language
    )


def add_image(http: Http, id: str, form: Form) -> Reply:
    """201 without a body; 409 where an image of that name is there."""
    return http.upload(f"{ITEMS}/{part(id)}/images", form)


def images(http: Http, id: str) -> list[Any]:
    """The names of the images, as texts."""
    return _hanging(http, id, "images")


def attach(http: Http, id: str, form: Form) -> Reply:
    """201 without a body. Each call adds one, also of the same name."""
    return http.upload(f"{ITEMS}/{part(id)}/attachments", form)


def attachments(http: Http, id: str) -> list[Any]:
    return _hanging(http, id, "attachments")


def download(http: Http, id: str, folder: str, name: str, size: int) -> str:
    """The SHA-256, in hex, of an image (by its name) or attachment (by its id); empty where there
    is none."""
    reply = http.digest(f"{ITEMS}/{part(id)}/{folder}/{part(name)}/download", size)
    return str(reply.data) if reply.status == 200 else ""


def statuses(http: Http) -> list[Record]:
    return [row for row in _results(http, f"{BASE}/knowledgeItemStatuses") if isinstance(row, dict)]


def languages(http: Http) -> list[Record]:
    reply = http.read("/tas/api/languages")
    return [] if reply.status == 404 else records(reply, "/tas/api/languages")


def _hanging(http: Http, id: str, name: str) -> list[Any]:
    """What hangs on an item; nothing where the item is not there. A TOPdesk that has the item and
    not the list would else be believed to have lost it."""
    path = f"{ITEMS}/{part(id)}/{name}"
    reply = http.read(path)
    if reply.status == 404 and single(http, f"{ITEMS}/{part(id)}", _ONE) is None:
        return []
    return listed(reply, path)


def _results(http: Http, path: str) -> list[Any]:
    reply = http.read(path)
    if reply.status == 404:
        return []
    return listed(reply, path)
