"""Rows a second from an invented HPSM into the snapshot, beside dlt and petl in the same run.

    python benchmarks/extract.py [--scale year] [--rounds 3]

Every contender reads the same columns of the same tables into a new SQLite file, in a process of
its own. dlt and petl come from the `bench` extra, or from a virtual environment that is made under
benchmarks/out. Exit code 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
BOUNDS = {"dlt": 3.5, "petl": 0.8}
BATCH = 5000
LEFT_OUT = ("attachments",)
"""Kinds that the others cannot read: files in segments."""

Columns = Mapping[str, list[str]]
"""Table → the columns to read."""


class Figure(NamedTuple):
    """`seconds` until the last record was written; `after` is what migrate alone does then: it
    joins the tickets. `peak_mb` is that of all processes together."""

    rows: int
    seconds: float
    after: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def run_migrate(source: Path, columns: Columns, folder: Path) -> tuple[int, float]:
    from datetime import UTC, datetime

    from migrate.config import SourceConfig
    from migrate.extract.run import extract
    from migrate.extract.sql import SqlSource
    from migrate.state.snapshot import Snapshot

    config = SourceConfig(type="sql", url=f"sqlite:///{source}")
    written = 0.0

    def progress(kind: str, read: int, total: int | None) -> None:
        nonlocal written
        written = time.perf_counter()

    with Snapshot(folder / "snapshot.db") as snapshot:
        hpsm, now = SqlSource(config, folder), datetime.now(UTC)
        kinds = [info.kind for info in hpsm.describe() if info.kind not in LEFT_OUT]
        report = extract(hpsm, snapshot, kinds, full=True, now=now, progress=progress)
        return sum(kind.read for kind in report.kinds), time.perf_counter() - written


def run_petl(source: Path, columns: Columns, folder: Path) -> tuple[int, float]:
    import petl

    reader, writer = sqlite3.connect(source), sqlite3.connect(folder / "petl.db")
    for table, names in columns.items():
        listed = ", ".join(f'"{name}"' for name in names)
        writer.execute(f'CREATE TABLE "{table}" ({listed})')
        petl.todb(petl.fromdb(reader, f'SELECT {listed} FROM "{table}"'), writer, table)
    writer.commit()
    counted = (writer.execute(f'SELECT count(*) FROM "{table}"').fetchone() for table in columns)
    return sum(count for (count,) in counted), 0.0


def run_dlt(source: Path, columns: Columns, folder: Path) -> tuple[int, float]:
    import dlt
    from dlt.sources.sql_database import sql_table

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db"),
        dataset_name="hpsm",
    )
    tables = [
        sql_table(
            f"sqlite:///{source}",
            table=table,
            included_columns=names,
            backend="pyarrow",
            chunk_size=BATCH,
        )
        for table, names in columns.items()
    ]
    pipeline.run(tables)
    counted = pipeline.last_trace.last_normalize_info.row_counts
    return sum(count for table, count in counted.items() if not table.startswith("_dlt")), 0.0


CONTENDERS: dict[str, Callable[[Path, Columns, Path], tuple[int, float]]] = {
    "migrate": run_migrate,
    "petl": run_petl,
    "dlt": run_dlt,
}


def columns_of(source: Path) -> dict[str, list[str]]:
    """What migrate reads of each table, so that the others read the same."""
    from migrate.extract.aliases import DEFAULTS

    with sqlite3.connect(source) as database:
        there = {
            table: {row[1] for row in database.execute(f'PRAGMA table_info("{table}")')}
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    return {
        table.table: [
            column.column for column in table.fields.values() if column.column in there[table.table]
        ]
        for table in DEFAULTS.values()
        if table.table in there and table.kind not in LEFT_OUT
    }


def make_source(scale: str) -> Path:
    source = OUT / f"hpsm-{scale}.db"
    if not source.exists():
        from migrate.simulate.hpsm.database import make_database
        from migrate.simulate.world import World

        OUT.mkdir(exist_ok=True)
        making = source.with_suffix(".making")
        making.unlink(missing_ok=True)
        make_database(f"sqlite:///{making}", World(1, scale))
        making.rename(source)
    return source


def python_with_peers() -> str:
    """An interpreter that has dlt and petl."""
    if all(importlib.util.find_spec(name) for name in ("dlt", "petl", "pyarrow")):
        return sys.executable
    folder = OUT / "venv"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        wanted = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "-q"]
        subprocess.run([*install, *wanted["project"]["optional-dependencies"]["bench"]], check=True)
        (folder / "made").touch()
    return str(python)


def measure(name: str, source: Path, columns: Columns, python: str) -> Figure:
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        answer = subprocess.run(
            [python, __file__, "--run", name, "--source", source, "--folder", folder],
            input=json.dumps(columns),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false"},
        )
    if answer.returncode:
        sys.exit(f"{name} failed:\n{answer.stderr[-2000:]}")
    return Figure(*json.loads(answer.stdout.splitlines()[-1]))


def run_one(name: str, source: Path, folder: Path) -> None:
    columns = json.load(sys.stdin)
    started = time.perf_counter()
    rows, after = CONTENDERS[name](source, columns, folder)
    seconds = time.perf_counter() - started - after
    peak = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps(Figure(rows, seconds, after, peak / 1024)))


def compare(scale: str, rounds: int) -> bool:
    source = make_source(scale)
    columns = columns_of(source)
    peers = python_with_peers()
    figures: dict[str, list[Figure]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, taken in figures.items():
            taken.append(
                measure(name, source, columns, sys.executable if name == "migrate" else peers)
            )
    rates = {name: statistics.median(f.rate for f in taken) for name, taken in figures.items()}
    print(f"{'':10}{'rows':>10}{'rows/s':>10}{'peak MB':>10}{'migrate is':>13}{'bound':>8}")
    for name, taken in figures.items():
        ratio = f"{rates['migrate'] / rates[name]:.2f} x"
        bound = f"{BOUNDS[name]:.1f}" if name in BOUNDS else ""
        peak = max(f.peak_mb for f in taken)
        print(
            f"{name:10}{taken[0].rows:>10}{rates[name]:>10,.0f}{peak:>10.0f}{ratio:>13}{bound:>8}"
        )
    joining = statistics.median(figure.after for figure in figures["migrate"])
    print(f"joining the tickets afterwards: {joining:.1f} s")
    return all(rates["migrate"] >= bound * rates[name] for name, bound in BOUNDS.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", default="year")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_one(given.run, given.source, given.folder)
    elif not compare(given.scale, given.rounds):
        sys.exit(1)


if __name__ == "__main__":
    main()
