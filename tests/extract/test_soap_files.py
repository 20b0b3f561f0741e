"""The files of records over SOAP: within the XML, or in parts of their own."""

from __future__ import annotations

import base64
import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hpsm_rest import INCIDENT_CAPTIONS, incident
from hpsm_soap import NAMES, XML, SoapHpsm, SoapObject, envelope
from web_server import Answered, Asked

from migrate.extract.soap import SoapSource
from migrate.extract.soap_stream import What, events
from migrate.extract.soap_xml import NotXml
from migrate.state.blobs import BlobStore

pytestmark = pytest.mark.usefixtures("hpsm_password")

RANDOM = random.Random(2)


def file(uid: str, content: bytes | None, **more: Any) -> dict[str, Any]:
    said = {"href": f"cid:{uid}", "contentId": uid, "name": f"{uid}.txt", "type": "text/plain"}
    return {**said, "len": 1 if content is None else len(content), "content": content, **more}


@pytest.fixture(params=["inline", "beside"])
def hpsm(request: pytest.FixtureRequest) -> Iterator[SoapHpsm]:
    records = [incident(n) for n in range(1, 26)]
    captions = dict(INCIDENT_CAPTIONS)
    mtom = request.param == "beside"
    known = SoapObject("IncidentManagement", "number", captions, records, mtom=mtom)
    with SoapHpsm(Incident=known) as server:
        yield server


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def source(hpsm: SoapHpsm, blobs: BlobStore) -> SoapSource:
    return SoapSource(hpsm.config(kinds=["incidents", "attachments"]), Path(), blobs)


def files(opened: SoapSource) -> dict[str, dict[str, Any]]:
    return {
        f"{record['topic']} {record['uid']}": record
        for batch in opened.read("attachments")
        for row in batch.rows
        for record in [dict(zip(batch.columns, row, strict=True))]
    }


def test_files_of_any_size_are_kept_under_their_digest(hpsm: SoapHpsm, blobs: BlobStore) -> None:
    contents = {str(size): RANDOM.randbytes(size) for size in (0, 1, 2, 3, 57, 5_000, 400_000)}
    shown = hpsm.objects["Incident"].files
    shown["IM00003"] = [file(uid, content) for uid, content in contents.items()]
    shown["IM00024"] = [file("x", b"another", name="Ærlig talt.pdf", attachmentType="7")]
    given = files(source(hpsm, blobs))
    for uid, content in contents.items():
        record = given[f"IM00003 {uid}"]
        assert record["sha256"] == hashlib.sha256(content).hexdigest(), uid
        assert record["content_size"] == len(content)
        with blobs.open(record["sha256"]) as kept:
            assert kept.read() == content
    assert given["IM00024 x"]["key"] == "probsummary|IM00024|x|7"
    assert given["IM00024 x"]["filename"] == "Ærlig talt.pdf"
    assert given["IM00024 x"]["mime_type"] == "text/plain"


def test_only_records_with_files_are_asked_for_them(hpsm: SoapHpsm, blobs: BlobStore) -> None:
    hpsm.objects["Incident"].files["IM00003"] = [file("1", b"one")]
    files(source(hpsm, blobs))
    actions = [asked.headers.get("SOAPAction") for asked in hpsm.asked]
    assert actions.count('"Retrieve"') == 1


def test_a_file_that_was_deleted_meanwhile_or_has_another_length_is_told(
    hpsm: SoapHpsm, blobs: BlobStore
) -> None:
    shown = hpsm.objects["Incident"].files
    shown["IM00001"] = [file("1", b"short", len=10), file("2", b"whole")]
    if not hpsm.objects["Incident"].mtom:
        shown["IM00001"].append(file("3", None))
    opened = source(hpsm, blobs)
    given = files(opened)
    assert given["IM00001 1"]["broken"] == "truncated"
    assert given["IM00001 2"]["broken"] is None
    if "IM00001 3" in given:
        assert given["IM00001 3"]["broken"] == "deleted meanwhile"
    assert ("attachment-broken", "probsummary IM00001 1") in {
        (problem.code, problem.place) for problem in opened.problems()
    }


