"""What a worker does with one task: waits for its turn, and sends or looks. It decides nothing."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from migrate.errors import BugError, ConfigurationError, LookError, MigrateError, Problem
from migrate.load.directory import by_number
from migrate.load.fiql import folded
from migrate.load.keys import look_for, shows
from migrate.load.pacer import Pacer
from migrate.load.target import Target
from migrate.load.watching import before
from migrate.load.work import Doubt, Send
from migrate.records import Answer, Found, Outcome

_TICKET = ("incident", "create")
Task = Send | Doubt
Result = Outcome | list[Found] | MigrateError


class Carrier:
    """Carries requests to the target and their outcomes back. Thread-safe.

    `pause` says, for a monotonic time, for how many seconds no request may leave; `halted` that
    none may leave any more, which `stop` interrupts a wait for. `made` is the number and the id of
    a ticket that an earlier run made.
    """

    def __init__(
        self,
        target: Target,
        pacer: Pacer,
        pause: Callable[[float], float],
        halted: Callable[[], bool],
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._target, self._pacer, self._pause = target, pacer, pause
        self._halted, self._stop, self._monotonic = halted, stop, monotonic
        self.made: tuple[str, str] | None = None
        self._made_at = -math.inf

    def carry(self, task: Task) -> Result:
        """What became of a task: an `Outcome` of what was to be sent, what was found of what is in
        doubt, or why it could not be looked for. Never raises."""
        if isinstance(task, Send):
            if not self._turn():
                # Not a byte has left, so the intent is taken back and made anew when it is time.
                return Outcome(task.operation.key, Answer.NOT_SENT, code="held-back")
            outcome = self._sent(task)
            if not outcome.latency:
                self._pacer.not_started()
            return outcome
        try:
            return self._look(task)
        except MigrateError as error:
            return error
        except LookupError:
            return LookError(Problem("undecidable", task.operation.key.identity, "it has no key"))
        except Exception as error:
            return BugError(Problem("bug", task.operation.key.kind, type(error).__name__))

    def _sent(self, task: Send) -> Outcome:
        try:
            outcome = before(self._target, task) or self._target.write(task.operation)
            self._note(outcome)
            return outcome
        except Exception as error:
            # A mistake of ours: whether a byte has left is not known, so it is settled.
            name = type(error).__name__
            return Outcome(task.operation.key, Answer.IN_DOUBT, code="bug", detail=name)

    def _turn(self) -> bool:
        """Wait for the moment at which a request may leave; False where it must not leave now."""
        if self._halted() or self._pause(now := self._monotonic()) > 0:
            return False
        wait = self._pacer.started(now)
        if wait > 0:
            self._stop.wait(wait)
            if self._halted() or self._pacer.paused(self._monotonic()) > 0:
                self._pacer.not_started()
                return False
        return True

    def _note(self, outcome: Outcome) -> None:
        """Keep the first ticket that was made, to see by it whether look-ups find tickets."""
        key = outcome.key
        if self.made is None and (key.kind, key.step) == _TICKET and outcome.answer is Answer.DONE:
            self._made_at, self.made = self._monotonic(), (key.identity, outcome.target_id)

    def _look(self, doubt: Doubt) -> list[Found]:
        if doubt.sent is None:
            found = look_for(self._target, doubt.operation)
            if not found and doubt.empty_after_window:
                self._trust(doubt)
            return found
        return shows(self._target, doubt.operation, doubt.sent)

    def _trust(self, doubt: Doubt) -> None:
        """Before it is believed that a ticket was not made: does a look-up find one that was, and
        that is there under its number? Raises ConfigurationError where it does not."""
        key = doubt.operation.key
        if self.made is None or (key.kind, key.step) != _TICKET or self._made_at > doubt.since:
            return
        number, id = self.made
        if any(found.id == id for found, _ in by_number(self._target, [number])):
            return
        there = self._target.get("incident", id)
        if there is None or there.archived:
            return
        if folded(there.fields.get("externalNumber")) == folded(number):
            message = "a ticket that is there is not found by its external number any more"
            raise ConfigurationError(Problem("lookup-refused", number, message))
