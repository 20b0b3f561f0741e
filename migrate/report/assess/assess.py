"""One assessment: inventory, findings and baseline of what is asked, and how it is kept as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas

from migrate.report.assess.baseline import Baseline, Share, measure
from migrate.report.assess.findings import FAMILIES
from migrate.report.assess.found import Finding, find
from migrate.report.assess.inventory import Inventory, take_inventory
from migrate.report.assess.question import Question, Unit
from migrate.report.assess.times import QUANTILES, Quantiles
from migrate.report.assess.view import Missing, View, look_at
from migrate.state.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Assessment:
    """What `assess` found. `present` is the time (GMT) that ages count to, `read` when HPSM was
    last read, `cut_off` whether that reading did not come to its end. `restricted` and `undecided`
    are how many groups' tickets are only counted, and why."""

    unit: Unit | None
    units: tuple[Unit, ...]
    present: str
    read: str
    cut_off: bool
    restricted: int
    undecided: int
    inventory: Inventory
    findings: tuple[Finding, ...]
    baseline: Baseline


def assess(snapshot: Snapshot, question: Question) -> Assessment:
    """Answer `question` from the snapshot; nothing in it is changed.

    What the snapshot lacks is said to be missing, never counted as none. A unit's assessment holds
    nothing of another unit.
    """
    runs = snapshot.runs()
    last = max(run.run for run in runs)
    with look_at(snapshot, question) as view:
        return Assessment(
            unit=question.unit,
            units=question.units if view.whole else (),
            present=view.present,
            read=max(run.started for run in runs),
            cut_off=any(run.run == last and not run.finished for run in runs),
            restricted=_of(view, question.restricted),
            undecided=_of(view, question.undecided),
            inventory=take_inventory(view),
            findings=tuple(find(view, FAMILIES)),
            baseline=measure(view),
        )


def _of(view: View, groups: frozenset[str]) -> int:
    return sum(name in groups for (name,) in view.select("SELECT name FROM assess_group"))


def document(assessment: Assessment) -> dict[str, Any]:
    """The assessment as JSON data: the report's figures, without its words."""
    found = assessment
    return {
        "unit": found.unit.key if found.unit else None,
        "present": found.present,
        "read": found.read,
        "cut_off": found.cut_off,
        "groups_counted_only": {"restricted": found.restricted, "undecided": found.undecided},
        "inventory": _inventory(found.inventory),
        "findings": [_finding(finding) for finding in found.findings],
        "baseline": _baseline(found.baseline),
    }


def _inventory(found: Inventory) -> dict[str, Any]:
    return {
        "kinds": _records(found.kinds),
        "volumes": _records(found.volumes),
        "groups": _records(found.groups),
        "tickets": _records(found.tickets),
        "activity_types": _records(found.types),
        "attachment_contents": found.contents,
        "attachment_bytes": found.bytes,
    }


def _finding(found: Finding) -> dict[str, Any]:
    family, hits = found.family, found.hits
    return {
        "family": family.id,
        "section": family.section,
        "mender": family.mender,
        "urgent": family.urgent,
        "counts": family.counts,
        "count": found.count,
        "out_of": found.out_of,
        "counted_only": hits.hidden,
        "examples": list(hits.examples),
        "details": dict(hits.details),
        "not_assessable": _missing(found.missing),
        "not_looked_at": _missing(found.partly),
    }


def _baseline(found: Baseline) -> dict[str, Any]:
    return {
        "tickets": found.tickets,
        "open": found.open,
        "undated": found.undated,
        "months": _records(found.months),
        "first_line": _share(found.first_line),
        "first_call": _share(found.first_call),
        "times": [_quantiles(each) for each in found.times],
        "reassignments": _records(found.reassignments),
        "reassigned": _share(found.reassigned),
        "reopened": _share(found.reopened),
        "on_hold": _share(found.on_hold),
        "titles": [
            {
                "title": each.title,
                "tickets": each.tickets,
                "first_line": each.first_line,
                "groups": each.groups,
            }
            for each in found.titles
        ],
        "titles_not_assessable": _missing(found.titles_missing),
    }


def _share(found: Share) -> dict[str, Any]:
    return {
        "definition": found.definition,
        "part": found.part,
        "whole": found.whole,
        "share": found.value,
        "years": [] if found.years is None else _records(found.years),
        "not_assessable": _missing(found.missing),
    }


def _quantiles(found: Quantiles) -> dict[str, Any]:
    return {
        "measure": found.id,
        "of": found.of,
        "tickets": found.tickets,
        "seconds": {
            f"p{q * 100:.0f}": value for q, value in zip(QUANTILES, found.values, strict=False)
        },
        "left_out": found.junk,
        "years": [
            {
                (f"p{name * 100:.0f}" if isinstance(name, float) else name): value
                for name, value in row.items()
            }
            for row in _records(found.years)
        ],
        "not_assessable": _missing(found.missing),
    }


def _missing(found: tuple[Missing, ...]) -> list[dict[str, str]]:
    return [{"why": each.why, "kind": each.kind, "field": each.field} for each in found]


def _records(frame: pandas.DataFrame) -> list[dict[Any, Any]]:
    """Rows as plain Python values, None where there is none."""
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.to_dict("records")
