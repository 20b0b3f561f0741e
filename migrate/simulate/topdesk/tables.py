"""What cards of the supporting files consist of: which fields may be written, and how long
(TOPdesk supporting files API 2.7.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.simulate.topdesk import fields
from migrate.simulate.topdesk.fields import Check, Table, boolean, choice, link, text
from migrate.simulate.topdesk.kinds import (
    STAMP_REFS,
    Kind,
    Render,
    branch_of,
    dynamic_name,
    location_of,
)
from migrate.simulate.topdesk.tenant import Card, Tenant


def _person_branch(tenant: Tenant, card: Card) -> dict[str, Any] | None:
    branch = tenant.get("branch", card.get("branch"))
    if branch is None:
        return None
    return {
        "id": branch["id"],
        "name": branch["name"],
        "clientReferenceNumber": branch.get("clientReferenceNumber"),
        "phoneNumber": branch.get("phone"),
    }


def _network_login(tenant: Tenant, card: Card) -> str | None:
    login: str | None = card.get("networkLoginName")
    return None if login is None else login[: tenant.login_read_length]


def _status(active: str, archived: str) -> Render:
    return lambda tenant, card: archived if card.get("archived") else active


_OPTIONAL: Table = {
    "optionalFields1": fields.nested(fields.optional_fields(memo=False)),
    "optionalFields2": fields.nested(fields.optional_fields(memo=False)),
}
_ADDRESS = fields.nested(
    {
        "addressMemo": text(),
        "city": text(30),
        "country": fields.absent,
        "county": text(50),
        "number": text(50),
        "postcode": text(15),
        "street": text(50),
    }
)
TASKS = (
    "accountManager",
    "changeActivitiesOperator",
    "changeCoordinator",
    "contractManager",
    "extensiveChangeOperator",
    "externalHelpDeskParty",
    "firstLineCallOperator",
    "installer",
    "knowledgeBaseManager",
    "operationsManager",
    "operationsOperator",
    "planningActivityManager",
    "problemManager",
    "problemOperator",
    "projectActiviesOperator",
    "projectCoordinator",
    "requestForChangeOperator",
    "reservationsOperator",
    "scenarioManager",
    "secondLineCallOperator",
    "serviceOperator",
    "simpleChangeOperator",
    "stockManager",
)
_TASK_TABLE: Table = dict.fromkeys(TASKS, boolean)
_NO_TASKS = dict.fromkeys(TASKS, False)

_BRANCH: Table = {
    "name": text(60),
    "accountManager": fields.absent,
    "additionalInfo": text(),
    "address": _ADDRESS,
    "attention": fields.absent,
    "attentionComment": text(127),
    "branchType": fields.one_of("independentBranch", "headBranch", "hasAHeadBranch"),
    "clientReferenceNumber": text(30),
    "contact": fields.absent,
    "email": text(100),
    "extraA": fields.absent,
    "extraB": fields.absent,
    "fax": text(25),
    "headBranch": choice("id", "name"),
    "membershipNumber": text(60),
    "notes": text(),
    "phone": text(25),
    "postalAddress": _ADDRESS,
    "realEstate": fields.anything,
    "serviceWindow": fields.absent,
    "serviceWindowOption": fields.one_of("default", "specific"),
    "specification": text(70),
    "surfaceArea": fields.number,
    "timeZone": text(50),
    "vatNumber": text(25),
    "volume": fields.number,
    "website": text(100),
    **_OPTIONAL,
}
BRANCH = Kind(
    "branch",
    "branch",
    _BRANCH,
    _BRANCH,
    ("name",),
    {"headBranch": "branch", **STAMP_REFS},
    read_only=("hasAttention",),
    derived={"status": _status("active", "archived")},
    defaults={"branchType": "independentBranch", "serviceWindowOption": "default"},
)

_LOCATION: dict[str, Check] = {
    "name": text(100),
    "area": fields.anything,
    "budgetHolder": choice("id", "name"),
    "buildingZone": fields.absent,
    "capacity": fields.number,
    "finishing": fields.anything,
    "functionalUse": fields.absent,
    "majorLocation": choice("id", "name"),
    "notes": text(),
    "reservationManagement": fields.anything,
    "roomNumber": text(100),
    "roomSetup": fields.one_of("standardLocation", "divisibleLocation", "isASubLocation"),
    "roomStatus": fields.absent,
    "specification": text(100),
    "type": fields.absent,
    **_OPTIONAL,
}
LOCATION = Kind(
    "location",
    "location",
    {**_LOCATION, "branch": choice("id", "name")},
    _LOCATION,
    ("name", "branch"),
    {
        "branch": "branch",
        "budgetHolder": "budget_holder",
        "majorLocation": "location",
        **STAMP_REFS,
    },
    derived={"status": _status("active", "archived")},
    defaults={"roomSetup": "standardLocation"},
)

AUTHORISATIONS = (
    "authorizeAll",
    "authorizeBranch",
    "authorizeBudgetHolder",
    "authorizeDepartment",
    "authorizeSubsidiaryBranches",
)
_PERSON: Table = {
    "surName": text(50),
    "attention": fields.absent,
    **dict.fromkeys(AUTHORISATIONS, boolean),
    "birthName": text(100),
    "branch": link,
    "budgetHolder": link,
    "department": link,
    "email": text(100, email=True),
    "employeeNumber": text(20),
    "fax": text(25),
    "firstInitials": text(10),
    "firstName": text(30),
    "hasSspAccess": boolean,
    "isCaller": boolean,
    "isManager": boolean,
    "jobTitle": text(100),
    "language": fields.absent,
    "location": link,
    "mainframeLoginName": text(100),
    "manager": link,
    "mobileNumber": text(25),
    "networkLoginName": text(100),
    "personExtraFieldA": fields.absent,
    "personExtraFieldB": fields.absent,
    "phoneNumber": text(25),
    "prefixes": text(10),
    "showAllBranches": boolean,
    "showBranch": boolean,
    "showBudgetHolder": boolean,
    "showDepartment": boolean,
    "showObjectsOfBranch": boolean,
    "showObjectsOfSubsidiaries": boolean,
    "showSubsidiaries": boolean,
    "tasLoginName": text(100),
    "title": text(35),
    **_OPTIONAL,
}
PERSON = Kind(
    "person",
    "person",
    _PERSON,
    _PERSON,
    ("surName", "branch"),
    {
        "branch": "branch",
        "budgetHolder": "budget_holder",
        "department": "department",
        "location": "location",
        "manager": "person",
        **STAMP_REFS,
    },
    read_only=("city", "hasAttention", "principalId"),
    renames={"showBudgetHolder": "showBudgetholder"},
    derived={
        "archived": lambda tenant, card: bool(card.get("archived")),
        "dynamicName": lambda tenant, card: dynamic_name(card),
        "networkLoginName": _network_login,
    },
    renders={"branch": _person_branch},
    defaults={
        **dict.fromkeys(AUTHORISATIONS, False),
        "hasSspAccess": True,
        "isCaller": False,
        "isManager": False,
    },
)

_OPERATOR: dict[str, Check] = {
    "surName": text(50),
    "accessRoles": fields.anything,
    "attention": fields.absent,
    "birthName": text(100),
    "branch": link,
    "budgetHolder": link,
    "comments": text(127),
    "department": link,
    "email": text(100, email=True),
    "employeeNumber": text(20),
    "exchangeAccount": text(100),
    "faxNumber": text(25),
    "firstInitials": text(10),
    "firstName": text(30),
    "gender": fields.one_of("UNDEFINED", "MALE", "FEMALE"),
    "hourlyRate": fields.number,
    "jobTitle": text(100),
    "language": fields.absent,
    "location": link,
    "loginName": text(100),
    "loginPermission": boolean,
    "mainframeLoginName": text(100),
    "mobileNumber": text(25),
    "networkLoginName": text(100),
    "password": text(),
    "prefixes": text(10),
    "telephone": text(25),
    "title": text(35),
    **_TASK_TABLE,
    **_OPTIONAL,
}
_SHARED_REFS = {
    "branch": "branch",
    "budgetHolder": "budget_holder",
    "location": "location",
    **STAMP_REFS,
}
_SHARED_RENDERS: Mapping[str, Render] = {
    "branch": lambda tenant, card: branch_of(tenant, card.get("branch")),
    "location": lambda tenant, card: location_of(tenant, card.get("location")),
}
OPERATOR = Kind(
    "operator",
    "operator",
    {**_OPERATOR, "apiAccount": boolean, "linkedPerson": link},
    _OPERATOR,
    ("surName", "branch", "linkedPerson"),
    {**_SHARED_REFS, "department": "department", "linkedPerson": "person"},
    read_only=("accountType", "hasApplicationPasswords", "hasAttention", "principalId"),
    write_only=("password",),
    renames={"firstInitials": "initials"},
    derived={
        "dynamicName": lambda tenant, card: dynamic_name(card),
        "status": _status("operator", "operatorArchived"),
    },
    renders=_SHARED_RENDERS,
    defaults={
        **_NO_TASKS,
        "accountType": "regular",
        "apiAccount": False,
        "gender": "UNDEFINED",
        "loginPermission": False,
    },
)

_CONTACT = fields.nested(
    {
        "id": fields.uuid,
        "department": fields.absent,
        "email": text(),
        "faxNumber": text(),
        "telephone": text(),
    }
)
_GROUP: Table = {
    "groupName": text(30),
    "branch": link,
    "contact": _CONTACT,
    "accessRoles": fields.anything,
}
# The schema for writing spells one task as it should be, the one for reading does not.
_GROUP_TASKS = {
    "projectActivitiesOperator" if name == "projectActiviesOperator" else name: check
    for name, check in _TASK_TABLE.items()
}
OPERATOR_GROUP = Kind(
    "operator_group",
    "operator group",
    _GROUP,
    {
        **_GROUP,
        **_GROUP_TASKS,
        "attention": fields.absent,
        "budgetHolder": link,
        "comments": text(127),
        "hourlyRate": fields.number,
        "location": link,
        "visibleOnPlanboard": boolean,
        **_OPTIONAL,
    },
    ("groupName", "branch"),
    _SHARED_REFS,
    update_required=("groupName", "branch"),
    read_only=("hasAttention", "principalId"),
    write_only=("visibleOnPlanboard",),
    renames={"projectActivitiesOperator": "projectActiviesOperator"},
    derived={"status": _status("operatorGroup", "operatorGroupArchived")},
    renders=_SHARED_RENDERS,
    defaults=_NO_TASKS,
)
