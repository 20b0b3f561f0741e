"""The knowledge base, in both its forms (knowledge base API after and before explorer migration).

After the migration items lie in folders, are changed by PATCH, and get no visibility when they are
made; before it items lie below items, are changed by POST, and may be made with a visibility, which
is never wider than that of the item above. `GET /explorer/migrated` says which of the two it is.

A list shows what has content in the language that is asked for, and `DEFAULT_LANGUAGE` is asked for
where none is; archived ones come only where the query speaks of `archived`. A new item or folder
takes over the visibility of the folder that it lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.api import Call, Router, answer, no_content
from migrate.simulate.topdesk.fields import Refused
from migrate.simulate.topdesk.knowledge_fields import (
    FOLDERS,
    HIDDEN,
    ITEMS,
    LANGUAGES,
    LINK,
    MUST,
    OLD_ITEMS,
    PARENT,
    PATH,
    TEXTS,
    VISIBILITY,
    WIDTH,
    Family,
    changeable,
    errors,
    find,
    language_of,
)
from migrate.simulate.topdesk.knowledge_read import PAGING, get_one, list_all
from migrate.simulate.topdesk.knowledge_text import shaped
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer


def add_routes(router: Router, migrated: bool) -> None:
    router.add("GET", f"{PATH}/explorer/migrated", partial(_migrated, migrated), shape=errors)
    router.add("GET", f"{PATH}/knowledgeItemStatuses", _statuses, ("archived",), shape=errors)
    router.add("GET", "/tas/api/languages", _languages)
    for family in (ITEMS, FOLDERS) if migrated else (OLD_ITEMS,):
        add = partial(router.add, shape=errors)
        one = f"{family.path}/{{}}"
        add("GET", family.path, partial(list_all, family), PAGING)
        add("POST", family.path, partial(_create, family, migrated))
        add("GET", one, partial(get_one, family), ("fields", "language"))
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


def images_of(tenant: Tenant, card: Card | None) -> frozenset[str]:
    return frozenset(tenant.store.knowledge.images(card["id"])) if card else frozenset()


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


def _create(family: Family, migrated: bool, tenant: Tenant, call: Call) -> Answer:
    table: dict[str, Any] = {
        "parent": fields.nested(PARENT),
        "translation": fields.nested(
            {"language": fields.text(), "content": fields.nested(family.text)},
            ("language", "content"),
        ),
        "manager": fields.link,
        "externalLink": fields.nested(LINK, ("id", "type")),
    }
    if family.kind == "knowledge_item":
        table["status"] = fields.link
        if not migrated:
            table["visibility"] = fields.nested(VISIBILITY, MUST)
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
            language_of(translation["language"]): _content(family, translation["content"], None)
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
        "externalLink": fields.nested(LINK, ("id", "type")),
        "visibility": fields.nested(VISIBILITY, MUST),
    }
    if family.kind == "knowledge_item":
        table["status"] = fields.link
        if not migrated:
            table["parent"] = fields.nested(PARENT)
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
    names = (*MUST, "sspVisibleFrom", "sspVisibleUntil") if period else MUST
    return {name: given[name] for name in names}


def _not_wider(tenant: Tenant, card: Card, migrated: bool) -> None:
    """Before the migration an item is never more visible than the one above it."""
    above = None if migrated else tenant.get("knowledge_item", card.get("parent"))
    if above and _width(card) > _width(above):
        raise Refused(
            400, "An item can not be more visible than its parent", "item_visibility_invalid"
        )


def _width(card: Card) -> int:
    return WIDTH[card["visibility"]["sspVisibility"]]


def _archive(family: Family, archived: bool, tenant: Tenant, call: Call) -> Answer:
    card = {**find(tenant, family.kind, call.params[0]), "archived": archived}
    _touch(tenant, family, card)
    return no_content()


def _move(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    body = call.checked({"parent": fields.nested(PARENT)}, ("parent",))
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
    if language_of(language) in card["translations"]:
        raise Refused(400, "The translation already exists.", "duplicate_value", "language")
    made = _content(family, content, images_of(tenant, card))
    card["translations"] = {**card["translations"], language: made}
    _touch(tenant, family, card)
    return no_content()


def _change_translation(family: Family, tenant: Tenant, call: Call) -> Answer:
    card = dict(changeable(find(tenant, family.kind, call.params[0])))
    language = language_of(call.params[1])
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
    for name in TEXTS:
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
