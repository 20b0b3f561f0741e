"""A few threads that ask HPSM's web services, each over a connection of its own."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from migrate.extract.web import Line, Web

S = TypeVar("S")
T = TypeVar("T")

Call = Callable[[Line], T]

_SWITCH = 0.0005
"""Seconds after which a busy thread lets another one run. With Python's own five milliseconds, a
thread that receives a page in fifty pieces waits fifty times for the one that works on the last."""


class Crew:
    """At most `source.web.workers` requests under way at once, in the order they were asked for;
    each is patient for `patience` seconds (None: as `source.web.wait` says).

    Nothing is open before the first call, nor after `with` has ended. The threads never keep a
    process from ending.
    """

    def __init__(self, web: Web, patience: float | None = None) -> None:
        self.web = web
        self._patience = patience
        self.size = web.config.web.workers
        self._calls: SimpleQueue[tuple[Future[Any], Call[Any]] | None] = SimpleQueue()
        self._threads = 0
        self._stopped = Event()

    def __enter__(self) -> Self:
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        sys.setswitchinterval(self._interval)
        self._stopped.set()
        for _ in range(self._threads):
            self._calls.put(None)

    def submit(self, call: Call[T]) -> Future[T]:
        """`call` done by one of the threads, as soon as one is free."""
        future: Future[T] = Future()
        self._calls.put((future, call))
        if self._threads < self.size:
            self._threads += 1
            Thread(target=self._work, daemon=True).start()
        return future

    def run(self, call: Call[T]) -> T:
        """`call` done now."""
        return self.submit(call).result()

    def each(self, call: Callable[[Line, S], T], over: Iterable[S]) -> Iterator[T]:
        """`call` for every one of `over`, in their order, a few ahead of who takes the results."""
        waiting: deque[Future[T]] = deque()
        for one in over:
            waiting.append(self.submit(lambda line, one=one: call(line, one)))  # type: ignore[misc]
            if len(waiting) > 2 * self.size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _work(self) -> None:
        line = Line(self.web, self._stopped, self._patience)
        while (work := self._calls.get()) is not None and not self._stopped.is_set():
            future, call = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call(line))
            except BaseException as error:  # raised again where the answer is waited for
                future.set_exception(error)
        line.close()
