"""A simulated TOPdesk in a process of its own, for as long as a measurement lasts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

USER = PASSWORD = "migrate"


@dataclass(frozen=True, slots=True)
class Simulator:
    """Where it answers, which process it is, and the file that holds what was written to it."""

    url: str
    pid: int
    database: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def control(self, name: str, body: Any = None) -> Any:
        """Ask its control surface, which is no part of TOPdesk."""
        method = "GET" if body is None else "POST"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, f"{self.url}/_control/{name}", json=body, timeout=300)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def topdesk(database: Path, *arguments: str, port: int = 0) -> Iterator[Simulator]:
    """Serve from `database` until the block ends, on a free port unless one is given; `arguments`
    are those of `migrate simulate topdesk`."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "migrate", "simulate", "topdesk"),
            *("--database", str(database), "--port", str(port), *arguments),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if " at http" not in line:
            sys.exit(f"the simulated TOPdesk did not start ({process.wait(10)})")
        yield Simulator(line.split(" at ")[1].strip(), process.pid, database)
    finally:
        process.terminate()
        process.wait(timeout=30)
