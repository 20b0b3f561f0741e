"""Attachments from HPSM's database: the rows of each file found, its segments joined and kept.

The rows come in the order of their key, as the database sorts it. Where it takes different letters
for the same one (a case-insensitive collation), the rows of two files may lie among each other, so
files are told apart here, and their segments put in order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from migrate.errors import Problem
from migrate.extract.aliases import Column, Table
from migrate.extract.attachments import FIELDS, Files, Stored, cells
from migrate.extract.problems import ProblemLog
from migrate.extract.segments import BrokenFile, Segment, pieces
from migrate.extract.shape import Field, Shaper
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_engine import Database
from migrate.extract.sql_layout import SqlTable
from migrate.extract.sql_segments import GONE, TWICE, Columns, Contents, as_declared, contents
from migrate.records import Batch

ATTACHMENTS = "attachments"

_PARTS = {"segment": Column("SEGMENT", "number"), "data": Column("DATA")}
_ORDER = ("application", "topic", "uid")
_PLACE = Field("place", "number", lambda values, _: values)
_BATCH = 100


def with_segments(table: Table) -> Table:
    """An alias table of attachments, with the columns that its contents are read from."""
    if table.kind != ATTACHMENTS:
        return table
    parts = {name: column for name, column in _PARTS.items() if name not in table.fields}
    return replace(table, fields={**table.fields, **parts}, needed=(*table.needed, *_PARTS))


def shown(kind: str, fields: Iterable[str]) -> tuple[str, ...]:
    """The fields that the records have, of those that are read; of another kind, all."""
    if kind != ATTACHMENTS:
        return tuple(fields)
    return (*(name for name in fields if name not in _PARTS), *FIELDS)


def count_files(table: SqlTable) -> sa.Select[Any]:
    """The SELECT that counts the attachments, however many segments they have."""
    columns = _columns(table)
    key = [columns[name] for name in table.layout.table.key if name in columns]
    assert table.select is not None  # noqa: S101 - only readable tables come here
    files = table.select.with_only_columns(*key).distinct().subquery()
    return sa.select(sa.func.count()).select_from(files)


def read_attachments(
    database: Database,
    catalog: Catalog,
    tables: Sequence[SqlTable],
    files: Files,
    log: ProblemLog,
    since: datetime | None = None,
    after: str = "",
) -> Iterator[Batch]:
    """The attachments of these tables, their contents kept in `files`; with `since`, those of which
    any segment was modified since then, whole. See `Source.read`."""
    name, *behind = orjson.loads(after) if after else ("",)
    names = [table.layout.name for table in tables]
    for table in tables[names.index(name) if name in names else 0 :]:
        its: Sequence[Any] = behind if table.layout.name == name else ()
        yield from _Reader(database, catalog, table, files, log).read(since, its)


class _Reader:
    """Reads one alias table."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        table: SqlTable,
        files: Files,
        log: ProblemLog,
    ) -> None:
        assert table.select is not None  # noqa: S101 - only readable tables come here
        self._database = database
        self._catalog = catalog
        self._table = table
        self._select = table.select
        self._files = files
        self._log = log
        self._columns = _columns(table)
        self._meta = [field for field in table.fields if field.name not in _PARTS]
        self._shaper = Shaper(table.layout.table, (*self._meta, _PLACE), log)

    def read(self, since: datetime | None, behind: Sequence[Any]) -> Iterator[Batch]:
        layout = self._table.layout
        place = f"source.tables.{layout.name}" + (".where" if layout.table.where else "")
        with ExitStack() as stack:
            listing = stack.enter_context(self._database.connected())
            beside = stack.enter_context(self._database.beside(listing))
            by = {name: self._columns[name] for name in (*self._key(), *_PARTS)}
            found = contents(beside, self._database.name, self._catalog, by, self._select)
            select = self._listed(since, behind).add_columns(*found.places)
            rows = self._database.stream(listing, select, place, layout.table.table)
            done = 0
            for files in _batches(self._rows(rows)):
                yield self._batch(files, found, done)
                done += len(files)

    def _key(self) -> list[str]:
        return [name for name in self._table.layout.table.key if name in self._columns]

    def _order(self) -> list[sa.ColumnElement[Any]]:
        return [as_declared(self._columns[name]) for name in _ORDER if name in self._columns]

    def _listed(self, since: datetime | None, behind: Sequence[Any]) -> sa.Select[Any]:
        """Every row without its content, in order, the key and the segment's number before what the
        record shall have."""
        shown = [*self._key(), "segment", *(field.name for field in self._meta)]
        select = self._select.with_only_columns(*(self._columns[name] for name in shown))
        if since and (changed := self._table.since(since)) is not None:
            uid = self._columns["uid"]
            select = select.where(uid.in_(changed.with_only_columns(uid)))
        if behind:
            select = select.where(self._catalog.behind(self._order(), behind))
        return select.order_by(*self._order())

    def _rows(self, batches: Iterator[Sequence[Sequence[Any]]]) -> Iterator[_Row]:
        fields = {field.name: field for field in self._table.fields}
        key = [fields[name] for name in self._key()]
        begin = len(key) + 1
        end = begin + len(self._meta)
        places = [i for i, field in enumerate(key) if field.name in _ORDER]
        for rows in batches:
            columns = list(zip(*rows, strict=True))
            keys = zip(*(f.convert(columns[i], _unread) for i, f in enumerate(key)), strict=True)
            numbers = fields["segment"].convert(columns[len(key)], _unread)
            for row, its_key, number in zip(rows, keys, numbers, strict=True):
                order = tuple(row[i] for i in places)
                yield _Row(its_key, order, number, row[begin:end], row[end:])

    def _batch(self, files: Sequence[_File], found: Contents, done: int) -> Batch:
        kind = self._table.layout.table.kind
        name = self._table.layout.table.table

        def place(row: int, key: str) -> str:
            return f"{kind} {key}" if key else f"{name} file {done + row + 1}"

        meta = [(*file.meta, i) for i, file in enumerate(files)]
        shaped = self._shaper.batch(meta, place)
        rows = []
        for *row, i in shaped.rows:
            record = dict(zip(shaped.columns, row, strict=False))
            with found.of_one_file():
                stored = self._files.keep(
                    _parts(files[i], found),
                    wrapped=True,
                    compressed=record.get("compressed"),
                    size=_whole(record.get("size")),
                    compressed_size=_whole(record.get("compressed_size")),
                )
            segments = files[i].segments()
            if not stored.broken and any(len(at) > 1 for at in segments.values()):
                stored = stored._replace(note=", ".join(filter(None, (stored.note, TWICE))))
            self._tell(record, stored)
            rows.append((*row, *cells(stored, len(segments))))
        return replace(
            shaped,
            columns=(*shaped.columns[:-1], *FIELDS),
            rows=rows,
            types=(*shaped.types[:-1], *FIELDS.values()),
            position=orjson.dumps(
                [self._table.layout.name, *files[-1].order], default=str
            ).decode(),
        )

    def _tell(self, record: Mapping[str, Any], stored: Stored) -> None:
        place = " ".join(str(record[name]) for name in _ORDER if record.get(name))
        if stored.broken:
            message = f"the file cannot be read whole: {stored.broken}"
            self._log.add(
                Problem("attachment-broken", place, message), f"{ATTACHMENTS}: {stored.broken}"
            )
        if stored.note:
            message = f"the file is whole, and its record wrong: {stored.note}"
            problem = Problem("attachment-odd", place, message, warning=True)
            self._log.add(problem, f"{ATTACHMENTS}: {stored.note}")


