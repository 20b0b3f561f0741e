"""Under which names HPSM's web services show our fields, in installations that were seen.

A caption is chosen per installation (extaccess), so every line is a starting point, and a field of
which no caption was seen has none here. Sources: the vendor's resource reference for incidents; for
the others the code of public clients, and one extaccess record in an unload file (activities).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate.extract.table import Column, Table


@dataclass(frozen=True, slots=True)
class Service:
    """Where one alias table is found: the REST `collection`, the `object` (SOAP's, and REST's
    resource), the SOAP `service`, each empty where none was seen, and our field → caption."""

    collection: str
    object: str
    service: str
    captions: dict[str, str]


def _captions(text: str) -> dict[str, str]:
    """`our_name Caption` per line."""
    return dict(line.split() for line in text.strip().splitlines())


SERVICES: dict[str, Service] = {
    "departments": Service("", "Department", "ConfigurationManagement", {}),
    "contacts": Service(
        "contacts",
        "Contact",
        "ConfigurationManagement",
        _captions("""
            contact_name ContactName
            employee_id EmployeeID
            first_name FirstName
            last_name LastName
            full_name FullName
            phone WorkPhone
            dept Department
            dept_name DepartmentName
            location Location
            title Title
            company Company
            manager Manager
        """),
    ),
    "operators": Service("", "Operator", "FSCManagement", {}),
    "interactions": Service(
        "interactions",
        "Interaction",
        "ServiceDesk",
        _captions("""
            number CallID
            status Status
            contact_name Contact
            callback_contact ServiceRecipient
            callback_type NotifyBy
            urgency Urgency
            priority Priority
            impact Impact
            title Title
            description Description
            resolution Solution
            journal Update
            owner CallOwner
            opened_by OpenedBy
            closed_by ClosedBy
            open_time OpenTime
            update_time UpdateTime
            close_time CloseTime
            category Category
            subcategory Area
            product_type Subarea
            service AffectedService
            ci AffectedCI
            company Company
            dept CallerDepartment
            location Location
            contact_email ContactEmail
            resolution_code ClosureCode
        """),
    ),
    "incidents": Service(
        "incidents",
        "Incident",
        "IncidentManagement",
        _captions("""
            number IncidentID
            category Category
            subcategory Area
            product_type Subarea
            problem_type ProblemType
            status Status
            urgency Urgency
            impact Impact
            assignment AssignmentGroup
            assignee Assignee
            opened_by OpenedBy
            open_time OpenTime
            update_time UpdatedTime
            closed_by ClosedBy
            close_time ClosedTime
            title Title
            description Description
            resolution Solution
            journal JournalUpdates
            resolution_code ClosureCode
            ci AffectedCI
            service Service
            location Location
        """),
    ),
    "activities": Service(  # by default HPSM shows them to nobody: a customer adds the object
        "",
        "",
        "",
        _captions("""
            activity_id UniqueNumber
            number Number
            time DateStamp
            type Type
            operator Operator
            description Description
            visible CustVisible
            sysmodtime Sysmodtime
        """),
    ),
    "interaction_activities": Service(
        "",
        "ActivityServiceMgt",
        "ServiceCatalogAPI",
        _captions("""
            activity_id TheNumber
            number Number
        """),
    ),
    "knowledge": Service(
        "",
        "Knowledge",
        "KnowledgeManagement",
        _captions("""
            id id
            title title
            answer answer
            created creationdate
        """),
    ),
    "catalogue": Service(
        "",
        "SvcCatalog",
        "ServiceCatalogAPI",
        _captions("""
            name Name
            parent Parent
            active Active
        """),
    ),
    "requests": Service(
        "requests",
        "Request",
        "",
        _captions("""
            number Number
            title BriefDescription
            description Description
            status Status
            approval_status ApprovalStatus
            category Category
            assignment AssignedGroup
            assignee AssignedTo
            contact_name RequestorName
            open_time SubmitDate
        """),
    ),
    "changes": Service(
        "changes",
        "Change",
        "ChangeManagement",
        _captions("""
            number header.ChangeID
            title header.Title
            description description.structure.Description
            status header.Status
            approval_status header.ApprovalStatus
            phase header.Phase
            category header.Category
            assignment header.AssignmentGroup
            assignee header.AssignedTo
            contact_name header.InitiatedBy
            priority header.Priority
            open_time header.DateEntered
            planned_start header.PlannedStart
            planned_end header.PlannedEnd
            close_time header.CloseTime
            completion_code close.ClosureCode
        """),
    ),
    "problems": Service(
        "problems",
        "Problem",
        "ProblemManagement",
        _captions("""
            number ID
            title Title
            description Description
            status Status
            assignment AssignmentGroup
            assignee Assignee
            root_cause RootCause
            workaround Workaround
            resolution Solution
            closure_code ClosureCode
        """),
    ),
    "problem_tasks": Service(
        "",
        "ProblemTask",
        "ProblemManagement",
        _captions("""
            number TaskID
            parent ParentProblem
            title Title
            description Description
            status Status
            assignment AssignmentGroup
            assignee Assignee
            open_time OpenTime
            close_time ClosedTime
            completion_code CompletionCode
        """),
    ),
}
"""Name of the alias table → where it is found. What is not here, no web service shows by itself."""


def captioned(name: str, table: Table) -> Table:
    """`table` as a web source reads it. A field of which no caption is known has an empty column;
    a table of which no service is known has no collection and no object. Lists are sorted by the
    fields of the key, under the names that their columns have by default."""
    service = SERVICES.get(name, Service("", "", "", {}))
    return replace(
        table,
        fields={
            ours: Column(service.captions.get(ours, ""), column.type)
            for ours, column in table.fields.items()
        },
        collection=service.collection,
        object=service.object,
        service=service.service,
        sort=tuple(field_of(table.fields[ours].column) for ours in table.key),
    )


def field_of(column: str) -> str:
    """The field that a column is named after, unless a dbdict says otherwise."""
    return column.lower().replace("_", ".")