def test_an_answer_that_breaks_off_is_asked_for_again(hpsm: SoapHpsm, blobs: BlobStore) -> None:
    content = RANDOM.randbytes(100_000)
    hpsm.objects["Incident"].files["IM00001"] = [file("1", content)]

    def cut(asked: Asked) -> Answered | None:
        if asked.headers.get("SOAPAction") != '"Retrieve"':
            return None
        given = hpsm.answer(asked)
        given.cut = len(given.body) // 2
        return given

    hpsm.faults.extend([cut] * 2)
    given = files(source(hpsm, blobs))
    assert given["IM00001 1"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_dirty_text_of_its_record_does_not_hide_a_file(hpsm: SoapHpsm, blobs: BlobStore) -> None:
    hpsm.objects["Incident"].records[0]["brief.description"] = "&#x1;skittent \udce5"
    hpsm.objects["Incident"].files["IM00001"] = [file("1", b"the file")]
    given = files(source(hpsm, blobs))
    assert given["IM00001 1"]["sha256"] == hashlib.sha256(b"the file").hexdigest()


def test_what_is_no_base64_is_broken(tmp_path: Path) -> None:
    records = [incident(1)]
    known = SoapObject("IncidentManagement", "number", dict(INCIDENT_CAPTIONS), records)
    known.files["IM00001"] = [file("1", b"abc")]
    with SoapHpsm(Incident=known) as hpsm:

        def wrong(asked: Asked) -> Answered | None:
            if asked.headers.get("SOAPAction") != '"Retrieve"':
                return None
            given = hpsm.answer(asked)
            return Answered(200, given.body.replace(b"YWJj", b"Y*J$"), dict(XML))

        hpsm.faults.append(wrong)
        given = files(source(hpsm, BlobStore(tmp_path)))
    assert given["IM00001 1"]["broken"] == "no base64"


def test_events_come_as_the_bytes_come() -> None:
    content = base64.encodebytes(RANDOM.randbytes(10_000))
    body = f'<attachments><a:attachment xmlns:a="c" name="n" len="3">{content.decode()}'
    whole = envelope(
        f'<RetrieveIncidentResponse {NAMES} status="SUCCESS" returnCode="0"><model><instance>'
        f"{body}</a:attachment></attachments></instance></model></RetrieveIncidentResponse>"
    )
    for size in (1, 7, 1000, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        found = list(events(pieces))
        assert found[0].what is What.ANSWER
        assert found[0].answer is not None
        assert found[0].answer.status == "SUCCESS"
        assert found[1].what is What.BEGIN
        assert found[1].attributes["name"] == "n"
        text = "".join(event.text for event in found if event.what is What.DATA)
        assert text.encode() == content
        assert found[-1].what is What.END


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a><b></a>",
        b"<a>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_what_is_no_xml_or_has_a_document_type_is_not_read(content: bytes) -> None:
    with pytest.raises(NotXml):
        list(events([content]))


_LARGE = """
import resource, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from migrate.extract.attachments import Files
from migrate.extract.soap_files import _Fetch
from migrate.state.blobs import BlobStore

class Raw:
    def __init__(self, path):
        self.file = open(path, "rb")
    def read1(self, size, packed):
        return self.file.read(size)

class Response:
    status_code = 200
    headers = {headers!r}
    def __init__(self, path):
        self.raw = Raw(path)

fetch = _Fetch(Files(BlobStore(Path({folder!r}))), "cp1252")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fetch.take(Response({path!r}))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
[kept] = fetch.kept.values()
print(kept.sha256, (after - before) // 1024)
"""


@pytest.mark.parametrize("how", ["inline", "beside"])
def test_a_file_of_50_mb_takes_no_memory_of_its_size(tmp_path: Path, how: str) -> None:
    content = RANDOM.randbytes(50_000_000)
    known = SoapObject("IncidentManagement", "number", dict(INCIDENT_CAPTIONS), [incident(1)])
    known.files["IM00001"] = [file("1", content)]
    known.mtom = how == "beside"
    hpsm = SoapHpsm(Incident=known)
    answer = hpsm._record("RetrieveIncident", known, _request())
    path = tmp_path / "answer"
    path.write_bytes(answer.body)
    root = Path(__file__).parents[2]
    script = _LARGE.format(
        paths=[str(root)],
        headers=dict(answer.headers),
        folder=str(tmp_path / "blobs"),
        path=str(path),
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    digest, grown = done.stdout.split()
    assert digest == hashlib.sha256(content).hexdigest()
    assert int(grown) < 25


def _request() -> Any:
    from lxml import etree

    return etree.fromstring(
        b'<r xmlns="http://schemas.hp.com/SM/7"><keys><IncidentID>IM00001</IncidentID></keys></r>'
    )
