"""Approvals: given for what was seen, lapsed when that has changed, and why in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from migrate.errors import MappingError, Problem
from migrate.transform.digest import digest_of
from migrate.transform.entitled import approvers, could_approve, may_approve
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings, Unit, entry_id
from migrate.transform.mapping_edit import change_entries
from migrate.transform.names import near
from migrate.transform.policy import Policy
from migrate.transform.seen_facts import (
    ReviewedEntry,
    changes,
    differences,
    facts_of,
    facts_of_group,
    facts_of_operator,
    said_of,
    to_seal,
)

__all__ = [
    "FILES",
    "Approval",
    "Approved",
    "ReviewedEntry",
    "approve",
    "entries_of",
    "facts_of",
    "facts_of_group",
    "facts_of_operator",
    "standing",
    "standings",
]


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
    said = tuple(differences(review.said, said_of(entry))) if review.said else ()
    if said:
        return Approval("edited", said)
    if review.digest != digest_of(entry, review.saw):
        what = "saw" if review.said else "decision, restricted or saw"
        return Approval("edited", (f"{what} was changed after the approval",))
    if now is None:
        return Approval("approved")
    if not now and review.saw:
        return Approval("lapsed", ("HPSM no longer has it",))
    changed = tuple(changes(review.saw, now, policy))
    return Approval("lapsed" if changed else "approved", changed)


def standings(
    mappings: Mappings, facts: SourceFacts | None, target: TargetFacts | None = None
) -> dict[str, Approval]:
    """Where every entry of every unit stands, by its id (`units/ub/groups.yaml#UB-UTLÅN`)."""
    return {
        place: standing(entry, facts_of(entry, facts, target) if facts else None, mappings.policy)
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
    target: TargetFacts | None = None,
    file: str | None = None,
) -> Approved:
    """Record that `by` said yes to entries of a unit, with what `facts` show of them, and `target`
    of what they become, where TOPdesk was asked.

    `sources` are HPSM's names as the entries have them; None is every entry that has a decision.
    `file` (of `FILES`) is the only one whose entries are meant; None is all. An approval that
    holds, of somebody who may approve, is left as it is, so that a second call writes nothing.
    Raises MappingError, and writes nothing, for a unit or entry that is not there, for a name that
    stands in several files, for a named entry without a decision, and where `unit.yaml` does not
    let `by` approve.
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
    entries = {
        place: entry
        for place, entry in entries_of(unit, mappings.units[unit]).items()
        if file in (None, _file_of(place))
    }
    _refuse(mappings, unit, entries, sources)
    written: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in FILES}
    standing_before: list[str] = []
    not_theirs: list[str] = []
    for place, entry in entries.items():
        if entry.decision is None or (sources is not None and entry.source not in sources):
            continue
        saw, its_file = facts_of(entry, facts, target), _file_of(place)
        theirs = could_approve(mappings.units[unit].file, its_file, entry.review.by or "")
        if theirs and standing(entry, saw, mappings.policy).holds:
            standing_before.append(place)
            continue
        saw = to_seal(saw)
        if not may_approve(mappings.units[unit].file, its_file, by):
            not_theirs.append(place)
            continue
        review = {
            "status": "approved",
            "by": by,
            "at": now.date(),
            "digest": digest_of(entry, saw),
            "said": said_of(entry),
            "saw": saw,
        }
        written[its_file][entry.source] = {"review": review}
    if not_theirs:
        raise MappingError(_not_theirs(mappings, unit, not_theirs, by))
    for name, changed in written.items():
        if changed:
            change_entries(folder / f"units/{unit}/{name}.yaml", changed)
    sealed = [entry_id(unit, name, source) for name in written for source in written[name]]
    return Approved(tuple(sealed), tuple(standing_before))


def _file_of(place: str) -> str:
    return place.partition("#")[0].rpartition("/")[2].removesuffix(".yaml")


def _not_theirs(mappings: Mappings, unit: str, places: list[str], by: str) -> list[Problem]:
    """One problem for each file that `by` may not approve."""
    files = {_file_of(place): place for place in reversed(places)}
    return [
        Problem(
            "approval-not-entitled",
            mappings.places.get(f"units/{unit}/unit.yaml", f"units/{unit}/unit.yaml"),
            f'"{by}" may not approve {file}.yaml of this unit',
            expected=" or ".join(approvers(mappings.units[unit].file, file)),
        )
        for file in files
    ]


def _refuse(
    mappings: Mappings,
    unit: str,
    entries: Mapping[str, ReviewedEntry],
    sources: Collection[str] | None,
) -> None:
    """Raise for every named source that cannot be approved."""
    files: dict[str, list[str]] = {}
    for place, entry in entries.items():
        files.setdefault(entry.source, []).append(_file_of(place))
    problems = [
        Problem(
            "entry-missing",
            mappings.places[f"units/{unit}/unit.yaml"],
            f'the unit has no entry "{source}"',
            near=near(source, files),
        )
        for source in sources or ()
        if source not in files
    ]
    problems += [
        Problem(
            "entry-ambiguous",
            mappings.places[f"units/{unit}/unit.yaml"],
            f'"{source}" stands in several files of the unit',
            expected=f"--file with one of {', '.join(files[source])}",
        )
        for source in sources or ()
        if len(files.get(source, ())) > 1
    ]
    problems += [
        Problem("decision-missing", mappings.places[place], f'"{entry.source}" has no decision')
        for place, entry in entries.items()
        if entry.source in (sources or ()) and entry.decision is None
    ]
    if problems:
        raise MappingError(problems)
