"""One digest for everything whose change must be noticed."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def source_digest(*values: Any) -> str:
    """32 hexadecimal digits over plain JSON data; the order of keys does not matter."""
    packed = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(packed.encode(), digest_size=16).hexdigest()
