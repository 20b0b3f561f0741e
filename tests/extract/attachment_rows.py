"""Rows of SYSATTACHMEM1, made by the table of HPSM's length codes and not by our decoder."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

MAGIC = b"_RCFM*="


def wrap(part: bytes) -> bytes:
    """A segment as HPSM writes it."""
    if len(part) <= 4:
        return MAGIC + bytes([0x28 + len(part)]) + part
    if len(part) <= 0xFF:
        return MAGIC + bytes([0x2D, len(part)]) + part
    if len(part) < 0xFFFF:
        return MAGIC + b"\x2e" + len(part).to_bytes(2) + part
    return MAGIC + b"\x2e\xff\xff" + len(part).to_bytes(4) + part


def cut(stored: bytes, size: int) -> list[bytes]:
    return [stored[at : at + size] for at in range(0, len(stored), size)] or [b""]


def rows(
    content: bytes,
    uid: str = "a1",
    *,
    segment: int = 1_000,
    compressed: bool = True,
    parts: Sequence[bytes] | None = None,
    **more: Any,
) -> list[dict[str, Any]]:
    """The rows of one file of an incident, of which only the first says what it is."""
    stored = zlib.compress(content) if compressed else content
    told = {
        "FILENAME": "søknad.pdf",
        "MIME_TYPE": "application/pdf",
        "SIZE": float(len(content)),
        "COMPRESSED": "t" if compressed else "f",
        "COMPRESSED_SIZE": float(len(stored)) if compressed else None,
    }
    key = {"APPLICATION": "probsummary", "TOPIC": "IM10001", "UID": uid, "TYPE": 5}
    datas = [wrap(part) for part in cut(stored, segment)] if parts is None else parts
    return [
        {
            **key,
            "SEGMENT": float(number),
            **(told if number == 0 else {}),
            "DATA": data,
            "SYSMODTIME": "2019-09-01 10:00:00",
            **more,
        }
        for number, data in enumerate(datas)
    ]
