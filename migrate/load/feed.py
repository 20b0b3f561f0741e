"""What is left to do: the planned chains beside what the journal says was done of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

import orjson

from migrate.load.baseline import (
    AGREED,
    ARRIVED,
    Baseline,
    decided,
    differs,
    live,
    open_conflicts,
    taken_back,
    texts_left,
    unsent,
)
from migrate.load.compare import canonical, digests, unpack
from migrate.load.enter import begin, complete
from migrate.load.partials import left_below
from migrate.load.plan import FINISHED, first_revision
from migrate.load.plan_cards import RESTORE, SAME_RECORD
from migrate.load.resolve import Resolver
from migrate.load.settle import LOOKS_AFTER_WINDOW
from migrate.load.work import Doubt, Tally, Work
from migrate.records import Operation, OpKey, State, Step
from migrate.state.journal import Entry, Journal, Record
from migrate.state.journal_aside import CONFLICT, MAKES, UNDO
from migrate.state.plan_store import Planned, PlanStore

_BLOCKING = frozenset(
    {State.FAILED, State.CONFLICT, State.MISMATCH, State.KEPT, State.UNDONE, State.REJECTED}
)
"""A chain with a step in one of these goes no further by itself: `retry`, or a person, decides."""

_DOUBTFUL = frozenset({State.IN_DOUBT, State.SENDING})


@dataclass(slots=True)
class Feed:
    """Reads the plan page by page and says what is left of every chain.

    Records that the target has already are entered in the journal here, since they need no request.
    """

    _journal: Journal
    _store: PlanStore
    _resolver: Resolver
    _run: int
    _tally: Tally
    _clock: Callable[[], float]
    _monotonic: Callable[[], float]

    def chains(
        self, unit: str, sprint: str, phase: str, kind: str, only: Set[str] | None = None
    ) -> Iterator[Work | Doubt]:
        """The chains of one kind that have something to do, in the order of the plan, or `only`
        those of these identities; a Doubt where an earlier run left an operation without a
        believable answer."""
        self._store.unwait(unit, phase, kind)
        sendable = self._store.sendable(unit, phase, kind)
        self._tally.total += sendable if only is None else len(only)
        for page in self._store.records(unit, phase, kind, steps=False):
            if only is not None:
                page = [planned for planned in page if planned.identity in only]
            all_known = self._journal.entries(kind, [p.identity for p in page])
            known = {identity: live(entries) for identity, entries in all_known.items()}
            records = self._journal.records(kind, [p.identity for p in page])
            bodies = self._store.steps(
                [
                    p.id
                    for p in page
                    if (
                        p.verdict is None
                        and not _complete(p, records.get(p.identity), all_known.get(p.identity, []))
                    )
                    or _doubtful(known.get(p.identity, []))
                ]
            )
            for planned in page:
                record = records.get(planned.identity)
                target_id = planned.target_id or (record.target_id if record else "")
                everything = all_known.get(planned.identity, [])
                if _being_undone(everything):
                    self._tally.blocked += 1
                    continue
                self._made_meanwhile(planned, everything)
                work = self._work(
                    planned,
                    self._without_conflicts(planned, bodies.get(planned.id, ()), everything),
                    known.get(planned.identity, []),
                    record,
                    target_id,
                    sprint,
                    first_revision(everything),
                )
                if target_id and not _becomes_major(work):
                    self._resolver.bind(kind, planned.identity, target_id)
                if work:
                    self._remember(work, everything)
                    yield work
        if only is None:
            yield from self._left_behind(unit, phase, kind)

    def _made_meanwhile(self, planned: Planned, known: Sequence[Entry]) -> None:
        """Close what was to make a card that is found by now, and was not made by us."""
        left = [entry for entry in known if unsent(entry)]
        if left and planned.target_id and not taken_back(known):
            self._give_up(left)
            self._journal.identify(
                planned.kind, planned.identity, planned.target_id, planned.number
            )

    def twins(self, unit: str, sprint: str, phase: str, kind: str) -> None:
        """Enter the records that became the same one as another, now that it is there."""
        for planned in self._store.coded(unit, phase, kind, SAME_RECORD):
            reason = planned.verdict.reason if planned.verdict else ""
            target_id = self._resolver.ids.get((kind, reason), "")
            if target_id and (kind, planned.identity) not in self._resolver.ids:
                self._resolver.bind(kind, planned.identity, target_id)
                known = self._journal.entries(kind, [planned.identity]).get(planned.identity, [])
                revision = first_revision(known)
                self._already_there(planned, sprint, target_id, SAME_RECORD, revision)
                self._completed(planned)

    def _without_conflicts(
        self, planned: Planned, steps: tuple[Step, ...], known: Sequence[Entry]
    ) -> tuple[Step, ...]:
        """The steps that are requests. Fields that were changed on both sides are entered for a
        person to decide; those that no longer are, are closed."""
        if planned.verdict is not None and planned.verdict.state is not State.DONE:
            return steps
        still = {entry.key for entry in known if entry.state is not State.CONFLICT}
        for step in steps:
            if step.name.startswith(CONFLICT):
                key = OpKey(
                    self._journal.source, planned.kind, planned.identity, step.name, step.revision
                )
                if key in still:
                    continue  # somebody has decided since it was planned
                still.add(key)
                agreed = bool(step.body["agreed"])
                self._journal.set_aside(
                    key,
                    State.SKIPPED if agreed else State.CONFLICT,
                    self._run,
                    self._clock(),
                    code=AGREED if agreed else "edited-in-target",
                    detail=step.name.removeprefix(CONFLICT),
                    fields=orjson.dumps(step.body["digests"]).decode(),
                )
        for entry in open_conflicts(known):
            if entry.key not in still:
                self._journal.note(
                    entry.key, State.SKIPPED, self._clock(), code="no-longer-planned"
                )
        return tuple(step for step in steps if not step.name.startswith(CONFLICT))

    def _remember(self, work: Work | Doubt, known: Sequence[Entry]) -> None:
        """How an earlier run left the record, and which ones an undo took back under its key."""
        at = work.work if isinstance(work, Doubt) else work
        stands = decided(known)
        if any(entry.state in ARRIVED for entry in stands):
            at.before = Baseline.of(stands)
            at.below, at.texts = left_below(stands), texts_left(stands)
        if len(stands) < len(known):
            kind, identity = at.planned.kind, at.planned.identity
            at.gone = self._journal.taken_back(kind, [identity]).get(identity, frozenset())
            if isinstance(work, Doubt):
                work.operation = replace(work.operation, gone=at.gone)

    def _left_behind(self, unit: str, phase: str, kind: str) -> Iterator[Doubt]:
        """What is in doubt of records that the plan does not have: they left HPSM, or the unit."""
        records = self._journal.in_doubt(kind, unit)
        planned = self._store.planned(unit, phase, kind, [record.identity for record in records])
        left = [record for record in records if record.identity not in planned]
        known = self._journal.entries(kind, [record.identity for record in left])
        for record in left:
            entry = next((e for e in live(known[record.identity]) if e.state in _DOUBTFUL), None)
            # How a card was to be found that was to be made, only its plan could say.
            if entry and (kind in _KEYED or (record.target_id and entry.key.step not in MAKES)):
                nobody = Planned.nobody(unit, phase, kind, record.identity)
                yield self._recall(Work(nobody, deque(), record.target_id, begun=True), entry)

    def _work(
        self,
        planned: Planned,
        steps: tuple[Step, ...],
        known: list[Entry],
        record: Record | None,
        target_id: str,
        sprint: str,
        revision: int,
    ) -> Work | Doubt | None:
        """The chain's remaining work, or None when there is none."""
        doubtful = next((e for e in known if e.state in _DOUBTFUL), None)
        if planned.verdict is not None and doubtful is None:
            if planned.verdict.state is State.SKIPPED and planned.target_id and not known:
                code = planned.verdict.code
                self._already_there(planned, sprint, planned.target_id, code, revision)
                self._completed(planned)
            elif record and planned.verdict.state is State.DONE:
                if _outdated(record, planned):
                    # Another record joined it (an escalated SD), or it moved to this unit.
                    self._journal.join(planned.kind, planned.identity, planned.members)
                    begun_as = _begun_as(record, planned, known)
                    complete(self._journal, self._store, planned, begun_as)
                self._give_up(known)
            return None
        if record:
            self._journal.join(planned.kind, planned.identity, planned.members)
        if not known and target_id and not any(step.name == RESTORE for step in steps):
            # The target has it and only later steps are asked for (an existing group's tasks).
            self._already_there(planned, sprint, target_id, "already-there", revision)
            steps = tuple(step for step in steps if step.name != "create")
        states = {(entry.key.step, entry.key.revision): entry for entry in known}
        newest = max((step.revision for step in steps), default=0)
        blocked = any(_blocks(entry, newest) for entry in known)
        pending: deque[tuple[int, Step]] = deque()
        refused: Entry | None = None
        for position, step in enumerate(steps):
            entry = states.pop((step.name, step.revision), None)
            if entry is None or not (entry.state in FINISHED or differs(entry)):
                pending.append((position, step))
                if entry and entry.doubted:
                    # Not there when it was last looked for; it may have come since.
                    doubtful = doubtful or entry
                elif entry and entry.attempts and _ours(entry):
                    refused = refused or entry
        begun = any(entry.state is not State.PLANNED for entry in known)
        was: str | None = _begun_as(record, planned, known)
        if any(step.name == RESTORE for _, step in pending):
            # Once it is begun, the journal has it as it is planned now.
            was = None if known or record is None else _brought_back_as(record, planned)
        work = Work(planned, pending, target_id, begun=begun, begun_as=was)
        if doubtful and (doubtful.state in _DOUBTFUL or not blocked):
            work.settle_only, work.doubted = blocked or planned.verdict is not None, True
            return self._recall(work, doubtful)
        if blocked:
            self._tally.blocked += 1
            return None
        self._give_up(states.values())
        if not pending:
            complete(self._journal, self._store, planned, was)
            return None
        return self._looked_for_once(work, refused) if refused else work

    def _give_up(self, known: Iterable[Entry]) -> None:
        """Close what is still to be sent of these, and is not in the plan any more."""
        for entry in known:
            if entry.state is State.PLANNED:
                self._journal.note(
                    entry.key, State.SKIPPED, self._clock(), code="no-longer-planned"
                )

    def _completed(self, planned: Planned) -> None:
        self._journal.completed(planned.kind, planned.identity, planned.unit, planned.digest)

    def _already_there(
        self, planned: Planned, sprint: str, target_id: str, code: str, revision: int
    ) -> None:
        """Enter what was found. What an undo took back, and a person brought back or made since,
        is found too: it has another id then, or had none any more."""
        begin(self._journal, planned, sprint, target_id)
        self._journal.identify(planned.kind, planned.identity, target_id, planned.number)
        step = "add" if planned.kind == "membership" else "create"
        key = OpKey(self._journal.source, planned.kind, planned.identity, step, revision)
        self._journal.found(key, 0, self._run, self._clock(), code)
        self._tally.already += 1

    def _looked_for_once(self, work: Work, entry: Entry) -> Doubt:
        """A request that the target refused is sent again only after a look: a refusal may come
        after the work, from something in between."""
        doubt = self._recall(work, entry)
        return replace(doubt, since=-math.inf, empty_after_window=LOOKS_AFTER_WINDOW - 1)

    def _recall(self, work: Work, entry: Entry) -> Doubt:
        """Take up an operation that an earlier run left in doubt: it is settled before anything
        else of its chain, also where the plan has changed since."""
        at = (entry.key.step, entry.key.revision)
        step = next((s for _, s in work.pending if (s.name, s.revision) == at), None)
        sent, id = None, work.target_id
        if step is None:
            # An incident is known by its number alone, whatever else was to be sent.
            create = entry.key.kind in _KEYED and entry.key.step == "create"
            body = _KEYED[entry.key.kind](entry.key.identity) if create else {}
            step = Step(entry.key.step, body, entry.marker)
            links = entry.key.kind == "knowledge_links"
            if links:
                items = self._journal.records("knowledge_item", [entry.key.identity])
                id = next((item.target_id for item in items.values()), "")
            if links or not (create or entry.marker or not id):
                sent = unpack(entry.fields)
            work.settle_only = True
            work.pending = deque([(entry.position, step)])
        resolved = self._resolver.resolve(work.planned.kind, step.body)
        operation = Operation(entry.key, resolved.body, id, entry.marker)
        superseded = entry.key.step == "create" and unpack(entry.fields) != digests(
            canonical(resolved.body)
        )
        # Its window begins anew: how long ago it was sent only the clock of then could say, and
        # clocks jump.
        return Doubt(
            work, operation, entry.position, self._monotonic(), sent, superseded=superseded
        )


