"""How the knowledge base is asked: lists, single items and folders, fields and filters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from migrate.simulate.topdesk import dates, fiql
from migrate.simulate.topdesk.api import Call, answer
from migrate.simulate.topdesk.fields import Refused, unknown
from migrate.simulate.topdesk.kinds import name_of
from migrate.simulate.topdesk.knowledge_fields import (
    DEFAULT_LANGUAGE,
    Family,
    find,
    language_of,
)
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

LIST_TYPE = "application/x.topdesk-kb-ki-list-v1+json"
_QUERYABLE = frozenset(
    ("parent", "visibility", "manager", "status", "standardSolution", "externalLink", "archived")
) | {"news", "number", "id"}
PAGING = ("start", "page_size", "fields", "query", "language")


def list_all(family: Family, tenant: Tenant, call: Call) -> Answer:
    query = call.expression()
    language = language_of(call.one("language") or DEFAULT_LANGUAGE)
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


def get_one(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = find(tenant, family.kind, call.params[0])
    language = language_of(call.one("language") or DEFAULT_LANGUAGE)
    if language not in card["translations"]:
        raise Refused(404, "There is no content in this language.", "not_found", "language")
    return answer(_view(tenant, family, card, _wanted(family, call), language))


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
