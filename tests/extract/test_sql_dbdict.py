from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from customised_hpsm import INCIDENT

from migrate.extract.aliases import DEFAULTS
from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    STRUCTURE,
    UNIQUE,
    Dbdict,
    DbdictField,
    DbdictKey,
    DbdictTable,
)
from migrate.extract.defaults.files import FILES
from migrate.extract.sql_dbdict import Descriptor, dbdict_of, translated
from migrate.extract.table import Column, Member, RowTable, Table


def table(name: str, **more: Any) -> Table:
    """A default alias table as the configuration begins it, with further fields."""
    default = DEFAULTS[name]
    fields = {**default.fields, **{ours: Column(theirs) for ours, theirs in more.items()}}
    return replace(default, file=FILES[name], fields=fields)


def column(
    asked: str, descriptor: Descriptor = "auto", dbdict: Dbdict = INCIDENT
) -> tuple[Column, Table]:
    """Where a column that somebody configured lies."""
    made = translated(table("incidents", own=asked), dbdict, descriptor)
    return made.fields["own"], made


def test_every_alias_table_has_a_file() -> None:
    assert FILES.keys() == DEFAULTS.keys()


def test_a_default_column_is_the_field_of_that_name_and_not_the_column() -> None:
    made = translated(table("incidents"), INCIDENT, "auto")
    assert made.table == "RB_PROBSUMMARYM1"
    assert made.fields["title"] == Column("ACTION_DESC")
    assert made.fields["status"] == Column("DESC")


def test_a_configured_column_is_that_column() -> None:
    assert column("BRIEF_DESCRIPTION")[0] == Column("BRIEF_DESCRIPTION")
    assert column("ACTION_DESC")[0] == Column("ACTION_DESC")


def test_a_configured_field_of_the_dbdict_is_its_column() -> None:
    assert column("action.desc")[0] == Column("BRIEF_DESCRIPTION")
    assert column("Brief.Description")[0] == Column("ACTION_DESC")
    assert column("RB_VIP")[0].column == "DESCRIPTOR"  # no column is called so, but a field


def test_a_column_that_the_dbdict_does_not_know_stays_as_it_is() -> None:
    assert column("RB_NEW")[0] == Column("RB_NEW")
    assert column("OTHERM1.RB_NEW")[0] == Column("OTHERM1.RB_NEW")


@pytest.mark.parametrize("asked", ["RB_SOLVED", "resolved.time", "m2.RB_SOLVED"])
def test_a_field_of_the_second_table_joins_it_by_the_key(asked: str) -> None:
    found, made = column(asked)
    assert found == Column("RB_PROBSUMMARYM2.RB_SOLVED")
    assert made.join == (("RB_PROBSUMMARYM2", "NUMBER"),)


def test_what_was_configured_by_hand_is_left_alone() -> None:
    by_hand = Column("LINE", rows=RowTable("LINES"))
    asked = table("incidents")
    asked = replace(asked, fields={**asked.fields, "title": by_hand})
    assert translated(asked, INCIDENT, "auto").fields["title"] is by_hand


def test_an_array_in_rows_has_its_table_its_key_and_the_width_of_an_element() -> None:
    found, _ = column("action")
    assert found == Column("ACTION", rows=RowTable("RB_PROBSUMMARYA1", ("NUMBER",), width=12))


def test_an_array_in_a_blob_is_decoded_and_its_structures_gone_into() -> None:
    assert column("update.action")[0].member == Member(((None, ()),))
    assert column("rb.approved")[0] == Column("RB_APPROVALS", member=Member(((None, (1,)),)))


@pytest.mark.parametrize(
    ("descriptor", "forms"),
    [
        ("all", ((18, (12,)),)),
        ("unmapped", ((3, (1,)),)),
        ("auto", ((18, (12,)), (3, (1,)))),
    ],
)
def test_a_field_without_a_column_lies_in_the_descriptor(
    descriptor: Descriptor, forms: Any
) -> None:
    assert column("pending.until", descriptor)[0] == Column("DESCRIPTOR", member=Member(forms))


