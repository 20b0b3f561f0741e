"""Rows a second from exported lists into the snapshot, beside pandas (CSV) and plain lxml (XML).

    python -m benchmarks.exports [--scale year] [--rounds 5] [--format csv|xml]

The peers read the same lists, make the same values of them (times in GMT, logicals, seconds,
numbers, arrays as lines) and write them into a new SQLite file; they look for nothing that is wrong
and remember nothing. Each takes turns with migrate, in a process of its own, and the median of the
pairs' ratios is held to the bound. Exit code 1 when one is not met, or when values are missing.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

OUT = Path(__file__).resolve().parent / "out"
PEERS = {"csv": "pandas", "xml": "lxml"}
BOUNDS = {"pandas": 0.9, "lxml": 0.9}
LISTS = ("interactions", "incidents", "activities", "interaction_activities")
CHUNK = 5000
NO_TIME_FROM = "3900-01-01"
"""Later times are none: HPSM counts durations from the year 4000."""


class Figure(NamedTuple):
    """`seconds` from an interpreter with everything imported until the last row was written;
    `after` is what migrate alone does then: it joins the tickets. `values` are the cells that are
    not empty. `peak_mb` is that of all processes together."""

    rows: int
    values: int
    seconds: float
    after: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


class Listed(NamedTuple):
    """A list as migrate.yaml describes it: `columns` is our field → (its name there, our type)."""

    name: str
    kind: str
    path: Path
    form: Any
    columns: dict[str, tuple[str, str]]


def lists(folder: Path) -> Iterator[Listed]:
    from migrate.config import SourceConfig
    from migrate.extract.aliases import tables

    source = yaml.safe_load((folder / "migrate.yaml").read_text(encoding="utf-8"))["source"]
    config = SourceConfig.model_validate(source)
    for name, table in tables(config).items():
        if name in LISTS:
            form = config.files[name]
            given = config.tables[name].fields
            columns = {n: (c.column, c.type) for n, c in table.fields.items() if n in given}
            yield Listed(name, table.kind, folder / str(form.path), form, columns)


def run_migrate(folder: Path, out: Path) -> tuple[float, float]:
    from datetime import UTC, datetime

    from migrate.config import SourceConfig
    from migrate.extract.exports import ExportSource
    from migrate.extract.run import extract
    from migrate.state.snapshot import Snapshot

    source = yaml.safe_load((folder / "migrate.yaml").read_text(encoding="utf-8"))["source"]
    given = {key: {n: source[key][n] for n in LISTS} for key in ("files", "tables")}
    config = SourceConfig.model_validate({"type": "exports", **given, "kinds": [*LISTS[:3]]})
    started = written = time.perf_counter()

    def progress(kind: str, read: int, total: int | None) -> None:
        nonlocal written
        written = time.perf_counter()

    with Snapshot(out) as snapshot:
        extract(
            ExportSource(config, folder),
            snapshot,
            full=True,
            now=datetime.now(UTC),
            progress=progress,
        )
        return written - started, time.perf_counter() - written


def run_pandas(folder: Path, out: Path) -> tuple[float, float]:
    import pandas as pd

    def typed(values: Any, type_: str, form: Any) -> Any:
        match type_:
            case "time":
                times = pd.to_datetime(values, format=form.dates, errors="coerce")
                first = [True] * len(times)
                times = times.where(times < NO_TIME_FROM)
                local = times.dt.tz_localize(form.time_zone, first, "shift_forward")
                return local.dt.tz_convert("UTC").dt.strftime("%Y-%m-%d %H:%M:%S")
            case "duration":
                dates = pd.to_datetime(values, format=form.dates, errors="coerce")
                return (dates - pd.Timestamp("4000-01-01").as_unit("s")).dt.total_seconds()
            case "logical":
                return values.map({"true": True, "false": False})
            case "number":
                return pd.to_numeric(values.str.replace(form.decimal, "."), errors="coerce")
        return values

    wanted = list(lists(folder))
    started = time.perf_counter()
    with sqlite3.connect(out) as database:
        for listed in wanted:
            chunks = pd.read_csv(
                listed.path,
                sep=listed.form.separator,
                encoding=listed.form.encoding,
                dtype=str,
                keep_default_na=False,
                na_values=listed.form.null,
                usecols=[column for column, _ in listed.columns.values()],
                chunksize=CHUNK,
            )
            for chunk in chunks:
                made = {
                    name: typed(chunk[column], type_, listed.form)
                    for name, (column, type_) in listed.columns.items()
                }
                pd.DataFrame(made).to_sql(listed.name, database, if_exists="append", index=False)
    return time.perf_counter() - started, 0.0


def run_lxml(folder: Path, out: Path) -> tuple[float, float]:
    from datetime import UTC, datetime

    from lxml import etree

    epoch = datetime(4000, 1, 1, tzinfo=UTC)

    def time_(text: str) -> str | None:
        try:
            made = datetime.fromisoformat(text).astimezone(UTC).isoformat(" ", "seconds")[:19]
        except ValueError:
            return None
        return made if made < NO_TIME_FROM else None

    def seconds(text: str) -> int:
        return round((datetime.fromisoformat(text).replace(tzinfo=UTC) - epoch).total_seconds())

    typed: dict[str, Callable[[str], Any]] = {
        "time": time_,
        "duration": seconds,
        "logical": {"true": True, "false": False}.get,
        "number": float,
    }
    wanted = list(lists(folder))
    started = time.perf_counter()
    with sqlite3.connect(out) as database:
        for listed in wanted:
            columns = [(column, typed.get(type_)) for column, type_ in listed.columns.values()]
            database.execute(
                f"CREATE TABLE {listed.name} ({', '.join(map(quoted, listed.columns))})"
            )
            insert = f"INSERT INTO {listed.name} VALUES ({', '.join('?' * len(columns))})"
            rows = []
            for _, element in etree.iterparse(listed.path, tag=listed.form.record):
                found = {
                    child.tag: "\n".join([line.text or "" for line in child])
                    if len(child)
                    else child.text
                    for child in element
                }
                row = []
                for column, make in columns:
                    text = found.get(column)
                    row.append(text if make is None or text is None else make(text))
                rows.append(row)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                if len(rows) == CHUNK:
                    database.executemany(insert, rows)
                    rows = []
            database.executemany(insert, rows)
    return time.perf_counter() - started, 0.0


CONTENDERS = {"migrate": run_migrate, "pandas": run_pandas, "lxml": run_lxml}


def quoted(name: str) -> str:
    return f'"{name}"'


def counted(out: Path, folder: Path) -> tuple[int, int]:
    """Rows, and values that are not NULL, in whatever a contender wrote."""
    rows = values = 0
    with sqlite3.connect(out) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        for listed in lists(folder):
            if (table := listed.name if listed.name in names else listed.kind) in names:
                names.discard(table)
                columns = ", ".join(f"count({quoted(name)})" for name in listed.columns)
                count, *filled = database.execute(
                    f"SELECT count(*), {columns} FROM {quoted(table)}"
                ).fetchone()
                rows, values = rows + count, values + sum(filled)
    return rows, values


def make_exports(scale: str) -> Path:
    folder = OUT / f"exports-{scale}"
    if not folder.exists():
        from migrate.simulate.hpsm import make_database
        from migrate.simulate.hpsm.exports import write_exports
        from migrate.simulate.world import World

        OUT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=OUT) as making:
            url = f"sqlite:///{making}/hpsm.db"
            make_database(url, World(1, scale))
            made = Path(making) / "exports"
            write_exports(url, made, formats=tuple(PEERS))
            made.rename(folder)
    return folder


def measure(name: str, folder: Path) -> Figure:
    with tempfile.TemporaryDirectory(dir=OUT) as out:
        run = ["--run", name, "--source", str(folder), "--out", f"{out}/{name}.db"]
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.exports", *run],
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode:
        sys.exit(f"{name} failed:\n{answer.stderr[-2000:]}")
    return Figure(*json.loads(answer.stdout.splitlines()[-1]))


def run_one(name: str, folder: Path, out: Path) -> None:
    seconds, after = CONTENDERS[name](folder, out)
    peak = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps(Figure(*counted(out, folder), seconds, after, peak / 1024)))


def compare(format_: str, folder: Path, rounds: int) -> bool:
    peer = PEERS[format_]
    size = sum(listed.path.stat().st_size for listed in lists(folder))
    print(f"\n{format_}, {size / 1e6:,.0f} MB")
    pairs = [{name: measure(name, folder) for name in ("migrate", peer)} for _ in range(rounds)]
    print(f"{'':10}{'rows':>10}{'values':>12}{'rows/s':>10}{'peak MB':>10}")
    for name in ("migrate", peer):
        taken = [pair[name] for pair in pairs]
        rate = statistics.median(figure.rate for figure in taken)
        peak = max(figure.peak_mb for figure in taken)
        rows, values = taken[0].rows, taken[0].values
        print(f"{name:10}{rows:>10}{values:>12}{rate:>10,.0f}{peak:>10.0f}")
    ratios = [pair[peer].seconds / pair["migrate"].seconds for pair in pairs]
    ratio, bound = statistics.median(ratios), BOUNDS[peer]
    shown = ", ".join(f"{each:.2f}" for each in sorted(ratios))
    print(f"migrate is {ratio:.2f} × {peer} (pairs: {shown}); bound {bound}")
    joining = statistics.median(pair["migrate"].after for pair in pairs)
    print(f"joining the tickets afterwards: {joining:.1f} s")
    whole = all(pair["migrate"][:2] == pair[peer][:2] for pair in pairs)
    if not whole:
        print("the two did not write the same values")
    return whole and ratio >= bound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", default="year")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--format", choices=PEERS, action="append")
    parser.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_one(given.run, given.source, given.out)
        return
    folder = make_exports(given.scale)
    good = [compare(name, folder / name, given.rounds) for name in given.format or PEERS]
    if not all(good):
        sys.exit(1)


if __name__ == "__main__":
    main()
