"""Our field names ↔ HPSM's tables and columns, as found in installations that were seen.

This is a starting point: every installation is customised, and `migrate.yaml` overrides any line of
it (`source.tables`). Table and column names are those of the relational layout of Service Manager
7.x–9.x; a field that an installation lacks is set to null there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from migrate.config import FieldAlias, SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.records import SOURCE_KINDS


@dataclass(frozen=True, slots=True)
class Column:
    """One of our fields: its column in the source (`table.column` where joined), and its type."""

    column: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Where one kind is read. `key` are the fields that identify a record; several are joined by
    `|`, and an array among them is one record per element. `asked` are the fields that nobody
    should lose without having said so: without an incident's group, its tickets would go by the
    call's, and a restricted one to the wrong people. `needed` are the fields without which
    the kind is of no use. An `optional` table may be absent without that being a problem."""

    kind: str
    table: str
    key: tuple[str, ...]
    fields: dict[str, Column]
    needed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    join: tuple[tuple[str, str], ...] = ()
    where: str | None = None
    optional: bool = False
    modified: str | None = "sysmodtime"


def _fields(text: str) -> dict[str, Column]:
    """`our_name COLUMN [type]` per line."""
    rows = (line.split() for line in text.strip().splitlines())
    return {row[0]: Column(row[1], row[2] if len(row) > 2 else "text") for row in rows}


DEFAULTS: dict[str, Table] = {
    "departments": Table(
        "departments",
        "DEPTM1",
        ("dept_id",),
        _fields("""
            dept_id DEPT_ID
            name DEPT
            full_name DEPT_FULL_NAME
            company COMPANY
            sysmodtime SYSMODTIME time
        """),
    ),
    "locations": Table(
        "locations",
        "LOCATIONM1",
        ("location",),
        _fields("""
            location LOCATION
            code LOCATION_CODE
            name LOCATION_NAME
            address ADDRESS array
            city CITY
            zip ZIP
            sysmodtime SYSMODTIME time
        """),
    ),
    "contacts": Table(
        "contacts",
        "CONTCTSM1",
        ("contact_name",),
        _fields("""
            contact_name CONTACT_NAME
            user_id USER_ID
            operator_id OPERATOR_ID
            employee_id EMPLOYEE_ID
            first_name FIRST_NAME
            last_name LAST_NAME
            full_name FULL_NAME
            email EMAIL
            phone CONTACT_PHONE
            mobile PORTABLE_PHONE
            dept DEPT
            dept_name DEPT_NAME
            location LOCATION
            title TITLE
            company COMPANY
            manager MANAGER
            inactive INACTIVE logical
            sysmodtime SYSMODTIME time
        """),
        needed=("contact_name",),
    ),
    "operators": Table(
        "operators",
        "OPERATORM1",
        ("name",),
        _fields("""
            name NAME
            contact_name CONTACT_NAME
            full_name FULL_NAME
            email EMAIL
            time_zone TIME_ZONE
            last_login LAST_LOGIN time
            inactive INACTIVE logical
            sysmodtime SYSMODTIME time
        """),
        needed=("name",),
    ),
    "groups": Table(
        "groups",
        "ASSIGNMENTM1",
        ("name",),
        _fields("""
            name NAME
            manager WDMANAGERNAME
            email GROUP_EMAIL
            parent PARENT
            inactive INACTIVE logical
            sysmodtime SYSMODTIME time
        """),
        needed=("name",),
    ),
    "members": Table(
        "members",
        "ASSIGNMENTA1",
        ("group", "operator"),
        _fields("""
            group NAME
            operator OPERATORS
        """),
        needed=("group", "operator"),
        modified=None,
    ),
    "interactions": Table(
        "interactions",
        "INCIDENTSM1",
        ("number",),
        _fields("""
            number INCIDENT_ID
            status OPEN
            contact_name CONTACT_NAME
            callback_contact CALLBACK_CONTACT
            callback_type CALLBACK_TYPE
            urgency SEVERITY
            priority PRIORITY_CODE
            impact INITIAL_IMPACT
            title TITLE
            description DESCRIPTION array
            resolution RESOLUTION array
            journal UPDATE_ACTION array
            owner OWNER_NAME
            assignment ASSIGNMENT
            opened_by OPENED_BY
            closed_by CLOSED_BY
            open_time OPEN_TIME time
            update_time UPDATE_TIME time
            close_time CLOSE_TIME time
            category CATEGORY
            subcategory SUBCATEGORY
            product_type PRODUCT_TYPE
            service AFFECTED_ITEM
            ci LOGICAL_NAME
            first_call FIRST_CALL logical
            handle_time HANDLE_TIME duration
            company COMPANY
            dept DEPT
            location LOCATION
            contact_email CONTACT_EMAIL
            resolution_code RESOLUTION_CODE
            sysmodtime SYSMODTIME time
        """),
        needed=("number",),
        asked=("status", "contact_name", "description"),
    ),
    "incidents": Table(
        "incidents",
        "PROBSUMMARYM1",
        ("number",),
        _fields("""
            number NUMBER
            category CATEGORY
            subcategory SUBCATEGORY
            product_type PRODUCT_TYPE
            problem_type PROBLEM_TYPE
            status PROBLEM_STATUS
            alert_status STATUS
            priority PRIORITY_CODE
            urgency SEVERITY
            impact INITIAL_IMPACT
            assignment ASSIGNMENT
            assignee ASSIGNEE_NAME
            opened_by OPENED_BY
            open_time OPEN_TIME time
            update_time UPDATE_TIME time
            closed_by CLOSED_BY
            close_time CLOSE_TIME time
            resolved_by RESOLVED_BY
            resolved_time RESOLVED_TIME time
            reopen_time REOPEN_TIME time
            title BRIEF_DESCRIPTION
            description ACTION array
            resolution RESOLUTION array
            journal UPDATE_ACTION array
            resolution_code RESOLUTION_CODE
            cause_code CAUSE_CODE
            contact_name CONTACT_NAME
            alternate_contact ALTERNATE_CONTACT
            ci LOGICAL_NAME
            service AFFECTED_ITEM
            location LOCATION
            dept DEPT
            reference_no REFERENCE_NO
            pending_code PENDING_CODE
            pending_until PENDING_UNTIL time
            sla_remaining SLA_REMAINING duration
            sysmodtime SYSMODTIME time
        """),
        needed=("number",),
        asked=("status", "assignment", "contact_name", "title", "description"),
    ),
    "activities": Table(
        "activities",
        "ACTIVITYM1",
        ("activity_id",),
        _fields("""
            activity_id THENUMBER
            number NUMBER
            time DATESTAMP time
            type TYPE
            operator OPERATOR
            description DESCRIPTION array
            visible CUST_VISIBLE logical
            sysmodtime SYSMODTIME time
        """),
        needed=("activity_id", "number"),
        asked=("time", "operator", "description", "visible"),
    ),
    "interaction_activities": Table(
        "activities",
        "ACTSVCMGTM1",
        ("number", "activity_id"),  # its THENUMBER counts by itself, beside ACTIVITYM1's
        _fields("""
            activity_id THENUMBER
            number NUMBER
            time DATESTAMP time
            type TYPE
            operator OPERATOR
            description DESCRIPTION array
            visible CUST_VISIBLE logical
            sysmodtime SYSMODTIME time
        """),
        needed=("activity_id", "number"),
        optional=True,
    ),
    "relations": Table(
        "relations",
        "SCRELATIONM1",
        ("source", "depend", "type"),
        _fields("""
            source SOURCE
            source_file SOURCE_FILENAME
            depend DEPEND
            depend_file DEPEND_FILENAME
            type TYPE
            sysmodtime SYSMODTIME time
        """),
        needed=("source", "depend"),
    ),
}


