"""The knowledge base, in both its forms (knowledge base API after and before explorer migration).

After the migration items lie in folders, are changed by PATCH, and get no visibility when they are
made; before it items lie below items, are changed by POST, and may be made with a visibility, which
is never wider than that of the item above. `GET /explorer/migrated` says which of the two it is.

A list shows what has content in the language that is asked for, and `DEFAULT_LANGUAGE` is asked for
where none is; archived ones come only where the query speaks of `archived`. A new item or folder
takes over the visibility of the folder that it lies in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from migrate.simulate.topdesk import dates, fields, fiql
from migrate.simulate.topdesk.api import Call, Router, answer, envelope, no_content
from migrate.simulate.topdesk.fields import Refused, Table, is_uuid, unknown
from migrate.simulate.topdesk.kinds import name_of
from migrate.simulate.topdesk.knowledge_text import shaped
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

PATH = "/services/knowledge-base-v1"
DEFAULT_LANGUAGE = "en"
LANGUAGES = {"en": "English", "nb": "Norsk (bokmål)", "nn": "Norsk (nynorsk)"}
LIST_TYPE = "application/x.topdesk-kb-ki-list-v1+json"

_TEXTS = ("content", "description", "commentsForOperators")
_SSP = ("VISIBLE", "NOT_VISIBLE", "VISIBLE_IN_PERIOD")
_VISIBILITY: Table = {
    "sspVisibility": fields.one_of(*_SSP),
    "sspVisibleFrom": fields.date,
    "sspVisibleUntil": fields.date,
    "sspVisibilityFilteredOnBranches": fields.boolean,
    "operatorVisibilityFilteredOnBranches": fields.boolean,
}
_MUST = ("sspVisibility", "sspVisibilityFilteredOnBranches", "operatorVisibilityFilteredOnBranches")
HIDDEN = {
    "sspVisibility": "NOT_VISIBLE",
    "sspVisibilityFilteredOnBranches": False,
    "operatorVisibilityFilteredOnBranches": False,
}
_WIDTH = {"NOT_VISIBLE": 0, "VISIBLE_IN_PERIOD": 1, "VISIBLE": 2}
_TITLE: Table = {"title": fields.text(80)}
_FOLDER_TEXT: Table = {**_TITLE, "description": fields.text()}
_ITEM_TEXT: Table = {
    **_FOLDER_TEXT,
    "content": fields.text(),
    "commentsForOperators": fields.text(),
    "keywords": fields.text(50_000),
}
_LINK: Table = {"id": fields.text(450), "type": fields.text(), "date": fields.date}
_PARENT: Table = {"id": fields.anything, "number": fields.text()}


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
    (*_READ, "status", "urls", "news", "standardSolution", "content", "commentsForOperators")
    + ("keywords",),
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
_QUERYABLE = frozenset(
    ("parent", "visibility", "manager", "status", "standardSolution", "externalLink", "archived")
) | {"news", "number", "id"}
_PAGING = ("start", "page_size", "fields", "query", "language")


def add_routes(router: Router, migrated: bool) -> None:
    router.add("GET", f"{PATH}/explorer/migrated", partial(_migrated, migrated), shape=envelope)
    router.add("GET", f"{PATH}/knowledgeItemStatuses", _statuses, ("archived",), shape=envelope)
    router.add("GET", "/tas/api/languages", _languages)
    for family in (ITEMS, FOLDERS) if migrated else (OLD_ITEMS,):
        add = partial(router.add, shape=envelope)
        one = f"{family.path}/{{}}"
        add("GET", family.path, partial(_list, family), _PAGING)
        add("POST", family.path, partial(_create, family, migrated))
        add("GET", one, partial(_get, family), ("fields", "language"))
        add("PATCH" if migrated else "POST", one, partial(_change, family, migrated))
        add("POST", f"{one}/archive", partial(_archive, family, True))
        add("POST", f"{one}/unarchive", partial(_archive, family, False))
        translation = f"{one}/translations/{{}}"
        add("DELETE", translation, partial(_drop_translation, family))
        if migrated:
            add("POST", translation, partial(_add_translation, family, None))
            add("PATCH", translation, partial(_change_translation, family))
            add("POST", f"{one}/move", partial(_move, family))
        else:
            add("POST", f"{one}/translations", partial(_add_named_translation, family))
            add("POST", translation, partial(_change_translation, family))


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


def images_of(tenant: Tenant, card: Card | None) -> frozenset[str]:
    return frozenset(tenant.store.knowledge_images(card["id"])) if card else frozenset()


def _migrated(migrated: bool, tenant: Tenant, call: Call) -> Answer:
    return answer({"migrated": migrated})


def _statuses(tenant: Tenant, call: Call) -> Answer:
    found = [{"id": c["id"], "name": c["name"]} for c in tenant.cards["knowledge_status"]]
    return answer({"results": found})


def _languages(tenant: Tenant, call: Call) -> Answer:
    return answer(
        [
            {"id": tenant.operator["id"], "name": name, "languageCode": code}
            for code, name in LANGUAGES.items()
        ]
    )


def _list(family: Family, tenant: Tenant, call: Call) -> Answer:
    query = call.expression()
    language = _language(call.one("language") or DEFAULT_LANGUAGE)
    wanted = _wanted(family, call)
    start = call.integer("start", 0, 0, 2**31 - 1)
    size = call.integer("page_size", 100, 1, 1000)
    found = [card for card in _selected(tenant, family, query) if language in card["translations"]]
    found.sort(key=lambda card: str(card["number"]))
    shown = [_view(tenant, family, card, wanted, language) for card in found[start : start + size]]
    more = len(found) > start + size
    body: dict[str, Any] = {"item": shown}
    if more:
        body["next"] = f"{call.path}?start={start + size}&page_size={size}"
    return answer(body, 206 if more else 200, LIST_TYPE)


def _selected(tenant: Tenant, family: Family, query: fiql.Node | None) -> list[Card]:
    cards = tenant.cards[family.kind]
    if query is None:
        return [card for card in cards if not card.get("archived")]
    said = {comparison.selector for comparison in fiql.selectors(query)}
    for selector in said:
        if selector.partition(".")[0] not in _QUERYABLE:
            raise unknown(selector)
    candidates = list(cards)
    for selector, values in fiql.equalities(query):
        if selector == "externalLink.id":
            found = {c["id"]: c for value in values for c in cards.find("externalLinkId", value)}
            candidates = list(found.values())
            break
    return [
        card
        for card in candidates
        if ("archived" in said or not card.get("archived"))
        and fiql.matches(query, partial(_value, tenant, card))
    ]


def _value(tenant: Tenant, card: Card, selector: str) -> Any:
    head, _, rest = selector.partition(".")
    if head == "archived":
        return bool(card.get("archived"))
    value = card.get(head)
    if isinstance(value, dict):
        return value.get(rest or "id")
    if rest == "number" and head == "parent" and value:
        above = tenant.get("knowledge_folder", value) or tenant.get("knowledge_item", value)
        return above["number"] if above else None
    return value


def _get(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = find(tenant, family.kind, call.params[0])
    language = _language(call.one("language") or DEFAULT_LANGUAGE)
    if language not in card["translations"]:
        raise Refused(404, "There is no content in this language.", "not_found", "language")
    return answer(_view(tenant, family, card, _wanted(family, call), language))


def _create(family: Family, migrated: bool, tenant: Tenant, call: Call) -> Answer:
    table: dict[str, Any] = {
        "parent": fields.nested(_PARENT),
        "translation": fields.nested(
            {"language": fields.text(), "content": fields.nested(family.text)},
            ("language", "content"),
        ),
        "manager": fields.link,
        "externalLink": fields.nested(_LINK, ("id", "type")),
    }
    if family.kind == "knowledge_item":
        table["status"] = fields.link
        if not migrated:
            table["visibility"] = fields.nested(_VISIBILITY, _MUST)
    needed = ("parent", "translation") if family is ITEMS else ("translation",)
    body = call.checked(table, needed)
    translation = body["translation"]
    above = _parent(tenant, family, body.get("parent"))
    now, operator = tenant.now(), tenant.operator["id"]
    card: Card = {
        "id": tenant.new_id(),
        "number": _next_number(tenant, family),
        "parent": above["id"] if above else None,
        "translations": {
            _language(translation["language"]): _content(family, translation["content"], None)
        },
        "visibility": body.get("visibility") or (above or {}).get("visibility") or HIDDEN,
        "creationDate": now,
        "modificationDate": now,
        "creator": operator,
        "modifier": operator,
    }
    _set(tenant, card, body)
    _not_wider(tenant, card, migrated)
    tenant.put(family.kind, card)
    return answer({"id": card["id"], "number": card["number"]}, 201)


def _change(family: Family, migrated: bool, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    table: dict[str, Any] = {
        "manager": fields.link,
        "externalLink": fields.nested(_LINK, ("id", "type")),
        "visibility": fields.nested(_VISIBILITY, _MUST),
    }
    if family.kind == "knowledge_item":
        table["status"] = fields.link
        if not migrated:
            table["parent"] = fields.nested(_PARENT)
    body = call.checked(table)
    if body.get("parent"):
        above = _parent(tenant, family, body["parent"])
        card["parent"] = above["id"] if above else None
    if family is ITEMS and not card.get("parent"):
        raise Refused(400, "An item in the root can not be changed", "root_item")
    _set(tenant, card, body)
    if body.get("visibility"):
        card["visibility"] = _visibility(body["visibility"])
    _not_wider(tenant, card, migrated)
    _touch(tenant, family, card)
    return no_content()


def _set(tenant: Tenant, card: Card, body: Mapping[str, Any]) -> None:
    """Manager, status and external link; null empties them."""
    for name, kinds in (("manager", ("operator", "operator_group")), ("status", _STATUS)):
        if name in body:
            value = body[name]
            if value and not any(tenant.get(kind, value) for kind in kinds):
                raise fields.not_found(f"{name}.id")
            card[name] = value
    if "externalLink" in body:
        link = body["externalLink"]
        if link is not None and (not link["type"].lstrip("-").isdigit() or int(link["type"]) == 0):
            raise fields.unparsable("externalLink.type")
        card["externalLink"] = link
        card["externalLinkId"] = link["id"] if link else None


_STATUS = ("knowledge_status",)


def _visibility(given: Mapping[str, Any]) -> dict[str, Any]:
    period = given["sspVisibility"] == "VISIBLE_IN_PERIOD"
    if period and not (given.get("sspVisibleFrom") and given.get("sspVisibleUntil")):
        raise fields.missing("visibility.sspVisibleFrom")
    names = (*_MUST, "sspVisibleFrom", "sspVisibleUntil") if period else _MUST
    return {name: given[name] for name in names}


def _not_wider(tenant: Tenant, card: Card, migrated: bool) -> None:
    """Before the migration an item is never more visible than the one above it."""
    above = None if migrated else tenant.get("knowledge_item", card.get("parent"))
    if above and _width(card) > _width(above):
        raise Refused(
            400, "An item can not be more visible than its parent", "item_visibility_invalid"
        )


def _width(card: Card) -> int:
    return _WIDTH[card["visibility"]["sspVisibility"]]


def _archive(family: Family, archived: bool, tenant: Tenant, call: Call) -> Answer:
    card = {**find(tenant, family.kind, call.params[0]), "archived": archived}
    _touch(tenant, family, card)
    return no_content()


def _move(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    body = call.checked({"parent": fields.nested(_PARENT)}, ("parent",))
    above = _parent(tenant, family, body["parent"])
    if above is not None:
        card |= {"parent": above["id"], "visibility": above["visibility"]}
    _touch(tenant, family, card)
    return no_content()


def _add_named_translation(family: Family, tenant: Tenant, call: Call) -> Answer:
    table = {"language": fields.text(), "content": fields.nested(family.text)}
    body = call.checked(table, ("language", "content"))
    return _add_translation(family, (body["language"], body["content"]), tenant, call)


def _add_translation(
    family: Family, given: tuple[str, dict[str, Any]] | None, tenant: Tenant, call: Call
) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    language, content = given or (call.params[1], call.checked(family.text, ("title",)))
    if _language(language) in card["translations"]:
        raise Refused(400, "The translation already exists.", "duplicate_value", "language")
    made = _content(family, content, images_of(tenant, card))
    card["translations"] = {**card["translations"], language: made}
    _touch(tenant, family, card)
    return no_content()


def _change_translation(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    language = _language(call.params[1])
    if language not in card["translations"]:
        raise Refused(404, "There is no content in this language.", "not_found", "language")
    given = call.checked(family.text)
    content = {**card["translations"][language], **given}
    made = _content(family, content, images_of(tenant, card))
    card["translations"] = {**card["translations"], language: made}
    _touch(tenant, family, card)
    return no_content()


def _drop_translation(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    left = {k: v for k, v in card["translations"].items() if k != call.params[1]}
    if not left:
        raise Refused(400, "The last translation can not be deleted", "last_translation")
    card["translations"] = left
    _touch(tenant, family, card)
    return no_content()


def _content(
    family: Family, given: Mapping[str, Any], images: frozenset[str] | None
) -> dict[str, Any]:
    title = given.get("title")
    if not title:
        raise fields.missing("translation.content.title")
    made = {name: value for name, value in given.items() if value is not None}
    for name in _TEXTS:
        if name in made:
            made[name] = shaped(made[name], images or frozenset(), name)
    return made


def _touch(tenant: Tenant, family: Family, card: Card) -> None:
    card |= {"modificationDate": tenant.now(), "modifier": tenant.operator["id"]}
    tenant.put(family.kind, card)


def _parent(tenant: Tenant, family: Family, given: Mapping[str, Any] | None) -> Card | None:
    if not given:
        return None
    identifier = given.get("id") or given.get("number")
    if not identifier:
        raise fields.missing("parent.id")
    try:
        return changeable(find(tenant, family.parents, str(identifier)))
    except Refused:
        raise fields.not_found("parent") from None


def _next_number(tenant: Tenant, family: Family) -> str:
    return family.number.format(len(tenant.cards[family.kind]) + 1)


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise Refused(400, "The language is not in the list.", "value_not_found", "language")
    return code


def _wanted(family: Family, call: Call) -> list[str]:
    names = [name.strip() for name in (call.one("fields") or "").split(",") if name.strip()]
    for name in names:
        if name.partition(".")[0] not in family.readable:
            raise unknown(name)
    return [name.partition(".")[0] for name in names]


def _view(
    tenant: Tenant, family: Family, card: Card, wanted: list[str], language: str
) -> dict[str, Any]:
    """Id and number, and the fields that were asked for, where they are filled."""
    shown: dict[str, Any] = {"id": card["id"], "number": card["number"]}
    content: dict[str, Any] = {}
    for name in wanted:
        if name in family.text:
            if (text := card["translations"][language].get(name)) is not None:
                content[name] = text
        elif name in _VIEWS and (value := _VIEWS[name](tenant, card)) is not None:
            shown[name] = value
    if content or "language" in wanted:
        shown["translation"] = {"language": language, "content": content}
    return shown


def _named(name: str, *kinds: str) -> Callable[[Tenant, Card], Any]:
    def view(tenant: Tenant, card: Card) -> Any:
        for kind in kinds:
            if (found := tenant.get(kind, card.get(name))) is not None:
                called = name_of(kind, found) if "translations" not in found else found["number"]
                return {"id": found["id"], "name": called}
        return None

    return view


def _shown_visibility(tenant: Tenant, card: Card) -> dict[str, Any]:
    visibility = dict(card["visibility"])
    for name in ("sspVisibleFrom", "sspVisibleUntil"):
        if name in visibility:
            visibility[name] = dates.short(visibility[name])
    return {**visibility, "publicKnowledgeItem": False}


def _urls(tenant: Tenant, card: Card) -> dict[str, str]:
    id = card["id"].replace("-", "")
    return {
        "operator": f"/tas/secure/knowledgeitem?unid={id}",
        "ssp": f"/tas/public/ssp/content/detail/knowledgeitem?unid={id}",
    }


_VIEWS: dict[str, Callable[[Tenant, Card], Any]] = {
    "parent": _named("parent", "knowledge_folder", "knowledge_item"),
    "manager": _named("manager", "operator", "operator_group"),
    "status": _named("status", "knowledge_status"),
    "creator": _named("creator", "operator"),
    "modifier": _named("modifier", "operator"),
    "creationDate": lambda tenant, card: dates.short(card["creationDate"]),
    "modificationDate": lambda tenant, card: dates.short(card["modificationDate"]),
    "visibility": _shown_visibility,
    "externalLink": lambda tenant, card: card.get("externalLink"),
    "availableTranslations": lambda tenant, card: list(card["translations"]),
    "archived": lambda tenant, card: bool(card.get("archived")),
    "news": lambda tenant, card: False,
    "urls": _urls,
}


def told(value: Any, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(value))
