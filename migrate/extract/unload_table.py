"""Reads one alias table from the sections of unload files that hold its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migrate.errors import Problem
from migrate.extract import rc
from migrate.extract.problems import ProblemLog
from migrate.extract.rc import RcError
from migrate.extract.rc_columns import Read, column, decoded
from migrate.extract.rc_places import Piece, Places, locate, minutes
from migrate.extract.shape import Shaper
from migrate.extract.unload_file import Block, Large, load
from migrate.extract.unload_layout import Ready, UnloadTable, Wanted
from migrate.extract.unload_scan import Section, UnloadReader
from migrate.records import Batch

Mask = NDArray[np.bool_]


class Place(NamedTuple):
    """Where a reading stands in a section: at which offset, behind how many records of its table,
    and whether its dbdict is known to hold there."""

    offset: int
    number: int = 0
    sure: bool = True


def beginning(section: Section, number: int = 0) -> Place:
    """Where a section begins, behind so many records of its table."""
    return Place(section.start, number, section.sure)


class Rows(NamedTuple):
    """Records of a section in memory, which stands at `base` in the file: `number` is that of the
    first one within the alias table, `offsets` is where each begins in the file, `after` where one
    may read on behind them."""

    piece: Piece
    base: int
    offsets: Places
    number: int
    after: Place


def rows(
    reader: UnloadReader,
    section: Section,
    at: Place,
    most: int,
    load: Callable[[BinaryIO, Large], Block] = load,
) -> Iterator[Rows]:
    """The records of a section behind `at`, at most so many at a time; a large one as `load` has
    it. What is wrong with the file as such was told when it was scanned."""
    number = at.number
    with section.path.open("rb") as stream:
        for data in reader.read(section.path, _told, at.offset, section.dbdict, sure=at.sure):
            if data.offset >= section.end:
                return
            if data.dbdict is section.dbdict:
                block = data.block
                found = load(stream, block) if isinstance(block, Large) else block
                yield from _parts(found, data.sure, number, most)
                number += data.rows


def _parts(block: Block, sure: bool, number: int, most: int) -> Iterator[Rows]:
    piece, base, offsets, end, _ = block
    for begin in range(0, len(offsets), most):
        some = slice(begin, begin + most)
        done = min(begin + most, len(offsets))
        behind = end if done == len(offsets) else int(offsets[done])
        after = Place(behind, number + done, sure)
        yield Rows(piece.only(some), base, offsets[some], number + begin, after)


class TableReader:
    """Makes the batches of one alias table by one dbdict. Problems of single records go to `log`;
    `older` are the numbers of records of which there is a newer copy."""

    def __init__(
        self, table: UnloadTable, log: ProblemLog, older: Mask | None, encoding: str
    ) -> None:
        self._table = table
        self._log = log
        self._older = older
        self._encoding = encoding
        self._shaper = Shaper(table.layout.table, table.fields, log)
        self._kind = table.layout.table.kind

    def batch(self, section: Section, found: Rows, since: datetime | None) -> Batch:
        """The records in their order; those that were modified before `since` (GMT) are left out.
        The batch has no position yet."""
        wanted = self._table.wanted
        located = locate(found.piece, [each.place for each in wanted], section.values)
        for row in located.damaged.nonzero()[0].tolist():
            self._damaged(section, found, row, _why(found.piece, row))
        for row in located.odd.nonzero()[0].tolist():
            self._odd(section, int(found.offsets[row]))
        lost = located.damaged | located.odd
        keep = ~lost & self._asked(located.places, found, since)
        skipped = int(lost.sum())
        piece, offsets = found.piece.only(keep), found.offsets[keep]
        columns = [
            read_column(each, piece, located.places[each.place][keep], self._encoding)
            for each in wanted
        ]
        for each, read in zip(wanted, columns, strict=True):
            self._foreign(section, offsets, each, read)
        cells: list[Sequence[Any]] = [
            Ready(read.values) if read.done else read.values for read in columns
        ]
        if any(read.damaged for read in columns):
            wrong = {row: error for read in columns for row, error in read.damaged.items()}
            for row, error in wrong.items():
                self._tell_damaged(section, int(offsets[row]), piece, row, error)
            left = [row for row in range(len(offsets)) if row not in wrong]
            cells = [[values[row] for row in left] for values in cells]
            offsets = offsets[left]
            skipped += len(wrong)

        def place(row: int, key: str) -> str:
            return f"{self._kind} {key}" if key else f"{section.path} byte {offsets[row]}"

        shaped = self._shaper.shaped(cells, len(offsets), place)
        return replace(shaped, skipped=shaped.skipped + skipped)

    def _asked(self, places: dict[int, Places], found: Rows, since: datetime | None) -> Mask:
        asked = np.ones(len(found.offsets), dtype=np.bool_)
        if self._older is not None:
            asked &= ~self._older[found.number : found.number + len(asked)]
        if since is not None and (modified := self._table.modified):
            times = minutes(found.piece, places[modified.place])
            asked &= np.isnan(times) | (times >= stored(since))
        return asked

    def _damaged(self, section: Section, found: Rows, row: int, error: RcError) -> None:
        self._tell_damaged(section, int(found.offsets[row]), found.piece, row, error)

    def _tell_damaged(
        self, section: Section, offset: int, piece: Piece, row: int, error: RcError
    ) -> None:
        within = max(error.offset - int(piece.begins[row]), 0)
        message = f"the record cannot be read: {error}, {within} bytes behind its beginning"
        self._log.add(
            Problem("record-damaged", f"{section.path} byte {offset}", message), self._kind
        )

    def _odd(self, section: Section, offset: int) -> None:
        message = f"it has not {section.values} values, as the first record by this dbdict has"
        place = f"{section.path} byte {offset}"
        self._log.add(Problem("record-undefined", place, message), self._kind)

    def _foreign(self, section: Section, offsets: Places, wanted: Wanted, read: Read) -> None:
        name = wanted.field.name
        for row in sorted(read.foreign):
            self._log.add(
                Problem(
                    "text-encoding",
                    f"{section.path} byte {offsets[row]}",
                    f"{name} is no UTF-8, and was read as {self._encoding}",
                    warning=True,
                ),
                f"{self._kind}.{name}",
            )


def read_column(wanted: Wanted, piece: Piece, places: Places, encoding: str) -> Read:
    """The values of one field, to be converted as a driver's."""
    if not wanted.is_plain:
        return decoded(piece, places, wanted.cell, encoding=encoding)
    return column(piece, places, wanted.field.type, wanted.cell, encoding=encoding)


def _why(piece: Piece, row: int) -> RcError:
    """Why a record cannot be read by its places."""
    begin, end = int(piece.begins[row]), int(piece.ends[row])
    try:
        if rc.skip(piece.data, begin - 1) != end + 1:
            return RcError("its values do not end where it does", end)
    except RcError as error:
        return error
    return RcError("its values lead behind its end", end)


def stored(time: datetime) -> float:
    """A time (GMT) as HPSM stores it, in minutes."""
    return rc.minutes(time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time)


def _told(_problem: object) -> None:
    """When the file was scanned."""
