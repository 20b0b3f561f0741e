"""How much of what the connections allow a load reaches, beside the best bare pool.

    python -m benchmarks.load [--quick]

Both send the same bodies in the same order of steps, over 16 connections, to a simulated TOPdesk in
a process of its own that starts from the same file each time. The engine is the real one, with its
journal on the disk; the pool is 16 threads with a `requests` session each, bodies encoded
beforehand, and no journal. They take turns. Exit code 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import university
from benchmarks.pool import UNIT, Figure, itself, run_pool, timed, trim
from benchmarks.simulator import Simulator, topdesk
from benchmarks.university import CONNECTIONS, OUT, SPRINT

BOUNDS = {150: 0.97, 20: 0.90}
"""Milliseconds that TOPdesk takes → the least share of the pool's rate."""
SECONDS = 25
"""How long a measurement lasts where the connections are the limit."""
QUICK_SECONDS = 5


def run_engine(folder: Path) -> Figure:
    from migrate.workspace import Workspace

    with Workspace(folder) as workspace:
        loader = workspace.unit_loader()
        run = workspace.journal.begin_run("load", workspace.clock())
        return timed(
            lambda: loader.load(UNIT, SPRINT, ("tickets",), run),
            lambda: loader.tallies[UNIT, "incident"].requests,
        )


def contend(name: str, base: Path, port: int, latency: int, seconds: int) -> Figure:
    """Measure one contender in a process of its own, on copies of everything."""
    folder = base.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    trim(folder / "state" / "plan.db", int(seconds * CONNECTIONS / (latency / 1000)))
    with _serving(folder, port, "--latency", str(latency)) as simulator:
        figure = Figure(*json.loads(itself(name, folder, simulator.url, "benchmarks.load")))
        served = simulator.control("stats")["writes"]
    if served != figure.requests:
        sys.exit(f"{name} says that it sent {figure.requests} requests, {served} were served")
    return figure


def prepare(base: Path) -> int:
    """A workspace of which all but the tickets is loaded; returns the port that TOPdesk has."""
    shutil.rmtree(base.parent, ignore_errors=True)
    base.mkdir(parents=True)
    groups = [group for _, groups in university.units().values() for group in groups]
    branch = next(iter(university.units().values()))[0]
    with _serving(base, 0) as simulator:
        source = university.source("small")
        university.prepare(base, source, simulator.url, {UNIT: (branch, groups)})
        university.migrate(base, "plan", "--sprint", SPRINT)
        itself("before", base, simulator.url, "benchmarks.load")
        return simulator.port


def load_before_tickets(folder: Path) -> None:
    from migrate.workspace import Workspace

    with Workspace(folder) as workspace:
        loader = workspace.unit_loader()
        run = workspace.journal.begin_run("load", workspace.clock())
        loader.load(UNIT, SPRINT, ("foundation", "people", "groups"), run)


def _serving(folder: Path, port: int, *arguments: str) -> AbstractContextManager[Simulator]:
    return topdesk(folder / "topdesk.db", "--scale", "small", *arguments, port=port)


def compare(latencies: Sequence[int], seconds: int, pairs: int) -> bool:
    base = OUT / "load" / "base"
    port = prepare(base)
    met = True
    print(
        f"{'latency':>8}{'limit/s':>9}{'':>9}{'req/s':>8}{'of limit':>10}{'CPU':>7}"
        f"{'engine/pool':>13}{'bound':>7}   single pairs"
    )
    for latency in latencies:
        bound = BOUNDS[latency]
        limit = CONNECTIONS / (latency / 1000)
        taken: dict[str, list[Figure]] = {"engine": [], "pool": []}
        for turn in range(pairs):
            for name in ("engine", "pool") if turn % 2 else ("pool", "engine"):
                taken[name].append(contend(name, base, port, latency, seconds))
        ratios = [
            engine.rate / pool.rate
            for engine, pool in zip(taken["engine"], taken["pool"], strict=True)
        ]
        share = statistics.median(ratios)
        met = met and share >= bound
        for name, figures in taken.items():
            rate = statistics.median(figure.rate for figure in figures)
            cpu = statistics.median(figure.cpu_share for figure in figures)
            print(
                f"{f'{latency} ms':>8}{limit:>9.1f}{name:>9}{rate:>8.1f}{rate / limit:>10.3f}"
                f"{cpu:>7.0%}"
                + (f"{share:>13.3f}{bound:>7.2f}   " if name == "engine" else "")
                + (" ".join(f"{ratio:.3f}" for ratio in ratios) if name == "engine" else ""),
                flush=True,
            )
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="One short pair; no bound is held.")
    parser.add_argument("--latency", type=int, action="append", choices=BOUNDS, help="Only this.")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--run", choices=("engine", "pool", "before"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run == "before":
        load_before_tickets(given.folder)
    elif given.run == "engine":
        print(json.dumps(run_engine(given.folder)))
    elif given.run == "pool":
        print(json.dumps(run_pool(given.folder, given.url)))
    elif given.quick:
        compare(given.latency or list(BOUNDS), QUICK_SECONDS, 1)
    elif not compare(given.latency or list(BOUNDS), SECONDS, given.pairs):
        sys.exit(1)


if __name__ == "__main__":
    main()
