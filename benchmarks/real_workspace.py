"""A workspace for a customer who has an activity log and nothing else: configuration and mappings.

The log names incidents, groups and interactions; records of these are derived from it. An
interaction has no more than its number: with a relation to its incident it becomes a member of the
ticket, so that its number stands in TOPdesk and leads to the ticket as an incident's does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

SPRINT = "real"
GROUPS_PER_UNIT = 20

_SOURCE: dict[str, Any] = {
    "name": "hpsm",
    "type": "exports",
    "tables": {
        "activities": {
            "fields": {
                "number": "Incident ID",
                "time": "DateStamp",
                "activity_id": "IncidentActivity_Number",
                "type": "IncidentActivity_Type",
                "assignment": "Assignment Group",
                "knowledge": "KM number",
                "interaction": "Interaction ID",
                "operator": None,
                "description": None,
                "visible": None,
                "sysmodtime": None,
            }
        }
    },
    "derive": {
        "groups": {"by": "assignment", "fields": {}},
        "interactions": {"by": "interaction", "fields": {}},
        "relations": {
            "by": "interaction|number",
            "fields": {
                "source": "first interaction",
                "source_file": "= incidents",
                "depend": "first number",
                "depend_file": "= problem",
            },
        },
        "incidents": {
            "by": "number",
            "fields": {
                "status": "= Open",
                "assignment": "last assignment",
                "open_time": "min time",
                "update_time": "max time",
                "sysmodtime": "max time",
            },
            "when": {
                "status": {
                    "Open": "Open",
                    "Reopen": "Open",
                    "Resolved": "Resolved",
                    "Closed": "Closed",
                },
                "resolved_time": {"Resolved": "@time", "Reopen": ""},
                "close_time": {"Closed": "@time", "Reopen": ""},
            },
        },
    },
}

_STATUS = {
    "Open": {"state": "open", "target": "Registrert"},
    "Resolved": {"state": "completed", "target": "Løst"},
    "Closed": {"state": "closed", "target": "Avsluttet"},
}


def unit_names(groups: Sequence[str]) -> dict[str, list[str]]:
    """Units of about twenty groups each, by name."""
    ordered = sorted(groups)
    starts = range(0, len(ordered), GROUPS_PER_UNIT)
    return {
        f"unit-{number:02}": ordered[start : start + GROUPS_PER_UNIT]
        for number, start in enumerate(starts, 1)
    }


def write_workspace(
    folder: Path, log: Path, url: str, style: str, units: dict[str, list[str]]
) -> None:
    """Everything of a workspace but its state; `style` is `folded` or `entries`."""
    for name, content in _files(log, url, style, units):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        file.write_text(text, encoding="utf-8")


def _files(
    log: Path, url: str, style: str, units: dict[str, list[str]]
) -> Iterator[tuple[str, Any]]:
    form = {
        "path": str(log.resolve()),
        "separator": ";",
        "dates": "iso",
        "null": ["", "#N/B", "#MULTIVALUE"],
    }
    yield (
        "migrate.yaml",
        {"source": {**_SOURCE, "files": {"activities": form}}, "target": {"url": url}},
    )
    yield "mappings/policy.yaml", {"time_zone": "Europe/Amsterdam", "history": {"style": style}}
    yield "mappings/values/status.yaml", _STATUS
    sprint = {
        "name": SPRINT,
        "units": list(units),
        "scope": {"open": True, "closed_since": date(2000, 1, 1)},
        "notifications_off": {"by": "rehearsal@example.org", "at": date(2014, 4, 30)},
        "probe": {"silent": {"by": "rehearsal@example.org", "at": date(2014, 4, 30)}},
    }
    yield "mappings/sprints.yaml", [sprint]
    for key, groups in units.items():
        unit = {"name": key.capitalize(), "branch": "Hovedkontoret", "groups": groups}
        yield f"mappings/units/{key}/unit.yaml", unit
        decided = [
            {"source": group, "decision": {"action": "map", "target": group}, "restricted": False}
            for group in groups
        ]
        yield f"mappings/units/{key}/groups.yaml", decided
