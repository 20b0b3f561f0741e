"""Proposes what could become of groups, operators, values and services; a person decides.

The core is pure: facts in, proposals out. `write_proposals` puts them into the files: entries that
nobody decided on are filled, a decision that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from migrate.transform.approve import facts_of_group, facts_of_operator
from migrate.transform.content_mapping import ContentDecision
from migrate.transform.facts import LIST_OF_VALUES, OperatorFacts, SourceFacts, TargetFacts
from migrate.transform.mapping import (
    LEVELS,
    VALUE_LISTS,
    GroupDecision,
    Mappings,
    OperatorDecision,
    ServiceValue,
    Unit,
    Value,
)
from migrate.transform.names import GROUP_NAME, distinct, folded, near, similar, tidy
from migrate.transform.propose_content import propose_content
from migrate.transform.propose_forms import form_decision, forms_of, seen_of_form

GROUP_FLOOR = 84.0
OPERATOR_FLOOR = 92.0
"""Scores of 100 below which two names are not held to be the same."""

Decision = GroupDecision | OperatorDecision | ContentDecision | Value | ServiceValue


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the tool would decide on one entry, and why.

    `file` is below the mappings' folder. `decision` is None where it has no opinion. `sure` says
    that names or logins agree, so that a value may be written without a review. `new`: no entry or
    no decision is there yet. `seen` are the facts, `near` what else it could be.
    """

    file: str
    source: str
    decision: Decision | None
    reason: str
    sure: bool = False
    new: bool = True
    seen: Mapping[str, Any] = field(default_factory=dict)
    near: tuple[str, ...] = ()


def propose(
    mappings: Mappings,
    facts: SourceFacts,
    target: TargetFacts,
    units: Collection[str] | None = None,
) -> list[Proposal]:
    """A proposal for every group, operator, value and service there is, decided or not.

    In the order of the files and of what HPSM has most of. With `units`, the units' own files only
    of these.
    """
    proposals = [*_values(mappings, facts, target), *_services(mappings, facts, target)]
    names = _GroupNames(mappings, target)
    for key, unit in mappings.units.items():
        if units is None or key in units:
            proposals += _groups(key, unit, facts, names)
            proposals += _operators(key, unit, mappings, facts, target)
            proposals += _content(key, unit, facts, target)
            proposals += _forms(key, unit, mappings, facts)
    return proposals


class _GroupNames:
    """TOPdesk's group names: those that are there, and those that are spoken for."""

    def __init__(self, mappings: Mappings, target: TargetFacts) -> None:
        self.by_fold = {folded(name): name for name in sorted(target.groups)}
        self.taken = {
            entry.decision.target.casefold()
            for unit in mappings.units.values()
            for entry in unit.groups.values()
            if entry.decision and entry.decision.target
        }

    def free(self) -> list[str]:
        return [name for name in self.by_fold.values() if name.casefold() not in self.taken]

    def take(self, name: str) -> None:
        self.taken.add(name.casefold())

    def is_taken(self, name: str) -> bool:
        return name.casefold() in self.taken or folded(name) in self.by_fold


def _groups(key: str, unit: Unit, facts: SourceFacts, names: _GroupNames) -> list[Proposal]:
    """Equal names are given away before similar ones, so that a near miss never takes them."""
    groups = list(dict.fromkeys(unit.file.groups))
    decided = {name for name, entry in unit.groups.items() if entry.decision is not None}
    ideas: dict[str, _Idea] = {}
    for step in (_equal_group, _other_group):
        for group in groups:
            if group in decided or group in ideas:
                continue
            if (idea := step(group, facts, names)) is not None:
                ideas[group] = idea
                if idea[0].target:
                    names.take(idea[0].target)
    proposals = []
    for group in groups:
        decision, reason, sure = ideas.get(group, (None, "decided", False))
        seen, candidates = facts_of_group(group, facts), near(group, names.by_fold.values())
        new = group not in decided
        file = f"units/{key}/groups.yaml"
        proposals.append(Proposal(file, group, decision, reason, sure, new, seen, candidates))
    return proposals


_Idea = tuple[GroupDecision, str, bool]


def _equal_group(group: str, facts: SourceFacts, names: _GroupNames) -> _Idea | None:
    there = names.by_fold.get(folded(group))
    if there is None:
        return None
    if there.casefold() in names.taken:
        decision = GroupDecision(action="merge", target=there)
        return decision, "TOPdesk has a group of this name, which another group becomes too", False
    return GroupDecision(action="map", target=there), "TOPdesk has a group of this name", True