def test_a_structure_of_the_record_has_columns_of_its_own() -> None:
    change = Dbdict(
        "cm3r",
        (
            DbdictField("descriptor", 0, 1, STRUCTURE, "m1", "DESCRIPTOR", "BLOB", rc=True),
            DbdictField("header", 1, 1, STRUCTURE),
            DbdictField("number", 2, 1, CHARACTER, "m1", "NUMBERPRGN", "VARCHAR(60)"),
            DbdictField("status", 2, 2, CHARACTER),
            DbdictField("middle", 1, 2, STRUCTURE),
            DbdictField("assets", 2, 1, ARRAY),
            DbdictField("assets", 3, 1, CHARACTER, "a3", "ASSETS", "VARCHAR(60)"),
        ),
        (DbdictTable("CM3RM1", "m1"), DbdictTable("CM3RA3", "a3")),
        (DbdictKey(UNIQUE, ("header,number",)),),
    )
    made = translated(table("changes", assets="assets"), change, "auto")
    assert made.fields["number"] == Column("NUMBERPRGN")
    assert made.fields["assets"].rows == RowTable("CM3RA3", ("NUMBERPRGN",), width=60)
    assert made.fields["status"].member == Member(((2, (0, 1)),))


def test_an_array_of_a_key_is_read_by_its_element() -> None:
    group = Dbdict(
        "assignment",
        (
            DbdictField("name", 1, 1, CHARACTER, "m1", "NAME", "VARCHAR(60)"),
            DbdictField("operators", 1, 2, ARRAY),
            DbdictField("operators", 2, 1, CHARACTER, "a4", "RB_OPERATORS", "VARCHAR(60)"),
        ),
        (DbdictTable("RB_ASSIGNMENTM1", "m1"), DbdictTable("RB_ASSIGNMENTA4", "a4")),
        (DbdictKey(UNIQUE, ("name",)),),
    )
    made = translated(table("members"), group, "auto")
    assert made.table == "RB_ASSIGNMENTM1"
    assert made.fields["operator"].type == "array"
    by_itself = replace(table("members"), table="RB_ASSIGNMENTA4")
    made = translated(by_itself, group, "auto")
    assert made.table == "RB_ASSIGNMENTA4"
    assert made.fields == {"group": Column("NAME"), "operator": Column("RB_OPERATORS")}


def test_a_field_that_is_nowhere_in_the_database_is_not_made_up() -> None:
    fields = [e for e in INCIDENT.fields if e.name != "rb.vip"]
    without = replace(
        INCIDENT,
        fields=(
            replace(fields[0], alias="", column=""),
            *fields[1:],
            DbdictField("rb.vip", 1, 19, CHARACTER),
            DbdictField("rb.lost", 1, 20, CHARACTER, "m7", "RB_LOST", "VARCHAR2(60)"),
        ),
    )
    assert column("rb.vip", dbdict=without)[0] == Column("rb.vip")  # there is no DESCRIPTOR
    assert column("rb.lost", dbdict=without)[0] == Column("rb.lost")  # there is no m7
    assert column("rb.steps")[0] == Column("rb.steps")  # its members have columns, it has none


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("PROBSUMMARYM1", True),
        ("rb_probsummarym1", True),
        ("probsummary", True),
        ("V_INCIDENTS", True),
    ],
)
def test_a_table_is_of_the_file_that_it_says_or_that_its_records_have(
    named: str, found: bool
) -> None:
    asked = replace(table("incidents"), table=named)
    dbdict = dbdict_of(asked, {"probsummary": INCIDENT})
    assert (dbdict is INCIDENT) is found
    assert dbdict is not None
    main = translated(asked, dbdict, "auto").table
    assert main == ("V_INCIDENTS" if named == "V_INCIDENTS" else main)
    assert main.casefold() in ("rb_probsummarym1", "v_incidents")


def test_a_table_of_another_file_has_no_dbdict() -> None:
    assert dbdict_of(table("contacts"), {"probsummary": INCIDENT}) is None


def test_what_is_called_so_within_an_array_is_no_field_of_the_record() -> None:
    inner = (
        DbdictField("rb.lines", 1, 19, ARRAY, "m1", "RB_LINES", "BLOB", rc=True),
        DbdictField("rb.lines", 2, 1, STRUCTURE),
        DbdictField("contact.name", 3, 1, CHARACTER, "a2", "CONTACT_NAME", "VARCHAR2(60)"),
        DbdictField("status", 3, 2, CHARACTER, "a2", "STATUS", "VARCHAR2(60)"),
    )
    made = translated(
        table("incidents"), replace(INCIDENT, fields=(*INCIDENT.fields, *inner)), "auto"
    )
    assert made.fields["contact_name"].column == "DESCRIPTOR"  # the record's own has no column
    assert made.fields["alert_status"] == DEFAULTS["incidents"].fields["alert_status"]
