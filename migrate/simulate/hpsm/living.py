"""What goes on in a running HPSM between two extracts: tickets are escalated, passed on, noted on.

Each function changes the database as HPSM would, with its history rows and SYSMODTIME, at `at` in
GMT; without it, a minute after the newest change there, and after the world's present. Numbers are
those of tickets, SD or IM; one that is not there raises KeyError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from migrate.simulate.hpsm import tables
from migrate.simulate.hpsm.bulk import engine
from migrate.simulate.hpsm.rows import JUNK, NEWEST_FIRST
from migrate.simulate.world.scale import NOW

_COMMON = {
    # of the interaction → of the incident
    "CATEGORY": "CATEGORY",
    "SUBCATEGORY": "SUBCATEGORY",
    "PRODUCT_TYPE": "PRODUCT_TYPE",
    "PRIORITY_CODE": "PRIORITY_CODE",
    "SEVERITY": "SEVERITY",
    "INITIAL_IMPACT": "INITIAL_IMPACT",
    "TITLE": "BRIEF_DESCRIPTION",
    "DESCRIPTION": "ACTION",
    "CONTACT_NAME": "CONTACT_NAME",
    "LOGICAL_NAME": "LOGICAL_NAME",
    "AFFECTED_ITEM": "AFFECTED_ITEM",
    "LOCATION": "LOCATION",
    "DEPT": "DEPT",
    "ASSIGNMENT": "ASSIGNMENT",
    "OWNER_NAME": "OPENED_BY",
}

_REOPENED = dict.fromkeys(("CLOSE_TIME", "CLOSED_BY", "RESOLUTION", "RESOLUTION_CODE"))


def escalate(
    url: str, sd_number: str, *, group: str | None = None, at: datetime | None = None
) -> str:
    """Open an incident for an interaction, in `group` or the interaction's own, and relate the two.
    Returns the incident's number."""
    with _hpsm(url) as connection:
        hpsm = _Now(connection, at)
        call = hpsm.row(sd_number)
        number = hpsm.next_incident()
        values = {theirs: call[ours] for ours, theirs in _COMMON.items()}
        values["ASSIGNMENT"] = group or call["ASSIGNMENT"]
        connection.execute(
            sa.insert(tables.INCIDENTS).values(
                NUMBER=number,
                PROBLEM_TYPE="incident",
                PROBLEM_STATUS="Open",
                STATUS="Open",
                OPEN_TIME=hpsm.at,
                UPDATE_TIME=hpsm.at,
                FLAG="t",
                **values,
                **hpsm.modified(call["OWNER_NAME"], 0),
            )
        )
        connection.execute(
            sa.insert(tables.RELATIONS).values(
                SOURCE=number,
                SOURCE_FILENAME="problem",
                DEPEND=sd_number,
                DEPEND_FILENAME="incidents",
                TYPE="related",
                DESC=f"{sd_number}\n",
                **hpsm.modified("linker", 0),
            )
        )
        operator = call["OWNER_NAME"]
        text = f"Incident Opened with {values['ASSIGNMENT']} Assignment"
        hpsm.log(number, "Open", operator, text, False)
        hpsm.log(sd_number, "related-change", operator, f"Related {number}", False)
        hpsm.update(sd_number, operator, OPEN="Dispatched", FIRST_CALL="f", **_REOPENED)
        return number


def reassign(url: str, number: str, group: str, *, at: datetime | None = None) -> None:
    """Pass a ticket on to another group; nobody there has taken it yet."""
    with _hpsm(url) as connection:
        hpsm = _Now(connection, at)
        before = hpsm.row(number)
        operator = before["SYSMODUSER"]
        text = f"{before['ASSIGNMENT']} to {group} |"
        hpsm.log(number, "Assignment Group Change", operator, text, False)
        assignee = {} if hpsm.is_interaction(number) else {"ASSIGNEE_NAME": None}
        hpsm.update(number, operator, ASSIGNMENT=group, **assignee)


