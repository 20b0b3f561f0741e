from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import unload_hpsm as hpsm
from unload_hpsm import F, read, source, write

from migrate.extract import rc
from migrate.extract.source import Source

FIELDS = (
    F("application", "text", "m1.APPLICATION"),
    F("topic", "text", "m1.TOPIC"),
    F("uid", "text", "m1.UID"),
    F("type", "text", "m1.TYPE"),
    F("segment", "number", "m1.SEGMENT"),
    F("data", "text", "m1.DATA"),
    F("filename", "text", "m1.FILENAME"),
    F("mime.type", "text", "m1.MIME_TYPE"),
    F("size", "number", "m1.SIZE"),
    F("compressed", "logical", "m1.COMPRESSED"),
    F("compressed.size", "number", "m1.COMPRESSED_SIZE"),
    F("sysmodtime", "time", "m1.SYSMODTIME"),
)
SYSATTACHMENTS = hpsm.dbdict("SYSATTACHMENTS", *FIELDS, tables=["m1.SYSATTACHMEM1"])
CONTENT = bytes(range(256)) * 300
MARCH = hpsm.at("2019-03-01 12:00:00")


def segments(uid: str, content: bytes = CONTENT, count: int = 5, **more: Any) -> list[list[Any]]:
    """The records of one file; only the first says what it is."""
    packed = zlib.compress(content, 0)
    size = -(-len(packed) // count)
    parts = [packed[i * size : (i + 1) * size] for i in range(count)]
    said = ["bilde æ.png", "image/png", len(content), True, len(packed)]
    return [
        [
            *("incidents", more.get("topic", "SD1"), uid, "5", number, part),
            *(said if number == 0 else [None] * 5),
            more.get("modified", MARCH),
        ]
        for number, part in enumerate(parts)
    ]


def opened(folder: Path, **more: Any) -> Source:
    return source(folder, kinds=["attachments"], blobs=folder / "blobs", **more)


def digest(content: bytes = CONTENT) -> str:
    return hashlib.sha256(content).hexdigest()


def put(path: Path, *records: Sequence[Sequence[Any]]) -> Path:
    return write(path, *((SYSATTACHMENTS, part) for part in records))


def test_a_file_is_joined_from_segments_in_any_order_and_any_file(tmp_path: Path) -> None:
    parts = segments("aa")
    put(tmp_path / "1.unl", [parts[3], parts[0]], segments("bb", b"small", 1))
    put(tmp_path / "2.unl", [parts[4], parts[2], parts[1]])
    reading = opened(tmp_path)
    first, second = read(reading, "attachments")
    assert first == {
        "key": "incidents|SD1|aa|5",
        "application": "incidents",
        "topic": "SD1",
        "uid": "aa",
        "type": "5",
        "filename": "bilde æ.png",
        "mime_type": "image/png",
        "size": len(CONTENT),
        "compressed": True,
        "compressed_size": len(zlib.compress(CONTENT, 0)),
        "sysmodtime": "2019-03-01 12:00:00",
        "sha256": digest(),
        "content_size": len(CONTENT),
        "segments": 5,
        "broken": None,
    }
    assert second["sha256"] == digest(b"small")
    kept = tmp_path / "blobs" / digest()[:2] / digest()
    assert kept.read_bytes() == CONTENT
    assert reading.problems() == []


def test_a_segment_may_be_wrapped_once_more(tmp_path: Path) -> None:
    parts = segments("aa", count=3)
    for part in parts:
        part[5] = rc.wrap(part[5])
    put(tmp_path / "1.unl", parts)
    assert read(opened(tmp_path), "attachments")[0]["sha256"] == digest()


@pytest.mark.parametrize("lost", [0, 2, 4])
def test_a_file_that_lacks_a_segment_is_told_and_the_others_go_on(
    tmp_path: Path, lost: int
) -> None:
    parts = segments("aa")
    del parts[lost]
    put(tmp_path / "1.unl", parts, segments("bb"))
    reading = opened(tmp_path)
    first, second = read(reading, "attachments")
    assert first["sha256"] is None
    assert first["broken"] in ("segment missing", "truncated")
    assert second["sha256"] == digest()
    assert [p.code for p in reading.problems()] == ["attachment-broken"]


def test_the_newer_copy_of_a_segment_counts(tmp_path: Path) -> None:
    put(tmp_path / "1.unl", segments("aa", b"new", 1, modified=hpsm.at("2019-04-01")))
    put(tmp_path / "2.unl", segments("aa", b"old", 1))
    reading = opened(tmp_path)
    [row] = read(reading, "attachments")
    assert row["sha256"] == digest(b"new")
    assert [p.code for p in reading.problems()] == ["record-superseded"]


def test_a_segment_without_content_is_no_content(tmp_path: Path) -> None:
    [part] = segments("aa", b"x", 1)
    part[5] = None
    put(tmp_path / "1.unl", [part])
    [row] = read(opened(tmp_path), "attachments")
    assert row["broken"]
    assert row["filename"] == "bilde æ.png"


def test_a_delta_holds_files_of_which_any_segment_was_modified(tmp_path: Path) -> None:
    later = hpsm.at("2019-05-01")
    parts = segments("bb")
    parts[3][-1] = later
    put(tmp_path / "1.unl", segments("aa"), parts, segments("cc", modified=None))
    found = read(opened(tmp_path), "attachments", since=later.replace(tzinfo=UTC))
    assert [row["uid"] for row in found] == ["bb", "cc"]


def test_reading_goes_on_behind_a_batch(tmp_path: Path) -> None:
    put(tmp_path / "1.unl", *(segments(f"{i:03}", b"%d" % i, 1) for i in range(250)))
    batches = list(opened(tmp_path).read("attachments"))
    assert [len(batch.rows) for batch in batches] == [100, 100, 50]
    for done, batch in enumerate(batches, start=1):
        rest = read(opened(tmp_path), "attachments", after=batch.position)
        assert [row["uid"] for row in rest] == [f"{i:03}" for i in range(done * 100, 250)]


def test_a_damaged_segment_is_told_and_its_file_is_broken(tmp_path: Path) -> None:
    path = put(tmp_path / "1.unl", segments("aa"), segments("bb"))
    data = bytearray(path.read_bytes())
    at = data.index(b"\x00\x02\x19\xfb", data.index(b"\x00\x02\x19\xfb") + 1)
    data[at + 6] = 0x00
    path.write_bytes(data)
    reading = opened(tmp_path)
    first, second = read(reading, "attachments")
    assert first["broken"] == "segment missing"
    assert second["sha256"] == digest()
    assert sorted(p.code for p in reading.problems()) == ["attachment-broken", "record-damaged"]


def test_what_is_said_of_attachments_names_their_contents(tmp_path: Path) -> None:
    put(tmp_path / "1.unl", segments("aa"))
    [info] = opened(tmp_path).describe()
    assert {"filename", "sha256", "content_size", "segments", "broken"} <= set(info.fields)
    assert not {"segment", "data"} & set(info.fields)
    assert info.rows is None
    assert info.modified == "sysmodtime"


def test_fields_of_other_names_can_be_said(tmp_path: Path) -> None:
    renamed = {"uid": "du.id", "data": "du.blob", "segment": "du.part"}
    fields = (F(renamed.get(f.name, f.name), f.type, "") for f in FIELDS)
    own = hpsm.dbdict("du.filer", *fields)
    write(tmp_path / "1.unl", (own, segments("aa")))
    tables = {
        "attachments": {
            "table": "du.filer",
            "fields": {"uid": "du.id", "data": "du.blob", "segment": "du.part"},
        }
    }
    [row] = read(opened(tmp_path, tables=tables), "attachments")
    assert (row["uid"], row["sha256"]) == ("aa", digest())
