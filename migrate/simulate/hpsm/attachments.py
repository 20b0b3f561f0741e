"""Attachments as rows of SYSATTACHMEM1: cut into segments, wrapped in RC, and broken where they are
to be."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from migrate.simulate.hpsm.rows import Stamp, Values, columns
from migrate.simulate.world.dirt import Dirt
from migrate.simulate.world.files import File

ATTACHMENT = columns(
    """APPLICATION, TOPIC, UID, TYPE, SEGMENT, FILENAME, MIME_TYPE, SIZE, COMPRESSED,
    COMPRESSED_SIZE, DATA, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)

MAGIC = b"_RCFM*="
_ORDINARY = 5.0
_EASY = 16_384  # what is larger and does not shrink anyway is stored in the stream as it is
_LONG = 0xFFFF


def attachment(file: File, stamp: Stamp) -> Iterator[Values]:
    """The segments of one file, of which only the first need say what file it is."""
    turn = file.turn
    stored = _stream(file.content, turn) if file.compressed else file.content
    said = len(file.content) + (7 if file.dirt is Dirt.FILE_SIZE_WRONG else 0)
    compressed: str | None = "t" if file.compressed else "f"
    if file.dirt is Dirt.FILE_COMPRESSION_UNKNOWN:
        compressed = None
    parts = _parts(file, stored)
    rows: list[Values] = []
    for number, part in parts:
        full = number == 0 or turn % 2 == 0
        rows.append(
            (
                file.application,
                file.topic,
                file.uid,
                _ORDINARY,
                float(number),
                file.name if full else None,
                file.mime_type if full else None,
                float(said) if full else None,
                compressed if full else None,
                float(len(stored)) if full and compressed == "t" else None,
                _kept(file, part, number, turn),
                stamp(file.added),
                file.by,
                0.0,
            )
        )
    yield from reversed(rows) if turn % 5 == 0 else rows  # a table has no order


def wrap(data: bytes, width: int = 0) -> bytes:
    """An RC value of characters: magic, length code, the bytes. `width` 1 or 2 takes a length of at
    least so many bytes where the shortest form would do."""
    size = len(data)
    if size < 5 and not width:
        return MAGIC + bytes((0x28 + size,)) + data
    if size < 0x100 and width < 2:
        return MAGIC + b"\x2d" + size.to_bytes(1, "big") + data
    if size < _LONG:
        return MAGIC + b"\x2e" + size.to_bytes(2, "big") + data
    return MAGIC + b"\x2e\xff\xff" + size.to_bytes(4, "big") + data


def _stream(content: bytes, turn: int) -> bytes:
    dense = len(content) > _EASY and not content[:40].isascii()
    return zlib.compress(content, 0 if dense else (6, 1, 9, 6)[turn % 4])


def _parts(file: File, stored: bytes) -> list[tuple[int, bytes]]:
    if file.dirt is Dirt.FILE_TRUNCATED:
        stored = stored[: len(stored) * 3 // 5]
    starts = range(0, len(stored), file.segment)
    parts = [(number, stored[at : at + file.segment]) for number, at in enumerate(starts)]
    if file.dirt is Dirt.FILE_SEGMENT_MISSING:
        del parts[len(parts) // 2]
    return parts or [(0, b"")]


def _kept(file: File, part: bytes, number: int, turn: int) -> bytes | None:
    """What stands in DATA."""
    if file.dirt is Dirt.FILE_UNWRAPPED:
        return part
    if not part:
        return (None, MAGIC + b"\x2f", wrap(part), wrap(part, 1), wrap(part, 2))[turn % 5]
    data = wrap(part, (0, 1, 2)[turn % 3])
    if file.dirt is Dirt.FILE_HEADER_BAD and number == 1:
        if turn % 2:
            return MAGIC + b"\x1d\x08" + data[len(MAGIC) + 3 :]  # a number
        return MAGIC + b"\x2e\x7f\xff" + data[len(MAGIC) + 3 :]  # longer than it is
    return data
