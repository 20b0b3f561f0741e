"""A customised HPSM in any database, made by the tests themselves: every way in which a field can
lie, the dbdicts that say so, and the configuration that says the same by hand.

The customer renamed tables and columns, moved fields to M2, keeps arrays in row tables and in RC
blobs, and has fields in DESCRIPTOR alone.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from migrate.extract import rc
from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    LOGICAL,
    NUMBER,
    STRUCTURE,
    TIME,
    UNIQUE,
    Dbdict,
    DbdictField,
    DbdictKey,
    DbdictTable,
)
from migrate.extract.rc import Null, Structure
from migrate.extract.unload_file import UnloadWriter

WIDTH = 12
"""Characters of an element's column."""


def day(number: int) -> datetime:
    return datetime(2019, 1, number, 8, 0)  # noqa: DTZ001 - GMT, as stored


INCIDENT = Dbdict(
    "probsummary",
    (
        DbdictField("descriptor", 0, 1, STRUCTURE, "m1", "DESCRIPTOR", "BLOB", rc=True),
        DbdictField("number", 1, 1, CHARACTER, "m1", "NUMBER", "VARCHAR2(60)"),
        DbdictField("brief.description", 1, 2, CHARACTER, "m1", "ACTION_DESC", "CLOB"),
        DbdictField("action.desc", 1, 3, CHARACTER, "m1", "BRIEF_DESCRIPTION", "VARCHAR2(60)"),
        DbdictField("problem.status", 1, 4, CHARACTER, "m1", "DESC", "VARCHAR2(60)"),
        DbdictField("assignment", 1, 5, CHARACTER, "m1", "GROUP", "VARCHAR2(60)"),
        DbdictField("contact.name", 1, 6, CHARACTER),
        DbdictField("action", 1, 7, ARRAY),
        DbdictField("action", 2, 1, CHARACTER, "a1", "ACTION", f"VARCHAR2({WIDTH})"),
        DbdictField("update.action", 1, 8, ARRAY, "m1", "UPDATE_ACTION", "BLOB", rc=True),
        DbdictField("update.action", 2, 1, CHARACTER),
        DbdictField("resolution", 1, 9, ARRAY),
        DbdictField("resolution", 2, 1, CHARACTER, "m1", "RESOLUTION", "CLOB"),
        DbdictField("open.time", 1, 10, TIME, "m1", "OPEN_TIME", "DATE"),
        DbdictField("resolved.time", 1, 11, TIME, "m2", "RB_SOLVED", "DATE"),
        DbdictField("sla.remaining", 1, 12, TIME, "m2", "SLA_REMAINING", "DATE"),
        DbdictField("pending.until", 1, 13, TIME),
        DbdictField("flag", 1, 14, LOGICAL, "m1", "FLAG", "CHAR(1)"),
        DbdictField("rb.vip", 1, 15, LOGICAL),
        DbdictField("rb.approvals", 1, 16, ARRAY, "m1", "RB_APPROVALS", "BLOB", rc=True),
        DbdictField("rb.approvals", 2, 1, STRUCTURE),
        DbdictField("rb.approver", 3, 1, CHARACTER),
        DbdictField("rb.approved", 3, 2, TIME),
        DbdictField("rb.steps", 1, 17, ARRAY),
        DbdictField("rb.steps", 2, 1, STRUCTURE),
        DbdictField("rb.step", 3, 1, CHARACTER, "a2", "RB_STEP", "VARCHAR2(60)"),
        DbdictField("rb.step.count", 3, 2, NUMBER, "a2", "RB_STEP_COUNT", "FLOAT"),
        DbdictField("sysmodtime", 1, 18, TIME, "m1", "SYSMODTIME", "DATE"),
    ),
    (
        DbdictTable("RB_PROBSUMMARYM1", "m1", "oracle9"),
        DbdictTable("RB_PROBSUMMARYM2", "m2", "oracle9"),
        DbdictTable("RB_PROBSUMMARYA1", "a1", "oracle9"),
        DbdictTable("RB_PROBSUMMARYA2", "a2", "oracle9"),
    ),
    (DbdictKey(UNIQUE, ("number",)),),
)

GROUP = Dbdict(
    "assignment",
    (
        DbdictField("descriptor", 0, 1, STRUCTURE),
        DbdictField("name", 1, 1, CHARACTER, "m1", "NAME", "VARCHAR2(60)"),
        DbdictField("operators", 1, 2, ARRAY),
        DbdictField("operators", 2, 1, CHARACTER, "m1", "RB_MEMBERS", "CLOB"),
    ),
    (DbdictTable("ASSIGNMENTM1", "m1", "oracle9"),),
    (DbdictKey(UNIQUE, ("name",)),),
)

