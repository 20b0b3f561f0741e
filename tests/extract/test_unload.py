from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import unload_hpsm as hpsm
from unload_hpsm import PROBSUMMARY, F, incident, read, source, write

from migrate.config import load_config
from migrate.errors import ConfigurationError, StoppedError
from migrate.extract.dbdict import Dbdict, DbdictField, DbdictTable
from migrate.extract.rc import UNKNOWN, Expression, Minutes, Structure
from migrate.extract.source import Source
from migrate.extract.unload import UnloadSource
from migrate.extract.unload_file import DATA, UnloadWriter

CHANGED = hpsm.at("2019-03-01 12:00:00")
FIELDS = {"note": "du.note", "vip": {"column": "DU_VIP", "type": "logical"}, "log": "DU_LOG"}


def only(folder: Path, *files: str, **fields: Any) -> Source:
    """A source of incidents, with further fields."""
    return source(
        folder, *files, kinds=["incidents"], tables={"incidents": {"fields": {**FIELDS, **fields}}}
    )


def codes(opened: Source) -> list[str]:
    return [problem.code for problem in opened.problems()]


def test_fields_are_found_by_column_by_name_and_without_either(tmp_path: Path) -> None:
    record = incident(
        "IM1",
        brief_description="Døra er låst",
        action=["en", None, "tre"],
        contact_name="BERG, ADA",
        open_time=CHANGED,
        du_sla=hpsm.at("4000-01-02 00:00:00"),
        du_note="bare her",
        du_vip=True,
    )
    write(tmp_path / "im.unl", (PROBSUMMARY, [record]))
    [row] = read(only(tmp_path), "incidents")
    assert row["title"] == "Døra er låst"  # its column is called DU_TITTEL
    assert row["description"] == "en\n\ntre"
    assert row["contact_name"] == "BERG, ADA"
    assert row["open_time"] == "2019-03-01 12:00:00"
    assert row["sla_remaining"] == 86_400
    assert row["note"] == "bare her"  # it has no column at all
    assert row["vip"] is True


def test_a_name_of_ours_is_a_field_before_it_is_a_column(tmp_path: Path) -> None:
    fields = (
        F("number"),
        F("du.other", "text", "m1.ACTION"),
        F("action", "array", "m1.ACTION_TXT"),
    )
    crossed = hpsm.dbdict("probsummary", *fields, tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "im.unl", (crossed, [["IM1", "another field", ["the text"]]]))
    assert read(source(tmp_path, kinds=["incidents"]), "incidents")[0]["description"] == "the text"
    said = {"incidents": {"fields": {"description": {"column": "ACTION_TXT", "type": "array"}}}}
    assert (
        read(source(tmp_path, kinds=["incidents"], tables=said), "incidents")[0]["description"]
        == "the text"
    )
    column = {"incidents": {"fields": {"title": "ACTION"}}}
    assert read(source(tmp_path, kinds=["incidents"], tables=column), "incidents")[0]["title"] == (
        "another field"
    )


def test_an_array_of_structures_is_a_line_of_json_each(tmp_path: Path) -> None:
    log = [("Åpnet", CHANGED, True), ("to\nlinjer", None, UNKNOWN)]
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1", du_log=log), incident("IM2")]))
    first, second = read(only(tmp_path), "incidents")
    assert first["log"].split("\n") == [
        '["Åpnet","2019-03-01 12:00:00",true]',
        '["to\\nlinjer",null,null]',
    ]
    assert second["log"] is None


def test_a_member_of_an_array_of_structures_can_be_named(tmp_path: Path) -> None:
    log = [("a", CHANGED, True), ("b", None, False)]
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1", du_log=log)]))
    [row] = read(only(tmp_path, what={"column": "what", "type": "array"}), "incidents")
    assert row["what"] == "a\nb"


def test_fields_within_structures_are_fields(tmp_path: Path) -> None:
    header = F(
        "header", "structure", "", (F("number", "text", "m1.NUMBER"), F("status", "text", ""))
    )
    changes = hpsm.dbdict("cm3r", header, F("status", "text", "m1.OTHER"), tables=["m1.CM3RM1"])
    write(tmp_path / "cm.unl", (changes, [[("C1", "within"), "outside"]]))
    tables = {"changes": {"fields": {"inner": "header,status", "outer": "OTHER"}}}
    [row] = read(source(tmp_path, kinds=["changes"], tables=tables), "changes")
    assert (row["number"], row["inner"], row["outer"]) == ("C1", "within", "outside")


