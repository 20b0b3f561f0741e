"""The way to HPSM's web services: one request at a time per connection, asked again as the policy
says, and nothing of a body, a query or a password in any message."""

from __future__ import annotations

import codecs
import logging
import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, NamedTuple, TypeVar

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_any
from tenacity.stop import stop_base, stop_before_delay
from tenacity.wait import wait_exponential, wait_random
from urllib3 import exceptions as low

from migrate.config import SourceConfig, secret
from migrate.errors import ConfigurationError, MigrateError, Problem, StoppedError
from migrate.extract.web_address import base_of, check_words, user_of
from migrate.extract.web_policy import Action, Form, Situation, decide

T = TypeVar("T")

LARGEST = 64 << 20
"""Bytes of one page that are read; what is larger is asked for in smaller pages."""

TRIES = 5
"""How often something that cannot be read is asked for before less is asked for at a time."""

_SLOW = 60.0  # seconds that a clock may be behind without being slow
_PIECE = 1 << 18
_PAGE_FOR_DATA = "HTTP 200, a web page"
_SIGN_IN = (
    "Open the address in a browser: a page to sign in, or a proxy, may stand before HPSM. Name in "
    "source.url what leads past it, then type the same command again."
)

# urllib3 writes whole URLs, with the names and numbers looked up, at DEBUG and WARNING.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class Unread(Exception):
    """An answer that is not what was asked for. `how` says so by numbers, never by a body."""

    def __init__(self, how: str, wait: float = 0.0) -> None:
        super().__init__(how)
        self.how = how
        self.wait = wait


class Busy(Unread):
    """Ask again, after `wait` seconds where HPSM says so. `answered` is False where there was no
    answer at all."""

    answered = True


class Silent(Busy):
    """No connection, no answer in time, or one that broke off."""

    answered = False


class Garbled(Unread):
    """It came, and cannot be read."""


class NoRecord(Unread):
    """There is no such record, or none left."""


class Refused(Unread):
    """HPSM says no, and will say so again. `action` tells why."""

    def __init__(self, how: str, action: Action) -> None:
        super().__init__(how)
        self.action = action


class _CredentialsRefused(Unread):
    pass


class Request(NamedTuple):
    """`path` and `query` as they go on the wire. `what` names it for a person."""

    path: str
    query: str
    what: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    body: bytes | None = None


Take = Callable[[requests.Response], T]
"""Reads an answer; raises `Unread` as `judge` and `body` do."""


class Web:
    """Where HPSM is, who asks, and what is known of it so far. Holds no connection.

    `answered` says that HPSM answered once, `refused` why it takes the credentials no more.
    Raises ConfigurationError where the configuration lacks address, user or password, or names a
    zone or an encoding that nobody knows.
    """

    def __init__(self, config: SourceConfig) -> None:
        self.config = config
        check_words(config)
        self.base = base_of(config)
        self.answered = False
        self.refused: Problem | None = None
        self._ahead = 0.0  # seconds of HPSM's clock before ours
        self._user = user_of(config)
        place = "migrate.yaml: source"
        self._password = secret(config.password_env, config.keyring, self._user, place)

    def session(self) -> requests.Session:
        """A session with a connection of its own, for one thread."""
        session = requests.Session()
        session.trust_env = False
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        pair = f"{self._user}:{self._password.get_secret_value()}".encode()
        session.headers["Authorization"] = f"Basic {b64encode(pair).decode('ascii')}"
        session.headers["User-Agent"] = "migrate"
        return session

    def now(self) -> datetime:
        """The time in GMT, as in rows, by HPSM's own clock as far as its answers told it."""
        return datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=self._ahead)

    def by_its_clock(self, time: datetime) -> datetime:
        """A time of ours (GMT), no later than HPSM's clock had it: one that is slow stamps what
        changes with times that are past here."""
        behind = self._ahead < -_SLOW
        return time + timedelta(seconds=self._ahead) if behind else time

    def heard(self, response: requests.Response) -> None:
        """Note that HPSM answered, and what time it was there."""
        if not self.answered and (date := response.headers.get("Date")):
            try:
                there = parsedate_to_datetime(date)
                self._ahead = (there - datetime.now(UTC)).total_seconds()
            except (TypeError, ValueError):
                pass
        self.answered = True

    def refusal(self, how: str) -> MigrateError:
        """The stop for refused credentials. It is remembered, and nothing is sent after it: HPSM
        locks an account that tries too often."""
        message = f"HPSM refuses the user or the password ({how})"
        self.refused = Problem("source-credentials", self.config.name, message)
        kind = StoppedError if self.answered else ConfigurationError
        return kind(self.refused)


