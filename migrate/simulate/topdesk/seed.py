"""What stands in the simulated TOPdesk before anything is migrated.

A `Seed` holds cards as the tenant stores them: references are ids. Ids are made from kind and name,
so that the same seed gives the same ids on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from migrate.simulate.world import CATEGORIES, World, directory

Card = dict[str, Any]

_NAMESPACE = UUID("5f1c8f0e-3c0b-4f0f-9b52-0d1d6a1f7a10")
HEAD_BRANCH = "Hovedkontoret"

# Processing statuses: name, processingState, what the status does to "on hold".
_STATUSES = (
    ("Registrert", "registered", "no"),
    ("Under behandling", "inProgress", "no"),
    ("Venter på innmelder", "inProgress", "yes"),
    ("Venter på leverandør", "inProgress", "yes"),
    ("Venter annet", "inProgress", "yes"),
    ("Løst", "completed", "no"),
    ("Avsluttet", "closed", "no"),
    ("Avvist", "closed", "no"),
)
_IMPACTS = ("Hele organisasjonen", "Avdeling", "Gruppe", "Person")
_URGENCIES = ("Kritisk", "Høy", "Middels", "Lav")
_PRIORITIES = ("P1", "P2", "P3", "P4")
# Rows are impacts, columns urgencies.
_MATRIX = ("1123", "1223", "2334", "2344")
_NAMES = {
    "impact": _IMPACTS,
    "urgency": _URGENCIES,
    "priority": _PRIORITIES,
    "call_type": ("Hendelse", "Bestilling"),
    "entry_type": ("E-post", "Telefon", "Portal", "Personlig"),
    "closure_code": (
        "Løst",
        "Løst av bruker",
        "Midlertidig løsning",
        "Ikke reproduserbar",
        "Avvist",
        "Duplikat",
    ),
    "duration": ("2 timer", "1 dag", "3 dager", "2 uker"),
    "escalation_reason": ("Krever spesialist", "Feil gruppe"),
    "deescalation_reason": ("Løses i førstelinje", "Feil gruppe"),
    "time_spent_reason": ("Normal", "Overtid"),
    "archiving_reason": ("Avsluttet", "Ikke lenger i bruk"),
    "permission_group": ("Saksbehandler", "API"),
    "branch_filter": ("Universitetsbiblioteket", "Bare egen enhet"),
    "category_filter": ("Bare IT",),
    "operator_filter": ("Bare egne saker",),
    "knowledge_status": ("Kladd", "Til gjennomgang", "Publisert"),
}


def card_id(kind: str, name: str) -> str:
    """The id of a seeded card."""
    return str(uuid5(_NAMESPACE, f"{kind}/{name}"))


@dataclass(frozen=True, slots=True)
class Seed:
    """Cards by kind, in stored form (see `card`), and members as (group id, operator id)."""

    branches: Sequence[Card] = ()
    departments: Sequence[Card] = ()
    locations: Sequence[Card] = ()
    persons: Sequence[Card] = ()
    operators: Sequence[Card] = ()
    operator_groups: Sequence[Card] = ()
    lists: Mapping[str, Sequence[Card]] = field(default_factory=dict)
    members: Sequence[tuple[str, str]] = ()

    def operator(self, login: str) -> Card:
        """The API account of this login: one of the seed's operators, or one of its own."""
        for card in self.operators:
            if card.get("loginName") == login:
                return card
        return {
            "id": card_id("operator", login),
            "surName": login,
            "loginName": login,
            "loginPermission": True,
            "apiAccount": True,
            "branch": next((card["id"] for card in self.branches), None),
        }

    def cards(self, login: str) -> dict[str, list[Card]]:
        """Every card by kind, with the API account of `login`."""
        api = self.operator(login)
        others = [card for card in self.operators if card["id"] != api["id"]]
        return {
            "branch": list(self.branches),
            "department": list(self.departments),
            "location": list(self.locations),
            "person": list(self.persons),
            "operator": [*others, api],
            "operator_group": list(self.operator_groups),
            **{kind: list(cards) for kind, cards in self.lists.items()},
        }


def card(kind: str, key: str, **values: Any) -> Card:
    """A card with the id that belongs to its key."""
    return {"id": card_id(kind, key), **values}


def lists(categories: Mapping[str, Iterable[str]] = CATEGORIES) -> dict[str, list[Card]]:
    """The reference lists of a Norwegian TOPdesk, with these categories and subcategories."""
    named = {
        kind: [card(kind, name, name=name) for name in names] for kind, names in _NAMES.items()
    }
    named["archiving_reason"][0]["default"] = True
    for priority, duration in zip(named["priority"], named["duration"], strict=True):
        priority["duration"] = duration["id"]
    return {
        **named,
        "processing_status": [
            card("processing_status", name, name=name, processingState=state, onHold=hold)
            for name, state, hold in _STATUSES
        ],
        "category": [card("category", name, name=name) for name in categories],
        "subcategory": [
            card(
                "subcategory",
                f"{category}/{name}",
                name=name,
                category=card_id("category", category),
            )
            for category, names in categories.items()
            for name in names
        ],
        "priority_matrix": [
            card(
                "priority_matrix",
                f"{impact}/{urgency}",
                impact=card_id("impact", impact),
                urgency=card_id("urgency", urgency),
                priority=card_id("priority", _PRIORITIES[int(_MATRIX[row][column]) - 1]),
            )
            for row, impact in enumerate(_IMPACTS)
            for column, urgency in enumerate(_URGENCIES)
        ],
    }


def empty_seed() -> Seed:
    """One branch and the reference lists: no people, no groups."""
    branch = card("branch", HEAD_BRANCH, name=HEAD_BRANCH, branchType="independentBranch")
    return Seed(branches=[branch], lists=lists())


def seed_from_world(world: World) -> Seed:
    """What the invented university has in TOPdesk before it moves: the people, branches,
    departments and buildings of its directory, a few operators, no groups."""
    there = directory(world)
    return Seed(
        branches=[
            card("branch", name, name=name, branchType="independentBranch")
            for name in there.branches
        ],
        departments=[card("department", name, name=name) for name in there.departments],
        locations=[
            card(
                "location",
                f"{location['branch']}/{location['name']}",
                name=location["name"],
                branch=card_id("branch", location["branch"]),
            )
            for location in there.locations
        ],
        persons=[
            card(
                "person",
                person["networkLoginName"],
                **{
                    **{name: value for name, value in person.items() if value != ""},
                    "branch": card_id("branch", person["branch"]),
                    "department": card_id("department", person["department"]),
                    "hasSspAccess": True,
                },
            )
            for person in there.persons
        ],
        operators=[
            card(
                "operator",
                operator["loginName"],
                **{
                    **operator,
                    "branch": card_id("branch", operator["branch"]),
                    "linkedPerson": card_id("person", operator["loginName"]),
                    "loginPermission": True,
                    "firstLineCallOperator": True,
                    "secondLineCallOperator": True,
                },
            )
            for operator in there.operators
        ],
        lists=lists(),
    )
