"""Load: intent committed → one request → outcome committed, chain by chain.

One thread decides and writes the journal; workers only carry requests. Intents are committed ahead
in groups, so that no worker waits for the disk and no request leaves before its intent is durable.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Set

import orjson

from migrate.errors import (
    BugError,
    ConfigurationError,
    LookError,
    MigrateError,
    Problem,
    StoppedError,
)
from migrate.load.carry import Carrier, Result, Task
from migrate.load.compare import canonical, pack
from migrate.load.enter import begin, complete
from migrate.load.feed import Feed
from migrate.load.keys import key_of
from migrate.load.pacer import Pacer
from migrate.load.policy import UNSEEN, ended
from migrate.load.resolve import Resolver
from migrate.load.settle import Judgement, Settler
from migrate.load.stop_line import Band, StopLine
from migrate.load.target import Target
from migrate.load.watching import guarded, left, settled, untimely
from migrate.load.work import (
    Doubt,
    Progress,
    Report,
    Send,
    Settings,
    Tally,
    Work,
    not_now,
    over_budget,
    unreachable,
)
from migrate.load.workers import Workers
from migrate.records import Answer, Found, Operation, OpKey, Outcome, State
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanStore

_TICK = 0.2
"""The longest that the deciding thread waits for anything, in seconds."""
_RESENDS = 3
"""How often a request that is lost on its way is sent again before a person must look at it."""


class Loader:
    """Loads planned chains of one unit, kind by kind, and resumes whatever was begun before.

    `stop` is set by Ctrl-C: nothing new is sent, what is on its way is waited for, and the journal
    is left so that the same command goes on. `pause` says, for a monotonic time, for how long all
    workers are to wait; for ever is: stop, it is not a time for loading.
    """

    def __init__(
        self,
        journal: Journal,
        store: PlanStore,
        target: Target,
        pacer: Pacer,
        resolver: Resolver,
        settings: Settings,
        run: int,
        *,
        stop: threading.Event | None = None,
        report: Report = lambda progress: None,
        pause: Callable[[float], float] = lambda now: 0.0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._store = journal, store
        self._pacer, self._resolver, self._settings = pacer, resolver, settings
        self._run, self._stop, self._report = run, stop or threading.Event(), report
        self._shared_pause, self._clock, self._monotonic = pause, clock, monotonic
        carrier = Carrier(target, pacer, self._pause, self._halted, self._stop, monotonic)
        carrier.made = journal.one_made("incident")
        self._workers: Workers[Task, Result] = Workers(settings.connections, carrier.carry)
        self._ready: deque[Work] = deque()
        self._later: list[Work] = []
        self._settler = Settler(settings.settle_window)
        self._in_flight = 0
        self._trouble: MigrateError | None = None
        self.tally = Tally()
        self._feed = Feed(journal, store, resolver, run, self.tally, clock, monotonic)
        self._line: StopLine | None = None
        self._heard = monotonic()
        self._reported = 0.0

    def hold_against(self, line: StopLine) -> None:
        """Hold every write against what the plan states."""
        self._line = line

    def load(
        self, unit: str, sprint: str, phase: str, kind: str, only: Set[str] | None = None
    ) -> Tally:
        """Load what the plan holds of one kind in one phase of a unit, or `only` these identities
        of it; returns the tally.

        Raises StoppedError when it was stopped, by a person, by its stop-line or because the
        target is away; ConfigurationError when the target refuses the credentials. Whatever it
        raises, the journal holds every outcome and the same command goes on.
        """
        feed = self._feed.chains(unit, sprint, phase, kind, only)
        exhausted = False
        with self._workers:
            while True:
                self._collect()
                halted = self._stop.is_set() or self._trouble is not None
                if halted:
                    self._ready.clear()
                    self._later.clear()
                staged, exhausted = self._stage(feed, sprint, exhausted or halted)
                self._journal.commit()
                for task in staged:
                    self._in_flight += 1
                    self._workers.give(task)
                self._show(unit, kind)
                idle = not self._in_flight
                if idle and (halted or (exhausted and not self._ready and not self._settler)):
                    if halted or not self._later:
                        break
                    self._ready.extend(self._later)
                    self._later.clear()
        self._feed.twins(unit, sprint, phase, kind)
        self._journal.commit()
        self._show(unit, kind, last=True)
        if self._trouble:
            raise self._trouble
        if self._stop.is_set():
            raise StoppedError(
                Problem("stopped", unit, "stopped by hand; nothing is lost and nothing half-known")
            )
        return self.tally

    # Staging: what may be sent next, with its intent written.

    def _stage(
        self, feed: Iterator[Work | Doubt], sprint: str, exhausted: bool
    ) -> tuple[list[Task], bool]:
        now = self._monotonic()
        staged: list[Task] = []
        if not (self._stop.is_set() or self._trouble):
            staged.extend(self._settler.due(now))
        if (pause := self._pause(now)) > 0:
            if math.isinf(pause):
                self._trouble = self._trouble or not_now(self._settings.outside)
            return staged, exhausted
        limit = self._pacer.limit
        ahead = limit if limit >= self._settings.connections else 0
        room = limit + ahead - self._in_flight - len(staged)
        while room > 0:
            if self._ready:
                work = self._ready.popleft()
            elif exhausted:
                break
            elif (fed := next(feed, None)) is None:
                exhausted = True
                break
            elif isinstance(fed, Doubt):
                self.tally.in_doubt += 1
                self._settler.add(fed, now)
                continue
            else:
                work = fed
            if task := self._intend(work, sprint):
                staged.append(task)
                room -= 1
        return staged, exhausted

    def _intend(self, work: Work, sprint: str) -> Send | None:
        planned = work.planned
        position, step = work.pending[0]
        resolved = self._resolver.resolve(planned.kind, step.body)
        if resolved.missing:
            if not work.postponed and all(ref.kind == planned.kind for ref in resolved.missing):
                # What it hangs on is of its own kind, and may come in this very load.
                work.postponed = True
                self._later.append(work)
                return None
            self.tally.waiting += 1
            absent = ", ".join(sorted({ref.kind for ref in resolved.missing}))
            reason = f"waits for: {absent}"
            self._store.set_aside(planned.id, State.WAITING, "parent-missing", reason)
            return None
        for ref in resolved.dropped:
            self.tally.dropped[ref.kind] = self.tally.dropped.get(ref.kind, 0) + 1
        key = OpKey(self._journal.source, planned.kind, planned.identity, step.name, step.revision)
        operation = Operation(key, resolved.body, work.target_id, step.marker, work.gone)
        if not key_of(operation):
            self.tally.failed += 1
            reason = f"{step.name} could not be found again in the target"
            self._store.set_aside(planned.id, State.REJECTED, "no-key", reason)
            return None
        if not work.begun:
            begin(self._journal, planned, sprint, work.target_id)
            work.begun = True
        sent = {n: t for n, t in canonical(resolved.body).items() if n not in step.keeps}
        claimed = self._journal.intend(
            key,
            position,
            step.marker,
            orjson.dumps(step.carries).decode(),
            work.doubted,
            pack(sent),
            self._run,
            self._clock(),
        )
        if not claimed:
            self.tally.blocked += 1
            return None
        return Send(work, operation, position, sent, guarded(work, operation))

    # Collecting: outcomes in, the journal first.

    def _collect(self) -> None:
        for task, result in self._gather():
            self._in_flight -= 1
            if isinstance(task, Send):
                assert isinstance(result, Outcome)  # noqa: S101 - what a Send always returns
                self._outcome(task, result)
            elif isinstance(result, LookError):
                self.tally.in_doubt -= 1
                self.tally.conflicts += 1
                self._note(task.operation, State.CONFLICT, "undecidable", "it has no key")
            elif isinstance(result, ConfigurationError) and result.of_one:
                self._failed(task.operation, State.IN_DOUBT, UNSEEN, "status 403")
            elif isinstance(result, MigrateError):
                self._settler.add(task, self._monotonic() + 1.0)
                if isinstance(result, ConfigurationError | BugError) or self._away():
                    self._trouble = result
            else:
                assert isinstance(result, list)  # noqa: S101 - what a Doubt otherwise returns
                self._heard = self._monotonic()
                self._settle(task, result)

    def _gather(self) -> Iterator[tuple[Task, Result]]:
        now = self._monotonic()
        pause, look = self._pause(now), self._settler.wait(now)
        if not self._in_flight and not pause and look is None:
            return
        wait = _TICK if look is None else min(_TICK, look)
        if self._shared_pause(now):
            self._heard = max(self._heard, now)  # nothing was asked, so nothing could be heard
        if pause and not self._in_flight:
            wait = min(wait, pause)
        yield from self._workers.results(max(wait, 0.001))

    def _outcome(self, task: Send, outcome: Outcome) -> None:
        work, operation = task.work, task.operation
        now = self._monotonic()
        self._pacer.note(outcome, now)
        match outcome.answer:
            case Answer.DONE:
                self._heard = now
                self.tally.requests += 1
                fields = left(task, outcome.read)
                self._done(work, operation, outcome.target_id, outcome.number, fields)
            case Answer.OUTDATED:
                self._heard = now
                self._note(operation, State.PLANNED, outcome.code, outcome.detail)
                self._drop(work)
            case Answer.REFUSED if not untimely(work, outcome, now, self._settings.settle_window):
                self._heard = now
                self.tally.requests += 1
                self._failed(operation, State.FAILED, outcome.code, outcome.detail)
            case Answer.NOT_SENT:
                self._note(operation, State.PLANNED, outcome.code, outcome.detail)
                self._ready.appendleft(work)
                if outcome.status:
                    self._heard = now
                elif self._away():
                    self._trouble = unreachable(operation.key.kind)
            case Answer.IN_DOUBT | Answer.REFUSED:
                self.tally.requests += 1
                self.tally.in_doubt += 1
                self._doubt(operation, outcome)
                work.doubted, work.heard = True, outcome
                self._settler.add(Doubt(work, operation, task.position, now), now)
                if self._away():
                    self._trouble = unreachable(operation.key.kind)
            case Answer.STOP:
                if 300 <= outcome.status < 400:
                    # It may lead on from what was done.
                    self._doubt(operation, outcome)
                else:
                    self._note(operation, State.PLANNED, outcome.code, outcome.detail)
                self._trouble = ConfigurationError(
                    Problem(outcome.code, operation.key.kind, ended(outcome))
                )

    def _done(
        self, work: Work, operation: Operation, target_id: str, number: str, fields: str | None
    ) -> None:
        key = operation.key
        self._journal.note(key, State.DONE, self._clock(), fields=fields)
        if self._line and (stop := self._line.wrote(key.kind, key.step)):
            self._trouble = self._trouble or stop
        if key.step in ("create", "restore"):
            work.target_id, work.made = target_id, self._monotonic()
            self._journal.identify(key.kind, key.identity, target_id, number)
            if key.step == "restore":
                self._journal.brought_back(key.kind, key.identity, self._clock())
            if key.kind != "incident" or operation.body.get("majorCall"):
                self._resolver.bind(key.kind, key.identity, target_id)
        elif key.kind == "incident" and operation.body.get("majorCall"):
            self._resolver.bind(key.kind, key.identity, work.target_id)
        work.pending.popleft()
        work.resent, work.doubted = 0, False
        if work.settle_only:
            self._drop(work)
        elif work.pending:
            self._ready.appendleft(work)
        else:
            complete(self._journal, self._store, work.planned, work.begun_as)
            self.tally.done += 1

    def _drop(self, work: Work) -> None:
        """Leave a chain that was only settled: what is left of it is planned on new facts."""
        self.tally.blocked += 1
        self._store.outdate(work.planned.unit, work.planned.phase)

    def _note(self, operation: Operation, state: State, code: str, detail: str) -> None:
        self._journal.note(operation.key, state, self._clock(), code=code, detail=detail)

    def _doubt(self, operation: Operation, outcome: Outcome) -> None:
        now, why = self._clock(), {"code": outcome.code, "detail": outcome.detail}
        self._journal.note(operation.key, State.IN_DOUBT, now, sent_at=now, **why)

    def _settle(self, doubt: Doubt, found: list[Found]) -> None:
        work, operation = doubt.work, doubt.operation
        # What a person brought back is no answer to what was sent, which may still be at work.
        brought = operation.key.step == "create" and len(found) == 1
        back = brought and found[0].id in operation.gone
        judgement = self._settler.judge(doubt, () if back else found, self._monotonic())
        if judgement is Judgement.OPEN:
            return
        self.tally.in_doubt -= 1
        if judgement is Judgement.DONE:
            self.tally.settled += 1
            work.settle_only = work.settle_only or doubt.superseded
            fields = None if work.settle_only else settled(operation, found[0])
            self._done(work, operation, found[0].id, found[0].number, fields)
        elif judgement is Judgement.DOUBLED:
            self.tally.conflicts += 1
            numbers = ", ".join(f.number or f.id for f in found[:10])
            self._note(operation, State.CONFLICT, "doubles-in-target", numbers)
        elif back:
            self.tally.already += 1
            self._note(operation, State.SKIPPED, "already-there", "")
            key = operation.key
            self._journal.identify(key.kind, key.identity, found[0].id, found[0].number)
            complete(self._journal, self._store, work.planned, work.begun_as)
        elif work.settle_only:
            self._note(operation, State.PLANNED, "not-there", "")
            self._drop(work)
        elif work.resent >= _RESENDS or work.double:
            self._failed(operation, State.FAILED, *work.given_up())
        else:
            work.resent += 1
            self.tally.resent += 1
            self._note(operation, State.PLANNED, "not-there", "")
            self._ready.append(work)

    # Limits: when to stop by ourselves.

    def _failed(self, operation: Operation, state: State, code: str, detail: str) -> None:
        self.tally.failed += 1
        self._note(operation, state, code, detail)
        if not (self._line and self._line.waives(Band.FAILURES)):
            self._trouble = over_budget(self.tally, self._settings) or self._trouble

    def _pause(self, now: float) -> float:
        """Seconds to wait before the next request, by this load's pace and all workers' pause."""
        return max(self._pacer.ready(now), self._shared_pause(now))

    def _away(self) -> bool:
        return self._monotonic() - self._heard > self._settings.patience

    def _halted(self) -> bool:
        return self._stop.is_set() or self._workers.closing or self._trouble is not None

    def _show(self, unit: str, kind: str, *, last: bool = False) -> None:
        now = self._monotonic()
        if last or now - self._reported >= 0.2:
            self._reported = now
            self._report(Progress(unit, kind, self.tally, self._pause(now)))
