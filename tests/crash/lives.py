"""Processes of the real command line, each of its own, started from one that has imported it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from world import ENVIRONMENT, ROOT

_LAUNCH = str(Path(__file__).with_name("launch.py"))


@dataclass
class Life:
    """One process. `returncode` is None while it lives, and negative where a signal ended it."""

    pid: int
    told: Path
    log: Path
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and self.told.exists():
            self.returncode = int(self.told.read_text(encoding="ascii"))
            self.told.unlink()
        return self.returncode

    def wait(self, timeout: float = 300) -> int:
        """Raises TimeoutError."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                self.kill()
                raise TimeoutError(self.log.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.02)
        return code

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Lives:
    """Starts lives, as long as the context lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def __enter__(self) -> Self:
        self._parent = subprocess.Popen(
            [sys.executable, _LAUNCH],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parent.kill()
        self._parent.wait()

    def start(self, log: Path, *arguments: str, **environment: str) -> Life:
        told = self._folder / f"exit-{next(self._numbers)}"
        order = {
            "arguments": arguments,
            "environment": environment,
            "log": str(log),
            "exit": str(told),
        }
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()
        return Life(int(self._parent.stdout.readline()), told, log)

    def run(self, *arguments: str) -> tuple[int, str]:
        """A command from its start to its end: its exit code, and all that it wrote."""
        log = self._folder / f"said-{next(self._numbers)}"
        code = self.start(log, *arguments).wait()
        said = log.read_text(encoding="utf-8")
        log.unlink()
        return code, said


def document(said: str) -> Any:
    """The JSON document among what a command wrote with `--json`."""
    return json.loads(said[said.index("{") : said.rindex("}") + 1])


def may_end(code: int, log: Path) -> bool:
    """Whether a load may end so: 2 is said where the password expired, and a load goes on when it
    is renewed. Others may have written into its log since, so all of it is read."""
    if code == 2:
        return "[credentials-refused]" in log.read_text(encoding="utf-8")
    return code in (0, 3, 5)


def tail(log: Path) -> str:
    """The end of a log, for whoever has to look."""
    return log.read_text(encoding="utf-8")[-3000:]
