from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import unload_samples as samples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rc_strategies import short_values

from migrate.extract import dbdict, rc
from migrate.extract.dbdict import (
    ARRAY,
    STRUCTURE,
    Dbdict,
    DbdictField,
    DbdictKey,
    DbdictTable,
    Service,
)
from migrate.extract.definitions import read_definitions
from migrate.extract.rc import UNKNOWN, Null, Structure
from migrate.extract.unload_file import UnloadWriter

CHANGES = Dbdict(
    "cm3r",
    (
        DbdictField("descriptor", 0, 1, 9, "m1", "DESCRIPTOR", "BLOB", True),
        DbdictField("header", 1, 1, STRUCTURE),
        DbdictField("number", 2, 1, 2, "m1", "NUMBER", "VARCHAR2(60)"),
        DbdictField("du.note", 2, 2, 2),
        DbdictField("assets", 1, 2, ARRAY),
        DbdictField("assets", 2, 1, 2, "a3", "ASSETS", "VARCHAR2(200)"),
        DbdictField("du.steps", 1, 3, ARRAY, "m1", "DU_STEPS", "BLOB", True),
        DbdictField("du.steps", 2, 1, STRUCTURE),
        DbdictField("what", 3, 1, 2),
        DbdictField("when", 3, 2, 3),
        DbdictField("du.only.here", 1, 4, 2),
    ),
    (DbdictTable("CM3RM1", "m1", "oracle9"), DbdictTable("CM3RA3", "a3", "oracle9")),
    (DbdictKey(12, ("header,number",)),),
)


def again(found: Dbdict, change: Any = lambda value: value) -> Dbdict:
    return dbdict.parse(change(rc.decode(rc.encode(dbdict.build(found)))[0]))


def test_what_lies_within_what_is_told_by_levels() -> None:
    header, assets, steps, only = CHANGES.top
    assert [node.field.name for node in header.children] == ["number", "du.note"]
    assert header.children[1].steps == (0, 1)
    assert [entry.column for entry in assets.columns] == ["", "ASSETS"]
    [element] = steps.children
    assert [(node.field.name, node.steps) for node in element.children] == [
        ("what", (2, None, 0)),
        ("when", (2, None, 1)),
    ]
    assert only.steps == (3,)
    assert [node.field.name for node in CHANGES.unmapped] == ["du.only.here"]
    assert CHANGES.table("A3") == "CM3RA3"


def test_order_is_that_of_the_index_and_not_of_the_entries() -> None:
    head, *rest = CHANGES.fields
    shuffled = Dbdict("cm3r", (head, rest[-1], *rest[:-1]))
    assert [node.field.name for node in shuffled.top] == [
        "header",
        "assets",
        "du.steps",
        "du.only.here",
    ]


def test_indexes_that_are_no_order_leave_that_of_the_entries() -> None:
    odd = Dbdict("f", tuple(DbdictField(name, 1, 7, 2) for name in ("b", "a")))
    assert [node.field.name for node in odd.top] == ["b", "a"]


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value,
        lambda value: Structure([*value, Null.TEXT, [Structure([1])], 7]),
        lambda value: Structure([Null.LOGICAL, [], *value]),
        lambda value: Structure([value[1], value[0], *value[2:]]),
        lambda value: Structure(
            [[Structure([*field, Null.TEXT]) for field in value[0]], *value[1:]]
        ),
        lambda value: Structure(
            [[Structure([field[0], Null.TEXT, *field[1:]]) for field in value[0]], *value[1:]]
        ),
    ],
)
def test_parts_are_known_by_their_shape_wherever_they_stand(change: Any) -> None:
    assert again(CHANGES, change) == CHANGES


@settings(deadline=None)
@given(st.lists(short_values, max_size=8).map(Structure) | short_values)
@example(Structure(["x", [Structure(["", 1, 1, 2])]]))
@example(Structure(["x", [Structure(["a", 1, 1, 0])]]))
@example(Structure(["", [Structure(["a", 1, 1, 2])]]))
@example(Structure(["x", []]))
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="a dbdict"):
        dbdict.parse(value)


def test_levels_without_end_are_refused() -> None:
    deep = tuple(DbdictField("x", level, 1, 8) for level in range(5_000))
    with pytest.raises(ValueError, match="a dbdict has a name and fields"):
        again(Dbdict("deep", deep))


EXTACCESS: dict[str, Any] = {
    "name": "probsummary",
    "service.name": "IncidentManagement",
    "object.name": "Incident",
    "soafield": ["number", "brief.description", "sysmodtime", Null.TEXT],
    "soacaption": ["IncidentID", "Tittel", Null.TEXT, "Lost"],
    "rest.list.name": "incidents",
    "rest.resource.name": "Incident",
    "rest.keys": ["number"],
    "rest.enabled": True,
    "rest.attachment.enabled": UNKNOWN,
    "rest.double.encode.slash": False,
    "max.records.page": 500,
}


def test_a_service_says_the_captions_of_the_fields_that_it_publishes() -> None:
    assert dbdict.service(EXTACCESS) == Service(
        "probsummary",
        "IncidentManagement",
        "Incident",
        {"number": "IncidentID", "brief.description": "Tittel"},
        "incidents",
        "Incident",
        ("number",),
        rest=True,
        attachments=None,
        double_encode_slash=False,
        max_records=500,
    )


def test_an_older_record_knows_nothing_of_rest() -> None:
    old = {name: EXTACCESS[name] for name in list(EXTACCESS)[:5]}
    found = dbdict.service(old)
    assert found is not None
    assert (found.collection, found.rest, found.max_records) == ("", None, None)
    assert dbdict.service({**old, "object.name": Null.TEXT}) is None


def test_the_sample_publishes_what_its_record_says() -> None:
    found = read_definitions(samples.FOLDER, [f"{samples.NAMES[0]}.unl"])
    if found.problems:
        pytest.skip("needs the samples of real unload files in ../shared")
    service = found.services["Activity", "Activity"]
    assert service.file == "activity"
    assert service.captions["thenumber"] == "UniqueNumber"
    assert len(service.captions) == 12


def test_the_definition_that_hpsm_changed_last_counts(tmp_path: Path) -> None:
    from dataclasses import replace
    from datetime import datetime

    for number, (year, column) in enumerate([(2016, "NEW"), (2014, "OLD")]):
        stream = io.BytesIO()
        writer = UnloadWriter(stream)
        changed = datetime.fromisoformat(f"{year}-01-01")
        fields = (DbdictField("id", 1, 1, 2, "m1", column),)
        writer.define(replace(CHANGES, fields=fields, modified=changed))
        (tmp_path / f"{number}.unl").write_bytes(stream.getvalue())
    found = read_definitions(tmp_path, ["*.unl"])
    assert found.dbdicts["cm3r"].fields[0].column == "NEW"
    assert found.problems == []


def test_definitions_that_are_missing_or_damaged_are_told(tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = UnloadWriter(stream)
    writer.add(0xFF, Structure(["no dbdict"]))
    writer.define(CHANGES)
    (tmp_path / "some.unl").write_bytes(stream.getvalue() + b"rest")
    found = read_definitions(tmp_path, ["some.unl", "none*.unl"])
    assert list(found.dbdicts) == ["cm3r"]
    assert [(p.code, p.place.rpartition("/")[2]) for p in found.problems] == [
        ("source-table-missing", "migrate.yaml: source.dbdict.1"),
        ("record-damaged", "some.unl byte 6"),
        ("record-damaged", f"some.unl byte {len(stream.getvalue())}"),
    ]
