"""A SYSATTACHMEM1 as a decade leaves it: files of every size and shape, some of them broken.

Written from HPSM's table of length codes, and shares no code with what reads it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle
from math import exp, log
from pathlib import Path
from random import Random
from typing import NamedTuple

MAGIC = b"_RCFM*="
_MEDIAN, _SIGMA, _MOST = 20_000, 1.8, 20_000_000  # bytes; a mean of 100 kB
_TABLE = """
CREATE TABLE SYSATTACHMEM1 (
    "APPLICATION" VARCHAR(60), "TOPIC" VARCHAR(60), "UID" VARCHAR(60), "TYPE" FLOAT,
    "SEGMENT" FLOAT, "FILENAME" VARCHAR(255), "MIME_TYPE" VARCHAR(100), "SIZE" FLOAT,
    "COMPRESSED" CHAR(1), "COMPRESSED_SIZE" FLOAT, "DATA" BLOB, "SYSMODTIME" DATETIME);
CREATE INDEX SYSATTACHMEM1_KEY ON SYSATTACHMEM1 (APPLICATION, TOPIC, UID, TYPE, SEGMENT);
"""
_OWNERS = (("probsummary", "IM"), ("incidents", "SD"), ("cm3r", "C"), ("kmdocument", "KM"))

BROKEN = (
    "last segments lost",
    "a segment lost",
    "a segment cut",
    "a header cut",
    "no text value",
    "a byte wrong",
    "size wrong",
    "two contents",
    "no content",
    "a bomb",
)
"""Ways in which a file is not whole."""

ODD = ("no mark", "wrong mark", "a segment twice", "length wrong", "bytes behind", "a stream")
"""What a record may have wrong although its file is whole."""

_AS_IT_IS = ("two contents", "a stream")
_SQUEEZED = ("a byte wrong", "a bomb", "no mark", "length wrong")


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it was put in: its digest, None where it is broken; `shape` says how it was made,
    empty for an ordinary one."""

    uid: str
    sha256: str | None
    size: int
    segments: int
    shape: str


class _Asked(NamedTuple):
    size: int
    segments: int
    shape: str


class _Stored(NamedTuple):
    """What the record says, and the segments as (number, DATA)."""

    size: int
    compressed: str | None
    compressed_size: int | None
    rows: Sequence[tuple[int, bytes | None]]


def make(
    path: Path, files: int, large: Sequence[int], segments: int = 2_000, seed: int = 1
) -> Iterator[Made]:
    """Write the table into a new SQLite file; `large` are the bytes of the largest of its `files`,
    each of which has 1 to `segments`. The rows of a file stand in no order. Tells of each file when
    it is written."""
    draw = Random(seed)
    block = draw.randbytes(1 << 16)
    shapes = cycle([f"broken: {how}" for how in BROKEN] + [f"odd: {how}" for how in ODD])
    asked = [
        _Asked(size, _segments(draw, number, segments), next(shapes) if number % 20 == 7 else "")
        for number, size in enumerate(_sizes(draw, files - len(large)))
    ]
    asked += [_Asked(size, _segments(draw, n, segments), "") for n, size in enumerate(large)]
    draw.shuffle(asked)
    with sqlite3.connect(path) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLE)
        for number, ask in enumerate(asked):
            yield _one(database, draw, block, number, ask)
            if number % 500 == 499:
                database.commit()
    database.close()


def wrap(part: bytes, width: int = 0) -> bytes:
    """A segment as HPSM writes it, with a length code of `width` bytes, or the next that holds it:
    0 (the code itself), 1, 2, or 4 behind FFFF."""
    size = len(part)
    if width == 0 and size <= 4:
        return MAGIC + bytes([0x28 + size]) + part
    if width <= 1 and size <= 0xFF:
        return MAGIC + b"\x2d" + bytes([size]) + part
    if width <= 2 and size < 0xFFFF:
        return MAGIC + b"\x2e" + size.to_bytes(2) + part
    return MAGIC + b"\x2e\xff\xff" + size.to_bytes(4) + part


def _sizes(draw: Random, files: int) -> list[int]:
    """Log-normal, one in a hundred empty."""
    return [
        0 if number % 100 == 50 else min(int(draw.lognormvariate(log(_MEDIAN), _SIGMA)), _MOST)
        for number in range(files)
    ]


