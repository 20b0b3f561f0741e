"""Attachments, knowledge, catalogue, requests, changes, problems and tasks.

As found in installations that were seen; where none was, the table is optional and every field is a
proposal.
"""

from __future__ import annotations

from migrate.extract.table import Table, fields

_TASK = """
    number {key}
    parent {parent}
    title {title}
    description DESCRIPTION array
    status STATUS
    assignment {group}
    assignee {person}
    open_time {opened} time
    close_time {closed} time
    completion_code COMPLETION_CODE
    sysmodtime SYSMODTIME time
"""


def _tasks(table: str, **names: str) -> Table:
    return Table(
        "tasks",
        table,
        ("number",),
        fields(_TASK.format(**names)),
        needed=("number",),
        optional=True,
    )


TABLES: dict[str, Table] = {
    "attachments": Table(
        "attachments",
        "SYSATTACHMEM1",
        ("application", "topic", "uid", "type"),
        fields("""
            application APPLICATION
            topic TOPIC
            uid UID
            type TYPE
            filename FILENAME
            mime_type MIME_TYPE
            size SIZE number
            compressed COMPRESSED logical
            compressed_size COMPRESSED_SIZE number
            sysmodtime SYSMODTIME time
        """),
        needed=("topic", "uid"),
        asked=("application", "filename"),
        optional=True,
    ),
    "knowledge": Table(
        "knowledge",
        "KMDOCUMENTM1",
        ("id",),
        fields("""
            id ID
            title TITLE
            doctype DOCTYPE
            status STATUS
            answer ANSWER
            categories CATEGORIES array
            owner DOCUMENTOWNER
            created CREATIONDATE time
            expires EXPIRATION_DATE time
            sysmodtime SYSMODTIME time
        """),
        needed=("id",),
        asked=("title", "status", "answer"),
        optional=True,
    ),
    "catalogue": Table(
        "catalogue",
        "SVCCATALOGM1",
        ("name",),
        fields("""
            name NAME
            display_name DISPLAY_NAME
            type CATALOG_TYPE
            parent PARENT
            active ACTIVE logical
            assignment ASSIGNMENT
            description DESCRIPTION array
            options OPTIONS
            sysmodtime SYSMODTIME time
        """),
        needed=("name",),
        optional=True,
    ),
    "texts": Table(
        "texts",
        "STDTEXTM1",
        ("name",),
        fields("""
            name NAME
            title TITLE
            text TEXT array
            assignment ASSIGNMENT
            sysmodtime SYSMODTIME time
        """),
        needed=("name",),
        optional=True,
    ),
    "requests": Table(
        "requests",
        "OCMQM1",
        ("number",),
        fields("""
            number NUMBER
            title BRIEF_DESCRIPTION
            description DESCRIPTION array
            status STATUS
            approval_status APPROVAL_STATUS
            category CATEGORY
            assignment ASSIGNED_DEPT
            assignee ASSIGNED_TO
            contact_name REQUESTOR_NAME
            open_time SUBMIT_DATE time
            requested_time REQUESTED_DATE time
            close_time CLOSE_DATE time
            sysmodtime SYSMODTIME time
        """),
        needed=("number",),
        optional=True,
    ),
    "changes": Table(
        "changes",
        "CM3RM1",
        ("number",),
        fields("""
            number NUMBER
            title BRIEF_DESCRIPTION
            description DESCRIPTION array
            status STATUS
            approval_status APPROVAL_STATUS
            phase CURRENT_PHASE
            category CATEGORY
            assignment ASSIGN_DEPT
            assignee ASSIGNED_TO
            contact_name REQUESTED_BY
            priority PRIORITY_CODE
            open_time ORIG_DATE_ENTERED time
            planned_start PLANNED_START time
            planned_end PLANNED_END time
            close_time CLOSE_TIME time
            completion_code COMPLETION_CODE
            sysmodtime SYSMODTIME time
        """),
        needed=("number",),
        optional=True,
    ),
    "problems": Table(
        "problems",
        "ROOTCAUSEM1",
        ("number",),
        fields("""
            number ID
            title BRIEF_DESCRIPTION
            description DESCRIPTION array
            status STATUS
            assignment ASSIGNMENT
            assignee ASSIGNEE_NAME
            root_cause ROOT_CAUSE array
            workaround WORKAROUND array
            resolution RESOLUTION array
            closure_code CLOSURE_CODE
            open_time OPEN_TIME time
            close_time CLOSE_TIME time
            sysmodtime SYSMODTIME time
        """),
        needed=("number",),
        optional=True,
    ),
    "change_tasks": _tasks(
        "CM3TM1",
        key="NUMBER",
        parent="PARENT_CHANGE",
        title="BRIEF_DESC",
        group="ASSIGN_DEPT",
        person="ASSIGNED_TO",
        opened="ORIG_DATE_ENTERED",
        closed="CLOSE_TIME",
    ),
    "problem_tasks": _tasks(
        "ROOTCAUSETASKM1",
        key="ID",
        parent="PARENT_PROBLEM",
        title="BRIEF_DESCRIPTION",
        group="ASSIGNMENT",
        person="ASSIGNEE_NAME",
        opened="OPEN_TIME",
        closed="CLOSE_TIME",
    ),
    "incident_tasks": _tasks(
        "IMTASKM1",
        key="ID",
        parent="PARENT_INCIDENT",
        title="BRIEF_DESCRIPTION",
        group="ASSIGNMENT",
        person="ASSIGNEE_NAME",
        opened="OPEN_TIME",
        closed="CLOSE_TIME",
    ),
    "request_tasks": _tasks(
        "OCMLM1",
        key="NUMBER",
        parent="PARENT_QUOTE",
        title="BRIEF_DESCRIPTION",
        group="ASSIGNED_DEPT",
        person="ASSIGNED_TO",
        opened="OPEN_TIME",
        closed="CLOSE_TIME",
    ),
}
