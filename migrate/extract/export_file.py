"""One exported file as one alias table reads it: what all formats have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from functools import cached_property, partial
from zoneinfo import ZoneInfo

from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import Table
from migrate.extract.date_forms import local_duration, local_time
from migrate.extract.delimited import Delimited
from migrate.extract.export_reader import Asked, Reader, as_column, named, numbered, say_nothing
from migrate.extract.export_rows import NUMBERED, without_totals
from migrate.extract.handed import Handed
from migrate.extract.layout import Layout, lay_out
from migrate.extract.own_form import in_form
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Field, RecentKeys, Shaper
from migrate.extract.value_forms import doubts
from migrate.extract.values import (
    Converter,
    Unread,
    Values,
    char,
    decimal_number,
    worded_logical,
)
from migrate.extract.workbook import Workbook
from migrate.extract.xml_file import XmlFile
from migrate.records import Batch

READERS: dict[str, Callable[[Handed], Reader]] = {
    "csv": Delimited,
    "xlsx": Workbook,
    "xml": XmlFile,
}
"""`format` of source.files → what reads it."""

_SAMPLE = 1_000
_BETTER = 2


class ExportedFile:
    """`file`, read as the alias table `name`. `layout` says what it has of that table; problems of
    single records go to `log`."""

    def __init__(self, file: Handed, table: Table, log: ProblemLog) -> None:
        self.file = file
        self.table = table
        self._reader = READERS[file.form.format](file)
        self._log = log
        self._noted = False

    @cached_property
    def layout(self) -> Layout:
        name, table = self.file.name, self.table
        try:
            names = self._reader.names()
        except ConfigurationError as error:
            problems = [*error.problems, *self._other_header(())]
            return Layout(name, table, problems=tuple(problems), readable=False)
        layout = lay_out(name, table, lambda n: _same(n, names), names, self._reader.place)
        if self._reader.sparse:  # what the first records lack may come later
            layout = replace(layout, columns={**layout.columns, **layout.missing})
        wrong = [
            self._repeated(ours, column)
            for ours, column in layout.missing.items()
            if _same(numbered(column, 1), names)
        ]
        twice = bool(wrong)
        if layout.missing:
            wrong += self._other_header(layout.columns)
        if wrong:
            problems = [*wrong, *([] if twice else layout.problems)]
            return replace(layout, problems=tuple(problems), readable=not twice and layout.readable)
        return layout

    def _repeated(self, ours: str, column: str) -> Problem:
        first, second = (numbered(column, number) for number in (1, 2))
        return Problem(
            "source-format",
            self._reader.place,
            f"has the column {column} more than once, for {self.table.kind}.{ours}",
            remedy=f"Under source.tables.{self.file.name}.fields in migrate.yaml add "
            f"`{ours}: {first}` or `{ours}: {second}`, whichever is meant.",
            near=(first, second),
        )

    def check(self) -> list[Problem]:
        """Everything that speaks against what the configuration says of the file."""
        problems = list(self.layout.problems)
        if not self.file.path.is_file():
            return problems
        try:
            problems += [p for p in self._reader.check() if p not in problems]
            if self.layout.readable:
                problems += self._values()
        except ConfigurationError as error:
            problems += [problem for problem in error.problems if problem not in problems]
        return problems

    def read(self, size: int, after: int, recent: RecentKeys) -> Iterator[Batch]:
        """The records from the ordinal `after` on in batches of `size`, `position` an ordinal; what
        is no record is told and counted. Raises ConfigurationError where the file is broken."""
        shaper = Shaper(self.table, self._fields(), self._log, recent)
        numbered_by = self._numbered_by()
        for block in self._reader.blocks(self._asked(), size, after, self._log.add):
            if numbered_by is not None:
                block = without_totals(block, numbered_by, self._log.add)
            batch = shaper.shaped(block.cells, block.count, partial(_place, block.place))
            skipped = batch.skipped + block.skipped
            yield replace(batch, skipped=skipped, position=str(block.end))

    def _numbered_by(self) -> int | None:
        """Which of the columns holds the number of a record; None where it has a name instead."""
        key = self.table.key[0]
        if self.table.kind not in NUMBERED or key not in self.layout.columns:
            return None
        return list(self.layout.columns).index(key)

    def _asked(self) -> list[Asked]:
        fields = self.table.fields
        return [Asked(column, fields[name].type) for name, column in self.layout.columns.items()]

    def _fields(self) -> list[Field]:
        table, converters = self.table, self._converters()
        nulls = tuple(dict.fromkeys(self.file.form.null))
        fields = []
        for name, asked in zip(self.layout.columns, self._asked(), strict=True):
            identifies = name in table.key or name in table.needed
            form = table.fields[name].form
            convert = (
                (in_form(form, asked.type) if form else None)
                or converters.get(asked.type)
                or (char if identifies else _as_it_is)
            )
            without = _without(nulls, convert)
            convert = self._reader.converter(asked, identifies, without, self._log.add)
            fields.append(Field(name, asked.type, convert))
        return fields

    def _converters(self) -> dict[str, Converter]:
        """By type, and one for all fields of it: what a date form has read once, it remembers."""
        form = self.file.form
        zone = UTC if form.time_zone in ("UTC", "GMT") else ZoneInfo(form.time_zone)
        return {
            "time": local_time(form.dates, zone, self._ambiguous),
            "duration": local_duration(form.dates),
            "logical": worded_logical(form.true, form.false),
            "number": decimal_number(form.decimal),
        }

    def _values(self) -> list[Problem]:
        """Whether the first records' values are in the form that was said."""
        names = list(self.layout.columns)
        for block in self._reader.blocks(self._asked(), _SAMPLE, 0, say_nothing):
            sample = dict(zip(names, block.cells, strict=True))
            fields = self.table.fields
            types = {name: fields[name].type for name in names if fields[name].form is None}
            return doubts(self.file, types, sample)
        return []

    def _other_header(self, found: Sequence[str] | dict[str, str]) -> list[Problem]:
        """A row further down that has more of the columns asked for than the header has."""
        asked = [column.column for column in self.table.fields.values()]
        try:
            rows = self._reader.beginning()
        except ConfigurationError:
            return []
        names = [named(row) for row in rows]
        met = [sum(_same(column, row) is not None for column in asked) for row in names]
        best = max(met, default=0)
        row = met.index(best) if best >= max(_BETTER, len(found) + 1) else -1
        if row < 0 or row == self.file.form.skip_lines:
            return []
        message = "the header is rather in this row"
        return [self.file.wrong(message, "skip_lines", str(row), line=row + 1)]

    def _ambiguous(self) -> None:
        if not self._noted:
            self._noted = True
            self._log.add(
                Problem(
                    "time-ambiguous",
                    str(self.file.path),
                    f"has times in an hour that {self.file.form.time_zone} repeats or leaves out; "
                    "they are read as the first pass",
                    warning=True,
                ),
                str(self.file.path),
            )


def _place(of: Callable[[int], str], row: int, key: str) -> str:
    return of(row)


def _same(name: str, names: Sequence[str]) -> str | None:
    """The one of `names` that is `name`: to the letter, else in other letters' case, else as HPSM
    makes a column of a field (`contact.name`: CONTACT_NAME)."""
    [wanted] = named([name])
    if wanted in names:
        return wanted
    for alike in (str.casefold, as_column):
        if found := [other for other in names if alike(other) == alike(wanted)]:
            return found[0]
    return None


def _as_it_is(values: Values, unread: Unread) -> Values:
    """For texts: whatever the format, nothing else comes here."""
    return values


def _without(nulls: Sequence[str], convert: Converter) -> Converter:
    """`convert`, for values of which those of `nulls` mean nothing."""

    def converted(values: Values, unread: Unread) -> Values:
        if any(null in values for null in nulls):
            values = [None if value in nulls else value for value in values]
        return convert(values, unread)

    return converted
