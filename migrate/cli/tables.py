"""The tables that commands share: plans, units by phase and bucket, differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from migrate.console import Console
from migrate.load.stop_line import Forecast
from migrate.load.verify import Verified
from migrate.records import PHASES
from migrate.report.failures.families import Family
from migrate.state.buckets import WORST_FIRST
from migrate.state.figures import astray
from migrate.state.overview import Line
from migrate.workspace import Workspace


def show_plan(console: Console, workspace: Workspace, units: list[str]) -> None:
    """What a load would do: records and requests by unit, kind and verdict."""
    rows: list[list[object]] = []
    for unit in units:
        for phase in PHASES:
            for kind, verdict, code, records, requests in workspace.store.summary(unit, phase):
                rows.append([unit, phase, kind, verdict or "to load", code, records, requests])
    console.table(
        "Plan", ["unit", "phase", "kind", "verdict", "reason", "records", "requests"], rows
    )
    keys = ("unit", "phase", "kind", "verdict", "reason", "records", "requests")
    console.data("plan", [dict(zip(keys, row, strict=True)) for row in rows])
    findings = [[unit, *found] for unit in units for found in workspace.store.findings(unit)]
    console.table("Findings", ["unit", "finding", "records", "for example"], findings)
    console.data("findings", findings)


def show_units(console: Console, workspace: Workspace, units: list[str]) -> list[Line]:
    """Units by phases with their buckets; returns the lines shown."""
    lines = [line for unit in units for line in workspace.overview.lines(unit)]
    buckets = [b for b in reversed(WORST_FIRST) if any(line.bucket is b for line in lines)]
    rows: list[list[object]] = []
    for unit in units:
        for phase in PHASES:
            here = [line for line in lines if line.unit == unit and line.phase == phase]
            count: Counter[str] = Counter()
            for line in here:
                count[line.bucket] += line.records
            sources = sum(line.sources for line in here)
            activities = sum(line.activities for line in here)
            if here:
                rows.append(
                    [
                        unit,
                        phase,
                        *(count[bucket] for bucket in buckets),
                        sum(count.values()),
                        sources,
                        activities,
                    ]
                )
    console.table(
        "Units by phase",
        ["unit", "phase", *buckets, "records", "HPSM records", "activities"],
        rows,
    )
    console.data(
        "units",
        [
            {
                "unit": line.unit,
                "phase": line.phase,
                "kind": line.kind,
                "bucket": line.bucket,
                "records": line.records,
                "sources": line.sources,
                "activities": line.activities,
            }
            for line in lines
        ],
    )
    return lines


def show_reasons(console: Console, workspace: Workspace, units: list[str]) -> None:
    """Why records are where they are, by code."""
    reasons = [reason for unit in units for reason in workspace.overview.reasons(unit)]
    console.table(
        "Reasons",
        ["unit", "kind", "bucket", "reason", "records", "for example"],
        [[r.unit, r.kind, r.bucket, r.code, r.records, r.example] for r in reasons],
    )
    console.data(
        "reasons",
        [
            {
                "unit": r.unit,
                "kind": r.kind,
                "bucket": r.bucket,
                "code": r.code,
                "records": r.records,
                "example": r.example,
            }
            for r in reasons
        ],
    )


def show_astray(console: Console, workspace: Workspace) -> None:
    """What was read of HPSM's history and files, and how much of it names no record there is."""
    found = astray(workspace.snapshot)
    if found:
        console.table(
            "History and files in HPSM",
            ["kind", "extracted", "with a record", "of no record"],
            [[kind, count, count - left, left] for kind, (count, left) in found.items()],
        )
        if any(left for _, left in found.values()):
            console.say("What is of no record stays in HPSM; `migrate assess` gives examples.")
    console.data(
        "astray",
        [{"kind": k, "extracted": count, "astray": left} for k, (count, left) in found.items()],
    )


def show_forecast(console: Console, unit: str, stated: Forecast) -> None:
    """What a load of a unit will touch, which its stop-line holds it to."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(stated.writes.items()))
    console.say(
        f"{unit}: {stated.records} records and {stated.requests} writes in all"
        + (f" ({kinds})" if kinds else "")
        + f"; {stated.archived} people are archived."
    )
    console.document.setdefault("forecast", {})[unit] = {
        "records": stated.records,
        "writes": dict(stated.writes),
        "archived_people": stated.archived,
    }


def show_families(console: Console, found: Sequence[Family]) -> None:
    """Families of failures: what, who mends it, whether a retry helps, and the command."""
    lang = console.lang
    if not found:
        console.data("families", [])
        return
    console.table(
        "Families",
        ["unit", "family", "records", "what happened", "who mends it", "retry", "for example"],
        [
            [
                one.unit,
                one.name,
                one.records,
                one.sentence(lang),
                one.mender(lang),
                one.retry(lang),
                ", ".join(one.examples),
            ]
            for one in found
        ],
    )
    for one in found:
        console.say(console.from_here(f"{one.name}: `{one.command}`"))
    console.data("families", [one.to_json(lang) for one in found])


def show_differences(console: Console, unit: str, result: Verified) -> int:
    """What verify found in a unit; returns the number of differences."""
    compared = sum(result.compared.values())
    console.say(
        f"{unit}: {compared} records and {result.entries} history entries compared,"
        f" {len(result.differences)} differences."
    )
    if result.files:
        console.say(
            f"{unit}: {result.files} files compared by name and size,"
            f" {result.downloaded} of them read back whole."
        )
    console.table(
        f"{unit}: differences",
        ["kind", "record", "number", "what", "where"],
        [[d.kind, d.identity, d.number, d.code, d.detail] for d in result.differences[:200]],
    ) if result.differences else None
    if (more := len(result.differences) - 200) > 0:
        console.say(f"… and {more} more; --json has them all.")
    console.document.setdefault("verify", []).append(
        {
            "unit": unit,
            "compared": dict(result.compared),
            "entries": result.entries,
            "files": result.files,
            "downloaded": result.downloaded,
            "differences": [
                {
                    "kind": d.kind,
                    "identity": d.identity,
                    "number": d.number,
                    "code": d.code,
                    "detail": d.detail,
                }
                for d in result.differences
            ],
        }
    )
    return len(result.differences)
