"""A small HPSM and its mappings, to build tickets, people and groups from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from migrate.records import Bundle, Chain, Row, Step, Told
from migrate.transform.groups import Staff
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    Mappings,
    OperatorDecision,
    OperatorEntry,
    Scope,
    ServiceValue,
    Unit,
    UnitFile,
    Value,
)
from migrate.transform.people import People, build_people
from migrate.transform.policy import Policy
from migrate.transform.tickets import ticket_chain

CONTACTS: list[Row] = [
    {"contact_name": "HOLM, KARI", "user_id": "karih", "email": "kari.holm@example.no"},
    {"contact_name": "BAKKE, ODD", "user_id": "oddb", "email": "odd@example.no", "inactive": True},
    {"contact_name": "GJEST, NN"},
]
OPERATORS: list[Row] = [
    {"name": "karih", "full_name": "Kari Holm"},
    {"name": "perd", "full_name": "Per Dahl", "email": "per@example.no"},
    {"name": "annes", "full_name": "Anne Sand", "inactive": True},
]
MEMBERS: list[Row] = [
    {"group": "IT-HJELP", "operator": "karih"},
    {"group": "IT-HJELP", "operator": "annes"},
    {"group": "IT-DRIFT", "operator": "karih"},
    {"group": "IT-DRIFT", "operator": "perd"},
    {"group": "IT-GAMMEL", "operator": "karih"},
]


def group(source: str, action: str = "map", restricted: Any = False, **decision: Any) -> GroupEntry:
    if action in ("map", "merge"):
        decision.setdefault("target", source.title())
    return GroupEntry(
        source=source,
        decision=GroupDecision(action=action, **decision),  # type: ignore[arg-type]
        restricted=restricted,
    )


def operator(source: str, action: str = "map", **decision: Any) -> OperatorEntry:
    return OperatorEntry(
        source=source,
        decision=OperatorDecision(action=action, **decision),  # type: ignore[arg-type]
    )


def unit(
    key: str = "it",
    groups: tuple[GroupEntry, ...] = (),
    operators: tuple[OperatorEntry, ...] = (),
    undecided: tuple[str, ...] = (),
) -> Unit:
    return Unit(
        key,
        UnitFile(
            name=key.upper(),
            branch="Trondheim",
            groups=[*(entry.source for entry in groups), *undecided],
        ),
        {entry.source: entry for entry in groups},
        {entry.source: entry for entry in operators},
    )


IT = unit(
    "it",
    (
        group("IT-HJELP", target="IT Hjelp"),
        group("IT-DRIFT", target="IT Drift"),
        group("IT-SIKKERHET", restricted=True),
        group("IT-NY", restricted="unknown"),
        group("IT-GAMMEL", "retire", open_tickets_to="IT-HJELP"),
        group("IT-BORTE", "leave"),
    ),
    (operator("karih", target="kari.holm"), operator("perd", "leave", reason="byttet jobb")),
    ("IT-UBESTEMT",),
)
VALUES = {
    "status": {
        "Open": Value(target="Under behandling", state="open"),
        "Pending Customer": Value(target="Venter på bruker", state="on_hold"),
        "Resolved": Value(target="Løst", state="completed"),
        "Closed": Value(target="Lukket", state="closed"),
    },
    "priority": {"1": Value(target="Kritisk"), "3": Value(target="Normal")},
    "impact": {"4": Value(target="Person"), "5": Value(target=None)},
    "urgency": {"3": Value(target="Normal")},
    "category": {
        "incident/printer": Value(target="Utstyr/Skriver"),
        "incident": Value(target="Utstyr"),
    },
    "closure_code": {"Solved": Value(target="Løst av oss")},
    "entry_type": {"Phone": Value(target="Telefon")},
}
SERVICES = {
    "Utskrift": ServiceValue(
        category="Tjeneste", subcategory="Utskrift", default_group="IT-DRIFT", sla="sla-1"
    )
}


def mappings(policy: dict[str, Any] | None = None, **changes: Any) -> Mappings:
    base = Mappings(
        policy=Policy.model_validate(policy or {}),
        values=VALUES,
        services=SERVICES,
        units={"it": IT},
    )
    return replace(base, **changes)


def everybody() -> People:
    return build_people(CONTACTS, OPERATORS)


def incident(**fields: Any) -> Row:
    return {
        "number": "IM10001",
        "status": "Open",
        "assignment": "IT-HJELP",
        "title": "Skriveren virker ikke",
        "open_time": "2019-09-12 08:15:00",
        **fields,
    }


def interaction(**fields: Any) -> Row:
    return {
        "number": "SD10001",
        "status": "Open",
        "assignment": "IT-HJELP",
        "contact_name": "HOLM, KARI",
        "title": "Skriveren virker ikke",
        "open_time": "2019-09-12 08:00:00",
        **fields,
    }


def activity(n: int, text: str = "Noe skjedde", **fields: Any) -> Row:
    return {
        "activity_id": f"A{n}",
        "number": "IM10001",
        "time": f"2019-09-12 08:{n % 60:02}:00",
        "type": "Update",
        "operator": "karih",
        "description": text,
        "visible": True,
        **fields,
    }


def bundle(im: Row | None, *sds: Row, activities: tuple[Row, ...] = (), **fields: Any) -> Bundle:
    key = (im or sds[0])["number"]
    return Bundle(key, im, sds, activities, digest=f"digest of {key}", **fields)


def chain(
    im: Row | None,
    *sds: Row,
    activities: tuple[Row, ...] = (),
    to: Mappings | None = None,
    scope: Scope | None = None,
    people: People | None = None,
    told: Told | None = None,
    **fields: Any,
) -> Chain:
    to, people = to or mappings(), people or everybody()
    scope = scope or Scope(closed_since=date(2000, 1, 1))
    staff = Staff.of(to, MEMBERS, people)
    whole = bundle(im, *sds, activities=activities, **fields)
    return ticket_chain(whole, to, people, "it", scope, staff, told)


def step(made: Chain, name: str) -> Step:
    assert made.verdict is None, made.verdict
    return next(step for step in made.steps if step.name == name)


def body(made: Chain, name: str = "create") -> dict[str, Any]:
    return dict(step(made, name).body)


def codes(made: Chain) -> list[str]:
    return [finding.code for finding in made.findings]


def verdict(made: Chain) -> str:
    assert made.verdict is not None
    assert made.steps == ()
    return f"{made.verdict.state} {made.verdict.code}"
