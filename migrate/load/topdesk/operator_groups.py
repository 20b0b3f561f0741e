"""Operator groups (supporting files 2.7.11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Paging, Record, pages, part, records, single

PATH = "/tas/api/operatorgroups"


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the group. Tasks cannot be set here, only by `update`."""
    return http.send("POST", PATH, body)


def update(http: Http, id: str, body: Mapping[str, Any]) -> Reply:
    """200 with the group. The body names `branch` and `groupName` too."""
    return http.send("PATCH", f"{PATH}/id/{part(id)}", body)


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/id/{part(id)}")


def search(http: Http, query: str) -> Iterator[Record]:
    return pages(http, PATH, Paging.SNAKE, 100, query=query)


def members(http: Http, id: str) -> list[Record]:
    """The operators of a group as id and name, not paged; none where there is no such group."""
    path = f"{PATH}/id/{part(id)}/operators"
    reply = http.read(path)
    return [] if reply.status == 404 else records(reply, path)
