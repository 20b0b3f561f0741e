"""What is left to do: the planned chains beside what the journal says was done of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from migrate.load.plan import FINISHED
from migrate.load.resolve import Resolver
from migrate.load.work import Doubt, Tally, Work
from migrate.records import Operation, OpKey, State, Step
from migrate.state.journal import Entry, Journal, Record
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

    def chains(self, unit: str, sprint: str, phase: str, kind: str) -> Iterator[Work | Doubt]:
        """The chains of one kind that have something to do, in the order of the plan; a Doubt where
        an earlier run left an operation without a believable answer."""
        self._store.unwait(unit, phase)
        self._tally.total += self._store.sendable(unit, phase, kind)
        for page in self._store.records(unit, phase, kind, steps=False):
            known = self._journal.entries(kind, [p.identity for p in page])
            records = self._journal.records(kind, [p.identity for p in page])
            bodies = self._store.steps(
                [
                    p.id
                    for p in page
                    if (
                        p.verdict is None
                        and not _complete(p, records.get(p.identity), known.get(p.identity, []))
                    )
                    or _doubtful(known.get(p.identity, []))
                ]
            )
            for planned in page:
                record = records.get(planned.identity)
                target_id = planned.target_id or (record.target_id if record else "")
                if target_id:
                    self._resolver.bind(kind, planned.identity, target_id)
                work = self._work(
                    planned,
                    bodies.get(planned.id, ()),
                    known.get(planned.identity, []),
                    target_id,
                    sprint,
                )
                if work:
                    yield work

    def _work(
        self,
        planned: Planned,
        steps: tuple[Step, ...],
        known: list[Entry],
        target_id: str,
        sprint: str,
    ) -> Work | Doubt | None:
        """The chain's remaining work, or None when there is none."""
        if planned.verdict is not None and not _doubtful(known):
            if planned.verdict.state is State.SKIPPED and planned.target_id and not known:
                begin(self._journal, planned, sprint, planned.target_id)
                self._already_there(planned, planned.verdict.code)
            elif known and target_id and planned.verdict.state is State.DONE:
                # A record that another one joined (an escalated SD), or that moved to this unit.
                self._journal.join(planned.kind, planned.identity, planned.members)
                self._journal.completed(
                    planned.kind, planned.identity, planned.unit, planned.digest
                )
            return None
        if known:
            self._journal.join(planned.kind, planned.identity, planned.members)
        if not known and target_id:
            # The target has it and only later steps are asked for (an existing group's tasks).
            begin(self._journal, planned, sprint, target_id)
            self._already_there(planned, "already-there")
            steps = tuple(step for step in steps if step.name != "create")
        states = {(entry.key.step, entry.key.revision): entry for entry in known}
        if any(entry.state in _BLOCKING for entry in known):
            self._tally.blocked += 1
            return None
        pending: deque[tuple[int, Step]] = deque()
        for position, step in enumerate(steps):
            entry = states.get((step.name, step.revision))
            if entry is None or entry.state not in FINISHED:
                pending.append((position, step))
        begun = any(entry.state is not State.PLANNED for entry in known)
        work = Work(planned, pending, target_id, begun=begun)
        doubtful = next((e for e in known if e.state in _DOUBTFUL), None)
        if doubtful:
            return self._recall(work, doubtful)
        return work if pending else None

    def _already_there(self, planned: Planned, code: str) -> None:
        step = "add" if planned.kind == "membership" else "create"
        key = OpKey(self._journal.source, planned.kind, planned.identity, step, 0)
        self._journal.found(key, 0, self._run, self._clock(), code)
        self._tally.already += 1

    def _recall(self, work: Work, entry: Entry) -> Doubt:
        """Take up an operation that an earlier run left in doubt: it is settled before anything
        else of its chain, also where the plan has changed since."""
        at = (entry.key.step, entry.key.revision)
        step = next((s for _, s in work.pending if (s.name, s.revision) == at), None)
        if step is None:
            # An incident is known by its number alone, whatever else was to be sent.
            body = {"externalNumber": entry.key.identity} if entry.key.kind == "incident" else {}
            step = Step(entry.key.step, body, entry.marker)
            work.settle_only = True
            work.pending = deque([(entry.position, step)])
        resolved = self._resolver.resolve(work.planned.kind, step.body)
        operation = Operation(entry.key, resolved.body, work.target_id, entry.marker)
        age = 0.0
        if entry.state is State.IN_DOUBT and entry.sent_at is not None:
            age = max(0.0, self._clock() - entry.sent_at)
        return Doubt(work, operation, entry.position, self._monotonic() - age)


def begin(journal: Journal, planned: Planned, sprint: str, target_id: str) -> None:
    """Enter a record and the source records that belong to it in the journal."""
    journal.begin(
        Record(
            planned.kind,
            planned.identity,
            planned.unit,
            sprint,
            target_id,
            planned.number,
            planned.digest,
        ),
        planned.members,
    )


def _complete(planned: Planned, record: Record | None, known: Sequence[Entry]) -> bool:
    """Whether a chain needs nothing more, said without loading its bodies."""
    unchanged = record is not None and record.digest == planned.digest
    finished = all(entry.state in FINISHED for entry in known)
    return unchanged and finished and len(known) >= planned.length


def _doubtful(known: Sequence[Entry]) -> bool:
    return any(entry.state in _DOUBTFUL for entry in known)
