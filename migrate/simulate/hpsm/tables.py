"""HPSM's tables as its relational layout has them, in any SQL database.

Names, keys and habits of type are those of Service Manager 7.x-9.x: logicals are CHAR(1), arrays of
characters are CLOBs with one element a line, durations are dates counted from 4000-01-01. Names are
upper-case and quoted where the database would fold or reserve them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

METADATA = sa.MetaData()

_TIME = sqlite.DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]
TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "char": sa.String(400),
    "clob": sa.Text(),
    "time": sa.DateTime().with_variant(_TIME, "sqlite"),
    "logical": sa.CHAR(1),
    "number": sa.Float(),
    "blob": sa.LargeBinary(),
}

_SYSMOD = "SYSMODTIME time, SYSMODUSER, SYSMODCOUNT number"


def _table(name: str, columns: str, *, unique: str = "", indexes: tuple[str, ...] = ()) -> sa.Table:
    """`columns` is `NAME [type], ...`; `unique` and `indexes` name columns, made after loading."""
    parsed = [column.split() for column in columns.replace("\n", " ").split(",")]
    table = sa.Table(
        name,
        METADATA,
        *(sa.Column(part[0], TYPES[part[1] if len(part) > 1 else "char"]) for part in parsed),
    )
    for place, keys in enumerate(filter(None, (unique, *indexes))):
        sa.Index(
            f"{name}{place + 1:03d}",
            *(table.c[key] for key in keys.split(",")),
            unique=keys == unique,
        )
    return table


DEPARTMENTS = _table(
    "DEPTM1", f"DEPT_ID, DEPT, DEPT_FULL_NAME, COMPANY, {_SYSMOD}", unique="DEPT_ID"
)
LOCATIONS = _table(
    "LOCATIONM1",
    f"LOCATION, LOCATION_CODE, LOCATION_NAME, ADDRESS clob, CITY, ZIP, {_SYSMOD}",
    unique="LOCATION",
)
CONTACTS = _table(
    "CONTCTSM1",
    f"""CONTACT_NAME, USER_ID, OPERATOR_ID, EMPLOYEE_ID, FIRST_NAME, LAST_NAME, FULL_NAME, EMAIL,
    CONTACT_PHONE, PORTABLE_PHONE, DEPT, DEPT_NAME, LOCATION, LOCATION_CODE, LOCATION_FULL_NAME,
    TITLE, COMPANY, MANAGER, INACTIVE logical, {_SYSMOD}""",
    unique="CONTACT_NAME",
    indexes=("USER_ID",),
)
OPERATORS = _table(
    "OPERATORM1",
    f"""NAME, CONTACT_NAME, FULL_NAME, EMAIL, TIME_ZONE, PROFILE_INCIDENT, RESP_GROUP,
    LAST_LOGIN time, INACTIVE logical, {_SYSMOD}""",
    unique="NAME",
)
SECURITY_GROUPS = _table(
    "OPERATORA5", "NAME, RECORD_NUMBER number, SECURITY_GROUP", unique="NAME,RECORD_NUMBER"
)
GROUPS = _table(
    "ASSIGNMENTM1",
    f"NAME, WDMANAGERNAME, GROUP_EMAIL, PARENT, INACTIVE logical, {_SYSMOD}",
    unique="NAME",
)
MEMBERS = _table(
    "ASSIGNMENTA1",
    "NAME, RECORD_NUMBER number, OPERATORS",
    unique="NAME,RECORD_NUMBER",
    indexes=("OPERATORS",),
)
INTERACTIONS = _table(
    "INCIDENTSM1",
    f"""INCIDENT_ID, OPEN, CONTACT_NAME, CALLBACK_CONTACT, CALLBACK_TYPE, SEVERITY, PRIORITY_CODE,
    INITIAL_IMPACT, TITLE, DESCRIPTION clob, RESOLUTION clob, UPDATE_ACTION clob, OWNER_NAME,
    ASSIGNMENT, OPENED_BY, CLOSED_BY, OPEN_TIME time, UPDATE_TIME time, CLOSE_TIME time, CATEGORY,
    SUBCATEGORY, PRODUCT_TYPE, AFFECTED_ITEM, LOGICAL_NAME, FIRST_CALL logical, HANDLE_TIME time,
    COMPANY, DEPT, LOCATION, CONTACT_EMAIL, RESOLUTION_CODE, {_SYSMOD}""",
    unique="INCIDENT_ID",
)
INCIDENTS = _table(
    "PROBSUMMARYM1",
    f"""NUMBER, CATEGORY, SUBCATEGORY, PRODUCT_TYPE, PROBLEM_TYPE, PROBLEM_STATUS, STATUS,
    PRIORITY_CODE, SEVERITY, INITIAL_IMPACT, ASSIGNMENT, ASSIGNEE_NAME, OPENED_BY, OPEN_TIME time,
    UPDATE_TIME time, CLOSED_BY, CLOSE_TIME time, RESOLVED_BY, RESOLVED_TIME time, REOPEN_TIME time,
    BRIEF_DESCRIPTION, ACTION clob, RESOLUTION clob, UPDATE_ACTION clob, RESOLUTION_CODE,
    CAUSE_CODE, CONTACT_NAME, ALTERNATE_CONTACT, LOGICAL_NAME, AFFECTED_ITEM, LOCATION, DEPT,
    REFERENCE_NO, PENDING_CODE, PENDING_UNTIL time, SLA_REMAINING time, FLAG logical, {_SYSMOD}""",
    unique="NUMBER",
    indexes=("ASSIGNMENT",),
)
_ACTIVITY = f"""THENUMBER, NUMBER, DATESTAMP time, TYPE, OPERATOR, DESCRIPTION clob,
    NEGDATESTAMP time, CUST_VISIBLE logical, {_SYSMOD}"""
ACTIVITIES = _table("ACTIVITYM1", _ACTIVITY, unique="THENUMBER", indexes=("NUMBER",))
INTERACTION_ACTIVITIES = _table("ACTSVCMGTM1", _ACTIVITY, unique="THENUMBER", indexes=("NUMBER",))
RELATIONS = _table(
    "SCRELATIONM1",
    f"SOURCE, SOURCE_FILENAME, DEPEND, DEPEND_FILENAME, TYPE, DESC clob, PRIMARY_CI, {_SYSMOD}",
    unique="SOURCE,DEPEND,TYPE",
    indexes=("DEPEND",),
)
CLOCKS = _table(
    "CLOCKSM1",
    f"KEY_CHAR, NAME, TYPE, STATUS, TOTAL time, CLOSED_TOTAL time, {_SYSMOD}",
    unique="KEY_CHAR,NAME",
)
ATTACHMENTS = _table(
    "SYSATTACHMEM1",
    f"""APPLICATION, TOPIC, UID, TYPE number, SEGMENT number, FILENAME, MIME_TYPE, SIZE number,
    COMPRESSED logical, COMPRESSED_SIZE number, DATA blob, {_SYSMOD}""",
    unique="APPLICATION,TOPIC,UID,TYPE,SEGMENT",
)
KNOWLEDGE = _table(
    "KMDOCUMENTM1",
    f"""ID, TITLE, DOCTYPE, STATUS, ANSWER clob, CATEGORIES clob, DOCUMENTOWNER, CREATIONDATE time,
    EXPIRATION_DATE time, {_SYSMOD}""",
    unique="ID",
)
CATALOGUE = _table(
    "SVCCATALOGM1",
    f"""NAME, DISPLAY_NAME, CATALOG_TYPE, PARENT, ACTIVE logical, ASSIGNMENT, DESCRIPTION clob,
    OPTIONS clob, {_SYSMOD}""",
    unique="NAME",
)
TEXTS = _table("STDTEXTM1", f"NAME, TITLE, TEXT clob, ASSIGNMENT, {_SYSMOD}", unique="NAME")
REQUESTS = _table(
    "OCMQM1",
    f"""NUMBER, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, APPROVAL_STATUS, CATEGORY,
    ASSIGNED_DEPT, ASSIGNED_TO, REQUESTOR_NAME, SUBMIT_DATE time, REQUESTED_DATE time,
    CLOSE_DATE time, {_SYSMOD}""",
    unique="NUMBER",
)
LINE_ITEMS = _table(
    "OCMLM1",
    f"""NUMBER, PARENT_QUOTE, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, ASSIGNED_DEPT,
    ASSIGNED_TO, OPEN_TIME time, CLOSE_TIME time, COMPLETION_CODE, PART_NO, TARGET_COMPLETION time,
    {_SYSMOD}""",
    unique="NUMBER",
    indexes=("PARENT_QUOTE",),
)
CHANGES = _table(
    "CM3RM1",
    f"""NUMBER, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, APPROVAL_STATUS, CURRENT_PHASE,
    CATEGORY, ASSIGN_DEPT, ASSIGNED_TO, REQUESTED_BY, PRIORITY_CODE, ORIG_DATE_ENTERED time,
    PLANNED_START time, PLANNED_END time, CLOSE_TIME time, COMPLETION_CODE, {_SYSMOD}""",
    unique="NUMBER",
)
CHANGE_TASKS = _table(
    "CM3TM1",
    f"""NUMBER, PARENT_CHANGE, BRIEF_DESC, DESCRIPTION clob, STATUS, ASSIGN_DEPT, ASSIGNED_TO,
    ORIG_DATE_ENTERED time, CLOSE_TIME time, COMPLETION_CODE, {_SYSMOD}""",
    unique="NUMBER",
    indexes=("PARENT_CHANGE",),
)
PROBLEMS = _table(
    "ROOTCAUSEM1",
    f"""ID, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, ASSIGNMENT, ASSIGNEE_NAME,
    ROOT_CAUSE clob, WORKAROUND clob, RESOLUTION clob, CLOSURE_CODE, OPEN_TIME time,
    CLOSE_TIME time, {_SYSMOD}""",
    unique="ID",
)
PROBLEM_TASKS = _table(
    "ROOTCAUSETASKM1",
    f"""ID, PARENT_PROBLEM, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, ASSIGNMENT, ASSIGNEE_NAME,
    OPEN_TIME time, CLOSE_TIME time, COMPLETION_CODE, {_SYSMOD}""",
    unique="ID",
    indexes=("PARENT_PROBLEM",),
)
INCIDENT_TASKS = _table(
    "IMTASKM1",
    f"""ID, PARENT_INCIDENT, BRIEF_DESCRIPTION, DESCRIPTION clob, STATUS, ASSIGNMENT, ASSIGNEE_NAME,
    OPEN_TIME time, CLOSE_TIME time, COMPLETION_CODE, {_SYSMOD}""",
    unique="ID",
    indexes=("PARENT_INCIDENT",),
)