def _ours(entry: Entry) -> bool:
    """Whether what it would have left behind can be nobody else's."""
    numbered = ("incident", "knowledge_item", "knowledge_folder")
    return bool(entry.marker) or (entry.key.kind in numbered and entry.key.step == "create")


_KEYED: dict[str, Callable[[str], dict[str, object]]] = {
    "incident": lambda identity: {"externalNumber": identity},
    "knowledge_item": lambda identity: {"externalLink": {"id": identity}},
    "knowledge_folder": lambda identity: {"externalLink": {"id": f"folder:{identity}"}},
    "service": lambda identity: {"name": identity},
}
"""Target kinds whose record is found by its identity alone, also where no plan has it any more."""


def _brought_back_as(record: Record, planned: Planned) -> str | None:
    """The same of what an undo took back, and a load brings back as it was; None where not all of
    it was there."""
    return ("" if record.digest == planned.digest else record.digest) if record.digest else None


def _begun_as(record: Record | None, planned: Planned, known: Sequence[Entry]) -> str:
    """The digest of what HPSM had of an article when it was begun, where it has something else by
    now and a part is there. Of other kinds what changed is planned at once."""
    if record is None or record.whole or record.digest == planned.digest:
        return ""
    part = planned.kind in ("knowledge_item", "knowledge_links")
    return record.digest if part and any(entry.state in ARRIVED for entry in known) else ""


