"""Branches (supporting files 2.7.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Record, part, single, whole

PATH = "/tas/api/branches"


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the branch."""
    return http.send("POST", PATH, body)


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/id/{part(id)}")


def search(http: Http, query: str) -> list[Record]:
    return whole(http, PATH, _fields="id,name,branchType", query=query)
