"""Incidents (incident API 4.2.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.load.form import Form
from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import (
    Paging,
    Record,
    pages,
    part,
    records,
    single,
    sorted_pages,
)

PATH = "/tas/api/incidents"


def create(http: Http, body: Mapping[str, Any]) -> Reply:
    """201 with the incident. `callDate` cannot be set here, only by `update`."""
    return http.send("POST", PATH, body)


def update(http: Http, id: str, body: Mapping[str, Any]) -> Reply:
    """200 with the incident. With `action` in the body each call adds an entry to the trail."""
    return http.send("PATCH", f"{PATH}/id/{part(id)}", body)


def escalate(http: Http, id: str, reason: str | None = None) -> Reply:
    """First line → second line; 200 with the incident. `reason` is a name of TOPdesk's list, and
    mandatory where its settings say so and have no default."""
    return http.send("PUT", f"{PATH}/id/{part(id)}/escalate", {"name": reason} if reason else {})


def deescalate(http: Http, id: str, reason: str | None = None) -> Reply:
    """Second line → first line; 200 with the incident. `reason` as for `escalate`."""
    return http.send("PUT", f"{PATH}/id/{part(id)}/deescalate", {"name": reason} if reason else {})


def get(http: Http, id: str) -> Record | None:
    return single(http, f"{PATH}/id/{part(id)}")


def search(http: Http, query: str) -> Iterator[Record]:
    """Incidents that a filter finds, partial and archived ones included: without `all` TOPdesk
    would leave them out, and a look-up would believe that they are not there."""
    return sorted_pages(http, PATH, Paging.CAMEL, 1000, query=query, all=True)


def trail(http: Http, id: str) -> Iterator[Record]:
    """The entries written as `action`; a page holds at most 100."""
    return pages(http, f"{PATH}/id/{part(id)}/actions", Paging.SNAKE, 100)


def attach(http: Http, id: str, form: Form) -> Reply:
    """200 with the attachment. Each call adds one, also of the same name; none can be changed."""
    return http.upload(_attachments(id), form)


def attachments(http: Http, id: str) -> Iterator[Record]:
    """A page holds at most 100."""
    return pages(http, _attachments(id), Paging.SNAKE, 100)


def spend(http: Http, id: str, body: Mapping[str, Any]) -> Reply:
    """201 with the registration. Each call adds one; the API can neither change nor delete it."""
    return http.send("POST", _spent(id), body)


def spent(http: Http, id: str) -> list[Record]:
    """All at once: the list has no pages."""
    return records(http.read(_spent(id)), _spent(id))


def archive(http: Http, id: str, reason: Mapping[str, Any]) -> Reply:
    """200 with the incident. Archives its partial incidents too; without a reason TOPdesk takes its
    default, or refuses where it has none."""
    return http.send("PUT", f"{PATH}/id/{part(id)}/archive", reason)


def download(http: Http, id: str, attachment: str, size: int) -> str:
    """The SHA-256, in hex, of about `size` bytes; empty where there is no such file."""
    reply = http.digest(f"{_attachments(id)}/{part(attachment)}/download", size)
    return str(reply.data) if reply.status == 200 else ""


def _spent(id: str) -> str:
    return f"{PATH}/id/{part(id)}/timespent"


def _attachments(id: str) -> str:
    return f"{PATH}/id/{part(id)}/attachments"