_FIELD = re.compile("[a-z][a-z0-9_]*")
_TAKEN = frozenset({"key", "since_run", "until_run"})


def tables(config: SourceConfig) -> dict[str, Table]:
    """The alias tables of this installation: the defaults with the configuration's overrides.

    A name of `source.tables` is an entry of `DEFAULTS`; a field that is not in the defaults is the
    customer's own and is carried along under the name given. Raises ConfigurationError for an
    unknown entry, with the names that exist, and for a name that no field can have.
    """
    unknown = [name for name in config.tables if name not in DEFAULTS]
    if unknown:
        raise ConfigurationError(
            Problem(
                "config-invalid",
                f"migrate.yaml: source.tables.{name}",
                "there is no such kind",
                expected=", ".join(DEFAULTS),
            )
            for name in unknown
        )
    unusable = [
        (name, field)
        for name, table in config.tables.items()
        for field in table.fields
        if not _FIELD.fullmatch(field) or field in _TAKEN
    ]
    if unusable:
        raise ConfigurationError(
            Problem(
                "config-invalid",
                f"migrate.yaml: source.tables.{name}.fields.{field}",
                "cannot be the name of a field",
                expected="small letters, digits and _, none of " + ", ".join(sorted(_TAKEN)),
            )
            for name, field in unusable
        )
    wanted = config.kinds or SOURCE_KINDS
    return {name: _table(name, config) for name, t in DEFAULTS.items() if t.kind in wanted}


def _table(name: str, config: SourceConfig) -> Table:
    default, override = DEFAULTS[name], config.tables.get(name)
    if override is None:
        return default
    fields = dict(default.fields)
    for ours, alias in override.fields.items():
        given = FieldAlias(column=alias) if isinstance(alias, str) else alias
        if given is None or (given.column is None and given.type is None):
            fields.pop(ours, None)
            continue
        before = fields.get(ours, Column(ours))
        fields[ours] = Column(given.column or before.column, given.type or before.type)
    return replace(
        default,
        table=override.table or default.table,
        fields=fields,
        join=tuple(override.join.items()),
        where=override.where,
        modified=default.modified if default.modified in fields else None,
        optional=default.optional and override.table is None,
    )
