"""Delimited text: its rows in blocks, each with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from migrate.errors import ConfigurationError, Problem
from migrate.extract.delimited_form import header_problem, looks_other, text_problems
from migrate.extract.export_reader import Asked, Block, Tell, named, say_nothing
from migrate.extract.export_rows import unprotected
from migrate.extract.handed import Broken, Handed, Unpacked
from migrate.extract.text_lines import LARGEST, lines_of
from migrate.extract.values import Converter

_BEGINNING = 40
_SKIPPED_AT_ONCE = 5_000
_BESIDE = 100  # cells
_SEP = re.compile('"?sep=(.)"?\r?\n?', re.IGNORECASE)
_MOST = 0.5
csv.field_size_limit(LARGEST)  # journal texts are longer than the module's 128 KiB

Row = list[str]


class Delimited:
    """A `Reader` of delimited text; see `config.ExportFile` for its form."""

    sparse = False

    def __init__(self, file: Handed) -> None:
        self._file = file
        self.place = str(file.path)

    def names(self) -> list[str]:
        file = self._file
        if wrong := looks_other(file, file.head()):
            raise ConfigurationError(wrong)
        with file.opened() as stream:
            rows = _Rows(file, stream, say_nothing)
        self.place = file.at(rows.header_line)
        if rows.separator not in ("", file.form.separator):
            says = f"says itself that its columns are separated by {rows.separator!r}"
            raise ConfigurationError(file.wrong(says, "separator", repr(rows.separator), line=1))
        if wrong := header_problem(file, rows.header, rows.header_line):
            raise ConfigurationError(wrong)
        return rows.names

    def check(self) -> list[Problem]:
        return text_problems(self._file)

    def beginning(self) -> list[list[str]]:
        """Line by line, so that one that is no CSV does not hide the others."""
        found: list[list[str]] = []
        with self._file.opened() as stream, suppress(Broken):
            form = self._file.form
            lines = lines_of(stream, form.encoding, separator=form.separator)
            for line in islice(lines, _BEGINNING):
                try:
                    found.append(next(_reader(self._file, iter([line])), []))
                except csv.Error:
                    found.append([])
        return found

    def blocks(self, asked: Sequence[Asked], size: int, after: int, tell: Tell) -> Iterator[Block]:
        with self._file.opened() as stream:
            rows = _Rows(self._file, stream, tell)
            places = [rows.names.index(column) for column, _ in asked]
            rows.skip(after)
            while not rows.ended:
                taken, lines, skipped = rows.take(size)
                if taken or skipped:
                    every = list(zip(*taken, strict=True)) or [()] * len(rows.names)
                    cells = [unprotected(every[i]) for i in places]
                    place = partial(_place, self._file, lines)
                    yield Block(cells, len(taken), place, rows.met, skipped)
            if rows.broken:
                raise rows.broken

    def converter(
        self, asked: Asked, identifies: bool, convert: Converter, tell: Tell
    ) -> Converter:
        return convert


class _Rows:
    """The rows of an open file behind its header.

    `met` counts everything that was taken or skipped, records or not. Once all is `ended`, `broken`
    says why, where that is not the end of the file.
    """

    def __init__(self, file: Handed, stream: Unpacked, tell: Tell) -> None:
        self._file = file
        self._tell = tell
        self.met = 0
        self.ended = False
        self.broken: ConfigurationError | None = None
        self.separator = ""
        self._drained = False
        lines = lines_of(stream, file.form.encoding, self._undecodable, file.form.separator)
        try:
            self._before = self._skip_lines(lines)
            first = next(lines, "")
            if not file.form.skip_lines and (said := _SEP.fullmatch(first)):
                self.separator, self._before, first = said[1], 1, next(lines, "")
            self._reader = _reader(file, chain([first] if first else [], lines, self._drain()))
            self.header_line = self._before + 1
            self.header: Row = next(self._reader, [])
        except csv.Error:
            wrong = file.wrong(
                "a quote in the header does not close", "quote", line=self._before + 1
            )
            raise ConfigurationError(wrong) from None
        except Broken as error:
            raise file.broken(1, str(error)) from None
        self.names = named(self.header)
        self._named = frozenset(filter(None, self.header))
        self._blank = [""] * len(self.header)
        self._widest = 2 * len(self.header) + _BESIDE

    def skip(self, count: int) -> None:
        """Pass over `count` rows, whatever they are, and tell nothing of them again."""
        tell, self._tell = self._tell, say_nothing
        while self.met < count and not self.ended:
            self._gather(min(count - self.met, _SKIPPED_AT_ONCE))
        self._tell = tell

    def take(self, size: int) -> tuple[list[Row], list[int], int]:
        """The next records with their first lines, and how many rows were none, each told."""
        rows, lines, skipped = self._gather(size)
        if self._odd(rows):
            kept = [(row, line) for row, line in zip(rows, lines, strict=True) if any(row)]
            rows, lines = [], []
            for row, line in kept:
                if self._is_header(row):
                    if self._ends_by(row, line):
                        break
                elif (fitted := self._fitted(row)) is not None:
                    rows.append(fitted)
                    lines.append(line)
                else:
                    self._malformed(line, f"has {len(row)} cells")
                    skipped += 1
        return rows, lines, skipped

    def _gather(self, size: int) -> tuple[list[Row], list[int], int]:
        """As many rows as CSV has them; one that is none is told, and those behind it go on."""
        rows: list[Row] = []
        lines: list[int] = []
        skipped = 0
        reader = self._reader
        while len(rows) + skipped < size and not self.ended:
            ends = [reader.line_num]
            try:
                for row in islice(reader, size - len(rows) - skipped):
                    if len(row) > self._widest and not self._bears(row, ends[-1]):
                        skipped += 1
                        ends[-1] = reader.line_num
                        continue
                    rows.append(row)
                    ends.append(reader.line_num)
                self.ended = self._drained
            except csv.Error as error:
                skipped += self._no_row(ends[-1], str(error))
            except Broken as error:
                self._break(ends[-1], str(error))
            lines += [self._before + end + 1 for end in ends[: len(rows) - len(lines)]]
        self.met += len(rows) + skipped
        return rows, lines, skipped

    def _no_row(self, line: int, error: str) -> int:
        """What CSV calls an error: at the end of the file, or of all patience, a quote is open."""
        if self._drained or error.startswith("field larger"):
            self._break(line, "a quote that is opened here never closes")
            return 0
        self._malformed(self._before + line + 1, "the quotes do not close")
        return 1

    def _bears(self, row: Row, line: int) -> bool:
        """Whether a row of far too many cells may be kept: cut to the header's, where the others
        are empty. Else it is told at once, since a block of such rows takes any amount of memory.
        """
        if (fitted := self._fitted(row)) is not None:
            row[:] = fitted
        elif not self._is_header(row):
            self._malformed(self._before + line + 1, f"has {len(row):,} cells")
            return False
        return True

    def _odd(self, rows: list[Row]) -> bool:
        """Whether there is a row that has to be looked at by itself."""
        return not (
            {len(self.header)}.issuperset(map(len, rows))
            and self._blank not in rows
            and self._named.isdisjoint(map(itemgetter(0), rows))
        )

    def _is_header(self, row: Row) -> bool:
        met = sum(name in self._named for name in row)
        most = row[0] in self._named and met > max(1, _MOST * len(self._named))
        return most or row == self.header

    def _ends_by(self, header: Row, line: int) -> bool:
        """Files that were put together: the same header again is no record, another one an end."""
        if header != self.header:
            self._break(line - self._before - 1, "another header stands here")
            return True
        again = "the header stands here again: it is no record"
        self._tell(self._file.wrong(again, line=line, warning=True), str(self._file.path))
        return False

    def _fitted(self, row: Row) -> Row | None:
        """The row with as many cells as the header, where only empty ones make the difference."""
        surplus = len(row) - len(self.header)
        if surplus > 0 and not any(row[-surplus:]):
            return row[:-surplus]
        if surplus < 0 and not any(self.header[surplus:]):
            return row + [""] * -surplus
        return None if surplus else row

    def _malformed(self, line: int, message: str) -> None:
        expected = f"{len(self.header)} cells"
        problem = Problem("record-malformed", self._file.at(line), message, expected)
        self._tell(problem, self._file.name)

    def _undecodable(self, line: int) -> None:
        message = "has bytes that the encoding does not know"
        expected = self._file.form.encoding
        problem = self._file.wrong(message, "encoding", line=line, expected=expected)
        self._tell(problem, f"{self._file.path} encoding")

    def _break(self, line: int, why: str) -> None:
        self.ended = True
        self.broken = self._file.broken(self._before + line + 1, why)

    def _skip_lines(self, lines: Iterator[str]) -> int:
        return sum(1 for _ in islice(lines, self._file.form.skip_lines))

    def _drain(self) -> Iterator[str]:
        self._drained = True
        yield from ()


def _reader(file: Handed, lines: Iterator[str]) -> Any:
    quote = file.form.quote
    return csv.reader(
        lines,
        delimiter=file.form.separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )


def _place(file: Handed, lines: list[int], index: int) -> str:
    return file.at(lines[index])