OWN_FIELDS = {
    "vip": {"column": "rb.vip", "type": "logical"},
    "approvers": {"column": "rb.approver", "type": "array"},
    "approved": {"column": "rb.approved", "type": "array"},
    "steps": {"column": "RB_STEP", "type": "array"},
    "step_counts": {"column": "rb.step.count", "type": "array"},
}
"""What the customer adds to the alias table of incidents, in the words of the dbdict."""

BY_HAND: dict[str, Any] = {
    "incidents": {
        "table": "RB_PROBSUMMARYM1",
        "join": {"RB_PROBSUMMARYM2": "NUMBER"},
        "fields": {
            "title": "ACTION_DESC",
            "status": "DESC",
            "assignment": "GROUP",
            "contact_name": {"column": "DESCRIPTOR", "member": 6},
            "description": {"table": "RB_PROBSUMMARYA1", "column": "ACTION", "key": "NUMBERPRGN"},
            "resolved_time": "RB_PROBSUMMARYM2.RB_SOLVED",
            "pending_until": {"column": "DESCRIPTOR", "member": 13},
            "vip": {"column": "DESCRIPTOR", "member": 15, "type": "logical"},
            "approvers": {"column": "RB_APPROVALS", "member": 1, "type": "array"},
            "approved": {"column": "RB_APPROVALS", "member": [2], "type": "array"},
            "steps": {"table": "RB_PROBSUMMARYA2", "column": "RB_STEP", "type": "array"},
            "step_counts": {
                "table": "RB_PROBSUMMARYA2",
                "column": "RB_STEP_COUNT",
                "key": "NUMBER",
                "order": "RECORD_NUMBER",
                "type": "array",
            },
        },
    },
    "members": {
        "table": "ASSIGNMENTM1",
        "fields": {"operator": {"column": "RB_MEMBERS", "type": "array"}},
    },
}
"""The same without a dbdict."""

_LONG = "Skriveren i 2. etasje svarer ikke"


def _descriptor(contact: Any, pending: Any, vip: Any, *, only_unmapped: bool = False) -> bytes:
    """The fields without a column at their places among all eighteen, or by themselves."""
    values: list[Any] = [Null.TEXT] * 18
    values[5], values[12], values[14] = contact, pending, vip
    return rc.wrap(Structure([contact, pending, vip] if only_unmapped else values))


