"""From the records of a web service to batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from migrate.errors import ConfigurationError
from migrate.extract.layout import near
from migrate.extract.lists import Record
from migrate.extract.paging import Chunk
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Field, Shaper
from migrate.extract.values import gmt_text
from migrate.extract.web_tables import WebTable, missing_field
from migrate.extract.web_values import captions_of, taker, web_converter
from migrate.records import Batch


class RecordShaper:
    """Makes the batches of one table. With `since` (GMT), records that show an older time of
    modification are left out: the query may have found more than was asked for."""

    def __init__(self, table: WebTable, log: ProblemLog, since: datetime | None) -> None:
        self._table = table
        columns, kinds = table.layout.columns, table.table.fields
        self._fields = [
            Field(ours, kinds[ours].type, web_converter(table.table, ours, kinds[ours].type))
            for ours in columns
        ]
        self._take = taker(list(columns.values()))
        self._shaper = Shaper(table.table, self._fields, log)
        modified = table.table.modified
        self._since = gmt_text(since) if since and modified in columns else None
        self._modified = list(columns).index(modified) if modified in columns else 0
        self._done = 0
        self._checked = False

    def batch(self, chunk: Chunk) -> Batch:
        """The batch of these records. Raises ConfigurationError where the first of them do not show
        what identifies them."""
        rows = list(map(self._take, chunk.records))
        if rows and not self._checked:
            self._check(rows, chunk.records)
        if self._since is not None:
            rows = self._newer(rows)
        kind, done = self._table.table.kind, self._done
        self._done += len(rows)

        def place(row: int, key: str) -> str:
            return f"{kind} {key}" if key else f"{self._table.name} record {done + row + 1}"

        batch = self._shaper.batch(rows, place)
        position = chunk.mark.text(self._table.name)
        return replace(batch, skipped=batch.skipped + chunk.lost, position=position)

    def _newer(self, rows: list[list[Any]]) -> list[list[Any]]:
        since, place = self._since or "", self._modified
        convert = self._fields[place].convert
        times = convert([row[place] for row in rows], lambda row, text: None)
        return [row for row, time in zip(rows, times, strict=True) if time is None or time >= since]

    def _check(self, rows: Sequence[Sequence[Any]], records: Sequence[Record]) -> None:
        """Whether the captions of what identifies a record are there at all."""
        self._checked = True
        table = self._table.table
        needed = {*table.needed, table.key[0]}
        lacking = {
            ours: caption
            for place, (ours, caption) in enumerate(self._table.layout.columns.items())
            if ours in needed and all(row[place] is None for row in rows)
        }
        if lacking:
            shown = dict.fromkeys(name for record in records[:50] for name in captions_of(record))
            reason = f"none of the first {len(records)} of {table.table} has"
            raise ConfigurationError(
                missing_field(
                    self._table.name, table, ours, f"{reason} {caption}", near(caption, shown)
                )
                for ours, caption in lacking.items()
            )
