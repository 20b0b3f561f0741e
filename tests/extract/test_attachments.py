from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Iterator
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from random import Random

import pytest
from attachment_rows import MAGIC, cut, wrap
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.attachments import Files, Stored
from migrate.extract.segments import BrokenFile, payload
from migrate.state.blobs import BlobStore

CONTENT = Random(1).randbytes(700) * 30


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def keep(
    blobs: BlobStore,
    parts: list[bytes],
    compressed: bool | None = True,
    size: int | None = len(CONTENT),
    compressed_size: int | None = None,
    wrapped: bool = True,
) -> Stored:
    return Files(blobs, ceiling=1 << 22).keep(
        parts, wrapped=wrapped, compressed=compressed, size=size, compressed_size=compressed_size
    )


def kept(blobs: BlobStore) -> list[str]:
    return [path.name for path in blobs.folder.rglob("*") if path.is_file()]


def good(content: bytes = CONTENT, note: str = "") -> Stored:
    return Stored(sha256(content).hexdigest(), len(content), note=note)


@pytest.mark.parametrize("length", [0, 1, 4, 5, 255, 256, 65_534, 65_535, 65_536, 70_001])
def test_every_length_code_gives_back_its_bytes(length: int) -> None:
    part = Random(length).randbytes(length)
    segment = wrap(part)
    start, end, wrapped, behind = payload(segment)
    assert (segment[start:end], wrapped, behind) == (part, True, 0)


def test_a_long_form_of_a_short_length_is_read_as_well() -> None:
    for header in (b"\x2d\x02", b"\x2e\x00\x02", b"\x2e\xff\xff\x00\x00\x00\x02"):
        segment = MAGIC + header + b"ab"
        assert payload(segment) == (len(segment) - 2, len(segment), True, 0)


@given(st.binary(max_size=3_000), st.integers(1, 500), st.booleans(), st.booleans())
def test_any_file_comes_back_however_it_was_cut(
    content: bytes, segment: int, compressed: bool, magic: bool
) -> None:
    stored = zlib.compress(content) if compressed else content
    parts = [wrap(part) if magic else part for part in cut(stored, segment)]
    assert Files(None).keep(
        parts,
        wrapped=magic,
        compressed=compressed,
        size=len(content),
        compressed_size=len(stored) if compressed else None,
    ) == good(content)


def test_a_content_is_kept_once(blobs: BlobStore) -> None:
    stored = zlib.compress(CONTENT)
    assert keep(blobs, [wrap(stored)]) == good()
    assert keep(blobs, [CONTENT], compressed=False) == good()
    assert kept(blobs) == [sha256(CONTENT).hexdigest()]
    with blobs.open(kept(blobs)[0]) as file:
        assert file.read() == CONTENT


def test_an_empty_file_is_a_file(blobs: BlobStore) -> None:
    assert keep(blobs, [], size=0) == good(b"")
    assert keep(blobs, [wrap(b"")], size=0) == good(b"")
    assert keep(blobs, [MAGIC + b"\x2f"], compressed=False, size=0) == good(b"")
    assert keep(blobs, [wrap(zlib.compress(b""))], size=0) == good(b"")


def test_a_size_that_is_not_told_is_not_missed(blobs: BlobStore) -> None:
    assert keep(blobs, [wrap(zlib.compress(CONTENT))], size=None) == good()
    assert keep(blobs, [CONTENT], compressed=False, size=None) == good()


