"""Departments, locations, people and groups, as found in installations that were seen."""

from __future__ import annotations

from migrate.extract.table import Table, fields

TABLES: dict[str, Table] = {
    "departments": Table(
        "departments",
        "DEPTM1",
        ("dept_id",),
        fields("""
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
        fields("""
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
        fields("""
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
        fields("""
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
        fields("""
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
        fields("""
            group NAME
            operator OPERATORS
        """),
        needed=("group", "operator"),
        modified=None,
    ),
}
