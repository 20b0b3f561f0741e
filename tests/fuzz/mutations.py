"""Ways to spoil an input: blindly, and by what the format means at a place.

Each takes the bytes, a generator, and other good inputs to splice in; it gives bytes back and never
fails, whatever it is given, since inputs are spoiled several times over.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Literal

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]

LARGEST = 1 << 19
"""Bytes that a spoiled input may have."""

UNPACKED = 4 << 20
SMALL = 20_000
_ODD = (0x00, 0x0D, 0x0A, 0x22, 0x27, 0x3B, 0x3C, 0x7F, 0x80, 0x81, 0x90, 0x91, 0xC3, 0xFE, 0xFF)
_MAGIC = b"_RCFM*="
_RECORD = b"\x00\x02\x19"


def _flip(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    spoiled = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 8))):
        if spoiled:
            spoiled[draw.randrange(len(spoiled))] ^= 1 << draw.randrange(8)
    return bytes(spoiled)


def _set(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    spoiled = bytearray(data)
    if spoiled:
        spoiled[draw.randrange(len(spoiled))] = draw.choice(_ODD)
    return bytes(spoiled)


def _cut(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _behead(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    return data[draw.randrange(len(data) + 1) :]


def _remove(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at, end = _slice(data, draw)
    return data[:at] + data[end:]


def _repeat(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at, end = _slice(data, draw)
    times = draw.choice((1, 1, 3, 40, 2_000))
    return data[:end] + data[at:end] * times + data[end:]


def _insert(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.randbytes(draw.choice((1, 2, 4, 30))) + data[at:]


def _splice(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    other = draw.choice(others) if others else data
    at, end = _slice(other, draw)
    to, until = _slice(data, draw)
    return data[:to] + other[at:end] + data[until if draw.random() < 0.5 else to :]


def _slice(data: bytes, draw: Random) -> tuple[int, int]:
    at = draw.randrange(len(data) + 1)
    return at, min(len(data), at + draw.choice((1, 1, 2, 8, 60, 1_000)))


BLIND: tuple[Mutation, ...] = (_flip, _set, _cut, _behead, _remove, _repeat, _insert, _splice)


def _leads(data: bytes) -> list[int]:
    """Where RC values seem to begin: a walk from every record and every magic, by the leading bytes
    alone, as far as it goes."""
    starts = [match.end() for match in re.finditer(re.escape(_MAGIC), data)]
    starts += [match.start() + 6 for match in re.finditer(re.escape(_RECORD), data)]
    found = []
    for at in starts or [0]:
        for _ in range(400):
            if at >= len(data):
                break
            found.append(at)
            code, type_ = data[at] & 15, data[at] >> 4
            at += 1
            if type_ in (1, 2, 3, 10, 11) and 8 <= code <= 12:
                at += code - 8
            elif type_ in (1, 2, 3, 10, 11) and code == 13:
                at += 1 + data[at] if at < len(data) else 1
            elif type_ in (1, 2, 3, 10, 11) and code == 14:
                at += 2 + int.from_bytes(data[at : at + 2], "big")
    return found


def _rc_lead(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Another type or another length code."""
    at = one(_leads(data), draw)
    if at is None:
        return data
    lead = data[at]
    lead = draw.choice((lead & 0xF0 | draw.randrange(16), draw.randrange(16) << 4 | lead & 15))
    return data[:at] + bytes((lead,)) + data[at + 1 :]


def _rc_length(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Another length behind a leading byte, up to what no data can have."""
    at = one(_leads(data), draw)
    if at is None:
        return data
    type_ = data[at] & 0xF0 or 0x20
    head = draw.choice(
        (
            bytes((type_ | 13, draw.choice((0, 1, 8, 127, 255)))),
            bytes((type_ | 14, *draw.randbytes(2))),
            bytes((type_ | 14, 0xFF, 0xFF, *draw.randbytes(4))),
            bytes((type_ | 14, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),
            bytes((type_ | 14, 0xFF, 0xFF, 0, 0, 0, draw.randrange(256))),
            bytes((type_ | 14, 0xFF)),
        )
    )
    return data[:at] + head + data[at + draw.choice((1, 2, 3)) :]


def _rc_nest(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Brackets, a few or very many, that close or do not."""
    at = one(_leads(data), draw)
    if at is None:
        return data
    depth = draw.choice((1, 63, 64, 65, 1_000, 200_000))
    opens, closes = draw.choice(((b"\x80", b"\x81"), (b"\x90", b"\x91"), (b"\x80", b"\x91")))
    return data[:at] + opens * depth + b"\x10" + closes * draw.choice((0, depth)) + data[at:]


def _rc_record(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Another kind or length in the head of a record."""
    starts = [match.start() for match in re.finditer(re.escape(_RECORD), data)]
    at = one(starts, draw)
    if at is None:
        return data
    kind = draw.choice((0xFF, 0xFB, 0xFA, 0x00, data[at + 3] if at + 3 < len(data) else 0))
    length = draw.choice((b"\0\0", b"\xff\xff", b"\xff\xff\xff\xff\xff\xff", draw.randbytes(2)))
    return data[: at + 3] + bytes((kind,)) + length + data[at + 6 :]


RC: tuple[Mutation, ...] = (_rc_lead, _rc_length, _rc_nest, _rc_record)


def _csv_words(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at = one([match.start() for match in re.finditer(rb"[;,\r\n\"]", data)], draw)
    if at is None:
        return data
    word = draw.choice(
        (
            *(b'"', b'""', b'"""', b";", b";" * 5_000, b"\n", b"\r", b"\r\n\r\n", b"\0", b"\x1a"),
            *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xe6", b"=cmd()", b"\t", b'"\n' * 3_000, b"\x85"),
            *(b"x" * 200_000, b"31.02.2019 25:61:61", b"1e999", b"-0", b"sep=,\n", b"\xe2\x80\xa8"),
        )
    )
    return data[:at] + word + data[at:]


