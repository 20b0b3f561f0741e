"""Pictures and attachments of knowledge items (knowledge base API).

A picture is known by its name, and the same name again is refused with 409; an upload answers 201
without a body.
"""

from __future__ import annotations

import mimetypes
from functools import partial

from migrate.simulate.topdesk.api import Call, Router, answer, no_content
from migrate.simulate.topdesk.fields import Refused, is_uuid
from migrate.simulate.topdesk.knowledge_fields import ITEMS, changeable, errors, find
from migrate.simulate.topdesk.knowledge_store import KnowledgeFile
from migrate.simulate.topdesk.knowledge_text import shown_images
from migrate.simulate.topdesk.tenant import Card, Tenant
from migrate.simulate.topdesk.trail import upload
from migrate.simulate.wire import Answer

_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".gif")


def add_routes(router: Router) -> None:
    add = partial(router.add, shape=errors)
    one = f"{ITEMS.path}/{{}}"
    add("GET", f"{one}/images", _images)
    add("POST", f"{one}/images", _add_image)
    add("DELETE", f"{one}/images/{{}}", _drop_image)
    add("GET", f"{one}/images/{{}}/download", _image)
    add("GET", f"{one}/attachments", _attachments)
    add("POST", f"{one}/attachments", _attach)
    add("DELETE", f"{one}/attachments/{{}}", _detach)
    add("GET", f"{one}/attachments/{{}}/download", _attachment)


def _item(tenant: Tenant, call: Call) -> Card:
    return find(tenant, "knowledge_item", call.params[0])


def _images(tenant: Tenant, call: Call) -> Answer:
    return answer({"results": tenant.store.knowledge.images(_item(tenant, call)["id"])})


def _add_image(tenant: Tenant, call: Call) -> Answer:
    item = changeable(_item(tenant, call))
    name, content, _ = upload(call)
    if not name.lower().endswith(_ENDINGS):
        raise Refused(400, "The image format is not allowed", "image_format_invalid", "file")
    if name in tenant.store.knowledge.images(item["id"]):
        raise Refused(409, "The image has already been uploaded", "image_exists", "file")
    _keep(tenant, item, "image", name, content, None)
    return Answer(201)


def _drop_image(tenant: Tenant, call: Call) -> Answer:
    item, name = changeable(_item(tenant, call)), call.params[1]
    for text in item["translations"].values():
        if name in shown_images(text.get("content") or ""):
            raise Refused(409, "The image is in use", "image_in_use", "imageName")
    if not tenant.store.knowledge.drop(item["id"], "image", "name", name):
        raise Refused(404, "The image could not be found.", "not_found", "imageName")
    return no_content()


def _image(tenant: Tenant, call: Call) -> Answer:
    return _download(tenant, _item(tenant, call), "image", call.params[1])


def _attachments(tenant: Tenant, call: Call) -> Answer:
    files = tenant.store.knowledge.files(_item(tenant, call)["id"], "attachment")
    return answer({"results": [_shown(file) for file in files]})


def _attach(tenant: Tenant, call: Call) -> Answer:
    item = changeable(_item(tenant, call))
    name, content, values = upload(call)
    _keep(tenant, item, "attachment", name, content, values.get("description"))
    return Answer(201)


def _detach(tenant: Tenant, call: Call) -> Answer:
    item, id = changeable(_item(tenant, call)), call.params[1]
    if not is_uuid(id) or not tenant.store.knowledge.drop(
        item["id"], "attachment", "id", id.lower()
    ):
        raise Refused(404, "The attachment could not be found.", "not_found")
    return no_content()


def _attachment(tenant: Tenant, call: Call) -> Answer:
    return _download(tenant, _item(tenant, call), "attachment", call.params[1].lower())


def _download(tenant: Tenant, item: Card, kind: str, key: str) -> Answer:
    for file in tenant.store.knowledge.files(item["id"], kind):
        if key in (file.id, file.name):
            media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return Answer(200, tenant.store.knowledge.content(file.id), media)
    raise Refused(404, "The file could not be found.", "not_found")


def _keep(
    tenant: Tenant, item: Card, kind: str, name: str, content: bytes, description: str | None
) -> None:
    file = KnowledgeFile(
        tenant.new_id(), kind, name, len(content), description, tenant.operator["id"], tenant.now()
    )
    tenant.store.knowledge.add(item["id"], file, content)


def _shown(file: KnowledgeFile) -> dict[str, object]:
    return {
        "id": file.id,
        "filename": file.name,
        "size": file.size,
        "description": file.description or "",
        "uploadDate": f"{file.at[:19]}Z",
        "uploadedBy": file.operator,
    }
