"""Which of the alias tables a database has, and the SELECT that reads each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from migrate.extract.dbdict import Dbdict
from migrate.extract.layout import Layout, lay_out, likely, same_name
from migrate.extract.own_form import in_form
from migrate.extract.rc_cells import cells
from migrate.extract.shape import Field, converter
from migrate.extract.sql_catalog import Catalog, Column
from migrate.extract.sql_dbdict import Descriptor, dbdict_of, translated
from migrate.extract.sql_lookup import Found, Lookup, absent
from migrate.extract.sql_parts import Elements, Inside, Part, Parts
from migrate.extract.sql_rows import RowsOf, Value
from migrate.extract.table import Member, Table
from migrate.extract.values import Converter, array, char, gmt_text, text

_CELLS_ONLY = frozenset({"attachments"})
"""Kinds whose records are read by columns alone: their contents are asked for by the row."""


@dataclass(frozen=True, slots=True)
class SqlTable:
    """One alias table in this database; `select` is None where it cannot be read.

    `modified` is the column that a delta can go by. `ordered` are the columns that the rows can be
    read in the order of, with the cells that they stand in: those of the record's key. `parts` is
    None where every field is a cell of its own. `count` gives how many records there are, None
    where each is an element of an array that nobody counts. `ways` says in words where each field
    lies.
    """

    layout: Layout
    select: sa.Select[Any] | None = None
    fields: tuple[Field, ...] = ()
    modified: Column | None = None
    ordered: tuple[tuple[int, Column], ...] = ()
    parts: Parts | None = None
    count: sa.Select[Any] | None = None
    ways: Mapping[str, str] = field(default_factory=dict)

    def since(self, time: datetime) -> sa.Select[Any] | None:
        """The SELECT, narrowed to what was modified at or after `time` (GMT), or does not say."""
        if self.select is None or self.modified is None:
            return self.select
        has_type = isinstance(self.modified.type, sa.DateTime | sa.Date)
        value = sa.literal(time.replace(tzinfo=None) if has_type else gmt_text(time))
        return self.select.where(sa.or_(self.modified.is_(None), self.modified >= value))


def find_tables(
    catalog: Catalog,
    tables: Mapping[str, Table],
    dbdicts: Mapping[str, Dbdict] | None = None,
    descriptor: Descriptor = "auto",
) -> dict[str, SqlTable]:
    """Look every alias table up in the database, by its dbdict where there is one; names match in
    any letters' case."""
    catalog.load(table.table for table in tables.values())
    for name, table in tables.items():
        if there := same_name(table.table, catalog.names):
            catalog.taken.setdefault(there, set()).add(name)
    return {
        name: _found(catalog, name, table, dbdicts or {}, descriptor)
        for name, table in tables.items()
    }


def _found(
    catalog: Catalog,
    name: str,
    table: Table,
    dbdicts: Mapping[str, Dbdict],
    descriptor: Descriptor,
) -> SqlTable:
    if (dbdict := dbdict_of(table, dbdicts)) is None:
        return _laid_out(catalog, name, table, table)
    asked = translated(table, dbdict, descriptor)
    found = _laid_out(catalog, name, asked, table)
    if found.select is not None or catalog.table(table.table) is None:
        return found
    # a dbdict of another installation, or an older one: then the usual names may do
    by_name = _laid_out(catalog, name, table, table)
    if by_name.select is None:
        return found
    there = catalog.table(asked.table) is not None
    doubted = found.layout.problems if there else [absent(name, asked.table, catalog)]
    warned = (replace(problem, warning=True) for problem in doubted)
    return replace(
        by_name, layout=replace(by_name.layout, problems=(*warned, *by_name.layout.problems))
    )


def _laid_out(catalog: Catalog, name: str, asked: Table, usual: Table) -> SqlTable:
    """`asked` in the database; a column that it has not is looked for as `usual` calls it."""
    if (main := catalog.table(asked.table)) is None:
        problem = absent(name, asked.table, catalog, warning=asked.optional)
        told = not asked.optional or likely(asked.table, problem.near)
        return SqlTable(Layout(name, asked, problems=(problem,) * bool(told), readable=False))
    lookup = Lookup(catalog, name, asked, main)
    found: dict[str, Found] = {}
    absents: dict[str, str] = {}
    for ours, column in asked.fields.items():
        for tried in dict.fromkeys((column, usual.fields[ours])):
            result = lookup.find(tried)
            if isinstance(result, Found) and (result.is_cell or asked.kind not in _CELLS_ONLY):
                found[ours] = result
                break
            absents.setdefault(ours, result if isinstance(result, str) else result.way)
    shown = {
        ours: replace(column, column=found[ours].way if ours in found else absents[ours])
        for ours, column in asked.fields.items()
    }
    there = {shown[ours].column for ours in found}
    layout = lay_out(
        name,
        replace(asked, fields=shown),
        lambda way: way if way in there else None,
        lookup.names,
        main.name,
    )
    hinted = (
        lookup.hinted(problem, ours, usual.fields[ours].column)
        for problem, ours in zip(layout.problems, layout.missing, strict=True)
    )
    layout = replace(
        layout,
        problems=(*lookup.problems, *hinted),
        unread=lookup.unread(layout.unread),
    )
    return _Build(catalog, layout, lookup, found).table() if layout.readable else SqlTable(layout)


