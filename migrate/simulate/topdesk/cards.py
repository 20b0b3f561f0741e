"""Creating, changing, archiving, querying and showing cards of any kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from migrate.simulate.topdesk import fields, fiql
from migrate.simulate.topdesk.api import Call
from migrate.simulate.topdesk.fields import (
    Choice,
    Refused,
    is_uuid,
    not_found,
    unknown,
    validate,
)
from migrate.simulate.topdesk.kinds import Kind, name_of, named
from migrate.simulate.topdesk.tenant import Card, Tenant

# Selectors that no answer has, but that a query may use.
_VIRTUAL = frozenset(("archived", "externalLink", "operatorGroup"))
_REASON = {"id": fields.anything, "name": fields.text()}


def require(tenant: Tenant, kind: Kind, id: str) -> Card:
    """The card with this id. Raises Refused 400 or 404."""
    if not is_uuid(id):
        raise Refused(400, f"The {kind.label} id '{id}' cannot be parsed", field="id")
    card = tenant.get(kind.name, id.lower())
    if card is None:
        raise Refused(404, f"The {kind.label} could not be found.", "not_found", "id")
    return card


def create(tenant: Tenant, kind: Kind, body: Any) -> Card:
    """A new card from a request body, not stored yet. Raises Refused."""
    values = _resolved(tenant, kind, validate(kind.create, body, kind.required))
    now, operator = tenant.now(), tenant.operator["id"]
    return {
        **kind.defaults,
        **{name: value for name, value in values.items() if value is not None},
        "id": tenant.new_id(),
        "creationDate": now,
        "modificationDate": now,
        "creator": operator,
        "modifier": operator,
    }


def change(tenant: Tenant, kind: Kind, card: Card, body: Any) -> Card:
    """A changed copy of the card, not stored yet; null empties a field. Raises Refused."""
    refuse_archived(kind, card)
    values = _resolved(tenant, kind, validate(kind.update, body, kind.update_required))
    for name in kind.required:
        if name in values and not values[name]:
            raise Refused(400, f"Mandatory field '{name}' is missing.", "value_mandatory", name)
    changed = {**card, **values, **touched(tenant)}
    return {name: value for name, value in changed.items() if value is not None}


def touched(tenant: Tenant) -> Card:
    return {"modificationDate": tenant.now(), "modifier": tenant.operator["id"]}


def refuse_archived(kind: Kind, card: Card) -> None:
    if card.get("archived"):
        raise Refused(403, f"The {kind.label} is archived", "archived")


def archived(tenant: Tenant, kind: Kind, card: Card, call: Call) -> Card:
    """An archived copy of the card. Raises Refused if it is archived or no reason can be found."""
    if card.get("archived"):
        raise Refused(400, f"{kind.label.capitalize()} is already archived", "already_archived")
    reason = archiving_reason(tenant, call)
    return {**card, "archived": True, "archivingReason": reason, **touched(tenant)}


def unarchived(tenant: Tenant, kind: Kind, card: Card) -> Card:
    if not card.get("archived"):
        raise Refused(400, f"{kind.label.capitalize()} is not archived", "not_archived")
    kept = {
        name: value for name, value in card.items() if name not in ("archived", "archivingReason")
    }
    return {**kept, **touched(tenant)}


def archiving_reason(tenant: Tenant, call: Call) -> str:
    """The id of the reason in the body, or of the default one."""
    body = validate(_REASON, call.json()) if call.body.strip() else {}
    if not any(body.values()):
        for reason in tenant.cards["archiving_reason"]:
            if reason.get("default"):
                return str(reason["id"])
        raise Refused(400, "Reason for archiving is mandatory", "value_mandatory", "id")
    if body.get("id"):
        if not is_uuid(body["id"]):
            raise Refused(400, "The field 'id' cannot be parsed", field="id")
        if tenant.get("archiving_reason", body["id"].lower()) is None:
            raise not_found("archiving-reason")
        return str(body["id"]).lower()
    found = tenant.cards["archiving_reason"].find("name", body["name"])
    if not found:
        raise not_found("archiving-reason")
    return str(found[0]["id"])


def view(tenant: Tenant, kind: Kind, card: Card) -> dict[str, Any]:
    """The card as an answer shows it: every field, references by id and name."""
    record: dict[str, Any] = dict.fromkeys(kind.readable)
    for name, value in card.items():
        if name in record:
            record[name] = value
    for name, target in kind.refs.items():
        record[name] = named(tenant, target, card.get(name))
    for name, render in (*kind.renders.items(), *kind.derived.items()):
        record[name] = render(tenant, card)
    return record


def select(
    tenant: Tenant, kind: Kind, query: fiql.Node | None, all_without_query: bool
) -> list[Card]:
    """Cards that fit the query, in the order of their creation. Without a query: the active ones,
    or all."""
    cards = tenant.cards[kind.name]
    if query is None:
        return [card for card in cards if all_without_query or not card.get("archived")]
    for comparison in fiql.selectors(query):
        _check_selector(kind, comparison.selector)
    candidates: Iterable[Card] = cards
    for selector, values in fiql.equalities(query):
        field = selector.removesuffix(".id") if selector.endswith(".id") else selector
        if field == "id":
            candidates = [cards.by_id[value] for value in values if value in cards.by_id]
        elif cards.indexed(field):
            found = {card["id"]: card for value in values for card in cards.find(field, value)}
            candidates = found.values()
        else:
            continue
        break
    return [
        card
        for card in candidates
        if fiql.matches(query, lambda path, card=card: _value(tenant, kind, card, path))  # type: ignore[misc]
    ]


def sort(tenant: Tenant, kind: Kind, cards: list[Card], order: str) -> list[Card]:
    """Sorted by `field:asc|desc,…`. Raises Refused for a field that does not exist."""
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(":")
        _check_selector(kind, name)
        if direction not in ("", "asc", "desc"):
            raise Refused(400, f"The sort direction '{direction}' is not valid", field="sort")
        keyed = [(_sort_key(_value(tenant, kind, card, name)), card) for card in cards]
        keyed.sort(key=lambda pair: pair[0], reverse=direction == "desc")
        cards = [card for _, card in keyed]
    return cards


def nested_value(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value.casefold() if isinstance(value, str) else value or 0)


def _check_selector(kind: Kind, selector: str) -> None:
    head, _, rest = selector.partition(".")
    if head not in _VIRTUAL and head not in kind.readable:
        raise unknown(selector)
    if rest and head in kind.refs and rest not in ("id", "name"):
        raise unknown(selector)


def _value(tenant: Tenant, kind: Kind, card: Card, path: str) -> Any:
    head, _, rest = path.partition(".")
    if head in kind.refs:
        target = tenant.get(kind.refs[head], card.get(head))
        if target is None or rest in ("", "id"):
            return None if target is None else target["id"]
        return name_of(kind.refs[head], target)
    if head == "archived":
        return bool(card.get("archived"))
    if head == "externalLink":
        return nested_value(card.get("externalLink"), rest.split("."))
    if head == "operatorGroup":
        field = "groupName" if rest == "name" else rest
        return [group.get(field) for group in tenant.groups_of(card["id"])]
    if head in kind.derived:
        return kind.derived[head](tenant, card)
    return nested_value(card, path.split("."))


def _resolved(tenant: Tenant, kind: Kind, values: dict[str, Any]) -> Card:
    """Fields under the names they are read by; references checked and as ids."""
    resolved: Card = {}
    for name, value in values.items():
        target = kind.refs.get(name)
        if target is not None and value is not None:
            value = _reference(tenant, target, value, name)
        resolved[kind.renames.get(name, name)] = value
    return {name: value for name, value in resolved.items() if name not in kind.write_only}


def _reference(tenant: Tenant, kind: str, value: str | Choice, path: str) -> str:
    if isinstance(value, Choice) and value.key == "name":
        found = tenant.cards[kind].find("name", value.value)
        card = found[0] if len(found) == 1 else None
    else:
        card = tenant.get(kind, value.value if isinstance(value, Choice) else value)
    if card is None or card.get("archived"):
        raise not_found(path)
    return str(card["id"])
