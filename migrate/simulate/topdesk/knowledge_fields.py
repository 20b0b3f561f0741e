"""What knowledge items and folders are made of, in either form of the API: fields, languages, and
how one is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.fields import Refused, Table, is_uuid
from migrate.simulate.topdesk.tenant import Card, Tenant

PATH = "/services/knowledge-base-v1"
DEFAULT_LANGUAGE = "en"
LANGUAGES = {"en": "English", "nb": "Norsk (bokmål)", "nn": "Norsk (nynorsk)"}

TEXTS = ("content", "description", "commentsForOperators")
_SSP = ("VISIBLE", "NOT_VISIBLE", "VISIBLE_IN_PERIOD")
VISIBILITY: Table = {
    "sspVisibility": fields.one_of(*_SSP),
    "sspVisibleFrom": fields.date,
    "sspVisibleUntil": fields.date,
    "sspVisibilityFilteredOnBranches": fields.boolean,
    "operatorVisibilityFilteredOnBranches": fields.boolean,
}
MUST = ("sspVisibility", "sspVisibilityFilteredOnBranches", "operatorVisibilityFilteredOnBranches")
HIDDEN = {
    "sspVisibility": "NOT_VISIBLE",
    "sspVisibilityFilteredOnBranches": False,
    "operatorVisibilityFilteredOnBranches": False,
}
WIDTH = {"NOT_VISIBLE": 0, "VISIBLE_IN_PERIOD": 1, "VISIBLE": 2}
_TITLE: Table = {"title": fields.text(80)}
_FOLDER_TEXT: Table = {**_TITLE, "description": fields.text()}
_ITEM_TEXT: Table = {
    **_FOLDER_TEXT,
    "content": fields.text(),
    "commentsForOperators": fields.text(),
    "keywords": fields.text(50_000),
}
LINK: Table = {"id": fields.text(450), "type": fields.text(), "date": fields.date}
PARENT: Table = {"id": fields.anything, "number": fields.text()}


@dataclass(frozen=True, eq=False)
class Family:
    """Items or folders: the kind of their cards, their path and the form of their numbers."""

    kind: str
    path: str
    number: str
    text: Table
    parents: str
    readable: tuple[str, ...]


_READ = (
    "parent",
    "visibility",
    "manager",
    "externalLink",
    "creator",
    "creationDate",
    "modifier",
    "modificationDate",
    "availableTranslations",
    "language",
    "title",
    "description",
    "archived",
)
ITEMS = Family(
    "knowledge_item",
    f"{PATH}/knowledgeItems",
    "KI {:04d}",
    _ITEM_TEXT,
    "knowledge_folder",
    (*_READ, "status", "urls", "news", "standardSolution", *TEXTS, "keywords"),
)
OLD_ITEMS = Family(
    "knowledge_item", ITEMS.path, ITEMS.number, _ITEM_TEXT, "knowledge_item", ITEMS.readable
)
FOLDERS = Family(
    "knowledge_folder",
    f"{PATH}/folders",
    "FOLD-{:04d}",
    _FOLDER_TEXT,
    "knowledge_folder",
    _READ,
)


def find(tenant: Tenant, kind: str, identifier: str) -> Card:
    """The item or folder with this id or number. Raises Refused 404."""
    card = tenant.get(kind, identifier.lower()) if is_uuid(identifier) else None
    if card is None:
        found = tenant.cards[kind].find("number", identifier)
        card = found[0] if found else None
    if card is None:
        raise Refused(404, "The entity could not be found.", "not_found", "identifier")
    return card


def changeable(card: Card) -> Card:
    if card.get("archived"):
        raise Refused(400, "An archived card can not be changed", "archived")
    return card


def language_of(code: str) -> str:
    if code not in LANGUAGES:
        raise Refused(400, "The language is not in the list.", "value_not_found", "language")
    return code


def errors(error: Refused) -> Any:
    """`{"errors": [{…}]}` in which `appliesTo` is one name, as only the knowledge base has it."""
    told = {"errorCode": error.code, "errorMessage": error.message}
    return {"errors": [told | ({"appliesTo": error.field} if error.field else {})]}
