"""Attachments from unload files: their segments found wherever they stand, joined, a record made.

Segments may be out of order, and spread over files. Where each one is goes to an index on the disk,
and no content is read before its file's turn.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import orjson

from migrate.errors import Problem, StoppedError
from migrate.extract.aliases import Column, Table
from migrate.extract.attachments import FIELDS, Files, Stored, cells
from migrate.extract.problems import ProblemLog
from migrate.extract.rc import RcError, skip, text_at
from migrate.extract.rc_places import NOWHERE, Piece, Places, locate, minutes, spans
from migrate.extract.segments import BrokenFile, Segment
from migrate.extract.shape import Field, Shaper
from migrate.extract.unload_file import Block, Large
from migrate.extract.unload_layout import Sections, UnloadTable
from migrate.extract.unload_scan import Section, UnloadReader
from migrate.extract.unload_table import Rows, beginning, read_column, rows, stored
from migrate.records import Batch

KIND = "attachments"

_PARTS = {"segment": Column("SEGMENT", "number"), "data": Column("DATA")}
_PLACE = Field("place", "number", lambda values, _: values)
_SHOWN = ("application", "topic", "uid")
_GONE = "segment missing"
_BATCH, _RECORDS = 100, 1_000
_TEXTS, _EMPTY = range(0x28, 0x2F), b"\x28"
_NO_RECORD = b"\x90\x00\x91"
_MAKE = (
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = FILE",
    "CREATE TABLE segments (key TEXT, segment NUMERIC, modified REAL, number INTEGER, "
    "file INTEGER, start INTEGER, stop INTEGER, record BLOB)",
)
_ADD = "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_LIST = "SELECT * FROM segments WHERE key > ? ORDER BY key"


def with_segments(table: Table) -> Table:
    """An alias table of attachments, with the fields that its contents are read from."""
    if table.kind != KIND:
        return table
    return replace(table, fields={**_PARTS, **table.fields}, needed=(*table.needed, *_PARTS))


def shown(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """The fields that a kind's records have, of those that are read."""
    if kind != KIND:
        return tuple(names)
    return (*(name for name in names if name not in _PARTS), *FIELDS)


class _Row(NamedTuple):
    """A segment in the index: `key` is its file's as JSON; `modified` in minutes (-1: not said);
    `number` its place in the hand-over; in which file it is, and from where to where; `record` the
    cells of its record as JSON."""

    key: str
    segment: float | None
    modified: float
    number: int
    file: int
    start: int
    stop: int
    record: bytes


