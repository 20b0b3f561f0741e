"""Persons, version 2 (supporting files 2.7.11): a wrong Accept header is answered with 406."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import Paging, Record, part, single, sorted_pages

PATH = "/tas/api/persons"
ITEM = "application/x.topdesk-person-v2+json"
LIST = "application/x.topdesk-collection-person-v2+json"
FIELDS = (
    "id,firstName,surName,dynamicName,email,employeeNumber,networkLoginName,"
    "branch,department,phoneNumber,mobileNumber,jobTitle,archived,isCaller"
)


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the person."""
    return http.send("POST", PATH, body, ITEM)


def update(http: Http, id: str, body: Mapping[str, Any]) -> Reply:
    """200 with the person."""
    return http.send("PATCH", f"{PATH}/{part(id)}", body, ITEM)


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/{part(id)}", ITEM, fields="all")


def search(http: Http, query: str | None = None) -> Iterator[Record]:
    """Persons that a filter finds, or all; archived ones included, `FIELDS` of each."""
    return sorted_pages(http, PATH, Paging.CAMEL, 1000, LIST, fields=FIELDS, query=query)
