"""From HPSM's web services into the snapshot: whole, by delta, and in a process of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hpsm_rest import INCIDENT_CAPTIONS, RestHpsm, incident, incidents
from hpsm_soap import SoapHpsm, SoapObject
from web_server import WebServer

from migrate.errors import StoppedError
from migrate.extract import run
from migrate.extract.rest import RestSource
from migrate.extract.run import Report, extract
from migrate.extract.soap import SoapSource
from migrate.extract.source import Source
from migrate.state.blobs import BlobStore
from migrate.state.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("hpsm_password")

Opened = tuple[WebServer, list[dict[str, Any]], dict[str, Any], Callable[[Path], Source]]
CONTENT = b"the content of a file"
FILE = {"href": "cid:1", "name": "a.txt", "type": "text/plain", "len": len(CONTENT)}


@pytest.fixture(params=["rest", "soap"])
def hpsm(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A server, its incidents, their files, and the source."""
    said = {"kinds": ["incidents", "attachments"]}
    said["tables"] = {"incidents": {"fields": {"contact_name": None}}}  # type: ignore[assignment]
    if request.param == "rest":
        collection = incidents(95)
        with RestHpsm(incidents=collection) as rest:
            config = rest.config(**said)
            yield (
                rest,
                collection.records,
                collection.files,
                lambda folder: RestSource(config, Path(), BlobStore(folder / "blobs")),
            )
        return
    records = [incident(n) for n in range(1, 96)]
    known = SoapObject("IncidentManagement", "number", dict(INCIDENT_CAPTIONS), records)
    with SoapHpsm(Incident=known) as soap:
        config = soap.config(**said)
        yield (
            soap,
            records,
            known.files,
            lambda folder: SoapSource(config, Path(), BlobStore(folder / "blobs")),
        )


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Snapshot(tmp_path / "snapshot.db") as opened:
        yield opened


def extracted(source: Source, snapshot: Snapshot, now: datetime, **more: Any) -> Report:
    return extract(source, snapshot, full=False, now=now, clock=lambda: now, **more)


@pytest.mark.parametrize("large", [1, 1_000_000])
def test_records_and_files_come_into_the_snapshot(
    hpsm: Opened, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(run, "LARGE", large)  # in a process of its own, or in this one
    _, _, files, opened = hpsm
    files["IM00004"] = [{**FILE, "content": CONTENT}]
    report = extracted(opened(tmp_path), snapshot, datetime.now(UTC))
    assert [(kind.kind, kind.read, kind.finished) for kind in report.kinds] == [
        ("incidents", 95, True),
        ("attachments", 1, True),
    ]
    assert report.problems == ()
    [row] = snapshot.scan("attachments")
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert row["sha256"] == digest
    assert BlobStore(tmp_path / "blobs").has(digest)


def test_a_delta_goes_by_a_time_that_is_not_shown(
    hpsm: Opened, snapshot: Snapshot, tmp_path: Path
) -> None:
    server, records, _, opened = hpsm
    now = datetime.now(UTC)
    extracted(opened(tmp_path), snapshot, now - timedelta(days=1), kinds=["incidents"])
    records[7] |= {"problem.status": "Closed", "sysmodtime": now.replace(tzinfo=None)}
    records.append(incident(200, sysmodtime=now.replace(tzinfo=None)))
    server.asked.clear()
    report = extracted(opened(tmp_path), snapshot, now, kinds=["incidents"])
    [kind] = report.kinds
    assert (kind.full, kind.read, kind.new, kind.changed) == (False, 2, 1, 1)
    assert snapshot.fetch("incidents", ["IM00008"])["IM00008"]["status"] == "Closed"


def test_a_reading_that_was_cut_goes_on_where_it_was(
    hpsm: Opened, snapshot: Snapshot, tmp_path: Path
) -> None:
    server, _, _, opened = hpsm
    now = datetime.now(UTC)
    source = opened(tmp_path)
    source.describe()
    asked = len(server.asked)

    def goes_away(kind: str, read: int, total: int | None) -> None:
        if read >= 30:
            server.password = "changed"

    with pytest.raises(StoppedError):
        extracted(source, snapshot, now, kinds=["incidents"], progress=goes_away)
    server.password = "hemmelig-æøå"
    cut = len(server.asked) - asked
    report = extracted(opened(tmp_path), snapshot, now, kinds=["incidents"])
    [kind] = report.kinds
    assert kind.went_on
    assert kind.read < 95
    assert sum(1 for _ in snapshot.scan("incidents")) == 95
    assert len(server.asked) - asked - cut < 12
    assert [problem.code for problem in report.problems] == []
