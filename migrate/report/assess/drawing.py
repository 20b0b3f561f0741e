"""How the report's charts are drawn: dark against light, to be told apart in grey too."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from migrate.report.assess.times import QUANTILES
from migrate.report.assess.wording import Words

DARK, LIGHT, ACCENT, INK = "#0b4f7d", "#9cc7e4", "#d55e00", "#36424a"
"""One blue is thrice as dark as the other; the orange is told from both by every kind of sight."""

_WIDTH, HEIGHT = 5.4, 2.7
"""Inches. Small against its letters, so that it can still be read on a telephone."""

_TICKS = (60, 600, 3_600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400)
_LONG = 28
_SIDE_BY_SIDE = 6
"""What stands side by side, and still has room for its words."""


def canvas(height: float = HEIGHT) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def noted(axes: Axes, text: str, at: tuple[float, float], away: tuple[float, float]) -> None:
    """A value beside what it is the value of, `away` in points."""
    across, up = away
    axes.annotate(
        text,
        at,
        xytext=away,
        textcoords="offset points",
        ha="center" if not across else "left",
        va="center" if across else "bottom" if up >= 0 else "top",
        fontsize=9,
        color=INK,
        zorder=5,
    )


def legend(axes: Axes, names: dict[str, str], *, above: bool = False) -> None:
    """`names` is colour → what it stands for. Below on the right, or above the chart."""
    patches, labels = [Patch(color=color) for color in names], list(names.values())
    if above:
        axes.legend(
            patches,
            labels,
            loc="lower left",
            ncols=len(names),
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
        )
    else:
        axes.legend(patches, labels, loc="lower right")


def columns(
    axes: Axes, labels: Sequence[str], shares: Sequence[float], colors: Sequence[str]
) -> None:
    """Bars that stand on the years or numbers in `labels`, as wide as few bars should be."""
    places = range(len(labels))
    axes.bar(places, list(shares), color=list(colors), width=min(0.7, 0.16 * len(labels) + 0.2))
    axes.set_xticks(places, thinned(labels))
    axes.set_xlim(-0.7, len(labels) - 0.3)
    axes.grid(axis="y")
    axes.tick_params(axis="x", length=0)


def ranges(axes: Axes, values: Sequence[Sequence[float]], words: Words, *, across: bool) -> None:
    """Quantiles in seconds on a logarithmic axis: eight in ten as a line, the middle half as a bar,
    the median as a dot with its value. `across`: lying, the first above."""
    named = [
        dict(zip(QUANTILES, (max(value, 1.0) for value in row), strict=True)) for row in values
    ]
    places = list(range(len(named)))
    for place, row in zip(places[::-1] if across else places, named, strict=True):
        for ends, color, width, order in (
            ((row[0.10], row[0.90]), DARK, 1.6, 2),
            ((row[0.25], row[0.75]), LIGHT, 13, 3),
        ):
            line = (ends, (place, place))
            axes.plot(
                *(line if across else line[::-1]),
                color=color,
                linewidth=width,
                solid_capstyle="butt",
                zorder=order,
            )
        spot = (row[0.50], float(place)) if across else (float(place), row[0.50])
        axes.plot(*spot, marker="o", color=ACCENT, markersize=6.5, mec="white", zorder=4)
        if across or len(named) <= _SIDE_BY_SIDE:
            noted(axes, words.duration(row[0.50]), spot, (0, 7) if across else (12, 0))
    reach = [row[q] for row in named for q in (0.10, 0.90)]
    low, high = min(reach) / 1.8, max(reach) * 1.8
    ticks = _apart([tick for tick in _TICKS if low <= tick <= high], high / low, across)
    axis = axes.xaxis if across else axes.yaxis
    (axes.set_xscale if across else axes.set_yscale)("log")
    (axes.set_xlim if across else axes.set_ylim)(low, high)
    axis.set_ticks(ticks, [words.duration(tick) for tick in ticks])
    axis.set_ticks([], minor=True)
    axes.grid(axis="x" if across else "y")
    axes.tick_params(axis="y" if across else "x", length=0)
    (axes.set_ylim if across else axes.set_xlim)(-0.6, len(named) - 0.4)


def _apart(ticks: Sequence[int], span: float, across: bool) -> list[int]:
    """The ticks whose words have room: side by side they need more of it than one above another."""
    room = (0.2 if across else 0.09) * math.log(span)
    kept: list[int] = []
    for tick in ticks:
        if not kept or math.log(tick / kept[-1]) >= room:
            kept.append(tick)
    return kept


def thinned(labels: Sequence[str]) -> list[str]:
    """Every second label, or fewer, where there is no room for all of them; the last one stays."""
    step = -(-len(labels) // (_SIDE_BY_SIDE + 2))
    last = len(labels) - 1
    return [label if (last - at) % step == 0 else "" for at, label in enumerate(labels)]


def shortened(name: str) -> str:
    """Without its middle, where it is long: long names often differ at their ends only."""
    half = (_LONG - 1) // 2
    return name if len(name) <= _LONG else f"{name[:half].rstrip()}…{name[-half:].lstrip()}"
