"""What the page knows: mappings, facts and proposals, read again when they changed on the disk.

Everything here is called from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from migrate.chains import SnapshotChains
from migrate.errors import ConfigurationError, Problem
from migrate.facts import kinds, source_facts
from migrate.state.bundles import GroupCounts, group_counts
from migrate.state.examples import assigned
from migrate.transform.approve import FILES, Approval, ReviewedEntry, facts_of, standing
from migrate.transform.deciding import ENTRIES
from migrate.transform.effects import Effect, Kinds, effects
from migrate.transform.entitled import approvers, may_approve
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.impact import Weighed, by_impact
from migrate.transform.mapping import Mappings, Unit
from migrate.transform.mapping_files import read_mappings
from migrate.transform.split import targets_of
from migrate.transform.topdesk_seen import read_topdesk
from migrate.workspace import Workspace

_Signature = tuple[tuple[str, int, int], ...]


class Candidate(NamedTuple):
    """One thing that an entry could become, as `map propose` weighed it; `confidence` is a share,
    None where it was not weighed."""

    decision: Mapping[str, Any]
    confidence: float | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as somebody decides on it. `entry` None: it stands in no file yet. `saw` are the
    facts now, `approval` where it stands, `told` what `map propose` wrote beside it."""

    file: str
    source: str
    entry: ReviewedEntry | None
    saw: Mapping[str, Any]
    approval: Approval
    about: Weighed
    told: Mapping[str, Any]

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be done about it."""
        return self.approval.holds

    @property
    def proposal(self) -> Mapping[str, Any] | None:
        """What the tool would decide, where it has an opinion."""
        found = self.told.get("proposal")
        return found if isinstance(found, dict) and found.get("action") else None

    def candidates(self, lang: str) -> list[Candidate]:
        """What it could become, the likeliest first, without what is as good as ruled out; of what
        is not weighed, the proposal alone."""
        found = self.told.get("candidates")
        weighed = [
            each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict)
        ]
        if not weighed and self.proposal:
            return [Candidate(self.proposal, None, [str(self.told.get("reason", ""))])]
        return [
            Candidate(
                {name: each[name] for name in each if name not in ("confidence", "reasons")},
                float(each.get("confidence") or 0),
                [str(reason) for reason in (each.get("reasons") or {}).get(lang, ())],
            )
            for each in weighed
            if each.get("action") and (each is weighed[0] or _possible(each))
        ]


def _possible(candidate: Mapping[str, Any]) -> bool:
    """Whether it would be shown as more than 0 per cent."""
    return float(candidate.get("confidence") or 0) >= 0.01


@dataclass
class Book:
    """One reading of the mappings beside the snapshot, and what TOPdesk had when it was last
    asked."""

    mappings: Mappings
    problems: list[Problem]
    facts: SourceFacts
    counts: Mapping[str | None, GroupCounts]
    present: date
    told: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    target: TargetFacts | None = None

    def unit(self, key: str) -> Unit | None:
        return self.mappings.units.get(key)

    def owned_by(self, who: str) -> set[str]:
        """The units that have this address among their owners."""
        return {key for key, unit in self.mappings.units.items() if belongs(unit, who)}


def owns(unit: Unit, who: str, file: str = "groups") -> bool:
    """Whether `unit.yaml` lets this address approve entries of a file. Where it names nobody, the
    command line lets anybody, and the page nobody: a link may have been passed on."""
    return bool(approvers(unit.file, file)) and may_approve(unit.file, file, who)


def belongs(unit: Unit, who: str) -> bool:
    """Whether `unit.yaml` names this address at all."""
    return any(owns(unit, who, file) for file in FILES)


class Desk:
    """A workspace that is looked at for days while its files change."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.mapping_folder
        self._book: Book | None = None
        self._files: _Signature = ()
        self._facts: tuple[object, SourceFacts, Mapping[str | None, GroupCounts]] | None = None
        self._chains: SnapshotChains | None = None
        self._assigned: dict[str, dict[str, tuple[int, int, str]]] = {}
        self._kinds: Kinds | None = None

    def book(self) -> Book:
        """The mappings as they stand now. Raises ConfigurationError (`snapshot-empty`) where HPSM
        was never read."""
        runs = self.workspace.snapshot.runs()
        if not runs:
            raise ConfigurationError(
                Problem(
                    "snapshot-empty", str(self.workspace.snapshot.path), "nothing was extracted"
                )
            )
        files = _signature(self.folder)
        if self._book is not None and files == self._files and self._facts_stand(runs):
            return self._book
        mappings, problems = read_mappings(self.folder)
        if self._facts is None or not self._facts_stand(runs):
            facts = source_facts(self.workspace.snapshot, mappings)
            self._facts = (repr(runs), facts, group_counts(self.workspace.snapshot))
            self._chains, self._assigned, self._kinds = None, {}, None
        _, facts, counts = self._facts
        zone = ZoneInfo(mappings.policy.time_zone)
        present = datetime.fromtimestamp(self.workspace.clock(), UTC).astimezone(zone).date()
        told, target = _told(self.folder, mappings), read_topdesk(self.folder)
        self._book = Book(mappings, problems, facts, counts, present, told, target)
        self._files = files
        self._chains = self._chains_of(mappings)
        return self._book

    @property
    def chains(self) -> SnapshotChains:
        """The transform over the mappings of the last `book`."""
        assert self._chains is not None  # noqa: S101 - set with the book
        return self._chains

    def items(self, unit: str, file: str) -> list[Item]:
        """Every entry of a file, and every group or operator that should have one; by impact."""
        book = self.book()
        there = book.mappings.units[unit]
        entries: dict[str, ReviewedEntry] = getattr(there, file)
        told = book.told.get(f"units/{unit}/{file}", {})
        names = dict.fromkeys([*(there.file.groups if file == "groups" else ()), *entries, *told])
        abouts = [self._about(book, unit, file, name) for name in names]
        return [
            self._item(book, unit, file, about, entries.get(about.source), told)
            for about in by_impact(abouts, self._busy_until(book))
        ]

    def effects(self, unit: str, source: str) -> list[Effect]:
        """What each group of TOPdesk gets that a group of this unit becomes, by what is decided
        now; none where it becomes no group."""
        book = self.book()
        entry = book.mappings.units[unit].groups.get(source)
        names = {name.casefold() for name in targets_of(entry.decision if entry else None)}
        if not names:
            return []
        if self._kinds is None:
            self._kinds = kinds(self.workspace.snapshot)
        found = effects(book.mappings, unit, book.facts, self._kinds, None)
        return [each for each in found if each.target.casefold() in names]

    def item(self, unit: str, file: str, source: str) -> Item | None:
        """One entry, None where the unit has no such thing."""
        return next((item for item in self.items(unit, file) if item.source == source), None)

    def _item(
        self,
        book: Book,
        unit: str,
        file: str,
        about: Weighed,
        entry: ReviewedEntry | None,
        told: Mapping[str, Any],
    ) -> Item:
        empty = entry or ENTRIES[file].model_validate({"source": about.source})
        saw = facts_of(empty, book.facts, book.target)
        approval = standing(empty, saw, book.mappings.policy)
        beside = told.get(about.source)
        return Item(
            file,
            about.source,
            entry,
            saw,
            approval,
            about,
            beside if isinstance(beside, dict) else {},
        )

    def _about(self, book: Book, unit: str, file: str, source: str) -> Weighed:
        if file == "groups" and (counts := book.counts.get(source)):
            last = (counts["last_activity"] or "")[:10]
            return Weighed(source, counts["tickets"], counts["open"], last)
        if file == "operators":
            if unit not in self._assigned:
                groups = book.mappings.units[unit].file.groups
                self._assigned[unit] = assigned(self.workspace.snapshot, groups)
            tickets, still_open, last = self._assigned[unit].get(source.casefold(), (0, 0, ""))
            return Weighed(source, tickets, still_open, last[:10])
        return Weighed(source)

    def _busy_until(self, book: Book) -> date:
        """The day of the newest activity: an old snapshot ages nobody."""
        days = [counts["last_activity"] or "" for counts in book.counts.values()]
        newest = max((day[:10] for day in days), default="")
        return date.fromisoformat(newest) if newest else book.present

    def _facts_stand(self, runs: object) -> bool:
        return self._facts is not None and self._facts[0] == repr(runs)

    def _chains_of(self, mappings: Mappings) -> SnapshotChains:
        space = self.workspace
        chains = SnapshotChains(
            space.snapshot, mappings, self.folder, space.journal.bound, space.journal.told
        )
        if self._chains is not None:
            chains.people = self._chains.people  # the snapshot's alone, and slow to make
        return chains


def _signature(folder: Path) -> _Signature:
    """Name, time and size of every file that is read."""
    return tuple(
        (str(path), (seen := path.stat()).st_mtime_ns, seen.st_size)
        for path in sorted((*folder.rglob("*.yaml"), folder.parent / "sprints.yaml"))
        if path.is_file()
    )


def _told(folder: Path, mappings: Mappings) -> dict[str, Mapping[str, Any]]:
    """What `map propose` wrote: file → source → facts, proposal, reason and near names. It is
    there to help, so one that cannot be read is no trouble."""
    return {
        f"units/{unit}/{file}": found
        for unit in mappings.units
        for file in FILES
        if (found := _read(folder / "units" / unit / f"{file}.seen.yaml"))
    }


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