class UnloadAttachments:
    """Reads one alias table of attachments, and keeps the contents in `files`. Of segments with the
    same number that counts which HPSM modified last, else the last one; `older` are the others."""

    def __init__(
        self,
        reader: UnloadReader,
        tables: Sections,
        files: Files,
        log: ProblemLog,
        encoding: str,
    ) -> None:
        self._reader = reader
        self._tables = tables
        self._files = files
        self._log = log
        self._encoding = encoding
        self._paths = list(dict.fromkeys(section.path for _, section in tables))
        fields = {w.field.name: w.field for table, _ in tables for w in table.wanted}
        self._segment = fields["segment"]
        self._meta = [field for name, field in fields.items() if name not in _PARTS]
        alias = tables[0][0].layout.table
        self._key = [field for field in self._meta if field.name in alias.key]
        self._shaper = Shaper(alias, (*self._meta, _PLACE), log)
        self.older = 0

    def read(self, since: datetime | None, behind: str) -> Iterator[tuple[Batch, str]]:
        """The files in the order of their keys, in batches, each with what is to be given as
        `behind` to go on after it; with `since` (GMT), those of which any segment was modified
        since then, or does not say."""
        least = stored(since) if since else None
        with ExitStack() as stack:
            index = stack.enter_context(closing(sqlite3.connect("")))
            for statement in _MAKE:
                index.execute(statement)
            for table, section in self._tables:
                self._list(index, table, section)
            handles = [stack.enter_context(path.open("rb")).fileno() for path in self._paths]
            listed = map(_Row._make, index.execute(_LIST, (behind,)))
            files = (list(its) for _, its in groupby(listed, lambda row: row.key))
            asked = (
                its
                for its in files
                if least is None or any(not 0 <= row.modified < least for row in its)
            )
            while batch := list(islice(asked, _BATCH)):
                yield self._batch(batch, handles), batch[-1][0].key

    def _list(self, index: sqlite3.Connection, table: UnloadTable, section: Section) -> None:
        file = self._paths.index(section.path)
        outline = _Outline(table, str(section.path))
        for found in rows(self._reader, section, beginning(section), _RECORDS, outline.load):
            index.executemany(_ADD, self._rows(table, section, file, found, outline.spans))

    def _rows(
        self,
        table: UnloadTable,
        section: Section,
        file: int,
        found: Rows,
        outlined: Mapping[int, tuple[int, int]],
    ) -> Iterator[tuple[Any, ...]]:
        located = locate(found.piece, [wanted.place for wanted in table.wanted])
        for row in located.damaged.nonzero()[0].tolist():
            place = f"{section.path} byte {found.offsets[row]}"
            self._log.add(Problem("record-damaged", place, "the record cannot be read"), KIND)
        keep = ~located.damaged
        piece = found.piece.only(keep)
        size = len(piece.begins)
        places: dict[str, Places] = {
            wanted.field.name: located.places[wanted.place][keep] for wanted in table.wanted
        }
        columns = {
            wanted.field.name: read_column(
                wanted, piece, places[wanted.field.name], self._encoding
            ).values
            for wanted in table.wanted
            if wanted.field.name != "data"
        }
        nothing = [None] * size
        keys = zip(
            *(f.convert(columns.get(f.name, nothing), _unread) for f in self._key), strict=True
        )
        numbers = self._segment.convert(columns["segment"], _unread)
        records = zip(*(columns.get(field.name, nothing) for field in self._meta), strict=True)
        modified = np.full(size, -1.0)
        if table.modified:
            times = minutes(piece, places[table.modified.field.name])
            modified = np.nan_to_num(times, nan=-1.0)
        starts, stops = spans(piece, places["data"])
        nowhere = starts == NOWHERE
        starts, stops = starts + found.base, stops + found.base
        starts[nowhere] = stops[nowhere] = 0
        for row, offset in enumerate(found.offsets[keep].tolist()):
            if offset in outlined:
                starts[row], stops[row] = outlined[offset]
        for key, number, time, place, start, stop, record in zip(
            keys,
            numbers,
            modified.tolist(),
            (found.number + keep.nonzero()[0]).tolist(),
            starts.tolist(),
            stops.tolist(),
            records,
            strict=True,
        ):
            yield _json(key), number, time, place, file, start, stop, _json(record).encode()

    def _batch(self, files: Sequence[Sequence[_Row]], handles: Sequence[int]) -> Batch:
        segments = [self._newest(its) for its in files]
        meta = [(*orjson.loads(_first(its).record), place) for place, its in enumerate(segments)]
        shaped = self._shaper.batch(meta, lambda row, key: f"{KIND} {key or files[row][0].key}")
        made = []
        for *row, place in shaped.rows:
            record = dict(zip(shaped.columns, row, strict=False))
            its = segments[place]
            kept = self._files.keep(
                self._contents(its, handles),
                wrapped=True,
                compressed=record.get("compressed"),
                size=_whole(record.get("size")),
                compressed_size=_whole(record.get("compressed_size")),
            )
            self._tell(record, kept)
            made.append((*row, *cells(kept, len(its))))
        return replace(
            shaped,
            columns=(*shaped.columns[:-1], *FIELDS),
            rows=made,
            types=(*shaped.types[:-1], *FIELDS.values()),
        )

    def _newest(self, rows: Sequence[_Row]) -> dict[float | None, _Row]:
        """Number → the segment that counts."""
        found: dict[float | None, _Row] = {}
        for row in rows:
            before = found.get(row.segment)
            if before is None or (before.modified, before.number) < (row.modified, row.number):
                found[row.segment] = row
        self.older += len(rows) - len(found)
        return found

    def _contents(
        self, segments: dict[float | None, _Row], handles: Sequence[int]
    ) -> Iterator[Segment]:
        """In the order of their numbers. Raises BrokenFile where one is missing."""
        if segments.keys() != set(range(len(segments))):
            raise BrokenFile(_GONE)
        for number in range(len(segments)):
            row = segments[number]
            yield _Part(handles[row.file], row.start, row.stop, str(self._paths[row.file]))

    def _tell(self, record: dict[str, Any], kept: Stored) -> None:
        place = " ".join(str(record[name]) for name in _SHOWN if record.get(name))
        if kept.broken:
            message = f"the file cannot be read whole: {kept.broken}"
            self._log.add(Problem("attachment-broken", place, message), f"{KIND}: {kept.broken}")
        if kept.note:
            message = f"the file is whole, and its record wrong: {kept.note}"
            problem = Problem("attachment-odd", place, message, warning=True)
            self._log.add(problem, f"{KIND}: {kept.note}")


