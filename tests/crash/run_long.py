"""`make crash-long`: every fault meets every step, and TOPdesk is counted after each round.

python tests/crash/run_long.py [--faults 10000] [--seed N] [--report docs/faults.md]
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

from cells import BEYOND, FAULTS, OTHER, REQUESTS
from counting import Broken
from faults_page import INTRODUCTION, section
from long import LongRun
from outcome import Result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--lost", type=int, default=2_000, help="answers lost after the work")
    parser.add_argument("--late", type=int, default=500, help="answers or work past the time-out")
    parser.add_argument("--restarts", type=int, default=50)
    parser.add_argument("--least", type=int, default=5, help="times that each cell is met")
    parser.add_argument("--minutes", type=float, default=75, help="no new round after so many")
    parser.add_argument("--jobs", type=int, default=4, help="runs side by side, which mostly wait")
    parser.add_argument("--seed", type=int, help="draws the same faults again")
    parser.add_argument("--steps", nargs="+", choices=sorted(REQUESTS), help="only these")
    parser.add_argument("--append", action="store_true", help="add the run to the report's page")
    parser.add_argument("--report", type=Path, help="write the matrix there, as Markdown")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    began = time.monotonic()
    say(f"seed {seed}")
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        shares = [(seed + job, job, options) for job in range(options.jobs)]
        results = pool.starmap(campaign, shares)
    whole = sum(results[1:], start=results[0])
    whole.matrix.least = options.least
    text = section(whole, seed, (time.monotonic() - began) / 60)
    say(text)
    if options.report and options.append:
        with options.report.open("a", encoding="utf-8") as report:
            report.write(f"\n{text}")
    elif options.report:
        options.report.write_text(f"{INTRODUCTION}\n{text}", encoding="utf-8")
    return int(bool(whole.broken) or short(whole, options))


def campaign(seed: int, job: int, options: argparse.Namespace) -> Result:
    """One job's share, until it is met, its time is over, or something broke."""
    until = time.monotonic() + options.minutes * 60
    least = -(-options.least // options.jobs)
    with tempfile.TemporaryDirectory(prefix="crash-long-") as folder:
        steps = frozenset(options.steps or REQUESTS)
        run = LongRun(
            Path(folder), seed, least, steps=steps, say=lambda text: say(f"[{job}] {text}")
        )
        try:
            with run:
                turn = job
                while time.monotonic() < until and wanting(run, options):
                    rounds(run, turn)
                    turn += 1
        except Broken as broken:
            kept = Path(tempfile.gettempdir()) / f"crash-long-broken-{seed}"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            say(f"[{job}] everything is kept in {kept}")
            run.result.broken.append(str(broken))
            say(f"[{job}] BROKEN: {broken}")
        except Exception as error:
            # The harness itself, where a machine has too much to do: what was done still counts.
            run.result.ended.append(type(error).__name__)
            say(f"[{job}] the harness gave up: {type(error).__name__}: {error}")
    return run.result


def rounds(run: LongRun, turn: int) -> None:
    """One round of what is lacking most, each kind of load in its turn where all is met."""
    lacking = [run.lacks(scenario) for scenario in run.scenarios]
    weights = lacking if any(lacking) else [1] * len(lacking)
    (chosen,) = run.dice.choices(run.scenarios, weights)
    run.round(chosen)
    for scenario in run.scenarios:
        if run.lacks(scenario, *BEYOND):
            run.beyond(scenario)
        if turn % 2 == 0 and run.lacks(scenario, OTHER):
            run.apart(scenario)


def wanting(run: LongRun, options: argparse.Namespace) -> bool:
    result, jobs = run.result, options.jobs
    return bool(run.lacking()) or any(
        number * jobs < wanted for number, wanted in _quotas(result, options)
    )


def short(result: Result, options: argparse.Namespace) -> bool:
    result.matrix.least = options.least
    missed = result.matrix.lacking(FAULTS, result.sends)
    return bool(missed) or any(number < wanted for number, wanted in _quotas(result, options))


def _quotas(result: Result, options: argparse.Namespace) -> list[tuple[int, int]]:
    return [
        (result.matrix.total, options.faults),
        (result.kills, options.kills),
        (result.lost_answers, options.lost),
        (result.late, options.late),
        (result.restarts, options.restarts),
    ]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
