"""Checks one unit: its branch, its groups, its operators and what was decided of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from migrate.errors import Problem
from migrate.transform.facts import GroupFacts
from migrate.transform.governance import missing
from migrate.transform.look import Look
from migrate.transform.mapping import GroupDecision, GroupEntry, OperatorEntry, Unit, entry_id
from migrate.transform.names import GROUP_NAME, near, tidy
from migrate.transform.split import MAKES


def check_unit(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """What is wrong with the unit's own files; approvals are another question."""
    yield from _branch(look, key, unit)
    yield from _rights(look, key, unit)
    for group in dict.fromkeys(unit.file.groups):
        yield from _membership(look, key, unit, group)
    for entry in unit.groups.values():
        place = look.place(entry_id(key, "groups", entry.source))
        if entry.source not in unit.file.groups:
            yield Problem(
                "group-outside-unit",
                place,
                f'"{entry.source}" is not among the unit\'s groups in unit.yaml',
                near=near(entry.source, unit.file.groups),
            )
        yield from _group(look, entry, place)
    for operator in unit.operators.values():
        yield from _operator(
            look, operator, look.place(entry_id(key, "operators", operator.source))
        )
    yield from _members(look, key, unit)


def _rights(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """Names that TOPdesk does not have. Where it was not asked, or shows none, nothing is said."""
    for sort, name in unit.file.rights.listed():
        known = look.lists.lists.get(sort) if look.lists else None
        if known and name not in known:
            yield Problem(
                "right-unknown",
                look.place(f"units/{key}/unit.yaml@rights"),
                f'TOPdesk has no {sort.replace("_", " ")} "{name}"',
                near=near(name, known),
            )


def _branch(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    branch = unit.file.branch
    created = look.policy.people.create_branches
    if look.lists and not created and branch not in look.lists.branches:
        yield Problem(
            "branch-unknown",
            look.place(f"units/{key}/unit.yaml@branch"),
            f'TOPdesk has no branch "{branch}"',
            expected="a branch that is there, or people.create_branches: true in policy.yaml",
            near=near(branch, look.lists.branches),
        )


def _membership(look: Look, key: str, unit: Unit, group: str) -> Iterator[Problem]:
    place = look.place(f"units/{key}/unit.yaml#{group}")
    if look.facts and group not in look.facts.groups:
        yield Problem(
            "group-unknown",
            place,
            f'HPSM has no assignment group "{group}"',
            near=near(group, look.facts.groups),
        )
    others = [
        other
        for other, file in look.mappings.units.items()
        if other != key and group in file.file.groups
    ]
    if others:
        yield Problem(
            "group-in-two-units",
            place,
            f'"{group}" is also in the unit {", ".join(others)}',
            expected="one unit",
        )
    groups = f"units/{key}/groups.yaml"
    if f"{groups}#{group}" not in look.mappings.places and not look.broken(groups):
        yield Problem(
            "entry-missing",
            place,
            f'"{group}" ({_group_facts(look, group).tickets} tickets) has no entry in groups.yaml',
        )


def _group(look: Look, entry: GroupEntry, place: str) -> Iterator[Problem]:
    decision, seen = entry.decision, _group_facts(look, entry.source)
    if lacks := list(missing(entry, look.policy.governance.required)):
        yield Problem(
            "answers-missing",
            place,
            f'nobody answers for "{entry.source}": {", ".join(lacks)} is missing',
            expected="answers: {owner: …, deputy: …, purpose: …}",
        )
    if entry.confirmed and entry.restricted is not True:
        yield Problem(
            "confirmed-not-restricted",
            place,
            f'filters are confirmed for "{entry.source}", which nobody has called restricted',
            expected="restricted: true, or no `confirmed`",
        )
    if entry.restricted == "unknown":
        yield Problem(
            "restricted-unknown",
            place,
            f'nobody has said whether "{entry.source}" is restricted: '
            f"its {seen.tickets} tickets will be held",
            expected="restricted: true or false",
            warning=True,
        )
    if decision is None:
        yield _undecided(entry, place)
        return
    match decision.action:
        case "map" | "merge":
            yield from _group_name(decision.target, f"{decision.action} without a target", place)
        case "retire":
            if seen.open and not decision.open_tickets_to:
                yield Problem(
                    "decision-incomplete",
                    place,
                    f'"{entry.source}" is retired with {seen.open} open tickets',
                    expected="open_tickets_to: the TOPdesk group that gets them",
                )
            elif decision.open_tickets_to:
                yield from _receiver(look, decision.open_tickets_to, place)
        case "leave" if not decision.reason:
            yield _incomplete("leave without a reason", "reason: …", place)
        case "split":
            yield from _split(look, decision, entry.source, place)


def _split(look: Look, decision: GroupDecision, source: str, place: str) -> Iterator[Problem]:
    """Where every ticket and every member goes must be said, by names that there are."""
    if not decision.parts:
        expected = "parts: [{target: …, category: […]}], and target for the rest"
        yield _incomplete("a split says nothing about where each ticket goes", expected, place)
        return
    yield from _group_name(decision.target, "a split that says nothing about the rest", place)
    members = look.facts.members.get(source, frozenset()) if look.facts else None
    for part in decision.parts or ():
        yield from _group_name(part.target, "a part without a target", place)
        if not (part.category or part.service or part.location):
            yield _incomplete(
                f'the part "{part.target}" takes no ticket', "category, service or location", place
            )
        for login in part.members or () if members is not None else ():
            if login.casefold() not in (members or ()):
                yield Problem(
                    "operator-unknown",
                    place,
                    f'"{login}" is not a member of "{source}"',
                    near=near(login, members or ()),
                )


def _group_name(target: str | None, without: str, place: str) -> Iterator[Problem]:
    if not target or not target.strip():
        yield _incomplete(without, "target: the TOPdesk group", place)
    elif len(target) > GROUP_NAME:
        yield Problem(
            "group-name-too-long",
            place,
            f'"{target}" has {len(target)} characters',
            expected=f"at most {GROUP_NAME}",
            near=(tidy(target),),
        )


def _receiver(look: Look, target: str, place: str) -> Iterator[Problem]:
    if look.lists is None:
        return
    known = look.group_names | look.lists.groups | look.decided_groups
    if target not in known:
        yield Problem(
            "group-target-unknown",
            place,
            f'open tickets go to "{target}": no decision makes it, and TOPdesk does not have it',
            near=near(target, known),
        )


def _operator(look: Look, entry: OperatorEntry, place: str) -> Iterator[Problem]:
    if look.facts and entry.source.casefold() not in look.facts.operators:
        yield Problem(
            "operator-unknown",
            place,
            f'HPSM has no operator "{entry.source}"',
            near=near(entry.source, look.facts.operators),
        )
    decision = entry.decision
    if decision is None:
        yield _undecided(entry, place)
        return
    match decision.action:
        case "map" if not decision.target:
            yield _incomplete("map without a target", "target: the TOPdesk login name", place)
        case "map" if look.lists and (decision.target or "").casefold() not in look.logins:
            yield Problem(
                "operator-unknown",
                place,
                f'TOPdesk has no operator "{decision.target}"',
                expected="a login name that is there, or action: create",
                near=near(decision.target or "", look.logins),
            )
        case "create" if not look.policy.people.create_operators:
            yield _incomplete(
                "create, but the policy creates no operators",
                "map or leave, or people.create_operators: true in policy.yaml",
                place,
            )
        case "leave" if not decision.reason:
            yield _incomplete("leave without a reason", "reason: …", place)


def _members(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """Members of groups that move need a decision; those who have left do not."""
    operators = f"units/{key}/operators.yaml"
    if look.facts is None or look.broken(operators):
        return
    known = {login.casefold() for login in look.sources(operators)}
    groups_of: dict[str, list[str]] = defaultdict(list)
    for group, entry in unit.groups.items():
        if entry.decision and entry.decision.action in MAKES:
            for login in look.facts.members.get(group, ()):
                groups_of[login].append(group)
    for login in sorted(groups_of):
        seen = look.facts.operators.get(login)
        if seen is not None and seen.active is not False and login not in known:
            yield Problem(
                "entry-missing",
                look.place(operators),
                f'the operator "{login}" of {", ".join(sorted(groups_of[login]))} has no entry',
            )


def _group_facts(look: Look, group: str) -> GroupFacts:
    return look.facts.groups.get(group, GroupFacts()) if look.facts else GroupFacts()


def _undecided(entry: GroupEntry | OperatorEntry, place: str) -> Problem:
    return Problem("decision-missing", place, f'"{entry.source}" has no decision')


def _incomplete(message: str, expected: str, place: str) -> Problem:
    return Problem("decision-incomplete", place, message, expected)