def note(
    url: str, number: str, text: str, *, visible: bool | None = True, at: datetime | None = None
) -> str:
    """Write a note on a ticket. Returns the id of its activity."""
    with _hpsm(url) as connection:
        hpsm = _Now(connection, at)
        operator = hpsm.row(number)["SYSMODUSER"]
        kind = "communication-with-customer" if visible else "Update"
        activity = hpsm.log(number, kind, operator, text, visible)
        hpsm.update(number, operator)
        return activity


@contextmanager
def _hpsm(url: str) -> Iterator[Connection]:
    target = engine(url)
    try:
        with target.begin() as connection:
            yield connection
    finally:
        target.dispose()


class _Now:
    """The database at one moment; everything written through it bears that time."""

    def __init__(self, connection: Connection, at: datetime | None) -> None:
        self._connection = connection
        self.at = at.replace(tzinfo=None) if at else self._newest() + timedelta(minutes=1)

    def is_interaction(self, number: str) -> bool:
        return self._find(number)[0] is tables.INTERACTIONS

    def row(self, number: str) -> dict[str, Any]:
        table, key = self._find(number)
        found = self._connection.execute(sa.select(table).where(key == number)).mappings().one()
        return dict(found)

    def next_incident(self) -> str:
        """One more than the highest plain number."""
        key = tables.INCIDENTS.c["NUMBER"]
        plain = sa.select(sa.func.max(sa.cast(sa.func.substr(key, 3), sa.Integer))).where(
            key.like("IM%"), ~key.like("%/%")
        )
        return f"IM{self._connection.execute(plain).scalar_one() + 1}"

    def log(
        self, number: str, kind: str, operator: str | None, text: str, visible: bool | None
    ) -> str:
        """An activity row with the next id."""
        ids = [
            self._connection.execute(
                sa.select(sa.func.max(sa.cast(table.c["THENUMBER"], sa.Integer)))
            ).scalar_one()
            for table in (tables.ACTIVITIES, tables.INTERACTION_ACTIVITIES)
        ]
        activity = str(max(ids) + 1)
        history = (
            tables.INTERACTION_ACTIVITIES if self.is_interaction(number) else tables.ACTIVITIES
        )
        self._connection.execute(
            sa.insert(history).values(
                THENUMBER=activity,
                NUMBER=number,
                DATESTAMP=self.at,
                TYPE=kind,
                OPERATOR=operator,
                DESCRIPTION=text,
                NEGDATESTAMP=JUNK + (NEWEST_FIRST - self.at),
                CUST_VISIBLE=None if visible is None else "t" if visible else "f",
                **self.modified(operator, 0),
            )
        )
        return activity

    def update(self, number: str, operator: str | None, **values: Any) -> None:
        table, key = self._find(number)
        count = self.row(number)["SYSMODCOUNT"] + 1
        stamped = {**values, "UPDATE_TIME": self.at, **self.modified(operator, count)}
        self._connection.execute(sa.update(table).where(key == number).values(**stamped))

    def modified(self, operator: str | None, count: float) -> dict[str, Any]:
        return {"SYSMODTIME": self.at, "SYSMODUSER": operator, "SYSMODCOUNT": count}

    def _newest(self) -> datetime:
        newest = NOW.replace(tzinfo=None)
        for table in (tables.INTERACTIONS, tables.INCIDENTS):
            found: datetime | None = self._connection.execute(
                sa.select(sa.func.max(table.c["SYSMODTIME"]))
            ).scalar_one()
            newest = max(newest, found or newest)
        return newest

    def _find(self, number: str) -> tuple[sa.Table, sa.Column[Any]]:
        for table, name in ((tables.INTERACTIONS, "INCIDENT_ID"), (tables.INCIDENTS, "NUMBER")):
            key = table.c[name]
            if self._connection.execute(sa.select(key).where(key == number)).first():
                return table, key
        raise KeyError(number)
