"""Holds what `migrate assess` says of the log against pandas, straight from the log.

Nothing of the tool's is used here but its JSON file. The rules by which records are derived from
the log stand in `real_workspace.py`; they are written again below in pandas' terms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas

_UNKNOWN = ("#N/B", "#MULTIVALUE")
_QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_TEN_YEARS = 10 * 365 * 86_400
_NO_RESPONSE = ("Open", "Update from customer", "alert stage 1")
"""The types of the log that are no reaction of a case worker."""


def compare(report: Path, rows: pandas.DataFrame) -> Iterator[tuple[str, Any, Any]]:
    """Figure, what pandas finds in the log, what the report's JSON file says: for every figure that
    a bare activity log gives."""
    said = json.loads(report.read_text(encoding="utf-8"))
    log = rows.assign(
        number=rows["Incident ID"],
        group=rows["Assignment Group"],
        type=rows["IncidentActivity_Type"],
        call=rows["Interaction ID"].mask(rows["Interaction ID"].isin(_UNKNOWN)),
        time=pandas.to_datetime(rows["DateStamp"], utc=True).dt.floor("s"),
    ).sort_values(["number", "time", "IncidentActivity_Number"])
    yield from _inventory(log, said["inventory"])
    yield from _baseline(log, _tickets(log), said["baseline"])


def _tickets(log: pandas.DataFrame) -> pandas.DataFrame:
    """One row per incident: its group is that of its last activity, it is solved or closed when the
    last `Resolved` or `Closed` says so, unless a `Reopen` came after."""
    of = log.groupby("number")
    tickets = pandas.DataFrame({"opened": of["time"].min(), "group": of["group"].last()})
    tickets["resolved"] = _last(log, "Resolved")
    tickets["closed"] = _last(log, "Closed")
    tickets["ended"] = tickets["resolved"].fillna(tickets["closed"])
    tickets["reassigned"] = log["type"].eq("Reassignment").groupby(log["number"]).sum()
    tickets["reopened"] = log["type"].eq("Reopen").groupby(log["number"]).any()
    reaction = log[~log["type"].isin(_NO_RESPONSE)]
    tickets["response"] = reaction.groupby("number")["time"].min()
    return tickets


def _last(log: pandas.DataFrame, type_: str) -> pandas.Series[Any]:
    deciding = log[log["type"].isin([type_, "Reopen"])].groupby("number").last()
    return deciding["time"].where(deciding["type"].eq(type_))


def _inventory(log: pandas.DataFrame, said: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    kinds = {each["kind"]: each["records"] for each in said["kinds"]}
    pairs = log[["call", "number"]].dropna().drop_duplicates()
    for kind, expected in {
        "activities": len(log),
        "incidents": log["number"].nunique(),
        "groups": log["group"].nunique(),
        "interactions": log["call"].nunique(),
        "relations": len(pairs),
    }.items():
        yield f"records: {kind}", expected, kinds[kind]
    types = {each["type"]: each["activities"] for each in said["activity_types"]}
    yield "activities of each type", log["type"].value_counts().to_dict(), types
    years = log["time"].dt.strftime("%Y").value_counts().to_dict()
    counted: dict[str, int] = {}
    for each in said["volumes"]:
        if each["kind"] == "activities":
            counted[each["year"]] = counted.get(each["year"], 0) + each["records"]
    yield "activities of each year", years, counted


def _baseline(
    log: pandas.DataFrame, tickets: pandas.DataFrame, said: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    yield "tickets", len(tickets), said["tickets"]
    yield "open tickets", int(tickets["closed"].isna().sum()), said["open"]
    months = tickets["opened"].dt.strftime("%Y-%m")
    volumes = tickets.groupby(["group", months.rename("month")]).size().to_dict()
    shown = {(each["grp"], each["month"]): each["tickets"] for each in said["months"]}
    yield "tickets of each group and month", volumes, shown
    counts = tickets["reassigned"].value_counts().to_dict()
    shown = {each["reassigned"]: each["tickets"] for each in said["reassignments"]}
    yield "incidents by number of reassignments", counts, shown
    part = [int((tickets["reassigned"] > 0).sum()), len(tickets)]
    yield "reassigned", part, _share(said["reassigned"])
    part = [int(tickets["reopened"].sum()), len(tickets)]
    yield "reopened", part, _share(said["reopened"])
    for measure, end in (("handling", "ended"), ("response", "response")):
        seconds = (tickets[end] - tickets["opened"]).dt.total_seconds()
        good = seconds[(seconds >= 0) & (seconds <= _TEN_YEARS)]
        [of_incidents] = [
            each
            for each in said["times"]
            if each["measure"] == measure and each["of"] == "incidents"
        ]
        yield f"{measure}: incidents measured", len(good), of_incidents["tickets"]
        yield f"{measure}: not ended", int(seconds.isna().sum()), _no_end(of_incidents)
        for quantile in _QUANTILES:
            expected = round(float(good.quantile(quantile)), 3)
            shown_value = round(of_incidents["seconds"][f"p{quantile * 100:.0f}"], 3)
            yield f"{measure}: p{quantile * 100:.0f}, seconds", expected, shown_value


def _share(said: dict[str, Any]) -> list[int]:
    return [said["part"], said["whole"]]


def _no_end(said: dict[str, Any]) -> int:
    left_out: dict[str, int] = said["left_out"]
    return left_out.get("no_end", 0)
