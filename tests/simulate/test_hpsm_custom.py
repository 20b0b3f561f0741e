from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from simulated_hpsm import Hpsm, made

from migrate.extract import rc
from migrate.extract.dbdict import ARRAY, Dbdict, Node
from migrate.extract.definitions import read_definitions
from migrate.simulate.hpsm import make_database
from migrate.simulate.hpsm.bulk import engine
from migrate.simulate.hpsm.custom import CUSTOM
from migrate.simulate.hpsm.files import CLASSIC, ELEMENT_WIDTH, Storage
from migrate.simulate.hpsm.unload import write_definitions
from migrate.simulate.world import World

Record = dict[str, Any]


@pytest.fixture(scope="module")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Hpsm:
    return made(tmp_path_factory.mktemp("custom") / "custom.db", layout="custom")


def defined(folder: Path, layout: str) -> dict[str, Dbdict]:
    files, database = (CUSTOM, "sqlserver") if layout == "custom" else (CLASSIC, "oracle9")
    write_definitions(folder / f"{layout}.unl", files.values(), database)
    found = read_definitions(folder, [f"{layout}.unl"])
    assert found.problems == []
    return found.dbdicts


def rows(path: Path, table: str) -> list[Record]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]


class Reader:
    """Reads one HPSM file by nothing but its dbdict: field → value as the classic tables have it.

    Written apart from what reads a customer's database, so that neither is the other's measure.
    """

    def __init__(self, path: Path, dbdict: Dbdict) -> None:
        self._dbdict = dbdict
        columns = {node.field.name: node.field.column for node in dbdict.top}
        self._key = [columns[name] for name in dbdict.keys[0].fields]
        self._tables = {
            table.alias: self._by_key(rows(path, table.name)) for table in dbdict.tables
        }

    def records(self) -> list[Record]:
        """In the order of their keys."""
        return [
            {
                node.field.name: self._value(key, at, node)
                for at, node in enumerate(self._dbdict.top)
            }
            for key in sorted(self._tables["m1"], key=repr)
        ]

    def _by_key(self, found: list[Record]) -> dict[tuple[Any, ...], list[Record]]:
        grouped: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for row in found:
            grouped[tuple(row[column] for column in self._key)].append(row)
        return dict(grouped)

    def _value(self, key: tuple[Any, ...], at: int, node: Node) -> Any:
        entry = next((e for e in node.columns if e.column), None)
        if entry is None:
            [row] = self._tables["m1"][key]
            descriptor = rc.unwrap(row["DESCRIPTOR"])
            assert len(descriptor) == len(self._dbdict.top)
            return _stored(rc.plain(descriptor[at]))
        there = self._tables[entry.alias].get(key, [])
        if entry.alias.startswith("a"):
            return _joined(sorted(there, key=lambda row: row["RECORD_NUMBER"]), entry.column)
        value = there[0][entry.column] if there else None
        if entry.rc and node.field.name != "data" and value is not None:
            return _stored(rc.plain(rc.unwrap(value)))
        assert node.field.type != ARRAY or value is None or isinstance(value, str)
        return value


def _joined(parts: list[Record], column: str) -> str | None:
    """A row that is full goes on in the next."""
    lines: list[str] = []
    full = False
    for part in parts:
        lines[-1:] = [lines[-1] + part[column]] if full else [*lines[-1:], part[column]]
        full = len(part[column]) == ELEMENT_WIDTH
    return "\n".join(lines) if parts else None


def _stored(value: Any) -> Any:
    if isinstance(value, list):
        return None if value == [None] else "\n".join(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat(" ") if hasattr(value, "isoformat") else value


def test_read_by_their_dbdicts_both_layouts_hold_the_same_records(
    hpsm: Hpsm, custom: Hpsm, tmp_path: Path
) -> None:
    theirs, ours = defined(tmp_path, "custom"), defined(tmp_path, "classic")
    assert set(theirs) == set(ours)
    for name in ours:
        if name != "extaccess":
            expected = Reader(hpsm.path, ours[name]).records()
            assert Reader(custom.path, theirs[name]).records() == expected, name
            assert expected


def test_every_storage_occurs_and_no_table_keeps_its_name(custom: Hpsm) -> None:
    fields = [field for file in CUSTOM.values() for field in file.fields]
    assert {field.storage for field in fields} == set(Storage)
    assert any(field.alias == "m2" for field in fields)
    assert not set(custom.counts.rows) & {file.main.name for file in CLASSIC.values()}
    assert all(custom.counts.rows[name] > 0 for name in custom.counts.rows)
    for name, count in custom.counts.rows.items():
        assert custom.one(f"SELECT count(*) FROM {name}") == count


def test_long_elements_go_on_in_the_next_row(custom: Hpsm) -> None:
    widths = custom.ask("SELECT length(HU_ACTION), RECORD_NUMBER FROM HUPROBSUMMARYA1")
    assert max(width for width, _ in widths) == ELEMENT_WIDTH
    assert any(width == ELEMENT_WIDTH for width, _ in widths)


def test_a_field_without_a_column_is_nowhere_but_in_the_descriptor(custom: Hpsm) -> None:
    columns = {row[1] for row in custom.ask("PRAGMA table_info(HUPROBSUMMARYM1)")}
    assert "RESOLUTION" not in columns
    assert "DESCRIPTOR" in columns


def test_the_third_state_of_a_logical_stands_in_the_descriptor(custom: Hpsm) -> None:
    states = {
        value
        for (blob,) in custom.ask("SELECT DESCRIPTOR FROM HUACTIVITYM1")
        for value in rc.unwrap(blob)
        if isinstance(value, bool | rc.Logical)
    }
    assert states == {True, False, rc.UNKNOWN}


def test_the_same_dirt_is_planted_in_either_layout(hpsm: Hpsm, custom: Hpsm) -> None:
    assert custom.counts.dirt == hpsm.counts.dirt
    assert custom.counts.examples == hpsm.counts.examples


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="other"):
        make_database(f"sqlite:///{tmp_path / 'x.db'}", World(1, "test"), layout="other")


@pytest.mark.postgres
def test_postgresql_gets_the_custom_layout_too(custom: Hpsm, postgres_url: str) -> None:
    assert make_database(postgres_url, World(7, "test"), layout="custom") == custom.counts
    target = engine(postgres_url)
    with target.connect() as connection:
        blobs = [
            bytes(row[0])
            for row in connection.execute(sa.text('SELECT "DESCRIPTOR" FROM "HUPROBSUMMARYM1"'))
        ]
    target.dispose()
    assert set(blobs) == {blob for (blob,) in custom.ask("SELECT DESCRIPTOR FROM HUPROBSUMMARYM1")}
