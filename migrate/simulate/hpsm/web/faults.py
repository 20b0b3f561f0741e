"""How the simulated HPSM's web services misbehave when they are told to.

    Fault("busy", rate=0.1)                        every tenth request: too many threads
    Fault("denied", after=200)                     the password expires in mid-run
    Fault("503-html", count=30, path="/rest/")     a restart behind a proxy

| kind         | REST                                           | SOAP                           |
|--------------|------------------------------------------------|--------------------------------|
| busy         | 401, ReturnCode -4, too many threads           | 401, a fault, the same words   |
| denied       | 401, ReturnCode -4, "Not Authorized"           | 401, a fault, the same words   |
| locked       | 200, ReturnCode 3                              | FAILURE 3                      |
| locked-400   | 400, ReturnCode 3                              | FAILURE 3                      |
| error        | 500, ReturnCode -1                             | 500, a fault                   |
| forbidden    | 403, ReturnCode 28                             | FAILURE 28                     |
| missing      | 404, JSON without a ReturnCode                 | 404, an HTML page              |
| 404-html     | 404, an HTML page                              | the same                       |
| 500-html     | 500, an HTML page                              | the same                       |
| 503-html     | 503, an HTML page, Retry-After if given        | the same                       |
| page         | 200, an HTML page, as of a login or a proxy    | the same                       |
| cut          | none: the connection is cut before the work    | the same                       |
| answer-lost  | none: the connection is cut after the work     | the same                       |
| late         | the right one, `delay` seconds later           | the same                       |
| slow-drip    | the right one, dripping for `delay` seconds    | the same                       |
| garbage      | the right status and type, a body of no sense  | the same                       |
| truncated    | half of the body, said to be all of it         | the same                       |
| wrong-length | half of the body, then the end                 | the same                       |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from migrate.simulate import faults as common

BEFORE = frozenset(
    (
        "busy",
        "denied",
        "locked",
        "locked-400",
        "error",
        "forbidden",
        "missing",
        "404-html",
        "500-html",
        "503-html",
        "page",
        "cut",
    )
)
AFTER = frozenset(("answer-lost", "late", "slow-drip", "garbage", "truncated", "wrong-length"))


@dataclass(frozen=True, slots=True)
class Fault(common.Fault):
    """One of the kinds above."""

    kinds: ClassVar[frozenset[str]] = BEFORE | AFTER
