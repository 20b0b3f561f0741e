"""The real activity log: one of its units moved whole, and a count that notices what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOG = ROOT.parent / "shared" / "data" / "hpsm-rabobank" / "incident_activity.csv.gz"

sys.path.insert(0, str(ROOT))

from benchmarks import real_assess  # noqa: E402
from benchmarks.real_count import Held, Ticket, compare, read_log, tickets_of_log  # noqa: E402


def _ticket(*activities: str) -> Ticket:
    return Ticket("SD0000001", Counter(activities))


def _wrong(held: Held) -> dict[str, int]:
    """What is wrong where two tickets of three activities should be."""
    expected = {"IM1": _ticket("opened", "opened"), "IM2": _ticket("closed")}
    return {name: number for name, number in compare(expected, held).items() if number}


def test_the_count_finds_nothing_where_everything_is_there() -> None:
    there = {"IM1": _ticket("opened", "opened"), "IM2": _ticket("closed")}
    assert _wrong(Held(there, entries=3, marked=3, twice=0)) == {}


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ({"IM1": _ticket("opened", "opened")}, {"tickets that are missing": 1}),
        (
            {"IM1": _ticket("opened"), "IM2": _ticket("closed")},
            {"activities that are missing": 1},
        ),
        (
            {"IM1": _ticket("opened", "opened", "sold"), "IM2": _ticket("closed")},
            {"activities that nobody wrote": 1},
        ),
        (
            {"IM1": _ticket("opened", "opened"), "IM2": Ticket("SD2", Counter(["closed"]))},
            {"tickets with another interaction": 1},
        ),
        (
            {"IM1": _ticket("opened", "opened"), "IM2": _ticket("closed"), "IM3": _ticket()},
            {"tickets that nobody asked for": 1},
        ),
    ],
)
def test_the_count_notices(there: dict[str, Ticket], wrong: dict[str, int]) -> None:
    assert _wrong(Held(there, entries=3, marked=3, twice=0)) == wrong


def test_the_log_is_counted_in_the_zone_of_the_texts(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "Incident ID;DateStamp;IncidentActivity_Number;IncidentActivity_Type;Assignment Group;"
        "KM number;Interaction ID\n"
        "IM1;2014-07-01T22:30:00.000+00:00;A1;Open;TEAM1;KM1;SD1\n"
        "IM1;2014-01-01T10:00:00.000+00:00;A2;Closed;TEAM1;KM1;SD1\n"
        "IM2;2014-01-01T10:00:00.000+00:00;A3;Open;TEAM1;KM1;#N/B\n",
        encoding="utf-8",
    )
    tickets = tickets_of_log(read_log(log))
    assert tickets["IM1"].activities == Counter(
        ["2014-07-02 00:30 +02:00 · Open", "2014-01-01 11:00 +01:00 · Closed"]
    )
    assert [tickets[number].interaction for number in ("IM1", "IM2")] == ["SD1", ""]


_SHORT = """\
Incident ID;DateStamp;IncidentActivity_Number;IncidentActivity_Type;Assignment Group;KM number;\
Interaction ID
IM1;2014-01-01T10:00:00.000+00:00;A1;Open;TEAM1;KM1;SD1
IM1;2014-01-01T10:30:00.000+00:00;A2;Reassignment;TEAM2;KM1;SD1
IM1;2014-01-01T12:00:00.000+00:00;A3;Closed;TEAM2;KM1;SD1
IM2;2014-02-01T10:00:00.000+00:00;A4;Open;TEAM1;KM1;#N/B
"""


def _said() -> dict[str, Any]:
    """What an assessment of the short log must say."""
    share = {"part": 1, "whole": 2}
    took = {f"p{q}": 7_200.0 for q in (10, 25, 50, 75, 90, 95)}
    answered = {f"p{q}": 1_800.0 for q in (10, 25, 50, 75, 90, 95)}
    kinds = {"activities": 4, "incidents": 2, "groups": 2, "interactions": 1, "relations": 1}
    return {
        "inventory": {
            "kinds": [{"kind": kind, "records": count} for kind, count in kinds.items()],
            "activity_types": [
                {"type": name, "activities": count}
                for name, count in {"Open": 2, "Reassignment": 1, "Closed": 1}.items()
            ],
            "volumes": [{"kind": "activities", "year": "2014", "records": 4}],
        },
        "baseline": {
            "tickets": 2,
            "open": 1,
            "months": [
                {"grp": "TEAM2", "month": "2014-01", "tickets": 1},
                {"grp": "TEAM1", "month": "2014-02", "tickets": 1},
            ],
            "reassignments": [{"reassigned": n, "tickets": 1} for n in (0, 1)],
            "reassigned": share,
            "reopened": {"part": 0, "whole": 2},
            "times": [
                {
                    "measure": measure,
                    "of": "incidents",
                    "tickets": 1,
                    "seconds": seconds,
                    "left_out": {"no_end": 1},
                }
                for measure, seconds in (("handling", took), ("response", answered))
            ],
        },
    }


def _differing(folder: Path, said: dict[str, Any]) -> list[str]:
    (folder / "log.csv").write_text(_SHORT, encoding="utf-8")
    (folder / "assess.json").write_text(json.dumps(said), encoding="utf-8")
    figures = real_assess.compare(folder / "assess.json", read_log(folder / "log.csv"))
    return [name for name, expected, shown in figures if expected != shown]


def test_the_assessment_is_held_against_every_figure_of_the_log(tmp_path: Path) -> None:
    assert _differing(tmp_path, _said()) == []


@pytest.mark.parametrize(
    ("part", "name", "value", "differs"),
    [
        ("baseline", "open", 2, "open tickets"),
        ("baseline", "reopened", {"part": 1, "whole": 2}, "reopened"),
        ("baseline", "months", [], "tickets of each group and month"),
        ("inventory", "activity_types", [], "activities of each type"),
    ],
)
def test_a_figure_that_is_wrong_is_noticed(
    tmp_path: Path, part: str, name: str, value: Any, differs: str
) -> None:
    said = _said()
    said[part][name] = value
    assert _differing(tmp_path, said) == [differs]


@pytest.mark.skipif(not LOG.exists(), reason=f"needs the real activity log {LOG.name}")
def test_a_unit_of_the_real_log_is_moved_and_accounted_for(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.real", "--folder", str(tmp_path)),
            *("--unit", "unit-11", "--style", "entries"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assessment = done.stdout.partition("The assessment")[2].partition("The account")[0]
    assert "handling: p50, seconds" in assessment
    assert "differs" not in assessment
    account = done.stdout.partition("The account")[2].splitlines()
    rows = {line[:44].strip(): line[44:].split() for line in account[2:] if line.strip()}
    assert rows["tickets"] == ["46", "46"]
    assert rows["activities"] == ["525", "525"]
    assert rows["history entries"] == ["525"]
    for chapter in ("In HPSM", "What was sent", "In TOPdesk"):
        assert chapter in done.stdout
