"""What hangs on an incident: progress trail, actions, requests, attachments (incident API 4.2.6).

Entries are stamped with the server's time and the operator of the application password; they can be
deleted one by one, and never changed.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from migrate.simulate.topdesk import html
from migrate.simulate.topdesk.api import FLAG, Call, Router, answer, no_content, page
from migrate.simulate.topdesk.fields import Refused, is_uuid, unknown, unparsable
from migrate.simulate.topdesk.incident_rules import refuse_archived
from migrate.simulate.topdesk.incidents import PATH, find_incident
from migrate.simulate.topdesk.kinds import named
from migrate.simulate.topdesk.store import Attachment, Entry, Incident
from migrate.simulate.topdesk.tenant import Tenant
from migrate.simulate.wire import Answer

_IMAGES = ("inlineimages", "force_images_as_data", "non_api_attachment_urls")
_PAGING = ("start", "page_size")
_MOST_REQUESTS = 10
_MOST = 100
_PART_NAME = re.compile(r'(?<![a-z])name="([^"]*)"')
_FILE_NAME = re.compile(r'filename="([^"]*)"')
Finder = Callable[[Tenant, Call], Incident]


def add_routes(router: Router) -> None:
    for key in ("id", "number"):
        path, find = f"{PATH}/{key}/{{}}", partial(find_incident, key)
        trail = (*_PAGING, *_IMAGES)
        router.add("GET", f"{path}/progresstrail", partial(_trail, find), trail)
        router.add("GET", f"{path}/progresstrail/count", partial(_count, find))
        for kind, most in (("action", _MOST), ("request", _MOST_REQUESTS)):
            entries = partial(_entries, find, kind, most)
            router.add("GET", f"{path}/{kind}s", entries, trail)
            router.add("GET", f"{path}/{kind}s/{{}}", partial(_entry, find, kind), _IMAGES)
            router.add("DELETE", f"{path}/{kind}s/{{}}", partial(_delete_entry, find, kind))
        attachments = f"{path}/attachments"
        router.add("GET", attachments, partial(_attachments, find), (*_PAGING, _IMAGES[2]))
        router.add("POST", attachments, partial(_attach, find), (_IMAGES[2],))
        router.add("DELETE", f"{attachments}/{{}}", partial(_detach, find))
        router.add("GET", f"{attachments}/{{}}/download", partial(_download, find))


def _trail(find: Finder, tenant: Tenant, call: Call) -> Answer:
    """Actions, requests and attachments, newest first."""
    incident = find(tenant, call)
    shown: list[tuple[str, int, dict[str, Any]]] = [
        (entry.at, entry.seq, _show_entry(tenant, entry))
        for entry in tenant.store.entries(incident.seq)
    ]
    shown += [
        (file.at, file.seq, _show_attachment(tenant, incident, file))
        for file in tenant.store.attachments(incident.seq)
    ]
    shown.sort(key=lambda item: item[:2], reverse=True)
    start, size = _paging(call, 10, 1, _MOST)
    return page([item for _, _, item in shown], start, size)


def _count(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    entries = tenant.store.entries(incident.seq)
    return answer({"count": len(entries) + len(tenant.store.attachments(incident.seq))})


def _entries(find: Finder, kind: str, most: int, tenant: Tenant, call: Call) -> Answer:
    """Newest first. The contract's default page size for actions is 0: as many as may be."""
    incident = find(tenant, call)
    start, size = _paging(call, most, 0, most)
    entries = tenant.store.entries(incident.seq, kind)[::-1]
    return page([_show_entry(tenant, entry) for entry in entries], start, size or most)


def _entry(find: Finder, kind: str, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    id = _second_id(call, kind)
    for entry in tenant.store.entries(incident.seq, kind):
        if entry.id == id:
            return answer(_show_entry(tenant, entry))
    raise Refused(404, "The entity was not found")


def _delete_entry(find: Finder, kind: str, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    id = _second_id(call, kind)
    refuse_archived(incident)
    if not tenant.store.drop_entry(incident.seq, kind, id):
        raise Refused(404, "The entity was not found")
    return no_content()


def _attachments(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    start, size = _paging(call, 10, 1, _MOST)
    files = tenant.store.attachments(incident.seq)
    return page([_show_attachment(tenant, incident, file) for file in files], start, size)


def _attach(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    refuse_archived(incident)
    name, content, values = upload(call)
    invisible = values.get("invisibleForCaller", "false")
    if invisible not in FLAG:
        raise unparsable("invisibleForCaller")
    file = Attachment(
        tenant.new_id(),
        name,
        len(content),
        values.get("description"),
        FLAG[invisible],
        tenant.operator["id"],
        tenant.now(),
    )
    tenant.store.add_attachment(incident.seq, file, content)
    return answer(_show_attachment(tenant, incident, file))


def _detach(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    id = _second_id(call, "attachment")
    refuse_archived(incident)
    if not tenant.store.drop_attachment(incident.seq, id):
        raise Refused(404, "The attachment does not exist")
    return Answer(200)


def _download(find: Finder, tenant: Tenant, call: Call) -> Answer:
    incident = find(tenant, call)
    id = _second_id(call, "attachment")
    for file in tenant.store.attachments(incident.seq):
        if file.id == id:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return Answer(200, tenant.store.content(incident.seq, id) or b"", kind)
    raise Refused(404, "The attachment does not exist")


def _paging(call: Call, default: int, least: int, most: int) -> tuple[int, int]:
    return (
        call.integer("start", 0, 0, 2**31 - 1),
        call.integer("page_size", default, least, most),
    )


def _second_id(call: Call, kind: str) -> str:
    id = call.params[1]
    if not is_uuid(id):
        raise Refused(400, f"The {kind} id is invalid")
    return id.lower()


def _show_entry(tenant: Tenant, entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": entry.id,
        "entryDate": entry.at,
        "creationDate": entry.at,
        "flag": 0,
        "memoText": entry.memo,
        "plainText": html.plain(entry.memo),
        "operator": named(tenant, "operator", entry.operator),
        "person": None,
    }
    if entry.kind == "action":
        shown["invisibleForCaller"] = entry.invisible
    return shown


def _show_attachment(tenant: Tenant, incident: Incident, file: Attachment) -> dict[str, Any]:
    return {
        "id": file.id,
        "fileName": file.name,
        "size": file.size,
        "description": file.description,
        "invisibleForCaller": file.invisible,
        "entryDate": file.at,
        "operator": named(tenant, "operator", file.operator),
        "person": None,
        "downloadUrl": f"{PATH}/id/{incident.id}/attachments/{file.id}/download",
    }


def upload(call: Call) -> tuple[str, bytes, dict[str, str]]:
    """The file's name, its bytes, and the other parts of a multipart form."""
    boundary = re.search(r'boundary="?([^";]+)"?', call.headers.get("Content-Type") or "")
    if boundary is None:
        raise Refused(400, "The request is not a multipart form")
    name, content = None, b""
    values: dict[str, str] = {}
    for part in (b"\r\n" + call.body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        header = head.decode("utf-8", "replace")
        field = _PART_NAME.search(header)
        if field is None:
            raise Refused(400, "The request is not a multipart form")
        if field[1] == "file":
            file_name = _FILE_NAME.search(header)
            name, content = (file_name[1] if file_name else ""), body
        elif field[1] in ("description", "invisibleForCaller"):
            values[field[1]] = body.decode("utf-8", "replace")
        else:
            raise unknown(field[1])
    if not name:
        raise Refused(400, "Mandatory field 'file' is missing.")
    return name, content, values
