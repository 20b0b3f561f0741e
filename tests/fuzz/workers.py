"""Runs spoiled inputs through the readers in processes of their own, and watches these.

An input is a target's name and a number: the same seed spoils it in the same way again. A process
that dies, or does not come back, is known by the input that it was at; another one goes on behind
it.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, NamedTuple

from mutations import spoil

_STARTING = 120.0
_MOST_LOST = 50
_ROOM = 512 << 20


class Limits(NamedTuple):
    """What one input may take: `memory` are the bytes of the whole process, all that Python itself
    needs included; `seconds` are of processor time; after so many of `silence` a process that no
    signal reaches is given up."""

    memory: int = 200 << 20
    seconds: float = 10.0
    silence: float = 60.0


LIMITS = Limits()


@dataclass(frozen=True)
class Work:
    """`inputs` are shared out among these `targets`, which stand in `module`."""

    seed: int
    inputs: int
    targets: Sequence[str]
    limits: Limits = LIMITS
    module: str = "targets"

    def of(self, place: int, processes: int) -> list[tuple[str, int]]:
        """Target and number of what one of the processes reads."""
        known = import_module(self.module).TARGETS
        shares = sum(known[name].share for name in self.targets)
        return [
            (name, number)
            for name in self.targets
            for number in range(place, -(-self.inputs * known[name].share // shares), processes)
        ]

    def made(self, name: str, number: int) -> bytes:
        target = import_module(self.module).TARGETS[name]
        draw = Random(f"{self.seed}/{name}/{number}")
        known = target.seeds()
        return spoil(draw.choice(known), draw, known, target.ways, target.blind)


@dataclass(frozen=True)
class Failure:
    """A promise broken by one input: `target` and `number` make it again, with the seed."""

    target: str
    number: int
    what: str
    where: str = ""

    @property
    def sort(self) -> tuple[str, str, str]:
        return self.target, self.what.split(":")[0], self.where


@dataclass
class Outcome:
    """`results` counts how reading went, by target; `peak` is the most memory of any process."""

    inputs: int = 0
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    peak: int = 0
    slowest: float = 0.0


def run(work: Work, processes: int, say: Callable[[str], None] = lambda text: None) -> Outcome:
    """Every process takes each `processes`th input of every target. `say` is told of every new sort
    of failure, and twice a minute how far it is."""
    outcome = Outcome()
    crew = [_Worker(work, place, processes) for place in range(processes)]
    told, met = time.monotonic(), set()
    try:
        while any(not worker.done for worker in crew):
            for worker in crew:
                worker.watch(outcome)
            for failure in outcome.failures:
                if failure.sort not in met:
                    met.add(failure.sort)
                    say(f"{failure.target}:{failure.number} {failure.what} at {failure.where}")
            if time.monotonic() - told > 30:
                told = time.monotonic()
                say(f"{outcome.inputs} inputs, {len(outcome.failures)} failures")
            time.sleep(0.05)
    finally:
        for worker in crew:
            worker.kill()
    return outcome


class _Worker:
    def __init__(self, work: Work, place: int, processes: int) -> None:
        self._work = work
        self._inputs = work.of(place, processes)
        self._next = 0
        self._times_lost = 0
        self._process: Any = None
        self.done = not self._inputs
        if not self.done:
            self._start()

    def watch(self, outcome: Outcome) -> None:
        """Take what the process has told; start another one where it is gone."""
        if self.done:
            return
        alive = self._process.is_alive()
        for message in _received(self._pipe):
            self._take(message, outcome)
        if self.done:
            self._process.join()
        elif not alive and self._process.exitcode:
            self._lost(outcome, f"crashes: exit {self._process.exitcode}")
        elif not alive:
            self._again()
        elif (silent := self._silent()) > (
            self._work.limits.silence if self._seen >= 0 else _STARTING
        ):
            self.kill()
            self._lost(outcome, f"hangs: silent for {silent:.0f} s")

    def kill(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._at = context.Value("q", -1)
        arguments = (self._work, self._inputs, self._next, theirs, self._at)
        self._process = context.Process(target=_read_all, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._seen, self._since = -1, time.monotonic()

    def _silent(self) -> float:
        """Seconds since it last went on to another input."""
        at = self._at.value
        if at != self._seen:
            self._seen, self._since = at, time.monotonic()
        return time.monotonic() - self._since

    def _take(self, message: tuple[Any, ...], outcome: Outcome) -> None:
        match message:
            case ("read", count, results, peak, slowest):
                outcome.inputs += count
                outcome.results.update(results)
                outcome.peak = max(outcome.peak, peak)
                outcome.slowest = max(outcome.slowest, slowest)
                self._next += count
            case ("failure", failure):
                outcome.failures.append(failure)
            case ("done",):
                self.done = True

    def _lost(self, outcome: Outcome, what: str) -> None:
        place = max(self._at.value, self._next)
        if place < len(self._inputs):  # else it was lost after its last input
            outcome.failures.append(Failure(*self._inputs[place], what))
            outcome.inputs += place + 1 - self._next
            self._next = place + 1
        self._again()

    def _again(self) -> None:
        self._times_lost += 1
        self.done = self._next >= len(self._inputs) or self._times_lost >= _MOST_LOST
        if not self.done:
            self._start()


def _received(pipe: Connection) -> Iterator[tuple[Any, ...]]:
    try:
        while pipe.poll():
            yield pipe.recv()
    except (EOFError, OSError):
        return


class TooSlow(BaseException):
    """No exception of any reader's: nothing that catches errors catches this."""


