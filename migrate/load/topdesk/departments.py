"""Departments (supporting files 2.7.11): one list, neither filtered by name nor paged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Record, whole

PATH = "/tas/api/departments"


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the department; 400 where one of that name exists."""
    return http.send("POST", PATH, body)


def all(http: Http) -> list[Record]:
    return whole(http, PATH)
