"""How many decisions cover 95 % of the tickets: in order of impact, and in that of the alphabet.

    python -m benchmarks.impact [--log FILE] [--shuffles 5] [--seed N]

On slices of a real HPSM activity log (21 groups each, drawn by a printed seed; where the log is
missing that is said), on the demo's pilot, and on its whole university. The optimum is the order by
tickets alone, which the order by impact leaves only for what is open and recent.

Exit code 1 when a list, or the slices together, takes more than 0.75 of the decisions that the
alphabet takes, although some order would not, and when any takes more than one above the optimum.
Where no order reaches 0.75, since the tickets are spread too evenly, that is said and counted.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import accumulate
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import real_count
from migrate.simulate.world import GROUPS, NOW, PILOT_UNITS, World
from migrate.transform.impact import Weighed, by_impact

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT.parent / "shared" / "data" / "hpsm-rabobank" / "incident_activity.csv.gz"
SLICE = 21
COVER, SHARE, ABOVE = 0.95, 0.75, 1
"""What is to be covered; the share of the alphabet's decisions, and how many above the optimum."""


def decisions(ordered: Sequence[Weighed]) -> int:
    """The fewest decisions, from the front, that cover enough of the tickets."""
    total = sum(each.tickets for each in ordered)
    covered = accumulate(each.tickets for each in ordered)
    return next(n for n, tickets in enumerate(covered, 1) if tickets >= COVER * total)


def compare(groups: Sequence[Weighed], present: date) -> tuple[int, int, int]:
    """Decisions in order of impact, of the alphabet, and at best."""
    return (
        decisions(by_impact(groups, present)),
        decisions(sorted(groups, key=lambda each: each.source)),
        decisions(sorted(groups, key=lambda each: -each.tickets)),
    )


def of_log(log: Path) -> list[Weighed]:
    """The log's groups: a ticket belongs to its last one, and is open where its last activity, and
    what stands at the same second, closes nothing."""
    rows = real_count.read_log(log)
    last = rows.groupby("Incident ID")["DateStamp"].transform("max")
    ends = rows[rows["DateStamp"] == last]
    closed = set(ends[ends["IncidentActivity_Type"] == "Closed"]["Incident ID"])
    tickets: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for number, group in real_count.current_groups(rows).items():
        tickets[group].append((number not in closed, ""))
    newest = ends.groupby("Assignment Group")["DateStamp"].max()
    return [
        Weighed(group, len(held), sum(is_open for is_open, _ in held), newest.get(group, "")[:10])
        for group, held in sorted(tickets.items())
    ]


def of_demo() -> dict[str, list[Weighed]]:
    """The groups of the pilot's units, and of all units, with the tickets of the small world."""
    world = World(1, "small")
    counts: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for matter in world.matters():
        main = matter.main
        counts[(main.group or "").strip()].append((main.closed is None, main.opened))
    every = {
        name: Weighed(
            name,
            len(counts[name]),
            sum(is_open for is_open, _ in counts[name]),
            _day(max((opened for _, opened in counts[name]), default=0.0)),
        )
        for name in GROUPS
    }
    return {
        "demo: pilot": [each for name, each in every.items() if GROUPS[name].unit in PILOT_UNITS],
        "demo: all units": list(every.values()),
    }


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--shuffles", type=int, default=5, help="Times the log is cut anew.")
    parser.add_argument("--seed", type=int, help="Draws the same slices again.")
    given = parser.parse_args()
    seed = secrets.randbelow(2**32) if given.seed is None else given.seed
    print(f"seed {seed}")
    lists: list[tuple[str, list[Weighed], date]] = []
    if given.log.exists():
        groups, draw = of_log(given.log), Random(seed)
        present = date.fromisoformat(max(each.last for each in groups))
        for turn in range(given.shuffles):
            draw.shuffle(groups)
            for start in range(0, len(groups) - SLICE + 1, SLICE):
                name = f"log {turn + 1}.{start // SLICE + 1}"
                lists.append((name, groups[start : start + SLICE], present))
    else:
        print(f"SKIPPED: the real log; {given.log} is missing (give another with --log)")
    lists += [(name, found, NOW.date()) for name, found in of_demo().items()]
    print(f"{'':16}{'groups':>8}{'tickets':>9}{'impact':>8}{'alphabet':>10}{'best':>6}{'share':>7}")
    missed, hopeless = 0, 0
    sums = [0, 0, 0]
    for name, found, present in lists:
        counts = compare(found, present)
        mark = ""
        if counts[0] > counts[2] + ABOVE:
            mark, missed = "  more than one above the best", missed + 1
        elif counts[0] > SHARE * counts[1]:
            if counts[2] > SHARE * counts[1]:
                mark, hopeless = "  no order could", hopeless + 1
            else:
                mark, missed = "  missed", missed + 1
        if name.startswith("log"):
            sums = [a + b for a, b in zip(sums, counts, strict=True)]
        _row(name, len(found), sum(each.tickets for each in found), counts, mark)
    if any(sums):
        bad = sums[0] > SHARE * sums[1]
        missed += bad
        _row("log: all slices", 0, 0, (sums[0], sums[1], sums[2]), "  missed" if bad else "")
    print(f"{missed} missed; {hopeless} lists in which no order reaches {SHARE}.")
    sys.exit(bool(missed))


def _row(name: str, groups: int, tickets: int, counts: tuple[int, int, int], mark: str) -> None:
    impact, alphabet, best = counts
    share = impact / alphabet
    size = f"{groups or '':>8}{tickets or '':>9}"
    print(f"{name:16}{size}{impact:>8}{alphabet:>10}{best:>6}{share:>7.2f}{mark}")


if __name__ == "__main__":
    main()
