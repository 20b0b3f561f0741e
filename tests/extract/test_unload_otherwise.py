"""Unload files as other installations hand them over."""

from __future__ import annotations

from pathlib import Path

import pytest
import unload_hpsm as hpsm
from unload_hpsm import PROBSUMMARY, F, codes, incident, only, read, source, write

from migrate.extract.unload_file import DATA
from migrate.extract.unload_window import MARK

HEAD = len(MARK) + 3


@pytest.mark.parametrize("size", [70_000, 5_000_000])
def test_a_record_whose_two_bytes_cannot_say_its_length_is_read(tmp_path: Path, size: int) -> None:
    records = [
        incident(f"IM{i}", brief_description="x" * (size if i == 2 else 2)) for i in (1, 2, 3)
    ]
    whole = write(tmp_path / "im.unl", (PROBSUMMARY, records)).read_bytes()
    at = whole.index(MARK + bytes((DATA, 0xFF, 0xFF)))
    length = int.from_bytes(whole[at + HEAD : at + HEAD + 4], "big")
    wrapped = whole[: at + HEAD - 2] + (length % 65_536).to_bytes(2, "big") + whole[at + HEAD + 4 :]
    (tmp_path / "im.unl").write_bytes(wrapped)
    opened = only(tmp_path)
    assert [len(row["title"]) for row in read(opened, "incidents")] == [2, size, 2]
    assert codes(opened) == []


def test_a_pattern_finds_files_whose_names_are_written_in_other_letters(tmp_path: Path) -> None:
    write(tmp_path / "a.unl", (PROBSUMMARY, [incident("IM1")]))
    write(tmp_path / "Eksport 2019.UNL", (PROBSUMMARY, [incident("IM2")]))
    write(tmp_path / "[1] x.Unl", (PROBSUMMARY, [incident("IM3")]))
    assert sorted(r["number"] for r in read(only(tmp_path), "incidents")) == ["IM1", "IM2", "IM3"]
    assert [r["number"] for r in read(only(tmp_path, "EKSPORT*.unl"), "incidents")] == ["IM2"]
    assert [r["number"] for r in read(only(tmp_path, "A.UNL"), "incidents")] == ["IM1"]


def test_what_is_missing_is_told_with_what_is_there(tmp_path: Path) -> None:
    own = hpsm.dbdict("hendelser", F("nr"), tables=["m1.HENDELSERM1"])
    write(tmp_path / "im.unl", (own, [["IM1"]]))
    [problem] = [p for p in source(tmp_path, kinds=["incidents"]).check() if not p.warning]
    assert "they hold hendelser" in problem.message


def test_data_apart_from_its_dbdict_is_told_where_its_kind_is_missing(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.unl", (PROBSUMMARY, [incident("IM1")])).read_bytes()
    at = whole.index(MARK + bytes((DATA,)))
    (tmp_path / "a.unl").write_bytes(whole[at:])
    (tmp_path / "dbdict.unl").write_bytes(whole[:at])
    told = [(p.code, p.place) for p in only(tmp_path).check() if not p.warning]
    assert told == [
        ("source-table-missing", "probsummary"),
        ("record-undefined", f"{tmp_path / 'a.unl'} byte 0"),
    ]
    (tmp_path / "whole.unl").write_bytes(whole[:at] + whole[at:])  # as errors.md says
    assert [row["number"] for row in read(only(tmp_path, "whole.unl"), "incidents")] == ["IM1"]


def test_a_field_without_a_name_has_its_place(tmp_path: Path) -> None:
    named = hpsm.dbdict(
        "probsummary", F("number"), F(""), F("brief.description"), tables=["m1.PROBSUMMARYM1"]
    )
    write(tmp_path / "im.unl", (named, [["IM1", "unavngitt", "tittel"]]))
    opened = source(tmp_path, kinds=["incidents"])
    assert read(opened, "incidents")[0]["title"] == "tittel"
    [info] = opened.describe()
    assert info.unread == ()


def test_what_is_called_so_within_an_array_is_no_field_of_the_record(tmp_path: Path) -> None:
    inner = (F("contact.name", "text", "a1.CONTACT_NAME"), F("status"))
    lines = F("rb.lines", "array", "m1.RB_LINES", inner)
    fields = (F("number"), lines, F("contact.name"))
    own = hpsm.dbdict("probsummary", *fields, tables=["m1.PROBSUMMARYM1", "a1.PROBSUMMARYA1"])
    write(tmp_path / "im.unl", (own, [["IM1", [("en annen", "x")], "BERG, ADA"]]))
    opened = source(tmp_path, kinds=["incidents"])
    [row] = read(opened, "incidents")
    assert row["contact_name"] == "BERG, ADA"
    assert "alert_status" not in row
    said = {"incidents": {"fields": {"rb_states": {"column": "rb.lines,status", "type": "array"}}}}
    [row] = read(source(tmp_path, kinds=["incidents"], tables=said), "incidents")
    assert row["rb_states"] == "x"


def test_of_a_structure_the_field_that_is_no_utf_8_is_told_alone(tmp_path: Path) -> None:
    header = F("header", "structure", "", (F("number"), F("brief.description"), F("assignment")))
    own = hpsm.dbdict("probsummary", header, F("action", "array"), tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "im.unl", (own, [[("IM1", "Blåbær".encode("cp1252"), "IT"), None]]))
    opened = source(tmp_path, kinds=["incidents"])
    [row] = read(opened, "incidents")
    assert (row["number"], row["title"], row["assignment"]) == ("IM1", "Blåbær", "IT")
    assert [p.message[:18] for p in opened.problems()] == ["title is no UTF-8,"]


def test_a_field_that_one_dbdict_of_a_file_has_is_not_missing(tmp_path: Path) -> None:
    older = hpsm.dbdict("probsummary", F("number"), F("assignment"), tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "2010.unl", (older, [["IM1", "IT"]]))
    write(tmp_path / "2016.unl", (PROBSUMMARY, [incident("IM2", brief_description="tittel")]))
    opened = only(tmp_path)
    told = [p for p in opened.check() if "incidents.title" in p.message]
    assert [p.warning for p in told] == [True]
    assert not [p for p in opened.check() if not p.warning]
    assert [row.get("title") for row in read(opened, "incidents")] == [None, "tittel"]
    (tmp_path / "2016.unl").unlink()
    told = [p for p in only(tmp_path).check() if "incidents.title" in p.message]
    assert [p.warning for p in told] == [False]


def test_a_dbdict_without_the_group_stops_all(tmp_path: Path) -> None:
    older = hpsm.dbdict("probsummary", F("number"), tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "2010.unl", (older, [["IM1"]]))
    write(tmp_path / "2016.unl", (PROBSUMMARY, [incident("IM2")]))
    told = [p.message for p in only(tmp_path).check() if not p.warning]
    assert told == ["has no column ASSIGNMENT for incidents.assignment"]