def _one(
    database: sqlite3.Connection, draw: Random, block: bytes, number: int, ask: _Asked
) -> Made:
    how = ask.shape.partition(": ")[2]
    size = max(ask.size, 4_000) if how else ask.size  # so that there is something to break
    content = _content(draw, block, size)
    if how == "a stream":
        content = zlib.compress(content, 1)
    stored = _stored(draw, content, number, ask.segments, how)
    application, letters = _OWNERS[number % len(_OWNERS)]
    uid = f"{draw.getrandbits(96):024x}"
    key = (application, f"{letters}{10_000 + number % 7_000}", uid, 5.0)
    told = ("vedlegg.bin", "application/octet-stream", *stored[:3])
    rows = [
        (*key, float(at), *(told if at == 0 else [None] * 5), data, "2019-09-01 10:00:00")
        for at, data in stored.rows
    ]
    draw.shuffle(rows)
    database.executemany(f"INSERT INTO SYSATTACHMEM1 VALUES ({', '.join('?' * 12)})", rows)
    digest = None if how in BROKEN else sha256(content).hexdigest()
    return Made(uid, digest, len(content), len({at for at, _ in stored.rows}), ask.shape)


def _content(draw: Random, block: bytes, size: int) -> bytes:
    """Half of the files shrink to a tenth and less, the others not at all."""
    if draw.random() < 0.5:
        return draw.randbytes(size)
    at = draw.randrange(1 << 15)
    return (b"%d\n" % draw.getrandbits(64) + block[at : at + 700] * (size // 700 + 1))[:size]


def _stored(draw: Random, content: bytes, number: int, segments: int, how: str) -> _Stored:
    squeezed = how not in _AS_IT_IS and (number % 5 != 0 or how in _SQUEEZED)
    stream = zlib.compress(content, 1) if squeezed else content
    if how == "a bomb":
        stream = zlib.compress(bytes(len(content) + (1 << 26)), 9)
    whole = len(stream)
    if how == "last segments lost":
        stream = stream[: whole * 2 // 3]
    if how == "a byte wrong":
        middle = whole // 2
        stream = stream[:middle] + bytes([stream[middle] ^ 0xFF]) + stream[middle + 1 :]
    parts = _cut(stream, max(3 if how else 1, segments))
    raw = number % 11 == 3 and not how
    rows: list[tuple[int, bytes | None]] = [
        (at, part if raw else wrap(part, (0, 1, 2, 4)[number % 4])) for at, part in enumerate(parts)
    ]
    if not content and number % 3 == 0:
        squeezed = False
        rows = [(0, (None, MAGIC + b"\x2f", b"")[number % 9 // 3])]
    _spoil(rows, how)
    mark = None if how in ("no mark", "a stream") else "tf"[squeezed is (how == "wrong mark")]
    told = (whole + (how == "length wrong")) if mark == "t" and squeezed else None
    return _Stored(len(content) + (how == "size wrong"), mark, told, rows)


def _spoil(rows: list[tuple[int, bytes | None]], how: str) -> None:
    at = len(rows) // 2
    data = rows[at][1] or b""
    match how:
        case "a segment lost":
            del rows[at]
        case "a segment cut":
            rows[at] = (at, data[:-1])
        case "a header cut":
            rows[at] = (at, MAGIC + b"\x2e\x01")
        case "no text value":
            rows[at] = (at, MAGIC + b"\x1d\x08" + bytes(8))
        case "two contents":
            rows.append((at, data[:-1] + bytes([data[-1] ^ 1])))
        case "a segment twice":
            rows.append((at, data))
        case "bytes behind":
            rows[at] = (at, data + bytes(3))
        case "no content":
            rows[:] = [(number, None) for number, _ in rows]


def _segments(draw: Random, number: int, most: int) -> int:
    """Few more often than many, and both ends for certain."""
    if number % 50 < 2:
        return (1, most)[number % 50]
    return int(exp(draw.uniform(0, log(most))))


def _cut(stream: bytes, segments: int) -> list[bytes]:
    size = max(1, -(-len(stream) // segments))
    return [stream[at : at + size] for at in range(0, len(stream), size)] or [b""]
