"""HPSM over REST, against a small one that keeps state and speaks the documented protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hpsm_rest import JSON, Collection, RestHpsm, incident, incidents, reply
from rest_source import FIELDS, HTML, SAMPLES, source
from web_reading import numbers, rows
from web_server import Answered, Asked

from migrate.errors import StoppedError
from migrate.extract.run import extract
from migrate.state.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("hpsm_password")


@pytest.fixture
def hpsm() -> Iterator[RestHpsm]:
    with RestHpsm(incidents=incidents(95)) as server:
        yield server


def lists(hpsm: RestHpsm) -> list[dict[str, str]]:
    """The queries of the lists that were read."""
    return [asked.query for asked in hpsm.asked if asked.query.get("view") == "expand"]


def test_every_record_comes_with_its_values_in_our_forms(hpsm: RestHpsm) -> None:
    hpsm.collections["incidents"].records[0]["problem.status"] = None
    given = rows(source(hpsm).read("incidents"))
    assert [row["number"] for row in given] == [f"IM{n:05}" for n in range(1, 96)]
    assert given[0]["status"] is None
    assert given[1]["title"] == "Skriver 2"
    assert given[1]["description"] == "Linje én\n\nlinje tre"
    assert given[1]["open_time"] == "2019-09-30 08:00:02"
    assert given[1]["urgency"] == "3"


def test_lists_are_asked_for_in_pages_sorted_by_the_key(hpsm: RestHpsm) -> None:
    list(source(hpsm).read("incidents"))
    assert lists(hpsm)[0] == {"view": "expand", "count": "10", "sort": "number:ascending"}
    starts = sorted(int(query.get("start", "0")) for query in lists(hpsm))
    assert starts[-3:] == [73, 82, 91]  # each begins with the last record of the one before
    assert lists(hpsm)[-1]["query"] == 'number>"IM00095"'


def test_nested_captions_are_reached_by_their_path() -> None:
    changes = Collection(
        "Change",
        "number",
        {
            "number": "header.ChangeID",
            "brief.description": "header.Title",
            "description": "description.structure.Description",
            "completion.code": "close.ClosureCode",
        },
        [
            {
                "number": f"C{n:05}",
                "brief.description": "Ny svitsj",
                "description": ["a", "b"],
                "completion.code": n,
            }
            for n in range(1, 25)
        ],
    )
    with RestHpsm(changes=changes) as hpsm:
        given = rows(source(hpsm, "changes").read("changes"))
    assert len(given) == 24
    assert given[4]["number"] == "C00005"
    assert given[4]["title"] == "Ny svitsj"
    assert given[4]["description"] == "a\nb"
    assert given[4]["completion_code"] == "5"


def test_the_vendor_s_own_sample_is_read() -> None:
    if not SAMPLES.exists():
        pytest.skip("needs the samples of real answers in ../shared")
    record = json.loads((SAMPLES / "incident_single.official.json").read_text())["Incident"]
    with RestHpsm(incidents=incidents(0)) as hpsm:

        def sample(asked: Asked) -> Answered | None:
            return reply(content=[{"Incident": record}], **{"@totalcount": 1})

        hpsm.faults.extend([sample] * 3)
        [given] = rows(source(hpsm).read("incidents"))
    assert given["number"] == "IM10001"
    assert given["open_time"] == "2007-08-31 20:21:00"
    assert given["update_time"] == "2008-08-04 12:53:21"
    assert given["resolution"] == "Reset printer queue."
    assert given["subcategory"] == "failure"
    assert given["assignment"] == "Office Supplies (North America)"
    assert given["impact"] == "4"


@pytest.mark.parametrize("most", [1, 3, 7])
def test_a_server_that_gives_fewer_than_asked_loses_nothing(hpsm: RestHpsm, most: int) -> None:
    hpsm.collections["incidents"].most = most
    assert len(set(numbers(source(hpsm).read("incidents")))) == 95


def test_a_server_that_caps_a_query_and_its_count_loses_nothing(hpsm: RestHpsm) -> None:
    hpsm.collections["incidents"].most_of_a_query = 40
    given = numbers(source(hpsm).read("incidents"))
    assert given == [f"IM{n:05}" for n in range(1, 96)]


def test_records_that_go_and_come_while_the_list_is_read_lose_none(hpsm: RestHpsm) -> None:
    records = hpsm.collections["incidents"].records
    reading = source(hpsm).read("incidents")
    given = numbers(iter([next(reading), next(reading)]))
    del records[3:8]
    records.append(incident(0, sysmodtime=datetime.now(UTC).replace(tzinfo=None)))
    given += numbers(reading)
    assert set(given) == {f"IM{n:05}" for n in range(96)}
    assert len(given) == len(set(given))


def test_a_list_that_is_not_sorted_as_asked_comes_whole(hpsm: RestHpsm) -> None:
    collection = hpsm.collections["incidents"]
    collection.sorts = False
    collection.records.sort(key=lambda record: record["number"][::-1])
    given = numbers(source(hpsm).read("incidents"))
    assert sorted(given) == [f"IM{n:05}" for n in range(1, 96)]


def test_a_field_that_hpsm_does_not_know_is_not_sorted_by(hpsm: RestHpsm) -> None:
    tables = {"incidents": {"fields": FIELDS, "sort": ["incident.no"]}}
    reading = source(hpsm, tables=tables)
    assert numbers(reading.read("incidents")) == [f"IM{n:05}" for n in range(1, 96)]
    [told] = reading.problems()
    assert told.code == "source-unsorted"
    assert "incident.no" in told.message
    assert "IncidentID" in told.message
    assert lists(hpsm)[-1]["sort"] == "IncidentID:ascending"


def test_a_key_that_stands_twice_comes_twice_and_the_snapshot_tells(
    hpsm: RestHpsm, tmp_path: Path
) -> None:
    hpsm.collections["incidents"].records.append(incident(50))
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        now = datetime.now(UTC)
        report = extract(source(hpsm), snapshot, ["incidents"], full=True, now=now)
    assert [(kind.read, kind.new, kind.repeated) for kind in report.kinds] == [(96, 95, 1)]
    assert [(p.code, p.place) for p in report.problems] == [
        ("record-repeated", "incidents IM00050")
    ]


@pytest.mark.parametrize(
    "answered",
    [
        Answered(404, b"<html>The node is not there</html>", HTML),
        Answered(200, b"<html><body>Maintenance</body></html>", HTML),
        reply(3, 400, ("resource locked",)),
        reply(-1, 500),
        reply(-4, 401, ("Too many threads",)),
        Answered(200, reply().body, JSON, cut=10),
    ],
    ids=["404 page", "page", "locked", "busy", "threads", "cut"],
)
def test_what_goes_wrong_now_and_then_loses_nothing(hpsm: RestHpsm, answered: Answered) -> None:
    reading = source(hpsm).read("incidents")
    given = []
    for batch in reading:
        given += numbers(iter([batch]))
        if len(given) < 30:
            hpsm.once(answered, times=2)
    assert given == [f"IM{n:05}" for n in range(1, 96)]


def test_a_hpsm_that_stays_busy_stops_and_what_was_read_stands(hpsm: RestHpsm) -> None:
    reading = source(hpsm, web={"wait": 0.5}).read("incidents")
    first = next(reading)
    hpsm.faults.extend([lambda asked: reply(3, 500)] * 50)
    with pytest.raises(StoppedError) as stopped:
        list(reading)
    assert [problem.code for problem in stopped.value.problems] == ["source-busy"]
    hpsm.faults.clear()
    rest = numbers(source(hpsm).read("incidents", None, first.position))
    assert numbers(iter([first])) + rest == [f"IM{n:05}" for n in range(1, 96)]


def test_credentials_that_expire_in_the_middle_stop_at_once(hpsm: RestHpsm) -> None:
    opened = source(hpsm)
    opened.describe()
    reading = opened.read("incidents")
    next(reading)
    hpsm.password = "changed"
    before = len(hpsm.asked)
    with pytest.raises(StoppedError) as stopped:
        list(reading)
    assert [problem.code for problem in stopped.value.problems] == ["source-credentials"]
    assert len(hpsm.asked) - before <= 2


def test_a_record_that_is_no_json_is_left_out_and_told(hpsm: RestHpsm) -> None:
    broken = b'{"Messages":[],"ReturnCode":0,"@totalcount":95,"content":[{"Incident":{"Inc'

    def garbled(asked: Asked) -> Answered | None:
        if asked.query.get("view") != "expand" or "query" in asked.query:
            return None
        start, count = int(asked.query.get("start", "1")), int(asked.query["count"])
        hpsm.faults.append(garbled)
        return Answered(200, broken, dict(JSON)) if start <= 33 < start + count else None

    hpsm.faults.append(garbled)
    reading = source(hpsm)
    given = list(reading.read("incidents"))
    assert len(numbers(iter(given))) == 94
    assert sum(batch.skipped for batch in given) == 1
    assert [(p.code, p.place) for p in reading.problems()] == [
        ("record-unreadable", "incidents record 33")
    ]


def test_texts_in_another_encoding_are_read_and_told(hpsm: RestHpsm) -> None:
    def latin(asked: Asked) -> Answered | None:
        if asked.query.get("view") != "expand":
            return None
        given = hpsm.answer(asked)
        text = given.body.decode("unicode_escape").encode("cp1252", "replace")
        return Answered(200, text.replace(b"\n", b" "), dict(JSON))

    hpsm.faults.append(latin)
    reading = source(hpsm)
    given = rows(reading.read("incidents"))
    assert {row["assignment"] for row in given} == {"UB-UTLÅN"}
    assert [problem.code for problem in reading.problems()] == ["text-encoding"]


def test_a_text_with_half_a_character_can_be_stored(hpsm: RestHpsm) -> None:
    def half(asked: Asked) -> Answered | None:
        if asked.query.get("view") != "expand":
            return None
        given = hpsm.answer(asked)
        return Answered(200, given.body.replace(b'Skriver 1"', b'Skriver \\ud83d"'), dict(JSON))

    hpsm.faults.append(half)
    first = rows(source(hpsm).read("incidents"))[0]
    assert first["title"] == "Skriver \N{REPLACEMENT CHARACTER}"
    first["title"].encode()


def test_reading_goes_on_behind_any_page(hpsm: RestHpsm) -> None:
    given = list(source(hpsm).read("incidents"))
    for done, batch in enumerate(given):
        rest = numbers(source(hpsm).read("incidents", None, batch.position))
        assert numbers(iter(given[: done + 1])) + rest == [f"IM{n:05}" for n in range(1, 96)]


def test_a_delta_asks_for_what_changed_and_gives_no_more(hpsm: RestHpsm) -> None:
    hpsm.collections["incidents"].captions["sysmodtime"] = "Sysmodtime"
    tables = {"incidents": {"fields": {**FIELDS, "sysmodtime": "Sysmodtime"}}}
    since = datetime(2019, 10, 1, 12, 1, 0)  # noqa: DTZ001 - GMT, as in rows
    given = numbers(source(hpsm, tables=tables).read("incidents", since))
    assert given == [f"IM{n:05}" for n in range(60, 96)]
    assert lists(hpsm)[0]["query"] == "sysmodtime>='10/01/2019 11:01:00'"


def test_a_condition_of_the_configuration_holds_beside_the_delta(hpsm: RestHpsm) -> None:
    for record in hpsm.collections["incidents"].records[::2]:
        record["assignment"] = "IT"
    tables = {"incidents": {"fields": FIELDS, "where": 'assignment="IT"'}}
    since = datetime(2019, 10, 1, 12, 1, 0)  # noqa: DTZ001 - GMT, as in rows
    assert len(numbers(source(hpsm, tables=tables).read("incidents"))) == 48
    given = source(hpsm, tables=tables)
    assert given.describe()[0].rows == 48
    assert set(numbers(given.read("incidents", since))) <= {f"IM{n:05}" for n in range(1, 96, 2)}
    assert '(assignment="IT") and sysmodtime>=' in lists(hpsm)[-1]["query"]


def test_a_delta_of_nothing_is_nothing(hpsm: RestHpsm) -> None:
    since = datetime(2030, 1, 1)  # noqa: DTZ001 - GMT, as in rows
    assert list(source(hpsm).read("incidents", since)) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_pages_are_asked_for_at_once_and_never_more_than_configured(workers: int) -> None:
    with RestHpsm(incidents=incidents(200)) as hpsm:
        hpsm.slow = 0.02
        given = numbers(source(hpsm, web={"workers": workers}).read("incidents"))
    assert len(given) == 200
    assert hpsm.busiest == workers
