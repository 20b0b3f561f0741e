"""The main job on a real HPSM activity log: extract, assess, load, verify, and an account of it.

    python -m benchmarks.real [--log FILE] [--folder real] [--style folded] [--unit unit-11]

Twice over: with the history folded, and with an entry per activity. What TOPdesk then holds is
counted in its own database and compared, ticket by ticket and activity by activity, with what
pandas finds in the log; so is every figure of `migrate assess`. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import real_assess, real_count
from benchmarks.real_workspace import SPRINT, unit_names, write_workspace
from benchmarks.simulator import PASSWORD, topdesk

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT.parent / "shared" / "data" / "hpsm-rabobank" / "incident_activity.csv.gz"
STYLES = ("folded", "entries")


def migrate(workspace: Path, *arguments: str) -> None:
    """One command as a person would type it. Leaves this program where it does not end well."""
    print(f"\n── migrate {' '.join(arguments)}", flush=True)
    started = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "migrate", "--workspace", str(workspace), *arguments],
        env={**os.environ, "TOPDESK_PASSWORD": PASSWORD, "COLUMNS": "120"},
        check=False,
    )
    print(f"   {time.perf_counter() - started:.1f} s", flush=True)
    if ended.returncode:
        sys.exit(f"migrate {arguments[0]} ended with {ended.returncode}")


def move(folder: Path, log: Path, style: str, chosen: list[str] | None) -> bool:
    """Move the log's tickets (those of the `chosen` units) and say whether all of them is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = real_count.read_log(log)
    units = unit_names(list(rows["Assignment Group"].unique()))
    units = {key: groups for key, groups in units.items() if chosen is None or key in chosen}
    of_units = {group for groups in units.values() for group in groups}
    groups = real_count.current_groups(rows)
    wanted = set(groups.index[groups.isin(of_units)])
    expected = {n: t for n, t in real_count.tickets_of_log(rows).items() if n in wanted}
    story = next(n for n, t in expected.items() if t.interaction and t.activities.total() == 6)

    with topdesk(folder / "topdesk.db", "--empty") as simulator:
        write_workspace(folder, log, simulator.url, style, units)
        migrate(folder, "extract")
        migrate(folder, "assess")
        migrate(folder, "map", "approve", "--by", "rehearsal@example.org")
        migrate(folder, "map", "check", "--sprint", SPRINT)
        migrate(folder, "load", "--sprint", SPRINT)
        migrate(folder, "verify", "--sprint", SPRINT)
        migrate(folder, "status", "--sprint", SPRINT)
        migrate(folder, "explain", story)
        migrate(folder, "lookup", expected[story].interaction)
        counts = simulator.control("census")["counts"]
    held = real_count.held_by(folder / "topdesk.db")
    good = assessed(folder / "assess" / "assess.json", rows)
    return account(style, expected, held, counts) and good


def assessed(report: Path, rows: pandas.DataFrame) -> bool:
    """Print each figure of the assessment beside pandas'; True where they are the same."""
    print(f"\n── The assessment\n{'':44}{'log':>16}{'assess':>16}")
    same = True
    for name, expected, shown in real_assess.compare(report, rows):
        same &= expected == shown
        told = [
            f"{len(value)} figures" if isinstance(value, dict) else value
            for value in (expected, shown)
        ]
        mark = "" if expected == shown else "  differs"
        print(f"{name:44}{told[0]!s:>16}{told[1]!s:>16}{mark}")
    return same


def account(
    style: str,
    expected: dict[str, real_count.Ticket],
    held: real_count.Held,
    counts: dict[str, int],
) -> bool:
    """Print what was expected beside what is there; True where they are the same."""
    print(f"\n── The account, history {style}\n{'':44}{'log':>9}{'TOPdesk':>9}")
    activities = sum(ticket.activities.total() for ticket in expected.values())
    shown = sum(ticket.activities.total() for ticket in held.tickets.values())
    with_call = sum(bool(ticket.interaction) for ticket in expected.values())
    calls = sum(bool(ticket.interaction) for ticket in held.tickets.values())
    tickets = counts.get("incident", 0) - held.probes
    print(f"{'tickets':44}{len(expected):>9}{tickets:>9}")
    print(f"{'probe tickets':44}{'':>9}{held.probes:>9}")
    print(f"{'activities':44}{activities:>9}{shown:>9}")
    print(f"{'tickets with an interaction':44}{with_call:>9}{calls:>9}")
    print(f"{'history entries':44}{'':>9}{held.entries:>9}")
    wrong = real_count.compare(expected, held)
    for name, number in wrong.items():
        print(f"{name:44}{'':>9}{number:>9}")
    return not any(wrong.values()) and tickets == len(expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--folder", type=Path, default=ROOT / "real")
    parser.add_argument("--style", choices=STYLES, help="Only this; else one after the other.")
    parser.add_argument("--unit", action="append", help="Only this; may be repeated.")
    given = parser.parse_args()
    if not given.log.exists():
        sys.exit(f"needs the activity log {given.log}; give another with --log")
    started = time.perf_counter()
    styles = (given.style,) if given.style else STYLES
    good = [move(given.folder / style, given.log, style, given.unit) for style in styles]
    print(f"\n{time.perf_counter() - started:.0f} s in all.")
    if not all(good):
        sys.exit(1)


if __name__ == "__main__":
    main()
