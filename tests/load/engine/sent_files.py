"""Tickets with files for the tests of the load, and a hand in the target that changes them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import requests
from loading import Desk, incident

from migrate.records import Chain, Step


def attachment(number: str, name: str, content: bytes, *, visible: bool = False) -> Step:
    digest = sha256(content).hexdigest()
    key = sha256(name.encode() + digest.encode()).hexdigest()[:10]
    marker = f"[{number}/a/{key}]"
    body = {
        "name": name,
        "sha256": digest,
        "size": len(content),
        "description": f"2019-05-06 12:00 +02:00 {marker}",
        "invisibleForCaller": not visible,
    }
    return Step(f"attachment/{key}", body, marker, (key,))


def with_files(
    desk: Desk, files: Mapping[str, bytes], number: str = "IM1", **more: object
) -> Chain:
    """A ticket with these files, whose contents are in the blob store."""
    for content in files.values():
        desk.blobs.add([content])
    chain = incident(number, parts=1, **more)  # type: ignore[arg-type]
    steps = [attachment(number, name, content) for name, content in files.items()]
    return replace(chain, steps=(*chain.steps[:-1], *steps, chain.steps[-1]))


class Hand:
    """Somebody who works on the files of one incident in TOPdesk."""

    def __init__(self, desk: Desk, incident_id: str) -> None:
        self._server = desk.server
        self._url = f"{desk.server.url}/tas/api/incidents/id/{incident_id}/attachments"

    def upload(self, name: str, content: bytes, description: str, invisible: str = "true") -> None:
        answer = requests.post(
            self._url,
            files={"file": (name, io.BytesIO(content))},
            data={"description": description, "invisibleForCaller": invisible},
            auth=self._server.auth,
            timeout=5,
        )
        answer.raise_for_status()

    def remove(self, id: str) -> None:
        answer = requests.delete(f"{self._url}/{id}", auth=self._server.auth, timeout=5)
        answer.raise_for_status()
