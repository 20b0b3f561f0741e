"""The report's charts, each with a description and a table of what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas
from matplotlib.figure import Figure

from migrate.report.assess.assess import Assessment
from migrate.report.assess.baseline import MANY, Share
from migrate.report.assess.drawing import (
    DARK,
    LIGHT,
    canvas,
    columns,
    legend,
    noted,
    ranges,
    shortened,
    thinned,
)
from migrate.report.assess.svg import drawn, styled
from migrate.report.assess.tables import Table, heading
from migrate.report.assess.times import QUANTILES, Quantiles
from migrate.report.assess.wording import Words

_GROUPS = 12
_BARS = 48
"""Months; more of them become an area."""

_FEW = 10
_P90 = QUANTILES.index(0.90)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart, and its figures as a table."""

    id: str
    title: str
    svg: str
    table: Table


def charts(found: Assessment, words: Words) -> list[Chart]:
    """The charts that there are figures for."""
    baseline = found.baseline
    made = (
        _volume(baseline.months, words),
        _groups(found.inventory.groups, words),
        _first_line(*baseline.solved_at_once, words),
        _times(baseline.times, words),
        _years(baseline.times, words),
        _reassigned(baseline.reassignments, baseline.reassigned, words),
    )
    return [chart for chart in made if chart is not None]


def _finished(
    figure: Figure,
    name: str,
    words: Words,
    head: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    **told: str,
) -> Chart:
    title = words(f"chart.{name}.title")
    svg = drawn(figure, f"chart-{name}", title, words(f"chart.{name}.desc", **told))
    table = Table("", heading(words, *head), tuple(rows), frozenset(range(1, len(head))))
    return Chart(name, title, svg, table)


def _volume(months: pandas.DataFrame, words: Words) -> Chart | None:
    if months.empty:
        return None
    sums = months.groupby("month")[["tickets", "escalated"]].sum()
    span = pandas.period_range(sums.index.min(), sums.index.max(), freq="M").strftime("%Y-%m")
    sums = sums.reindex(span, fill_value=0)
    escalated, rest = sums["escalated"], sums["tickets"] - sums["escalated"]
    places = range(len(sums))
    with styled():
        figure, axes = canvas()
        if len(sums) > _BARS:
            axes.stackplot(places, escalated, rest, colors=[DARK, LIGHT], step="mid")
        else:
            axes.bar(places, escalated, color=DARK, width=0.85)
            axes.bar(places, rest, bottom=escalated, color=LIGHT, width=0.85)
        if escalated.any() and rest.any():
            first, then = (words(f"chart.volume.{name}") for name in ("first_line", "escalated"))
            legend(axes, {LIGHT: first, DARK: then}, above=True)
        starts = [place for place in places if span[place].endswith("-01")] or [0]
        axes.set_xticks(starts, [span[place][:4] for place in starts])
        axes.set_xlim(-0.6, len(sums) - 0.4)
        axes.set_ylabel(words("chart.volume.axis"))
        axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
        axes.grid(axis="y")
    by_year = sums.groupby(sums.index.str[:4]).sum()
    rows = [
        (str(year), words.number(tickets), words.number(incidents))
        for year, tickets, incidents in by_year.itertuples()
    ]
    return _finished(
        figure,
        "volume",
        words,
        ("column.year", "column.tickets", "chart.volume.escalated"),
        rows,
        total=words.number(sums["tickets"].sum()),
        first=words.month(span[0]),
        last=words.month(span[-1]),
        top=words.month(str(sums["tickets"].idxmax())),
        most=words.number(sums["tickets"].max()),
    )


def _groups(groups: pandas.DataFrame, words: Words) -> Chart | None:
    top = groups[groups["tickets"] > 0].head(_GROUPS)
    if top.empty:
        return None
    places = list(range(len(top)))[::-1]
    still, done = top["open"], top["tickets"] - top["open"]
    with styled():
        figure, axes = canvas(0.6 + 0.25 * len(top))
        axes.barh(places, done, color=LIGHT, height=0.72)
        axes.barh(places, still, left=done, color=DARK, height=0.72)
        for place, tickets in zip(places, top["tickets"], strict=True):
            noted(axes, words.number(tickets), (tickets, place), (4, 0))
        axes.set_yticks(places, [shortened(name) for name in top["name"]])
        axes.margins(x=0.14)
        names = {LIGHT: words("chart.groups.closed"), DARK: words("chart.groups.open")}
        legend(axes, names)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
        axes.grid(axis="x")
    rows = [
        (str(name), words.number(tickets), words.number(open_))
        for name, tickets, open_ in top[["name", "tickets", "open"]].itertuples(index=False)
    ]
    told = words.several([f"{name} ({tickets})" for name, tickets, _ in rows[:3]])
    head = ("column.group", "column.tickets", "column.open")
    return _finished(figure, "groups", words, head, rows, top=told)


