"""Requests, changes, problems and tasks as rows of HPSM's tables, whose columns differ by file."""

from __future__ import annotations

from migrate.simulate.hpsm.rows import Stamp, Values, columns
from migrate.simulate.world.work import Change, Problem, Request, Task

REQUEST = columns(
    """NUMBER, BRIEF_DESCRIPTION, DESCRIPTION, STATUS, APPROVAL_STATUS, CATEGORY, ASSIGNED_DEPT,
    ASSIGNED_TO, REQUESTOR_NAME, SUBMIT_DATE, REQUESTED_DATE, CLOSE_DATE, SYSMODTIME, SYSMODUSER,
    SYSMODCOUNT"""
)


def request(row: Request, stamp: Stamp) -> Values:
    return (
        row.number,
        row.title,
        row.description,
        row.status,
        row.approval,
        row.category,
        row.group,
        row.assignee,
        row.contact,
        stamp(row.opened),
        stamp(row.requested),
        stamp(row.closed),
        stamp(row.updated),
        row.assignee or "falcon",
        2.0,
    )


CHANGE = columns(
    """NUMBER, BRIEF_DESCRIPTION, DESCRIPTION, STATUS, APPROVAL_STATUS, CURRENT_PHASE, CATEGORY,
    ASSIGN_DEPT, ASSIGNED_TO, REQUESTED_BY, PRIORITY_CODE, ORIG_DATE_ENTERED, PLANNED_START,
    PLANNED_END, CLOSE_TIME, COMPLETION_CODE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def change(row: Change, stamp: Stamp) -> Values:
    return (
        row.number,
        row.title,
        row.description,
        row.status,
        row.approval,
        row.phase,
        row.category,
        row.group,
        row.assignee,
        row.contact,
        row.priority,
        stamp(row.opened),
        stamp(row.planned_start),
        stamp(row.planned_end),
        stamp(row.closed),
        row.completion,
        stamp(row.updated),
        row.assignee or "falcon",
        3.0,
    )


PROBLEM = columns(
    """ID, BRIEF_DESCRIPTION, DESCRIPTION, STATUS, ASSIGNMENT, ASSIGNEE_NAME, ROOT_CAUSE,
    WORKAROUND, RESOLUTION, CLOSURE_CODE, OPEN_TIME, CLOSE_TIME, SYSMODTIME, SYSMODUSER,
    SYSMODCOUNT"""
)


def problem(row: Problem, stamp: Stamp) -> Values:
    return (
        row.number,
        row.title,
        row.description,
        row.status,
        row.group,
        row.assignee,
        row.root_cause,
        row.workaround,
        row.resolution,
        row.closure,
        stamp(row.opened),
        stamp(row.closed),
        stamp(row.updated),
        row.assignee or "falcon",
        1.0,
    )


def _task(names: str, more: str = "") -> tuple[str, ...]:
    """`names` are those of number, parent, title, group, assignee, opened and closed there."""
    number, parent, title, group, assignee, opened, closed = columns(names)
    return columns(
        f"""{number}, {parent}, {title}, DESCRIPTION, STATUS, {group}, {assignee}, {opened},
        {closed}, COMPLETION_CODE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT{more}"""
    )


LINE_ITEM = _task(
    """NUMBER, PARENT_QUOTE, BRIEF_DESCRIPTION, ASSIGNED_DEPT, ASSIGNED_TO, OPEN_TIME,
    CLOSE_TIME""",
    ", PART_NO, TARGET_COMPLETION",
)
CHANGE_TASK = _task(
    """NUMBER, PARENT_CHANGE, BRIEF_DESC, ASSIGN_DEPT, ASSIGNED_TO, ORIG_DATE_ENTERED,
    CLOSE_TIME"""
)
PROBLEM_TASK = _task(
    """ID, PARENT_PROBLEM, BRIEF_DESCRIPTION, ASSIGNMENT, ASSIGNEE_NAME, OPEN_TIME,
    CLOSE_TIME"""
)
INCIDENT_TASK = _task(
    """ID, PARENT_INCIDENT, BRIEF_DESCRIPTION, ASSIGNMENT, ASSIGNEE_NAME, OPEN_TIME,
    CLOSE_TIME"""
)


def task(row: Task, stamp: Stamp) -> Values:
    """Of a change, a problem or an incident."""
    return (
        row.number,
        row.parent,
        row.title,
        row.description,
        row.status,
        row.group,
        row.assignee,
        stamp(row.opened),
        stamp(row.closed),
        row.completion,
        stamp(row.closed or row.opened),
        row.assignee or "falcon",
        1.0,
    )


def line_item(row: Task, stamp: Stamp) -> Values:
    return (*task(row, stamp), row.part, stamp(row.target))