class _Build:
    """Makes the SELECT of a table whose fields are found."""

    def __init__(
        self, catalog: Catalog, layout: Layout, lookup: Lookup, found: Mapping[str, Found]
    ) -> None:
        self._catalog = catalog
        self._layout = layout
        self._lookup = lookup
        self._found = found
        self._cells: list[Column] = []

    def table(self) -> SqlTable:
        asked = self._layout.table
        plain = all(found.is_cell for found in self._found.values())
        parts = None if plain else self._parts()
        if plain:
            self._cells = [found.column for found in self._found.values()]
        modified = self._modified()
        ordered = self._ordered()
        as_stored = (sa.type_coerce(cell, sa.types.NULLTYPE) for cell in self._cells)
        select: Any = sa.select(*as_stored).select_from(self._lookup.source)
        if asked.where:
            select = select.where(sa.text(f"({asked.where})".replace(":", r"\:")))
        fields = tuple(
            Field(ours, asked.fields[ours].type, _converter(asked, ours, found))
            for ours, found in self._found.items()
        )
        ways = {ours: found.way for ours, found in self._found.items()}
        count = self._count(select)
        return SqlTable(self._layout, select, fields, modified, ordered, parts, count, ways)

    def _count(self, select: sa.Select[Any]) -> sa.Select[Any] | None:
        asked = self._layout.table
        many = next((ours for ours in asked.key if asked.fields[ours].type == "array"), None)
        if many is None and not asked.where:
            return sa.select(sa.func.count()).select_from(self._lookup.main)
        if many is None:
            return select.with_only_columns(sa.func.count())
        if (rows := self._found[many].rows) is None or asked.where:
            return None
        return sa.select(sa.func.count()).select_from(rows.table)

    def _parts(self) -> Parts:
        by_table: dict[tuple[Any, ...], list[Value]] = {}
        fields: list[Part] = []
        for found in self._found.values():
            if found.is_cell:
                fields.append(self._cell(found.column))
            elif found.rows is None:
                blob, member = found.column, found.member or Member(())
                fields.append(Inside(self._cell(blob), blob.name, member))
            else:
                key = (found.rows.key, found.rows.order, found.rows.main)
                values = by_table.setdefault(key, [])
                values.append(Value(found.column, found.width))
                fields.append(Elements(list(by_table).index(key), len(values) - 1))
        tables = (
            RowsOf(key, order, tuple(values), tuple(map(self._cell, main)))
            for (key, order, main), values in by_table.items()
        )
        return Parts(tuple(fields), tuple(tables))

    def _cell(self, column: Column) -> int:
        """The place of a column among the cells, which it is added to if it is new."""
        for place, cell in enumerate(self._cells):
            if cell is column:
                return place
        self._cells.append(column)
        return len(self._cells) - 1

    def _ordered(self) -> tuple[tuple[int, Column], ...]:
        """The record's key, if it can be sorted by. An array in it need not: the record's other
        fields identify what it belongs to."""
        asked = self._layout.table
        columns = []
        for ours in asked.key:
            found = self._found.get(ours)
            if found is None:
                continue
            if found.is_cell and not found.member and self._catalog.sortable(found.column):
                columns.append(found.column)
            elif asked.fields[ours].type != "array":
                return ()
        return tuple((self._cell(column), column) for column in columns)

    def _modified(self) -> Column | None:
        found = self._found.get(self._layout.table.modified or "")
        if found is None or not found.is_cell or found.member is not None:
            return None
        if self._catalog.dialect.name == "sqlite":
            return sa.type_coerce(found.column, sa.Text())  # whatever the declared type
        return found.column


def _converter(table: Table, ours: str, found: Found) -> Converter:
    type_ = table.fields[ours].type
    form = table.fields[ours].form
    own = in_form(form, type_) if form else None
    if found.rows is not None or found.member is not None or own:
        return cells(type_, own, is_rc=found.member is not None)
    if isinstance(found.column.type, sa.CHAR | sa.NCHAR) and type_ == "text":
        return char
    plain = converter(table, ours, type_)
    if plain in (text, array) or isinstance(found.column.type, sa.LargeBinary):
        return cells(type_)
    return plain
