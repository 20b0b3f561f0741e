"""What a kind of card is, and how one card is shown where another refers to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from migrate.simulate.topdesk.fields import Table
from migrate.simulate.topdesk.tenant import Card, Tenant

Render = Callable[[Tenant, Card], Any]


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of card. `refs` are fields that hold the id of another card: field → its kind.
    `derived` are fields that are worked out when read; `renders` shows a reference with more than
    id and name. `renames` maps the name that is written to the one that is read."""

    name: str
    label: str
    create: Table
    update: Table
    required: tuple[str, ...]
    refs: Mapping[str, str]
    update_required: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    write_only: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Render] = field(default_factory=dict)
    renders: Mapping[str, Render] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """Every field that an answer has."""
        written = (self.renames.get(name, name) for name in {**self.create, **self.update})
        names = ("id", *written, *self.read_only, *_STAMPS, *self.derived)
        return tuple(name for name in dict.fromkeys(names) if name not in self.write_only)


_STAMPS = ("creationDate", "modificationDate", "creator", "modifier")
STAMP_REFS = {"creator": "operator", "modifier": "operator"}


def name_of(kind: str, card: Card) -> str:
    """What a card is called where another refers to it."""
    if kind in ("person", "operator"):
        return dynamic_name(card)
    return str(card["groupName" if kind == "operator_group" else "name"])


def dynamic_name(card: Card) -> str:
    """`Ginneken, Erik van`."""
    rest = " ".join(filter(None, (card.get("firstName"), card.get("prefixes"))))
    return f"{card['surName']}, {rest}" if rest else str(card["surName"])


def named(tenant: Tenant, kind: str, id: str | None) -> dict[str, str] | None:
    """`{"id", "name"}` of a card, or None."""
    card = tenant.get(kind, id)
    return None if card is None else {"id": card["id"], "name": name_of(kind, card)}


def branch_of(tenant: Tenant, id: str | None) -> dict[str, Any] | None:
    """A branch where an operator, a group, a location or an incident refers to it."""
    branch = tenant.get("branch", id)
    if branch is None:
        return None
    return {
        "id": branch["id"],
        "name": branch["name"],
        "clientReferenceNumber": branch.get("clientReferenceNumber"),
        "timeZone": branch.get("timeZone"),
        "extraA": None,
        "extraB": None,
    }


def location_of(tenant: Tenant, id: str | None) -> dict[str, Any] | None:
    location = tenant.get("location", id)
    if location is None:
        return None
    return {
        "id": location["id"],
        "name": location["name"],
        "room": location.get("roomNumber"),
        "branch": branch_of(tenant, location.get("branch")),
    }
