"""One load of a unit at a time: locks that the operating system frees when a process dies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock, Timeout

from migrate.errors import Problem, StoppedError

SHARED = "shared"
"""The lock of what belongs to no unit: branches, departments, people."""


@contextmanager
def hold(
    folder: Path, name: str, *, wait: float = 0.0, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the lock `name` for as long as the block runs; `kill -9` frees it too.

    Waits up to `wait` seconds for another holder, after calling `waiting` once; 0 does not wait.
    Raises StoppedError (`unit-locked`).
    """
    slug = re.sub(r"[^A-Za-z0-9_-]", "", name)[:40]
    digest = blake2b(name.encode(), digest_size=4).hexdigest()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / f"{slug}-{digest}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if waiting and wait > 0:
            waiting()
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise StoppedError(
                Problem(
                    "unit-locked",
                    name,
                    "another load is at work here",
                    expected="one load of a unit at a time",
                )
            ) from None
    try:
        yield
    finally:
        lock.release()
