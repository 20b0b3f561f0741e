"""Incidents, interactions, their activities and relations, as they are shown."""

from __future__ import annotations

from migrate.simulate.hpsm.web.extaccess.record import Shown, fields

_ACTIVITY_OF_INCIDENTS = fields("""
    CUST_VISIBLE CustVisible
    DATESTAMP DateStamp
    DESCRIPTION Description
    NEGDATESTAMP NegDateStamp
    NUMBER Number summary
    OPERATOR Operator
    SYSMODCOUNT Sysmodcount
    SYSMODTIME Sysmodtime
    SYSMODUSER Sysmoduser
    THENUMBER UniqueNumber key
    TYPE Type summary
""")

_ACTIVITY_OF_INTERACTIONS = fields("""
    NUMBER Number key
    NEGDATESTAMP negdatestamp
    THENUMBER TheNumber key
    DATESTAMP datestamp
    TYPE type summary
    OPERATOR operator
    DESCRIPTION description
    CUST_VISIBLE custvisible
    SYSMODTIME sysmodtime
""")

SHOWN = (
    Shown(
        "probsummary",
        "PROBSUMMARYM1",
        "IncidentManagement",
        "Incident",
        "incidents",
        fields("""
            NUMBER IncidentID key
            CATEGORY Category
            OPEN_TIME OpenTime
            OPENED_BY OpenedBy
            PRIORITY_CODE Priority
            SEVERITY Urgency
            UPDATE_TIME UpdatedTime
            ASSIGNMENT AssignmentGroup summary
            CLOSE_TIME ClosedTime
            CLOSED_BY ClosedBy
            RESOLUTION_CODE ClosureCode
            LOGICAL_NAME AffectedCI
            AFFECTED_ITEM Service
            LOCATION Location
            ACTION Description
            RESOLUTION Solution
            ASSIGNEE_NAME Assignee
            CONTACT_NAME Contact
            ALTERNATE_CONTACT AlternateContact
            UPDATE_ACTION JournalUpdates
            STATUS AlertStatus
            DEPT Department
            SUBCATEGORY Area
            PRODUCT_TYPE Subarea
            PROBLEM_TYPE ProblemType
            BRIEF_DESCRIPTION Title summary
            INITIAL_IMPACT Impact
            PROBLEM_STATUS Status summary
            RESOLVED_TIME ResolvedTime
            RESOLVED_BY ResolvedBy
            REOPEN_TIME ReopenTime
            CAUSE_CODE CauseCode
            PENDING_CODE PendingCode
            PENDING_UNTIL PendingUntil
            SYSMODTIME SysModTime
            SYSMODUSER UpdatedBy
        """),
        attachments=True,
    ),
    Shown(
        "incidents",
        "INCIDENTSM1",
        "ServiceDesk",
        "Interaction",
        "interactions",
        fields("""
            INCIDENT_ID CallID key
            CALLBACK_CONTACT ServiceRecipient
            SEVERITY Urgency
            OPEN_TIME OpenTime
            UPDATE_TIME UpdateTime
            OPENED_BY OpenedBy
            DESCRIPTION Description
            AFFECTED_ITEM AffectedService
            OWNER_NAME CallOwner
            ASSIGNMENT AssignmentGroup
            OPEN Status summary
            CALLBACK_TYPE NotifyBy
            RESOLUTION Solution
            CATEGORY Category
            DEPT CallerDepartment
            LOCATION CallerLocation
            CLOSE_TIME CloseTime
            CLOSED_BY ClosedBy
            PRIORITY_CODE Priority
            SUBCATEGORY Area
            PRODUCT_TYPE Subarea
            RESOLUTION_CODE ClosureCode
            COMPANY Company
            CONTACT_EMAIL ContactEmail
            CONTACT_NAME Contact
            UPDATE_ACTION Update
            INITIAL_IMPACT Impact
            LOGICAL_NAME AffectedCI
            TITLE Title summary
            FIRST_CALL FirstCall
            HANDLE_TIME HandleTime duration
            SYSMODTIME SysModTime
        """),
        attachments=True,
    ),
    Shown(
        "activity",
        "ACTIVITYM1",
        "Activity",
        "Activity",
        "Activity",
        _ACTIVITY_OF_INCIDENTS,
    ),
    Shown(
        "activityservicemgt",
        "ACTSVCMGTM1",
        "ServiceCatalogAPI",
        "ActivityServiceMgt",
        "ActivityServiceMgt",
        _ACTIVITY_OF_INTERACTIONS,
    ),
    Shown(
        "screlation",
        "SCRELATIONM1",
        "Relations",
        "Relation",
        "relations",
        fields("""
            SOURCE Source key
            SOURCE_FILENAME SourceFilename
            DEPEND Depend key
            DEPEND_FILENAME DependFilename
            TYPE Type key
            DESC Description
            SYSMODTIME SysModTime
        """),
    ),
)