def _read_all(
    work: Work, inputs: list[tuple[str, int]], first: int, pipe: Connection, at: Any
) -> None:
    known = import_module(work.module).TARGETS
    signal.signal(signal.SIGVTALRM, _too_slow)
    room = Path(tempfile.mkdtemp(prefix="fuzz-"))
    results: Counter[tuple[str, str]] = Counter()
    count, peak, slowest = 0, 0, 0.0
    _bound()
    try:
        for place in range(first, len(inputs)):
            name, number = inputs[place]
            at.value = place
            data = work.made(name, number)
            _forget_peak()
            began = time.process_time()
            word, failure = _read(work, known[name], number, data, room)
            slowest = max(slowest, time.process_time() - began)
            taken, count = _peak(), count + 1
            peak = max(peak, taken)
            if failure is None:
                results[name, word] += 1
                if taken > work.limits.memory:
                    failure = Failure(name, number, f"takes too much memory: {taken >> 20} MB")
            if failure is not None:
                pipe.send(("failure", failure))
            if count == 200 or failure is not None:
                pipe.send(("read", count, results, peak, slowest))
                results, count = Counter(), 0
            if taken > work.limits.memory:
                return  # what was taken is not given back: another process goes on
        pipe.send(("read", count, results, peak, slowest))
        pipe.send(("done",))
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _read(
    work: Work, target: Any, number: int, data: bytes, room: Path
) -> tuple[str, Failure | None]:
    signal.setitimer(signal.ITIMER_VIRTUAL, work.limits.seconds)
    try:
        return target.read(data, room), None
    except TooSlow:
        seconds = f"takes more than {work.limits.seconds:g} s"
        return "", Failure(target.name, number, seconds, _where())
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        return "", Failure(target.name, number, what, _where())
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _bound() -> None:
    """So much more address space than is taken by now: beyond, there is no memory to be had."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _peak() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0


def _forget_peak() -> None:
    """What making an input took is not the reader's."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _where() -> str:
    """The innermost place in our own code that the error came through."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [frame for frame in frames if "/migrate/" in frame.filename] or list(frames)
    file, line = (ours[-1].filename, ours[-1].lineno) if ours else ("?", 0)
    return f"{file.partition('/migrate/')[2] or Path(file).name}:{line}"
