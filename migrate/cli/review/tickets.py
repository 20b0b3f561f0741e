"""The real tickets behind an entry: a few that say most, before and after, each view of them
written into the audit before it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from migrate.cli.review.access import Viewer
from migrate.cli.review.book import Desk
from migrate.records import State
from migrate.state.examples import Candidates, candidates
from migrate.transform.preview import Preview

MOST = 5
_TRIED = 40
"""How many candidates are looked at for a kind of example before it is given up."""


@dataclass(frozen=True, slots=True)
class Example:
    """A ticket and why it is shown: words of ours, such as `newest`."""

    why: tuple[str, ...]
    preview: Preview


@dataclass(frozen=True, slots=True)
class Examples:
    """Three to five tickets; `hidden` are tickets of this entry that nobody is shown."""

    shown: tuple[Example, ...]
    hidden: int


class Tickets:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._found: dict[tuple[object, ...], Candidates] = {}

    def of(self, viewer: Viewer, unit: str, file: str, source: str) -> Examples:
        """Examples of a group's or an operator's tickets, as far as `viewer` may see them."""
        book = self._desk.book()
        there = book.mappings.units[unit]
        groups = [
            group
            for group in ([source] if file == "groups" else there.file.groups)
            if (entry := there.groups.get(group)) is not None and entry.restricted is False
        ]
        if file not in ("groups", "operators"):
            return Examples((), 0)
        if not groups or (file == "groups" and source not in there.file.groups):
            return Examples((), self._count(source) if file == "groups" else 0)
        assignee = source if file == "operators" else ""
        key = (repr(self._desk.workspace.snapshot.runs()), tuple(groups), assignee)
        if key not in self._found:
            self._found = {key: candidates(self._desk.workspace.snapshot, groups, assignee)}
        shown, hidden = self._choose(self._found[key], unit)
        self._seen(viewer, unit, [example.preview.key for example in shown])
        return Examples(tuple(shown), hidden)

    def one(self, viewer: Viewer, unit: str, number: str) -> Preview | None:
        """One ticket by its number; None where there is none of this unit that may be shown, which
        of the two it is said to nobody."""
        found = self._preview(number, unit)
        if found is None:
            return None
        self._seen(viewer, unit, [found.key])
        return found

    def _choose(self, among: Candidates, unit: str) -> tuple[list[Example], int]:
        why: dict[str, list[str]] = {}
        previews: dict[str, Preview] = {}
        hidden: set[str] = set()

        def first(reason: str, keys: Iterator[str]) -> None:
            for tried, key in enumerate(keys):
                if tried >= _TRIED:
                    return
                found = previews.get(key) or self._preview(key, unit)
                if found is None:
                    hidden.add(key)
                    continue
                previews[key] = found
                why.setdefault(key, []).append(reason)
                return

        people = self._desk.chains.people
        first("newest", (key for key, _ in among.newest))
        first("longest", iter(among.longest))
        first("picture", iter(among.pictured))
        first(
            "left",
            (
                key
                for key, caller in among.newest
                if caller and (who := people.named(caller)) is not None and who.left
            ),
        )
        for key, _ in among.newest:
            if len(why) >= min(3, len(among.newest)) or len(previews) + len(hidden) > _TRIED:
                break
            if key not in why:
                first("another", iter([key]))
        return [Example(tuple(why[key]), previews[key]) for key in why][:MOST], len(hidden)

    def _preview(self, number: str, unit: str) -> Preview | None:
        found = self._desk.chains.preview(number, self._desk.workspace.absent)
        if found is None or found.unit != unit:
            return None
        if found.verdict is not None and found.verdict.state is State.HELD:
            return None
        return found

    def _count(self, group: str) -> int:
        counts = self._desk.book().counts.get(group)
        return counts["tickets"] if counts else 0

    def _seen(self, viewer: Viewer, unit: str, keys: Sequence[str]) -> None:
        if keys:
            now = datetime.fromtimestamp(self._desk.workspace.clock(), UTC)
            about = {"unit": unit, "tickets": list(keys)}
            self._desk.workspace.audit.append(viewer.who, "viewed", about, now)