def _outdated(record: Record, planned: Planned) -> bool:
    now = (planned.digest, planned.unit, True)
    return (record.digest, record.unit, record.whole) != now


def _complete(planned: Planned, record: Record | None, known: Sequence[Entry]) -> bool:
    """Whether a chain needs nothing more, said without loading its bodies."""
    finished = all(entry.state in FINISHED for entry in live(known)) and not open_conflicts(known)
    return record is not None and record.whole and record.digest == planned.digest and finished


def _blocks(entry: Entry, newest: int) -> bool:
    """Whether a chain goes no further. What verify found to differ does not keep the rest or later
    changes from being sent: each is compared with what the target shows."""
    if entry.state is State.MISMATCH and (differs(entry) or entry.key.revision < newest):
        return False
    return entry.state in _BLOCKING


def _becomes_major(work: Work | Doubt | None) -> bool:
    """Whether an incident has still to be made the major call that others are to stand under."""
    at = work.work if isinstance(work, Doubt) else work
    return at is not None and any(step.body.get("majorCall") for _, step in at.pending)


def _being_undone(known: Sequence[Entry]) -> bool:
    return any(entry.key.step == UNDO and entry.state in _DOUBTFUL for entry in known)


def _doubtful(known: Sequence[Entry]) -> bool:
    return any(entry.state in _DOUBTFUL for entry in known)
