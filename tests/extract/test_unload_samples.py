"""Both eras of real unload files: to the last byte, and as the trial decoding has them."""

from __future__ import annotations

import io
from typing import Any

import pytest
import unload_samples as samples

from migrate.extract import dbdict, rc
from migrate.extract.dbdict import Dbdict, DbdictKey, DbdictTable
from migrate.extract.rc import UNKNOWN, Structure
from migrate.extract.unload_file import DATA, DBDICT, Record, records


def read(name: str) -> list[Record]:
    found = list(records(io.BytesIO(samples.unload(name))))
    assert all(isinstance(record, Record) for record in found)
    return [record for record in found if isinstance(record, Record)]


def plain(value: Any) -> Any:
    """As the decoded text writes it: with the third state in words."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, Structure):
        return tuple(plain(part) for part in value)
    return "unknown" if value is UNKNOWN else rc.plain(value)


def dbdicts(name: str) -> list[Dbdict]:
    return [dbdict.parse(rc.decode(r.data)[0]) for r in read(name) if r.kind == DBDICT]


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_byte_is_of_a_record_and_is_given_back(name: str) -> None:
    data = samples.unload(name)
    at = 0
    for record in read(name):
        assert record.offset == at
        value, end = rc.decode(record.data)
        assert end == len(record.data)
        assert rc.encode(value) == record.data
        at = record.end
    assert at == len(data)


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_dbdicts_are_those_of_the_decoded_text(name: str) -> None:
    told = [part for part in samples.told(name) if part.file]
    values = [rc.decode(record.data)[0] for record in read(name) if record.kind == DBDICT]
    assert len(values) == len(told) > 0
    for value, expected in zip(values, told, strict=True):
        found = dbdict.parse(value)
        assert found.file == expected.file
        assert expected.fields == tuple(
            (
                field.name,
                field.level,
                field.index,
                field.type,
                repr((field.alias or None, field.column or None, field.sql_type or None, field.rc)),
            )
            for field in found.fields
        )
        assert repr(plain(value)[1]) == expected.keys
        assert repr(plain(value)[3:]) == expected.rest


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_data_is_that_of_the_decoded_text(name: str) -> None:
    told = [part for part in samples.told(name) if not part.file]
    current: Dbdict | None = None
    data = []
    for record in read(name):
        value, _ = rc.decode(record.data)
        if record.kind == DATA:
            assert current is not None
            assert len(value) == len(current.top)
            data.append(dbdict.record(current, value))
        else:
            current = dbdict.parse(value)
    assert len(data) == len(told) > 0
    for values, expected in zip(data, told, strict=True):
        assert expected.count == len(values)
        shown = {n: repr(plain(v)) for n, v in values.items() if plain(v) is not None}
        assert shown.keys() == dict(expected.values).keys()
        for name_, text in expected.values:
            assert shown[name_].startswith(text) if len(text) >= 300 else shown[name_] == text


def test_both_eras_give_the_same_parts() -> None:
    old = next(found for found in dbdicts("activitywsdl") if found.file == "extaccess")
    new = next(found for found in dbdicts("Diff_WebService") if found.file == "extaccess")
    assert old.tables == (DbdictTable("EXTACCESSM1", "m1", "oracle11"),)
    assert new.tables == (DbdictTable("EXTACCESSM1", "m1", "oracle9"),)
    assert old.keys == new.keys
    assert old.keys[0] == DbdictKey(dbdict.UNIQUE, ("object.name", "service.name"))
    assert (len(old.top), len(new.top)) == (17, 30)
    assert new.modified is not None
    assert new.modified.year == 2014


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_dbdict_that_is_built_anew_says_the_same(name: str) -> None:
    for found in dbdicts(name):
        assert dbdict.parse(rc.decode(rc.encode(dbdict.build(found)))[0]) == found


def test_a_field_without_a_column_and_one_with_a_column_of_another_name() -> None:
    scripts, *_, actions = dbdicts("Diff_WebService")
    assert [node.field.name for node in scripts.unmapped] == ["script"]
    assert scripts.descriptor is not None
    assert scripts.descriptor.column == "DESCRIPTOR"
    [node] = [node for node in actions.top if node.field.name == "execute.action"]
    assert node.field.column == "ACTION_DESC"