def test_the_third_state_is_nothing(tmp_path: Path) -> None:
    states = [True, False, UNKNOWN, None]
    records = [incident(f"IM{i}", du_vip=state) for i, state in enumerate(states)]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    assert [row["vip"] for row in read(only(tmp_path), "incidents")] == [True, False, None, None]


@pytest.mark.parametrize(
    ("stored", "seconds"),
    [
        (hpsm.at("4000-01-01 00:05:00"), 300),
        (hpsm.at("3999-12-31 23:00:00"), -3_600),
        (Minutes(90), 5_400),
        (hpsm.at("0002-01-01 00:00:00"), (380 + 365) * 86_400),  # minutes, though it looks a date
        (45, 45),
    ],
)
def test_durations_are_seconds_however_they_are_stored(
    tmp_path: Path, stored: Any, seconds: int
) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1", du_sla=stored)]))
    assert read(only(tmp_path), "incidents")[0]["sla_remaining"] == seconds


def test_a_value_that_is_not_of_its_type_keeps_its_text(tmp_path: Path) -> None:
    records = [
        incident("IM1", open_time="i går", du_vip="kanskje"),
        incident("IM2", open_time=hpsm.at("4000-01-01 00:00:00")),
        incident("IM3", open_time=Minutes(90)),
        incident("IM4", category=Expression(b"\x00\x81")),
        incident("IM5", category=7, du_vip="t"),
    ]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    opened = only(tmp_path)
    [batch] = opened.read("incidents")
    assert batch.raw == {
        0: {"open_time": "i går", "vip": "kanskje"},
        1: {"open_time": "4000-01-01 00:00:00"},
        2: {"open_time": "1:30:00"},
        3: {"category": "0081"},
    }
    *_, last = hpsm.rows([batch])
    assert (last["category"], last["vip"]) == ("7", True)
    assert set(codes(opened)) == {"value-unreadable"}


def test_texts_of_any_size_are_read_whole(tmp_path: Path) -> None:
    long = "Æ" * 200_000
    lines = [f"linje {i}" for i in range(5_000)]
    records = [incident("IM1", brief_description=long), incident("IM2", action=lines)]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    opened = only(tmp_path)
    first, second = read(opened, "incidents")
    assert first["title"] == long
    assert second["description"] == "\n".join(lines)
    assert codes(opened) == []


def test_text_that_is_no_utf_8_is_read_by_the_fallback_and_told(tmp_path: Path) -> None:
    latin = "Blåbær".encode("cp1252")
    records = [incident("IM1", brief_description=latin, action=["Rødgrøt", "Ål".encode("cp1252")])]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    opened = only(tmp_path)
    [row] = read(opened, "incidents")
    assert (row["title"], row["description"]) == ("Blåbær", "Rødgrøt\nÅl")
    assert type(row["title"]) is str
    told = opened.problems()
    assert [(p.code, p.warning) for p in told] == [("text-encoding", True)] * 2
    assert "title is no UTF-8" in told[0].message
    dos = source(tmp_path, kinds=["incidents"], encoding="cp865")
    assert read(dos, "incidents")[0]["title"] == latin.decode("cp865")


def test_members_are_the_elements_of_a_group(tmp_path: Path) -> None:
    groups = [
        ["IT-DRIFT", ["ola", " kari ", None], CHANGED],
        ["TOM", [], None],
        ["UB", ["ola"], None],
    ]
    write(tmp_path / "a.unl", (hpsm.ASSIGNMENT, groups))
    opened = source(tmp_path, kinds=["groups", "members"])
    assert [row["key"] for row in read(opened, "members")] == [
        "IT-DRIFT|ola",
        "IT-DRIFT|kari",
        "UB|ola",
    ]
    assert [row["name"] for row in read(opened, "groups")] == ["IT-DRIFT", "TOM", "UB"]
    infos = {info.kind: info for info in opened.describe()}
    assert (infos["groups"].rows, infos["members"].rows) == (3, None)


def test_members_need_no_table_of_their_own(tmp_path: Path) -> None:
    fields = (F("name", "text", "m1.NAME"), F("operators", "array", "m1.OPERATORS"))
    clob = hpsm.dbdict("assignment", *fields, tables=["m1.ASSIGNMENTM1"])
    write(tmp_path / "a.unl", (clob, [["IT", ["ola", "kari"]]]))
    keys = [row["key"] for row in read(source(tmp_path, kinds=["members"]), "members")]
    assert keys == ["IT|ola", "IT|kari"]


