"""Reads in a process of its own, so that reading, converting and writing go on at once."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from migrate.errors import MigrateError, Problem, StoppedError
from migrate.extract.ring import Ring
from migrate.extract.source import Source
from migrate.state.prepared import Prepared

Reading = Callable[[], Iterator[Prepared]]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
_KEPT = 32 << 20  # the most that glibc takes

_FORKS = sys.platform == "linux" and (os.cpu_count() or 1) > 1


def read_ahead(source: Source, read: Reading, problems: list[Problem]) -> Iterator[Prepared]:
    """What `read` gives, read a few batches ahead of whoever writes it.

    `source` must hold no open connection. The problems that it meets in the other process are added
    to `problems`. Where the platform cannot fork safely, it is read as it is. Raises what `read`
    raises, and StoppedError when the reading process is killed.
    """
    if not _FORKS:
        yield from read()
        return
    ring = Ring()
    process = multiprocessing.get_context("fork").Process(
        target=_send, args=(source, read, ring), daemon=True
    )
    process.start()
    ring.as_writer()
    try:
        yield from _received(source.name, ring, problems)
    finally:
        process.terminate()
        process.join()
        ring.close()


def _received(name: str, ring: Ring, problems: list[Problem]) -> Iterator[Prepared]:
    while True:
        try:
            received = ring.receive()
        except EOFError:
            raise StoppedError(
                Problem("source-lost", name, "the process that read it is gone")
            ) from None
        if isinstance(received, Prepared):
            yield received
            continue
        error, reasons, told = pickle.loads(received)  # noqa: S301 - from our own child
        problems += told
        if error is not None:
            raise error(reasons)
        return


def _send(source: Source, read: Reading, ring: Ring) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops, and ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ring.as_reader()
    _keep_memory()
    known = source.problems()

    def told() -> list[Problem]:
        return [problem for problem in source.problems() if problem not in known]

    with suppress(BrokenPipeError, EOFError):  # the parent is gone: nobody to read for
        try:
            for prepared in read():
                ring.send(prepared)
            ring.end(pickle.dumps((None, (), told())))
        except MigrateError as error:
            ring.end(pickle.dumps((type(error), error.problems, told())))


def _keep_memory() -> None:
    """Have memory that a batch gives back kept for the next one, and no search for cycles.

    glibc gives it back to the system, which then clears every page anew: a fifth of the time that
    reading takes. A batch makes many tuples, and none of them is in a cycle."""
    gc.disable()
    with suppress(OSError, AttributeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _KEPT)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
