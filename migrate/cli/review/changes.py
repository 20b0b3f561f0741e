"""What somebody does on the page, done to the files by the functions of the command line, and
written into the audit.

Two people at once do not overwrite each other: whoever answers says by a version what they saw, and
under a lock that is compared with what is there now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrate.cli.review.access import Viewer
from migrate.cli.review.book import Desk, Item, owns
from migrate.errors import Problem
from migrate.state.audit import Event, Position
from migrate.transform.approve import ReviewedEntry, facts_of
from migrate.transform.deciding import (
    ENTRIES,
    answered,
    rejected,
    sealed,
    version_of,
    write_entries,
    wrong_with,
)
from migrate.transform.mapping import Review, Unit
from migrate.transform.seen_facts import to_seal

LOCK = "mappings"
"""The name of `Workspace.writing`'s lock."""


class Conflict(Exception):
    """Somebody else was faster: `item` is as it stands now."""

    def __init__(self, item: Item) -> None:
        super().__init__(item.source)
        self.item = item


class Forbidden(Exception):
    """They may see it, and not do this; `reason` is a word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Wrong(Exception):
    """The answer cannot stand: every problem with it."""

    def __init__(self, item: Item, problems: Sequence[Problem]) -> None:
        super().__init__(item.source)
        self.item = item
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Place:
    """One entry, as an address names it."""

    unit: str
    file: str
    source: str

    @property
    def about(self) -> dict[str, str]:
        return {"unit": self.unit, "file": self.file, "source": self.source}


class Changes:
    """Everything that writes. `desk` is asked, and reads again what was written."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._position: Position | None = None
        self._events: dict[Place, list[Event]] = {}

    def decide(
        self, viewer: Viewer, place: Place, version: str, answer: Mapping[str, str], *, yes: bool
    ) -> None:
        """Write what somebody answered, and with `yes` approve it.

        Raises Conflict, Forbidden (only owners approve, open a restricted group, or take back an
        approval) and Wrong; then nothing is written.
        """
        with self._seen(place, version) as item:
            after = answered(place.file, place.source, item.entry, answer)
            if yes and after.decision is None:
                missing = Problem("decision-missing", place.source, "there is nothing to approve")
                raise Wrong(item, [missing])
            if problems := self._wrong(place.unit, place.file, [after]):
                raise Wrong(item, [each for found in problems.values() for each in found])
            self._may(viewer, place, item.entry, after, yes=yes)
            what = "approved" if yes else "decided"
            if yes and not (item.approval.holds and after == item.entry):
                after = sealed(after, self._facts(after), viewer.who, self._now().date())
            if after != item.entry:
                self._write(viewer, what, place.unit, place.file, [(item.entry, after)])

    def take_back(self, viewer: Viewer, place: Place, version: str) -> None:
        """Take an approval back; the decision stays. Raises Conflict and Forbidden."""
        with self._seen(place, version) as item:
            if item.entry is not None and item.entry.review.status != "proposed":
                after = item.entry.model_copy(update={"review": Review()})
                self._may(viewer, place, item.entry, after)
                self._write(viewer, "took back", place.unit, place.file, [(item.entry, after)])

    def reject(self, viewer: Viewer, place: Place, version: str) -> None:
        """Say no to what is proposed. Raises Conflict and Forbidden."""
        with self._seen(place, version) as item:
            entry = item.entry or ENTRIES[place.file].model_validate({"source": place.source})
            after = rejected(entry, viewer.who, self._now().date())
            self._may(viewer, place, item.entry, after, yes=True)
            self._write(viewer, "rejected", place.unit, place.file, [(item.entry, after)])

    def undo(self, viewer: Viewer, place: Place, version: str) -> None:
        """Put the entry back to what it was before the last change that was made here. Raises
        Conflict, and where the entry is no longer what that change made of it, does nothing."""
        with self._seen(place, version) as item:
            event = self.last_change(place, item.entry)
            if event is None or item.entry is None:
                return
            before = ENTRIES[place.file].model_validate(event.about["before"])
            self._may(viewer, place, item.entry, before, yes=before.review.status == "approved")
            self._write(viewer, "undid", place.unit, place.file, [(item.entry, before)])

    def approve_rest(
        self, viewer: Viewer, unit: str, file: str, chosen: Mapping[str, str], *, open_to_all: bool
    ) -> list[str]:
        """One decision for many: the proposal, where an entry has no decision, and approval.
        `chosen` is source → the version that was seen; with `open_to_all`, groups of which nobody
        has said whether they are restricted are not. Returns those that somebody else changed
        meanwhile, or whose proposal cannot stand: they are left as they are. Raises Forbidden."""
        if not owns(self._unit(unit), viewer.who, file):
            raise Forbidden("approve")
        with self._desk.workspace.writing():
            there = {item.source: item for item in self._desk.items(unit, file)}
            after: dict[str, ReviewedEntry] = {}
            for source, version in chosen.items():
                item = there.get(source)
                if item is None or version_of(item.entry, item.saw) != version:
                    continue
                entry = answered(file, source, item.entry, _accepted(item, open_to_all))
                if entry.decision is not None:
                    after[source] = entry
            for source in self._wrong(unit, file, list(after.values())):
                after.pop(source, None)
            today = self._now().date()
            changes = [
                (there[source].entry, sealed(entry, self._facts(entry), viewer.who, today))
                for source, entry in after.items()
                if entry != there[source].entry or not there[source].approval.holds
            ]
            if changes:
                self._write(viewer, "approved", unit, file, changes)
        return [source for source in chosen if source not in after]

    def history(self, place: Place) -> list[Event]:
        """What was done to an entry here, the oldest first."""
        found, self._position = self._desk.workspace.audit.read(self._position)
        for event in found:
            if event.what != "viewed":
                for where in _places(event):
                    self._events.setdefault(where, []).append(event)
        return self._events.get(place, [])

    def last_change(self, place: Place, entry: ReviewedEntry | None) -> Event | None:
        """The change that made the entry what it is, where it was made here and can be undone."""
        changes = [event for event in self.history(place) if "after" in event.about]
        if not changes or entry is None or changes[-1].about.get("before") is None:
            return None
        return changes[-1] if changes[-1].about["after"] == _told(entry) else None

    @contextmanager
    def _seen(self, place: Place, version: str) -> Iterator[Item]:
        """Under the lock of all who write: the entry as it is now, which must be the one seen."""
        with self._desk.workspace.writing():
            item = self._desk.item(place.unit, place.file, place.source)
            if item is None:
                raise Forbidden("gone")
            if version_of(item.entry, item.saw) != version:
                raise Conflict(item)
            yield item

    def _may(
        self,
        viewer: Viewer,
        place: Place,
        before: ReviewedEntry | None,
        after: ReviewedEntry,
        *,
        yes: bool = False,
    ) -> None:
        if owns(self._unit(place.unit), viewer.who, place.file):
            return
        if yes:
            raise Forbidden("approve")
        if before is not None and before.review.status in ("approved", "rejected"):
            raise Forbidden("approved")
        was = getattr(before, "restricted", "unknown")
        if getattr(after, "restricted", None) is False and was is not False:
            raise Forbidden("restricted")

    def _wrong(
        self, unit: str, file: str, entries: Sequence[ReviewedEntry]
    ) -> dict[str, list[Problem]]:
        book = self._desk.book()
        return wrong_with(book.mappings, unit, file, entries, book.facts)

    def _facts(self, entry: ReviewedEntry) -> dict[str, Any]:
        book = self._desk.book()
        return to_seal(facts_of(entry, book.facts, book.target))

    def _write(
        self,
        viewer: Viewer,
        what: str,
        unit: str,
        file: str,
        changes: Sequence[tuple[ReviewedEntry | None, ReviewedEntry]],
    ) -> None:
        """First the audit, then the file: what cannot be written there is not done, and what was
        not done after all is said there too."""
        audit, now = self._desk.workspace.audit, self._now()
        for before, after in changes:
            told = {"before": _told(before) if before else None, "after": _told(after)}
            place = Place(unit, file, after.source)
            audit.append(viewer.who, what, {**place.about, **told}, now)
        try:
            write_entries(self._desk.folder / "units" / unit / f"{file}.yaml", changes)
        except BaseException:  # whatever it was, the audit must not say that it was done
            for _, after in changes:
                place = Place(unit, file, after.source)
                audit.append(viewer.who, f"{what}: not done", place.about, now)
            raise

    def _unit(self, key: str) -> Unit:
        return self._desk.book().mappings.units[key]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._desk.workspace.clock(), UTC)


def _places(event: Event) -> list[Place]:
    """The entries that an event is about; the command line names several by their ids."""
    about = event.about
    if {"unit", "file", "source"} <= set(about):
        return [Place(str(about["unit"]), str(about["file"]), str(about["source"]))]
    found = []
    for id in about.get("entries", ()):
        path, _, source = str(id).partition("#")
        found.append(Place(str(about.get("unit", "")), Path(path).stem, source))
    return found


def _accepted(item: Item, open_to_all: bool) -> dict[str, str]:
    """The answer of somebody who agrees to what is proposed."""
    answer: dict[str, str] = {}
    if (item.entry is None or item.entry.decision is None) and item.proposal:
        answer |= {name: str(value) for name, value in item.proposal.items()}
    if open_to_all and getattr(item.entry, "restricted", "unknown") == "unknown":
        answer["restricted"] = "false"
    return answer


def _told(entry: ReviewedEntry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_none=True)