class _Row(NamedTuple):
    """A row of the listing: its key as the record will have it, the place of its file in the
    database's order, the segment's number, the cells of the record, and where the content is."""

    key: tuple[Any, ...]
    order: tuple[Any, ...]
    number: int | float | None
    meta: Sequence[Any]
    at: Sequence[Any]


class _File:
    """The rows of one file. What it is stands in its first segment."""

    def __init__(self, row: _Row) -> None:
        self.order = row.order
        self._first = row
        self._rows: list[tuple[int | float | None, Sequence[Any]]] = []

    @property
    def meta(self) -> Sequence[Any]:
        return self._first.meta

    def add(self, row: _Row) -> None:
        self._rows.append((row.number, row.at))
        first = self._first.number
        if row.number is not None and (first is None or row.number < first):
            self._first = row

    def segments(self) -> dict[int | float | None, list[Sequence[Any]]]:
        """Number → where its content is, of more than one row where it stands twice."""
        found: dict[int | float | None, list[Sequence[Any]]] = {}
        for number, at in self._rows:
            found.setdefault(number, []).append(at)
        return found


def _batches(rows: Iterator[_Row]) -> Iterator[list[_File]]:
    """The files, `_BATCH` of them and more: files that the database may take for the same stay in
    one batch, so that a later reading can go on behind it."""
    done: list[_File] = []
    open_files: dict[tuple[Any, ...], _File] = {}
    before: tuple[Any, ...] = ()
    alike: tuple[str, ...] = ()
    for row in rows:
        if row.order != before:
            before = row.order
            if (now := tuple(map(_folded, before))) != alike:
                done += open_files.values()
                open_files, alike = {}, now
                if len(done) >= _BATCH:
                    yield done
                    done = []
        if (file := open_files.get(row.key)) is None:
            file = open_files[row.key] = _File(row)
        file.add(row)
    if done := [*done, *open_files.values()]:
        yield done


def _folded(value: Any) -> str:
    """What two texts have in common that some collation takes for the same."""
    text = "" if value is None else str(value).strip(" \0")
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()


def _parts(file: _File, found: Contents) -> Iterator[Segment]:
    """The contents in the order of their segments. Raises BrokenFile where one is missing, or two
    say something else."""
    segments = file.segments()
    if segments.keys() != set(range(len(segments))):
        raise BrokenFile(GONE)
    for number in range(len(segments)):
        at, *others = segments[number]
        segment = found.open(at)
        if others:
            digest = _digest(segment)
            if any(_digest(found.open(other)) != digest for other in others):
                raise BrokenFile(TWICE)
        yield segment


def _digest(segment: Segment) -> bytes:
    digest = sha256()
    for piece in pieces(segment, 0, len(segment)):
        digest.update(piece)
    return digest.digest()


def _columns(table: SqlTable) -> Columns:
    assert table.select is not None  # noqa: S101 - only readable tables come here
    names = (field.name for field in table.fields)
    return dict(zip(names, table.select.selected_columns, strict=True))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _unread(_row: int, _text: str) -> None:
    """The record's own converter tells it."""