def _csv_lines(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Lines in another order, gone, or again; the header among them."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at, to = draw.randrange(len(lines)), draw.randrange(len(lines))
    match draw.randrange(4):
        case 0:
            lines[at], lines[to] = lines[to], lines[at]
        case 1:
            del lines[at]
        case 2:
            lines.insert(to, lines[at])
        case _:
            lines[at] = lines[at].rstrip(b"\r\n") + lines[to]
    return b"".join(lines)


def _csv_packed(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """The same in a gzip or zip file, whole or not; or what grows enormously out of one."""
    if draw.random() < 0.2:
        packed = draw.choice(_bombs())
    elif draw.random() < 0.5:
        packed = gzip.compress(data, 1)
    else:
        packed = zip_of({"list.csv": data})
    return draw.choice((packed, packed, _cut(packed, draw, ()), _flip(packed, draw, ())))


@cache
def _bombs() -> tuple[bytes, ...]:
    """Packed a little at a time: who makes them must not take the memory that is watched."""
    pieces = ((b" " * 600_000, 100), (b"a;b\n" * 1_000, 100), (b'"' + b"x\n" * 200_000, 100))
    made = []
    for piece, times in pieces:
        zipped, gzipped = io.BytesIO(), io.BytesIO()
        zip_of({"list.csv": piece}, zipped, times)
        with gzip.GzipFile(fileobj=gzipped, mode="wb", compresslevel=1) as packed:
            for _ in range(times):
                packed.write(piece)
        made += [zipped.getvalue(), gzipped.getvalue()]
    return tuple(made)


def _encoded(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    encoding = draw.choice(("utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig", "utf-32"))
    return text.encode(encoding, "replace")


CSV: tuple[Mutation, ...] = (_csv_words, _csv_lines, _csv_packed, _encoded)


def _text_lines(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """A line that looks like the head of a block, or nearly."""
    lines = data.split(b"\n")
    head = draw.choice(
        (
            *(b"09/30/19 08:00:00 MET (falcon):", b"99/99/99 99:99:99 (x):", b"30/09/19 08:00:00"),
            *(b"2019-09-30", b"1/1/1 1:1:1 ():", b"09/30/19 " + b"M" * 50_000, b"(" * 30_000, b""),
            *("٠٩/٣٠/١٩ 08:00:00 MET (x):".encode(), b"09/30/2019 24:00:00 Europe/Oslo (a b):"),
        )
    )
    lines.insert(draw.randrange(len(lines) + 1), head)
    return b"\n".join(lines)


TEXT: tuple[Mutation, ...] = (_text_lines, _encoded)


def spoil(
    data: bytes, draw: Random, others: Sequence[bytes], ways: Sequence[Mutation], blind: float
) -> bytes:
    """`data` spoiled once or a few times, by the `ways` of its form or, with a chance of `blind`,
    without regard to it."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        way = draw.choice(BLIND if draw.random() < blind else ways)
        data = way(data, draw, others)[:LARGEST]
    return data


def one(places: Sequence[int], draw: Random) -> int | None:
    return draw.choice(places) if places else None


def zip_of(
    parts: dict[str, bytes],
    out: io.BytesIO | None = None,
    times: int = 1,
    mode: Literal["w", "a"] = "w",
) -> bytes:
    """A zip file of these, each `times` over; appended to the one in `out` where `mode` says so."""
    out = out or io.BytesIO()
    with zipfile.ZipFile(out, mode, zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            with archive.open(name, "w") as member:
                for _ in range(times):
                    member.write(content)
    return out.getvalue()