@pytest.mark.parametrize(
    "more",
    [
        {"tables": ["m1.PROBSUMMARYM1"]},
        {"tables": ["m1.DU_INCIDENTM1"]},
        {"tables": ["m1.PROBSUMMARYM2", "m2.PROBSUMMARYM1"]},
        {"tables": []},
    ],
)
def test_a_file_is_known_by_its_table_or_by_its_name(tmp_path: Path, more: Any) -> None:
    write(tmp_path / "im.unl", (hpsm.dbdict("ProbSummary", F("number"), **more), [["IM1"]]))
    assert [row["number"] for row in read(source(tmp_path), "incidents")] == ["IM1"]


def test_the_configuration_may_name_the_file_or_its_table(tmp_path: Path) -> None:
    own = hpsm.dbdict("du.saker", F("du.nr", "text", "m1.DU_NR"), tables=["m1.DUSAKERM1"])
    write(tmp_path / "x.unl", (own, [["IM1"]]))
    for table in ("du.saker", "DUSAKERM1", "dusakerm1"):
        tables = {"incidents": {"table": table, "fields": {"number": "DU_NR"}}}
        opened = source(tmp_path, kinds=["incidents"], tables=tables)
        assert [row["number"] for row in read(opened, "incidents")] == ["IM1"]


def test_a_table_that_was_chosen_and_is_not_there_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1")]))
    opened = source(tmp_path, kinds=["incidents"], tables={"incidents": {"table": "DU_SAKER"}})
    [problem] = [p for p in opened.check() if not p.warning]
    assert problem.code == "source-table-missing"
    with pytest.raises(ConfigurationError):
        list(opened.read("incidents"))


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


def test_an_owner_before_the_name_of_a_table_is_no_part_of_it(tmp_path: Path) -> None:
    own = Dbdict(
        "du.saker",
        (DbdictField("number", 1, 1, 2, "m1", "NUMBER"),),
        (DbdictTable("SM9.PROBSUMMARYM1", "m1"),),
    )
    write(tmp_path / "im.unl", (own, [["IM1"]]))
    assert [r["number"] for r in read(source(tmp_path, kinds=["incidents"]), "incidents")] == [
        "IM1"
    ]


def test_two_names_of_one_value_are_both_its_name(tmp_path: Path) -> None:
    own = Dbdict(
        "probsummary",
        (
            DbdictField("number", 1, 1, 2),
            DbdictField("brief.description", 1, 2, 2),
            DbdictField("du.nummer", 1, 1, 2, "m1", "DU_NUMMER"),
        ),
    )
    write(tmp_path / "im.unl", (own, [["IM1", "Tittel"]]))
    tables = {"incidents": {"fields": {"again": "DU_NUMMER"}}}
    [row] = read(source(tmp_path, kinds=["incidents"], tables=tables), "incidents")
    assert (row["number"], row["title"], row["again"]) == ("IM1", "Tittel", "IM1")


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


def test_a_key_that_is_padded_is_the_key(tmp_path: Path) -> None:
    write(
        tmp_path / "im.unl", (PROBSUMMARY, [incident("IM1   "), incident("  "), incident("IM2\0")])
    )
    opened = only(tmp_path)
    assert [row["number"] for row in read(opened, "incidents")] == ["IM1", "IM2"]
    assert codes(opened) == ["record-key-empty"]


def test_a_structure_where_a_text_was_expected_is_shown(tmp_path: Path) -> None:
    odd = F("category", "structure", "m1.CATEGORY", (F("a"), F("b", "number")))
    own = hpsm.dbdict("probsummary", F("number"), odd, tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "im.unl", (own, [["IM1", Structure(["x", 2])]]))
    [row] = read(source(tmp_path, kinds=["incidents"]), "incidents")
    assert row["category"] == '["x",2]'


def test_reading_takes_the_time_of_day_as_it_is_stored(tmp_path: Path) -> None:
    """Clocks go back on 27 October 2019 in Norway; GMT knows nothing of it."""
    times = [datetime(2019, 10, 27, hour, 30) for hour in range(4)]  # noqa: DTZ001 - as stored
    records = [incident(f"IM{i}", open_time=time) for i, time in enumerate(times)]
    write(tmp_path / "im.unl", (PROBSUMMARY, records))
    assert [row["open_time"][11:] for row in read(only(tmp_path), "incidents")] == [
        f"0{hour}:30:00" for hour in range(4)
    ]


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
