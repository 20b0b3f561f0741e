"""The probe ticket: one ticket that a sprint begins with, to see what TOPdesk does with tickets.

TOPdesk's own rules may send mails or change what arrives, and its API cannot switch them off. So
one ticket is created through the journal, as every other, read back, looked at by whoever watches
the mailbox, and archived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from migrate.errors import ConfigurationError, LookError, MigrateError, Problem, StoppedError
from migrate.load.compare import canonical, differing, digests
from migrate.load.plan import Planner
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.target import Target
from migrate.records import Answer, Chain, Found, Operation, OpKey, Ref, State, Step
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanStore

ASIDE = "~probe"
"""The unit and the sprint that probe tickets stand under in the journal: no real one's."""
_NUMBER = 60  # incident API 4.2.6, externalNumber
_TITLE = "Prøvesak fra flyttingen / probe ticket of the migration"
_TEXT = (
    "Denne saken er laget for å se hva TOPdesk gjør med nye saker. Den arkiveres straks.<br>"
    "This ticket was made to see what TOPdesk does with new tickets. It is archived at once."
)
_TRIES = 3
_LOOKS = 2.0
"""Seconds between two looks for the ticket."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe ticket in the target."""

    identity: str
    id: str
    number: str


@dataclass(slots=True)
class Prober:
    """Makes and archives the probe tickets of a sprint. `loader` makes an engine on a plan of its
    own; `reason` is the body that archives (TOPdesk's default reason: empty); `window` is the
    settle window, in seconds."""

    journal: Journal
    target: Target
    loader: Callable[[PlanStore, Resolver, int], Loader]
    mailbox: str | None = None
    branch: str = ""
    reason: Mapping[str, Any] = field(default_factory=dict)
    window: float = 0.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def send(self, sprint: str, run: int) -> Probe:
        """Create the probe ticket of a sprint, once, however often it is asked for: the one that
        was last made and not archived yet is taken up again.

        Raises what the engine raises, ConfigurationError where the ticket is refused, StoppedError
        where it is in doubt.
        """
        identity = self._identity(sprint)
        # What refused the last one may be mended; no `retry` reaches it, since it is of no unit.
        self.journal.reopen(ASIDE, (State.FAILED,), None, self.clock())
        with TemporaryDirectory(prefix="migrate-probe-") as folder:
            store = PlanStore(Path(folder) / "plan.db")
            try:
                planner = Planner(self.journal, store, self.target)
                chain = self._chain(identity, sprint)
                planner.plan(ASIDE, "tickets", ASIDE, [chain], "probe", self.clock())
                ids = {("branch", b.name): b.id for b in self.target.index("branch")}
                loader = self.loader(store, Resolver(ids), run)
                loader.load(ASIDE, ASIDE, "tickets", "incident")
            finally:
                store.close()
        record = self.journal.records("incident", [identity]).get(identity)
        if record is None or not record.target_id:
            raise self._not_made(identity)
        return Probe(identity, record.target_id, record.number)

    def changed(self, probe: Probe, sprint: str) -> list[str]:
        """Read the ticket back: the names of the fields that are not as they were sent."""
        found = self._found(probe)
        sent = digests(canonical(self._body(probe.identity, sprint)))
        return sorted(differing(sent, found.fields))

    def findable(self, probe: Probe) -> bool:
        """Whether the ticket is found by its external number within the settle window, as every
        ticket must be whose answer is lost: else it would be made again."""
        end = self.clock() + self.window
        while True:
            shown = self.target.find("incident", "externalNumber", [probe.identity])
            if any(found.id == probe.id for found in shown):
                return True
            if (left := end - self.clock()) <= 0:
                return False
            self.sleep(min(left, _LOOKS))

    def archive(self, probe: Probe) -> None:
        """Archive the ticket; one that is archived already stays so.

        Raises ConfigurationError where TOPdesk refuses it, StoppedError where it does not do it.
        """
        key = OpKey(self.journal.source, "incident", probe.identity, "archive", 0)
        operation = Operation(key, self.reason, probe.id)
        for _ in range(_TRIES):
            if self._found(probe).archived:
                self.journal.note(key, State.DONE, self.clock())
                self.journal.commit()
                return
            self.journal.intend(key, 1, "", "[]", False, "", 0, self.clock())
            self.journal.commit()
            outcome = self.target.remove(operation)
            done = outcome.answer is Answer.DONE
            state = State.DONE if done else State.PLANNED
            self.journal.note(key, state, self.clock(), code=outcome.code, detail=outcome.detail)
            self.journal.commit()
            if done:
                return
            if outcome.answer is Answer.IN_DOUBT:
                self.sleep(self.window)  # then it is looked at before it is sent again
            elif outcome.answer is Answer.NOT_SENT:
                self.sleep(outcome.wait or 1.0)
            else:
                break
        code = outcome.code or "target-failing"
        problem = Problem(code, probe.number, "the probe ticket could not be archived")
        if outcome.answer in (Answer.REFUSED, Answer.STOP):
            raise ConfigurationError(problem)
        raise StoppedError(problem)

    def _found(self, probe: Probe) -> Found:
        found = self.target.get("incident", probe.id)
        if found is None:
            raise LookError(Problem("gone", probe.number, "the probe ticket is not there any more"))
        return found

    def _identity(self, sprint: str) -> str:
        """The number of the probe ticket to use: the first of this sprint that is not archived."""
        turn = 1
        while True:
            identity = f"PROBE-{turn}-{sprint}"[:_NUMBER]
            entries = self.journal.entries("incident", [identity]).get(identity, [])
            if not any(e.key.step == "archive" and e.state is State.DONE for e in entries):
                return identity
            turn += 1

    def _chain(self, identity: str, sprint: str) -> Chain:
        body = self._body(identity, sprint)
        if self.branch and any(b.name == self.branch for b in self.target.index("branch")):
            body["caller"] = {**body["caller"], "branch": {"id": Ref("branch", self.branch)}}
        step = Step("create", body)
        found = (("externalNumber", identity),)
        return Chain("incident", identity, (), ASIDE, (step,), find=found, source_digest=identity)

    def _body(self, identity: str, sprint: str) -> dict[str, Any]:
        caller = {"dynamicName": f"migrate, sprint {sprint}"[:100]}
        if self.mailbox:
            caller["email"] = self.mailbox
        return {
            "externalNumber": identity,
            "status": "firstLine",
            "briefDescription": _TITLE,
            "request": _TEXT,
            "caller": caller,
        }

    def _not_made(self, identity: str) -> MigrateError:
        entries = self.journal.entries("incident", [identity]).get(identity, [])
        why = next((entry for entry in entries if entry.code), None)
        message = "the probe ticket could not be made; nothing else was sent"
        problem = Problem(why.code if why else "target-refused", identity, message)
        refused = why is not None and why.state is State.FAILED and why.code != "no-answer"
        return ConfigurationError(problem) if refused else StoppedError(problem)
