"""How long things took, in quantiles, and what was left out of them and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import pandas

from migrate.report.assess.view import Missing, View

QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90, 0.95)

LONGEST = 10 * 365 * 86_400
"""Seconds. What took more than ten years took a slip of the keyboard."""

LONGEST_CALL = 86_400
"""Seconds that one call may have taken somebody, as HPSM's clock on the screen counted it."""

_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Quantiles:
    """One measure. `of` says of which tickets. `values` are seconds at `QUANTILES`, empty where
    nothing was measured; `years` has a row per year of opening: year, tickets and a column per
    quantile. `junk` is reason → how many were left out: `negative`, `too_long`, `zero`, and
    `no_end` for what has not come to an end (which is no junk, and is not in the figure)."""

    id: str
    of: str
    tickets: int
    values: tuple[float, ...]
    junk: dict[str, int]
    years: pandas.DataFrame
    missing: tuple[Missing, ...] = ()

    @property
    def median(self) -> float | None:
        return self.values[QUANTILES.index(0.50)] if self.values else None


@dataclass(frozen=True, slots=True)
class _Measure:
    """`seconds` is the duration in SQL, of rows that fulfil `where`. More than `longest` of them
    are junk, and so is none where `zero` is False."""

    id: str
    of: str
    where: str
    seconds: str
    needs: tuple[str, ...]
    longest: int = LONGEST
    zero: bool = True


def _since_opened(end: str) -> str:
    return f"strftime('%s', {end}) - strftime('%s', opened)"


_ENDED, _RESPONSE = _since_opened("ended"), _since_opened("response")
_HISTORY = ("activities.time", "activities.type")
_MEASURES = (
    _Measure(
        "handling",
        "incidents",
        "escalated",
        _ENDED,
        ("incidents.open_time", "incidents.resolved_time|incidents.close_time"),
    ),
    _Measure(
        "handling",
        "calls",
        "NOT escalated",
        _ENDED,
        ("interactions.open_time", "interactions.close_time"),
    ),
    _Measure("response", "incidents", "escalated", _RESPONSE, ("incidents.open_time", *_HISTORY)),
    _Measure(
        "response", "calls", "NOT escalated", _RESPONSE, ("interactions.open_time", *_HISTORY)
    ),
    _Measure(
        "call",
        "calls",
        "kind = 'interactions'",
        "handle_time",
        ("interactions.handle_time",),
        LONGEST_CALL,
        zero=False,
    ),
)


def durations(view: View) -> tuple[Quantiles, ...]:
    """Every measure: `handling` from opening to solved (else closed), `response` to the first
    reaction of a case worker, both in calendar time; `call` is HPSM's own clock for a call."""
    return tuple(_measured(view, measure) for measure in _MEASURES)


def _measured(view: View, measure: _Measure) -> Quantiles:
    missing, _ = view.missing(*measure.needs)
    if missing:
        return Quantiles(measure.id, measure.of, 0, (), {}, pandas.DataFrame(), tuple(missing))
    table, opened = ("assess_ticket", "opened")
    if measure.id == "call":
        table, opened = ("assess_record", "open_time")
    read = pandas.read_sql_query(
        f"SELECT CAST(coalesce(substr({opened}, 1, 4), 0) AS INTEGER) AS year,"
        f" CAST({measure.seconds} AS REAL) AS seconds FROM {table} WHERE {measure.where}",
        view.connection,
        chunksize=_CHUNK,
    )
    parts = [part.astype({"year": "int16", "seconds": "float64"}) for part in read]
    found = pandas.concat(parts, ignore_index=True)
    seconds = found["seconds"]
    bad = {
        "no_end": seconds.isna(),
        "negative": seconds < 0,
        "zero": (seconds == 0) & (not measure.zero),
        "too_long": seconds > measure.longest,
    }
    good = found[~numpy.logical_or.reduce(list(bad.values()))]
    return Quantiles(
        measure.id,
        measure.of,
        len(good),
        tuple(good["seconds"].quantile(QUANTILES)) if len(good) else (),
        {reason: int(rows.sum()) for reason, rows in bad.items() if rows.any()},
        _by_year(good),
    )


def _by_year(good: pandas.DataFrame) -> pandas.DataFrame:
    if good.empty:
        return pandas.DataFrame()
    years = good.groupby("year")["seconds"]
    table = years.quantile(numpy.array(QUANTILES)).unstack()
    table.insert(0, "tickets", years.size())
    return table.reset_index().astype({"year": "int64"})
