"""Checks what holds for all units: the policy, HPSM's values and HPSM's services."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from functools import cache

from migrate.errors import Problem
from migrate.transform.facts import LIST_OF_VALUES, TargetFacts
from migrate.transform.look import Look
from migrate.transform.mapping import VALUE_LISTS, ServiceValue, Value
from migrate.transform.names import near

_NUMBER_FIELDS = [f"optionalFields{tab}.text{at}" for tab in (1, 2) for at in range(1, 6)]
"""Incident fields that hold text and can be searched (TOPdesk incident API 4.2.6)."""

_LINE = {
    "status": "{state: …}, which is open, on_hold, completed or closed, and target: a TOPdesk "
    "processing status, if any",
    "service": "{category: …, subcategory: …, default_group: an HPSM group}, each if any",
}
"""What the line of a value says, where it is not TOPdesk's name alone."""


def check_policy(look: Look) -> Iterator[Problem]:
    """Names in `policy.yaml` that mean nothing to this computer or to TOPdesk."""
    policy = look.policy
    yield from _named(look, "time_zone", policy.time_zone, time_zones(), "a time zone")
    yield from _named(
        look,
        "tickets.further_numbers",
        policy.tickets.further_numbers,
        {"request", *_NUMBER_FIELDS},
        "`request`, or a text field from optionalFields1.text1 to optionalFields2.text5",
    )
    known = look.facts.fields if look.facts else frozenset()
    for marking in policy.tickets.confidential if known else ():
        expected = "a field of incidents or interactions, as the snapshot has it"
        yield from _named(look, "tickets.confidential", marking, set(known), expected)
    yield from _marks(look)
    yield from _time_spent(look)
    if look.lists is None:
        return
    call_types = look.lists.lists.get("call_type", {})
    reasons = look.lists.lists.get("archiving_reason", {})
    for field, name, legal in (
        ("tickets.call_type", policy.tickets.call_type, set(call_types)),
        ("tickets.archive.reason", policy.tickets.archive.reason, set(reasons)),
        ("tickets.branch", policy.tickets.branch, set(look.lists.branches)),
        ("people.branch", policy.people.branch, set(look.lists.branches)),
    ):
        if name is not None:
            yield from _named(look, field, name, legal, "a name that TOPdesk has")


def _marks(look: Look) -> Iterator[Problem]:
    """A word that HPSM writes otherwise marks nothing, and what it should hide would be sent."""
    for field, seen in (look.facts.marks if look.facts else {}).items():
        place = look.place("policy.yaml#tickets.confidential")
        if seen.tickets == 0 and look.facts and field in look.facts.fields:
            yield Problem(
                "confidential-marks-nothing",
                place,
                f"tickets.confidential: no ticket is marked by {field}{_shown(seen.others)}",
                expected="values that the field has in HPSM; `*` in one stands for anything",
                warning=True,
            )
        elif seen.near:
            yield Problem(
                "confidential-value-near",
                place,
                f"tickets.confidential: {field} has values that mark no ticket, though a word that"
                f" does stands in them{_shown(seen.near)}",
                expected="a line for each that is confidential; `*` stands for anything",
                warning=True,
            )


def _shown(values: Sequence[tuple[str, int]]) -> str:
    return ": " + ", ".join(f'"{value}" ({count})' for value, count in values) if values else ""


def _time_spent(look: Look) -> Iterator[Problem]:
    """Without its field no time would be registered, and nothing would say so."""
    if look.facts is None:
        return
    policy = look.policy.tickets.time_spent
    for field, name, known, where in (
        ("activity", policy.activity, look.facts.activity_fields, "activities"),
        ("ticket", policy.ticket, look.facts.fields, "incidents or interactions"),
    ):
        if name is not None and known:
            expected = f"a field of {where}, as the snapshot has it; source.tables adds one"
            yield from _named(look, f"tickets.time_spent.{field}", name, set(known), expected)


@cache
def time_zones() -> set[str]:
    """All that this computer knows; looked up once, since it reads the whole folder of them."""
    return zoneinfo.available_timezones()


def _named(look: Look, field: str, name: str, legal: set[str], expected: str) -> Iterator[Problem]:
    if name not in legal:
        yield Problem(
            "policy-value-unknown",
            look.place(f"policy.yaml#{field}"),
            f'{field}: "{name}" is not known',
            expected,
            near=near(name, legal),
        )


