"""An activity log as one customer hands it over, with nothing else: its incidents are in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migrate.config import SourceConfig
from migrate.extract.exports import ExportSource
from migrate.extract.run import Report, extract
from migrate.state.bundles import bundles
from migrate.state.snapshot import Snapshot

LOG = """\
Incident ID;DateStamp;IncidentActivity_Number;IncidentActivity_Type;Assignment Group;Interaction ID
IM1;2014-01-13T14:13:13.000+00:00;A3;Closed;TEAM2;SD1
IM1;2014-01-13T14:13:13.000+00:00;A4;Caused By CI;TEAM2;SD1
IM1;2013-11-08T12:50:17.000+00:00;A1;Open;TEAM1;SD1
IM1;2013-11-09T12:50:17.000+00:00;A2;Reassignment;#N/B;SD2
IM2;2013-11-08T12:00:00.000+00:00;A5;Open;TEAM1;#N/B
IM2;2013-11-09T12:00:00.000+00:00;A6;Closed;TEAM1;#N/B
IM2;2013-11-10T12:00:00.000+00:00;A7;Reopen;TEAM1;#N/B
"""
CONFIG: dict[str, Any] = {
    "type": "exports",
    "files": {"activities": {"path": "log.csv", "dates": "iso", "null": ["", "#N/B"]}},
    "tables": {
        "activities": {
            "fields": {
                "number": "Incident ID",
                "time": "DateStamp",
                "activity_id": "IncidentActivity_Number",
                "type": "IncidentActivity_Type",
                "group": "Assignment Group",
                "interaction": "Interaction ID",
                "operator": None,
                "description": None,
                "visible": None,
                "sysmodtime": None,
            }
        }
    },
    "derive": {
        "incidents": {
            "from": "activities",
            "by": "number",
            "fields": {
                "open_time": "min time",
                "update_time": "max time",
                "assignment": "last group",
                "category": "first group",
                "status": "= Open",
            },
            "when": {
                "status": {"Closed": "Closed", "Reopen": "Open"},
                "close_time": {"Closed": "@time", "Reopen": ""},
            },
        },
        "relations": {
            "by": "interaction|number",
            "fields": {"source": "first interaction", "depend": "first number", "type": "= log"},
        },
    },
}


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "snapshot.db") as opened:
        yield opened


def run(snapshot: Snapshot, log: str = LOG, **derive: Any) -> Report:
    folder = snapshot.path.parent
    (folder / "log.csv").write_text(log, encoding="utf-8")
    config = SourceConfig.model_validate({**CONFIG, "derive": {**CONFIG["derive"], **derive}})
    source = ExportSource(config, folder)
    assert source.check() == []
    now = datetime(2019, 9, 30, tzinfo=UTC)
    return extract(source, snapshot, full=True, now=now, derive=config.derive)


def test_incidents_are_built_from_the_activities_that_name_them(snapshot: Snapshot) -> None:
    report = run(snapshot)
    assert report.problems == ()
    assert [(kind.kind, kind.new) for kind in report.kinds] == [
        ("activities", 7),
        ("incidents", 2),
        ("relations", 2),
    ]
    first, second = snapshot.scan("incidents")
    assert first == {
        "number": "IM1",
        "open_time": "2013-11-08 12:50:17",
        "update_time": "2014-01-13 14:13:13",
        "assignment": "TEAM2",
        "category": "TEAM1",
        "status": "Closed",
        "close_time": "2014-01-13 14:13:13",
    } | {name: first[name] for name in ("service",)}
    assert (second["status"], second["close_time"]) == ("Open", None)


def test_a_log_without_interactions_still_gives_whole_tickets(snapshot: Snapshot) -> None:
    run(snapshot)
    first, second = bundles(snapshot, ["TEAM1", "TEAM2"], [], lambda members: {})
    assert [a["activity_id"] for a in first.activities] == ["A1", "A2", "A3", "A4"]
    assert first.dangling == ("SD1", "SD2")
    assert (second.key, second.dangling) == ("IM2", ())


def test_reading_the_log_again_changes_what_it_says_now(snapshot: Snapshot) -> None:
    run(snapshot)
    again = run(snapshot, LOG + "IM2;2013-11-11T12:00:00.000+00:00;A8;Closed;TEAM1;#N/B\n")
    counts = {kind.kind: (kind.new, kind.changed, kind.unchanged) for kind in again.kinds}
    assert counts == {"activities": (1, 0, 7), "incidents": (0, 1, 1), "relations": (0, 0, 2)}


@pytest.mark.parametrize("rule", ["newest time", "first", "time"])
def test_a_rule_that_cannot_be_read_is_told_and_the_rest_goes_on(
    snapshot: Snapshot, rule: str
) -> None:
    report = run(snapshot, incidents={"by": "number", "fields": {"open_time": rule}})
    [problem] = report.problems
    assert problem.code == "derive-invalid"
    assert problem.place == "migrate.yaml: source.derive.incidents.fields.open_time"
    assert [k.kind for k in report.kinds if not k.finished] == ["incidents"]
