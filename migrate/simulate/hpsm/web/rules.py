"""What is asked of this HPSM and what it refuses, before either web service has a form for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrate.simulate.hpsm.web.attachments import Attachments
from migrate.simulate.hpsm.web.query import Profile
from migrate.simulate.hpsm.web.records import Records

ERROR = -1
NOT_AUTHORISED = -4
LOCKED = 3
NO_MORE = 9
NO_PERMISSION = 28
BAD_QUERY = 66

MESSAGES = {
    ERROR: "An error occurred, see the server's log",
    NOT_AUTHORISED: "Not Authorized",
    LOCKED: "The record is unavailable because some other user or process has the resource locked",
    NO_MORE: "No (more) records found",
    NO_PERMISSION: "You are not authorized to perform this operation",
}
TOO_MANY = "Too many threads are running, the request is refused"


@dataclass(frozen=True, slots=True)
class Rules:
    """How this installation is set up, where installations differ.

    `max_records` is how many records one REST answer holds at most. `double_encode_slash` says how
    a slash in a key is written in a path: encoded twice, or else once. `nothing_found` is the HTTP
    status of a REST list without records: 200 (an empty list) or 404 (ReturnCode 9). `untyped` are
    SOAP objects whose extaccess record gives no types: everything in them is text. `mtom` sends the
    contents of attachments as MIME parts beside the SOAP envelope instead of inline.
    """

    max_records: int = 1_000
    double_encode_slash: bool = True
    nothing_found: int = 200
    untyped: frozenset[str] = frozenset()
    mtom: bool = False


@dataclass(frozen=True, slots=True)
class Hpsm:
    """What both services are given."""

    records: Records
    attachments: Attachments
    profile: Profile
    rules: Rules


@dataclass(slots=True)
class Call:
    """One request: `path` and `query` with their escapes."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str = ""
    route: str = "?"


class Refused(Exception):
    """HPSM says no: its ReturnCode, and the HTTP status where REST has one for it."""

    def __init__(self, code: int, status: int = 400, message: str = "") -> None:
        self.code = code
        self.status = status
        self.message = message or MESSAGES[code]
        super().__init__(self.message)
