"""Verify: reads the target back and compares field by field, and looks for doubles.

Compares digests of what was sent with what the target shows, so that it needs neither the snapshot
nor the mappings, and reports the names of fields and never what stands in them. What was ever in
doubt is looked for by its key, since a request that was believed lost may have been at work still.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from migrate.load.baseline import Baseline, decided
from migrate.load.believed import SENT, given_up, lost
from migrate.load.compare import (
    differing,
    digests,
    expected,
    shown,
    unpack,
)
from migrate.load.directory import by_number
from migrate.load.files import file_fields, ours, wrong_fields
from migrate.load.keys import PERSON_KEYS
from migrate.load.partials import wrong_partials
from migrate.load.policy import UNSEEN, Problems, unless_unseen
from migrate.load.rights import wrong_rights
from migrate.load.target import TargetReader, TrailEntry
from migrate.load.verify_knowledge import Knowledge, not_taken_back
from migrate.load.verify_time import wrong_time
from migrate.load.verify_trail import is_file, wrong_trail
from migrate.records import PHASES, Found, State
from migrate.state.journal import Entry, Journal, Record

_KEYS = {
    "branch": ("name",),
    "department": ("name",),
    "operator": ("loginName",),
    "operator_group": ("groupName", "branch"),
    "service": ("name",),
    "knowledge_folder": ("externalLink",),
}


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
    """What a verification found: records compared by kind, and every difference. Of the `files`
    compared by name and size, `downloaded` were read back whole."""

    compared: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    files: int = 0
    downloaded: int = 0
    differences: list[Difference] = field(default_factory=list)
    gone_since: float = 0.0
    """When the last of what is not found was sent, in wall-clock seconds."""


@dataclass(slots=True)
class _Index:
    """The records of one kind in the target, by id and by whatever their keys are."""

    by_id: dict[str, Found]
    _by_key: dict[tuple[str, ...], dict[tuple[str, ...], list[Found]]] = field(default_factory=dict)

    def alike(self, key: Mapping[str, str]) -> list[Found]:
        """Those not archived that show this key, given as digests by field."""
        if not key:
            return []
        names = tuple(key)
        if names not in self._by_key:
            shelf = self._by_key[names] = {}
            for found in self.by_id.values():
                if not found.archived:
                    shows = digests(shown(dict.fromkeys(names, ""), found.fields))
                    shelf.setdefault(tuple(shows[name] for name in names), []).append(found)
        return self._by_key[names].get(tuple(key.values()), [])


@dataclass(slots=True)
class Verifier:
    """Compares what the journal says was loaded with what the target has. Of the files, one of
    `sample` in the order of their tickets is read back, and the first one always.

    What is not found is looked for again after the settle `window`, in seconds, counted from when
    it was sent: a target may show late what it has.
    """

    journal: Journal
    reader: TargetReader
    threads: int = 8
    sample: int = 20
    progress: Callable[[int], None] = lambda done: None
    clock: Callable[[], float] = lambda: 0.0
    window: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    def verify(self, unit: str) -> Verified:
        """Compare every record of a unit, and mark its steps `verified` or `mismatch`."""
        result = self._look(unit)
        if result.gone_since and (left := result.gone_since + self.window - self.clock()) > 0:
            self.sleep(left)
            result = self._look(unit)
        return result

    def _look(self, unit: str) -> Verified:
        result = Verified()
        with ThreadPoolExecutor(self.threads) as pool:
            for kinds in PHASES.values():
                for kind in kinds:
                    for page in self._pages(kind, unit):
                        entries = {
                            identity: decided(known)
                            for identity, known in self.journal.entries(
                                kind, [r.identity for r in page]
                            ).items()
                        }
                        sent = {r.identity for r in page if _was_sent(entries.get(r.identity, ()))}
                        known = [
                            r
                            for r in page
                            if r.identity in sent or _was_lost(entries.get(r.identity, ()))
                        ]
                        if kind == "incident":
                            self._incidents(known, entries, pool, result)
                        elif kind == "membership":
                            self._memberships(known, entries, result)
                        elif kind in ("knowledge_item", "knowledge_links"):
                            self._knowledge(kind, known, entries, pool, result)
                        else:
                            self._directory(kind, known, entries, result)
                        result.compared[kind] += len(sent)
                        self.journal.commit()
                        self.progress(sum(result.compared.values()))
        return result

    def _pages(self, kind: str, unit: str) -> Iterator[list[Record]]:
        after = ""
        while page := self.journal.unit_records(kind, unit, after):
            after = page[-1].identity
            yield not_taken_back(self.journal, page) if kind == "knowledge_links" else page

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
            gone = self.journal.taken_back("incident", wanted)
            ours = {record.identity: record.target_id for record in records}
            for found, number in by_number(self.reader, wanted):
                put_away = found.archived and ours.get(number) not in ("", found.id)
                if found.id not in gone.get(number, ()) and not put_away:
                    there.setdefault(number, []).append(found)
        # One that is there under another number, or that no search shows yet, is not gone.
        lost = [r for r in records if r.target_id and r.identity not in there]
        unseen: dict[str, Problems] = {}
        for record, alone in zip(lost, pool.map(self._alone, lost), strict=True):
            if isinstance(alone, list):
                unseen[record.identity] = alone
            else:
                there[record.identity] = [alone] if alone else []
        known_of = [entries[record.identity] for record in records]
        sampled = [self._sampled(known, result) for known in known_of]
        below = pool.map(self._below, records, known_of, sampled)
        for record, wrong_below in zip(records, below, strict=True):
            known = entries[record.identity]
            found_here = there.get(record.identity, [])
            problems = unseen.get(record.identity) or _wrong(record, known, found_here)
            problems = problems or wrong_below
            result.entries += sum(
                1 for e in known if e.marker and e.state in SENT and not is_file(e)
            )
            self._mark(record, known, problems, result)

    def _alone(self, record: Record) -> Found | Problems | None:
        """The record itself; what is wrong where it may not be read."""
        return unless_unseen(lambda: self.reader.get(record.kind, record.target_id))

    def _sampled(self, known: Sequence[Entry], result: Verified) -> frozenset[str]:
        """The steps of a ticket whose files are to be read back."""
        chosen = []
        for entry in known:
            if _is_attached(entry) and entry.state in SENT:
                if result.files % self.sample == 0:
                    chosen.append(entry.key.step)
                result.files += 1
        result.downloaded += len(chosen)
        return frozenset(chosen)

    def _below(
        self, record: Record, known: Sequence[Entry], sampled: frozenset[str]
    ) -> list[tuple[str, str]]:
        """What is wrong with the history of a ticket and with its files."""
        return unless_unseen(
            lambda: [
                *wrong_trail(known, self._trail(record, known)),
                *self._files(record, known, sampled),
            ]
        )

    def _trail(self, record: Record, known: Sequence[Entry]) -> list[TrailEntry]:
        told = any(entry.marker and not is_file(entry) for entry in known)
        return self.reader.trail(record.target_id) if record.target_id and told else []

    def _files(
        self, record: Record, known: Sequence[Entry], sampled: frozenset[str]
    ) -> list[tuple[str, str]]:
        """What is wrong with the files: gone, doubled, visible to the wrong people, of another name
        or size, or of another content where that is looked at."""
        if not record.target_id:
            return []
        problems: list[tuple[str, str]] = wrong_time(self.reader, record.target_id, known)
        problems += wrong_partials(self.reader, record.target_id, known)
        if not any(map(_is_attached, known)):
            return problems
        there = self.reader.attachments(record.target_id)
        for entry in filter(_is_attached, known):
            sent = unpack(entry.fields)
            here = ours(self.reader, record.target_id, there, entry.marker, sent)
            if here and given_up(entry):
                problems.append(("late-in-target", entry.key.step))
            if entry.state not in SENT:
                continue
            if len(here) != 1:
                code = "doubles-in-target" if here else "gone"
                problems.append((code, f"{entry.key.step} ({len(here)} files)"))
                continue
            fields = file_fields(here[0])
            if entry.key.step in sampled:
                fields["sha256"] = self.reader.digest(record.target_id, here[0])
            if names := wrong_fields(fields, sent):
                problems.append(("differs", f"{entry.key.step}: {', '.join(names)}"))
        return problems

    def _directory(
        self,
        kind: str,
        records: Sequence[Record],
        entries: dict[str, list[Entry]],
        result: Verified,
    ) -> None:
        if not records:
            return
        index = _Index({found.id: found for found in self.reader.index(kind)})
        for record in records:
            known = entries[record.identity]
            found = index.by_id.get(record.target_id) or (
                self._alone(record) if record.target_id else None
            )
            if isinstance(found, list):
                self._mark(record, known, found, result)
                continue
            here = index.alike(_key(kind, known)) or ([found] if found else [])
            wrong = _wrong(record, known, here) or wrong_rights(
                self.reader, record.target_id, known
            )
            self._mark(record, known, wrong, result)

    def _memberships(
        self, records: Sequence[Record], entries: dict[str, list[Entry]], result: Verified
    ) -> None:
        ids = {
            (kind, identity): id
            for kind, identity, id in self.journal.targets(["operator", "operator_group"])
        }
        members: dict[str, frozenset[str]] = {}
        for record in (each for each in records if _was_sent(entries[each.identity])):
            group, _, operator = record.identity.rpartition("|")
            group_id = ids.get(("operator_group", group), "")
            if group_id and group_id not in members:
                members[group_id] = self.reader.members(group_id)
            there = ids.get(("operator", operator)) in members.get(group_id, frozenset())
            self._mark(
                record, entries[record.identity], [] if there else [("gone", "membership")], result
            )

    def _knowledge(
        self,
        kind: str,
        records: Sequence[Record],
        entries: dict[str, list[Entry]],
        pool: ThreadPoolExecutor,
        result: Verified,
    ) -> None:
        look = Knowledge(self.journal, self.reader, self.sample)
        if kind == "knowledge_item":
            there = look.there(records)
            found = pool.map(
                lambda each: unless_unseen(
                    lambda: look.item(each, entries[each.identity], there.get(each.identity, []))
                ),
                records,
            )
        else:
            found = pool.map(
                lambda each: unless_unseen(lambda: look.links(each, entries[each.identity])),
                records,
            )
        for record, problems in zip(records, found, strict=True):
            self._mark(record, entries[record.identity], problems, result)
        result.files += look.files
        result.downloaded += look.downloaded

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
        if any(code == UNSEEN for code, _ in problems):
            return  # it stands as it was last seen
        if any(code == "gone" for code, _ in problems):
            result.gone_since = max([result.gone_since, *(e.sent_at or 0.0 for e in known)])
        state = State.MISMATCH if problems else State.VERIFIED
        code, detail = problems[0] if problems else ("", "")
        for entry in known:
            if entry.state in SENT and entry.state is not state:
                self.journal.note(entry.key, state, self.clock(), code=code, detail=detail)


def _is_attached(entry: Entry) -> bool:
    return entry.key.step.startswith("attachment/")


def _was_sent(known: Sequence[Entry]) -> bool:
    return any(entry.state in SENT for entry in known)


def _was_lost(known: Sequence[Entry]) -> bool:
    """Whether a request of it was believed never to have arrived, and none after it did."""
    return any(lost(entry) for entry in known)


def _key(kind: str, known: Sequence[Entry]) -> dict[str, str]:
    """The fields, as digests, that make the key with which a record was created; none where that
    never was in doubt."""
    create = next((e for e in known if e.key.step == "create" and e.doubted), None)
    sent = unpack(create.fields) if create else {}
    names = _KEYS.get(kind) or tuple(name for name in PERSON_KEYS if name in sent)[:1]
    return {name: sent[name] for name in names if name in sent}


def _wrong(record: Record, known: Sequence[Entry], found: Sequence[Found]) -> list[tuple[str, str]]:
    """What is wrong with the record itself: gone, doubled, there against all belief, or fields that
    differ."""
    if not _was_sent(known):
        return [("late-in-target", found[0].number or found[0].name)] if found else []
    if not found:
        return [("gone", "not in the target under its key")]
    if len(found) > 1:
        return [("doubles-in-target", ", ".join(f.number or f.id for f in found))]
    sent = expected(e.fields for e in known if e.state in SENT and not e.marker)
    names = [
        name
        for name in differing(sent, found[0].fields)
        if not Baseline.of(known).kept(name, sent[name])
    ]
    return [("differs", ", ".join(names))] if names else []
