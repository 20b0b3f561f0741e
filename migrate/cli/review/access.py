"""Who may look and decide: links that are signed and end, a proxy that is trusted by its address,
and tokens that only our own forms carry."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from migrate.config import ProxyConfig
from migrate.state.database import private_folder

_DAY = 86_400.0
_FORM_SECONDS = 7 * _DAY


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody whom we know: an address, and the units that are theirs to see."""

    who: str
    units: frozenset[str]


class Refused(Exception):
    """Nobody whom we know; `reason` is a word of ours, for the page and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Access:
    """Signs and reads with one key. `clock` is in seconds."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._links = _signer(key, "link")
        self._forms = _signer(key, "form")

    def token(self, who: str, units: Collection[str], days: float) -> str:
        """What a link carries: it opens these units to `who` for so many days."""
        ends = int(self._clock() + days * _DAY)
        return str(self._links.dumps({"who": who, "units": sorted(units), "ends": ends}))

    def viewer(self, token: str) -> Viewer:
        """Whom a token stands for. Raises Refused (`forged`, `expired`)."""
        data = self._read(self._links, token, "ends")
        return Viewer(str(data["who"]), frozenset(map(str, data["units"])))

    def form(self, who: str) -> str:
        """What our forms carry, and no other page can know."""
        return str(self._forms.dumps({"who": who, "ends": int(self._clock() + _FORM_SECONDS)}))

    def check_form(self, who: str, token: str) -> None:
        """Raises Refused (`forged`, `expired`) unless we gave this form to `who`."""
        if self._read(self._forms, token, "ends")["who"] != who:
            raise Refused("forged")

    def _read(self, signer: URLSafeSerializer, token: str, ends: str) -> dict[str, Any]:
        try:
            data = signer.loads(token)
        except BadData:
            raise Refused("forged") from None
        if not isinstance(data, dict) or float(data.get(ends, 0)) <= self._clock():
            raise Refused("expired")
        return data


def proxied(
    proxy: ProxyConfig | None,
    address: str,
    values: Sequence[str],
    owners: Callable[[str], set[str]],
) -> Viewer | None:
    """The person whom the proxy says it has let in; None where no proxy speaks.

    `values` are those of its header in this request, `owners` gives the units of an address. Raises
    Refused (`proxy`) where the header comes from another address than the proxy's, or twice: it is
    not ours to guess who forged it.
    """
    if proxy is None or not values:
        return None
    who = values[0].strip()
    if address != proxy.address or len(values) > 1 or not who:
        raise Refused("proxy")
    return Viewer(who, frozenset(owners(who)))


def key_of(state: Path) -> bytes:
    """The key that links are signed with: made with the first one. Whoever removes the file makes
    every link void."""
    file = state / "review.key"
    private_folder(state)
    if not file.exists():
        beside = file.with_name(f".review.key.{secrets.token_hex(8)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(32).hex().encode())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(beside, file)
        except FileExistsError:
            pass  # another process was first; its key is the key
        finally:
            beside.unlink()
    return file.read_bytes().strip()


def _signer(key: bytes, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        key,
        salt=f"migrate-review-{salt}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