STORED = zlib.compress(CONTENT)
PARTS = [wrap(part) for part in cut(STORED, 200)]
BROKEN = {
    "the last segment is missing": ((PARTS[:-1],), "truncated"),
    "a segment in between is missing": ((PARTS[:1] + PARTS[2:],), "damaged"),
    "so it is, and the record says how long it was": (
        (PARTS[:1] + PARTS[2:], True, len(CONTENT), len(STORED)),
        "truncated",
    ),
    "a segment is cut within its value": (([PARTS[0][:100], *PARTS[1:]],), "truncated"),
    "a segment is cut within its header": (([*PARTS[:-1], MAGIC + b"\x2e\xff"],), "truncated"),
    "a segment is the magic alone": (([MAGIC],), "truncated"),
    "a segment is no text": (([MAGIC + b"\x1d\x08" + bytes(8)],), "no RC header"),
    "a length that RC does not have": (([MAGIC + b"\x22abc"],), "no RC header"),
    "a segment has lost its header": (([PARTS[0], *(p[10:] for p in PARTS[2:])],), "no RC header"),
    "it is longer than it says": (([wrap(STORED)], True, len(CONTENT) - 1), "length differs"),
    "it is shorter than it says": (([wrap(STORED)], True, len(CONTENT) + 1), "length differs"),
    "as it is, and shorter": (([CONTENT], False, len(CONTENT) + 1), "truncated"),
    "as it is, and longer": (([CONTENT], False, len(CONTENT) - 1), "length differs"),
    "nothing is there": (([],), "no content"),
    "nothing is there, and no size is told": (([wrap(b"")], True, None), "no content"),
    "a wrong byte": (([STORED[:99] + b"\x00" + STORED[100:]],), "damaged"),
    "it is no zlib stream": (([CONTENT], True, len(CONTENT) + 1), "no zlib stream"),
    "it is none, and no size is told": (([CONTENT], True, None), "no zlib stream"),
    "it inflates without end": (([zlib.compress(bytes(1 << 23))], True, None), "too large"),
    "it inflates far beyond its size": (([zlib.compress(bytes(1 << 23))],), "length differs"),
    "it says to be larger than can be": (
        ([zlib.compress(bytes(1 << 23))], True, 1 << 23),
        "too large",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_told_and_nothing_of_it_kept(blobs: BlobStore, case: str) -> None:
    arguments, reason = BROKEN[case]
    assert keep(blobs, *arguments) == Stored(None, 0, reason)  # type: ignore[arg-type]
    assert kept(blobs) == []


def test_who_gives_the_segments_may_say_what_is_wrong(blobs: BlobStore) -> None:
    def parts() -> Iterator[bytes]:
        yield PARTS[0]
        raise BrokenFile("segment missing")

    found = Files(blobs).keep(
        parts(), wrapped=True, compressed=True, size=len(CONTENT), compressed_size=None
    )
    assert found == Stored(None, 0, "segment missing")
    assert kept(blobs) == []


def test_a_wrong_mark_of_compression_is_seen_by_the_lengths(blobs: BlobStore) -> None:
    assert keep(blobs, [wrap(CONTENT)]) == good(note="not compressed, though it says so")
    for mark in (False, None):
        note = "compressed, though it does not say so"
        assert keep(blobs, [wrap(STORED)], compressed=mark) == good(note=note)
    assert keep(blobs, [wrap(CONTENT)], compressed=None) == good()


def test_a_file_that_is_a_stream_itself_stays_as_it_is(blobs: BlobStore) -> None:
    for mark in (False, None):
        assert keep(blobs, [wrap(STORED)], compressed=mark, size=len(STORED)) == good(STORED)
    note = "not compressed, though it says so"
    assert keep(blobs, [wrap(STORED)], size=len(STORED)) == good(STORED, note)


def test_a_stream_cut_to_the_length_of_its_file_does_not_pass_for_it(blobs: BlobStore) -> None:
    content = Random(2).randbytes(5_000)  # does not get smaller
    stored = zlib.compress(content)
    cut_short = [wrap(stored[: len(content)])]
    assert keep(blobs, cut_short, True, len(content), len(stored)).broken == "truncated"
    assert kept(blobs) == []


def test_what_a_checksum_proves_is_kept_whatever_the_lengths_beside_it(blobs: BlobStore) -> None:
    found = keep(blobs, [wrap(STORED)], compressed_size=len(STORED) + 1)
    assert found == good(note="compressed length differs")
    assert keep(blobs, [wrap(STORED) + b"\0\0"]) == good(note="more behind a segment")
    assert keep(blobs, [wrap(STORED), wrap(b"more")]) == good()


def test_what_a_web_service_gives_is_not_unwrapped(blobs: BlobStore) -> None:
    content = wrap(b"a dump of HPSM's own")
    stored = keep(blobs, [content], compressed=False, size=len(content), wrapped=False)
    assert stored == good(content)


def test_a_stream_that_ends_within_a_long_repetition_is_whole(blobs: BlobStore) -> None:
    for size in range((1 << 18) - 3, (1 << 18) + 300, 37):
        content = bytes(size)
        assert keep(blobs, [wrap(zlib.compress(content))], size=size) == good(content)


def test_memory_stays_that_of_a_segment(blobs: BlobStore) -> None:
    tracemalloc.start()
    try:
        part = wrap(Random(3).randbytes(1 << 16))
        size = 400 * (1 << 16)
        found = keep(blobs, repeat(part, 400), False, size)  # type: ignore[arg-type]
        assert (found.size, found.broken) == (size, "")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