class _Part:
    """A segment's content where it lies in a file, as a `Segment`."""

    def __init__(self, handle: int, start: int, stop: int, name: str) -> None:
        self._handle = handle
        self._start = start
        self._size = stop - start
        self._name = name

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            if not 0 <= at < self._size:
                raise IndexError
            return self._read(at, at + 1)[0]
        begin, end, _ = at.indices(self._size)
        return self._read(begin, end)

    def _read(self, begin: int, end: int) -> bytes:
        try:
            found = os.pread(self._handle, max(end - begin, 0), self._start + begin)
        except OSError:
            found = b""
        if len(found) < end - begin:
            message = "the file gives no more than a part of what it held"
            raise StoppedError(Problem("source-lost", self._name, message))
        return found


class _Outline:
    """Large records without their contents; `spans` are where those lie in the file, by where the
    record begins."""

    def __init__(self, table: UnloadTable, name: str) -> None:
        data = table.of("data")
        assert data is not None  # noqa: S101 - without it the table is not readable
        self._place = data.place
        self._values = len(table.dbdict.values)
        self._name = name
        self.spans: dict[int, tuple[int, int]] = {}

    def load(self, stream: BinaryIO, large: Large) -> Block:
        value = _Part(stream.fileno(), large.begin, large.end, self._name)
        try:
            data = self._outlined(cast(bytes, value), large)
        except RcError:
            data = _NO_RECORD
        piece = Piece(data, np.array([1]), np.array([len(data) - 1]))
        return Block(piece, large.begin, np.array([large.offset]), large.end)

    def _outlined(self, value: bytes, large: Large) -> bytes:
        parts, at = [value[:1]], 1
        for place in range(self._values):
            if at >= len(value) - 1:
                break
            end = skip(value, at)
            if place == self._place and value[at] in _TEXTS:
                start, stop = text_at(value, at)
                self.spans[large.offset] = large.begin + start, large.begin + stop
                parts.append(_EMPTY)
            else:
                parts.append(value[at:end])
            at = end
        return b"".join((*parts, value[len(value) - 1 :]))


def _first(segments: dict[float | None, _Row]) -> _Row:
    """The segment that says what the file is: the first one."""
    return min(segments.values(), key=lambda row: (row.segment is None, row.segment or 0))


def _json(values: Sequence[Any]) -> str:
    """JSON of cells; what it has no form for is text, as the converters read it."""
    return orjson.dumps(values, default=str, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _unread(_row: int, _text: str) -> None:
    """Told when the record is made."""
