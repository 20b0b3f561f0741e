"""One delimited file: its form checked against what the configuration says, its rows in batches."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from migrate.config import ExportFile
from migrate.errors import Problem
from migrate.extract.aliases import Table
from migrate.extract.date_forms import local_duration, local_time
from migrate.extract.layout import Layout, lay_out, near, same_name
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Field, RecentKeys, Shaper, converter
from migrate.extract.values import (
    Converter,
    Unread,
    Values,
    decimal_number,
    worded_logical,
)
from migrate.records import Batch

_SEPARATORS = ",;\t|"
_SAMPLE = 1_000_000
csv.field_size_limit(1 << 30)  # journal texts are longer than the module's 128 KiB


class DelimitedFile:
    """The file of the alias table `name`. `layout` says what it has of that table; problems of
    single lines go to `log`."""

    def __init__(
        self, name: str, table: Table, form: ExportFile, path: Path, log: ProblemLog
    ) -> None:
        self.name = name
        self.table = table
        self.path = path
        self._form = form
        self._log = log
        self._noted = False

    @cached_property
    def layout(self) -> Layout:
        try:
            header = self._header
        except (FileNotFoundError, PermissionError, IsADirectoryError, gzip.BadGzipFile) as error:
            return self._unreadable(
                Problem(
                    "source-table-missing",
                    str(self.path),
                    f"the file cannot be opened ({type(error).__name__})",
                    near=near(self.path.name, _beside(self.path)),
                )
            )
        if wrong := self._form_of(header):
            return self._unreadable(wrong)
        return lay_out(
            self.name, self.table, lambda name: same_name(name, header), header, f"{self.path}:1"
        )

    def check(self) -> list[Problem]:
        problems = list(self.layout.problems)
        if self.path.is_file() and (wrong := self._encoding_of_sample()):
            problems.append(wrong)
        return problems

    def read(self, size: int) -> Iterator[Batch]:
        """The records in batches of `size`; a line that is no record is told and counted."""
        columns = [self._header.index(column) for column in self.layout.columns.values()]
        fields = [self._field(name) for name in self.layout.columns]
        shaper = Shaper(self.table, fields, self._log, RecentKeys())
        pick: Callable[[Sequence[str]], Sequence[str]] = (
            itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)
        )
        rows: list[Sequence[str]] = []
        lines: list[int] = []
        skipped = 0

        def shaped() -> Batch:
            batch = shaper.batch(rows, lambda i, _key: f"{self.path}:{lines[i]}")
            return replace(batch, skipped=batch.skipped + skipped)

        for line, row in self._rows():
            if row is None or len(row) != len(self._header):
                self._malformed(line, row)
                skipped += 1
                continue
            rows.append(pick(row))
            lines.append(line)
            if len(rows) == size:
                yield shaped()
                rows, lines, skipped = [], [], 0
        if rows or skipped:
            yield shaped()

    def _rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """First line and cells of every row after the header; None for one that is not CSV."""
        with self._open() as stream:
            reader = self._reader(self._decoded(stream))
            next(reader, None)
            while True:
                line = reader.line_num + 1
                try:
                    row = next(reader, None)
                except csv.Error:
                    yield line, None
                    continue
                if row is None:
                    return
                if row:
                    yield line, row

    def _decoded(self, stream: IO[str]) -> Iterator[str]:
        for number, line in enumerate(stream, 1):
            if "\N{REPLACEMENT CHARACTER}" in line:
                self._log.add(
                    Problem(
                        "source-format",
                        f"{self.path}:{number}",
                        "has bytes that the encoding does not know",
                        expected=self._form.encoding,
                    ),
                    str(self.path),
                )
            yield line

    @cached_property
    def _header(self) -> list[str]:
        with self._open() as stream:
            header: list[str] = next(self._reader(stream), [])
        return [name.lstrip("\ufeff").strip() for name in header]

    def _reader(self, lines: Iterator[str] | IO[str]) -> Any:
        quote = self._form.quote
        return csv.reader(
            lines,
            delimiter=self._form.separator,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            strict=True,
        )

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        encoding = self._form.encoding
        opener: Any = gzip.open if self.path.suffix == ".gz" else open
        with opener(self.path, "rt", encoding=encoding, errors="replace", newline="") as stream:
            yield stream

    def _field(self, name: str) -> Field:
        type_ = self.table.fields[name].type
        form = self._form
        zone = UTC if form.time_zone in ("UTC", "GMT") else ZoneInfo(form.time_zone)
        own: dict[str, Converter] = {
            "time": local_time(form.dates, zone, self._ambiguous),
            "duration": local_duration(form.dates),
            "logical": worded_logical(form.true, form.false),
            "number": decimal_number(form.decimal),
        }
        convert = own.get(type_) or converter(self.table, name, type_)
        return Field(name, type_, _without(frozenset(form.null), convert))

    def _form_of(self, header: Sequence[str]) -> Problem | None:
        """What is wrong with the header as a whole."""
        twice = {name for name in header if name and header.count(name) > 1}
        if len(header) > 1 and not twice:
            return None
        place = f"{self.path}:1"
        if twice:
            return Problem(
                "source-format", place, f"has the column {', '.join(sorted(twice))} twice"
            )
        others = [s for s in _SEPARATORS if header and s in header[0]]
        return Problem(
            "source-format",
            place,
            "the file is empty" if not header else "the header is one column only",
            expected=f"columns separated by {self._form.separator!r}",
            remedy=f"Set source.files.{self.name}.separator in migrate.yaml"
            + (f", probably to {others[0]!r}." if others else "."),
        )

    def _encoding_of_sample(self) -> Problem | None:
        """A file that is UTF-8 passes as any one-byte encoding, and every å comes out wrong."""
        opener: Any = gzip.open if self.path.suffix == ".gz" else open
        with opener(self.path, "rb") as stream:
            sample = stream.read(_SAMPLE)
        decoder = codecs.getincrementaldecoder(self._form.encoding)()
        try:
            decoder.decode(sample)
        except UnicodeDecodeError as error:
            line = sample[: error.start].count(b"\n") + 1
            return self._encoding(f"{self.path}:{line}", "")
        if codecs.lookup(self._form.encoding).name.startswith("utf") or sample.isascii():
            return None
        try:
            codecs.getincrementaldecoder("utf-8")().decode(sample)
        except UnicodeDecodeError:
            return None
        return self._encoding(str(self.path), ", probably to utf-8")

    def _encoding(self, place: str, probably: str) -> Problem:
        return Problem(
            "source-format",
            place,
            f"the file is not {self._form.encoding}",
            remedy=f"Set source.files.{self.name}.encoding in migrate.yaml{probably}.",
        )

    def _malformed(self, line: int, row: Sequence[str] | None) -> None:
        self._log.add(
            Problem(
                "record-malformed",
                f"{self.path}:{line}",
                "the quotes do not close" if row is None else f"has {len(row)} cells",
                expected=f"{len(self._header)} cells",
            ),
            self.table.kind,
        )

    def _ambiguous(self) -> None:
        if not self._noted:
            self._noted = True
            self._log.add(
                Problem(
                    "time-ambiguous",
                    str(self.path),
                    f"has times in an hour that {self._form.time_zone} repeats or leaves out; "
                    "they are read as the first pass",
                    warning=True,
                ),
                str(self.path),
            )

    def _unreadable(self, problem: Problem) -> Layout:
        return Layout(self.name, self.table, problems=(problem,), readable=False)


def _without(nulls: frozenset[str], convert: Converter) -> Converter:
    def converted(values: Values, unread: Unread) -> Values:
        return convert([None if value in nulls else value for value in values], unread)

    return converted


def _beside(path: Path) -> list[str]:
    return [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
