"""Every exchange of the whole test run with a simulated TOPdesk is held against TOPdesk's contract.

Simulators in this process are watched as they are; those in processes of their own are started by
`watched_topdesk.py`, which leaves its counts in a folder. What the contract does not allow fails
the run; the totals are printed, injected faults apart.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from contract_watch import Watch
from openapi import CONTRACT

from migrate.simulate.topdesk.front import Front

FOLDER = "WATCHED_TOPDESKS"
"""The environment variable that names the folder of those counts."""
_COUNTS, _WRONG = pytest.StashKey[Counter[str]](), pytest.StashKey[Counter[str]]()
_WATCH = pytest.StashKey[Watch]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTS], config.stash[_WRONG] = Counter(), Counter()
    if CONTRACT is None:
        return
    if FOLDER not in os.environ:  # a worker has it from whoever started it
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="watched-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True))
    watch = config.stash[_WATCH] = Watch(CONTRACT)
    Front.watch = watch.note


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    watch = config.stash.get(_WATCH, None)
    if watch is None:
        return
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["contract"] = [dict(watch.counts), dict(watch.wrong)]
        return
    _add(config, watch.counts, watch.wrong)
    for file in Path(os.environ[FOLDER]).glob("*.json"):
        _add(config, *json.loads(file.read_text(encoding="utf-8")))
    if config.stash[_WRONG] and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    if "contract" in output:
        _add(node.config, *output["contract"])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if CONTRACT is None:
        terminalreporter.write_line(
            "TOPdesk's contract is not here: no exchange was held against it"
        )
        return
    counts, wrong = config.stash[_COUNTS], config.stash[_WRONG]
    if not counts:
        return
    faults = {name.partition(" ")[2]: n for name, n in counts.items() if name.startswith("inj")}
    terminalreporter.write_line(
        f"TOPdesk's contract: {counts['sent']} requests sent and {counts['answered']} answers held"
        f" against it, {sum(wrong.values())} not allowed; injected apart: {sum(faults.values())}"
        f" ({', '.join(f'{name} {n}' for name, n in sorted(faults.items())) or 'none'});"
        f" {counts['asked']} requests of the tests' own"
    )
    for problem, number in sorted(wrong.items()):
        terminalreporter.write_line(f"  {number} × {problem}", red=True)


def _add(config: pytest.Config, counts: dict[str, int], wrong: dict[str, int]) -> None:
    config.stash[_COUNTS].update(counts)
    config.stash[_WRONG].update(wrong)
