"""Values over which a driver gives up a whole batch: read all the same, from the first one met on.

SQLite's gives no texts that are no UTF-8. PostgreSQL's (psycopg) gives no times that Python has
none of: `infinity`, years before 1 and behind 9999. What is tolerated is asked for by a function of
ours for every value, and takes three times as long; so it is not done before it is needed.
"""

from __future__ import annotations

import codecs
import sqlite3
from typing import Any

from migrate.extract.rc_values import Foreign

MIXED = "migrate-mixed"
"""What `bytes.decode` and drivers do about bytes that are not of the database's encoding."""

_TIMES = ("timestamp", "timestamptz", "date", "time", "timetz")


def _foreign(error: UnicodeError) -> tuple[str, int]:
    """Such bytes are read as RC reads them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return str(Foreign(bytes(error.object[error.start : error.end]))), error.end


codecs.register_error(MIXED, _foreign)


def undecodable(error: Exception) -> bool:
    """Whether the driver could not make a value of what the database gave."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.OperationalError):
        return "decode" in str(original)
    is_data = type(original).__name__ == "DataError"
    return is_data and _is_psycopg(original) and getattr(original, "sqlstate", None) is None


def tolerate(driver: Any) -> bool:
    """Have the driver's connection give such values: texts as well as can be, times as text. False
    where that was asked before, or it cannot."""
    if isinstance(driver, sqlite3.Connection):
        if driver.text_factory is _mixed:
            return False
        driver.text_factory = _mixed
        return True
    return _is_psycopg(driver) and _times_as_text(driver)


def _mixed(text: bytes) -> str:
    return text.decode("utf-8", MIXED)


def _is_psycopg(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "psycopg"


def _times_as_text(driver: Any) -> bool:
    from psycopg.pq import Format
    from psycopg.types.string import TextLoader

    oids = [driver.adapters.types[name].oid for name in _TIMES]
    if all(driver.adapters.get_loader(oid, Format.TEXT) is TextLoader for oid in oids):
        return False
    for oid in oids:
        driver.adapters.register_loader(oid, TextLoader)
    return True
