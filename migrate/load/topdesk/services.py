"""Services (services API 1.3.7): can be made and read, and neither changed nor removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.load.http import Http, Reply, query_string
from migrate.load.topdesk.paging import Record, listed, part, single

PATH = "/tas/api/services"
_MOST = 10_000


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the service. It stays for good."""
    return http.send("POST", PATH, body)


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/{part(id)}")


def all(http: Http) -> list[Record]:
    """Every service that is not archived; the list is not paged."""
    return listed(http.read(PATH, query_string(_top=_MOST)), PATH)
