"""Services (services API 1.3.7): made and read, never changed, never removed. Nothing says that a
name is there once, so it may be there twice."""

from __future__ import annotations

from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.api import Call, Router, answer
from migrate.simulate.topdesk.fields import Refused, is_uuid
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

PATH = "/tas/api/services"
_OPERATORS = ("manager", "defaultFirstLineOperator", "defaultSecondLineOperator")
_TABLE = {
    "name": fields.text(100),
    **dict.fromkeys((*_OPERATORS, "defaultReservationsOperator"), fields.uuid),
}


def add_routes(router: Router) -> None:
    router.add("GET", PATH, _list, ("objectId", "assetId", "$top"))
    router.add("POST", PATH, _create)
    router.add("GET", f"{PATH}/{{}}", _get)


def _list(tenant: Tenant, call: Call) -> Answer:
    top = call.integer("$top", 1000, 1, 10_000)
    found = sorted(tenant.cards["service"], key=lambda card: str(card["name"]).casefold())
    return answer({"results": [_shown(card) for card in found[:top]]})


def _create(tenant: Tenant, call: Call) -> Answer:
    body = call.checked(_TABLE, ("name",))
    for name, value in body.items():
        if name != "name" and value and tenant.get("operator", value) is None:
            raise fields.not_found(name)
    card: Card = {"id": tenant.new_id(), **body}
    tenant.put("service", card)
    return answer({**_shown(card), "archived": False}, 201)


def _get(tenant: Tenant, call: Call) -> Answer:
    id = call.params[0]
    card = tenant.get("service", id.lower()) if is_uuid(id) else None
    if card is None:
        raise Refused(404, "The service could not be found.")
    return answer({**_shown(card), "archived": False})


def _shown(card: Card) -> dict[str, Any]:
    return {
        "id": card["id"],
        "name": card["name"],
        "availableForIncidents": True,
        "availableForReservations": False,
    }
