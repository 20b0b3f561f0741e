"""Memory of planning and loading as the plan grows: 100 thousand tickets beside a million.

    python -m benchmarks.plan_memory [--quick] [--reuse]

`migrate plan` over the whole invented university, then `migrate load` into a simulated TOPdesk
without latency, stopped by a Ctrl-C once the first 20 thousand tickets are there. Exit code 1 when
a bound is not met. The million takes 8 GB of disk under benchmarks/out, and half an hour; `--reuse`
keeps what was extracted before.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import university
from benchmarks.simulator import PASSWORD, Simulator, topdesk
from benchmarks.university import OUT, SPRINT

MOST_MB = 300
"""What loading may take, however long the plan is."""
APART = 0.10
"""By how much the two loads may differ, as a share of the smaller."""
TICKETS = 20_000
SCALES = ("year", "decade")
QUICK_TICKETS = 1_000
QUICK_SCALES = ("test", "small")
_STOPPED = 5


class Figure(NamedTuple):
    """One process: tickets that it planned or loaded, seconds, seconds of CPU, its peak."""

    tickets: int
    seconds: float
    cpu: float
    peak_mb: float


def plan(folder: Path) -> Figure:
    seconds, cpu, peak, code = _command(folder, "plan", lambda: False)
    if code:
        sys.exit(f"migrate plan ended with {code}: {folder}/plan.log")
    with sqlite3.connect(folder / "state" / "plan.db") as store:
        (planned,) = store.execute(
            "SELECT count(*) FROM records WHERE phase = 'tickets'"
        ).fetchone()
    return Figure(planned, seconds, cpu, peak)


def load(folder: Path, simulator: Simulator, tickets: int) -> Figure:
    """Load unit after unit until TOPdesk has `tickets` incidents."""

    def made() -> int:
        return sum(
            row["count"]
            for row in simulator.control("requests")
            if row["method"] == "POST" and row["route"].endswith("/incidents")
        )

    seconds, cpu, peak, code = _command(folder, "load", lambda: made() >= tickets)
    if code not in (0, _STOPPED):
        sys.exit(f"migrate load ended with {code}: {folder}/load.log")
    return Figure(made(), seconds, cpu, peak)


def _command(
    folder: Path, name: str, enough: Callable[[], bool]
) -> tuple[float, float, float, int]:
    """Run `migrate NAME` over the sprint, with a Ctrl-C when it is `enough`; returns seconds,
    seconds of CPU, its peak in MB and its exit code."""
    started = time.perf_counter()
    with (folder / f"{name}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "migrate", "-w", str(folder), name, "--sprint", SPRINT],
            env={**os.environ, "TOPDESK_PASSWORD": PASSWORD},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    told = False
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if not told and enough():
            process.send_signal(signal.SIGINT)
            told = True
        time.sleep(0.2)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - started, cpu, usage.ru_maxrss / 1024, process.returncode


def measure(scale: str, tickets: int, reuse: bool) -> tuple[Figure, Figure]:
    """Plan and load one scale; what is extracted takes no part in the figures."""
    folder = OUT / f"plan-{scale}"
    source = university.source(scale)
    there = reuse and (folder / "state" / "snapshot.db").exists()
    if not there:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name in ("state/journal.db*", "state/plan.db*", "topdesk.db*"):
        for file in folder.glob(name):
            file.unlink()
    with topdesk(folder / "topdesk.db", "--scale", scale) as simulator:
        if there:
            university.configure(folder, source, simulator.url, university.units())
            university.decide(folder)
        else:
            university.prepare(folder, source, simulator.url, university.units())
        return plan(folder), load(folder, simulator, tickets)


def compare(scales: tuple[str, ...], tickets: int, reuse: bool) -> bool:
    print(f"{'':16}{'tickets':>10}{'seconds':>9}{'tickets/s':>11}{'CPU s':>8}{'peak MB':>9}")
    loads = []
    for scale in scales:
        planned, loaded = measure(scale, tickets, reuse)
        loads.append(loaded)
        for name, figure in (("plan", planned), ("load", loaded)):
            print(
                f"{scale:10}{name:6}{figure.tickets:>10,}{figure.seconds:>9.1f}"
                f"{figure.tickets / figure.seconds:>11,.0f}{figure.cpu:>8.1f}"
                f"{figure.peak_mb:>9.0f}",
                flush=True,
            )
    peaks = sorted(figure.peak_mb for figure in loads)
    apart = peaks[-1] / peaks[0] - 1
    print(f"loading: at most {peaks[-1]:.0f} MB (bound {MOST_MB}), {apart:.1%} apart (bound 10%)")
    return peaks[-1] < MOST_MB and apart <= APART


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="Small plans; no bound is held.")
    parser.add_argument("--reuse", action="store_true", help="Do not extract again.")
    parser.add_argument("--scale", action="append", help="Only this.")
    given = parser.parse_args()
    if given.quick:
        compare(tuple(given.scale or QUICK_SCALES), QUICK_TICKETS, given.reuse)
    elif not compare(tuple(given.scale or SCALES), TICKETS, given.reuse):
        sys.exit(1)


if __name__ == "__main__":
    main()
