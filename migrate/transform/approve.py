"""Approvals: given for what was seen, lapsed when that has changed, and why in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from migrate.errors import MappingError, Problem
from migrate.transform.content_facts import facts_of_content
from migrate.transform.digest import digest_of
from migrate.transform.facts import SourceFacts
from migrate.transform.mapping import (
    GroupEntry,
    Mappings,
    OperatorEntry,
    Unit,
    entry_id,
)
from migrate.transform.names import near
from migrate.transform.policy import Policy

from migrate.transform.content_mapping import ContentEntry
from migrate.transform.mapping_edit import change_entries

ReviewedEntry = GroupEntry | OperatorEntry | ContentEntry
"""What is approved one by one."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Where one entry stands. `changes` says what is otherwise than when somebody said yes."""

    state: Literal["approved", "missing", "rejected", "lapsed", "edited"]
    changes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.state == "approved"


@dataclass(frozen=True, slots=True)
class Approved:
    """What one call of `approve` did: entries sealed, and those that held already."""

    sealed: tuple[str, ...]
    standing: tuple[str, ...]


def facts_of(entry: ReviewedEntry, facts: SourceFacts) -> dict[str, Any]:
    """What a person who approves `entry` sees of it now; empty when HPSM no longer has it."""
    if isinstance(entry, GroupEntry):
        return facts_of_group(entry.source, facts)
    if isinstance(entry, OperatorEntry):
        return facts_of_operator(entry.source, facts)
    return facts_of_content(entry, facts.content)


def facts_of_group(group: str, facts: SourceFacts) -> dict[str, Any]:
    seen = facts.groups.get(group)
    if seen is None:
        return {}
    return {"members": seen.members, "open": seen.open, "tickets": seen.tickets}


def facts_of_operator(login: str, facts: SourceFacts) -> dict[str, Any]:
    """Whether the operator is still there, and in how many groups; no name: files are shared."""
    seen = facts.operators.get(login.casefold())
    if seen is None:
        return {}
    return {"active": seen.active is not False, "groups": facts.groups_of(login.casefold())}


def standing(entry: ReviewedEntry, now: Mapping[str, Any] | None, policy: Policy) -> Approval:
    """Whether the approval of `entry` holds for the facts as they are `now`.

    Only the facts that were seen are compared, each with the policy's tolerance. With None (no
    snapshot yet) only the seal is looked at.
    """
    review = entry.review
    if review.status == "rejected":
        return Approval("rejected")
    if review.status != "approved":
        return Approval("missing")
    if not review.by or review.at is None or not review.digest:
        return Approval("edited", ("approved by hand: who, when or the digest is missing",))
    if review.digest != digest_of(entry, review.saw):
        return Approval("edited", ("decision, restricted or saw was changed after the approval",))
    if now is None:
        return Approval("approved")
    if not now and review.saw:
        return Approval("lapsed", ("HPSM no longer has it",))
    changes = tuple(
        f"{fact}: {_word(was)} → {_word(now.get(fact))}"
        for fact, was in review.saw.items()
        if not _within(fact, was, now.get(fact), policy)
    )
    return Approval("lapsed" if changes else "approved", changes)


def standings(mappings: Mappings, facts: SourceFacts | None) -> dict[str, Approval]:
    """Where every entry of every unit stands, by its id (`units/ub/groups.yaml#UB-UTLÅN`)."""
    return {
        place: standing(entry, facts_of(entry, facts) if facts else None, mappings.policy)
        for key, unit in mappings.units.items()
        for place, entry in entries_of(key, unit).items()
    }


FILES = ("groups", "operators", "knowledge", "texts", "services", "forms", "links")
"""The files of a unit whose entries are approved one by one."""


def entries_of(key: str, unit: Unit) -> dict[str, ReviewedEntry]:
    """The entries of a unit that are approved one by one, by their ids."""
    return {
        entry_id(key, file, name): entry
        for file in FILES
        for name, entry in getattr(unit, file).items()
    }


def approve(
    folder: Path,
    mappings: Mappings,
    unit: str,
    sources: Collection[str] | None,
    by: str,
    now: datetime,
    facts: SourceFacts,
) -> Approved:
    """Record that `by` said yes to entries of a unit, with what `facts` show of them.

    `sources` are HPSM group names or logins; None is every entry that has a decision. An approval
    that holds is left as it is, so that a second call writes nothing. Raises MappingError, and
    writes nothing, for a unit or entry that is not there and for a named entry without a decision.
    """
    if unit not in mappings.units:
        raise MappingError(
            Problem(
                "unit-unknown",
                f"{folder.name}/units/{unit}",
                f'there is no unit "{unit}"',
                near=near(unit, mappings.units),
            )
        )
    entries = entries_of(unit, mappings.units[unit])
    _refuse(mappings, unit, entries, sources)
    changes: dict[str, dict[str, dict[str, Any]]] = {file: {} for file in FILES}
    standing_before: list[str] = []
    for place, entry in entries.items():
        if entry.decision is None or (sources is not None and entry.source not in sources):
            continue
        saw = facts_of(entry, facts)
        if standing(entry, saw, mappings.policy).holds:
            standing_before.append(place)
            continue
        review = {
            "status": "approved",
            "by": by,
            "at": now.date(),
            "digest": digest_of(entry, saw),
            "saw": saw,
        }
        file = place.partition("#")[0].rpartition("/")[2].removesuffix(".yaml")
        changes[file][entry.source] = {"review": review}
    for file, changed in changes.items():
        if changed:
            change_entries(folder / f"units/{unit}/{file}.yaml", changed)
    sealed = [entry_id(unit, file, source) for file in changes for source in changes[file]]
    return Approved(tuple(sealed), tuple(standing_before))


def _refuse(
    mappings: Mappings,
    unit: str,
    entries: Mapping[str, ReviewedEntry],
    sources: Collection[str] | None,
) -> None:
    """Raise for every named source that cannot be approved."""
    known = {entry.source for entry in entries.values()}
    problems = [
        Problem(
            "entry-missing",
            mappings.places[f"units/{unit}/unit.yaml"],
            f'the unit has no entry "{source}"',
            near=near(source, known),
        )
        for source in sources or ()
        if source not in known
    ] + [
        Problem("decision-missing", mappings.places[place], f'"{entry.source}" has no decision')
        for place, entry in entries.items()
        if entry.source in (sources or ()) and entry.decision is None
    ]
    if problems:
        raise MappingError(problems)


def _within(fact: str, was: Any, now: Any, policy: Policy) -> bool:
    if not _is_number(was) or not _is_number(now):
        return bool(was == now)
    tolerance = policy.tolerance_of(fact)
    return bool(abs(now - was) <= max(tolerance.absolute, tolerance.share * was))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(value: Any) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
    return str(value)
