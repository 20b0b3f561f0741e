"""Contacts, operators, departments, locations and groups, as they are shown."""

from __future__ import annotations

from migrate.simulate.hpsm.web.extaccess.record import Shown, fields

SHOWN = (
    Shown(
        "contacts",
        "CONTCTSM1",
        "ConfigurationManagement",
        "Contact",
        "contacts",
        fields("""
            CONTACT_NAME ContactName key
            USER_ID UserID
            OPERATOR_ID OperatorID
            EMPLOYEE_ID EmployeeID
            FIRST_NAME FirstName
            LAST_NAME LastName
            FULL_NAME FullName summary
            EMAIL Email
            CONTACT_PHONE WorkPhone
            PORTABLE_PHONE MobilePhone
            DEPT Department
            DEPT_NAME DepartmentName
            LOCATION Location
            LOCATION_CODE LocationCode
            LOCATION_FULL_NAME LocationFullName
            TITLE Title
            COMPANY Company
            INACTIVE Inactive
            SYSMODTIME SysModTime
        """),
    ),
    Shown(
        "operator",
        "OPERATORM1",
        "FSCManagement",
        "Operator",
        "operators",
        fields("""
            NAME Name key
            CONTACT_NAME ContactName
            FULL_NAME FullName summary
            EMAIL Email
            TIME_ZONE TimeZone
            RESP_GROUP ResponsibilityGroup
            LAST_LOGIN LastLogin
            INACTIVE Inactive
            SYSMODTIME SysModTime
        """),
    ),
    Shown(
        "dept",
        "DEPTM1",
        "ConfigurationManagement",
        "Department",
        "departments",
        fields("""
            DEPT_ID DepartmentID key
            DEPT Department
            DEPT_FULL_NAME DepartmentFullName summary
            COMPANY Company
        """),
    ),
    Shown(
        "location",
        "LOCATIONM1",
        "ConfigurationManagement",
        "Location",
        "locations",
        fields("""
            LOCATION Location key
            LOCATION_CODE LocationCode
            LOCATION_NAME LocationName summary
            ADDRESS Address
            CITY City
            ZIP ZipCode
            SYSMODTIME SysModTime
        """),
    ),
    Shown(
        "assignment",
        "ASSIGNMENTM1",
        "AssignmentGroups",
        "AssignmentGroup",
        "assignmentgroups",
        fields("""
            NAME Name key
            WDMANAGERNAME Manager
            GROUP_EMAIL Email
            PARENT Parent
            INACTIVE Inactive
            OPERATORS Operators
            SYSMODTIME SysModTime
        """),
    ),
)
