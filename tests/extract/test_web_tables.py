"""Which captions a web service is asked for: ours, those of extaccess, those of migrate.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrate.config import SourceConfig
from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    LOGICAL,
    STRUCTURE,
    Dbdict,
    DbdictField,
    DbdictTable,
    Service,
)
from migrate.extract.definitions import Definitions, read_definitions
from migrate.extract.unload_file import UnloadWriter
from migrate.extract.web_tables import WebTable, web_tables


def service(file: str, name: str, object_: str, captions: dict[str, str], **more: Any) -> Service:
    return Service(file, name, object_, captions, **more)


INCIDENT = service(
    "probsummary",
    "IncidentManagement",
    "Incident",
    {
        "number": "Saksnr",
        "brief.description": "Tittel",
        "reopen.time": "Gjenaapnet",
        "sysmodtime": "Endret",
    },
    collection="saker",
    resource="Sak",
    rest=True,
)


def made(way: str, *services: Service, dbdicts: Any = (), **tables: Any) -> dict[str, WebTable]:
    found = Definitions(services={(s.service, s.object): s for s in services})
    for dbdict in dbdicts:
        found.add(dbdict)
    return web_tables(SourceConfig.model_validate({"type": way, "tables": tables}), found)


def test_without_more_the_captions_that_were_seen_are_asked_for() -> None:
    found = made("rest")
    incidents = found["incidents"]
    assert incidents.layout.columns["number"] == "IncidentID"
    assert incidents.table.sort == ("number",)
    assert found["interactions"].table.sort == ("incident.id",)
    assert found["changes"].layout.columns["title"] == "header.Title"
    assert "attachments" not in found
    assert not found["interactions"].absent
    assert found["relations"].absent


@pytest.mark.parametrize("way", ["rest", "soap"])
def test_extaccess_says_what_is_shown_and_under_which_caption(way: str) -> None:
    table = made(way, INCIDENT)["incidents"]
    assert table.layout.columns == {
        "number": "Saksnr",
        "title": "Tittel",
        "reopen_time": "Gjenaapnet",
        "sysmodtime": "Endret",
    }
    assert (table.table.collection, table.table.object) == ("saker", "Incident")
    assert "extaccess shows no such field of Incident" in table.layout.missing["assignee"]


def test_what_migrate_yaml_says_of_a_field_stays() -> None:
    said = {"collection": "mine", "fields": {"assignee": "Behandler", "title": "Overskrift"}}
    table = made("rest", INCIDENT, incidents=said)["incidents"]
    assert table.layout.columns["assignee"] == "Behandler"
    assert table.layout.columns["title"] == "Overskrift"
    assert table.layout.columns["number"] == "Saksnr"
    assert table.table.collection == "mine"


def test_the_record_of_the_same_object_counts_where_a_file_has_several() -> None:
    other = service("probsummary", "Egen", "RBsak", {"number": "N"}, collection="egne", rest=True)
    assert made("rest", other, INCIDENT)["incidents"].table.collection == "saker"
    chosen = made("rest", other, INCIDENT, incidents={"collection": "egne"})["incidents"]
    assert chosen.layout.columns == {"number": "N"}
    alone = made("rest", other)["incidents"]
    assert (alone.table.collection, alone.layout.columns) == ("egne", {"number": "N"})


def test_an_object_that_is_not_open_to_rest_is_absent_there_and_not_in_soap() -> None:
    closed = service(
        "activity",
        "Activity",
        "Activity",
        {"thenumber": "UniqueNumber", "number": "Number", "datestamp": "DateStamp"},
        rest=False,
    )
    assert "extaccess does not open Activity" in made("rest", closed)["activities"].absent
    table = made("soap", closed)["activities"]
    assert not table.absent
    assert table.layout.columns["time"] == "DateStamp"
    assert "journal text" in made("soap")["activities"].absent


def test_nested_fields_have_the_names_of_their_structures() -> None:
    changes = service(
        "cm3r",
        "ChangeManagement",
        "Change",
        {
            "header,number": "ChangeID",
            "header,brief.description": "Title",
            "description.structure,description": "Description",
        },
    )
    table = made("rest", changes)["changes"]
    assert table.layout.columns == {
        "number": "header.ChangeID",
        "title": "header.Title",
        "description": "description.structure.Description",
    }
    assert table.table.sort == ("number",)


def test_a_dbdict_tells_which_field_a_column_is() -> None:
    dbdict = Dbdict(
        "probsummary",
        (
            DbdictField("descriptor", 0, 1, STRUCTURE),
            DbdictField("sak.nr", 1, 1, CHARACTER, "m1", "NUMBER", "VARCHAR2(60)"),
            DbdictField("handling", 1, 2, ARRAY),
            DbdictField("handling", 2, 1, CHARACTER, "m1", "ACTION", "CLOB"),
        ),
        (DbdictTable("PROBSUMMARYM1", "m1"),),
    )
    shown = service(
        "probsummary",
        "IncidentManagement",
        "Incident",
        {"sak.nr": "Saksnr", "handling": "Beskrivelse"},
    )
    table = made("soap", shown, dbdicts=[dbdict])["incidents"]
    assert table.layout.columns == {"number": "Saksnr", "description": "Beskrivelse"}
    assert table.table.sort == ("sak.nr",)


def test_a_field_that_nobody_shows_has_the_line_that_would_reach_it() -> None:
    table = made("rest")["incidents"]
    assert table.layout.missing["contact_name"] == (
        "its caption is not known; `contact_name: CAPTION` under "
        "source.tables.incidents.fields in migrate.yaml says it"
    )
    contact = next(p for p in table.layout.problems if "contact_name" in p.message)
    assert not contact.warning  # nobody should lose it unasked
    assert "`contact_name: null`" in contact.what_to_do
    said = {"fields": {"contact_name": None}}
    assert "contact_name" not in made("rest", incidents=said)["incidents"].layout.missing


def test_only_the_key_of_an_object_is_nothing_to_read() -> None:
    """Activities without author, time and text would hide the journal that has them."""
    assert "captions that are not known" in made("soap")["interaction_activities"].absent
    said = {"fields": {"time": "DateStamp", "description": "Description"}}
    table = made("soap", interaction_activities=said)["interaction_activities"]
    assert not table.absent


def test_extaccess_is_read_from_an_unload_file(tmp_path: Path) -> None:
    names = ("name", "service.name", "object.name", "soafield", "soacaption", "rest.list.name")
    arrays = ("soafield", "soacaption")
    entries = [DbdictField("descriptor", 0, 1, STRUCTURE)]
    for place, name in enumerate([*names, "rest.enabled"], start=1):
        if name in arrays:
            entries.append(DbdictField(name, 1, place, ARRAY))
            entries.append(DbdictField(name, 2, 1, CHARACTER, "m1", name.upper(), "CLOB"))
        else:
            type_ = LOGICAL if name == "rest.enabled" else CHARACTER
            entries.append(DbdictField(name, 1, place, type_, "m1", name.upper(), "VARCHAR2(60)"))
    with (tmp_path / "web.unl").open("wb") as stream:
        writer = UnloadWriter(stream)
        writer.define(Dbdict("extaccess", tuple(entries), (DbdictTable("EXTACCESSM1", "m1"),)))
        fields = ["number", "brief.description"]
        record = ("probsummary", "Sak", "Sak", fields, ["Nr", "Tittel"], "saker", True)
        writer.write(record)
    found = read_definitions(tmp_path, ["*.unl"])
    assert found.problems == []
    table = web_tables(SourceConfig(type="rest"), found)["incidents"]
    assert table.layout.columns == {"number": "Nr", "title": "Tittel"}
    assert table.table.collection == "saker"
