"""The invented world's records as rows of HPSM's tables.

Every function yields values in the order of the columns that stand beside it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from migrate.simulate.world.matter import Activity, Incident, Interaction, Relation
from migrate.simulate.world.organisation import GROUPS, UNITS, Shape
from migrate.simulate.world.people import SYSTEM_LOGINS, Person, Recognised
from migrate.simulate.world.places import DEPARTMENTS, LOCATIONS
from migrate.simulate.world.scale import PRESENT
from migrate.simulate.world.spoil import JUNK_TIME
from migrate.simulate.world.world import World

Values = tuple[Any, ...]

_EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
JUNK = datetime(4000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""From here HPSM counts durations, which it stores as dates."""
NEWEST_FIRST = datetime(2199, 12, 31, 17, tzinfo=UTC).replace(tzinfo=None)
"""From here NEGDATESTAMP counts down, so that the newest activity sorts first."""
_NEWEST_FIRST = int((NEWEST_FIRST - _EPOCH).total_seconds())
_MET = 3_600
_DAY = 86_400
_JOURNALLED = frozenset(("Update", "communication-with-customer"))


def columns(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\n", " ").replace(" ", "").split(","))


class Stamp:
    """Turns seconds since 1970 into what a column of times takes: text for SQLite, else datetime.

    Durations are stored as dates counted from 4000-01-01, as HPSM does.
    """

    def __init__(self, *, as_text: bool) -> None:
        self._as_text = as_text

    def __call__(self, seconds: int | None) -> Any:
        if seconds is None:
            return None
        moment = _EPOCH + timedelta(seconds=seconds)
        return moment.isoformat(" ") if self._as_text else moment

    def duration(self, seconds: int | None) -> Any:
        return None if seconds is None else self(JUNK_TIME + seconds)


def logical(value: bool | None) -> str | None:
    return None if value is None else "t" if value else "f"


DEPARTMENT = columns("DEPT_ID, DEPT, DEPT_FULL_NAME, COMPANY, SYSMODTIME, SYSMODUSER, SYSMODCOUNT")


def departments(stamp: Stamp) -> Iterator[Values]:
    for row in DEPARTMENTS:
        company = UNITS[row.unit].name
        yield row.dept_id, row.name, row.full_name, company, stamp(_long_ago(1)), "feed", 1.0


LOCATION = columns(
    """LOCATION, LOCATION_CODE, LOCATION_NAME, ADDRESS, CITY, ZIP, SYSMODTIME, SYSMODUSER,
    SYSMODCOUNT"""
)


def locations(stamp: Stamp) -> Iterator[Values]:
    for row in LOCATIONS:
        address = f"{row.street}\n{row.zip} {row.city}"
        when = stamp(_long_ago(2))
        yield row.key, row.code, row.name, address, row.city, row.zip, when, "feed", 1.0


CONTACT = columns(
    """CONTACT_NAME, USER_ID, OPERATOR_ID, EMPLOYEE_ID, FIRST_NAME, LAST_NAME, FULL_NAME, EMAIL,
    CONTACT_PHONE, DEPT, DEPT_NAME, LOCATION, LOCATION_CODE, LOCATION_FULL_NAME, TITLE, COMPANY,
    INACTIVE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def contacts(world: World, stamp: Stamp) -> Iterator[Values]:
    for place, person in enumerate(world.people.all):
        when = stamp(_long_ago(place))
        yield _contact(person, person.contact, person.employee_number, when)
        if person.second_contact:
            yield _contact(person, person.second_contact, None, when)


def _contact(person: Person, key: str, employee: str | None, when: Any) -> Values:
    known = person.recognised is Recognised.BY_USER_ID
    named_only = person.recognised is Recognised.BY_NAME
    return (
        key,
        person.login if known else None,
        person.login if known and person.operator else None,
        None if named_only else employee,
        person.first_name,
        person.last_name,
        person.full_name,
        None if named_only else person.email,
        person.phone,
        person.department.dept_id,
        person.department.name,
        person.location.key,
        person.location.code,
        person.location.name,
        person.title,
        UNITS[person.unit].name,
        _inactive(person),
        when,
        "feed",
        1.0,
    )


def _inactive(person: Person) -> str | None:
    """'t' for a part of those who left; the others' field nobody ever touched."""
    return "t" if person.flagged_inactive else None


OPERATOR = columns(
    """NAME, CONTACT_NAME, FULL_NAME, EMAIL, TIME_ZONE, PROFILE_INCIDENT, LAST_LOGIN, INACTIVE,
    SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def operators(world: World, stamp: Stamp) -> Iterator[Values]:
    for place, person in enumerate(world.people.operators):
        known = person.recognised is Recognised.BY_USER_ID
        yield (
            person.login,
            person.contact if known else None,
            person.full_name,
            person.email,
            "MET",
            "incident analyst",
            stamp(_long_ago(place % 20 + (600 if person.left else 0))),
            _inactive(person),
            stamp(_long_ago(place)),
            "falcon",
            1.0,
        )
    for login in SYSTEM_LOGINS:
        when = stamp(_long_ago(900))
        yield login, None, login, None, "GMT", "SYSADMIN", None, None, when, "falcon", 1.0


SECURITY_GROUP = columns("NAME, RECORD_NUMBER, SECURITY_GROUP")


def security_groups(world: World) -> Iterator[Values]:
    for person in world.people.operators:
        yield person.login, 1.0, UNITS[person.unit].code


GROUP = columns(
    "NAME, WDMANAGERNAME, GROUP_EMAIL, PARENT, INACTIVE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"
)


def groups(world: World, stamp: Stamp) -> Iterator[Values]:
    by_login = {person.login: person for person in world.people.operators}
    for place, group in enumerate(GROUPS.values()):
        members = world.members[group.name]
        mail = group.name.split("-")[0].lower().translate(str.maketrans("åø", "ao"))
        yield (
            group.name,
            by_login[members[0]].contact if members else None,
            f"{mail}-{place}@example.no",
            UNITS[group.unit].code,
            logical(group.shape is Shape.DORMANT) if place % 2 else None,
            stamp(_long_ago(place)),
            "falcon",
            1.0,
        )


MEMBER = columns("NAME, RECORD_NUMBER, OPERATORS")


def members(world: World) -> Iterator[Values]:
    number: dict[str, int] = {}
    for row in world.people.memberships:
        number[row.group] = place = number.get(row.group, 0) + 1
        yield row.group, float(place), row.spelled


INTERACTION = columns(
    """INCIDENT_ID, OPEN, CONTACT_NAME, CALLBACK_CONTACT, CALLBACK_TYPE, SEVERITY, PRIORITY_CODE,
    INITIAL_IMPACT, TITLE, DESCRIPTION, RESOLUTION, UPDATE_ACTION, OWNER_NAME, ASSIGNMENT,
    OPENED_BY, CLOSED_BY, OPEN_TIME, UPDATE_TIME, CLOSE_TIME, CATEGORY, SUBCATEGORY, PRODUCT_TYPE,
    AFFECTED_ITEM, LOGICAL_NAME, FIRST_CALL, HANDLE_TIME, COMPANY, DEPT, LOCATION, CONTACT_EMAIL,
    RESOLUTION_CODE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def interaction(row: Interaction, stamp: Stamp) -> Values:
    last = row.history[-1]
    return (
        row.number,
        row.status,
        row.caller,
        row.caller,
        row.callback,
        row.urgency,
        row.priority,
        row.impact,
        row.title,
        row.description,
        row.resolution,
        journal(row.history),
        row.owner,
        row.group,
        row.opened_by,
        row.closed_by,
        stamp(row.opened),
        stamp(row.updated),
        stamp(row.closed),
        row.category,
        row.subcategory,
        "general",
        row.service,
        row.ci,
        logical(row.first_call),
        stamp.duration(row.handle_time),
        row.company,
        row.department,
        row.location,
        row.email,
        row.resolution_code,
        stamp(last.time),
        last.operator,
        float(len(row.history)),
    )


INCIDENT = columns(
    """NUMBER, CATEGORY, SUBCATEGORY, PRODUCT_TYPE, PROBLEM_TYPE, PROBLEM_STATUS, STATUS,
    PRIORITY_CODE, SEVERITY, INITIAL_IMPACT, ASSIGNMENT, ASSIGNEE_NAME, OPENED_BY, OPEN_TIME,
    UPDATE_TIME, CLOSED_BY, CLOSE_TIME, RESOLVED_BY, RESOLVED_TIME, REOPEN_TIME, BRIEF_DESCRIPTION,
    ACTION, RESOLUTION, UPDATE_ACTION, RESOLUTION_CODE, CAUSE_CODE, CONTACT_NAME, LOGICAL_NAME,
    AFFECTED_ITEM, LOCATION, DEPT, REFERENCE_NO, PENDING_CODE, PENDING_UNTIL, SLA_REMAINING, FLAG,
    SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def incident(row: Incident, stamp: Stamp) -> Values:
    last = row.history[-1]
    return (
        row.number,
        row.category,
        row.subcategory,
        "general",
        "incident",
        row.status,
        row.alert_status,
        row.priority,
        row.urgency,
        row.impact,
        row.group,
        row.assignee,
        row.opened_by,
        stamp(row.opened),
        stamp(row.updated),
        row.closed_by,
        stamp(row.closed),
        row.resolved_by,
        stamp(row.resolved),
        stamp(row.reopened),
        row.title,
        row.description,
        row.resolution,
        journal(row.history),
        row.resolution_code,
        row.cause,
        row.caller,
        row.ci,
        row.service,
        row.location,
        row.department,
        row.reference,
        row.pending_code,
        stamp(row.pending_until),
        stamp.duration(row.sla_remaining),
        logical(row.closed is None),
        stamp(last.time),
        last.operator,
        float(len(row.history)),
    )


ACTIVITY = columns(
    """THENUMBER, NUMBER, DATESTAMP, TYPE, OPERATOR, DESCRIPTION, NEGDATESTAMP, CUST_VISIBLE,
    SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def activity(row: Activity, stamp: Stamp) -> Values:
    when = stamp(row.time)
    return (
        row.id,
        row.number,
        when,
        row.type,
        row.operator,
        row.text,
        stamp.duration(_NEWEST_FIRST - row.time),
        logical(row.visible),
        when,
        row.operator,
        0.0,
    )


RELATION = columns(
    """SOURCE, SOURCE_FILENAME, DEPEND, DEPEND_FILENAME, TYPE, DESC, SYSMODTIME, SYSMODUSER,
    SYSMODCOUNT"""
)


def relation(row: Relation, when: int, stamp: Stamp) -> Values:
    """`when` is the time of the matter that it belongs to."""
    return (*row[:4], "related", f"{row.depend}\n", stamp(when), "linker", 0.0)


CLOCK = columns(
    "KEY_CHAR, NAME, TYPE, STATUS, TOTAL, CLOSED_TOTAL, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"
)


def clock(row: Incident, stamp: Stamp) -> Values:
    """How long an incident was open; the second time is empty while it is."""
    end = row.closed or PRESENT
    total = stamp.duration(max(end - row.opened, 0))
    done = row.closed is not None
    return (
        *(row.number, "Time Open", "probsummary", "stopped" if done else "running", total),
        *(total if done else None, stamp(row.history[-1].time), "problem", 0.0),
    )


def journal(history: list[Activity]) -> str | None:
    """The UPDATE_ACTION text: blocks with a header line each, newest first, in the zone of the
    installation; it does not say who may see a block."""
    blocks = [
        time.strftime("%m/%d/%y %H:%M:%S", time.gmtime(row.time + _MET))
        + f" MET ({row.operator}):\n{row.text}"
        for row in reversed(history)
        if row.type in _JOURNALLED
    ]
    return "\n".join(blocks) or None


def _long_ago(days: int) -> int:
    return PRESENT - (days % 900 + 1) * _DAY
