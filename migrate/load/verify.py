"""Verify: reads the target back and compares field by field, and looks for doubles.

Compares digests of what was sent with what the target shows, so that it needs neither the snapshot
nor the mappings, and reports the names of fields and never what stands in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from migrate.load.compare import differing, expected, trail_digests, unpack
from migrate.load.target import TargetReader, TrailEntry
from migrate.records import PHASES, Found, State
from migrate.state.journal import Entry, Journal, Record

_SENT = frozenset({State.DONE, State.VERIFIED, State.MISMATCH})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the target shows otherwise than it was sent."""

    kind: str
    identity: str
    number: str
    code: str
    detail: str


@dataclass(slots=True)
class Verified:
    """What a verification found: records compared by kind, and every difference."""

    compared: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(slots=True)
class Verifier:
    """Compares what the journal says was loaded with what the target has."""

    journal: Journal
    reader: TargetReader
    threads: int = 8
    progress: Callable[[int], None] = lambda done: None
    clock: Callable[[], float] = lambda: 0.0

    def verify(self, unit: str) -> Verified:
        """Compare every record of a unit, and mark its steps `verified` or `mismatch`."""
        result = Verified()
        with ThreadPoolExecutor(self.threads) as pool:
            for kinds in PHASES.values():
                for kind in kinds:
                    for page in self._pages(kind, unit):
                        entries = self.journal.entries(kind, [r.identity for r in page])
                        sent = [r for r in page if _was_sent(entries.get(r.identity, ()))]
                        if kind == "incident":
                            self._incidents(sent, entries, pool, result)
                        elif kind == "membership":
                            self._memberships(sent, entries, result)
                        else:
                            self._directory(kind, sent, entries, result)
                        result.compared[kind] += len(sent)
                        self.journal.commit()
                        self.progress(sum(result.compared.values()))
        return result

    def _pages(self, kind: str, unit: str) -> Iterator[list[Record]]:
        after = ""
        while page := self.journal.unit_records(kind, unit, after):
            yield page
            after = page[-1].identity

    def _incidents(
        self,
        records: Sequence[Record],
        entries: dict[str, list[Entry]],
        pool: ThreadPoolExecutor,
        result: Verified,
    ) -> None:
        there: dict[str, list[Found]] = {}
        if records:
            wanted = [record.identity for record in records]
            for found in self.reader.find("incident", "externalNumber", wanted):
                there.setdefault(str(found.fields["externalNumber"]), []).append(found)
        trails = pool.map(
            lambda record: (
                self.reader.trail(record.target_id)
                if record.target_id and any(e.marker for e in entries[record.identity])
                else []
            ),
            records,
        )
        for record, trail in zip(records, trails, strict=True):
            known = entries[record.identity]
            found_here = there.get(record.identity, [])
            problems = _wrong(record, known, found_here) or _wrong_trail(known, trail)
            result.entries += sum(1 for e in known if e.marker and e.state in _SENT)
            self._mark(record, known, problems, result)

    def _directory(
        self,
        kind: str,
        records: Sequence[Record],
        entries: dict[str, list[Entry]],
        result: Verified,
    ) -> None:
        if not records:
            return
        there = {found.id: found for found in self.reader.index(kind)}
        for record in records:
            found = there.get(record.target_id)
            known = entries[record.identity]
            self._mark(record, known, _wrong(record, known, [found] if found else []), result)

    def _memberships(
        self, records: Sequence[Record], entries: dict[str, list[Entry]], result: Verified
    ) -> None:
        ids = {
            (kind, identity): id
            for kind, identity, id in self.journal.targets(["operator", "operator_group"])
        }
        members: dict[str, frozenset[str]] = {}
        for record in records:
            group, _, operator = record.identity.rpartition("|")
            group_id = ids.get(("operator_group", group), "")
            if group_id and group_id not in members:
                members[group_id] = self.reader.members(group_id)
            there = ids.get(("operator", operator)) in members.get(group_id, frozenset())
            self._mark(
                record, entries[record.identity], [] if there else [("gone", "membership")], result
            )

    def _mark(
        self,
        record: Record,
        known: Sequence[Entry],
        problems: list[tuple[str, str]],
        result: Verified,
    ) -> None:
        result.differences.extend(
            Difference(record.kind, record.identity, record.number, code, detail)
            for code, detail in problems
        )
        state = State.MISMATCH if problems else State.VERIFIED
        code, detail = problems[0] if problems else ("", "")
        for entry in known:
            if entry.state in _SENT and entry.state is not state:
                self.journal.note(entry.key, state, self.clock(), code=code, detail=detail)


def _was_sent(known: Sequence[Entry]) -> bool:
    return any(entry.state in _SENT for entry in known)


def _wrong(record: Record, known: Sequence[Entry], found: Sequence[Found]) -> list[tuple[str, str]]:
    """What is wrong with the record itself: gone, doubled, or fields that differ."""
    if not found:
        return [("gone", "not in the target under its key")]
    if len(found) > 1:
        return [("doubles-in-target", ", ".join(f.number or f.id for f in found))]
    sent = expected(entry.fields for entry in known if entry.state in _SENT)
    names = differing(sent, found[0].fields)
    return [("differs", ", ".join(names))] if names else []


def _wrong_trail(known: Sequence[Entry], trail: Sequence[TrailEntry]) -> list[tuple[str, str]]:
    """What is wrong with the history: an entry gone, doubled, visible to the wrong people, or with
    another text."""
    problems: list[tuple[str, str]] = []
    for entry in known:
        if not entry.marker or entry.state not in _SENT:
            continue
        here = [item for item in trail if entry.marker in item.text]
        if len(here) != 1:
            code = "doubles-in-target" if here else "gone"
            problems.append((code, f"{entry.key.step} ({len(here)} entries)"))
            continue
        sent, now = unpack(entry.fields), trail_digests(here[0].text, here[0].invisible)
        wrong = [name for name in now if name in sent and sent[name] != now[name]]
        if wrong:
            problems.append(("differs", f"{entry.key.step}: {', '.join(wrong)}"))
    return problems
