"""A folder with one exported file of incidents, and its source; for the tests of each format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import DEFAULTS
from migrate.extract.exports import ExportSource
from migrate.records import Batch

Row = dict[str, Any]


def source_of(
    path: Path | list[str],
    fields: dict[str, Any],
    folder: Path,
    *,
    table: str = "incidents",
    batch: int = 5000,
    **form: Any,
) -> ExportSource:
    """A source that reads nothing but `fields` (our name → column) of `table`."""
    only = {name: None for name in DEFAULTS[table].fields if name not in fields}
    config = {
        "type": "exports",
        "batch": batch,
        "kinds": [DEFAULTS[table].kind],
        "tables": {table: {"fields": {**only, **fields}}},
        "files": {table: {"path": path if isinstance(path, list) else str(path), **form}},
    }
    return ExportSource(SourceConfig.model_validate(config), folder)


def rows_of(batches: list[Batch]) -> list[Row]:
    return [dict(zip(batch.columns, row, strict=True)) for batch in batches for row in batch.rows]


def read(source: ExportSource, kind: str = "incidents", after: str = "") -> list[Row]:
    return rows_of(list(source.read(kind, after=after)))


def read_to_the_break(
    source: ExportSource, kind: str = "incidents", after: str = ""
) -> tuple[list[Row], list[Problem]]:
    """What is read before a file breaks off, and what is said of it then."""
    batches: list[Batch] = []
    try:
        batches.extend(source.read(kind, after=after))
    except ConfigurationError as error:
        return rows_of(batches), list(error.problems)
    raise AssertionError("nothing is broken")


def column(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]
