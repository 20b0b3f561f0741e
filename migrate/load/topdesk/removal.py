"""Taking records back out of TOPdesk, and bringing archived cards back: one request each.

What the contract offers: incidents, persons, operators, operator groups and branches can be
archived and never deleted; departments can be archived too, or deleted while nothing refers to
them; an operator can be unlinked from a group (incident API 4.2.6, supporting files 2.7.11).
Nothing is deleted here: what is archived can be brought back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Record, part, records

_CARDS = {
    "branch": "/tas/api/branches/id",
    "incident": "/tas/api/incidents/id",
    "operator": "/tas/api/operators/id",
    "operator_group": "/tas/api/operatorgroups/id",
    "person": "/tas/api/persons/id",
}
RESTORED = ("branch", "department", "operator", "operator_group", "person")
"""The cards that are brought back when they are loaded again; an incident is made anew."""
_DEPARTMENTS = "/tas/api/departments/id"


def remove(http: Http, kind: str, id: str, body: Mapping[str, Any]) -> Reply:
    """Take one record out. `body` is the archiving reason as `{"id"}`, or empty for the default
    one; for a membership the `operator` and the `group`.

    200 with the archived record, 204 for what is unlinked. 400 where TOPdesk has no default reason
    and none is given. Raises KeyError for a kind that cannot be taken back.
    """
    if kind == "membership":
        path = f"/tas/api/operators/id/{part(str(body['operator']))}/operatorgroups"
        return http.send("DELETE", path, [{"id": body["group"]}])
    if kind == "department":
        return http.send("PATCH", f"{_DEPARTMENTS}/{part(id)}/archive")
    return http.send("PUT", f"{_CARDS[kind]}/{part(id)}/archive", dict(body))


def restore(http: Http, kind: str, id: str) -> Reply:
    """Bring an archived card back; 200 with it, 400 where it is not archived."""
    if kind == "department":
        return http.send("PATCH", f"{_DEPARTMENTS}/{part(id)}/unarchive")
    return http.send("PUT", f"{_CARDS[kind]}/{part(id)}/unarchive")


def reasons(http: Http) -> list[Record]:
    """The reasons for archiving, as id and name (general API 1.2.0)."""
    path = "/tas/api/archiving-reasons"
    return records(http.read(path), path)
