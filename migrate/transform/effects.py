"""What happens to the members and tickets of groups that are mapped, merged or split."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrate.transform.facts import SourceFacts, TargetFacts, TargetGroup
from migrate.transform.mapping import Mappings
from migrate.transform.split import part_of, targets_for, targets_of
from migrate.transform.suggest.people import same_person

Kinds = Mapping[str, Mapping[tuple[str, str, str, str], int]]
"""Group → (category, subcategory, service, location) → tickets that have them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one group of TOPdesk gets. `sources` are the HPSM groups that become it, with the
    tickets that come from each; `members` the logins that come, those who have `left` apart; `stay`
    the members that TOPdesk has already and no HPSM group brings, None where nobody asked."""

    target: str
    sources: Mapping[str, int]
    members: tuple[str, ...]
    left: tuple[str, ...]
    stay: tuple[str, ...] | None

    @property
    def tickets(self) -> int:
        return sum(self.sources.values())


def effects(
    mappings: Mappings, unit: str, facts: SourceFacts, kinds: Kinds, target: TargetFacts | None
) -> Iterator[Effect]:
    """Every group of TOPdesk that a group of this unit becomes, by name; what other units' groups
    bring to it is in it."""
    found = mappings.units[unit]
    mine = {
        name.casefold(): name
        for entry in found.groups.values()
        for name in targets_of(entry.decision)
    }
    tickets: dict[str, dict[str, int]] = defaultdict(dict)
    coming: dict[str, set[str]] = defaultdict(set)
    for each in mappings.units.values():
        for source, entry in each.groups.items():
            for name in targets_of(entry.decision):
                tickets[name.casefold()][source] = 0
            for name, count in _tickets(mappings, source, facts, kinds).items():
                tickets[name.casefold()][source] = count
            for login in facts.members.get(source, ()):
                for name in targets_for(entry.decision, login):
                    coming[name.casefold()].add(login)
    people = same_person(facts, target) if target else {}
    about = {name.casefold(): group for name, group in target.about.items()} if target else {}
    for key, name in sorted(mine.items()):
        logins = sorted(coming[key])
        works = [login for login in logins if _works(login, facts)]
        there = about.get(key, TargetGroup()).members
        arrive = {people.get(login, login).casefold() for login in works}
        stay = (
            None if there is None else tuple(sorted(m for m in there if m.casefold() not in arrive))
        )
        gone = tuple(login for login in logins if login not in works)
        yield Effect(name, tickets[key], tuple(works), gone, stay)


def _tickets(
    mappings: Mappings, source: str, facts: SourceFacts, kinds: Kinds
) -> Mapping[str, int]:
    """The group of TOPdesk → how many of a group's tickets go to it."""
    entry = mappings.group(source)
    targets = targets_of(entry.decision if entry else None)
    if entry is None or entry.decision is None or not targets:
        return {}
    if entry.decision.action != "split":
        seen = facts.groups.get(source)
        return {targets[0]: seen.tickets if seen else 0}
    counted: Counter[str] = Counter()
    fields = ("category", "subcategory", "service", "location")
    for values, count in kinds.get(source, {}).items():
        part = part_of(entry.decision, [dict(zip(fields, values, strict=True))])
        counted[part.target if part else targets[0]] += count
    return counted


def _works(login: str, facts: SourceFacts) -> bool:
    operator = facts.operators.get(login)
    return operator is None or operator.active is not False
