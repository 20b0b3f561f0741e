"""Proposes what could become of groups, operators, values and services; a person decides.

The core is pure: facts in, proposals out. `write_proposals` puts them into the files: entries that
nobody decided on are filled, a decision that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings, Unit
from migrate.transform.proposal import Candidate, Proposal
from migrate.transform.propose_content import propose_content
from migrate.transform.propose_forms import form_decision, forms_of, seen_of_form
from migrate.transform.propose_groups import GroupNames, propose_groups
from migrate.transform.propose_people import propose_operators
from migrate.transform.propose_values import propose_services, propose_values
from migrate.transform.suggest.groups import Groups
from migrate.transform.suggest.people import Operators

__all__ = ["Candidate", "Proposal", "propose"]


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
    proposals = [
        *propose_values(mappings, facts, target),
        *propose_services(mappings, facts, target),
    ]
    names = GroupNames(mappings, target)
    groups, people = Groups(mappings, facts, target), Operators(mappings, facts, target)
    for key, unit in mappings.units.items():
        if units is None or key in units:
            proposals += propose_groups(unit, mappings, facts, names, groups)
            proposals += propose_operators(unit, mappings, facts, target, people)
            proposals += _content(key, unit, facts, target)
            proposals += _forms(key, unit, mappings, facts)
    return proposals


def _content(key: str, unit: Unit, facts: SourceFacts, target: TargetFacts) -> Iterator[Proposal]:
    """Of knowledge, texts, services and links; what has an entry keeps it."""
    for file, source, decision, reason, sure, seen, candidates in propose_content(
        key, unit, facts, target
    ):
        table = getattr(unit, file.rpartition("/")[2].removesuffix(".yaml"))
        entry = table.get(source)
        new = entry is None or entry.decision is None
        yield Proposal(file, source, decision, reason, sure, new, seen, candidates)


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
