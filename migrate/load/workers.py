"""Threads that carry requests: tasks in, results out, each result beside its task."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Self, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers(Generic[Task, Result]):
    """`count` threads that call `carry` on each task. A context manager: on leaving, `closing` is
    true and what is still queued is carried by a `carry` that looks at it.

    `carry` must not raise. Results come back in the order in which they are there.
    """

    def __init__(self, count: int, carry: Callable[[Task], Result]) -> None:
        self.closing = False
        self._carry = carry
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Task, Result]] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"load-{n}", daemon=True) for n in range(count)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing = True
        for _thread in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=1.0)

    def give(self, task: Task) -> None:
        self._tasks.put(task)

    def results(self, wait: float) -> Iterator[tuple[Task, Result]]:
        """Everything that has come; waits up to `wait` seconds for the first."""
        try:
            yield self._results.get(timeout=wait)
            while True:
                yield self._results.get_nowait()
        except queue.Empty:
            return

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._results.put((task, self._carry(task)))
