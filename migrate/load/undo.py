"""Undo: takes back what we made and nobody has touched; keeps and lists what people edited.

As in a load, the intent is durable before the first byte of a request leaves, its outcome before
anything else is decided, and what has no answer is settled by asking. A record is looked at right
before it is taken back: TOPdesk has no If-Match, so an edit within that moment is outside of this.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.load.judge import HOW
from migrate.load.look import Case, Look
from migrate.load.pacer import Pacer
from migrate.load.policy import ended
from migrate.load.settle import Judgement as Settled
from migrate.load.settle import Settler
from migrate.load.target import Target, TargetReader
from migrate.load.work import Doubt, Work
from migrate.records import Answer, Found, Operation, OpKey, Outcome, State
from migrate.state.journal import Journal
from migrate.state.journal_aside import UNDO, Scope
from migrate.state.plan_store import Planned

_NOT_YET = State.SKIPPED
"""What an undo has not done yet is nothing that a load would go on with."""
_TICK = 0.2
_PAGE = 16


@dataclass(frozen=True, slots=True)
class Line:
    """What became, or in a dry run would become, of one record. `what` is archive, unlink, keep,
    gone, failed or in doubt; `detail` names fields and never what stands in them."""

    kind: str
    identity: str
    number: str
    what: str
    code: str = ""
    detail: str = ""


@dataclass(slots=True)
class Undone:
    """What an undo did: a line for each record, and the requests that wrote. `stays` are (kind,
    step, how many) of changes to records which are not taken back with it."""

    lines: list[Line] = field(default_factory=list)
    requests: int = 0
    stays: list[tuple[str, str, int]] = field(default_factory=list)

    def count(self) -> Counter[tuple[str, str, str]]:
        """(kind, what, code) → records."""
        return Counter((line.kind, line.what, line.code) for line in self.lines)


def dry(look: Look, scope: Scope, progress: Callable[[int], None] = lambda done: None) -> Undone:
    """What an undo of `scope` would do; it only reads."""
    result = Undone(stays=look.journal.changed(scope))
    for page in look.cases(scope):
        result.lines += [_line(case) for case in page]
        progress(len(result.lines))
    return result


class Undo:
    """Takes records back, page by page. `window` and `patience` are seconds, as for a load;
    `reason` is the id of the archiving reason, empty for TOPdesk's default one. `stop` is set by
    Ctrl-C: nothing new is sent, and the same command goes on."""

    def __init__(
        self,
        journal: Journal,
        target: Target,
        pacer: Pacer,
        run: int,
        *,
        window: float,
        patience: float = 300.0,
        threads: int = 8,
        reason: str = "",
        stop: threading.Event | None = None,
        progress: Callable[[int], None] = lambda done: None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._target, self._pacer, self._run = journal, target, pacer, run
        self._window, self._patience, self._threads = window, patience, threads
        self._reason = {"id": reason} if reason else {}
        self._stop, self._progress = stop or threading.Event(), progress
        self._clock, self._monotonic = clock, monotonic
        self._result = Undone()

    def undo(self, scope: Scope) -> Undone:
        """Take back what is in scope; what a killed undo left is settled first.

        Raises StoppedError when it was stopped or the target stays away, ConfigurationError when
        the target refuses the credentials; the same command then goes on.
        """
        self._result = Undone(stays=self._journal.changed(scope))
        for unit in self._journal.units_of(scope):
            self._journal.recover(unit, self._clock())
        look = Look(
            self._journal, self._target, self._window, self._threads, self._monotonic, self._pause
        )
        with ThreadPoolExecutor(self._threads) as pool:
            self._settle_old(scope, look)
            for page in look.cases(scope, _PAGE):
                if self._stop.is_set():
                    raise StoppedError(Problem("stopped", "undo", "stopped by hand"))
                self._page(page, look, pool)
                self._progress(len(self._result.lines))
        return self._result

    def _page(self, page: Sequence[Case], look: Look, pool: ThreadPoolExecutor) -> None:
        work: deque[tuple[Case, Operation]] = deque()
        for case in page:
            record, decided = case.record, case.judgement
            if decided.how:
                work.append((case, self._operation(case)))
                continue
            if decided.gone:
                self._took_back(case, "gone")
            elif record.kind in HOW:
                self._journal.set_aside(
                    self._key(case),
                    State.KEPT,
                    self._run,
                    self._clock(),
                    code=decided.code,
                    detail=decided.detail,
                    marker=record.target_id,
                )
            self._result.lines.append(_line(case))
        heard = self._monotonic()
        while work:
            for case, operation in work:
                self._intend(case, operation)
            self._journal.commit()
            answers = list(pool.map(self._send, [operation for _, operation in work]))
            again: deque[tuple[Case, Operation]] = deque()
            doubts: list[tuple[Case, Operation, float]] = []
            refused: list[tuple[Case, Operation, Outcome]] = []
            trouble: ConfigurationError | None = None
            for (case, operation), outcome in zip(work, answers, strict=True):
                now = self._monotonic()
                self._pacer.note(outcome, now)
                if outcome.answer not in (Answer.NOT_SENT, Answer.STOP):
                    self._result.requests += 1
                match outcome.answer:
                    case Answer.DONE:
                        self._took_back(case, case.judgement.how)
                        heard = now
                    case Answer.REFUSED:
                        # Kept, and not failed: a load has nothing to try again there.
                        self._note(operation, State.KEPT, outcome)
                        refused.append((case, operation, outcome))
                        heard = now
                    case Answer.IN_DOUBT:
                        self._note(operation, State.IN_DOUBT, outcome, self._clock())
                        doubts.append((case, operation, now))
                    case Answer.STOP:
                        self._note(operation, _NOT_YET, outcome)
                        problem = Problem(outcome.code, "undo", ended(outcome))
                        trouble = ConfigurationError(problem)
                    case _:
                        self._note(operation, _NOT_YET, outcome)
                        again.append((case, operation))
            self._journal.commit()
            for case, operation, outcome in refused:
                self._refused(case, operation, outcome, look)
            again.extend(self._settle(doubts))
            if trouble:
                raise trouble
            if again and self._stop.is_set():
                raise StoppedError(Problem("stopped", "undo", "stopped by hand"))
            if again and self._monotonic() - heard > self._patience:
                raise StoppedError(Problem("target-unreachable", "undo", "it does not answer"))
            work = again
            if work:
                self._pause(max(_TICK, self._pacer.ready(self._monotonic())))
        self._journal.commit()

    def _send(self, operation: Operation) -> Outcome:
        if self._stop.is_set() or self._pacer.ready(self._monotonic()) > 0:
            return Outcome(operation.key, Answer.NOT_SENT, code="held-back")
        if (wait := self._pacer.started(self._monotonic())) > 0 and self._stop.wait(wait):
            self._pacer.not_started()
            return Outcome(operation.key, Answer.NOT_SENT, code="held-back")
        try:
            outcome = self._target.remove(operation)
        except Exception as error:
            # A mistake of ours: whether a byte has left is not known, so it is settled.
            name = type(error).__name__
            outcome = Outcome(operation.key, Answer.IN_DOUBT, code="bug", detail=name)
        if not outcome.latency:
            self._pacer.not_started()
        return outcome

    # What the journal is told.

    def _key(self, case: Case) -> OpKey:
        record = case.record
        return OpKey(self._journal.source, record.kind, record.identity, UNDO, case.revision)

    def _operation(self, case: Case) -> Operation:
        record = case.record
        body = case.body if record.kind == "membership" else self._reason
        return Operation(self._key(case), body, record.target_id, _marker(case))

    def _intend(self, case: Case, operation: Operation) -> None:
        now = self._clock()
        self._journal.set_aside(
            operation.key,
            State.PLANNED,
            self._run,
            now,
            code="",
            detail=case.record.number,
            marker=operation.marker,
        )
        self._journal.intend(operation.key, 0, operation.marker, "[]", False, "", self._run, now)

    def _took_back(self, case: Case, what: str) -> None:
        record = case.record
        self._journal.set_aside(
            self._key(case),
            State.UNDONE,
            self._run,
            self._clock(),
            code="",
            detail=record.number,
            marker=_marker(case),
        )
        self._journal.took_back(record.kind, record.identity, self._clock())
        if what != "gone":
            self._result.lines.append(_line(case))

    def _refused(self, case: Case, operation: Operation, outcome: Outcome, look: Look) -> None:
        """TOPdesk says no; where that is because somebody was faster, it is done."""
        if removed(self._target, operation):
            self._took_back(case, case.judgement.how)
            return
        look.going.discard((case.record.kind, case.record.target_id))
        record = case.record
        self._result.lines.append(
            Line(
                record.kind,
                record.identity,
                record.number,
                "failed",
                outcome.code,
                outcome.detail,
            )
        )

    def _note(
        self, operation: Operation, state: State, outcome: Outcome, sent_at: float | None = None
    ) -> None:
        self._journal.note(
            operation.key,
            state,
            self._clock(),
            code=outcome.code,
            detail=outcome.detail,
            sent_at=sent_at,
        )

    # In doubt: asked, and believed not to be done only after the window.

    def _settle(
        self, doubts: Sequence[tuple[Case, Operation, float]]
    ) -> Iterator[tuple[Case, Operation]]:
        """Settle all of these; those that were not done are to be taken back again."""
        settler, cases = Settler(self._window), {}
        for case, operation, since in doubts:
            record = case.record
            nobody = Planned.nobody(record.unit, "", record.kind, record.identity)
            work = Work(nobody, deque(), record.target_id, begun=True)
            settler.add(Doubt(work, operation, 0, since), self._monotonic())
            cases[operation.key] = case
        while (wait := settler.wait(self._monotonic())) is not None:
            if self._stop.is_set():
                raise StoppedError(Problem("stopped", "undo", "stopped by hand"))
            if wait:
                self._pause(min(wait, _TICK))
            for doubt in settler.due(self._monotonic()):
                operation = doubt.operation
                found = removed(self._target, operation)
                settled = settler.judge(doubt, found, self._monotonic())
                if settled is Settled.DONE:
                    self._took_back(cases[operation.key], cases[operation.key].judgement.how)
                    self._journal.commit()
                elif settled is Settled.NOT_DONE:
                    self._journal.note(operation.key, _NOT_YET, self._clock(), code="not-there")
                    self._journal.commit()
                    yield cases[operation.key], operation

    def _settle_old(self, scope: Scope, look: Look) -> None:
        """What a killed undo left without an answer: those done are entered, the others are judged
        anew with everything else."""
        now = self._monotonic()
        doubts = [(case, self._operation(case), now) for case in look.begun(scope)]
        for _again in self._settle(doubts):
            pass

    def _pause(self, seconds: float) -> None:
        """Wait, and no longer than until somebody stops it."""
        self._stop.wait(seconds)


def removed(reader: TargetReader, operation: Operation) -> list[Found]:
    """What shows that a record is out of the target: itself, archived, or that it is not there."""
    kind, body = operation.key.kind, operation.body
    if kind == "membership":
        left = str(body["operator"]) not in reader.members(str(body["group"]))
        return [Found(kind, operation.parent_id, "")] if left else []
    found = reader.get(kind, operation.parent_id)
    if found is None:
        return [Found(kind, operation.parent_id, "")]
    return [found] if found.archived else []


def _marker(case: Case) -> str:
    return case.record.target_id or "|".join(case.body.values())


def _line(case: Case) -> Line:
    record, decided = case.record, case.judgement
    what = decided.how or ("gone" if decided.gone else "keep")
    return Line(record.kind, record.identity, record.number, what, decided.code, decided.detail)
