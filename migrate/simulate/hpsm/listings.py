"""What a list that was exported from HPSM shows: which columns, under which headings, and which of
the migration's fields each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from migrate.simulate.hpsm import tables
from migrate.simulate.hpsm.files import CLASSIC, Kind, named

_BATCH = 1_000

_OURS = """
departments DEPTM1: DEPT=name DEPT_FULL_NAME=full_name
locations LOCATIONM1: LOCATION_CODE=code LOCATION_NAME=name
contacts CONTCTSM1: CONTACT_PHONE=phone PORTABLE_PHONE=mobile LOCATION_CODE= LOCATION_FULL_NAME=
operators OPERATORM1: PROFILE_INCIDENT= RESP_GROUP=
groups ASSIGNMENTM1: WDMANAGERNAME=manager GROUP_EMAIL=email
members ASSIGNMENTA1: NAME=group RECORD_NUMBER= OPERATORS=operator
interactions INCIDENTSM1: INCIDENT_ID=number OPEN=status SEVERITY=urgency PRIORITY_CODE=priority \
    INITIAL_IMPACT=impact UPDATE_ACTION=journal OWNER_NAME=owner AFFECTED_ITEM=service \
    LOGICAL_NAME=ci
incidents PROBSUMMARYM1: PROBLEM_STATUS=status STATUS=alert_status PRIORITY_CODE=priority \
    SEVERITY=urgency INITIAL_IMPACT=impact ASSIGNEE_NAME=assignee BRIEF_DESCRIPTION=title \
    ACTION=description UPDATE_ACTION=journal LOGICAL_NAME=ci AFFECTED_ITEM=service FLAG=
activities ACTIVITYM1: THENUMBER=activity_id DATESTAMP=time CUST_VISIBLE=visible NEGDATESTAMP=
interaction_activities ACTSVCMGTM1: THENUMBER=activity_id DATESTAMP=time CUST_VISIBLE=visible \
    NEGDATESTAMP=
relations SCRELATIONM1: SOURCE_FILENAME=source_file DEPEND_FILENAME=depend_file DESC= PRIMARY_CI=
knowledge KMDOCUMENTM1: DOCUMENTOWNER=owner CREATIONDATE=created EXPIRATION_DATE=expires
catalogue SVCCATALOGM1: CATALOG_TYPE=type
texts STDTEXTM1:
requests OCMQM1: BRIEF_DESCRIPTION=title ASSIGNED_DEPT=assignment ASSIGNED_TO=assignee \
    REQUESTOR_NAME=contact_name SUBMIT_DATE=open_time REQUESTED_DATE=requested_time \
    CLOSE_DATE=close_time
changes CM3RM1: BRIEF_DESCRIPTION=title CURRENT_PHASE=phase ASSIGN_DEPT=assignment \
    ASSIGNED_TO=assignee REQUESTED_BY=contact_name PRIORITY_CODE=priority \
    ORIG_DATE_ENTERED=open_time
problems ROOTCAUSEM1: ID=number BRIEF_DESCRIPTION=title ASSIGNEE_NAME=assignee
change_tasks CM3TM1: PARENT_CHANGE=parent BRIEF_DESC=title ASSIGN_DEPT=assignment \
    ASSIGNED_TO=assignee ORIG_DATE_ENTERED=open_time
problem_tasks ROOTCAUSETASKM1: ID=number PARENT_PROBLEM=parent BRIEF_DESCRIPTION=title \
    ASSIGNEE_NAME=assignee
incident_tasks IMTASKM1: ID=number PARENT_INCIDENT=parent BRIEF_DESCRIPTION=title \
    ASSIGNEE_NAME=assignee
request_tasks OCMLM1: PARENT_QUOTE=parent BRIEF_DESCRIPTION=title ASSIGNED_DEPT=assignment \
    ASSIGNED_TO=assignee PART_NO= TARGET_COMPLETION=
"""
"""Name of the alias table, classic table, and where a column is not our field in small letters:
what it is, or nothing. What HPSM notes of every record is no field of ours but its last change."""

_HEADINGS = {
    "NUMBER": "Nummer",
    "INCIDENT_ID": "Saksnummer",
    "BRIEF_DESCRIPTION": "Kort beskrivelse",
    "ACTION": "Beskrivelse",
    "DESCRIPTION": "Beskrivelse",
    "RESOLUTION": "Løsning",
    "UPDATE_ACTION": "Logg",
    "ASSIGNMENT": "Tildelt gruppe",
    "OPEN_TIME": "Åpnet",
    "UPDATE_TIME": "Oppdatert",
    "CLOSE_TIME": "Lukket",
    "CONTACT_NAME": "Kontakt",
}
_DURATIONS = frozenset(("HANDLE_TIME", "SLA_REMAINING"))
_OF_EVERY_RECORD = {"SYSMODUSER": "", "SYSMODCOUNT": ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: `ours` is our field, empty where it is none; `field` is HPSM's. A `duration` is a
    time that is counted from the year 4000."""

    column: str
    heading: str
    field: str
    ours: str
    kind: Kind
    duration: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One exported list. `name` is that of the alias table that reads it."""

    name: str
    file: str
    table: sa.Table
    columns: tuple[Shown, ...]

    def rows(self, connection: Connection) -> Iterator[Any]:
        """The rows as the driver gives them, streamed."""
        columns = [
            sa.type_coerce(self.table.c[shown.column], sa.types.NULLTYPE) for shown in self.columns
        ]
        select = sa.select(*columns)
        found = connection.execution_options(yield_per=_BATCH).execute(select)
        for part in found.partitions():
            yield from part


def _listing(line: str) -> Listing:
    head, _, pairs = line.partition(":")
    name, table_name = head.split()
    ours = _OF_EVERY_RECORD | dict(pair.split("=") for pair in pairs.split())
    table = tables.METADATA.tables[table_name]
    file = next(
        file
        for file in CLASSIC.values()
        if table_name in (file.main.name, *(part.name for part in file.elements.values()))
    )
    kinds = {"RECORD_NUMBER": Kind.NUMBER}
    if table is file.main:
        kinds |= {field.source: field.kind for field in file.fields}
    columns = (str(column.name) for column in table.columns)
    return Listing(
        name,
        file.name,
        table,
        tuple(
            Shown(
                column,
                _HEADINGS.get(column, column.replace("_", " ").capitalize()),
                named(column),
                ours.get(column, column.lower()),
                kinds.get(column, Kind.CHAR),
                column in _DURATIONS or column == "NEGDATESTAMP",
            )
            for column in columns
        ),
    )


LISTINGS: tuple[Listing, ...] = tuple(map(_listing, _OURS.replace("\\\n", "").strip().split("\n")))
"""What can be exported as a list: all but attachments, whose contents no list holds, and clocks."""
