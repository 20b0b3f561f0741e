"""Values of the classic tables in the forms of HPSM's own encoding (RC)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from migrate.extract import rc
from migrate.simulate.hpsm.attachments import MAGIC
from migrate.simulate.hpsm.files import Kind


def value(kind: Kind, stored: Any) -> Any:
    """What a field of `kind` holds: text, datetime (GMT), logical, number, list of texts or bytes;
    None where it is null. `stored` is what a driver gives, times as text or datetime."""
    if stored is None or kind is Kind.CHAR:
        return stored
    match kind:
        case Kind.ARRAY:
            return stored.split("\n")
        case Kind.TIME:
            return datetime.fromisoformat(stored) if isinstance(stored, str) else stored
        case Kind.LOGICAL:
            return stored == "t"
        case Kind.NUMBER:
            return int(stored) if float(stored).is_integer() else float(stored)
        case Kind.DATA:
            return _payload(bytes(stored))
    return stored


def _payload(stored: bytes) -> bytes:
    """The characters of an RC value; what is none goes on as it is, so that nothing is mended."""
    if not stored.startswith(MAGIC):
        return stored
    try:
        end = rc.skip(stored, len(MAGIC))
    except rc.RcError:
        return stored
    code, start = stored[len(MAGIC)], len(MAGIC) + 1
    if end != len(stored) or code >> 4 != 2:
        return stored
    if code == 0x2D:
        start += 1
    elif code == 0x2E:
        start += 6 if stored[start : start + 2] == b"\xff\xff" else 2
    return stored[start:end]
