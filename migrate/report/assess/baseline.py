"""The figures that benefits are later measured against, each with the definition it has here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas

from migrate.report.assess import titles
from migrate.report.assess.findings_tickets import on_hold
from migrate.report.assess.times import Quantiles, durations
from migrate.report.assess.view import Missing, View

FIRST_LINE = ("without_incident", "first_call")
"""How it is told that a call was solved in first line: closed without an incident; else by HPSM's
own mark for it."""

MANY = 10
"""Reassignments from which tickets are counted together."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; None where it cannot be told, then `missing` says why. `years` is one row
    per year: year, part, whole."""

    part: int | None = None
    whole: int | None = None
    years: pandas.DataFrame | None = None
    definition: str = ""
    missing: tuple[Missing, ...] = ()

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole and self.part is not None else None


@dataclass(frozen=True, slots=True)
class Baseline:
    """`months` is one row per group (empty: none) and month in which tickets were opened: grp,
    month (YYYY-MM, GMT), tickets, escalated. `reassignments` is one row per number of
    reassignments: reassigned, tickets. `first_line`, `first_call`, `reopened` and `on_hold` are
    shares; of `on_hold`, the whole are the open tickets. `times` are quantiles in seconds.
    """

    tickets: int
    open: int
    months: pandas.DataFrame
    first_line: Share
    first_call: Share
    times: tuple[Quantiles, ...]
    reassignments: pandas.DataFrame
    reassigned: Share
    reopened: Share
    on_hold: Share
    titles: tuple[titles.Repeated, ...]
    titles_missing: tuple[Missing, ...]
    undated: int

    @property
    def solved_at_once(self) -> tuple[str, Share]:
        """`first_line`, else `first_call` where that is all that can be told."""
        if self.first_line.value is None and self.first_call.value is not None:
            return "first_call", self.first_call
        return "first_line", self.first_line


def measure(view: View) -> Baseline:
    """The baseline of the tickets that the view's question asks for."""
    missing, _ = view.missing("incidents.title|interactions.title")
    reassignments, reassigned = _reassigned(view)
    return Baseline(
        tickets=view.total("tickets") or 0,
        open=view.total("open_tickets") or 0,
        months=view.frame(
            "SELECT coalesce(grp, '') AS grp, substr(opened, 1, 7) AS month, count(*) AS tickets,"
            " sum(escalated) AS escalated FROM assess_ticket"
            " WHERE opened >= '1990' AND opened <= :latest GROUP BY 1, 2 ORDER BY 1, 2",
            latest=view.ago(-1),
        ),
        first_line=_first_line(view),
        first_call=_first_call(view),
        times=durations(view),
        reassignments=reassignments,
        reassigned=reassigned,
        reopened=_reopened(view),
        on_hold=_on_hold(view),
        titles=() if missing else tuple(titles.repeated(view)),
        titles_missing=tuple(missing),
        undated=view.number(
            "SELECT count(*) FROM assess_ticket"
            " WHERE opened IS NULL OR opened < '1990' OR opened > :latest",
            latest=view.ago(-1),
        ),
    )


def _share(view: View, part: str, of: str, definition: str) -> Share:
    """The tickets of `of` that fulfil `part`, by the year in which they were opened."""
    years = view.frame(
        f"SELECT substr(opened, 1, 4) AS year, coalesce(sum({part}), 0) AS part,"
        f" count(*) AS whole FROM assess_ticket t WHERE {of} GROUP BY 1 ORDER BY 1"
    )
    dated = years[years["year"].notna()].reset_index(drop=True)
    return Share(int(years["part"].sum()), int(years["whole"].sum()), dated, definition)


def _first_line(view: View) -> Share:
    """Of the tickets that came in as a call and are closed, those that never became an incident.

    Relations are what ties a call to its incident: without them every call would look solved.
    """
    missing, _ = view.missing("interactions.close_time", "relations.source", "incidents")
    if missing:
        return Share(missing=tuple(missing))
    return _share(view, "NOT escalated", "calls > 0 AND NOT open", FIRST_LINE[0])


def _first_call(view: View) -> Share:
    missing, _ = view.missing("interactions.first_call", "interactions.close_time")
    if missing:
        return Share(missing=tuple(missing))
    known = "calls > 0 AND NOT open AND first_call IS NOT NULL"
    return _share(view, "first_call", known, FIRST_LINE[1])


def _reassigned(view: View) -> tuple[pandas.DataFrame, Share]:
    missing, _ = view.missing("activities.type", "activities.number")
    if missing:
        return pandas.DataFrame({"reassigned": [], "tickets": []}), Share(missing=tuple(missing))
    counts = view.frame(
        "SELECT reassigned, count(*) AS tickets FROM assess_ticket WHERE escalated"
        " GROUP BY 1 ORDER BY 1"
    )
    return counts, _share(view, "reassigned > 0", "escalated", "activities")


def _reopened(view: View) -> Share:
    by_type, by_time = view.missing("activities.type"), view.missing("incidents.reopen_time")
    if by_type[0] and by_time[0]:
        return Share(missing=(*by_type[0], *by_time[0]))
    return _share(view, "(reopened > 0 OR reopen_time IS NOT NULL)", "escalated", "activities")


def _on_hold(view: View) -> Share:
    missing, _ = view.missing(
        "incidents.status|interactions.status", "incidents.close_time|interactions.close_time"
    )
    if missing:
        return Share(missing=tuple(missing))
    held = view.number(
        "SELECT count(DISTINCT id) FROM assess_record WHERE open AND close_time IS NULL"
        " AND trim(status) IN (SELECT value FROM json_each(:holds))",
        holds=on_hold(view),
    )
    return Share(held, view.total("open_tickets"), None, "status")
