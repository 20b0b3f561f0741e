"""Lists that can only be read, and what the service desk says about itself (incident API 4.2.6,
general API 1.2.0)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from migrate.simulate.topdesk.api import Call, Router, answer, no_content
from migrate.simulate.topdesk.kinds import named
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.wire import Answer

_NAMED_LISTS = {
    "call_types": "call_type",
    "categories": "category",
    "closure_codes": "closure_code",
    "entry_types": "entry_type",
    "impacts": "impact",
    "urgencies": "urgency",
    "escalation-reasons": "escalation_reason",
    "deescalation-reasons": "deescalation_reason",
}
_SLA_FILTERS = (
    "page_size",
    "incident",
    "contract",
    "person",
    "service",
    "branch",
    "budgetHolder",
    "department",
    "branchExtraA",
    "branchExtraB",
    "contractDate",
    "callType",
    "category",
    "subcategory",
    "asset",
)
Render = Callable[[Tenant, Card], dict[str, Any]]


def add_routes(router: Router) -> None:
    for path, kind in _NAMED_LISTS.items():
        router.add("GET", f"/tas/api/incidents/{path}", partial(_list, kind, _named))
    router.add(
        "GET", "/tas/api/incidents/subcategories", partial(_list, "subcategory", _subcategory)
    )
    router.add("GET", "/tas/api/incidents/statuses", partial(_list, "processing_status", _status))
    router.add("GET", "/tas/api/incidents/priorities", partial(_list, "priority", _priority))
    router.add("GET", "/tas/api/incidents/durations", partial(_list, "duration", _duration))
    router.add("GET", "/tas/api/incidents/slas", _slas, _SLA_FILTERS)
    router.add("GET", "/tas/api/archiving-reasons", partial(_list, "archiving_reason", _named))
    router.add("GET", "/tas/api/categories", _categories, ("fields", "query", "sort", "pretty"))
    router.add("GET", "/tas/api/version", _version)
    router.add("GET", "/tas/api/productVersion", _product_version)


def _list(kind: str, render: Render, tenant: Tenant, call: Call) -> Answer:
    return answer([render(tenant, card) for card in tenant.cards[kind]])


def _named(tenant: Tenant, card: Card) -> dict[str, Any]:
    return {"id": card["id"], "name": card["name"]}


def _subcategory(tenant: Tenant, card: Card) -> dict[str, Any]:
    return {**_named(tenant, card), "category": named(tenant, "category", card["category"])}


def _status(tenant: Tenant, card: Card) -> dict[str, Any]:
    return {
        **_named(tenant, card),
        "default": False,
        "onHold": card["onHold"],
        "processingState": card["processingState"],
        "response": "unchanged",
    }


def _priority(tenant: Tenant, card: Card) -> dict[str, Any]:
    duration = named(tenant, "duration", card.get("duration"))
    return {
        **_named(tenant, card),
        "firstLineDuration": duration,
        "secondLineDuration": duration,
    }


def _duration(tenant: Tenant, card: Card) -> dict[str, Any]:
    return {
        **_named(tenant, card),
        "basicPeriods": None,
        "inFirstLine": True,
        "inSecondLine": True,
        "timeSpanType": None,
    }


def _slas(tenant: Tenant, call: Call) -> Answer:
    """Filters other than `page_size` are accepted and do nothing."""
    size = call.integer("page_size", 10, 1, 100)
    found = list(tenant.cards["sla"])
    if not found:
        return no_content()
    shown = [{"id": card["id"], "serviceName": card["name"]} for card in found[:size]]
    return answer({"results": shown}, 206 if len(found) > size else 200)


def _categories(tenant: Tenant, call: Call) -> Answer:
    """Categories and subcategories in one list (general API); no paging yet there either."""
    items = [
        {
            **_named(tenant, card),
            "archived": False,
            "parent": named(tenant, "category", card.get("category")),
        }
        for kind in ("category", "subcategory")
        for card in tenant.cards[kind]
    ]
    return answer({"item": items, "next": None, "size": len(items)})


def _version(tenant: Tenant, call: Call) -> Answer:
    return answer({"version": "4.2.6"})


def _product_version(tenant: Tenant, call: Call) -> Answer:
    return answer({"major": 14, "minor": 7, "patch": 19})
