"""HPSM's own database as a source, and what its tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hpsm_tables as hpsm

from migrate.extract.sql import SqlSource
from migrate.records import Batch


def source(path: Path, **more: Any) -> SqlSource:
    return SqlSource(hpsm.config(path, **more), path.parent)


def rows(batches: list[Batch]) -> list[dict[str, Any]]:
    return [dict(zip(batch.columns, row, strict=True)) for batch in batches for row in batch.rows]
