"""One record's life as a story: what HPSM has, what the plan says, what was sent, what it became.

Shows keys, states, times and field names; ticket text and names of people stay in the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from migrate.records import SOURCE_KINDS, Member, Row
from migrate.state.journal import Entry, Journal, Record
from migrate.state.plan_store import Planned, PlanStore
from migrate.state.snapshot import Snapshot

_SHOWN = (
    "status",
    "priority",
    "assignment",
    "service",
    "open_time",
    "resolved_time",
    "close_time",
    "sysmodtime",
)


@dataclass(frozen=True, slots=True)
class Story:
    """Chapters in order, each with its lines."""

    chapters: tuple[tuple[str, list[str]], ...]

    @property
    def empty(self) -> bool:
        return not any(lines for _, lines in self.chapters)


def explain(
    snapshot: Snapshot, store: PlanStore, journal: Journal, key: str, unplanned: str = ""
) -> Story:
    """Everything that the stores know of a source key. `unplanned` says why it is in no plan, where
    it is in none."""
    records = journal.lookup(key)
    planned = store.of_source(key)
    members = {m for p in planned for m in p.members}
    for record in records:
        members.update(journal.members_of(record.kind, record.identity))
    if not members:
        members = {Member(kind, key) for kind in SOURCE_KINDS}
    return Story(
        (
            ("In HPSM", [line for m in sorted(members) for line in _source(snapshot, m)]),
            ("In the plan", [line for p in planned for line in _plan(p)] or _nowhere(unplanned)),
            (
                "What people should know",
                sorted({f"{f.code} {f.detail}".strip() for f in store.findings_of(key)}),
            ),
            ("What was sent", [line for r in records for line in _sent(journal, r)]),
            ("In TOPdesk", [line for r in records for line in _became(r)]),
        )
    )


def _nowhere(why: str) -> list[str]:
    return [f"in none: {why}"] if why else []


def _source(snapshot: Snapshot, member: Member) -> Iterator[str]:
    row: Row | None = snapshot.fetch(member.kind, [member.key]).get(member.key)
    if row is not None:
        known = [f"{name} {row[name]}" for name in _SHOWN if row.get(name)]
        yield f"{member.kind} {member.key}" + (f": {', '.join(known)}" if known else "")


def _plan(planned: Planned) -> Iterator[str]:
    what = f"{planned.kind} {planned.identity} in unit {planned.unit}"
    if planned.verdict:
        yield f"{what}: {planned.verdict.state}, {planned.verdict.reason or planned.verdict.code}"
    else:
        yield f"{what}: {planned.length} steps, {planned.activities} activities"
    if planned.uses:
        yield f"shaped by {', '.join(planned.uses)}"


def _sent(journal: Journal, record: Record) -> Iterator[str]:
    for entry in journal.entries(record.kind, [record.identity]).get(record.identity, []):
        yield _step(entry)


def _step(entry: Entry) -> str:
    when = ""
    if entry.sent_at is not None:
        when = datetime.fromtimestamp(entry.sent_at, UTC).strftime("%Y-%m-%d %H:%M:%S GMT ")
    parts = [f"{when}{entry.key.kind} {entry.key.step}: {entry.state}"]
    if entry.attempts > 1:
        parts.append(f"after {entry.attempts} attempts")
    if entry.doubted:
        parts.append("was in doubt and was settled by asking")
    if entry.code:
        parts.append(f"{entry.code} {entry.detail}".strip())
    return ", ".join(parts)


def _became(record: Record) -> Iterator[str]:
    if record.target_id:
        number = f"{record.number}, " if record.number else ""
        yield f"{record.kind} {record.identity}: {number}id {record.target_id}"
