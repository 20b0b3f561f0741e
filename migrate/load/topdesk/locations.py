"""Locations (supporting files 2.7.11): read only here."""

from __future__ import annotations

from migrate.load.http import Http
from migrate.load.topdesk.paging import Record, part, single, whole

PATH = "/tas/api/locations"


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/id/{part(id)}")


def search(http: Http, query: str) -> list[Record]:
    return whole(http, PATH, _fields="id,name,roomNumber,branch", query=query)
