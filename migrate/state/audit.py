"""What people saw and decided, kept so that nothing of it can be changed or taken out unnoticed.

One line of JSON per event, each with the digest of the line before it. A line is on the disk when
`append` returns; several processes may append at once. An end that is cut off leaves a chain that
is whole: only somebody who wrote down `head` can tell, which is why `audit verify` shows it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from migrate.errors import LookError, Problem
from migrate.state import locks
from migrate.state.database import private_folder, unwritable_path

START = "0" * 64
"""What the first line names as the digest of the line before it."""

_LOCK = "audit"
_WAIT = 10.0
_TAIL = 65_536
_HEAD = re.compile(r"[0-9a-f]{12,64}")


class Event(NamedTuple):
    """One thing that somebody did. `at` is GMT; `who` is an address; `what` a word of ours, such as
    `viewed`, `decided` or `approved`; `about` says to what, in keys and decisions, never in texts
    of tickets."""

    at: str
    who: str
    what: str
    about: Mapping[str, Any]


class Position(NamedTuple):
    """A place in the file: how many bytes and events are before it."""

    offset: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that is whole: its events, and the digest of its last line (`START` of none)."""

    events: int
    head: str


class Audit:
    """The audit in the file `path`, which is made with the first event."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, who: str, what: str, about: Mapping[str, Any], at: datetime) -> None:
        """Add one event. Raises StoppedError where another process holds the file for too long, or
        the disk is full or refuses: what cannot be audited must not be done."""
        private_folder(self.path.parent)
        with locks.hold(self.path.parent / "locks", _LOCK, wait=_WAIT):
            try:
                self._append(who, what, about, at)
            except OSError as error:
                raise unwritable_path(self.path, error) from None

    def read(self, after: Position | None = None) -> tuple[list[Event], Position]:
        """The events behind a position, and the position behind them; a line that is still being
        written, or was left half, is not among them."""
        after = after or Position()
        try:
            with self.path.open("rb") as file:
                file.seek(after.offset)
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return [], after
        events = [event for line in lines if (event := _event(line)) is not None]
        size = sum(len(line) + 1 for line in lines)
        return events, Position(after.offset + size, after.events + len(lines))

    def verify(self, head: str | None = None) -> Verified:
        """Follow the chain from its start to its end.

        Raises LookError (`audit-broken`) with the first line that does not follow from the one
        before it, or when no line has the digest `head` (or the beginning of one) that somebody
        wrote down.
        """
        if head is not None and not _HEAD.fullmatch(head):
            raise self._broken(1, "what was written down is no digest", "12 to 64 hex digits")
        before, number, met = START, 0, head is None
        try:
            with self.path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # half an event, which was never confirmed
                    number += 1
                    whole = line.removesuffix(b"\n")
                    data = _data(whole)
                    if data is None:
                        raise self._broken(number, "the line is not one of ours")
                    if data.get("n") != number or data.get("before") != before:
                        raise self._broken(number, "the line does not follow from the one before")
                    before = sha256(whole).hexdigest()
                    met = met or before.startswith(head or "")
        except FileNotFoundError:
            pass
        if not met:
            raise self._broken(max(number, 1), "no line has the digest that was written down")
        return Verified(number, before)

    def _append(self, who: str, what: str, about: Mapping[str, Any], at: datetime) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            number, before, torn = self._end(handle)
            stamp = at.astimezone(UTC).isoformat(" ", "seconds")[:19]
            event = {"n": number + 1, "at": stamp, "who": who, "what": what, "about": about}
            line = orjson.dumps({**event, "before": before}) + b"\n"
            if torn:
                os.ftruncate(handle, torn.offset)
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def _end(self, handle: int) -> tuple[int, str, Position | None]:
        """The number and digest of the last line, and where a half line behind it begins: what a
        crash left of an event that was never confirmed, so nothing was done by it."""
        size = os.fstat(handle).st_size
        reach = _TAIL
        while True:
            start = max(0, size - reach)
            tail = os.pread(handle, size - start, start)
            whole, _, half = tail.rpartition(b"\n")
            last = whole.rpartition(b"\n")[2]
            if start == 0 or len(last) < len(whole):
                break
            reach *= 2
        torn = Position(size - len(half)) if half else None
        if not whole:
            return 0, START, torn
        data = _data(last)
        if data is None or not isinstance(data.get("n"), int):
            raise self._broken(0, "its last line is not one of ours")
        return data["n"], sha256(last).hexdigest(), torn

    def _broken(self, line: int, message: str, expected: str = "") -> LookError:
        place = f"{self.path}:{line}" if line else str(self.path)
        return LookError(Problem("audit-broken", place, message, expected))


def _data(line: bytes) -> dict[str, Any] | None:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None


def _event(line: bytes) -> Event | None:
    data = _data(line)
    if data is None or not isinstance(data.get("about"), dict):
        return None
    at, who, what = (str(data.get(name, "")) for name in ("at", "who", "what"))
    return Event(at, who, what, data["about"])
