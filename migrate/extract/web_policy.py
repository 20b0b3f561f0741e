"""What may be concluded from an answer of HPSM's web services, as a table.

The ReturnCodes and what they go with are those that a gateway in front of a live 9.x server met:
one code may mean several things, so that HTTP status, ReturnCode, message and form decide together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Form(StrEnum):
    """What the body of an answer is."""

    DATA = "data"  # the JSON or XML that was asked for, or a file
    FAULT = "fault"  # a SOAP fault that blames the request
    HTML = "html"  # a page of a web server or proxy
    GARBLED = "garbled"  # it came, and cannot be read


class Action(StrEnum):
    """What is done about an answer."""

    READ = "read"
    WAIT = "wait"  # busy, locked, or nobody there: the same is asked again
    NOTHING = "nothing"  # no such record, or none left
    CREDENTIALS = "credentials"  # stop: asking again would lock the account
    FORBIDDEN = "forbidden"  # this user may not read it: the kind is unreachable
    QUERY = "query"  # HPSM does not understand the query
    ADDRESS = "address"  # this is not HPSM, or not its address
    GARBLED = "garbled"  # ask again, then for less at a time
    REFUSED = "refused"  # anything else


class Situation(NamedTuple):
    """One answer. `code` is the ReturnCode, None where there is none."""

    status: int
    code: int | None = None
    message: str = ""
    form: Form = Form.DATA


class Rule(NamedTuple):
    """A row of the table; what is left empty matches everything, and `says` is part of the message
    in small letters."""

    action: Action
    status: range | None = None
    codes: frozenset[int | None] | None = None
    says: str = ""
    form: Form | None = None

    def matches(self, situation: Situation) -> bool:
        return (
            (self.status is None or situation.status in self.status)
            and (self.codes is None or situation.code in self.codes)
            and (self.form is None or situation.form is self.form)
            and self.says in situation.message.casefold()
        )


def _status(first: int, last: int | None = None) -> range:
    return range(first, (last or first) + 1)


def _codes(*codes: int | None) -> frozenset[int | None]:
    return frozenset(codes)


LOCKED, NO_MORE, NOT_AUTHORISED, MODIFIED, DELETED, BAD_QUERY = 3, 9, 28, 51, 52, 66
ERROR, CREDENTIALS = -1, -4

RULES = (
    Rule(Action.ADDRESS, status=_status(300, 399)),
    Rule(Action.CREDENTIALS, status=_status(401), says="not authorized"),
    Rule(Action.WAIT, status=_status(401), codes=_codes(CREDENTIALS)),  # too many threads
    Rule(Action.WAIT, status=_status(401), says="too many"),  # SOAP has no code for it
    Rule(Action.CREDENTIALS, status=_status(401)),
    Rule(Action.FORBIDDEN, status=_status(403)),
    Rule(Action.ADDRESS, status=_status(407)),
    Rule(Action.WAIT, form=Form.HTML),
    Rule(Action.NOTHING, status=_status(404), codes=_codes(NO_MORE)),
    Rule(Action.WAIT, status=_status(404)),  # the node is not there, or has too many threads
    Rule(Action.FORBIDDEN, codes=_codes(NOT_AUTHORISED)),
    Rule(Action.QUERY, codes=_codes(BAD_QUERY)),
    Rule(Action.WAIT, codes=_codes(LOCKED, CREDENTIALS, MODIFIED)),
    Rule(Action.NOTHING, codes=_codes(NO_MORE, DELETED)),
    Rule(Action.REFUSED, form=Form.FAULT),
    Rule(Action.WAIT, status=_status(500, 599)),
    Rule(Action.WAIT, status=_status(200), codes=_codes(ERROR)),
    Rule(Action.WAIT, status=_status(408)),
    Rule(Action.WAIT, status=_status(425)),
    Rule(Action.WAIT, status=_status(429)),
    Rule(Action.GARBLED, status=_status(200, 499), form=Form.GARBLED),
    Rule(Action.READ, status=_status(200), codes=_codes(0, None), form=Form.DATA),
)
"""The first rule that matches decides; where none does, the answer is refused."""


def decide(situation: Situation) -> Action:
    """The action that the table holds."""
    return next((rule.action for rule in RULES if rule.matches(situation)), Action.REFUSED)
