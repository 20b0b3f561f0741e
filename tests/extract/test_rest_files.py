"""The files of records over REST: listed, fetched, checked, and told where they are not whole."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hpsm_rest import JSON, ROOT, Collection, RestHpsm, incidents, reply
from web_server import Answered, Asked

from migrate.errors import ConfigurationError
from migrate.extract.rest import RestSource
from migrate.extract.rest_files import name_in, segment
from migrate.state.blobs import BlobStore

pytestmark = pytest.mark.usefixtures("hpsm_password")

RANDOM = random.Random(1)


def file(uid: str, content: bytes | None, **more: Any) -> dict[str, Any]:
    said = {"href": f"cid:{uid}", "name": f"{uid}.txt", "type": "text/plain"}
    return {**said, "len": 1 if content is None else len(content), "content": content, **more}


@pytest.fixture
def hpsm() -> Iterator[RestHpsm]:
    with RestHpsm(incidents=incidents(25)) as server:
        yield server


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def source(hpsm: RestHpsm, blobs: BlobStore, **more: Any) -> RestSource:
    more.setdefault("kinds", ["incidents", "attachments"])
    return RestSource(hpsm.config(**more), Path(), blobs)


def files(opened: RestSource, after: str = "") -> dict[str, dict[str, Any]]:
    """By the key of their record and their own id."""
    return {
        f"{record['topic']} {record['uid']}": record
        for batch in opened.read("attachments", None, after)
        for row in batch.rows
        for record in [dict(zip(batch.columns, row, strict=True))]
    }


def test_a_file_is_kept_once_under_its_digest_and_named_by_its_record(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    content = RANDOM.randbytes(300_000)
    shown = hpsm.collections["incidents"].files
    shown["IM00003"] = [file("519b1b40000070c08094fd68", content, name="Ærlig talt.pdf")]
    shown["IM00024"] = [file("2", content), file("3", b"another")]
    given = files(source(hpsm, blobs))
    assert sorted(given) == ["IM00003 519b1b40000070c08094fd68", "IM00024 2", "IM00024 3"]
    record = given["IM00003 519b1b40000070c08094fd68"]
    assert record["key"] == "probsummary|IM00003|519b1b40000070c08094fd68|5"
    assert record["filename"] == "Ærlig talt.pdf"
    assert record["mime_type"] == "text/plain"
    assert (record["size"], record["content_size"]) == (300_000, 300_000)
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert given["IM00024 2"]["sha256"] == record["sha256"]
    with blobs.open(record["sha256"]) as kept:
        assert kept.read() == content


def test_the_keys_alone_are_listed(hpsm: RestHpsm, blobs: BlobStore) -> None:
    files(source(hpsm, blobs))
    views = {asked.query["view"] for asked in hpsm.asked if "view" in asked.query}
    assert views == {"condense"}


@pytest.mark.parametrize("double", [True, False])
def test_a_slash_in_a_key_is_encoded_as_hpsm_wants_it(
    hpsm: RestHpsm, blobs: BlobStore, double: bool
) -> None:
    collection = hpsm.collections["incidents"]
    collection.records[0]["number"] = "Adobe/Reader 9"
    collection.files["Adobe/Reader 9"] = [file("1", b"content")]
    given = files(source(hpsm, blobs, web={"double_encode_slash": double}))
    assert given["Adobe/Reader 9 1"]["broken"] is None
    slash = "%252F" if double else "%2F"
    assert f"{ROOT}/incidents/Adobe{slash}Reader%209/attachments" in {a.path for a in hpsm.asked}


def test_a_slash_that_is_encoded_the_wrong_way_is_tried_the_other_way(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    collection = hpsm.collections["incidents"]
    collection.records[0]["number"] = "Adobe/Reader 9"
    collection.files["Adobe/Reader 9"] = [file("1", b"content")]

    def unknown(asked: Asked) -> Answered | None:
        return reply(9, 404) if "%252F" in asked.path else None

    hpsm.faults.append(unknown)
    given = files(source(hpsm, blobs))
    assert given["Adobe/Reader 9 1"]["broken"] is None


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("IM1", "IM1"),
        ("a/b", "a%252Fb"),
        ("50% rabatt", "50%25%20rabatt"),
        ("å;?#", "%C3%A5%3B%3F%23"),
    ],
)
def test_whatever_stands_in_a_key_stays_one_part_of_the_path(key: str, path: str) -> None:
    assert segment(key, double=True) == path


def test_a_file_that_was_deleted_meanwhile_is_told_by_its_record(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    shown = hpsm.collections["incidents"].files
    shown["IM00001"] = [file("1", None), file("2", b"", len=700), file("3", b"", len=0)]
    shown["IM00002"] = [file("4", b"whole")]
    opened = source(hpsm, blobs)
    given = files(opened)
    assert given["IM00001 1"]["broken"] == "deleted meanwhile"
    assert given["IM00001 1"]["sha256"] is None
    assert given["IM00001 2"]["broken"]
    assert given["IM00001 3"]["broken"] is None
    assert given["IM00001 3"]["content_size"] == 0
    assert given["IM00002 4"]["broken"] is None
    told = [(problem.code, problem.place) for problem in opened.problems()]
    assert ("attachment-broken", "probsummary IM00001 1") in told
    assert ("attachment-odd", "probsummary IM00001 3") in told


def test_a_file_that_breaks_off_is_fetched_again(hpsm: RestHpsm, blobs: BlobStore) -> None:
    content = RANDOM.randbytes(200_000)
    hpsm.collections["incidents"].files["IM00001"] = [file("1", content)]
    cuts = iter([0, 1000, 150_000])

    def cut(asked: Asked) -> Answered | None:
        if not asked.path.endswith("cid:1"):
            return None
        hpsm.faults.append(cut)
        if (size := next(cuts, None)) is None:
            hpsm.faults.clear()
            return None
        return Answered(200, content, {"Content-Type": "text/plain"}, cut=size)

    hpsm.faults.append(cut)
    given = files(source(hpsm, blobs, web={"wait": 5}))
    assert given["IM00001 1"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_file_of_another_length_is_broken_and_nothing_of_it_kept(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    shown = hpsm.collections["incidents"].files
    shown["IM00001"] = [file("1", b"short", len=10), file("2", b"longer than said", len=3)]
    given = files(source(hpsm, blobs))
    assert given["IM00001 1"]["broken"] == "truncated"
    assert given["IM00001 2"]["broken"] == "length differs"
    assert not list(blobs.folder.glob("*/*"))


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_file_that_is_itself_a_web_page_or_json_is_a_file(
    hpsm: RestHpsm, blobs: BlobStore, kind: str
) -> None:
    content = b'<html>{"ReturnCode": 3}</html>'
    hpsm.collections["incidents"].files["IM00001"] = [file("1", content, type=kind)]
    given = files(source(hpsm, blobs))
    assert given["IM00001 1"]["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "answered",
    [
        Answered(200, b"<html>Maintenance</html>", {"Content-Type": "text/html"}),
        reply(3, 200, ("locked",)),
        reply(-1, 500),
    ],
)
def test_an_error_is_not_taken_for_a_file(
    hpsm: RestHpsm, blobs: BlobStore, answered: Answered
) -> None:
    hpsm.collections["incidents"].files["IM00001"] = [file("1", b"the file")]

    def instead(asked: Asked) -> Answered | None:
        return answered if asked.path.endswith("cid:1") else None

    hpsm.faults.extend([instead] * 2)
    given = files(source(hpsm, blobs))
    assert given["IM00001 1"]["sha256"] == hashlib.sha256(b"the file").hexdigest()


def test_a_length_in_another_notation_and_names_in_other_letters_are_understood(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    rows = [
        {
            "Attachment": {
                "HREF": "cid:9",
                "Name": "a.msg",
                "xmime:contentType": "application/vnd.ms-outlook",
                "Len": "4.000000000000000e+000",
                "attachmentType": "1",
            }
        }
    ]
    hpsm.collections["incidents"].files["IM00001"] = [file("9", b"four")]

    def otherwise(asked: Asked) -> Answered | None:
        if not asked.path.endswith("IM00001/attachments"):
            return None
        return Answered(200, json.dumps({"ReturnCode": 0, "content": rows}).encode(), dict(JSON))

    hpsm.faults.append(otherwise)
    record = files(source(hpsm, blobs))["IM00001 9"]
    assert record["key"] == "probsummary|IM00001|9|1"
    assert record["filename"] == "a.msg"
    assert record["mime_type"] == "application/vnd.ms-outlook"
    assert record["size"] == 4
    assert record["broken"] is None


def test_files_that_nobody_may_read_are_one_problem_and_not_one_per_record(
    hpsm: RestHpsm, blobs: BlobStore
) -> None:
    hpsm.collections["changes"] = Collection(
        "Change", "number", {"number": "header.ChangeID"}, [{"number": "C1"}, {"number": "C2"}]
    )
    hpsm.collections["changes"].files["C1"] = [file("1", b"of a change")]

    def forbidden(asked: Asked) -> Answered | None:
        if "/incidents/" not in asked.path:
            return None
        hpsm.faults.append(forbidden)
        return reply(28, 400, ("not authorized",))

    hpsm.faults.append(forbidden)
    opened = source(hpsm, blobs, kinds=["incidents", "changes", "attachments"])
    given: list[Any] = []
    with pytest.raises(ConfigurationError) as refused:
        given.extend(row for batch in opened.read("attachments") for row in batch.rows)
    assert [problem.code for problem in refused.value.problems] == ["source-unreadable"]
    assert len(given) == 1  # those of changes


def test_reading_goes_on_behind_any_page(hpsm: RestHpsm, blobs: BlobStore) -> None:
    shown = hpsm.collections["incidents"].files
    for n in range(1, 26):
        shown[f"IM{n:05}"] = [file(f"{n}", b"%d" % n)]
    batches = list(source(hpsm, blobs).read("attachments"))
    assert len(batches) > 2
    for done, batch in enumerate(batches):
        rest = files(source(hpsm, blobs), batch.position)
        before = sum(len(earlier.rows) for earlier in batches[: done + 1])
        assert len(rest) + before == 25


def test_files_can_be_left_where_they_are(hpsm: RestHpsm, blobs: BlobStore) -> None:
    opened = source(hpsm, blobs, web={"attachments": False})
    [info] = [info for info in opened.describe() if info.kind == "attachments"]
    assert "source.web.attachments" in info.absent
    with pytest.raises(ConfigurationError):
        list(opened.read("attachments"))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("attachment;filename*=UTF-8''%D1%82%D0%B5%D1%81%D1%82.txt", "тест.txt"),
        ("attachment; filename=\"plain.txt\"; filename*=utf-8''s%C3%A6r.txt", "sær.txt"),
        ('attachment; filename="plain.txt"', "plain.txt"),
        ('attachment; filename="en; to.txt"', "en; to.txt"),
        ('attachment; filename="på.txt"'.encode().decode("latin-1"), "på.txt"),
        ("inline", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_file_is_read_from_its_header(said: str, name: str) -> None:
    assert name_in({"Content-Disposition": said}) == name
