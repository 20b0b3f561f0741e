"""Proposes which operators of TOPdesk the operators of a unit are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migrate.transform.approve import facts_of_operator
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings, OperatorDecision, Unit
from migrate.transform.names import near
from migrate.transform.proposal import SHOWN, Candidate, Proposal, may_propose, sure_enough, told
from migrate.transform.refusing import refused_of, without_refused
from migrate.transform.suggest.option import Option
from migrate.transform.suggest.people import Operators
from migrate.transform.suggest.reasons import SAID_OF_PEOPLE, reasons


def propose_operators(
    unit: Unit, mappings: Mappings, facts: SourceFacts, target: TargetFacts, people: Operators
) -> Iterator[Proposal]:
    """Of members who are still there; those who have left need no decision."""
    by_name = {seen.name: login for login, seen in target.operators.items() if seen.name}
    entries = {login.casefold(): entry for login, entry in unit.operators.items()}
    logins = {
        login
        for group in unit.file.groups
        if (entry := unit.groups.get(group)) is None
        or entry.decision is None
        or entry.decision.action not in ("retire", "leave")
        for login in facts.members.get(group, ())
        if login in facts.operators and facts.operators[login].active is not False
    }
    weighed = people.weigh([each for each in logins if may_propose(entries.get(each))])
    for login in sorted(logins):
        there, seen = entries.get(login), facts.operators[login]
        options = without_refused(weighed.get(login, []), refused_of(there))
        candidates = tuple(
            Candidate(decision, round(option.share, 3), reasons(option, SAID_OF_PEOPLE))
            for option in options[:SHOWN]
            if (decision := _operator_decision(login, option, mappings)) is not None
        )
        alike = near(seen.name, by_name) if seen.name else ()
        surest = options[0].features if options and options[0].end == "there" else {}
        proposal = told(
            f"units/{unit.key}/operators.yaml",
            login,
            sure_enough(candidates, mappings),
            candidates,
            sure=any(surest.get(key) for key in ("feide", "number", "email", "login")),
            new=there is None or there.decision is None,
            seen=facts_of_operator(login, facts),
            near=tuple(by_name[name] for name in alike),
        )
        if login in weighed:
            yield proposal
        else:
            yield replace(proposal, reason="decided")


def _operator_decision(login: str, option: Option, mappings: Mappings) -> OperatorDecision | None:
    """An option as it would stand in the file; None where the policy creates no operators."""
    if option.end == "there":
        return OperatorDecision(action="map", target=option.name)
    if mappings.policy.people.create_operators:
        return OperatorDecision(action="create", target=login)
    return None
