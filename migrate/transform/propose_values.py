"""Proposes TOPdesk entries for the values of HPSM's lists, and categories for its services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from migrate.transform.facts import LIST_OF_VALUES, SourceFacts, TargetFacts
from migrate.transform.mapping import LEVELS, VALUE_LISTS, Mappings, ServiceValue, Value
from migrate.transform.names import folded, near, similar
from migrate.transform.proposal import Proposal

FLOOR = 84.0
"""The score of 100 below which two names are not held to be the same."""


def propose_values(
    mappings: Mappings, facts: SourceFacts, target: TargetFacts
) -> Iterator[Proposal]:
    """Of every value of HPSM's lists, by name and by level."""
    for kind in VALUE_LISTS:
        legal = _legal(kind, target)
        by_fold = {folded(name): name for name in legal}
        counts = facts.values.get(kind, {})
        for text in sorted(counts, key=lambda text: (-counts[text], text)):
            name, reason, sure = _value(kind, text, legal, by_fold)
            state = _state(text) if kind == "status" else None
            yield Proposal(
                f"values/{kind}.yaml",
                text,
                Value(target=name, state=state) if name or state else None,
                reason,
                sure,
                mappings.value(kind, text) is None,
                {"tickets": counts[text]},
                near(text, legal),
            )


def _state(status: str) -> Literal["open", "on_hold", "completed", "closed"]:
    """What a ticket in one of HPSM's own statuses is, incidents and interactions alike."""
    word = folded(status).partition(" ")[0]
    if word in ("closed", "canceled", "cancelled"):
        return "closed"
    if word == "resolved":
        return "completed"
    return "on_hold" if word in ("pending", "suspended") else "open"


def _legal(kind: str, target: TargetFacts) -> list[str]:
    names = list(target.lists.get(LIST_OF_VALUES[kind], {}))
    if kind == "category":
        names += [f"{category}/{sub}" for category, sub in sorted(target.subcategories)]
    return names


def _value(
    kind: str, text: str, legal: list[str], by_fold: Mapping[str, str]
) -> tuple[str | None, str, bool]:
    if (name := by_fold.get(folded(text))) is not None:
        return name, "TOPdesk's list has it", True
    if kind in LEVELS and text[:1].isdigit():
        level = text[0]
        same = [name for name in legal if [c for c in name if c.isdigit()] == [level]]
        if len(same) == 1:
            return same[0], f"level {level}", True
        if 1 <= int(level) <= len(legal):
            return legal[int(level) - 1], f"entry {level} of TOPdesk's list", False
    if alike := similar(text, legal, FLOOR):
        return alike[0], f"similar ({alike[1]:.0f} of 100)", False
    return None, "TOPdesk's list has nothing like it", False


def propose_services(
    mappings: Mappings, facts: SourceFacts, target: TargetFacts
) -> Iterator[Proposal]:
    """A service that is called like a subcategory, or like a category, belongs there."""
    subcategories: dict[str, list[tuple[str, str]]] = {}
    for category, sub in sorted(target.subcategories):
        subcategories.setdefault(folded(sub), []).append((category, sub))
    categories = {folded(name): name for name in target.lists.get("category", {})}
    names = sorted(sub for _, sub in target.subcategories)
    for service in sorted(facts.services, key=lambda name: (-facts.services[name], name)):
        pairs = subcategories.get(folded(service), [])
        decision: ServiceValue | None = None
        if len(pairs) == 1:
            decision = ServiceValue(category=pairs[0][0], subcategory=pairs[0][1])
        elif folded(service) in categories:
            decision = ServiceValue(category=categories[folded(service)])
        yield Proposal(
            "values/service.yaml",
            service,
            decision,
            "a category of this name" if decision else "no category of this name",
            decision is not None,
            service not in mappings.services and "*" not in mappings.services,
            {"tickets": facts.services[service]},
            near(service, names),
        )
