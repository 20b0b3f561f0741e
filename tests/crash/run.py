"""`make crash`: kills the loading process at random moments through every kind of trouble.

python tests/crash/run.py --kills 300 [--seed N]
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from harness import WEATHER, Broken, Campaign

_PER_ROUND = 45


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, help="draws the same moments and faults again")
    parser.add_argument("--beyond", type=int, default=5, help="rounds beyond the settle window")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    began = time.monotonic()
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        campaign = Campaign(Path(folder), seed, say)
        try:
            with campaign:
                weather = list(WEATHER)
                for turn in range(options.beyond):
                    say(f"beyond the window, {turn + 1} of {options.beyond}")
                    campaign.beyond()
                turn = 0
                while campaign.result.kills < options.kills or turn < len(weather):
                    campaign.killed(weather[turn % len(weather)], _PER_ROUND)
                    say(f"{campaign.result.kills} of {options.kills} kills")
                    turn += 1
        except Broken as broken:
            say(campaign.result.table())
            say(f"BROKEN: {broken}")
            return 1
    say(campaign.result.table())
    say(f"  {'minutes':<34} {(time.monotonic() - began) / 60:.1f}")
    return 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
