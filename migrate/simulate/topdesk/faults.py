"""How the simulated TOPdesk misbehaves when it is told to.

    Fault("429", retry_after=1, count=50)                 a storm: the next 50 requests
    Fault("answer-lost", rate=0.05, method="POST")        5 % of the creates
    Fault("late", rate=0.01, delay=40, path="/incidents$")

| kind          | work done             | answer                                              |
|---------------|-----------------------|-----------------------------------------------------|
| 429           | no                    | 429, Retry-After if `retry_after` is given          |
| 401           | no                    | 401: the application password has expired           |
| 500-before    | no                    | 500                                                 |
| 502-before    | no                    | 502, the HTML page of a proxy                       |
| 503-before    | no                    | 503, Retry-After if `retry_after` is given          |
| 504-before    | no                    | 504, the HTML page of a proxy                       |
| cut-before    | no                    | none: the connection is cut                         |
| cut-body      | no                    | none: cut when half of the body has come            |
| 500-after     | yes                   | 500                                                 |
| 502-after     | yes                   | 502, the HTML page of a proxy                       |
| 503-after     | yes                   | 503, the HTML page of a proxy, Retry-After if given |
| 504-after     | yes                   | 504, the HTML page of a proxy                       |
| answer-lost   | yes                   | none: the connection is cut                         |
| late          | `delay` seconds later | with the work, whether anyone still waits or not    |
| severed       | `delay` seconds later | none: the connection is cut at once                 |
| slow-drip     | yes                   | the right one, dripping for `delay` seconds         |
| garbage       | yes                   | the right status, a body that is not JSON           |
| wrong-length  | yes                   | fewer bytes than announced, then the end            |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from migrate.simulate import faults as common
from migrate.simulate.faults import FaultInjector, FaultPlan

__all__ = ["AFTER", "BEFORE", "CUT", "LATE", "Fault", "FaultInjector", "FaultPlan", "plan_of"]

CUT = frozenset(("cut-before", "cut-body"))
BEFORE = CUT | frozenset(("401", "429", "500-before", "502-before", "503-before", "504-before"))
AFTER = frozenset(
    (
        "500-after",
        "502-after",
        "503-after",
        "504-after",
        "answer-lost",
        "slow-drip",
        "garbage",
        "wrong-length",
    )
)
LATE = frozenset(("late", "severed"))
KINDS = BEFORE | AFTER | LATE


@dataclass(frozen=True, slots=True)
class Fault(common.Fault):
    """One of the kinds above."""

    kinds: ClassVar[frozenset[str]] = KINDS


def parse_fault(text: str) -> common.Fault:
    """A fault from the command line: `answer-lost,rate=0.05,method=POST`. Raises ValueError."""
    return Fault.parse(text)


def plan_of(
    faults: Iterable[str], latency_ms: float = 0, jitter_ms: float = 0, seed: int | None = None
) -> FaultPlan:
    """A plan from the options of the command line. Raises ValueError."""
    return FaultPlan.typed(Fault, faults, latency_ms, jitter_ms, seed)
