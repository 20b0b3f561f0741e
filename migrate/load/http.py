"""One HTTP layer: sends one request exactly once, and says how it ended.

It never follows a redirect, never repeats on its own what writes, and keeps bodies, query values
and secrets out of every message.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

import orjson
import requests
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random
from urllib3 import exceptions as low
from urllib3.util import Timeout

from migrate.config import TargetConfig
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.load.form import Form
from migrate.load.line import Line
from migrate.load.pacer import retry_after
from migrate.load.policy import Action, Event, Kind, Situation, decide, situation
from migrate.load.turns import Turns

JSON = "application/json"
IDLE = 4.0
"""Seconds after which a kept connection is not used again: a server that closes it at the moment of
sending would leave the request in doubt."""
ATTEMPTS = 7
"""How often a read is tried; with the waits between, for about half a minute."""
_CHUNK = 65_536
_SLOWEST = 100_000
"""Bytes in a second that a download has at least, before it counts as standing still."""

# urllib3 writes whole URLs, with the names and numbers looked up, at DEBUG and WARNING.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class NotSendable(Exception):
    """A body that JSON cannot carry: half a surrogate pair in a text, a value of no JSON type."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request ended.

    `status` is 0 where no status line came, and `event` says why. `data` is the parsed JSON.
    `sound` is true when the body came whole and is JSON, or is empty where the status is 204;
    `empty` when it was said that there is none.
    `wait` is what Retry-After asks for, `latency` how long it took; both in seconds.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Any = None
    sound: bool = False
    event: Event | None = None
    wait: float = 0.0
    latency: float = 0.0
    empty: bool = False

    @property
    def page(self) -> bool:
        """Whether it is a page or a line of text: TOPdesk's own answers are JSON, or empty."""
        return not self.sound and str(self.headers.get("Content-Type")).startswith("text/")

    @property
    def record(self) -> dict[str, Any]:
        """The record of a single answer; empty where there is none."""
        return self.data if isinstance(self.data, dict) else {}


class Http:
    """The way to one TOPdesk. Thread-safe: a connection is used by one thread at a time, and kept.

    `sleep` waits between the tries of a read; `clock` is monotonic seconds. `turns` are those of
    all workers, where several share a budget for the target.
    """

    def __init__(
        self,
        config: TargetConfig,
        secret: SecretStr,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        turns: Turns | None = None,
    ) -> None:
        self.turns = turns
        self.base = base_url(config.url)
        self.refuses_with_503 = config.refuses_with_503
        self._longest = config.patience
        self._connect, self._answer = config.connect_timeout, config.timeout
        self._timeout = Timeout(connect=config.connect_timeout, read=config.timeout)
        self._headers = {
            "Accept-Encoding": "identity",
            "Authorization": _basic(config.user, secret),
            "User-Agent": "migrate",
        }
        self._clock = clock
        self._free: deque[Line] = deque()
        self._retrying = Retrying(
            sleep=sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=_patience,
            retry=retry_if_result(self._worth_retrying),
            retry_error_callback=_last_reply,
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        accept: str = JSON,
        query: str = "",
        media: str = JSON,
    ) -> Reply:
        """Send one request once and return how it ended, whatever happens on the network. `media`
        is the type of the body.

        Raises NotSendable, before anything is sent, where `body` is not JSON data.
        """
        headers, encoded = {"Accept": accept}, None
        if body is not None:
            encoded = _encoded(body)
            headers |= {"Content-Type": media, "Content-Length": str(len(encoded))}
        return self._exchange(method, f"{path}{query}", headers, encoded)

    def upload(self, path: str, form: Form) -> Reply:
        """POST a file once, streamed; otherwise as `send`."""
        headers = {
            "Accept": JSON,
            "Content-Type": form.content_type,
            "Content-Length": str(form.length),
        }
        return self._exchange("POST", path, headers, form)

    def read(self, path: str, query: str = "", accept: str = JSON) -> Reply:
        """GET, tried again as the policy allows, and not where the target asks for a longer wait
        than our patience.

        The reply is 2xx and sound, or a refusal (400, 403, 404 …) for the caller to judge. Raises
        ConfigurationError for credentials, address or certificate, StoppedError when the target
        stays away or keeps answering what cannot be believed.
        """
        return self._judged(self._retrying(self.send, "GET", path, None, accept, query), path)

    def digest(self, path: str, size: int) -> Reply:
        """GET a file of about `size` bytes without keeping it; `data` is the SHA-256 in hex of what
        came. Tried again and raised as by `read`."""
        timeout = Timeout(connect=self._connect, read=self._answer + size / _SLOWEST)
        headers = {"Accept": "*/*"}
        reply = self._retrying(self._exchange, "GET", path, headers, None, _digest_of, timeout)
        return self._judged(reply, path)

    def situation(self, reply: Reply) -> Situation:
        """The policy's name for how a request ended, by this target's configuration."""
        return situation(
            reply.status,
            believable=reply.sound,
            event=reply.event,
            refuses_with_503=self.refuses_with_503,
        )

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | Form | None = None,
        take: Callable[[requests.Response], tuple[Any, bool]] | None = None,
        timeout: Timeout | None = None,
    ) -> Reply:
        """One request, once. `take` says what a 2xx body holds and whether it came whole; by
        default it is JSON."""
        request = requests.PreparedRequest()
        request.method = method
        request.url = f"{self.base}{path}"
        request.headers = {**self._headers, **headers}  # type: ignore[assignment]
        request.body = body  # type: ignore[assignment]
        if self.turns and not self.turns.admit(writes=method != "GET"):
            return Reply(event=Event.HELD_BACK)
        started = self._clock()
        line = self._take(started)
        try:
            response = line.send(request, timeout=timeout or self._timeout)  # type: ignore[arg-type]
            read = take if take and 200 <= response.status_code < 300 else _json_of
            data, sound = read(response)
            reply = _reply(response, data, sound, self._clock() - started)
            if self.turns and reply.status in (429, 503):
                self.turns.refused(reply.wait)
            return reply
        except (requests.RequestException, low.HTTPError) as error:
            return Reply(event=_event(error), latency=self._clock() - started)
        finally:
            line.used = self._clock()
            self._free.append(line)

    def _judged(self, reply: Reply, path: str) -> Reply:
        match decide(Kind.READ, self.situation(reply)):
            case Action.OK | Action.REFUSED:
                return reply
            case Action.STOP:
                raise ConfigurationError(Problem(stop_code(reply), self.base, _how(reply, path)))
        code = "target-unreachable" if reply.status == 0 else "target-failing"
        raise StoppedError(Problem(code, self.base, _how(reply, path)))

    def close(self) -> None:
        """Close every kept connection."""
        while self._free:
            self._free.pop().close()

    def _worth_retrying(self, reply: Reply) -> bool:
        return (
            reply.wait <= self._longest and decide(Kind.READ, self.situation(reply)) is Action.RETRY
        )

    def _take(self, now: float) -> Line:
        """A line that is free and was used a moment ago, else a new one."""
        while self._free:
            with suppress(IndexError):  # another thread took the last one
                line = self._free.pop()
                if now - line.used <= IDLE:
                    return line
                line.close()
        return Line(self.base)


