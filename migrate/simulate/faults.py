"""How a simulator misbehaves when it is told to: which fault, to which requests, how often.

A `Fault` says what goes wrong, to which requests, how often and for how long; the first one of a
plan that draws a request gets it. Draws come from a seeded generator, so that a run with one
connection repeats exactly. Each simulator names its own kinds of fault.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

_WORDS = ("method", "path", "body", "name")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    `rate` is the share of matching requests (0 to 1); `method` and `path` are regular expressions
    that must be found in the request's method and path, `body` one that must be found in the half
    of its body that came first; the fault starts after `after` matching requests and ends once it
    has been active for `count` of them (None: never); `delay` is in seconds; `retry_after` is the
    header's value in seconds. It is counted as `name`, or else as its kind.

    Raises ValueError for an unknown kind, a rate out of range or a broken expression.
    """

    kind: str
    rate: float = 1.0
    method: str = ""
    path: str = ""
    after: int = 0
    count: int | None = None
    delay: float = 1.0
    retry_after: int | None = None
    body: str = ""
    name: str = ""

    kinds: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            raise ValueError(f"unknown fault {self.kind!r}; one of {known}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"the rate of {self.kind} must be between 0 and 1")
        for pattern in (self.method, self.path, self.body):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """From the command line: `answer-lost,rate=0.05,method=POST`. Raises ValueError."""
        kind, *settings = text.split(",")
        values: dict[str, Any] = {}
        for setting in settings:
            name, equals, value = setting.partition("=")
            if not equals:
                raise ValueError(f"{setting!r} must be name=value")
            number = int if name in ("after", "count", "retry_after") else float
            values[name] = value if name in _WORDS else number(value)
        try:
            return cls(kind, **values)
        except TypeError:
            raise ValueError(f"unknown setting in {text!r}") from None


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Everything that may go wrong. `latency` and `jitter` are in seconds: each request takes
    `latency` plus an even draw up to `jitter`, half of it before the work and half after. `seed`
    None draws one."""

    faults: Sequence[Fault] = ()
    latency: float = 0.0
    jitter: float = 0.0
    seed: int | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any], fault: type[Fault]) -> FaultPlan:
        """From JSON: `latency_ms`, `jitter_ms`, `seed`, `faults` (a list of the fields of Fault).

        Raises ValueError, also for what is unknown.
        """
        known = {"latency_ms", "jitter_ms", "seed", "faults"}
        if unknown := set(data) - known:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        try:
            return cls(
                tuple(fault(**given) for given in data.get("faults", ())),
                float(data.get("latency_ms", 0)) / 1000,
                float(data.get("jitter_ms", 0)) / 1000,
                data.get("seed"),
            )
        except TypeError as error:
            raise ValueError(str(error)) from None

    @classmethod
    def typed(
        cls,
        fault: type[Fault],
        faults: Iterable[str],
        latency_ms: float = 0,
        jitter_ms: float = 0,
        seed: int | None = None,
    ) -> FaultPlan:
        """A plan from the options of the command line. Raises ValueError."""
        given = tuple(fault.parse(text) for text in faults)
        return cls(given, latency_ms / 1000, jitter_ms / 1000, seed)


@dataclass(slots=True)
class _Active:
    fault: Fault
    method: re.Pattern[str]
    path: re.Pattern[str]
    body: re.Pattern[bytes]
    seen: int = 0

    @classmethod
    def of(cls, fault: Fault) -> _Active:
        method, path = re.compile(fault.method), re.compile(fault.path)
        return cls(fault, method, path, re.compile(fault.body.encode()))

    def draw(self, method: str, path: str, body: bytes, dice: random.Random) -> bool:
        if not self.method.search(method) or not self.path.search(path):
            return False
        if not self.body.search(body):
            return False
        self.seen += 1
        past = self.seen - self.fault.after
        if past <= 0 or (self.fault.count is not None and past > self.fault.count):
            return False
        return self.fault.rate >= 1 or dice.random() < self.fault.rate


@dataclass(slots=True)
class FaultInjector:
    """Draws the faults of a plan, and counts them in `injected` (kind → number)."""

    plan: FaultPlan = field(default_factory=FaultPlan)
    injected: Counter[str] = field(default_factory=Counter)
    seed: int = 0
    _dice: random.Random = field(default_factory=random.Random)
    _active: list[_Active] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.follow(self.plan)

    def follow(self, plan: FaultPlan) -> None:
        """Follow this plan from now on; the counts stay."""
        self.plan = plan
        self.seed = random.randrange(2**32) if plan.seed is None else plan.seed
        self._dice = random.Random(self.seed)
        self._active = [_Active.of(fault) for fault in plan.faults]

    def add(self, faults: Iterable[Fault]) -> None:
        """Follow these too, before all others; what was counted of those stays."""
        self._active[:0] = [_Active.of(fault) for fault in faults]

    def draw(self, method: str, path: str, body: bytes = b"") -> Fault | None:
        """The fault that a request meets, if any; `body` is the half that came first."""
        for active in self._active:
            if active.draw(method, path, body, self._dice):
                self.injected[active.fault.name or active.fault.kind] += 1
                return active.fault
        return None

    def latency(self) -> float:
        """Seconds that the next request takes."""
        plan = self.plan
        return plan.latency + (self._dice.random() * plan.jitter if plan.jitter else 0.0)

    def shown(self) -> dict[str, Any]:
        return {
            "latency_ms": self.plan.latency * 1000,
            "jitter_ms": self.plan.jitter * 1000,
            "seed": self.seed,
            "faults": [asdict(fault) for fault in self.plan.faults],
        }
