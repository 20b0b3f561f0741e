"""Pacing: what the adaptive pace reaches on targets that it does not know, beside the best fixed
number of connections for each, found by trying them all.

    python -m benchmarks.pacing                fresh targets, and docs/pacing.png
    python -m benchmarks.pacing --seed 7       the same ones again

Bounds: on each target at least 0.9 of the best fixed number, and at most 1 % of requests refused.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pacing_targets import RANGES, Course, Fixed, Spec, course
from migrate.load.pacer import Pacer
from migrate.records import Answer, OpKey, Outcome

CEILING = 64
SECONDS = 120.0
LEAST = 0.9
MOST_REFUSED = 0.01
PLOT = Path(__file__).parents[1] / "docs" / "pacing.png"
_TRIED = (*range(1, 13), *range(14, 33, 2), *range(36, CEILING + 1, 4))
_KEY = OpKey("hpsm", "incident", "IM1", "create", 0)
_SHOWN = ("slots", "rate", "workers", "degrades")


class Adaptive:
    """The load's own pacer, told of answers as the load tells it."""

    def __init__(self) -> None:
        self._pacer = Pacer(CEILING)

    @property
    def limit(self) -> int:
        return self._pacer.limit

    def paused(self, now: float) -> float:
        return self._pacer.paused(now)

    def started(self, now: float) -> float:
        return self._pacer.started(now)

    def not_started(self) -> None:
        self._pacer.not_started()

    def heard(self, latency: float, refused: bool, retry_after: int, now: float) -> None:
        answer, status = (Answer.NOT_SENT, 429) if refused else (Answer.DONE, 201)
        code = "target-busy" if refused else ""
        wait = float(retry_after)
        self._pacer.note(
            Outcome(_KEY, answer, code=code, status=status, wait=wait, latency=latency), now
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One target: the best fixed number of connections, and what the adaptive pace did."""

    spec: Spec
    connections: int
    best: float
    ours: Course

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.best

    @property
    def well(self) -> bool:
        return self.ratio >= LEAST and self.ours.share_refused <= MOST_REFUSED


def compare(spec: Spec, seed: int, seconds: float = SECONDS) -> Compared:
    fixed = {n: course(spec, Fixed(n), seconds, seed).rate for n in _TRIED}
    connections = max(fixed, key=fixed.__getitem__)
    return Compared(spec, connections, fixed[connections], course(spec, Adaptive(), seconds, seed))


def plot(shown: list[Compared], path: Path) -> None:
    """What the pace did on one target of each kind."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix == ".svg" else "agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(shown), 1, figsize=(9, 2.1 * len(shown)), sharex=True)
    for axis, each in zip(axes, shown, strict=True):
        times, limits = zip(*each.ours.limits, strict=True)
        axis.step([*times, each.ours.seconds], [*limits, limits[-1]], where="post", color="#1f5fa8")
        axis.axhline(each.connections, color="#888888", linestyle=":")
        for at in each.ours.refusals:
            axis.axvline(at, ymax=0.08, color="#c0392b", linewidth=1)
        axis.set_ylim(0, max(*limits, each.connections) * 1.25)
        axis.set_ylabel("under way")
        axis.set_title(
            f"{each.spec}: {each.ours.rate:.0f}/s of {each.best:.0f}/s with {each.connections}"
            f" fixed ({each.ratio:.2f}), {each.ours.share_refused:.2%} refused",
            fontsize=9,
            loc="left",
        )
    axes[-1].set_xlabel("seconds  (dotted: the best fixed number; red: refusals)")
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None} if path.suffix == ".png" else None)
    pyplot.close(figure)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=random.randrange(2**31))
    options.add_argument("--targets", type=int, default=60)
    options.add_argument("--quick", action="store_true", help="fewer targets, no bound is held")
    chosen = options.parse_args()
    count = 10 if chosen.quick else chosen.targets
    sys.stdout.write(f"seed {chosen.seed}; {count} targets: {RANGES}\n")
    dice = random.Random(chosen.seed)
    done: list[Compared] = []
    for number in range(count):
        done.append(compare(Spec.drawn(dice), chosen.seed + number))
        if not done[-1].well:
            each = done[-1]
            sys.stdout.write(
                f"  {each.ratio:.2f} of {each.best:.0f}/s with {each.connections} fixed,"
                f" {each.ours.share_refused:.2%} refused: {each.spec}\n"
            )
    for kind in sorted({each.spec.kind for each in done}):
        mine = [each for each in done if each.spec.kind == kind]
        ratios = [each.ratio for each in mine]
        sys.stdout.write(
            f"{kind:9} {len(mine):3}  of the best fixed: {min(ratios):.2f} at least,"
            f" {statistics.median(ratios):.2f} median;"
            f" refused: {max(each.ours.share_refused for each in mine):.2%} at most\n"
        )
    shown = [next((e for e in done if e.spec.kind == kind), None) for kind in _SHOWN]
    plot([each for each in shown if each], PLOT)
    well = sum(each.well for each in done)
    sys.stdout.write(f"{well} of {count} within both bounds; plot in {PLOT.name}\n")
    return 0 if well == count or chosen.quick else 1


if __name__ == "__main__":
    sys.exit(main())