class Line:
    """One connection to HPSM, for one thread, until `stopped`. It asks again for `patience` seconds
    (None: as long as `source.web.wait` says) while HPSM is busy, locked or not there."""

    def __init__(self, web: Web, stopped: Event, patience: float | None = None) -> None:
        self.web = web
        self._stopped = stopped
        self._patience = web.config.web.wait if patience is None else patience
        self._session = web.session()

    def ask(
        self, request: Request, take: Take[T], tries: int = TRIES, patience: float | None = None
    ) -> T:
        """What `take` makes of the answer; asked for `tries` times while that cannot be read.

        Raises NoRecord, Refused and Garbled; StoppedError when it stays busy, or when the
        credentials are not taken any more; ConfigurationError when they never were.
        """
        if self.web.refused is not None:
            raise StoppedError(self.web.refused)
        wait = self._patience if patience is None else patience
        retrying = Retrying(
            sleep=self._pause,
            stop=stop_any(stop_before_delay(wait), _GarbledOften(tries), _Told(self._stopped)),
            wait=_longer,
            retry=retry_if_exception_type((Busy, Garbled)),
            reraise=True,
        )
        try:
            taken: T = retrying(self._once, request, take)
            return taken
        except Busy as busy:
            raise StoppedError(_stop(self.web.config.name, request.what, busy, wait)) from None
        except _CredentialsRefused as refused:
            raise self.web.refusal(refused.how) from None

    def close(self) -> None:
        self._session.close()

    def _once(self, request: Request, take: Take[T]) -> T:
        config = self.web.config.web
        try:
            response = self._session.request(
                request.method,
                f"{self.web.base}{request.path}{request.query}",
                headers=request.headers,
                data=request.body,
                timeout=(config.connect_timeout, config.timeout),
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.SSLError:
            raise Refused("its certificate is not trusted", Action.ADDRESS) from None
        except (requests.RequestException, low.HTTPError) as error:
            raise Silent(_cause(error)) from None
        try:
            taken = take(response)
        except _CredentialsRefused:
            raise
        except Unread:
            self.web.heard(response)
            raise
        finally:
            response.close()
        self.web.heard(response)
        return taken

    def _pause(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def judge(situation: Situation, response: requests.Response) -> None:
    """Return where the answer can be read; raise what it is otherwise."""
    action = decide(situation)
    how = f"HTTP {situation.status}"
    if situation.code not in (None, 0):
        how += f", ReturnCode {situation.code}"
    if situation.form is not Form.DATA:
        how += f", {_FORMS[situation.form]}"
    match action:
        case Action.READ:
            return
        case Action.WAIT:
            raise Busy(how, _retry_after(response))
        case Action.NOTHING:
            raise NoRecord(how)
        case Action.CREDENTIALS:
            raise _CredentialsRefused(how)
        case Action.GARBLED:
            raise Garbled(how)
    raise Refused(how, action)


def body(response: requests.Response, largest: int = LARGEST) -> bytes:
    """The whole body. Raises Silent where it breaks off, and Garbled where it is too large."""
    chunks, size = [], 0
    for piece in pieces(response):
        size += len(piece)
        if size > largest:
            raise Garbled(f"more than {largest >> 20} MB at a time")
        chunks.append(piece)
    return b"".join(chunks)


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes, decompressed. Raises Silent where it breaks off."""
    raw: Any = response.raw
    packed = "content-encoding" in response.headers
    try:
        while piece := raw.read1(_PIECE, packed):
            yield piece
    except (low.HTTPError, OSError, ValueError) as error:
        raise Silent(_cause(error)) from None


def is_html(response: requests.Response, content: bytes = b"") -> bool:
    """Whether the body is a web page, by what its header says or by how it begins."""
    said = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    begin = content[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return said in ("text/html", "application/xhtml+xml") or begin.startswith(
        (b"<!doctype html", b"<html")
    )


def decoded(content: bytes, encoding: str) -> str:
    """Text in UTF-8; bytes that are not, read as `encoding` has them."""
    return content.decode("utf-8", decoding(encoding))


def decoding(encoding: str) -> str:
    """The name of the error handler that reads what is no UTF-8 as `encoding` has it."""

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - it decodes
        return error.object[error.start : error.end].decode(encoding, "replace"), error.end

    name = f"migrate.extract.web {encoding}"
    codecs.register_error(name, read)
    return name


_FORMS = {Form.HTML: "a web page", Form.FAULT: "a fault", Form.GARBLED: "unreadable"}
_backoff = wait_exponential(multiplier=0.1, max=15) + wait_random(0, 0.1)


class _GarbledOften(stop_base):
    """Stops when what cannot be read was asked for often enough."""

    def __init__(self, tries: int) -> None:
        self._tries = tries

    def __call__(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return isinstance(error, Garbled) and state.attempt_number >= self._tries


class _Told(stop_base):
    """Stops when somebody said so."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def __call__(self, state: RetryCallState) -> bool:
        return self._event.is_set()


def _longer(state: RetryCallState) -> float:
    """What HPSM asked for, or longer each time."""
    error = state.outcome.exception() if state.outcome else None
    return max(error.wait if isinstance(error, Unread) else 0.0, _backoff(state))


def _stop(name: str, what: str, busy: Busy, wait: float) -> Problem:
    code = "source-busy" if busy.answered else "source-lost"
    state = "HPSM stayed busy or locked" if busy.answered else "HPSM did not answer"
    message = f"{state} for {wait:.0f} seconds, asked for {what} ({busy.how})"
    return Problem(code, name, message, remedy=_SIGN_IN if busy.how == _PAGE_FOR_DATA else "")


def _retry_after(response: requests.Response) -> float:
    try:
        return max(float(response.headers.get("Retry-After", "0")), 0.0)
    except ValueError:
        return 0.0


def _cause(error: Exception) -> str:
    """What went wrong, by its kind alone: the message of the error may hold the address."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None) or inner
    return type(reason if isinstance(reason, Exception) else error).__name__
