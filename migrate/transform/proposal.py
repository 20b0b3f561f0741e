"""A proposal: what the tool would decide on one entry, how surely, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.transform.content_mapping import ContentDecision
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    Mappings,
    OperatorDecision,
    OperatorEntry,
    ServiceValue,
    Value,
)
from migrate.transform.suggest.reasons import Reason

SHOWN = 3
"""Candidates that are shown of each entry."""

Decision = GroupDecision | OperatorDecision | ContentDecision | Value | ServiceValue


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be decided. `confidence`, 0 to 1, is how often a proposal like it is
    right; `reasons` say what speaks for it, and what against."""

    decision: Decision
    confidence: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the tool would decide on one entry, and why.

    `file` is below the mappings' folder. `decision` is None where it has no opinion, or is not sure
    enough of any. `sure` says that names or logins agree, so that a value may be written without a
    review. `new`: no entry or no decision is there yet. `seen` are the facts, `near` what else it
    could be by its name, `candidates` what it could become, weighed, the likeliest first, `beside`
    what else is to be known of it.
    """

    file: str
    source: str
    decision: Decision | None
    reason: str
    sure: bool = False
    new: bool = True
    seen: Mapping[str, Any] = field(default_factory=dict)
    near: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)


def may_propose(entry: GroupEntry | OperatorEntry | None) -> bool:
    """Whether nobody has said yes to an entry yet."""
    return entry is None or entry.decision is None or entry.review.status != "approved"


def sure_enough(candidates: Sequence[Candidate], mappings: Mappings) -> Candidate | None:
    """The first candidate, where the policy's floor lets it be proposed."""
    floor = mappings.policy.proposals.floor
    return candidates[0] if candidates and candidates[0].confidence > floor else None


def told(
    file: str,
    source: str,
    best: Candidate | None,
    candidates: tuple[Candidate, ...],
    **more: Any,
) -> Proposal:
    """A proposal of the `best` candidate; of none, where it is None."""
    why = best.reasons if best else (Reason("unsure"),)
    reason = "; ".join(each.text() for each in why)
    return Proposal(
        file, source, best.decision if best else None, reason, candidates=candidates, **more
    )
