from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from lxml import etree
from openpyxl import load_workbook
from simulated_hpsm import Hpsm

from migrate.config import SourceConfig, load_config
from migrate.extract.aliases import DEFAULTS
from migrate.simulate.hpsm import export_xml, make_database, reading
from migrate.simulate.hpsm.export_csv import export_csv
from migrate.simulate.hpsm.export_xlsx import CELL, TOGETHER, export_xlsx
from migrate.simulate.hpsm.exported import Export
from migrate.simulate.hpsm.exports import FORMATS, write_exports
from migrate.simulate.hpsm.listings import LISTINGS, Listing
from migrate.simulate.world import World

OSLO = ZoneInfo("Europe/Oslo")
CONTROL = "".join(map(chr, [*range(9), 11, 12, *range(14, 32)]))
Row = dict[str, Any]
csv.field_size_limit(1 << 30)


@pytest.fixture(scope="module")
def folder(hpsm: Hpsm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def exports(hpsm: Hpsm, folder: Path) -> dict[str, Export]:
    return write_exports(hpsm.url, folder)


def stored(hpsm: Hpsm, listing: Listing) -> list[Row]:
    with closing(sqlite3.connect(hpsm.path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{listing.table.name}"')]


def local(text: str | None, *, duration: bool) -> datetime | None:
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    moved = when.replace(tzinfo=UTC).astimezone(OSLO)
    return when if duration else moved.replace(tzinfo=None)


def without_control(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, CONTROL)))


def test_every_field_of_the_default_alias_tables_is_shown_in_the_lists() -> None:
    shown = {
        listing.name: {column.ours: column.column for column in listing.columns if column.ours}
        for listing in LISTINGS
    }
    assert shown == {
        name: {ours: column.column for ours, column in table.fields.items()}
        for name, table in DEFAULTS.items()
        if name != "attachments"
    }


def cells(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="latin-1", newline="") as stream:
        return [tuple(row) for row in csv.reader(stream, delimiter=";")]


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_a_csv_list_holds_the_rows_of_its_table(hpsm: Hpsm, folder: Path, listing: Listing) -> None:
    header, *found = cells(folder / "csv" / f"{listing.name}.csv")
    assert list(header) == [shown.heading for shown in listing.columns]
    expected = []
    for row in stored(hpsm, listing):
        shows = []
        for shown in listing.columns:
            value = row[shown.column]
            if shown.kind == "time":
                when = local(value, duration=shown.duration)
                value = f"{when:%d-%m}-{when.year} {when:%H:%M:%S}" if when else ""
            elif shown.kind == "logical":
                value = {"t": "true", "f": "false"}.get(value, "")
            elif shown.kind == "number" and value is not None:
                value = f"{value}".replace(".", ",")
            shows.append((value or "").encode("latin-1", "replace").decode("latin-1"))
        expected.append(tuple(shows))
    assert found == expected


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_a_workbook_holds_the_rows_of_its_table(hpsm: Hpsm, folder: Path, listing: Listing) -> None:
    name = "organisation" if listing.name in TOGETHER else listing.name
    book = load_workbook(folder / "xlsx" / f"{name}.xlsx", read_only=True)
    header, *found = book[listing.name].iter_rows(values_only=True)
    assert list(header) == [shown.heading for shown in listing.columns]
    expected: list[list[Any]] = []
    for row in stored(hpsm, listing):
        cells: list[Any] = []
        for shown in listing.columns:
            value = row[shown.column]
            if shown.kind == "time":
                value = local(value, duration=shown.duration)
            elif shown.kind == "logical":
                value = {"t": True, "f": False}.get(value)
            elif isinstance(value, str):
                value = without_control(value)[:CELL] or None
            cells.append(value)
        expected.append(cells)
    book.close()
    assert [list(row) for row in found] == expected


def test_a_workbook_takes_so_many_rows_and_another_goes_on(hpsm: Hpsm, tmp_path: Path) -> None:
    with reading.made(hpsm.url) as connection:
        export = export_xlsx(connection, tmp_path, lambda name, rows: None, most_rows=250)
    parts = [file for file in export.files if file.name == "incidents"]
    assert [file.alias for file in parts] == ["incidents"]
    parts = [file for file in export.files if file.name == "activities"]
    assert [file.alias for file in parts] == ["activities", "activities_2", "activities_3"]
    assert [file.rows for file in parts] == [250, 250, hpsm.counts.rows["ACTIVITYM1"] - 500]
    source = SourceConfig.model_validate(yaml.safe_load(export.source())["source"])
    assert (source.tables["activities_2"].kind, source.tables["activities_2"].like) == (
        *("activities", "activities"),
    )
    assert source.files["activities_3"].path == "activities_3.xlsx"


PLAIN = [
    listing
    for listing in LISTINGS
    if listing.name not in ("contacts", "operators", "groups", "members")
]


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("listing", PLAIN, ids=lambda listing: listing.name)
def test_a_plain_xml_list_holds_the_rows_of_its_table(
    hpsm: Hpsm, folder: Path, listing: Listing
) -> None:
    root = etree.parse(folder / "xml" / f"{listing.name}.xml").getroot()
    found = [{part.tag: part.text or "" for part in record} for record in root]
    expected = []
    for row in stored(hpsm, listing):
        record = {}
        for shown in listing.columns:
            value = row[shown.column]
            if shown.kind == "time" and value is not None:
                value = value.replace(" ", "T") + ("" if shown.duration else "+00:00")
            elif shown.kind == "logical":
                value = {"t": "true", "f": "false"}.get(value)
            elif isinstance(value, float):
                value = f"{value:g}"
            if value is not None:
                record[shown.field] = without_control(value)
        expected.append(record)
    assert found == expected


@pytest.mark.usefixtures("exports")
def test_people_and_groups_are_in_the_form_of_hpsms_own_exporter(hpsm: Hpsm, folder: Path) -> None:
    people = etree.parse(folder / "xml" / "usersAndContacts1.xml").getroot()
    assert people.tag == "migrationdoc"
    assert Counter(record.tag for record in people) == {
        "contacts": hpsm.counts.rows["CONTCTSM1"],
        "operator": hpsm.counts.rows["OPERATORM1"],
    }
    names = [record.findtext("contact.name") for record in people if record.tag == "contacts"]
    assert names == [
        row[0] for row in hpsm.ask("SELECT CONTACT_NAME FROM CONTCTSM1 ORDER BY rowid")
    ]
    types = {part.get("_type") for record in people for part in record}
    assert types == {"Text", "Boolean", "Decimal", "Array"}


@pytest.mark.usefixtures("exports")
def test_members_are_an_array_of_their_group(hpsm: Hpsm, folder: Path) -> None:
    groups = etree.parse(folder / "xml" / "groups.xml").getroot()
    members = [
        (group.findtext("name"), operator.text)
        for group in groups
        for operator in group.iterfind("operators/operators")
    ]
    assert sorted(members) == sorted(hpsm.ask("SELECT NAME, OPERATORS FROM ASSIGNMENTA1"))


def test_many_people_are_in_several_files(
    hpsm: Hpsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_xml, "PEOPLE", 600)
    with reading.made(hpsm.url) as connection:
        export = export_xml.export_xml(connection, tmp_path, lambda name, rows: None)
    assert export.rows["contacts"] == hpsm.counts.rows["CONTCTSM1"]
    assert export.rows["operators"] == hpsm.counts.rows["OPERATORM1"]
    aliases = [file.alias for file in export.files if file.name in ("contacts", "operators")]
    assert aliases == ["contacts", "contacts_2", "operators", "operators_2"]
    people = [
        record.tag
        for path in sorted(tmp_path.glob("usersAndContacts*.xml"))
        for record in etree.parse(path).getroot()
    ]
    assert len(people) == hpsm.counts.rows["CONTCTSM1"] + hpsm.counts.rows["OPERATORM1"]


@pytest.mark.parametrize("format", FORMATS)
def test_the_configuration_beside_them_names_every_file_and_says_what_is_lost(
    exports: dict[str, Export], folder: Path, format: str
) -> None:
    source = load_config(folder / format).source
    assert source.type == "exports"
    assert set(source.files) == set(source.tables) == set(DEFAULTS) - {"attachments"}
    for name, file in source.files.items():
        assert (folder / format / file.path).is_file()
        assert set(source.tables[name].fields) == set(DEFAULTS[name].fields)
    comments = (folder / format / "migrate.yaml").read_text(encoding="utf-8")
    assert all(f"#   {line}\n" in comments for line in exports[format].lost)
    assert any(line.startswith("attachments") for line in exports[format].lost)


def test_only_the_formats_that_are_asked_for_are_written(hpsm: Hpsm, tmp_path: Path) -> None:
    assert list(write_exports(hpsm.url, tmp_path, formats=("xml",))) == ["xml"]
    assert [path.name for path in tmp_path.iterdir()] == ["xml"]


def test_a_cell_that_begins_like_a_formula_is_text(tmp_path: Path, hpsm: Hpsm) -> None:
    path = tmp_path / "hpsm.db"
    path.write_bytes(hpsm.path.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE PROBSUMMARYM1 SET BRIEF_DESCRIPTION = '=1+1'")
    with reading.made(f"sqlite:///{path}") as connection:
        export_xlsx(connection, tmp_path, lambda name, rows: None)
        export_csv(connection, tmp_path, lambda name, rows: None)
    book = load_workbook(tmp_path / "incidents.xlsx", read_only=True)
    cells = [cell for row in book["incidents"].iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}
    book.close()


@pytest.mark.postgres
def test_postgresql_is_exported_to_the_same_lists(
    exports: dict[str, Export], folder: Path, tmp_path: Path, postgres_url: str
) -> None:
    make_database(postgres_url, World(7, "test"))
    assert write_exports(postgres_url, tmp_path, formats=("csv",)) == {"csv": exports["csv"]}
    for path in folder.glob("csv/*.csv"):
        assert Counter(cells(tmp_path / "csv" / path.name)) == Counter(cells(path)), path.name
