"""The real activity log: one of its units moved whole, and a count that notices what is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOG = ROOT.parent / "shared" / "data" / "hpsm-rabobank" / "incident_activity.csv.gz"

sys.path.insert(0, str(ROOT))

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
    account = done.stdout.partition("The account")[2].splitlines()
    rows = {line[:44].strip(): line[44:].split() for line in account[2:] if line.strip()}
    assert rows["tickets"] == ["46", "46"]
    assert rows["activities"] == ["525", "525"]
    assert rows["history entries"] == ["525"]
    for chapter in ("In HPSM", "What was sent", "In TOPdesk"):
        assert chapter in done.stdout
