"""A simulated TOPdesk in a process of its own, which can be killed and comes back where it was."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from world import ENVIRONMENT, ROOT

_WATCHED = str(ROOT / "tests" / "common" / "watched_topdesk.py")
AUTH = ("migrate", "migrate")


class Topdesk:
    """`migrate simulate topdesk` on a free port, with only a branch and the lists in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._options = options
        self.database = folder / "topdesk.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "topdesk.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._session.close()

    def start(self) -> None:
        """Returns when requests are taken."""
        command = ["simulate", "topdesk", "--empty", "--database", str(self.database)]
        command += self._options
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, _WATCHED, *command, "--port", str(self.port)],
                cwd=ROOT,
                # Where its counts go was perhaps decided after the environment was taken down.
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
            )
        for _ in range(1200):
            try:
                self.stats()
                return
            except requests.ConnectionError:
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.05)
        raise TimeoutError(self.url)

    def kill(self) -> None:
        """SIGKILL: whatever was put off is forgotten, what was done stands."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def stats(self) -> dict[str, Any]:
        return self._control("GET", "stats")

    def census(self) -> dict[str, Any]:
        return self._control("GET", "census")

    def misbehave(
        self, *faults: dict[str, Any], latency_ms: float = 0, seed: int | None = None
    ) -> None:
        """Follow these faults from now on; none ends it."""
        plan = {"faults": faults, "latency_ms": latency_ms, "seed": seed}
        self._control("POST", "faults", plan)

    def more(self, *faults: dict[str, Any]) -> None:
        """Follow these too, before those that are followed."""
        self._control("POST", "more", {"faults": faults})

    def trails(self) -> dict[str, Any]:
        return self._control("GET", "trails")

    def reset(self) -> None:
        """Back to how it was before anything was loaded."""
        self._control("POST", "reset", {"records": True})

    def settle(self) -> None:
        """Wait until all work that was put off is done."""
        while self.stats()["pending"]:
            time.sleep(0.1)

    def numbers(self) -> list[str]:
        """The external number of every incident: one for each that exists."""
        found: list[str] = []
        while True:
            answer = self._session.get(
                f"{self.url}/tas/api/incidents",
                params={"all": "true", "pageSize": "1000", "pageStart": str(len(found))},
                auth=AUTH,
                timeout=30,
            )
            rows = answer.json() if answer.content else []
            found += [str(row["externalNumber"]) for row in rows]
            if len(rows) < 1000:
                return found

    def _control(self, method: str, name: str, body: Any = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.url}/_control/{name}", json=body, timeout=30)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
