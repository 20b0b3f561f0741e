"""A hand-over: its files, by which dbdicts, damaged or not; and reading that goes on."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import unload_hpsm as hpsm
from unload_hpsm import CHANGED, PROBSUMMARY, F, codes, incident, only, read, source, write

from migrate.config import load_config
from migrate.errors import ConfigurationError, StoppedError
from migrate.extract.rc import Structure
from migrate.extract.unload import UnloadSource
from migrate.extract.unload_file import DATA, UnloadWriter


def test_a_table_that_was_chosen_and_is_not_there_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    opened = source(tmp_path, kinds=["incidents"], tables={"incidents": {"table": "DU_SAKER"}})
    [problem] = [p for p in opened.check() if not p.warning]
    assert problem.code == "source-table-missing"
    with pytest.raises(ConfigurationError):
        list(opened.read("incidents"))


def test_a_file_that_is_something_else_is_not_proposed_for_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    own = hpsm.dbdict("rb.dept", F("dept.id"), F("rb.floor"), tables=["m1.RB_DEPTM1"])
    write(tmp_path / "dept.unl", (own, [["D1", "3"]]))
    [problem] = [p for p in source(tmp_path, kinds=["departments"]).check() if not p.warning]
    assert (problem.near, "`table: rb.dept`" in problem.what_to_do) == (("rb.dept",), True)
    config = {"departments": {"table": "rb.dept"}}
    [info] = source(tmp_path, kinds=["departments"], tables=config).describe()
    assert info.unread == ("rb.dept: rb.floor",)


def test_several_files_of_hpsm_may_stand_in_one(tmp_path: Path) -> None:
    write(
        tmp_path / "all.unl",
        (PROBSUMMARY, [incident("IM1")]),
        (hpsm.ASSIGNMENT, [["IT", ["ola"], None]]),
        (PROBSUMMARY, [incident("IM2")]),
    )
    opened = source(tmp_path, kinds=["groups", "members", "incidents"])
    assert [row["number"] for row in read(opened, "incidents")] == ["IM1", "IM2"]
    assert [row["name"] for row in read(opened, "groups")] == ["IT"]


def test_the_dbdict_may_stand_before_every_record(tmp_path: Path) -> None:
    records = [incident(f"IM{i}") for i in range(30)]
    write(tmp_path / "im.unl", (PROBSUMMARY, records), repeat=True)
    opened = only(tmp_path)
    assert len(read(opened, "incidents")) == 30
    assert opened.describe()[0].rows == 30
    assert codes(opened) == []


def test_an_older_and_a_newer_dbdict_of_one_file_are_each_read_as_they_say(tmp_path: Path) -> None:
    old = hpsm.dbdict(
        "probsummary", F("brief.description"), F("number"), tables=["m1.PROBSUMMARYM1"]
    )
    write(tmp_path / "1-old.unl", (old, [["Gammel", "IM1"]]))
    write(tmp_path / "2-new.unl", (PROBSUMMARY, [incident("IM2", brief_description="Ny")]))
    opened = only(tmp_path)
    assert [(r["number"], r["title"]) for r in read(opened, "incidents")] == [
        ("IM1", "Gammel"),
        ("IM2", "Ny"),
    ]
    [info] = opened.describe()
    assert info.rows == 2
    assert {"note", "log"} <= set(info.fields) & dict(info.missing).keys()


def test_data_without_a_dbdict_is_told_and_not_guessed(tmp_path: Path) -> None:
    path = write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1"), incident("IM2")]))
    whole = path.read_bytes()
    first = whole.index(b"\x00\x02\x19\xfb")
    path.write_bytes(whole[first:])
    opened = only(tmp_path)
    opened.check()
    assert codes(opened) == ["record-undefined"] * 2
    assert opened.problems()[0].place == f"{path} byte 0"


def test_data_behind_a_damaged_dbdict_is_not_taken_for_that_of_the_one_before(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "all.unl",
        (PROBSUMMARY, [incident("IM1")]),
        (hpsm.ASSIGNMENT, [["IT", ["ola"], None], ["UB", [], None]]),
        (PROBSUMMARY, [incident("IM2")]),
    )
    data = bytearray(path.read_bytes())
    second = data.index(b"\x00\x02\x19\xff", 1)
    data[second + 3] = 0x00
    path.write_bytes(data)
    opened = only(tmp_path)
    assert [row["number"] for row in read(opened, "incidents")] == ["IM1", "IM2"]
    assert codes(opened) == ["record-undefined", "record-undefined", "record-damaged"]
    data[second + 3] = 0xFF
    data[second + 6] = 0x17  # a record, and no dbdict
    path.write_bytes(data)
    assert [row["number"] for row in read(only(tmp_path), "incidents")] == ["IM1", "IM2"]


def test_data_behind_damage_goes_on_where_it_is_what_the_dbdict_says(tmp_path: Path) -> None:
    records = [incident(f"IM{i}", open_time=CHANGED) for i in range(9)]
    path = write(tmp_path / "im.unl", (PROBSUMMARY, records))
    data = bytearray(path.read_bytes())
    at = data.index(b"IM4") - 8
    data[at : at + 4] = b"oops"
    path.write_bytes(data)
    opened = only(tmp_path)
    assert [r["number"] for r in read(opened, "incidents")] == [
        f"IM{i}" for i in range(9) if i != 4
    ]
    [problem] = opened.problems()
    assert problem.code == "record-damaged"
    assert problem.place.startswith(f"{path} byte ")


def test_a_record_that_is_damaged_within_is_left_out_and_told(tmp_path: Path) -> None:
    records = [incident(f"IM{i}", brief_description="x" * 9, sysmodtime=CHANGED) for i in range(9)]
    path = write(tmp_path / "im.unl", (PROBSUMMARY, records))
    data = path.read_bytes()
    head, tail = data.split(b"IM4")
    path.write_bytes(head + b"IM4" + tail.replace(b"\x2d\x09", b"\x2d\xf0", 1))
    opened = only(tmp_path)
    batches = list(opened.read("incidents"))
    assert len(hpsm.rows(batches)) == 8
    assert sum(batch.skipped for batch in batches) == 1
    assert codes(opened) == ["record-damaged"]


def test_a_record_with_other_values_is_of_another_file_and_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1"), incident("IM2")]))
    other = write(tmp_path / "other.unl", (hpsm.ASSIGNMENT, [["IT", ["ola"], None]]))
    data = other.read_bytes()
    path.write_bytes(path.read_bytes() + data[data.index(b"\x00\x02\x19\xfb") :])
    other.unlink()
    opened = only(tmp_path)
    [batch] = opened.read("incidents")
    assert [row["number"] for row in hpsm.rows([batch])] == ["IM1", "IM2"]
    assert batch.skipped == 1
    assert codes(opened) == ["record-undefined"]


def test_records_that_all_have_other_values_than_the_dbdict_are_read_and_told(
    tmp_path: Path,
) -> None:
    fields = (F("number"), F("brief.description"), F("du.new"))
    with (tmp_path / "im.unl").open("wb") as stream:
        writer = UnloadWriter(stream)
        writer.define(hpsm.dbdict("probsummary", *fields, tables=["m1.PROBSUMMARYM1"]))
        for number in ("IM1", "IM2"):
            writer.add(DATA, Structure([number, "Tittel"]))
    opened = source(
        tmp_path, kinds=["incidents"], tables={"incidents": {"fields": {"new": "du.new"}}}
    )
    rows = read(opened, "incidents")
    assert [(r["number"], r["title"], r["new"]) for r in rows] == [
        ("IM1", "Tittel", None),
        ("IM2", "Tittel", None),
    ]
    [problem] = opened.problems()
    assert (problem.code, problem.warning) == ("record-undefined", True)


def test_a_file_that_is_no_unload_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    (tmp_path / "packed.unl").write_bytes(b"PK\3\4" + b"x" * 100)
    opened = only(tmp_path)
    assert [row["number"] for row in read(opened, "incidents")] == ["IM1"]
    [problem] = opened.problems()
    assert (problem.code, problem.place) == ("source-format", str(tmp_path / "packed.unl"))


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    opened = only(tmp_path, "none.unl", "some*.unl")
    assert [(p.code, p.place) for p in opened.check()][:2] == [
        ("source-table-missing", "migrate.yaml: source.unload.0"),
        ("source-table-missing", "migrate.yaml: source.unload.1"),
    ]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"unload": []}, "source.unload"),
        ({"encoding": "utf-16"}, "source.encoding"),
        ({"encoding": "no such"}, "source.encoding"),
        ({"tables": {"incidents": {"where": "1 = 1"}}}, "source.tables.incidents"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, more: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        source(tmp_path, "x.unl", **more)
    assert [problem.place for problem in error.value.problems] == [f"migrate.yaml: {place}"]


def test_what_is_out_of_reach_is_said_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    opened = source(tmp_path, kinds=["incidents", "knowledge", "relations"])
    infos = {info.kind: info for info in opened.describe()}
    incidents = infos["incidents"]
    assert incidents.modified == "sysmodtime"
    assert {"number", "title", "description", "sla_remaining"} <= set(incidents.fields)
    assert dict(incidents.missing)["priority"] == "probsummary has no field or column PRIORITY_CODE"
    assert dict(incidents.ways)["title"] == "probsummary: brief.description"
    assert infos["knowledge"].absent == "no unload file holds kmdocument"
    assert not infos["relations"].absent
    assert [p.code for p in opened.check() if not p.warning] == ["source-table-missing"]


def test_a_delta_holds_what_was_modified_since_and_what_does_not_say(tmp_path: Path) -> None:
    times = ["2019-01-01", "2019-03-01 11:59:59", "2019-03-01 12:00:00", None, "2019-04-01"]
    records = [
        incident(f"IM{i}", sysmodtime=time and hpsm.at(time)) for i, time in enumerate(times)
    ]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    since = CHANGED.replace(tzinfo=UTC)
    assert [row["number"] for row in read(only(tmp_path), "incidents", since=since)] == [
        "IM2",
        "IM3",
        "IM4",
    ]


def test_another_set_of_files_is_read_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "1.unl", (PROBSUMMARY, [incident("IM1", sysmodtime=CHANGED)]))
    [before] = only(tmp_path).describe()
    [again] = only(tmp_path).describe()
    write(tmp_path / "2.unl", (PROBSUMMARY, [incident("IM2", sysmodtime=CHANGED)]))
    [after] = only(tmp_path).describe()
    assert before.layout == again.layout != after.layout


def test_reading_goes_on_behind_every_batch(tmp_path: Path) -> None:
    for file in range(3):
        records = [incident(f"IM{file}{i:03}", sysmodtime=CHANGED) for i in range(25)]
        write(tmp_path / f"{file}.unl", (PROBSUMMARY, records))
    more = {"kinds": ["incidents"], "batch": 10}
    batches = list(source(tmp_path, **more).read("incidents"))
    assert [len(batch.rows) for batch in batches] == [10, 10, 5] * 3
    numbers = [row["number"] for row in hpsm.rows(batches)]
    done = 0
    for batch in batches:
        done += len(batch.rows)
        rest = read(source(tmp_path, **more), "incidents", after=batch.position)
        assert [row["number"] for row in rest] == numbers[done:]


def test_a_file_that_goes_away_stops_the_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    opened = only(tmp_path)
    opened.describe()
    path.unlink()
    with pytest.raises(StoppedError) as error:
        list(opened.read("incidents"))
    assert error.value.problems[0].code == "source-lost"


def test_files_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        write(tmp_path / f"im_{number}.unl", (PROBSUMMARY, [incident(f"IM{number}")]))
    assert [row["number"] for row in read(only(tmp_path), "incidents")] == ["IM1", "IM9", "IM10"]


def test_the_unload_files_of_the_page_on_sources_are_read_as_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(source:\n  type: unload\n.*?)^```$", page, re.M | re.S)
    (tmp_path / "migrate.yaml").write_text(blocks[0], encoding="utf-8")
    fields = (F("number"), F("rb.group"), F("rb.vip", "logical"), F("brief.description"))
    own = hpsm.dbdict("rb.incident", *fields, tables=["m1.RBINCIDENTM1"])
    (tmp_path / "unload").mkdir()
    title = "Blåbær".encode("cp1252")
    write(tmp_path / "unload" / "im.unl", (own, [["IM1", "IT-DRIFT", True, title]]))
    config = load_config(tmp_path).source
    [row] = read(UnloadSource(config, tmp_path), "incidents")
    assert (row["assignment"], row["rb_vip"], row["title"]) == ("IT-DRIFT", True, "Blåbær")