def make(engine: sa.Engine, *, only_unmapped: bool = False) -> None:
    """The tables and a few records; `engine` may write. With `only_unmapped`, DESCRIPTOR holds
    the fields without a column by themselves."""
    meta = sa.MetaData()
    text, long, time, blob = sa.String(60), sa.Text(), sa.DateTime(), sa.LargeBinary()

    def table(name: str, **columns: Any) -> sa.Table:
        return sa.Table(
            name,
            meta,
            *(sa.Column(sa.quoted_name(column, True), type_) for column, type_ in columns.items()),
            quote=True,
        )

    main = table(
        "RB_PROBSUMMARYM1",
        NUMBER=sa.CHAR(10),
        ACTION_DESC=long,
        BRIEF_DESCRIPTION=text,
        DESC=text,
        GROUP=text,
        UPDATE_ACTION=blob,
        RESOLUTION=long,
        OPEN_TIME=time,
        FLAG=sa.CHAR(1),
        RB_APPROVALS=blob,
        SYSMODTIME=time,
        DESCRIPTOR=blob,
    )
    second = table("RB_PROBSUMMARYM2", NUMBER=text, RB_SOLVED=time, SLA_REMAINING=time)
    # the array's key is spelled as ServiceCenter did, and its numbers are texts
    lines = table("RB_PROBSUMMARYA1", NUMBERPRGN=text, RECORD_NUMBER=text, ACTION=sa.String(WIDTH))
    steps = table(
        "RB_PROBSUMMARYA2",
        NUMBER=text,
        RECORD_NUMBER=sa.Float(),
        RB_STEP=text,
        RB_STEP_COUNT=sa.Float(),
    )
    groups = table("ASSIGNMENTM1", NAME=text, RB_MEMBERS=long)
    meta.create_all(engine)

    def incident(number: str, title: str, **more: Any) -> dict[str, Any]:
        usual = {"NUMBER": number, "ACTION_DESC": title, "BRIEF_DESCRIPTION": "noe annet"}
        usual |= dict.fromkeys(column.name for column in main.c if column.name not in usual)
        return usual | {"DESC": "Open", "GROUP": "UB", "SYSMODTIME": day(1)} | more

    approvals = [Structure(("kari", day(2))), Structure(("ola", Null.TIME))]
    with engine.begin() as connection:
        connection.execute(
            main.insert(),
            [
                incident(
                    "IM1",
                    "Skriver",
                    UPDATE_ACTION=rc.wrap(["15/01/19 nytt", "14/01/19 gammelt"]),
                    RESOLUTION="en\nto",
                    OPEN_TIME=day(1),
                    FLAG="t",
                    RB_APPROVALS=rc.wrap(approvals),
                    SYSMODTIME=day(5),
                    DESCRIPTOR=_descriptor(
                        "NORDMANN, KARI", day(9), True, only_unmapped=only_unmapped
                    ),
                ),
                incident(
                    "IM2",
                    "Nett",
                    UPDATE_ACTION=rc.wrap(["borte"])[:-3],
                    FLAG="u",
                    RB_APPROVALS=rc.wrap([Null.STRUCTURE]),
                    DESCRIPTOR=_descriptor(
                        Null.TEXT, Null.TIME, rc.UNKNOWN, only_unmapped=only_unmapped
                    ),
                ),
                incident("IM3", "Uten alt", SYSMODTIME=None),
            ],
        )
        connection.execute(
            second.insert(),
            [{"NUMBER": "IM1", "RB_SOLVED": day(4), "SLA_REMAINING": datetime(4000, 1, 1, 2)}],  # noqa: DTZ001 - a duration
        )
        pieces = [_LONG[at : at + WIDTH] for at in range(0, len(_LONG), WIDTH)]
        elements = ["Hei", *pieces, "akkurat 12 t", "", *map(str, range(6))]
        rows = [
            {"NUMBERPRGN": "IM1", "RECORD_NUMBER": str(place), "ACTION": element}
            for place, element in enumerate(elements, start=1)
        ]
        rows.reverse()
        connection.execute(lines.insert(), rows)
        connection.execute(
            steps.insert(),
            [
                {"NUMBER": "IM2", "RECORD_NUMBER": 2.0, "RB_STEP": "to", "RB_STEP_COUNT": None},
                {"NUMBER": "IM2", "RECORD_NUMBER": 1.0, "RB_STEP": "en", "RB_STEP_COUNT": 4.0},
                {"NUMBER": "IM9", "RECORD_NUMBER": 1.0, "RB_STEP": "fremmed", "RB_STEP_COUNT": 9.0},
            ],
        )
        connection.execute(
            groups.insert(),
            [{"NAME": "UB", "RB_MEMBERS": "kari\nola"}, {"NAME": "TOM", "RB_MEMBERS": None}],
        )


EXPECTED: dict[str, dict[str, Any]] = {
    "IM1": {
        "number": "IM1",
        "title": "Skriver",
        "status": "Open",
        "assignment": "UB",
        "contact_name": "NORDMANN, KARI",
        "description": f"Hei\n{_LONG}\nakkurat 12 t\n0\n1\n2\n3\n4\n5",
        "journal": "15/01/19 nytt\n14/01/19 gammelt",
        "resolution": "en\nto",
        "open_time": "2019-01-01 08:00:00",
        "resolved_time": "2019-01-04 08:00:00",
        "sla_remaining": 7200,
        "pending_until": "2019-01-09 08:00:00",
        "vip": True,
        "approvers": "kari\nola",
        "approved": "2019-01-02 08:00:00\n",
        "steps": None,
        "step_counts": None,
        "sysmodtime": "2019-01-05 08:00:00",
    },
    "IM2": {
        "number": "IM2",
        "title": "Nett",
        "status": "Open",
        "assignment": "UB",
        "contact_name": None,
        "description": None,
        "journal": None,
        "resolution": None,
        "open_time": None,
        "resolved_time": None,
        "sla_remaining": None,
        "pending_until": None,
        "vip": None,
        "approvers": None,
        "approved": None,
        "steps": "en\nto",
        "step_counts": "4\n",
        "sysmodtime": "2019-01-01 08:00:00",
    },
    "IM3": {
        "number": "IM3",
        "title": "Uten alt",
        "status": "Open",
        "assignment": "UB",
        **dict.fromkeys(
            (
                "contact_name",
                "description",
                "journal",
                "resolution",
                "open_time",
                "resolved_time",
                "sla_remaining",
                "pending_until",
                "vip",
                "approvers",
                "approved",
                "steps",
                "step_counts",
                "sysmodtime",
            )
        ),
    },
}
"""The incidents, whichever way they are read."""


def write_dbdicts(path: Path, *dbdicts: Dbdict) -> None:
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        for dbdict in dbdicts or (INCIDENT, GROUP):
            writer.define(dbdict)
