"""A workspace's units out into workbooks, and back in: what reads and writes for `map export`, `map
import` and `map diff`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from migrate.cli.review.access import key_of
from migrate.cli.review.book import Desk, Item
from migrate.cli.review.changes import LOCK
from migrate.cli.review.wording import Words as PageWords
from migrate.errors import ConfigurationError, MappingError, Problem, StoppedError
from migrate.state import locks
from migrate.state.database import unwritable_path
from migrate.transform.approve import FILES, ReviewedEntry
from migrate.transform.deciding import write_entries
from migrate.transform.entitled import may_approve
from migrate.transform.facts import TargetFacts
from migrate.transform.mapping import Mappings, Review, entry_id
from migrate.transform.mapping_edit import stamp
from migrate.transform.mapping_files import read_mappings
from migrate.transform.names import near
from migrate.transform.sheet.checked import checked
from migrate.transform.sheet.columns import Line, row_id
from migrate.transform.sheet.legal import legal_values
from migrate.transform.sheet.lines import left_lines, line_of
from migrate.transform.sheet.merge import Change, Merged, merge
from migrate.transform.sheet.read import Found, read
from migrate.transform.sheet.wording import Words
from migrate.transform.sheet.write import Export, written
from migrate.workspace import Workspace

_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one workbook. `written` is the small workbook of what was left, if any."""

    name: str
    unit: str
    by: str
    merged: Merged
    written: Path | None = None


