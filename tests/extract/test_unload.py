from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import unload_hpsm as hpsm
from unload_hpsm import CHANGED, PROBSUMMARY, F, codes, incident, only, read, source, write

from migrate.extract.dbdict import Dbdict, DbdictField, DbdictTable
from migrate.extract.rc import UNKNOWN, Expression, Minutes, Structure


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