def _other_group(group: str, facts: SourceFacts, names: _GroupNames) -> _Idea:
    seen = facts.groups.get(group)
    if seen is not None and not seen.members and not seen.tickets:
        return (
            GroupDecision(action="retire", reason="no members, no tickets"),
            "nobody uses it",
            False,
        )
    if alike := similar(group, names.free(), GROUP_FLOOR):
        name, score = alike
        decision = GroupDecision(action="map", target=name)
        return decision, f"TOPdesk has a group of a similar name ({score:.0f} of 100)", False
    name = distinct(tidy(group), names.is_taken)
    short = f", shortened to {GROUP_NAME} characters" if len(group) > GROUP_NAME else ""
    return (
        GroupDecision(action="map", target=name),
        f"a new group, named after HPSM's{short}",
        False,
    )


def _operators(
    key: str, unit: Unit, mappings: Mappings, facts: SourceFacts, target: TargetFacts
) -> Iterator[Proposal]:
    """Of members who are still there; those who have left need no decision."""
    by_login = {login.casefold(): login for login in target.operators}
    by_email = _unique((o.email.casefold(), login) for login, o in target.operators.items())
    by_name = _unique((o.name, login) for login, o in target.operators.items())
    decided = {
        login.casefold() for login, entry in unit.operators.items() if entry.decision is not None
    }
    logins = {
        login
        for group in unit.file.groups
        if (entry := unit.groups.get(group)) is None
        or entry.decision is None
        or entry.decision.action not in ("retire", "leave")
        for login in facts.members.get(group, ())
        if login in facts.operators and facts.operators[login].active is not False
    }
    for login in sorted(logins):
        seen = facts.operators[login]
        decision: OperatorDecision | None = None
        sure, candidates = False, near(seen.name, by_name) if seen.name else ()
        if (there := by_login.get(login)) is not None:
            decision, reason, sure = _taken(there), "TOPdesk has this login", True
        elif seen.email and (there := by_email.get(seen.email.casefold())):
            decision, reason, sure = _taken(there), "TOPdesk has this e-mail address", True
        elif alike := _namesake(seen, by_name, target):
            decision = _taken(by_name[alike[0]])
            reason = f"TOPdesk has an operator of a similar name ({alike[1]:.0f} of 100)"
        elif mappings.policy.people.create_operators:
            decision = OperatorDecision(action="create", target=login)
            reason = "not in TOPdesk; the policy creates operators"
        else:
            reason = "not in TOPdesk, and the policy creates no operators"
        yield Proposal(
            f"units/{key}/operators.yaml",
            login,
            decision,
            reason,
            sure,
            login not in decided,
            facts_of_operator(login, facts),
            tuple(by_name[name] for name in candidates),
        )


def _content(key: str, unit: Unit, facts: SourceFacts, target: TargetFacts) -> Iterator[Proposal]:
    """Of knowledge, texts, services and links; what has an entry keeps it."""
    for file, source, decision, reason, sure, seen, candidates in propose_content(
        key, unit, facts, target
    ):
        table = getattr(unit, file.rpartition("/")[2].removesuffix(".yaml"))
        entry = table.get(source)
        new = entry is None or entry.decision is None
        yield Proposal(file, source, decision, reason, sure, new, seen, candidates)


def _namesake(
    seen: OperatorFacts, by_name: Mapping[str, str], target: TargetFacts
) -> tuple[str, float] | None:
    """Whoever has the name, unless both have an e-mail address: then they are two people."""
    alike = similar(seen.name, by_name, OPERATOR_FLOOR) if seen.name else None
    if alike and seen.email and target.operators[by_name[alike[0]]].email:
        return None
    return alike


def _taken(login: str) -> OperatorDecision:
    return OperatorDecision(action="map", target=login)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What names exactly one; an e-mail or a name that two share is nobody's."""
    found: dict[str, str | None] = {}
    for key, login in pairs:
        found[key] = None if key in found else login
    return {key: login for key, login in found.items() if key and login}


def _values(mappings: Mappings, facts: SourceFacts, target: TargetFacts) -> Iterator[Proposal]:
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
    if alike := similar(text, legal, GROUP_FLOOR):
        return alike[0], f"similar ({alike[1]:.0f} of 100)", False
    return None, "TOPdesk's list has nothing like it", False


def _services(mappings: Mappings, facts: SourceFacts, target: TargetFacts) -> Iterator[Proposal]:
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


def _forms(key: str, unit: Unit, mappings: Mappings, facts: SourceFacts) -> Iterator[Proposal]:
    for source in forms_of(unit, facts):
        entry = unit.forms.get(source)
        decision, reason = form_decision(source, mappings, facts)
        yield Proposal(
            f"units/{key}/forms.yaml",
            source,
            decision,
            reason,
            new=entry is None or entry.decision is None,
            seen=seen_of_form(source, facts),
        )
