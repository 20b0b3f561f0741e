"""Kills `migrate extract` at random moments, types it again until it ends, and holds the snapshot
against one that nothing disturbed, row for row and file for file."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from world import ENVIRONMENT

from migrate.records import SOURCE_KINDS

_GOOD = (0, 3)  # 3: the invented HPSM is dirty, and extract says so
_MOST_ATTEMPTS = 200

Table = dict[tuple[Any, ...], tuple[Any, ...]]


class Differs(AssertionError):
    """The resumed snapshot is not the undisturbed one."""


@dataclass
class Extracting:
    """One way into one HPSM: `source` is the source section of its migrate.yaml, `files` the folder
    that its relative paths start in."""

    folder: Path
    way: str
    source: Mapping[str, Any]
    files: Path
    draw: random.Random
    say: Callable[[str], None] = lambda text: None
    kills: int = 0
    attempts: int = 0
    went_on: int = 0
    rounds: int = 0
    _seconds: float = 0.0
    _expected: dict[str, Table] = field(default_factory=dict)
    _blobs: set[str] = field(default_factory=set)

    def undisturbed(self) -> None:
        """Extract once in peace: what every other extract must come to."""
        workspace = self._workspace("undisturbed")
        began = time.monotonic()
        ended = self._start(workspace).wait(timeout=600)
        self._seconds = time.monotonic() - began
        if ended not in _GOOD:
            raise Differs(f"{self.way}: extract ended with {ended}")
        self._expected, self._blobs = _tables(workspace), _blobs(workspace)

    def disturbed(self) -> None:
        """One extract, killed at random moments and typed again until it ends by itself."""
        workspace = self._workspace(f"round-{self.rounds}")
        self.rounds += 1
        for _ in range(_MOST_ATTEMPTS):
            process = self._start(workspace)
            self.attempts += 1
            if self.draw.random() < 0.2:  # let it come further now and then
                moment = self.draw.uniform(0.0, 2.0 * self._seconds)
            else:
                moment = self.draw.uniform(0.2, self._seconds)
            try:
                code = process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.kills += 1
                continue
            if code not in _GOOD:
                raise Differs(f"{self.way}: extract ended with {code} after {self.kills} kills")
            assert process.stdout is not None
            self.went_on += bool(json.loads(process.stdout.read())["went_on"])
            break
        else:
            raise Differs(f"{self.way}: no end after {_MOST_ATTEMPTS} attempts")
        self._compare(workspace)
        shutil.rmtree(workspace)

    def _compare(self, workspace: Path) -> None:
        found = _tables(workspace)
        for kind, rows in self._expected.items():
            if rows != found[kind]:
                wrong = rows.keys() ^ found[kind].keys() or {
                    key for key, row in rows.items() if found[kind].get(key) != row
                }
                raise Differs(f"{self.way}: {kind} differs in {len(wrong)} rows: {min(wrong)}")
        if missing := self._blobs - _blobs(workspace):
            raise Differs(f"{self.way}: {len(missing)} files are not there")

    def _workspace(self, name: str) -> Path:
        workspace = self.folder / name
        workspace.mkdir(parents=True)
        for file in self.files.iterdir():
            if file.name != "migrate.yaml":
                (workspace / file.name).symlink_to(file.resolve())
        content = {"source": dict(self.source), "target": {"url": "http://127.0.0.1:9"}}
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (workspace / "migrate.yaml").write_text(text, encoding="utf-8")
        return workspace

    def _start(self, workspace: Path) -> subprocess.Popen[str]:
        output = workspace / "output"
        with output.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "migrate", "-w", str(workspace), "extract", "--json"],
                env={**ENVIRONMENT, "HPSM_PASSWORD": "migrate"},
                stdout=stream,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        process.stdout = output.open()
        return process


def _tables(workspace: Path) -> dict[str, Table]:
    """Every kind's rows by key and first run, with digests and all fields."""
    tables: dict[str, Table] = {}
    with closing(sqlite3.connect(workspace / "state" / "snapshot.db")) as database:
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        for kind in SOURCE_KINDS:
            rows: Table = {}
            if kind in there:
                cursor = database.execute(f'SELECT _key, since_run, * FROM "{kind}"')
                rows = {tuple(row[:2]): tuple(row[2:]) for row in cursor}
            tables[kind] = rows
        left = {name for name in there if name.startswith("seen ")}
        if left:
            raise Differs(f"left over: {', '.join(sorted(left))}")
    return tables


def _blobs(workspace: Path) -> set[str]:
    folder = workspace / "state" / "blobs"
    return {file.name for file in folder.glob("*/*")} if folder.is_dir() else set()
