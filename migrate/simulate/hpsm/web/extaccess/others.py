"""Knowledge, catalogue, requests, changes, problems and tasks, as they are shown."""

from __future__ import annotations

from migrate.simulate.hpsm.web.extaccess.record import Shown, fields

_TASK = """
    NUMBER TaskID key
    ID TaskID key
    PARENT_CHANGE ParentChange
    PARENT_PROBLEM ParentProblem
    PARENT_INCIDENT ParentIncident
    BRIEF_DESC Title summary
    BRIEF_DESCRIPTION Title summary
    DESCRIPTION Description
    STATUS Status summary
    CURRENT_PHASE Phase
    CATEGORY Category
    ASSIGN_DEPT AssignmentGroup
    ASSIGNMENT AssignmentGroup
    ASSIGNED_TO Assignee
    ASSIGNEE_NAME Assignee
    ORIG_DATE_ENTERED OpenTime
    OPEN_TIME OpenTime
    CLOSE_TIME ClosedTime
    UPDATE_ACTION JournalUpdates
    COMPLETION_CODE CompletionCode
    SYSMODTIME SysModTime
"""

SHOWN = (
    Shown(
        "kmdocument",
        "KMDOCUMENTM1",
        "KnowledgeManagement",
        "Knowledge",
        "knowledges",
        fields("""
            ID id key
            TITLE title summary
            DOCTYPE doctype
            STATUS status summary
            ANSWER answer text
            CATEGORIES categories
            DOCUMENTOWNER documentowner
            CREATIONDATE creationdate
            EXPIRATION_DATE expirationdate
            SYSMODTIME sysmodtime
        """),
        attachments=True,
    ),
    Shown(
        "svcCatalog",
        "SVCCATALOGM1",
        "ServiceCatalogAPI",
        "SvcCatalog",
        "svcCatalogs",
        fields("""
            NAME Name key
            DISPLAY_NAME DisplayName summary
            CATALOG_TYPE CatalogType
            PARENT Parent
            ACTIVE Active
            ASSIGNMENT AssignmentGroup
            DESCRIPTION Description
            OPTIONS Options text
            SYSMODTIME SysModTime
        """),
        attachments=True,
    ),
    Shown(
        "ocmq",
        "OCMQM1",
        "RequestManagement",
        "Request",
        "requests",
        fields("""
            NUMBER RequestID key
            BRIEF_DESCRIPTION Title summary
            DESCRIPTION Description
            STATUS Status summary
            APPROVAL_STATUS ApprovalStatus
            CATEGORY Category
            ASSIGNED_DEPT AssignmentGroup
            ASSIGNED_TO Assignee
            REQUESTOR_NAME RequestedBy
            SUBMIT_DATE OpenTime
            REQUESTED_DATE RequestedDate
            CLOSE_DATE ClosedTime
            SYSMODTIME SysModTime
        """),
        attachments=True,
    ),
    Shown(
        "cm3r",
        "CM3RM1",
        "ChangeManagement",
        "Change",
        "changes",
        fields("""
            NUMBER header/ChangeID key
            CATEGORY header/Category
            STATUS header/Status summary
            APPROVAL_STATUS header/ApprovalStatus
            REQUESTED_BY header/InitiatedBy
            ASSIGNED_TO header/AssignedTo
            ASSIGN_DEPT header/AssignmentGroup
            COORDINATOR header/ChangeCoordinator
            PLANNED_START header/PlannedStart
            PLANNED_END header/PlannedEnd
            REASON header/Reason
            CURRENT_PHASE header/Phase
            PRIORITY_CODE header/Priority
            ORIG_DATE_ENTERED header/DateEntered
            CLOSE_TIME header/CloseTime
            BRIEF_DESCRIPTION header/Title summary
            DESCRIPTION description.structure/Description
            ASSETS middle/Assets
            LOCATION middle/Location
            COMPLETION_CODE close/ClosureCode
            CLOSING_COMMENTS close/ClosingComments
            AFFECTED_ITEM Service
            INITIAL_IMPACT Impact
            SEVERITY Urgency
            SYSMODTIME SysModTime
        """),
        attachments=True,
    ),
    Shown(
        "rootcause",
        "ROOTCAUSEM1",
        "ProblemManagement",
        "Problem",
        "problems",
        fields("""
            ID ID key
            CATEGORY Category
            ASSIGNMENT AssignmentGroup
            BRIEF_DESCRIPTION Title summary
            DESCRIPTION Description
            ROOT_CAUSE RootCause
            PRIORITY_CODE Priority
            SEVERITY Urgency
            ASSIGNEE_NAME Assignee
            RESOLUTION Solution
            WORKAROUND Workaround
            CURRENT_PHASE Phase
            INITIAL_IMPACT Impact
            CLOSURE_CODE ClosureCode
            AFFECTED_ITEM Service
            STATUS Status summary
            OPEN_TIME OpenTime
            CLOSE_TIME ClosedTime
            SYSMODTIME SysModTime
        """),
        attachments=True,
    ),
    Shown("cm3t", "CM3TM1", "ChangeManagement", "ChangeTask", "changetasks", fields(_TASK)),
    Shown(
        "rootcausetask",
        "ROOTCAUSETASKM1",
        "ProblemManagement",
        "ProblemTask",
        "problemtasks",
        fields(_TASK),
    ),
    Shown(
        "imTask", "IMTASKM1", "IncidentManagement", "IncidentTask", "incidenttasks", fields(_TASK)
    ),
)