def base_url(url: str) -> str:
    """The address before `/tas/api`: scheme and host in lower case, without the default port."""
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, default) else ""
    path = parts.path.rstrip("/").removesuffix("/tas/api").rstrip("/")
    return f"{parts.scheme}://{host}{port}{path}"


def query_string(**parameters: str | int | bool | None) -> str:
    """A query with every value percent-encoded; None leaves a parameter out, `_fields` is
    `$fields`."""
    pairs = [
        f"{'$' + name[1:] if name[0] == '_' else name}={_text(value)}"
        for name, value in parameters.items()
        if value is not None
    ]
    return "?" + "&".join(pairs) if pairs else ""


def stop_code(reply: Reply) -> str:
    """The error code where nothing can work until a person acts."""
    if reply.event is Event.CERTIFICATE:
        return "target-certificate"
    # 407 is a proxy's that stands between, and no word of TOPdesk's.
    return "credentials-refused" if reply.status == 401 else "target-address"


def _text(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(str(value), safe="")


def _basic(user: str, secret: SecretStr) -> str:
    pair = f"{user}:{secret.get_secret_value()}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")


def _encoded(body: Any) -> bytes:
    try:
        return orjson.dumps(body, default=_plain)
    except orjson.JSONEncodeError:
        raise NotSendable from None  # its message may hold a value


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _event(error: Exception) -> Event:
    """What a failure says of the request. Only what happens while connecting is certain."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, low.ConnectTimeoutError):  # refused and unknown names are among these
        return Event.UNREACHABLE
    if isinstance(reason, low.SSLError) and isinstance(
        reason.args[0] if reason.args else None, ssl.SSLCertVerificationError
    ):
        return Event.CERTIFICATE
    return Event.SILENT if isinstance(error, requests.Timeout) else Event.CUT


def _pieces(raw: Any) -> Iterator[bytes]:
    """A body as it comes. Raises HTTPError, OSError or ValueError where it does not come whole and
    in time."""
    packed = "content-encoding" in raw.headers
    try:
        while chunk := raw.read1(_CHUNK, packed):
            yield chunk
    except (low.HTTPError, OSError, ValueError):
        raw.close()
        raise
    raw.release_conn()


def _json_of(response: requests.Response) -> tuple[Any, bool]:
    try:
        content = b"".join(_pieces(response.raw))
    except (low.HTTPError, OSError, ValueError):
        return None, False
    if not content:
        return None, response.status_code == 204
    try:
        return orjson.loads(content), True
    except orjson.JSONDecodeError:
        return None, False


def _digest_of(response: requests.Response) -> tuple[Any, bool]:
    digest = hashlib.sha256()
    try:
        for piece in _pieces(response.raw):
            digest.update(piece)
    except (low.HTTPError, OSError, ValueError):
        return None, False
    return digest.hexdigest(), True


def _reply(response: requests.Response, data: Any, sound: bool, latency: float) -> Reply:
    status, headers = response.status_code, response.headers
    wait = 0.0
    if status in (429, 503):
        wait = retry_after(headers.get("Retry-After"), headers.get("Date"), datetime.now(UTC))
    empty = headers.get("Content-Length") == "0"
    return Reply(status, headers, data, sound, None, wait, latency, empty)


def _last_reply(state: RetryCallState) -> Reply:
    return cast(Reply, state.outcome.result() if state.outcome else Reply(event=Event.CUT))


_backoff = wait_exponential(multiplier=0.5, max=10) + wait_random(0, 1)


def _patience(state: RetryCallState) -> float:
    """What the target asked for, or longer each time."""
    return max(_last_reply(state).wait, _backoff(state))


def _how(reply: Reply, path: str) -> str:
    if reply.event is not None:
        return f"GET {path}: {reply.event.value}"
    said = f", asks for {reply.wait:.0f} s" if reply.wait else ""
    unsound = "" if reply.sound or said else ", answer not usable"
    return f"GET {path}: status {reply.status}{said}{unsound}"
