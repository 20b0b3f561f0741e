from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from migrate.errors import StoppedError
from migrate.state.locks import SHARED, hold

_HOLD = """
import sys, time
from pathlib import Path
from migrate.state.locks import hold
with hold(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path, name: str) -> subprocess.Popen[str]:
    """A process that holds a lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder), name], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_load_of_a_unit_is_refused_and_a_killed_one_leaves_no_lock(
    tmp_path: Path,
) -> None:
    process = holder(tmp_path, "ub")
    try:
        with pytest.raises(StoppedError) as refused, hold(tmp_path, "ub"):
            pass
        assert refused.value.problems[0].code == "unit-locked"
        with hold(tmp_path, "it"):
            pass
    finally:
        process.kill()
        process.communicate()
    with hold(tmp_path, "ub"):
        pass


def test_what_is_shared_is_waited_for_and_the_waiting_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with hold(tmp_path, SHARED):
            held.set()
            done.wait(5)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(5)
    threading.Timer(0.2, done.set).start()
    with hold(tmp_path, SHARED, wait=10, waiting=lambda: told.append("waits")):
        assert told == ["waits"]
    thread.join()


def test_units_whose_names_differ_in_a_letter_only_have_locks_of_their_own(tmp_path: Path) -> None:
    with hold(tmp_path, "øk"), hold(tmp_path, "åk"), hold(tmp_path, "k/tickets"):
        pass


def test_a_lock_that_may_not_wait_says_nothing_of_waiting(tmp_path: Path) -> None:
    told: list[str] = []
    began = time.monotonic()
    with hold(tmp_path, "ub"):
        thread = threading.Thread(target=lambda: _refused(tmp_path, told))
        thread.start()
        thread.join()
    assert told == ["refused"]
    assert time.monotonic() - began < 5


def _refused(folder: Path, told: list[str]) -> None:
    try:
        with hold(folder, "ub", waiting=lambda: told.append("waits")):
            told.append("held")
    except StoppedError:
        told.append("refused")
