"""How the activities of a ticket become its progress trail in TOPdesk.

TOPdesk can neither back-date an entry nor set its author (incident API 4.2.6: a PATCH with `action`
makes one, dated now), so every activity says in its first line when, who and what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from migrate.records import Finding, JournalEntry, Row, Step, Told
from migrate.transform.people import People
from migrate.transform.policy import History
from migrate.transform.source_digest import source_digest
from migrate.transform.text import clean, field_text, label, split_parts, to_html
from migrate.transform.times import shown, valid

RESOLUTION = "Løsning"
_LAST = "9"
"""Stands for a time after all others."""

Journals = Mapping[str, Sequence[JournalEntry]]
"""Number of a record → the entries of its journal that are to be told, the oldest first: all of
them where it has no activities, else those that say more."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was said or done, in plain text. `visible`: the caller may see it.

    `activity` is the id of the activity row it tells of, or what stands for one of an entry of the
    journal text; empty where it tells of something else.
    """

    visible: bool
    head: str
    text: str
    activity: str = ""

    @property
    def key(self) -> str:
        """By which a later delta knows that this was told: the activity's id, else its text's."""
        return self.activity or f"#{source_digest(self.head, self.text)[:12]}"


@dataclass(frozen=True, slots=True)
class Story:
    """The notes of a ticket, oldest first, and how many activity rows they carry."""

    notes: list[Note]
    activities: int
    findings: list[Finding]


def tell(
    identity: str,
    records: Sequence[Row],
    activities: Sequence[Row],
    people: People,
    policy: History,
    zone: ZoneInfo,
    journals: Journals = MappingProxyType({}),
) -> Story:
    """The notes of a ticket: its activities; the journal of a record that has none, in its entries
    where `journals` has them, and those that say more than the activities; and what its resolution
    says beyond them. The entries of a journal that have a time come among the others by it.

    What is not certainly visible to the caller is internal.
    Findings: `visibility-unknown`, `activities-skipped`, `time-invalid` (each with a count),
    `journal-fallback`, `journal-beyond-activities` and `journal-undivided` (with the record's
    number), `journal-time-unread` (with a count).
    """
    dated: list[tuple[str, Note]] = []
    unknown = skipped = undated = 0
    skip = set(policy.skip_types)
    told = set()
    for row in activities:
        number = row.get("number")
        told.add(number)
        kind = field_text(row.get("type"))
        if kind in skip:
            skipped += 1
            continue
        visible = row.get("visible")
        unknown += visible is None
        time = valid(row.get("time"))
        undated += time is None
        head = [
            shown(time, zone) if time else "",
            _author(field_text(row.get("operator")), people),
            label(kind),
            str(number) if number != identity else "",
        ]
        text = clean(field_text(row.get("description")))
        heading = " · ".join(filter(None, head))
        note = Note(visible is True, heading, text, str(row["activity_id"]))
        dated.append((str(row.get("time") or ""), note))
    carried = len(dated)
    counts = {
        "visibility-unknown": unknown,
        "activities-skipped": skipped,
        "time-invalid": undated,
    }
    findings = [Finding(code, identity, str(n)) for code, n in counts.items() if n]
    unread = 0
    for record in records:
        number = record["number"]
        journal = clean(field_text(record.get("journal")))
        read = journals.get(number, ())
        if not journal or (number in told and not read):
            continue
        code = "journal-beyond-activities" if number in told else "journal-fallback"
        findings.append(Finding(code, identity, number))
        if not any(entry.stamp for entry in read):
            findings.append(Finding("journal-undivided", identity, number))
            texts = [clean(entry.text) for entry in read] if number in told else [journal]
            dated += ((_LAST, Note(False, number, text)) for text in texts)
            continue
        at = _LAST
        for entry in read:
            unread += bool(entry.stamp) and entry.time is None
            at = entry.time or at
            of = number if number != identity else ""
            dated.append((at, _entry(entry, of, people, zone)))
    if unread:
        findings.append(Finding("journal-time-unread", identity, str(unread)))
    dated.sort(key=lambda each: each[0])
    notes = [note for _, note in dated]
    notes += _resolutions(records, notes)
    return Story(notes, carried, findings)


def history_steps(
    identity: str, notes: Iterable[Note], policy: History, told: Told | None = None
) -> Iterator[Step]:
    """The steps `history/v/1`, `history/i/1` … that write these notes, within `part_chars`.

    Folded: all of one visibility after another. Entries: one step per note, in the order of time.
    Each ends with its marker, `[IM10001/v/1]`, by which TOPdesk can be asked whether it is there.
    What is already `told` is left out, and new parts get new numbers.
    """
    next_part = {True: 1, False: 1}
    if told is not None:
        notes = [note for note in notes if note.key not in told.carries]
        next_part = {True: told.next_visible, False: told.next_internal}
    if policy.style == "entries":
        for note in notes:
            parts = list(split_parts([(note.head, note.text)], policy.part_chars))
            for at, (part, _) in enumerate(parts, start=1):
                ended = [note] if at == len(parts) else []
                yield _step(identity, note.visible, next_part[note.visible], part, ended)
                next_part[note.visible] += 1
        return
    notes = list(notes)
    for visible in (True, False):
        mine = [note for note in notes if note.visible is visible]
        parts = list(split_parts([(n.head, n.text) for n in mine], policy.part_chars))
        last = {index: at for at, (_, inside) in enumerate(parts) for index in inside}
        for at, (part, inside) in enumerate(parts):
            ended = [mine[index] for index in dict.fromkeys(inside) if last[index] == at]
            yield _step(identity, visible, next_part[visible] + at, part, ended)


def marker(identity: str, visible: bool, part: int) -> str:
    return f"[{identity}/{'v' if visible else 'i'}/{part}]"


def _step(identity: str, visible: bool, number: int, part: str, ended: Sequence[Note]) -> Step:
    mark = marker(identity, visible, number)
    body = {"action": to_html(f"{part}\n{mark}"), "actionInvisibleForCaller": not visible}
    carries = tuple(note.key for note in ended)
    return Step(f"history/{'v' if visible else 'i'}/{number}", body, mark, carries)


def _entry(entry: JournalEntry, number: str, people: People, zone: ZoneInfo) -> Note:
    """Internal, since a journal does not say who may see it."""
    head = [
        shown(entry.time, zone) if entry.time else label(entry.stamp),
        _author(entry.author, people),
        number,
    ]
    key = source_digest(entry.stamp, entry.author, entry.text)[:12]
    return Note(False, " · ".join(filter(None, head)), clean(entry.text), f"#{key}")


def _author(login: str, people: People) -> str:
    person = people.by_login(login) if login else None
    return person.name if person else label(login)


def _resolutions(records: Sequence[Row], notes: Sequence[Note]) -> list[Note]:
    """Internal, since nobody said whether the caller may see it."""
    found: list[Note] = []
    for record in records:
        text = clean(field_text(record.get("resolution")))
        if text and not any(text in note.text for note in (*notes, *found)):
            found.append(Note(False, RESOLUTION, text))
    return found
