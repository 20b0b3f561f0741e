"""A target with a branch, nothing else, and a way to make it misbehave. A new target adds one
function to `WORLDS`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.load.http import Http
from migrate.load.target import Target
from migrate.load.topdesk.client import TopdeskTarget
from migrate.records import Answer, Operation, OpKey
from migrate.simulate.topdesk.server import PASSWORD, Settings, TopdeskServer
from migrate.state.blobs import BlobStore


@dataclass
class World:
    target: Target
    connect: Callable[..., Target]
    misbehave: Callable[..., None]
    archive: Callable[[str, str], None]
    incidents: Callable[[], int]
    keep: Callable[[bytes], str]


@contextmanager
def topdesk(folder: Path) -> Iterator[World]:
    with TopdeskServer(Settings(folder / "topdesk.db", login_read_length=20)) as server:
        opened: list[Http] = []
        blobs = BlobStore(folder / "blobs")

        def connect(url: str = "", password: str = PASSWORD, **settings: object) -> Target:
            values = {"timeout": 0.5, "lookup_batch": 3, **settings}
            config = TargetConfig.model_validate({"url": url or server.url, **values})
            opened.append(Http(config, SecretStr(password), sleep=lambda seconds: None))
            return TopdeskTarget(opened[-1], config, blobs.open)

        def archive(kind: str, id: str) -> None:
            path = {"person": "persons", "operator_group": "operatorgroups"}.get(kind, f"{kind}s")
            url = f"{server.url}/tas/api/{path}/id/{id}/archive"
            requests.put(url, json={}, auth=server.auth, timeout=5).raise_for_status()

        def incidents() -> int:
            found = requests.get(
                f"{server.url}/tas/api/incidents?all=true&pageSize=1000",
                auth=server.auth,
                timeout=5,
            )
            return len(found.json()) if found.content else 0

        try:
            yield World(
                connect(),
                connect,
                server.misbehave,
                archive,
                incidents,
                lambda content: blobs.add([content]).sha256,
            )
        finally:
            for http in opened:
                http.close()


WORLDS = {"topdesk": topdesk}


def operation(kind, step, body, *, parent="", marker="", identity="1"):
    return Operation(OpKey("hpsm", kind, identity, step, 0), body, parent, marker)


def write(world, kind, step, body, **more):
    """Write one operation that must go well; returns the id."""
    outcome = world.target.write(operation(kind, step, body, **more))
    assert outcome.answer is Answer.DONE, (outcome.code, outcome.detail)
    return outcome.target_id


def branch_id(world):
    return next(world.target.index("branch")).id


def new_person(world, **fields):
    branch = {"id": branch_id(world)}
    return write(world, "person", "create", {"surName": "Øvrebø", "branch": branch, **fields})


def new_operator(world, login="kari"):
    body = {
        "surName": "Bøe",
        "branch": {"id": branch_id(world)},
        "linkedPerson": {"id": new_person(world)},
        "loginName": login,
        "firstLineCallOperator": True,
    }
    return write(world, "operator", "create", body)


def new_group(world, name="UB Utlån"):
    body = {"groupName": name, "branch": {"id": branch_id(world)}}
    return write(world, "operator_group", "create", body)


def new_incident(world, number="IM10001", **fields):
    body = {
        "externalNumber": number,
        "briefDescription": "Skriveren på lesesalen",
        "caller": {"dynamicName": "Åse Ødegård", "branch": {"id": branch_id(world)}},
        **fields,
    }
    return write(world, "incident", "create", body)


def updates(world):
    status = next(iter(world.target.lists().lists["processing_status"]))
    return [
        ("call_date", {"callDate": "2019-09-30T08:15:00.000+0200"}),
        ("hold", {"onHold": True, "processingStatus": {"name": status}}),
        ("close", {"closed": True, "closedDate": "2019-10-01T10:00:00.000+0200"}),
    ]


def new_file(world, incident, content=b"x", name="møte.pdf", **fields):
    """Attach a file; returns its marker."""
    digest = world.keep(content)
    marker = f"[IM10001/a/{digest[:10]}]"
    body = {
        "name": name,
        "sha256": digest,
        "size": len(content),
        "description": f"fra HPSM {marker}",
        "invisibleForCaller": True,
        **fields,
    }
    write(world, "incident", f"attachment/{digest[:10]}", body, parent=incident, marker=marker)
    return marker
