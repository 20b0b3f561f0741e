"""The command line with two things that happen to machines: a clock that jumps, and a SIGKILL in
the middle of a commit.

CRASH_COMMIT is `intent|outcome KIND/STEP N`: the commit that makes the N-th of these durable is the
last thing the process does. The byte at the end of the file CRASH_TOLD then says whether it was
still going on. SIGUSR1 sets the clock three hours ahead, SIGUSR2 three hours back.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from typing import Any

JUMP = 3 * 3600.0
_TRUE_TIME = time.time
_ahead = 0.0


def _shown() -> float:
    return _TRUE_TIME() + _ahead


def _jump(number: int, _frame: Any) -> None:
    global _ahead
    _ahead += JUMP if number == signal.SIGUSR1 else -JUMP


class _Commits:
    """Kills this process in the commit that was asked for."""

    def __init__(self, wanted: str, told: str) -> None:
        self.what, self.cell, number = wanted.split(" ")
        self.left = int(number)
        self.told = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.usual = 0.0005
        self.going_on = False
        self.begun = threading.Event()

    def hook(self, journal: Any) -> None:
        intend, note, commit = journal.intend, journal.note, journal.commit

        def intended(this: Any, key: Any, *rest: Any, **named: Any) -> Any:
            self.count("intent", key)
            return intend(this, key, *rest, **named)

        def noted(this: Any, key: Any, state: Any, *rest: Any, **named: Any) -> Any:
            if state == "done":
                self.count("outcome", key)
            return note(this, key, state, *rest, **named)

        def committed(this: Any) -> Any:
            began = time.perf_counter()
            if self.left == 0:
                self.going_on = True
                threading.Thread(target=self.kill, daemon=True).start()
                self.begun.wait()
            commit(this)
            self.going_on = False
            self.usual = 0.8 * self.usual + 0.2 * (time.perf_counter() - began)

        journal.intend, journal.note, journal.commit = intended, noted, committed

    def count(self, what: str, key: Any) -> None:
        if what == self.what and self.left and self.cell == cell_of(key.kind, key.step):
            self.left -= 1

    def kill(self) -> None:
        self.begun.set()
        time.sleep(random.uniform(0, 0.7 * self.usual))
        os.write(self.told, b"1" if self.going_on else b"0")
        os.kill(os.getpid(), signal.SIGKILL)


def cell_of(kind: str, step: str) -> str:
    return f"{kind}/{step.partition('/')[0]}"


def main() -> None:
    time.time = _shown
    signal.signal(signal.SIGUSR1, _jump)
    signal.signal(signal.SIGUSR2, _jump)
    if wanted := os.environ.get("CRASH_COMMIT"):
        from migrate.state.journal import Journal

        _Commits(wanted, os.environ["CRASH_TOLD"]).hook(Journal)
    from migrate.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
