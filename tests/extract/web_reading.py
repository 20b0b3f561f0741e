"""The rows of batches, as the tests of web services look at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrate.records import Batch


def rows(batches: Iterator[Batch]) -> list[dict[str, Any]]:
    return [dict(zip(batch.columns, row, strict=True)) for batch in batches for row in batch.rows]


def numbers(batches: Iterator[Batch]) -> list[str]:
    return [row["number"] for row in rows(batches)]