def check_values(look: Look) -> Iterator[Problem]:
    """HPSM values that nobody has mapped, and TOPdesk values that are not in its lists."""
    for kind in VALUE_LISTS:
        file = f"values/{kind}.yaml"
        legal = look.lists.lists.get(LIST_OF_VALUES[kind], {}) if look.lists else None
        for text, value in look.mappings.values.get(kind, {}).items():
            yield from _value(look, kind, value, look.place(f"{file}#{text}"))
        if look.broken(file) or look.facts is None:
            continue
        counts = look.facts.values.get(kind, {})
        for text in sorted(counts, key=lambda text: (-counts[text], text)):
            known = f"{file}#{text}" in look.mappings.places
            if not known and look.mappings.value(kind, text) is None:
                yield _unmapped(look, file, kind, text, counts[text], tuple(legal or ()))


def _value(look: Look, kind: str, value: Value, place: str) -> Iterator[Problem]:
    if kind == "status" and value.state is None:
        yield Problem(
            "decision-incomplete",
            place,
            "the status does not say what a ticket in it is",
            expected="state: open, on_hold, completed or closed",
        )
    if value.target is None or look.lists is None:
        return
    if kind == "category":
        yield from _category(look.lists, value.target, place)
        return
    legal = look.lists.lists.get(LIST_OF_VALUES[kind], {})
    if value.target not in legal:
        yield _unknown_target(kind, value.target, tuple(legal), place)


def _category(lists: TargetFacts, target: str, place: str) -> Iterator[Problem]:
    """`Category`, or `Category/Subcategory`."""
    categories = lists.lists.get("category", {})
    category, _, subcategory = target.partition("/")
    if category not in categories:
        yield _unknown_target("category", category, tuple(categories), place)
    elif subcategory and (category, subcategory) not in lists.subcategories:
        yield _pair(lists, category, subcategory, place)


def _pair(lists: TargetFacts, category: str, subcategory: str, place: str) -> Problem:
    legal = sorted(sub for parent, sub in lists.subcategories if parent == category)
    return Problem(
        "category-pair-unknown",
        place,
        f'in TOPdesk, "{subcategory}" is no subcategory of "{category}"',
        expected=_choice(legal),
        near=near(subcategory, legal),
    )


def check_services(look: Look) -> Iterator[Problem]:
    """Services that nobody has mapped, and what the others name that is not there."""
    file = "values/service.yaml"
    for service, value in look.mappings.services.items():
        yield from _service(look, value, look.place(f"{file}#{service}"))
    if look.broken(file) or look.facts is None or "*" in look.mappings.services:
        return
    counts = look.facts.services
    legal = tuple(look.lists.lists.get("category", {})) if look.lists else ()
    for service in sorted(counts, key=lambda name: (-counts[name], name)):
        if f"{file}#{service}" not in look.mappings.places:
            yield _unmapped(look, file, "service", service, counts[service], legal)


def _service(look: Look, value: ServiceValue, place: str) -> Iterator[Problem]:
    if value.subcategory and not value.category:
        yield Problem("decision-incomplete", place, "a subcategory alone", "category: …")
    elif value.category and look.lists:
        names = [value.category, value.subcategory] if value.subcategory else [value.category]
        yield from _category(look.lists, "/".join(names), place)
    group = value.default_group
    if group and look.facts and group not in look.facts.groups:
        yield Problem(
            "group-unknown",
            place,
            f'default_group: HPSM has no assignment group "{group}"',
            near=near(group, look.facts.groups),
        )


def _unmapped(
    look: Look, file: str, kind: str, text: str, count: int, legal: tuple[str, ...]
) -> Problem:
    line = _LINE.get(kind, f"a TOPdesk {kind}, or null to leave it empty")
    return Problem(
        "value-unmapped",
        look.place(file),
        f'{kind} "{text}" ({count} ticket{"" if count == 1 else "s"}) has no mapping',
        expected=f'"{text}": {line}; "*" stands for the rest',
        near=near(text, legal),
    )


def _unknown_target(kind: str, target: str, legal: tuple[str, ...], place: str) -> Problem:
    return Problem(
        "value-target-unknown",
        place,
        f'TOPdesk\'s list has no {kind} "{target}"',
        expected=_choice(legal),
        near=near(target, legal),
    )


def _choice(legal: Sequence[str]) -> str:
    return ", ".join(legal) if len(legal) <= 12 else f"one of {len(legal)} entries"
