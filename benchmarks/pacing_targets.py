"""Targets that take requests in a time of their own, so that an hour passes in a second.

| kind     | what it does with a request                                                    |
|----------|--------------------------------------------------------------------------------|
| slots    | refuses with 429 what is more than `limit` at once                             |
| rate     | refuses with 429 what is more than `limit` a second, but for a burst           |
| workers  | `limit` work at once, the others wait their turn                               |
| degrades | as workers, and the more there are, the slower each becomes                    |
| free     | takes everything                                                               |

Each takes `latency` plus an even draw up to `jitter`; a refusal takes a third of that, and asks for
`retry_after` seconds where that is not 0.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from typing import Protocol

KINDS = ("slots", "rate", "workers", "degrades", "free")
LATENCY = (0.03, 0.4)
JITTER = (0.0, 0.5)
SLOTS = (3, 48)
RATE = (10.0, 120.0)
BURST = (0.05, 0.5)
RETRY_AFTER = (0, 0, 1)
RANGES = (
    f"latency {LATENCY[0] * 1000:.0f} to {LATENCY[1] * 1000:.0f} ms, jitter up to"
    f" {JITTER[1]:.0%} of it, {SLOTS[0]} to {SLOTS[1]} at once, {RATE[0]:.0f} to {RATE[1]:.0f} a"
    f" second with a burst of {BURST[0]:.0%} to {BURST[1]:.0%} of a second's"
)


@dataclass(frozen=True, slots=True)
class Spec:
    """One target; times in seconds."""

    kind: str
    latency: float
    jitter: float
    limit: float
    burst: float
    retry_after: int

    @classmethod
    def drawn(cls, dice: random.Random, kind: str | None = None) -> Spec:
        kind = kind or dice.choice(KINDS)
        latency = dice.uniform(*LATENCY)
        limit = dice.uniform(*RATE) if kind == "rate" else float(dice.randint(*SLOTS))
        return cls(
            kind,
            latency,
            dice.uniform(*JITTER) * latency,
            limit,
            max(1.0, limit * dice.uniform(*BURST)),
            dice.choice(RETRY_AFTER),
        )

    def __str__(self) -> str:
        asks = f", Retry-After {self.retry_after}" if self.retry_after else ""
        much = {"free": "", "rate": f" {self.limit:.0f}/s, burst {self.burst:.0f}"}
        shown = much.get(self.kind, f" {self.limit:.0f}")
        times = f"{self.latency * 1000:.0f} + {self.jitter * 1000:.0f} ms"
        return f"{self.kind}{shown}, {times}{asks}"


@dataclass(slots=True)
class Target:
    """A target at work. `arrive` says when the answer comes, and whether it is a refusal."""

    spec: Spec
    dice: random.Random
    inside: int = 0
    tokens: float = 0.0
    filled: float = 0.0
    free: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.spec.burst
        self.free = [0.0] * int(self.spec.limit) if self.spec.kind == "workers" else []

    def arrive(self, now: float) -> tuple[float, bool]:
        spec = self.spec
        takes = spec.latency + self.dice.random() * spec.jitter
        if self._refuses(now):
            return now + takes / 3, True
        self.inside += 1
        if spec.kind == "workers":
            begins = max(now, heapq.heappop(self.free))
            heapq.heappush(self.free, begins + takes)
            return begins + takes, False
        if spec.kind == "degrades" and self.inside > spec.limit:
            share = self.inside / spec.limit
            return now + takes * share * (1 + 0.5 * (share - 1)), False
        return now + takes, False

    def _refuses(self, now: float) -> bool:
        if self.spec.kind == "slots":
            return self.inside >= self.spec.limit
        if self.spec.kind != "rate":
            return False
        grown = (now - self.filled) * self.spec.limit
        self.tokens, self.filled = min(self.spec.burst, self.tokens + grown), now
        if self.tokens < 1:
            return True
        self.tokens -= 1
        return False


class Client(Protocol):
    """Whoever decides how many requests are under way. `started` says after how many seconds one
    leaves; `heard` is told of each answer."""

    @property
    def limit(self) -> int: ...

    def paused(self, now: float) -> float: ...

    def started(self, now: float) -> float: ...

    def not_started(self) -> None: ...

    def heard(self, latency: float, refused: bool, retry_after: int, now: float) -> None: ...


@dataclass(slots=True)
class Fixed:
    """A plain pool: always as many; after a refusal it pauses, for as long as it is asked to."""

    limit: int
    _until: float = 0.0

    def paused(self, now: float) -> float:
        return max(0.0, self._until - now)

    def started(self, now: float) -> float:
        return 0.0

    def not_started(self) -> None:
        """It counts nothing."""

    def heard(self, latency: float, refused: bool, retry_after: int, now: float) -> None:
        if refused:
            self._until = max(self._until, now + (retry_after or 0.5))


@dataclass(slots=True)
class Course:
    """What happened: answers and refusals, and (second, limit) whenever the limit changed."""

    seconds: float
    done: int = 0
    refused: int = 0
    limits: list[tuple[float, int]] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def share_refused(self) -> float:
        return self.refused / max(1, self.done + self.refused)


def course(spec: Spec, client: Client, seconds: float, seed: int) -> Course:
    """Let a client ask a target for so many seconds; it always has something to ask."""
    target, made = Target(spec, random.Random(seed)), Course(seconds)
    now, under_way, number = 0.0, 0, 0
    events: list[tuple[float, int, str, float, bool]] = []

    def later(at: float, what: str, began: float = 0.0, refused: bool = False) -> None:
        nonlocal number
        number += 1
        heapq.heappush(events, (at, number, what, began, refused))

    while now < seconds:
        if not made.limits or made.limits[-1][1] != client.limit:
            made.limits.append((now, client.limit))
        if (pause := client.paused(now)) > 0:
            later(now + pause, "wake")
        else:
            while under_way < client.limit:
                under_way += 1
                later(now + client.started(now), "leave")
        now, _, what, began, refused = heapq.heappop(events)
        if what == "leave" and client.paused(now) > 0:
            under_way -= 1
            client.not_started()
        elif what == "leave":
            at, refused = target.arrive(now)
            later(at, "answer", now, refused)
        elif what == "answer":
            under_way -= 1
            if refused:
                made.refused += 1
                made.refusals.append(now)
            else:
                target.inside -= 1
                made.done += 1
                made.ends.append(now)
            client.heard(now - began, refused, spec.retry_after if refused else 0, now)
    return made
