"""The command line with two things that happen to machines: a clock that jumps, and a SIGKILL in
the middle of a commit.

Starts a process for every line on stdin (a JSON object: `arguments`, `environment`, `log`, `exit`),
forked from one that has imported everything, since imports are most of what a short life costs.
Each writes its output to `log`; how it ended is written to the file `exit`, as Popen says it.

CRASH_COMMIT is `intent|outcome KIND/STEP N`: the commit that makes the N-th of these durable is the
last thing the process does. The byte at the end of the file CRASH_TOLD then says whether it was
still going on. SIGUSR1 sets the clock three hours ahead, SIGUSR2 three hours back.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import select
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
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
    for module in _NEEDED:
        importlib.import_module(module)
    gc.freeze()
    exits: dict[int, str] = {}
    orders, left = sys.stdin.fileno(), b""
    while True:
        if select.select([orders], [], [], 0.02)[0]:
            read = os.read(orders, 1 << 16)
            if not read:
                return
            *lines, left = (left + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if (pid := os.fork()) == 0:
                    _live(order)
                exits[pid] = order["exit"]
                os.write(sys.stdout.fileno(), b"%d\n" % pid)
        while exits:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            _tell(exits.pop(pid), os.waitstatus_to_exitcode(status))


def _tell(file: str, code: int) -> None:
    half = Path(f"{file}.half")
    half.write_text(str(code), encoding="ascii")
    half.replace(file)


def _live(order: dict[str, Any]) -> None:
    """The life of one process, which never returns."""
    code = 1
    try:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.setsid()
        os.environ.update(order["environment"])
        time.time = _shown
        signal.signal(signal.SIGUSR1, _jump)
        signal.signal(signal.SIGUSR2, _jump)
        if wanted := os.environ.get("CRASH_COMMIT"):
            from migrate.state.journal import Journal

            _Commits(wanted, os.environ["CRASH_TOLD"]).hook(Journal)
        from migrate.cli.main import run

        code = run(order["arguments"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


_NEEDED = (
    "migrate.cli.main",
    "migrate.cli.load",
    "migrate.cli.status",
    "migrate.workspace",
    "migrate.chains",
    "migrate.load.verify",
    "migrate.load.topdesk.client",
)

if __name__ == "__main__":
    main()
