"""Calls, incidents, their history and relations, as found in installations that were seen."""

from __future__ import annotations

from migrate.extract.table import Table, fields

TABLES: dict[str, Table] = {
    "interactions": Table(
        "interactions",
        "INCIDENTSM1",
        ("number",),
        fields("""
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
        fields("""
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
        fields("""
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
        fields("""
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
        fields("""
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
