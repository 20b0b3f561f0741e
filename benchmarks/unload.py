"""Rows a second from unload files into the snapshot, beside a bare walk over the same bytes.

    python -m benchmarks.unload [--scale year] [--rounds 5]

The walk goes from record to record and from value to value, sees that each is one and ends within
its record, and does nothing else: it looks into none and keeps nothing. It and migrate take turns,
each in a process of its own, and the median of the pairs' ratios is held to the bound. Exit code 1
when it is not met.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

OUT = Path(__file__).resolve().parent / "out"
BOUND = 0.5
LEFT_OUT = ("SYSATTACHMENTS",)
"""Files of HPSM that are not read here: what attachments cost is their bytes, not their records."""


class Figure(NamedTuple):
    """`seconds` from an interpreter with everything imported until the last record was read, and
    written if at all; `after` is what migrate alone does then: it joins the tickets. `peak_mb` is
    that of all processes together."""

    rows: int
    seconds: float
    after: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def walk(data: bytes, at: int, depth: int = 0) -> int:
    """Where the RC value that begins at `at` ends: not behind the data, nor in the depths."""
    lead = data[at]
    kind, code = lead >> 4, lead & 15
    if kind in (8, 9) and code == 0:
        if depth == 64:
            raise ValueError("too deep")
        at += 1
        while data[at] != lead + 1:
            at = walk(data, at, depth + 1)
        return at + 1
    if code < 8 or code == 15:
        end = at + 1
    elif code < 13:
        end = at + 1 + code - 8
    elif code == 13:
        end = at + 2 + data[at + 1]
    else:
        size = int.from_bytes(data[at + 1 : at + 3], "big")
        end = at + 3 + size
        if size == 0xFFFF:
            end = at + 7 + int.from_bytes(data[at + 3 : at + 7], "big")
    if kind not in (1, 2, 3, 4, 10, 11) or end > len(data):
        raise ValueError("no value")
    return end


def run_walk(files: list[Path], folder: Path) -> tuple[int, float, float]:
    rows, started = 0, time.perf_counter()
    for path in files:
        with path.open("rb") as stream:
            while head := stream.read(6):
                size = head[4] << 8 | head[5]
                if size == 0xFFFF:
                    size = int.from_bytes(stream.read(4), "big")
                if walk(stream.read(size), 0) != size:
                    sys.exit(f"{path}: a record does not end where it says")
                rows += head[3] == 0xFB
    return rows, time.perf_counter() - started, 0.0


def run_migrate(files: list[Path], folder: Path) -> tuple[int, float, float]:
    from datetime import UTC, datetime

    from migrate.config import SourceConfig
    from migrate.extract.run import extract
    from migrate.extract.unload import UnloadSource
    from migrate.state.snapshot import Snapshot

    config = SourceConfig(type="unload", unload=[str(path) for path in files])
    started = written = time.perf_counter()

    def progress(kind: str, read: int, total: int | None) -> None:
        nonlocal written
        written = time.perf_counter()

    with Snapshot(folder / "snapshot.db") as snapshot:
        hpsm, now = UnloadSource(config, folder), datetime.now(UTC)
        report = extract(hpsm, snapshot, full=True, now=now, progress=progress)
        after = time.perf_counter() - written
        return sum(kind.read for kind in report.kinds), written - started, after


CONTENDERS: dict[str, Callable[[list[Path], Path], tuple[int, float, float]]] = {
    "migrate": run_migrate,
    "walk": run_walk,
}


def make_files(scale: str) -> list[Path]:
    """The invented HPSM as an administrator hands it over."""
    folder = OUT / f"unload-{scale}"
    if not folder.exists():
        from migrate.simulate.hpsm import make_database
        from migrate.simulate.hpsm.unload import write_unload
        from migrate.simulate.world import World

        OUT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=OUT) as making:
            url = f"sqlite:///{making}/hpsm.db"
            make_database(url, World(1, scale))
            made = Path(making) / "unload"
            write_unload(url, made)
            made.rename(folder)
    return [p for p in sorted((folder / "files").glob("*.unl")) if p.stem not in LEFT_OUT]


def measure(name: str, files: list[Path]) -> Figure:
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.unload", "--run", name, "--folder", folder],
            input=json.dumps([str(path) for path in files]),
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode:
        sys.exit(f"{name} failed:\n{answer.stderr[-2000:]}")
    return Figure(*json.loads(answer.stdout.splitlines()[-1]))


def run_one(name: str, folder: Path) -> None:
    files = [Path(path) for path in json.load(sys.stdin)]
    rows, seconds, after = CONTENDERS[name](files, folder)
    peak = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps(Figure(rows, seconds, after, peak / 1024)))


def compare(scale: str, rounds: int) -> bool:
    files = make_files(scale)
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:,.0f} MB")
    pairs = [{name: measure(name, files) for name in CONTENDERS} for _ in range(rounds)]
    print(f"{'':10}{'records':>10}{'rows/s':>10}{'peak MB':>10}")
    for name in CONTENDERS:
        taken = [pair[name] for pair in pairs]
        rate = statistics.median(figure.rate for figure in taken)
        peak = max(figure.peak_mb for figure in taken)
        print(f"{name:10}{taken[0].rows:>10}{rate:>10,.0f}{peak:>10.0f}")
    ratios = [pair["walk"].seconds / pair["migrate"].seconds for pair in pairs]
    ratio = statistics.median(ratios)
    shown = ", ".join(f"{each:.2f}" for each in sorted(ratios))
    print(f"migrate is {ratio:.2f} × the walk (pairs: {shown}); bound {BOUND}")
    joining = statistics.median(pair["migrate"].after for pair in pairs)
    print(f"joining the tickets afterwards: {joining:.1f} s")
    return ratio >= BOUND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", default="year")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_one(given.run, given.folder)
    elif not compare(given.scale, given.rounds):
        sys.exit(1)


if __name__ == "__main__":
    main()
