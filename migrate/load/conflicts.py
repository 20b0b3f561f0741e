"""Fields that changed in HPSM and were changed by a person in TOPdesk: both texts, and a decision.

The journal keeps no texts. Both are read anew when they are shown: HPSM's from what a load would
send now, TOPdesk's from TOPdesk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from migrate.load.baseline import TAKEN, Baseline, decided
from migrate.load.compare import digests, forms
from migrate.load.target import TargetReader
from migrate.records import Chain, Found, Ref, State
from migrate.state.journal import Entry, Journal, Record
from migrate.state.journal_aside import CONFLICT

Side = Literal["topdesk", "hpsm"]
KEPT = "topdesk-holds"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of one record. `hpsm` and `topdesk` are the texts, for a person's eyes only: they
    go into no log. `over`: what it needed a decision for is no more: HPSM changed again, or the
    record is gone; the next load sees to it."""

    record: Record
    field: str
    entry: Entry
    hpsm: str
    topdesk: str
    over: bool = False


def conflicts(
    journal: Journal, reader: TargetReader, unit: str, chains: Iterable[Chain]
) -> list[Conflict]:
    """The fields of a unit that wait for a decision, with both texts as they are now. `chains` are
    those of the unit, as the transform gives them; a record whose chain is held shows no text."""
    waiting = journal.conflicts(unit)
    if not waiting:
        return []
    names = {(entry.key.kind, entry.key.identity) for entry in waiting}
    made = {
        (chain.kind, chain.identity): chain
        for chain in chains
        if (chain.kind, chain.identity) in names
    }
    found: dict[tuple[str, str], Found | None] = {}
    records: dict[tuple[str, str], Record] = {}
    for kind, identity in sorted(names):
        record = journal.records(kind, [identity])[identity]
        records[kind, identity] = record
        found[kind, identity] = reader.get(kind, record.target_id) if record.target_id else None
    return [
        _conflict(
            entry,
            records[entry.key.kind, entry.key.identity],
            made.get((entry.key.kind, entry.key.identity)),
            found[entry.key.kind, entry.key.identity],
        )
        for entry in waiting
    ]


def decide(
    journal: Journal, reader: TargetReader, conflict: Conflict, side: Side, run: int, now: float
) -> bool:
    """Write down which side holds; True where it is done. It holds for the two texts that were
    seen: False, and nothing is written, where TOPdesk's is another one by now.

    `topdesk`: what stands there stays, until HPSM changes the field again. `hpsm`: the next load
    writes HPSM's value over it.
    """
    record, name = conflict.record, conflict.field
    found = reader.get(record.kind, record.target_id)
    if found is None or conflict.over or in_words(found.fields, name) != conflict.topdesk:
        return False
    wanted = orjson.loads(conflict.entry.fields or "{}")[name][0]
    seen = digests({name: forms(name, found.fields)[0]})[name]
    known = decided(journal.entries(record.kind, [record.identity])[record.identity])
    left = Baseline.of(known).fields.get(name)
    kept = side == "topdesk"
    sent = wanted if kept else (left.sent if left else "")
    journal.set_aside(
        conflict.entry.key,
        State.KEPT if kept else State.SKIPPED,
        run,
        now,
        code=KEPT if kept else TAKEN,
        detail=name,
        fields=orjson.dumps({name: [sent, seen]}).decode(),
    )
    journal.look_again(record.kind, record.identity)
    journal.commit()
    return True


def _conflict(entry: Entry, record: Record, chain: Chain | None, found: Found | None) -> Conflict:
    name = entry.key.step.removeprefix(CONFLICT)
    if chain is None or found is None or chain.verdict is not None:
        return Conflict(record, name, entry, "", "", over=True)
    body: dict[str, Any] = {}
    for step in chain.steps:
        if not step.marker:
            body.update(step.body)
    changed = record.digest not in ("", chain.source_digest)
    return Conflict(
        record, name, entry, wanted(body, name), in_words(found.fields, name), over=changed
    )


def wanted(body: Mapping[str, Any], name: str) -> str:
    """A field of a body in words."""
    if name == "caller" and "callerLookup" in body:
        return _words(body["callerLookup"])
    group, _, part = name.partition(".")
    value = body.get(group)
    return _words(value.get(part) if part and isinstance(value, Mapping) else value)


def in_words(read: Mapping[str, Any], name: str) -> str:
    """A field as TOPdesk shows it, in words."""
    group, _, part = name.partition(".")
    value = read.get(group)
    return _words(value.get(part) if part and isinstance(value, Mapping) else value)


def _words(value: Any) -> str:
    if isinstance(value, Ref):
        return value.key
    if isinstance(value, Mapping):
        if "$ref" in value:
            return str(value["$ref"][1])
        for name in ("name", "dynamicName", "groupName", "id"):
            if value.get(name):
                return _words(value[name])
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
