"""The work in hand during a load: chains, what is in doubt, and the running tally."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migrate.errors import Problem, StoppedError
from migrate.load.baseline import Baseline
from migrate.records import Operation, Outcome, Step
from migrate.state.plan_store import Planned


@dataclass(slots=True)
class Work:
    """One chain on its way: the steps still to do, each with its place in the chain.

    `settle_only`: the plan does not go on with it (any more), so what is in doubt is settled and
    the rest planned anew. `doubted`: a request of its present step may be at work still. `resent`
    is how often that was sent again, `heard` what was heard of it the last time. `before` is how an
    earlier run left the record, `shown` what it was last seen to show in this one; `gone` are the
    ids of those that an undo took back. `postponed`: it was put behind the others once, because the
    record that it hangs on was not there yet. `made` is monotonic seconds of when this run made it.
    `below` are the digests that its partial incidents were left with, by number and field; `texts`
    those of an article's texts, by field.
    `begun_as` is the digest of what HPSM had when an article was begun, or what is brought back was
    loaded, where it has something else by now; None where not all of it had come by then.
    """

    planned: Planned
    pending: deque[tuple[int, Step]]
    target_id: str
    begun: bool
    doubted: bool = False
    settle_only: bool = False
    resent: int = 0
    heard: Outcome | None = None
    before: Baseline | None = None
    shown: dict[str, str] | None = None
    gone: frozenset[str] = frozenset()
    postponed: bool = False
    made: float | None = None
    begun_as: str | None = ""
    below: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def double(self) -> bool:
        """Whether the target said last that it has it already."""
        return self.heard is not None and self.heard.code == "target-duplicate"

    def given_up(self) -> tuple[str, str]:
        """Code and detail of a request that was not done and is not sent any more. What is refused
        as double, and is not ours, is somebody else's."""
        said = self.heard.detail if self.heard else ""
        if self.double:
            return "target-duplicate", said
        return "no-answer", f"{said or 'silent'}, sent {self.resent + 1} times"


@dataclass(slots=True)
class Send:
    """One operation whose intent is durable, on its way to a worker. `guard` is how the record must
    show itself right before; None where it need not be read."""

    work: Work
    operation: Operation
    position: int
    sent: dict[str, str]
    guard: Baseline | None = None


@dataclass(slots=True)
class Doubt:
    """One operation without an answer that can be believed. `since` is monotonic seconds of the
    last moment at which its request may have left. `sent` are the digests of an update whose body
    the plan no longer has: the target is asked whether it shows them. `superseded`: a record was to
    be made of something else than the plan has now, so that, found, it is what was sent then."""

    work: Work
    operation: Operation
    position: int
    since: float
    sent: dict[str, str] | None = None
    empty_after_window: int = 0
    superseded: bool = False


@dataclass(slots=True)
class Tally:
    """What a load has done so far; `left` and `total` count chains, `requests` count writes."""

    total: int = 0
    done: int = 0
    already: int = 0
    failed: int = 0
    waiting: int = 0
    conflicts: int = 0
    blocked: int = 0
    requests: int = 0
    in_doubt: int = 0
    settled: int = 0
    resent: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        finished = self.done + self.failed + self.waiting + self.conflicts
        return max(0, self.total - finished - self.blocked)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a load behaves. Times in seconds.

    `patience` is how long nothing may be heard of the target before the load stops; `budget` the
    share of chains that may fail before it does, judged after `budget_after` chains.
    """

    connections: int
    settle_window: float
    budget: float
    patience: float = 300.0
    budget_after: int = 50
    outside: str = "the quiet hours are over"


def not_now(said: str) -> StoppedError:
    """What stops a load whose quiet hours ended."""
    return StoppedError(Problem("outside-quiet-hours", "target.quiet_hours", said))


def unreachable(kind: str) -> StoppedError:
    """What stops a load that hears nothing."""
    message = "nothing has been heard of the target for too long"
    return StoppedError(Problem("target-unreachable", kind, message))


def over_budget(tally: Tally, settings: Settings) -> StoppedError | None:
    """What stops a load of which too large a share has failed."""
    judged = tally.failed + tally.done
    if judged < settings.budget_after or tally.failed <= settings.budget * judged:
        return None
    message = f"{tally.failed} of {judged} records failed"
    limit = f"at most {settings.budget:.0%}"
    return StoppedError(Problem("error-budget", "load", message, expected=limit))


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a running load. `pause` is seconds that the target asked us to wait."""

    unit: str
    kind: str
    tally: Tally
    pause: float


Report = Callable[[Progress], None]
