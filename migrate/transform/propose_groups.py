"""Proposes what could become of the groups of a unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from migrate.transform.approve import facts_of_group
from migrate.transform.facts import GroupFacts, SourceFacts, TargetFacts
from migrate.transform.governance import beside, governance
from migrate.transform.mapping import GroupDecision, Mappings, Unit
from migrate.transform.names import distinct, folded, near, tidy
from migrate.transform.proposal import SHOWN, Candidate, Proposal, may_propose, sure_enough, told
from migrate.transform.refusing import refused_of, without_refused
from migrate.transform.suggest.groups import Groups
from migrate.transform.suggest.option import Option
from migrate.transform.suggest.reasons import reasons


class GroupNames:
    """TOPdesk's group names: those that are there, and those that are spoken for."""

    def __init__(self, mappings: Mappings, target: TargetFacts) -> None:
        self.there = {folded(name): name for name in sorted(target.groups)}
        self._claims: dict[str, set[str]] = defaultdict(set)
        self._given: dict[str, set[str]] = defaultdict(set)
        for unit in mappings.units.values():
            for entry in unit.groups.values():
                if entry.decision and entry.decision.target:
                    name = entry.decision.target.casefold()
                    self._claims[name].add(entry.source)
                    if entry.review.status == "approved":
                        self._given[name].add(entry.source)

    def give(self, name: str, source: str) -> None:
        self._claims[name.casefold()].add(source)
        self._given[name.casefold()].add(source)

    def is_given(self, name: str, source: str) -> bool:
        """Whether another group becomes this one for sure, or was proposed to just now."""
        return bool(self._given[name.casefold()] - {source})

    def is_taken(self, name: str, source: str) -> bool:
        """Whether TOPdesk has the name, or another decision makes it."""
        return folded(name) in self.there or bool(self._claims[name.casefold()] - {source})


def propose_groups(
    unit: Unit, mappings: Mappings, facts: SourceFacts, names: GroupNames, groups: Groups
) -> list[Proposal]:
    """The surest first, so that a group of TOPdesk's goes to whoever is likest it; others that it
    fits would be merged into it."""
    sources = list(dict.fromkeys(unit.file.groups))
    entries = {source: unit.groups.get(source) for source in sources}
    weighed = groups.weigh(unit.key, [s for s in sources if may_propose(entries[s])])
    found: dict[str, Proposal] = {}
    for source in sorted(weighed, key=lambda name: (-weighed[name][0].share, sources.index(name))):
        entry = entries[source]
        options = without_refused(weighed[source], refused_of(entry))
        candidates = tuple(
            Candidate(
                _group_decision(source, option, weighed[source], facts, names),
                round(option.share, 3),
                reasons(option, words=groups.words(unit.key, source, option)),
            )
            for option in options[:SHOWN]
        )
        best = sure_enough(candidates, mappings)
        if best and isinstance(best.decision, GroupDecision) and best.decision.target:
            names.give(best.decision.target, source)
        found[source] = told(
            f"units/{unit.key}/groups.yaml",
            source,
            best,
            candidates,
            sure=bool(options and options[0].features.get("equal")),
            new=entry is None or entry.decision is None,
            seen=facts_of_group(source, facts),
            near=near(source, names.there.values()),
        )
    for source in sources:
        if source not in found:
            file, seen = f"units/{unit.key}/groups.yaml", facts_of_group(source, facts)
            alike = near(source, names.there.values())
            found[source] = Proposal(
                file, source, None, "decided", new=False, seen=seen, near=alike
            )
    about = {each.source: beside(each) for each in governance(mappings, unit.key, facts)}
    return [replace(found[source], beside=about[source]) for source in sources]


def _group_decision(
    source: str,
    option: Option,
    options: Sequence[Option],
    facts: SourceFacts,
    names: GroupNames,
) -> GroupDecision:
    """An option as it would stand in the file. Open tickets of a group that is retired would go to
    the likeliest group that TOPdesk has."""
    if option.end == "there":
        given = names.is_given(option.name, source)
        return GroupDecision(action="merge" if given else "map", target=option.name)
    if option.end == "new":
        return GroupDecision(
            action="map", target=distinct(tidy(source), lambda name: names.is_taken(name, source))
        )
    seen = facts.groups.get(source, GroupFacts())
    heir = next((each.name for each in options if each.end == "there"), None)
    why = " og ".join(reason.text("nb").lower() for reason in reasons(option)[:2])
    return GroupDecision(action="retire", open_tickets_to=heir if seen.open else None, reason=why)