class Exchange:
    """One workspace, for the length of a command."""

    def __init__(self, workspace: Workspace, lang: str) -> None:
        self.workspace = workspace
        self.words = Words(lang)
        self._page = PageWords(lang)
        self._desk = Desk(workspace)

    @property
    def mappings(self) -> Mappings:
        """The mappings as they are now. Raises MappingError where a file cannot be read: what is
        in it would look like nothing."""
        book = self._desk.book()
        if book.problems:
            raise MappingError(book.problems)
        return book.mappings

    def export(self, unit: str, path: Path, target: TargetFacts | None) -> int:
        """Write the workbook of a unit; returns how many rows it has. Raises ConfigurationError
        (`sheet-exists`) rather than replace a file, which may hold somebody's answers."""
        mappings = self.mappings
        if unit not in mappings.units:
            raise _unknown_unit(unit, mappings)
        lines = self._lines(unit)
        self._save(path, self._export(unit, lines, target))
        return len(lines)

    def read(self, path: Path, unit: str | None) -> tuple[Found, str]:
        """A workbook, and the unit that it is of. Raises ConfigurationError (`sheet-unreadable`,
        `sheet-other-unit`)."""
        found = read(path, key_of(self.workspace.state))
        named = found.base.unit if found.base else self._guessed(found)
        if unit is not None and named is not None and named != unit:
            raise ConfigurationError(
                Problem("sheet-other-unit", path.name, f'the workbook is of "{named}"', unit)
            )
        chosen = unit or named
        if chosen is None or chosen not in self.mappings.units:
            raise _unknown_unit(chosen or path.name, self.mappings)
        return found, chosen

    def merged(self, found: Found, unit: str, by: str) -> Merged:
        """What a workbook would change, and what of it cannot be taken in. Writes nothing."""
        mappings = self.mappings
        entries: dict[str, dict[str, ReviewedEntry | None]] = {
            file: {item.source: item.entry for item in self._desk.items(unit, file)}
            for file in FILES
        }
        file = mappings.units[unit].file
        may_open = [name for name in FILES if may_approve(file, name, by)]
        merged = merge(found, unit, entries, Review(by=by, at=self._today()), may_open)
        facts = self._desk.book().facts
        merged.changes, refused = checked(mappings, unit, merged.changes, facts)
        merged.left += refused
        return merged

    def take(self, path: Path, unit: str | None, by: str | None, default: str) -> Taken:
        """Bring a workbook into the files, every line with who answered: `by`, else whom the
        workbook names, else `default`. What is left is written into a small workbook beside it."""
        with self._alone():
            found, chosen = self.read(path, unit)
            who = by or found.author or default
            merged = self.merged(found, chosen, who)
            self._write(found.name, chosen, who, merged)
        beside = self._left(path, chosen, merged) if merged.left else None
        return Taken(found.name, chosen, who, merged, beside)

    def _write(self, name: str, unit: str, who: str, merged: Merged) -> None:
        """The audit first: what cannot be written there is not done."""
        now = datetime.fromtimestamp(self.workspace.clock(), UTC)
        for file in FILES:
            changes = [change for change in merged.changes if change.file == file]
            self._stands(unit, changes)
            for change in changes:
                about = {"unit": unit, "file": file, "source": change.source, "workbook": name}
                told = {"before": _told(change.before), "after": _told(change.after)}
                self.workspace.audit.append(who, "decided", about | told, now)
            if changes:
                target = self.workspace.mapping_folder / "units" / unit / f"{file}.yaml"
                pairs = [(change.before, change.after) for change in changes]
                write_entries(target, pairs, stamp(who, self._today()))

    def _stands(self, unit: str, changes: Sequence[Change]) -> None:
        """Raise StoppedError where an entry is no longer what was merged: who edits the file by
        hand does not wait for our lock."""
        now = read_mappings(self.workspace.mapping_folder)[0].units.get(unit) if changes else None
        for change in changes:
            entries = getattr(now, change.file, {})
            if entries.get(change.source) != change.before:
                place = entry_id(unit, change.file, change.source)
                raise StoppedError(
                    Problem("mappings-changed", place, "somebody has just changed this entry")
                )

    def _left(self, path: Path, unit: str, merged: Merged) -> Path | None:
        """The small workbook of what was left; None where none of it has a row any more."""
        lines = left_lines(merged.left, self._lines(unit), self.words)
        if not lines:
            return None
        beside = path.with_name(f"{path.stem}.left.xlsx")
        number = 2
        while beside.exists():
            beside = path.with_name(f"{path.stem}.left-{number}.xlsx")
            number += 1
        prefix = f"{path.name}: "
        named = [p.place.removeprefix(prefix) for p in merged.problems if "!" in p.place]
        self._save(beside, self._export(unit, lines, None, leftover=True, named=named))
        return beside

    def _export(
        self,
        unit: str,
        lines: Sequence[Line],
        target: TargetFacts | None,
        *,
        leftover: bool = False,
        named: Sequence[str] = (),
    ) -> bytes:
        mappings = self.mappings
        export = Export(
            unit,
            mappings.units[unit].file.name,
            lines,
            legal_values(mappings, lines, target),
            self._today().isoformat(),
            leftover,
            named,
        )
        return written(export, key_of(self.workspace.state), self.words.lang)

    def _lines(self, unit: str) -> list[Line]:
        return [self._line(item) for file in FILES for item in self._desk.items(unit, file)]

    def _line(self, item: Item) -> Line:
        facts: dict[str, Any] = dict(item.saw)
        if item.file == "operators":
            seen = self._desk.book().facts.operators.get(item.source.casefold())
            facts["name"] = seen.name if seen else None
        told = dict(item.told)
        if reason := told.get("reason"):
            told["reason"] = self._page.reason(str(reason))
        return line_of(item.file, item.source, item.entry, facts, item.approval, told, self.words)

    def _guessed(self, found: Found) -> str | None:
        """The unit whose rows these are, by their hidden ids."""
        seen = {row.id for row in found.rows}
        hits: Counter[str] = Counter()
        for unit in self.mappings.units:
            for file in FILES:
                for item in self._desk.items(unit, file):
                    hits[unit] += row_id(unit, file, item.source) in seen
        best = hits.most_common(1)
        return best[0][0] if best and best[0][1] else None

    def _save(self, path: Path, content: bytes) -> None:
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            raise ConfigurationError(
                Problem("sheet-exists", str(path), "it may hold somebody's answers")
            ) from None
        except OSError as error:
            raise unwritable_path(path, error) from None

    def _today(self) -> date:
        return datetime.fromtimestamp(self.workspace.clock(), UTC).date()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The lock of all who write decisions; the page's too."""
        with locks.hold(self.workspace.state / "locks", LOCK, wait=_WAIT):
            yield


def _told(entry: ReviewedEntry | None) -> dict[str, Any] | None:
    return entry.model_dump(mode="json", exclude_none=True) if entry else None


def _unknown_unit(unit: str, mappings: Mappings) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "usage",
            "command line",
            f'there is no unit "{unit}"',
            expected=", ".join(list(mappings.units)[:12]),
            near=near(unit, mappings.units),
        )
    )
