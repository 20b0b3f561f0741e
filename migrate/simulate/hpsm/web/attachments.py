"""The files that hang on records, as web services hand them out: joined, unwrapped, inflated.

Segments are read by the layout of SYSATTACHMEM1: rows of one (APPLICATION, TOPIC, UID, TYPE) in the
order of SEGMENT, each an RC value of bytes or the bytes themselves, together a zlib stream where
COMPRESSED says so. A file that cannot be read to its end is handed out as far as it could be, under
the size that HPSM noted.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migrate.simulate.hpsm.web.records import Object, Records

_TABLE = "SYSATTACHMEM1"
_ORDINARY = 5
_MAGIC = b"_RCFM*="
_ZLIB = b"\x78"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What HPSM notes of one file. `size` None where it notes none."""

    topic: str
    uid: str
    name: str
    mime_type: str
    size: int | None


class Attachments:
    """The attachments of a database; empty where it has no table of them."""

    def __init__(self, records: Records) -> None:
        self._connection = records.connection
        self._there = _TABLE in records.layout

    def of(self, made: Object, topics: Sequence[str]) -> dict[str, list[Attachment]]:
        """Topic → its ordinary files, by their uids."""
        found: dict[str, list[Attachment]] = {}
        if not self._there or not made.shown.attachments or not topics:
            return found
        marks = ", ".join("?" * len(topics))
        rows = self._connection.execute(
            f"SELECT TOPIC, UID, min(SEGMENT), FILENAME, MIME_TYPE, SIZE FROM {_TABLE} "
            f"WHERE APPLICATION = ? AND TOPIC IN ({marks}) AND CAST(TYPE AS INTEGER) = ? "
            "GROUP BY TOPIC, UID ORDER BY TOPIC, UID",
            (made.shown.file, *topics, _ORDINARY),
        )
        for topic, uid, _, name, mime_type, size in rows:
            noted = Attachment(
                topic,
                uid,
                name or "",
                mime_type or "application/octet-stream",
                None if size is None else int(size),
            )
            found.setdefault(topic, []).append(noted)
        return found

    def content(self, made: Object, topic: str, uid: str) -> bytes:
        """The bytes of one file, as far as they can be read."""
        rows = self._connection.execute(
            f"SELECT DATA, COMPRESSED FROM {_TABLE} WHERE APPLICATION = ? AND TOPIC = ? "
            "AND UID = ? AND CAST(TYPE AS INTEGER) = ? ORDER BY SEGMENT",
            (made.shown.file, topic, uid, _ORDINARY),
        ).fetchall()
        stored = b"".join(_payloads(row[0] for row in rows))
        compressed = rows[0][1] if rows else None
        if compressed == "t" or (compressed is None and stored.startswith(_ZLIB)):
            return _inflated(stored)
        return stored


def _payloads(segments: Iterator[Any]) -> Iterator[bytes]:
    """The payload of each segment, up to the first that is not as it should be. A value of 0 to 4
    bytes has its length in the code."""
    for data in segments:
        if data is None:
            return
        if not data.startswith(_MAGIC):
            yield data
            continue
        code = data[7:8]
        if code == b"\x2d":
            start, size = 9, data[8] if len(data) > 8 else -1
        elif code == b"\x2e" and data[8:10] == b"\xff\xff":
            start, size = 14, int.from_bytes(data[10:14], "big")
        elif code == b"\x2e":
            start, size = 10, int.from_bytes(data[8:10], "big")
        elif code and 0x28 <= code[0] <= 0x2C:
            start, size = 8, code[0] - 0x28
        elif code == b"\x2f":
            continue
        else:
            return
        yield data[start : start + size] if size >= 0 else b""
        if len(data) - start < size:
            return


def _inflated(stored: bytes) -> bytes:
    inflate = zlib.decompressobj()
    parts = []
    try:
        for start in range(0, len(stored), 65_536):
            parts.append(inflate.decompress(stored[start : start + 65_536]))
        parts.append(inflate.flush())
    except zlib.error:
        pass
    return b"".join(parts)