def _first_line(name: str, share: Share, words: Words) -> Chart | None:
    years = share.years
    if years is None or years.empty:
        return None
    values = [
        float(part / whole) for part, whole in zip(years["part"], years["whole"], strict=True)
    ]
    labels = [str(year) for year in years["year"]]
    with styled():
        figure, axes = canvas()
        columns(axes, labels, values, [LIGHT] * len(labels))
        for place, value in enumerate(values):
            noted(axes, words.share(value), (place, value), (0, 3))
        axes.set_ylim(0, 1.06)
        axes.yaxis.set_major_formatter(lambda value, _: words.share(value))
    rows = [
        (label, words.share(value, 1), words.number(whole))
        for label, value, whole in zip(labels, values, years["whole"], strict=True)
    ]
    told = ", ".join(f"{row[0]}: {row[1]}" for row in rows)
    head = ("column.year", "column.part", "column.of")
    return _finished(figure, name, words, head, rows, years=told)


def _times(times: Sequence[Quantiles], words: Words) -> Chart | None:
    shown = [each for each in times if each.values]
    if not shown:
        return None
    names = [words(f"measure.{each.id}_{each.of}") for each in shown]
    with styled():
        figure, axes = canvas(0.9 + 0.48 * len(shown))
        ranges(axes, [each.values for each in shown], words, across=True)
        axes.set_yticks(
            range(len(shown))[::-1], [name.replace(", ", ",\n", 1) for name in names], fontsize=9
        )
    rows = [
        (name, words.duration(each.median), words.duration(each.values[_P90]))
        for name, each in zip(names, shown, strict=True)
    ]
    told = "; ".join(f"{name}: {median}" for name, median, _ in rows)
    head = ("column.measure", "column.median", "column.p90")
    return _finished(figure, "times", words, head, rows, measures=told)


def _years(times: Sequence[Quantiles], words: Words) -> Chart | None:
    """How the time to solved has moved, where there are several years with more than a few."""
    of_incidents = [t for t in times if t.id == "handling" and t.of == "incidents" and t.values]
    years = of_incidents[0].years if of_incidents else pandas.DataFrame()
    years = years if years.empty else years[years["tickets"] >= _FEW]
    if len(years) < 2:
        return None
    labels = [str(year) for year in years["year"]]
    values = [tuple(row) for row in years[list(QUANTILES)].itertuples(index=False)]
    with styled():
        figure, axes = canvas()
        ranges(axes, values, words, across=False)
        axes.set_xticks(range(len(labels)), thinned(labels))
    p50 = QUANTILES.index(0.50)
    rows = [
        (label, words.duration(row[p50]), words.duration(row[_P90]), words.number(tickets))
        for label, row, tickets in zip(labels, values, years["tickets"], strict=True)
    ]
    told = ", ".join(f"{row[0]}: {row[1]}" for row in rows)
    head = ("column.year", "column.median", "column.p90", "column.of")
    return _finished(figure, "times_years", words, head, rows, years=told)


def _reassigned(counts: pandas.DataFrame, share: Share, words: Words) -> Chart | None:
    total = 0 if counts.empty else int(counts["tickets"].sum())
    if not total:
        return None
    capped = counts["reassigned"].clip(upper=MANY).astype(int)
    sums = counts["tickets"].groupby(capped).sum()
    sums = sums.reindex(range(int(sums.index.max()) + 1), fill_value=0)
    labels = [str(n) if n < MANY else words("chart.reassigned.more", count=n) for n in sums.index]
    values = [float(tickets / total) for tickets in sums]
    with styled():
        figure, axes = canvas()
        columns(axes, labels, values, [LIGHT, *[DARK] * (len(labels) - 1)])
        for place, value in enumerate(values):
            noted(axes, words.share(value, int(0 < value < 0.095)), (place, value), (0, 3))
        axes.set_xlabel(words("chart.reassigned.axis"))
        axes.margins(y=0.12)
        axes.yaxis.set_major_formatter(lambda value, _: words.share(value))
    rows = [
        (label, words.number(tickets), words.share(value, 1))
        for label, tickets, value in zip(labels, sums, values, strict=True)
    ]
    head = ("column.reassigned", "column.tickets", "column.part")
    told = words.share(share.value, 1)
    return _finished(figure, "reassigned", words, head, rows, share=told)
