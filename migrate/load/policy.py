"""What may be concluded from an answer, as a table: (situation, kind of request) → action.

TOPdesk has no idempotency key, so a request that writes is sent again only when it certainly was
not processed. Everything else without a believable answer is in doubt, and settled by asking.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from migrate.errors import ConfigurationError, MigrateError
from migrate.records import Answer, OpKey, Outcome


class Kind(StrEnum):
    """What a request does. A PATCH with `action` appends to the progress trail each time."""

    READ = "read"
    CREATE = "create"
    APPEND = "append"
    UPDATE = "update"  # sets fields to values: the same again changes nothing more


class Event(StrEnum):
    """Why there is no answer at all."""

    UNREACHABLE = "unreachable"  # refused, no route, no such name, connect time-out: no byte left
    CERTIFICATE = "certificate"  # TLS refused by us: no byte of the request left
    SILENT = "silent"  # no answer in time
    CUT = "cut"  # the connection broke after bytes may have left, or what came is not HTTP
    HELD_BACK = "held back"  # by us, before any byte left: it was not its turn


class Situation(StrEnum):
    """How one request ended."""

    ANSWERED = "answered"
    GARBLED = "garbled"  # 2xx, but truncated, not JSON, or not what was asked for
    REDIRECT = "redirect"
    UNAUTHORISED = "unauthorised"
    REFUSED = "refused"
    NOT_ACCEPTED = "not accepted"  # 405, 406, 415: our request is not one that TOPdesk knows
    REQUEST_TIMEOUT = "request timeout"  # 408
    BUSY = "busy"  # 429
    UNAVAILABLE = "unavailable"  # 503, perhaps from a proxy, perhaps after the work
    UNAVAILABLE_BEFORE = "unavailable before work"  # 503 of a target known to refuse first
    SERVER_ERROR = "server error"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    SILENT = "silent"
    CUT = "cut"
    HELD_BACK = "held back"


class Action(StrEnum):
    """What is done about it."""

    OK = "ok"
    RETRY = "retry"  # by the HTTP layer itself
    RESEND = "resend"  # certainly not processed: the load decides when
    IN_DOUBT = "in doubt"
    REFUSED = "refused"
    STOP = "stop"


_R, _C, _A, _U = Kind.READ, Kind.CREATE, Kind.APPEND, Kind.UPDATE
_DOUBT = {
    _R: Action.RETRY,
    _C: Action.IN_DOUBT,
    _A: Action.IN_DOUBT,
    _U: Action.IN_DOUBT,
}
_AGAIN = {_R: Action.RETRY, _C: Action.RESEND, _A: Action.RESEND, _U: Action.RESEND}
_NO = dict.fromkeys(Kind, Action.REFUSED)
_STOP = dict.fromkeys(Kind, Action.STOP)

TABLE: dict[Situation, dict[Kind, Action]] = {
    Situation.ANSWERED: dict.fromkeys(Kind, Action.OK),
    Situation.GARBLED: _DOUBT,
    Situation.REDIRECT: _STOP,
    Situation.UNAUTHORISED: _STOP,
    Situation.REFUSED: _NO,
    Situation.NOT_ACCEPTED: _NO,
    Situation.REQUEST_TIMEOUT: _DOUBT,
    Situation.BUSY: _AGAIN,
    Situation.UNAVAILABLE: _DOUBT,
    Situation.UNAVAILABLE_BEFORE: _AGAIN,
    Situation.SERVER_ERROR: _DOUBT,
    Situation.UNREACHABLE: _AGAIN,
    Situation.CERTIFICATE: _STOP,
    Situation.SILENT: _DOUBT,
    Situation.CUT: _DOUBT,
    Situation.HELD_BACK: _AGAIN,
}

_BY_STATUS = {
    401: Situation.UNAUTHORISED,
    407: Situation.UNAUTHORISED,
    405: Situation.NOT_ACCEPTED,
    406: Situation.NOT_ACCEPTED,
    415: Situation.NOT_ACCEPTED,
    408: Situation.REQUEST_TIMEOUT,
    429: Situation.BUSY,
}


UNSEEN = "target-forbidden"
"""The code of a record that the account may not read."""

Seen = TypeVar("Seen")
Problems = list[tuple[str, str]]
"""A code and a detail for each thing that is wrong."""


def situation(
    status: int, *, believable: bool = True, event: Event | None = None, refuses_with_503: bool
) -> Situation:
    """Name how a request ended.

    `believable` says whether a 2xx body came whole and is what was asked for; for other statuses
    the status line alone decides. `event` is given where no status line came.
    """
    if event is not None:
        return Situation(event.value)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 503:
        return Situation.UNAVAILABLE_BEFORE if refuses_with_503 else Situation.UNAVAILABLE
    if 200 <= status < 300:
        return Situation.ANSWERED if believable else Situation.GARBLED
    if 300 <= status < 400:
        return Situation.REDIRECT
    if 400 <= status < 500:
        return Situation.REFUSED
    return Situation.SERVER_ERROR


def decide(kind: Kind, situation: Situation) -> Action:
    """The action that the table holds."""
    return TABLE[situation][kind]


def unread(key: OpKey, error: MigrateError) -> Outcome:
    """Nothing was sent, since what had to be read before could not be: again later, or, where the
    target refuses the credentials or the configuration is wrong, not at all. A record that may not
    be read is the only one that fails."""
    if isinstance(error, ConfigurationError) and error.of_one:
        return Outcome(key, Answer.REFUSED, code=UNSEEN, detail="status 403")
    stop = isinstance(error, ConfigurationError)
    answer = Answer.STOP if stop else Answer.NOT_SENT
    problem = error.problems[0]
    return Outcome(key, answer, code=problem.code, detail=problem.message)


def unless_unseen(look: Callable[[], Seen]) -> Seen | Problems:
    """What a look gives; what is wrong where it is at a record that may not be read."""
    try:
        return look()
    except ConfigurationError as error:
        if not error.of_one:
            raise
        return [(UNSEEN, "status 403")]


def ended(outcome: Outcome) -> str:
    """In words, how a request ended after which nothing else is sent."""
    return f"TOPdesk answers {outcome.status}" if outcome.status else outcome.detail
