"""Ten thousand attachments through `migrate extract`: every good one whole, every bad one told.

    python -m benchmarks.attachments [--files 10000] [--keep]

Sizes are log-normal from 0 bytes, ten of 50 MB, cut into 1 to 2,000 segments, compressed and not,
with every length code, some broken in every way that is known. Each content is read again from the
store. Takes 4 GB of disk under benchmarks/out. Exit code 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.attachment_world import Made, make

OUT = Path(__file__).resolve().parent / "out"
MOST_MB = 200
"""What all processes that run at once may take together, each counted at its own peak."""
LARGE = [50_000_000] * 10
_SOME_FAILED = 3
_SAMPLE = 0.02


class Extracted(NamedTuple):
    """One run of `migrate extract`: its seconds, the peak of the processes that ran at once, how
    many those were, and how many broken files its problems tell of."""

    seconds: float
    peak_mb: float
    processes: int
    told: int


def extract(folder: Path, database: Path) -> Extracted:
    """Run it in a workspace in `folder`, as an operator would."""
    (folder / "migrate.yaml").write_text(
        f"source: {{type: sql, url: 'sqlite:///{database}', kinds: [attachments]}}\n"
        "target: {url: 'http://127.0.0.1:9'}\n",
        encoding="utf-8",
    )
    started = time.perf_counter()
    with (folder / "extract.json").open("w", encoding="utf-8") as answer:
        process = subprocess.Popen(
            [sys.executable, "-m", "migrate", "-w", folder, "--json", "extract"], stdout=answer
        )
        peak, most = 0, 0
        while process.poll() is None:
            peaks = [_peak_kb(pid) for pid in _family(process.pid)]
            peak, most = max(peak, sum(peaks)), max(most, len(peaks))
            time.sleep(_SAMPLE)
    seconds = time.perf_counter() - started
    if process.returncode not in (0, _SOME_FAILED):
        sys.exit(f"migrate extract ended with {process.returncode}")
    said = json.loads((folder / "extract.json").read_text(encoding="utf-8"))
    told = sum(map(_told, said["problems"]))
    return Extracted(seconds, peak / 1024, most, told)


def _told(problem: dict[str, str]) -> int:
    """How many broken files a problem tells of: one, or `and 7 more of the same`."""
    if problem["code"] != "attachment-broken":
        return 0
    first, _, rest = problem["message"].partition(" ")
    return int(rest.split()[0]) if first == "and" else 1


def wrong(made: Iterable[Made], folder: Path) -> dict[str, int]:
    """What is not as it was put in, counted by what is wrong; nothing where all is well."""
    with sqlite3.connect(folder / "state" / "snapshot.db") as snapshot:
        rows = snapshot.execute(
            "SELECT uid, sha256, content_size, segments, broken FROM attachments"
            " WHERE until_run IS NULL"
        ).fetchall()
    found = {uid: tuple(rest) for uid, *rest in rows}
    seen: Counter[str] = Counter()
    names = set()
    for file in made:
        digest, size, segments, broken = found.pop(file.uid, (None,) * 4)
        if digest is None and broken is None:
            seen["files that are missing"] += 1
        elif file.sha256 is None:
            seen["broken files that passed for good"] += digest is not None
        elif digest != file.sha256 or size != file.size or segments != file.segments:
            seen["good files that are something else"] += 1
        if digest is not None:
            names.add(digest)
    seen["files that were not there"] = len(found)
    blobs = folder / "state" / "blobs"
    kept = {path.name: path for path in blobs.rglob("*") if path.is_file()}
    seen["contents that nobody names"] = len(kept.keys() - names)
    seen["contents that are not kept"] = len(names - kept.keys())
    seen["contents that are not what they are called"] = sum(
        _digest(path) != name for name, path in kept.items()
    )
    return {what: number for what, number in seen.items() if number}


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _peak_kb(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--keep", action="store_true", help="leave the files under benchmarks/out")
    given = parser.parse_args()
    folder = OUT / "attachments"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = folder / "hpsm.db"
    started = time.perf_counter()
    made = list(make(database, given.files, LARGE))
    total = sum(file.size for file in made)
    bad = sum(file.sha256 is None for file in made)
    segments = sum(file.segments for file in made)
    print(
        f"made      {len(made):,} files, {total / 1e9:.2f} GB, {segments:,} segments,"
        f" {bad} broken, in {time.perf_counter() - started:.0f} s"
    )
    figures = extract(folder, database)
    print(
        f"extract   {figures.seconds:.0f} s, {total / 1e6 / figures.seconds:.0f} MB/s,"
        f" {segments / figures.seconds:,.0f} segments/s"
    )
    print(
        f"memory    {figures.peak_mb:.0f} MB at the peak of {figures.processes} processes together"
        f" (bound {MOST_MB})"
    )
    seen = wrong(made, folder)
    if figures.told != bad:
        seen[f"broken files of which a problem tells, where there are {bad}"] = figures.told
    print(f"whole     {len(made) - bad:,} by SHA-256, {bad} reported" if not seen else "WRONG")
    for what, number in seen.items():
        print(f"  {number} {what}")
    if not given.keep:
        shutil.rmtree(folder)
    if seen or figures.peak_mb >= MOST_MB:
        sys.exit(1)


if __name__ == "__main__":
    main()
