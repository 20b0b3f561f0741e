"""Operators and their memberships (supporting files 2.7.11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Paging, Record, pages, part, records, single

PATH = "/tas/api/operators"


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the operator. `linkedPerson` is required since 2.7.6 and can never be changed."""
    return http.send("POST", PATH, body)


def update(http: Http, id: str, body: Mapping[str, Any]) -> Reply:
    """200 with the operator. A `loginName` in the body wants a password too."""
    return http.send("PATCH", f"{PATH}/id/{part(id)}", body)


def join(http: Http, id: str, group_id: str) -> Reply:
    """Make an operator a member of a group: 204, also where it is one already."""
    return http.send("POST", f"{PATH}/id/{part(id)}/operatorgroups", [{"id": group_id}])


def groups(http: Http, id: str) -> list[Record]:
    """The groups that an operator is in, as id and name; none where there is no such operator."""
    path = f"{PATH}/id/{part(id)}/operatorgroups"
    reply = http.read(path)
    return [] if reply.status == 404 else records(reply, path)


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/id/{part(id)}")


def current(http: Http) -> Record | None:
    """The operator that the credentials belong to."""
    return single(http, f"{PATH}/current")


def filters(http: Http, id: str) -> list[str]:
    """By what an operator has filters; without those that may not be asked for."""
    linked = []
    for name in ("branch", "category", "operator"):
        reply = http.read(f"{PATH}/id/{part(id)}/filters/{name}")
        if reply.status == 200 and isinstance(reply.data, list) and reply.data:
            linked.append(name)
    return linked


def search(http: Http, query: str) -> Iterator[Record]:
    return pages(http, PATH, Paging.SNAKE, 100, query=query)
