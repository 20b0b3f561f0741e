"""Reads in a process of its own, so that reading, converting and writing go on at once."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from types import TracebackType
from typing import NamedTuple, Self

from migrate.errors import MigrateError, Problem, StoppedError
from migrate.extract.ring import Ring
from migrate.extract.source import Source
from migrate.state.prepared import Prepared, Preparer

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
_KEPT = 32 << 20  # the most that glibc takes

_FORKS = sys.platform == "linux" and (os.cpu_count() or 1) > 1


class Asked(NamedTuple):
    """One kind's reading, as `Source.read` takes it, and what prepares its batches."""

    kind: str
    since: datetime | None
    after: str
    preparer: Preparer

    def read(self, source: Source) -> Iterator[Prepared]:
        return map(self.preparer, source.read(self.kind, self.since, self.after))


class ReadAhead:
    """Reads one kind after the other, a few batches ahead of whoever writes them; what was asked
    next is begun while this kind is still written.

    `source` must hold no open connection. Where the platform cannot fork safely, everything is read
    as it is asked for.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: deque[Asked] = deque()
        self._process: _Process | None = None
        self._problems: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def problems(self) -> list[Problem]:
        """What `source` met in other processes, of all that was read to its end."""
        return self._problems + (self._process.told if self._process else [])

    def ask(self, asked: Asked) -> None:
        """Have this read, behind all that was asked before."""
        self._asked.append(asked)
        if self._process:
            self._process.ask(asked)
        elif _FORKS:
            self._start()

    def rest(self) -> None:
        """End the other process, so that it takes no memory; what was asked and is not read yet is
        begun anew when it is wanted."""
        self._end()

    def batches(self) -> Iterator[Prepared]:
        """What comes of that which was asked first. Raises what its reading raises, and
        StoppedError when the reading process is killed."""
        asked = self._asked.popleft()
        if not _FORKS:
            yield from asked.read(self._source)
            return
        if self._process is None:
            self._asked.appendleft(asked)
            self._start()
            self._asked.popleft()
        assert self._process is not None  # noqa: S101 - it was just started
        whole = False
        try:
            yield from self._process.received()
            whole = True
        except MigrateError:
            whole = not self._process.lost
            raise
        finally:
            if not whole:  # the rest of it is not wanted: what was asked behind it begins anew
                self._end()

    def _start(self) -> None:
        self._process = _Process(self._source)
        for asked in self._asked:
            self._process.ask(asked)

    def _end(self) -> None:
        if self._process:
            self._problems += self._process.told
            self._process.end()
            self._process = None


class _Process:
    """The process that reads; `lost` once it has gone by itself. `told` are the problems that it
    met so far."""

    def __init__(self, source: Source) -> None:
        self.lost = False
        self.told: list[Problem] = []
        self._name = source.name
        self._ring = Ring()
        wanted, self._ask = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(source, self._ring, wanted, self._ask), daemon=True
        )
        self._process.start()
        wanted.close()
        self._ring.as_writer()

    def ask(self, asked: Asked) -> None:
        with suppress(BrokenPipeError):  # it is gone, which `received` tells
            self._ask.send(asked)

    def received(self) -> Iterator[Prepared]:
        """The batches of one kind."""
        while True:
            try:
                received = self._ring.receive()
            except EOFError:
                self.lost = True
                raise StoppedError(
                    Problem("source-lost", self._name, "the process that read it is gone")
                ) from None
            if isinstance(received, Prepared):
                yield received
                continue
            error, reasons, self.told = pickle.loads(received)  # noqa: S301 - from our own child
            if error is not None:
                raise error(reasons)
            return

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self._ask.close()
        self._ring.close()


def _serve(source: Source, ring: Ring, wanted: Connection, ask: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops, and ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ask.close()
    ring.as_reader()
    _keep_memory()
    known = source.problems()
    with suppress(BrokenPipeError, EOFError):  # the parent is gone: nobody to read for
        while True:
            asked: Asked = wanted.recv()
            error, reasons = None, tuple[Problem, ...]()
            try:
                for prepared in asked.read(source):
                    ring.send(prepared)
            except MigrateError as stopped:
                error, reasons = type(stopped), tuple(stopped.problems)
            told = [problem for problem in source.problems() if problem not in known]
            ring.end(pickle.dumps((error, reasons, told)))
            gc.collect()


def _keep_memory() -> None:
    """Have memory that a batch gives back kept for the next one, and no search for cycles.

    glibc gives it back to the system, which then clears every page anew: a fifth of the time that
    reading takes. A batch makes many tuples, and none of them is in a cycle."""
    gc.disable()
    gc.freeze()  # what is there already is not looked through after every kind
    with suppress(OSError, AttributeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _KEPT)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
