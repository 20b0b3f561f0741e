"""`make crash`, its second half: `migrate extract` is killed at random moments, by every way in.

python tests/crash/run_extract.py --kills 50 [--seed N] [--way sql …]
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "common"))

from extracting import Differs, Extracting
from hpsm_ways import WAYS, make


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="by each way")
    parser.add_argument("--seed", type=int, help="draws the same moments again")
    parser.add_argument("--way", action="append", choices=list(WAYS))
    parser.add_argument("--scale", default="small")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    say(f"seed {seed}")
    say(f"{'way':20}{'kills':>8}{'attempts':>10}{'went on':>10}{'rounds':>8}{'minutes':>9}")
    broken = False
    with tempfile.TemporaryDirectory(prefix="extract-") as folder:
        hpsm = make(Path(folder), options.scale, seed=1)
        for way in options.way or WAYS:
            began = time.monotonic()
            there = Path(folder) / way.replace(" ", "-").replace(",", "")
            (files := there / "files").mkdir(parents=True)
            with WAYS[way](hpsm, files) as opened:
                run = Extracting(
                    there, way, opened.source, opened.folder, random.Random(f"{seed}/{way}")
                )
                try:
                    run.undisturbed()
                    while run.kills < options.kills:
                        run.disturbed()
                except Differs as differs:
                    say(f"BROKEN: {differs}")
                    broken = True
            minutes = (time.monotonic() - began) / 60
            say(
                f"{way:20}{run.kills:>8}{run.attempts:>10}{run.went_on:>10}{run.rounds:>8}"
                f"{minutes:>9.1f}"
            )
    return int(broken)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
