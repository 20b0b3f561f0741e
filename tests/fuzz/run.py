"""`make fuzz`: spoiled unload files, RC values, XML, JSON, CSV and workbooks through the readers.

python tests/fuzz/run.py --inputs 200000 [--seed N] [--target NAME …] [--processes 2]
python tests/fuzz/run.py --seed N --again NAME:NUMBER [--write FILE]
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from targets import TARGETS
from workers import Work, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, help="spoils the same inputs in the same ways again")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only these")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--again", help="one input of a seed, here, with its traceback")
    parser.add_argument("--write", type=Path, help="with --again: keep the input in a file")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    work = Work(seed, options.inputs, options.target or list(TARGETS))
    if options.again:
        return again(work, *options.again.rsplit(":", 1), options.write)
    say(f"seed {seed}")
    began = time.monotonic()
    outcome = run(work, options.processes, say)
    for name in work.targets:
        counts = {word: n for (target, word), n in outcome.results.items() if target == name}
        shown = ", ".join(f"{n} {word}" for word, n in sorted(counts.items(), key=lambda c: -c[1]))
        say(f"{name:12} {sum(counts.values()):7} read: {shown}")
    sorts = defaultdict(list)
    for failure in outcome.failures:
        sorts[failure.sort].append(failure)
    for found in sorted(sorts.values(), key=len, reverse=True):
        first = found[0]
        say(f"{len(found)} × {first.target}: {first.what[:200]} at {first.where or '?'}")
        say(f"    --seed {seed} --again {first.target}:{first.number}")
    say(
        f"{outcome.inputs} inputs in {time.monotonic() - began:.0f} s: "
        f"{len(outcome.failures)} failures, at most {outcome.peak >> 20} MB, "
        f"the slowest {outcome.slowest:.2f} s"
    )
    return 1 if outcome.failures else 0


def again(work: Work, name: str, number: str, file: Path | None) -> int:
    data = work.made(name, int(number))
    say(f"{len(data)} bytes: {data[:100]!r} …")
    if file is not None:
        file.write_bytes(data)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as room:
        say(TARGETS[name].read(data, Path(room)))
    return 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
